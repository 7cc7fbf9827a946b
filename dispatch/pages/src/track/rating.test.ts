import { expect, test } from "vitest";
import { BAD_REASONS, GOOD_REASONS, reasonsFor, starRow, stillFitting } from "../shared/rating";
import { anOrder } from "../shared/testing/views";
import { canBeRated } from "./rating";

test("good and bad ratings have reasons of their own, and a changed mind keeps none of the other kind", () => {
  expect([1, 3, 4, 5].map(reasonsFor)).toEqual([BAD_REASONS, BAD_REASONS, GOOD_REASONS, GOOD_REASONS]);
  expect(stillFitting(["friendly", "careful"], 5)).toEqual(["friendly", "careful"]);
  expect(stillFitting(["friendly", "careful"], 2)).toEqual([]);
  expect(starRow(2)).toBe("★★☆☆☆");
});

test("a delivery is rated once somebody has been at the door", () => {
  const failed = { status: "attempt_failed", at_ms: 1 } as const;
  expect(canBeRated(anOrder({ status: "delivered" }))).toBe(true);
  expect(canBeRated(anOrder({ status: "returning", timeline: [failed] }))).toBe(true);
  for (const status of ["en_route_dropoff", "canceled", "returning"] as const) {
    expect(canBeRated(anOrder({ status })), status).toBe(false);
  }
});
