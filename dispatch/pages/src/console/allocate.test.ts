import { expect, test, vi } from "vitest";
import "./texts";
import { checkDelivery, type Part, partField, sendDelivery, sumOf, typedParts } from "./allocate";

const PARTS: readonly Part[] = [
  { depot_id: "d1", quantity: 7, least: 0, sold: 9 },
  { depot_id: "d2", quantity: 3, least: 2, sold: 1 },
];

test("a delivery needs pieces; its lot and its last day may stay empty", () => {
  expect(checkDelivery({ quantity: "10" }, "tea", null).body).toEqual({
    sku: "tea",
    quantity: 10,
    lot: "",
    expires_at_ms: 0,
  });
  expect(checkDelivery({ quantity: "0", lot: "a b", expires: "soon" }, "tea", null).wrong).toMatchObject({
    quantity: expect.stringContaining("whole number"),
    lot: expect.any(String),
    expires: expect.any(String),
  });
});

test("parts have to be numbers that add up to it", () => {
  const typed = { quantity: "10", ...typedParts(PARTS) };
  expect(sumOf(typed, PARTS)).toBe(10);
  const apply = [
    { depot_id: "d1", quantity: 7 },
    { depot_id: "d2", quantity: 3 },
  ];
  expect(checkDelivery(typed, "tea", PARTS).body?.apply).toEqual(apply);
  const less = { ...typed, [partField("d2")]: "2" };
  expect(checkDelivery(less, "tea", PARTS).wrong).toEqual({ nothing: "The parts have to add up to 10 pieces." });
  expect(checkDelivery({ ...typed, [partField("d2")]: "x" }, "tea", PARTS).wrong).toHaveProperty(partField("d2"));
  expect(sumOf({ ...typed, [partField("d2")]: "x" }, PARTS)).toBe(7);
});

test("what is sent names the zone and bears a key", async () => {
  const asked = vi.fn(async (..._: Parameters<typeof fetch>) => new Response("{}"));
  vi.stubGlobal("fetch", asked);
  await sendDelivery("t", "east", { sku: "tea", quantity: 1, lot: "", expires_at_ms: 0 }, "k1");
  const [path, init] = asked.mock.calls[0] ?? [];
  expect([path, JSON.parse(String(init?.body)).zone]).toEqual(["/v1/stock:allocate", "east"]);
  expect(init?.headers).toMatchObject({ "idempotency-key": "k1" });
  vi.unstubAllGlobals();
});
