import { expect, test } from "vitest";
import { EMPTY_ZONE, reduceZone } from "../shared/store/zone";
import { aCourier, aFix, anOrder, aSnapshot } from "../shared/testing/views";
import { areaShapes, freeId, insideOf, isInside } from "./areas";

const RING = [
  { lat: 60, lon: 24 },
  { lat: 60, lon: 26 },
  { lat: 61, lon: 26 },
  { lat: 61, lon: 24 },
];
/** A ring with a bay in it. */
const BAY = [...RING, { lat: 60.5, lon: 25 }];

test("inside is inside, also of a ring with a bay", () => {
  expect(isInside({ lat: 60.5, lon: 25 }, RING)).toBe(true);
  expect(isInside({ lat: 60.5, lon: 24.5 }, BAY)).toBe(false);
  expect(isInside({ lat: 60.5, lon: 25.5 }, BAY)).toBe(true);
  expect(isInside({ lat: 62, lon: 25 }, RING)).toBe(false);
  expect(isInside({ lat: 60.5, lon: 25 }, [])).toBe(false);
});

test("what an area holds is counted: open orders, those that will be late, couriers, depots", () => {
  const zone = reduceZone(
    EMPTY_ZONE,
    aSnapshot({
      orders: [
        anOrder({ id: "in", lat: 60.5, lon: 25, promise_at_ms: 1_000 }),
        anOrder({ id: "soon", lat: 60.5, lon: 25, promise_at_ms: 9_000 }),
        anOrder({ id: "out", lat: 62, lon: 25 }),
        anOrder({ id: "over", lat: 60.5, lon: 25, status: "delivered" }),
      ],
      couriers: [aCourier(), aCourier({ id: "far" })],
      fixes: [aFix({ lat: 60.2, lon: 25 }), aFix({ courier_id: "far", lat: 63, lon: 25 })],
      depots: [{ id: "d", name: "D", lat: 60.9, lon: 24.1 }],
    }),
  );
  expect(insideOf(RING, zone, 5_000)).toEqual({ open_orders: 2, late_orders: 1, couriers: 1, depots: 1 });
});

test("an area gets an id of its own, whatever the script of its name", () => {
  const taken = [
    { id: "old-town", name: "", ring: RING },
    { id: "area-1", name: "", ring: RING },
  ];
  expect(freeId("Harbour & Quay", taken)).toBe("harbour-quay");
  expect(freeId("Old town", taken)).toBe("old-town-1");
  expect(freeId("老城区", taken)).toBe("area-2");
});

test("the area that is being changed is not drawn twice", () => {
  const area = { id: "a", name: "A", ring: RING };
  expect(areaShapes([area], "a", null)).toEqual([{ ...area, selected: true }]);
  expect(areaShapes([area], "a", { step: "drawing", id: "a", name: "A", corners: RING })).toEqual([]);
});
