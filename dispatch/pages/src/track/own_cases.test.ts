import { expect, test } from "vitest";
import { type OwnCase, standsOf, wrongWords } from "./own_cases";

const CASE: OwnCase = {
  id: "k1",
  kind: "complaint",
  at_ms: 0,
  state: "open",
  text: "The soup is cold.",
  due_at_ms: 100,
  solution: "",
  solved_at_ms: 0,
  compensation_minor: 0,
  may_reopen: false,
};

test("a case says until when it is answered, that this is late, or that it is done", () => {
  expect(standsOf(CASE, 99)).toBe("own.open");
  expect(standsOf(CASE, 101)).toBe("own.late");
  expect(standsOf({ ...CASE, state: "answered", due_at_ms: 0 }, 101)).toBe("own.answered");
  expect(standsOf({ ...CASE, state: "closed", due_at_ms: 0 }, 101)).toBe("own.closed");
});

test("what was not taken is told in words; what was taken in none", () => {
  expect([wrongWords({ kind: "done" }), wrongWords({ kind: "accepted" })]).toEqual([null, null]);
  expect(wrongWords({ kind: "unreachable" })).toBe("own.unreachable");
  expect(wrongWords({ kind: "conflict", current_version: 1, code: "too_many_cases" })).toBe("own.too_many");
  expect(wrongWords({ kind: "refused", detail: "x", code: "link_expired" })).toBe("own.over");
  expect(wrongWords({ kind: "forbidden" })).toBe("own.refused");
});
