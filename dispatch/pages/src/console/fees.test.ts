import { expect, test } from "vitest";
import { checkFees, type Fees, feeOf, thousandths, typedFees } from "./fees";

const RULE: Fees = {
  version: 3,
  base_minor: 500,
  per_km_minor: 100,
  free_weight_g: 5_000,
  per_kg_minor: 50,
  tier_pct: [100, 120, 150, 200],
  currency: "CNY",
};

// The same table as in tests/domain/test_fees.py: the page and the server ask the same.
test.each([
  [0, 0, 0, [500, 500, 0, 0, 0]],
  [2_500, 5_000, 0, [750, 500, 250, 0, 0]],
  [2_500, 5_001, 0, [800, 500, 250, 50, 0]],
  [2_500, 8_200, 1, [1_140, 500, 250, 200, 190]],
  [1_234.5, 0, 3, [1_246, 500, 123, 0, 623]],
] as const)("%d m with %d g in tier %d", (distance_m, weight_g, tier, parts) => {
  const fee = feeOf(RULE, distance_m, weight_g, tier);
  expect([fee.total_minor, fee.base_minor, fee.distance_minor, fee.weight_minor, fee.tier_minor]).toEqual(parts);
});

test("half a cent goes to the even one, as the server's does", () => {
  expect([125, 135].map((way_m) => feeOf(RULE, way_m * 10 + 5, 0, 0).distance_minor)).toEqual([126, 136]);
  expect(
    [1_245, 1_255].map((way_m) => feeOf({ ...RULE, per_km_minor: 1_000 }, way_m / 10, 0, 0).distance_minor),
  ).toEqual([124, 126]);
});

test("what is typed is the rule again, whatever the currency's digits", () => {
  const { version: _, ...wish } = RULE;
  expect(checkFees(typedFees(RULE)).body).toEqual(wish);
  const yen = { ...RULE, currency: "JPY", base_minor: 340 };
  expect([typedFees(yen).base, checkFees(typedFees(yen)).body?.base_minor]).toEqual(["340", 340]);
});

test("what is no amount, weight, share or currency is told at its field", () => {
  const typed = { ...typedFees(RULE), base: "", per_km: "1.234", free_kg: "x", tier_2: "10001", currency: "yuan" };
  expect(Object.keys(checkFees(typed).wrong ?? {}).sort()).toEqual(["base", "currency", "free_kg", "per_km", "tier_2"]);
  expect([thousandths("3.2"), thousandths(""), thousandths("2,25")]).toEqual([3_200, null, 2_250]);
});
