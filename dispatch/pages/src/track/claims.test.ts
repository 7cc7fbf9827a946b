import { beforeEach, expect, test } from "vitest";
import "./details_texts";
import { type ClaimableLine, goodsWords, kindsOf, leftOf, reasonsOf, until_ms } from "../shared/claimable";
import { setLang } from "../shared/i18n";
import { type AfterSales, type MyClaim, policyWords, visitsAhead } from "./claims";
import { statusWords } from "./claims_view";

const NOW_MS = new Date(2026, 10, 30, 13).getTime();
const DAY_MS = 24 * 3_600_000;

function aLine(fields: Partial<ClaimableLine> = {}): ClaimableLine {
  const options = [
    { kind: "return", reason: "no_reason", until_ms: NOW_MS + 7 * DAY_MS },
    { kind: "return", reason: "quality", until_ms: NOW_MS + 15 * DAY_MS },
    { kind: "repair", reason: "quality", until_ms: NOW_MS + 365 * DAY_MS },
  ] as const;
  return { line: 0, name: "Charger", quantity: 2, left: 2, options, ...fields };
}

function aView(...lines: ClaimableLine[]): AfterSales {
  return { order_id: "o1", ref: "R1", delivered_at_ms: NOW_MS, now_ms: NOW_MS, lines, claims: [] };
}

function aClaim(fields: Partial<MyClaim> = {}): MyClaim {
  const times = { at_ms: NOW_MS, answer_due_at_ms: NOW_MS + DAY_MS };
  const lines = [{ line: 0, name: "Charger", quantity: 1 }];
  return { id: "k1", kind: "return", reason: "quality", status: "requested", lines, ...times, ...fields };
}

beforeEach(() => {
  Object.assign(globalThis, { document: { documentElement: { lang: "" } } });
  setLang("en");
});

test("what can be asked for is what any line that is left has", () => {
  const milk = aLine({ line: 1, name: "Milk", options: [{ kind: "return", reason: "damaged", until_ms: NOW_MS }] });
  const view = aView(aLine(), milk);
  expect(kindsOf(view)).toEqual(["return", "repair"]);
  expect(reasonsOf(view, "return")).toEqual(["no_reason", "quality", "damaged"]);
  expect(until_ms(milk, "return", "damaged")).toBe(NOW_MS);
  expect(until_ms(milk, "repair", "damaged")).toBe(0);
  const asked = aView(aLine({ left: 0 }));
  expect([leftOf(asked), kindsOf(asked)]).toEqual([[], []]);
});

test("the policy is told in days, and what is not granted is not told", () => {
  expect(policyWords(aView(aLine()))).toEqual([
    "If you changed your mind: until Dec 7.",
    "If something is wrong with it: until Dec 15.",
    "Repairs: until Nov 30, 2027.",
  ]);
  expect(policyWords(aView(aLine({ options: [] })))).toEqual([]);
});

test.each([
  [aClaim(), "You have an answer by Tomorrow 13:00."],
  [aClaim({ answer_due_at_ms: NOW_MS }), "We are late with our answer. Somebody is looking at it now."],
  [aClaim({ status: "approved" }), "Agreed. A courier comes for it; please have it ready."],
  [aClaim({ status: "collecting" }), "It is on its way to us."],
  [aClaim({ status: "collecting", arrived_at_ms: NOW_MS }), "It has arrived, and we are looking at it."],
  [aClaim({ status: "received", kind: "exchange" }), "We have it. What you get for it is on its way."],
  [aClaim({ status: "received", kind: "repair" }), "We have it and are repairing it."],
  [aClaim({ status: "received", kind: "repair", delivery_url: "/t/x" }), "It is repaired and on its way to you."],
  [aClaim({ status: "done" }), "We have it back. This is done."],
  [aClaim({ status: "refused" }), "We cannot agree to this."],
])("a claim says how far it is", (claim, words) => {
  expect(statusWords(claim, NOW_MS)).toBe(words);
});

test("a courier can come in the parts of days of which an hour is left", () => {
  const visits = visitsAhead(NOW_MS);
  expect(visits[0]).toEqual({
    earliest_at_ms: new Date(2026, 10, 30, 12).getTime(),
    latest_at_ms: new Date(2026, 10, 30, 18).getTime(),
  });
  expect(visits).toHaveLength(11);
  expect(visitsAhead(new Date(2026, 10, 30, 20, 30).getTime())[0]?.earliest_at_ms).toBe(
    new Date(2026, 11, 1, 9).getTime(),
  );
});

test("an order without lines is claimed as a whole", () => {
  expect(goodsWords([{ name: "", quantity: 1 }])).toBe("The whole order × 1");
});
