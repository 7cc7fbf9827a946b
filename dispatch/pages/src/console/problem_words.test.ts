import { expect, test } from "vitest";
import { EMPTY_ZONE, reduceZone } from "../shared/store/zone";
import { aCourier, anOrder, aSnapshot } from "../shared/testing/views";
import { problemWords, readable } from "./problem_words";

const ORDERS = [
  anOrder({ id: "o-3f6400a22737a648bd091dd8", ref: "S-7" }),
  anOrder({ id: "o-47c6ba778ba9237f6b4ac378" }),
];
const ZONE = reduceZone(EMPTY_ZONE, aSnapshot({ orders: ORDERS, couriers: [aCourier({ id: "sim-7", name: "Gita" })] }));

test("ids in a sentence become what people say", () => {
  const said = "Courier sim-7 would carry o-3f6400a22737a648bd091dd8, o-47c6ba778ba9237f6b4ac378. Sim-8 is unknown.";
  expect(readable(said, ZONE)).toBe("Courier Gita would carry S-7, 4AC378. Sim-8 is unknown.");
});

test("every refusal is a sentence, and what is none has no words", () => {
  expect(problemWords({ kind: "refused", detail: "It has been undone." })).toContain("It has been undone.");
  expect(problemWords({ kind: "infeasible", violations: ["Too heavy.", "Too late."] })).toContain(
    "Too heavy. Too late.",
  );
  for (const kind of ["forbidden", "unreachable"] as const) expect(problemWords({ kind })).not.toBe("");
  expect(problemWords({ kind: "conflict", current_version: 7 })).not.toBe("");
  expect(problemWords({ kind: "done" })).toBe("");
});
