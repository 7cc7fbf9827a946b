import { afterEach, expect, test, vi } from "vitest";
import { EMPTY_ZONE, reduceZone } from "../shared/store/zone";
import { anOrder, aSnapshot } from "../shared/testing/views";
import { changesFor } from "./changes";
import { type FilterScene, fits, parsed } from "./filters";
import { livesOf } from "./goals";
import { modeProblem, otherModes, sendMode } from "./modes";
import { boardOf, ordersOf } from "./queues";
import { inView, markOf } from "./scene";

const NOW_MS = 10_000_000;
const LATE = { promise_at_ms: NOW_MS - 1 };

const soon = anOrder({ ...LATE, id: "soon", status: "at_depot", mode: "self_pickup", collect_by_ms: NOW_MS + 5 });
const later = anOrder({ ...LATE, id: "later", status: "at_depot", mode: "self_pickup", collect_by_ms: NOW_MS + 9 });
const packed = anOrder({ ...LATE, id: "packed", status: "at_depot", mode: "carrier" });
const sent = anOrder({
  ...LATE,
  id: "sent",
  status: "with_carrier",
  mode: "carrier",
  lat: 1,
  lon: 1,
  shipment: { carrier: "DHL", tracking_number: "1" },
});
const fetched = anOrder({
  ...LATE,
  id: "fetched",
  status: "collected",
  mode: "self_pickup",
  timeline: [{ status: "collected", at_ms: NOW_MS }],
});
const ZONE = reduceZone(EMPTY_ZONE, aSnapshot({ orders: [sent, later, packed, soon, fetched] }));

test("what others fetch or bring has a list of its own, and is neither unassigned nor late", () => {
  const board = boardOf(ZONE, NOW_MS);
  expect(ordersOf(ZONE, board, "others", "", NOW_MS).map(({ id }) => id)).toEqual(["soon", "later", "packed", "sent"]);
  expect([board.counts.others, board.counts.unassigned, board.counts.attention]).toEqual([4, 0, 0]);
  expect(board.kpis).toMatchObject({ delivered: 1, on_time: 1 });
});

test("no goal counts it, and no filter for what couriers are to do finds it", () => {
  expect(livesOf(ZONE, NOW_MS)).toEqual([]);
  const scene: FilterScene = { zone: ZONE, now_ms: NOW_MS };
  for (const text of ["unassigned", "overdue", "late", "promise:30m"]) {
    expect(fits(soon, parsed(text), scene), text).toBe(false);
  }
  expect(fits(soon, parsed("mode:self_pickup open"), scene)).toBe(true);
  expect(fits(soon, parsed("mode:delivery"), scene)).toBe(false);
  expect(fits(anOrder(), parsed("mode:delivery"), scene)).toBe(true);
});

test("the desk offers what can be done with it", () => {
  expect(changesFor(soon)).toEqual(["hand_out", "cancel", "hold", "mode"]);
  expect(changesFor(packed)).toEqual(["to_carrier", "cancel", "hold", "mode"]);
  expect(changesFor(sent)).toEqual(["carrier_says", "to_carrier"]);
  expect(changesFor(fetched)).toEqual([]);
  expect(changesFor(anOrder({ status: "held", mode: "carrier" }))).toEqual(["release", "cancel", "mode"]);
  expect(changesFor(anOrder({ direction: "return" }))).not.toContain("mode");
  expect(otherModes(soon)).toEqual(["delivery", "carrier"]);
  expect(otherModes(anOrder())).toEqual(["self_pickup", "carrier"]);
});

test("the map shows it when it is chosen, and does not go where carriers go", () => {
  expect(markOf(soon, NOW_MS, false)).toBeNull();
  expect(markOf(soon, NOW_MS, true)).toBe("order-unknown");
  expect(inView(ZONE)).toEqual([...ZONE.depots.values()]);
});

afterEach(() => vi.unstubAllGlobals());

test("what is refused says why in the desk's words, and only another's change may be sent on top of it", async () => {
  const answers = (code: string) =>
    vi.stubGlobal("fetch", async () => Response.json({ code, detail: "No.", current_version: 7 }, { status: 409 }));
  answers("wrong_code");
  const refused = await sendMode("t", "o1", "hand_out", {}, "k");
  expect(refused).toEqual({ kind: "refused", code: "wrong_code", detail: "No." });
  expect(modeProblem(refused)).toBe("This is not the code of this order. Ask the customer again.");
  expect(modeProblem({ kind: "refused", code: "other", detail: "No." })).toContain("No.");
  answers("stale_order");
  expect(await sendMode("t", "o1", "mode", {}, "k")).toMatchObject({ kind: "conflict", current_version: 7 });
});
