import { expect, test } from "vitest";
import { TEXTS } from "../shared/i18n";
import { EMPTY_ZONE, reduceZone } from "../shared/store/zone";
import { aCase, aCourier, anOrder, aSnapshot } from "../shared/testing/views";
import {
  caseAdvice,
  caseDid,
  caseName,
  caseSentence,
  casesOf,
  dueWords,
  isOpen,
  knownStaff,
  lateAnswers,
  resolutionsFor,
  standsKey,
  toneOfCase,
} from "./cases";

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
  // What a carrier says is about no courier of ours
  if (kind !== "carrier_failed") expect(sentence).toContain("Aino");
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

const MINUTE_MS = 60_000;

test("what is due next comes first, then what has no time; what waits for the customer comes after what is open", () => {
  const asked = { kind: "complaint", at_ms: 1 };
  const zone = reduceZone(
    EMPTY_ZONE,
    aSnapshot({
      cases: [
        aCase({ id: "conflict", at_ms: 9 }),
        aCase({ ...asked, id: "closed", status: "resolved" }),
        aCase({ ...asked, id: "answered", status: "solved", assignee: "bob", text: "cold soup" }),
        aCase({ ...asked, id: "later", due_at_ms: 200, assignee: "ann", solved_by: "bob" }),
        aCase({ ...asked, id: "sooner", due_at_ms: 100 }),
      ],
    }),
  );
  expect(casesOf(zone, "").map(({ id }) => id)).toEqual(["sooner", "later", "conflict", "answered", "closed"]);
  expect(casesOf(zone, "soup").map(({ id }) => id)).toEqual(["answered"]);
  expect(casesOf(zone, "ann").map(({ id }) => id)).toEqual(["later"]);
  expect(knownStaff(zone)).toEqual(["ann", "bob"]);
});

test("an answer that is due counts down, is urgent at the end, and is late after it", () => {
  const waiting = aCase({ kind: "question", due_at_ms: 60 * MINUTE_MS });
  expect([dueWords(waiting, 0), toneOfCase(waiting, 0)]).toEqual(["1 h 0 min left", "unknown"]);
  expect(toneOfCase(waiting, 40 * MINUTE_MS)).toBe("at_risk");
  expect([dueWords(waiting, 65 * MINUTE_MS), toneOfCase(waiting, 65 * MINUTE_MS)]).toEqual(["5 min late", "late"]);
  const escalated = aCase({ ...waiting, escalated_at_ms: 60 * MINUTE_MS });
  expect(standsKey(escalated)).toBe("case.escalated");
  const zone = reduceZone(
    EMPTY_ZONE,
    aSnapshot({ cases: [escalated, aCase({ ...escalated, id: "b", due_at_ms: 0, follows_up: true })] }),
  );
  expect(lateAnswers(zone)).toBe(1);
  expect(standsKey(aCase({ ...escalated, due_at_ms: 0, follows_up: true }))).toBe("case.follow_up");
});

test("how a case stands", () => {
  expect(standsKey(aCase())).toBe("case.open");
  expect(standsKey(aCase({ status: "solved" }))).toBe("case.solved");
  expect(standsKey(aCase({ status: "resolved" }))).toBe("case.resolved");
  expect(standsKey(aCase({ follows_up: true }))).toBe("case.follow_up");
  expect([aCase(), aCase({ status: "solved" }), aCase({ status: "resolved" })].map(isOpen)).toEqual([
    true,
    false,
    false,
  ]);
  expect([toneOfCase(aCase(), 0), toneOfCase(aCase({ status: "solved" }), 0)]).toEqual(["late", "unknown"]);
});

test("what a customer says about an order that nobody had names no courier", () => {
  expect(caseSentence(aCase({ kind: "question", courier_id: "" }), ZONE)).toBe(
    "The customer asks something about order A-17.",
  );
});
