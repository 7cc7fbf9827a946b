import { expect, test } from "vitest";
import { anOrder } from "../shared/testing/views";
import { stepAfter } from "./link_box";
import { historyOf } from "./order_history";

test("what the shop reported stands among what happened, the newest first", () => {
  const timeline = [
    { status: "dispatchable", at_ms: 1 },
    { status: "assigned", at_ms: 5 },
    { status: "picked_up", at_ms: 5 },
  ] as const;
  const preparation = [
    { step: "paid", at_ms: 2 },
    { step: "packed", at_ms: 4 },
  ] as const;
  expect(historyOf(anOrder({ timeline, preparation })).map(({ at_ms, what }) => `${at_ms} ${what}`)).toEqual([
    "5 Picked up",
    "5 Assigned",
    "4 Packed",
    "2 Paid",
    "1 Waiting for a courier",
  ]);
});

test("what became of a revoked link is told, with the new one if there is one", () => {
  expect(stepAfter({ kind: "done", body: { track_url: "https://x/t/1" } })).toMatchObject({ url: "https://x/t/1" });
  expect(stepAfter({ kind: "done", body: { track_url: "" } })).toEqual({ kind: "revoked" });
  expect(stepAfter({ kind: "forbidden" })).toEqual({ kind: "failed", words: "link.forbidden" });
  expect(stepAfter({ kind: "conflict", current_version: 4 })).toEqual({ kind: "failed", words: "link.changed" });
  expect(stepAfter({ kind: "unreachable" })).toEqual({ kind: "failed", words: "link.failed" });
});
