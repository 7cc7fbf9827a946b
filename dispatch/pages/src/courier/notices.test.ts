import { beforeEach, expect, test, vi } from "vitest";
import "./texts";
import { setLang } from "../shared/i18n";
import { wordsOf } from "./notices";
import type { Told } from "./view";

beforeEach(() => vi.stubGlobal("document", { documentElement: {} }));

function told(given: Partial<Told>): Told {
  return { id: "t", kind: "notice", code: "", about: "", detail: "", refs: ["A-1"], at_ms: 0, ...given };
}

const NOTICES = [
  "order_taken_over",
  "bring_back",
  "hand_over",
  "take_over",
  "hand_over_off",
  "already_delivered",
  "report_noted",
  "offer_lapsed",
  "taken",
  "wait_near",
  "street_closed",
];

test.each(NOTICES)(
  "the notice %s is said in words, in both languages, with the order where it is about one",
  (code) => {
    setLang("en");
    const english = wordsOf(told({ code }));
    setLang("zh");
    const chinese = wordsOf(told({ code }));
    expect(english).not.toMatch(/_|\{/);
    expect(chinese).toMatch(/\p{Script=Han}/u);
    expect(english.includes("A-1")).toBe(chinese.includes("A-1"));
  },
);

test("advice to wait names the place", () => {
  setLang("en");
  expect(wordsOf(told({ code: "wait_near", detail: "Market", refs: [] }))).toContain("near Market.");
  setLang("zh");
  expect(wordsOf(told({ code: "wait_near", detail: "东门店", refs: [] }))).toContain("东门店");
});

test("a notice that this app does not know yet is said as it came", () => {
  setLang("en");
  expect(wordsOf(told({ code: "bridge_closed" }))).toBe("Dispatch says: bridge closed (A-1)");
});

test("a refusal says what was not taken and why; a reason that is not known is the server's own sentence", () => {
  setLang("en");
  const refusal = told({ kind: "refused", about: "completed", code: "wrong_pin", detail: "No." });
  expect(wordsOf(refusal)).toBe(
    "A-1 The stop is not done; it is back on your route. The PIN is not right. Ask the customer again.",
  );
  expect(wordsOf({ ...refusal, code: "strange" })).toMatch(/No\.$/);
  expect(wordsOf({ ...refusal, about: "strange", refs: [] })).toMatch(/^This was not taken:/);
});
