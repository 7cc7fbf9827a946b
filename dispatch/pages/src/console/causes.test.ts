import { expect, test } from "vitest";
import { barsBy, type CauseRow, totalOf } from "./causes";

const ROWS: readonly CauseRow[] = [
  { kind: "complaint", cause: "late", cases: 6, escalated: 2 },
  { kind: "low_rating", cause: "late", cases: 2, escalated: 0 },
  { kind: "complaint", cause: "", cases: 3, escalated: 1 },
  { kind: "question", cause: "app", cases: 3, escalated: 0 },
];

test("bars are sums, the longest first, and as long as their share of it", () => {
  expect(barsBy("cause", ROWS)).toEqual([
    { name: "late", cases: 8, escalated: 2, share: 1 },
    { name: "", cases: 3, escalated: 1, share: 3 / 8 },
    { name: "app", cases: 3, escalated: 0, share: 3 / 8 },
  ]);
  expect(barsBy("kind", ROWS).map(({ name, cases }) => [name, cases])).toEqual([
    ["complaint", 9],
    ["question", 3],
    ["low_rating", 2],
  ]);
  expect(barsBy("kind", [])).toEqual([]);
});

test("the total tells how many were too late, and of how many the cause is known", () => {
  expect(totalOf(ROWS)).toEqual({ cases: 14, escalated: 3, known: 11 });
  expect(totalOf([])).toEqual({ cases: 0, escalated: 0, known: 0 });
});
