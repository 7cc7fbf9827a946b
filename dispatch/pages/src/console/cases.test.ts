import { expect, test } from "vitest";
import { TEXTS } from "../shared/i18n";
import { EMPTY_ZONE, reduceZone } from "../shared/store/zone";
import { aCase, aCourier, anOrder, aSnapshot } from "../shared/testing/views";
import { caseAdvice, caseDid, caseName, caseSentence, casesOf, resolutionsFor } from "./cases";

const KINDS = Object.keys(TEXTS.en)
  .filter((key) => key.startsWith("case.name."))
  .map((key) => key.slice("case.name.".length));

const ZONE = reduceZone(
  EMPTY_ZONE,
  aSnapshot({
    orders: [anOrder({ ref: "A-17" })],
    couriers: [aCourier({ name: "Aino" }), aCourier({ id: "courier-2", name: "Mikko" })],
    cases: [
      aCase({ id: "old", at_ms: 1 }),
      aCase({ id: "settled", at_ms: 9, status: "resolved" }),
      aCase({ id: "new", at_ms: 5, kind: "wrong_pin" }),
    ],
  }),
);

test("open conflicts come first, the newest on top; settled ones stay below", () => {
  expect(casesOf(ZONE, "").map(({ id }) => id)).toEqual(["new", "old", "settled"]);
  expect(casesOf(ZONE, "mikko").map(({ id }) => id)).toEqual(["old", "settled"]);
  expect(casesOf(ZONE, "wrong pin").map(({ id }) => id)).toEqual(["new"]);
});

test.each(KINDS)("%s has a sentence with the order and its couriers, what was done, advice and endings", (kind) => {
  const sentence = caseSentence(aCase({ kind }), ZONE);
  expect(sentence).toContain("Aino");
  expect(sentence).toContain("A-17");
  expect(sentence).not.toMatch(/[{}]/);
  expect(caseDid(aCase({ kind }))).not.toBe("");
  expect(caseAdvice(aCase({ kind }))).not.toBe(caseAdvice(aCase({ kind: "news" })));
  expect(resolutionsFor(aCase({ kind })).length).toBeGreaterThanOrEqual(3);
});

test("the sentence names the other courier where there is one, and does without where there is none", () => {
  expect(caseSentence(aCase(), ZONE)).toBe("Aino delivered order A-17, which Mikko had by then.");
  expect(caseSentence(aCase({ other_courier_id: "" }), ZONE)).toContain("taken off their route");
  expect(caseSentence(aCase({ courier_id: "" }), ZONE)).toContain("A courier delivered");
  expect(caseSentence(aCase({ other_courier_id: "courier-no-more" }), ZONE)).toContain("O-MORE");
});

test("a kind that a newer server sends is told in general words", () => {
  const unknown = aCase({ kind: "eaten_by_bear" });
  expect(caseName(unknown)).toBe("eaten by bear");
  expect(caseSentence(unknown, ZONE)).toContain("Aino reported something about order A-17");
  expect(caseDid(unknown)).toBe("");
  expect(resolutionsFor(unknown)).toEqual(["case.choice.told_courier", "case.choice.no_action"]);
});
