import { expect, test } from "vitest";
import "./texts";
import type { Shelf } from "./stock";
import {
  checkAnnounce,
  checkCount,
  checkLowAt,
  checkReceipt,
  checkSku,
  checkTransfer,
  checkWriteOff,
  countedTotal,
  countField,
  whole,
} from "./stock_forms";

const SHELF: Shelf = {
  depot_id: "d1",
  sku: "milk",
  name: "Milk",
  on_hand: 7,
  reserved: 3,
  free: 4,
  low_at: 2,
  is_low: false,
  lots: [
    { lot: "A", quantity: 5, expires_at_ms: 9 },
    { lot: "", quantity: 2, expires_at_ms: 0 },
  ],
  coming: [],
};

test.each([
  ["3", 3],
  [" 3 ", 3],
  ["0", null],
  ["-1", null],
  ["1.5", null],
  ["", null],
  ["1e3", null],
  ["99999999999", null],
])("%j as a whole number from 1 on", (text, n) => {
  expect(whole(text, 1, 10_000_000)).toBe(n);
});

test("a receipt names depot, pieces, lot and the last good day", () => {
  const typed = { depot: "d1", quantity: "4", lot: " A-1 ", expires: "2026-12-01", note: " van 7 " };
  const line = { sku: "milk", quantity: 4, lot: "A-1", expires_at_ms: new Date(2026, 11, 2).getTime() };
  expect(checkReceipt(typed, "milk").body).toEqual({ depot_id: "d1", lines: [line], note: "van 7" });
  expect(Object.keys(checkReceipt({ lot: "a/b", expires: "2026-02-30" }, "milk").wrong ?? {}).sort()).toEqual([
    "depot",
    "expires",
    "lot",
    "quantity",
  ]);
});

test("a write-off needs a reason, and no more than lies in its lot", () => {
  expect(checkWriteOff({ quantity: "6", lot: "A" }, SHELF).wrong).toEqual({
    quantity: "Only 5 lie there.",
    note: "Please fill this in.",
  });
  const line = { sku: "milk", quantity: 7, lot: "", expires_at_ms: 0 };
  const body = { depot_id: "d1", lines: [line], note: "broken" };
  expect(checkWriteOff({ quantity: "7", note: "broken" }, SHELF).body).toEqual(body);
});

test("what was ordered is expected on a day that lies ahead, and can be taken back for any", () => {
  const noon_ms = new Date(2026, 10, 29, 12).getTime();
  const wrongOf = (typed: Record<string, string>) => checkAnnounce(typed, SHELF, noon_ms).wrong;
  const line = { sku: "milk", quantity: 6, day: "2026-11-29" };
  const typed = { quantity: "6", day: "2026-11-29", note: " order 7 " };
  const { body } = checkAnnounce(typed, SHELF, noon_ms);
  expect(body).toEqual({ depot_id: "d1", lines: [line], note: "order 7" });
  expect(wrongOf({ quantity: "6", day: "2026-11-28" })).toEqual({ day: "This day is over." });
  expect(wrongOf({ quantity: "0", day: "2026-11-28" })).toBeNull();
  expect(wrongOf({ quantity: "6", day: "2026-02-30" })).toEqual({ day: "No such day." });
  expect(Object.keys(wrongOf({ quantity: "-6" }) ?? {})).toEqual(["quantity", "day"]);
});

test("what is promised does not move to another depot", () => {
  expect(checkTransfer({ quantity: "5" }, SHELF).wrong).toEqual({
    quantity: "Only 4 are free; the others are promised to orders.",
    to: "Please fill this in.",
  });
  expect(checkTransfer({ quantity: "4", to: "d2" }, SHELF).body).toMatchObject({
    from_depot_id: "d1",
    to_depot_id: "d2",
    lines: [{ quantity: 4 }],
  });
});

test("a lot that was not counted stays as it is in the books", () => {
  const typed = { [countField("A")]: "3", found: "2", lot: "B" };
  expect(countedTotal(typed, SHELF)).toEqual({ book: 7, counted: 7 });
  expect(checkCount(typed, SHELF).body?.lines).toEqual([
    { sku: "milk", quantity: 3, lot: "A", expires_at_ms: 9 },
    { sku: "milk", quantity: 2, lot: "B", expires_at_ms: 0 },
  ]);
  expect(checkCount({ [countField("")]: "0" }, SHELF).body?.lines).toEqual([
    { sku: "milk", quantity: 0, lot: "", expires_at_ms: 0 },
  ]);
});

test("a count says something, in whole numbers, and each lot once", () => {
  expect(Object.keys(checkCount({}, SHELF).wrong ?? {})).toEqual(["nothing"]);
  expect(Object.keys(checkCount({ [countField("A")]: "x" }, SHELF).wrong ?? {})).toEqual([countField("A")]);
  expect(Object.keys(checkCount({ found: "1", lot: "A" }, SHELF).wrong ?? {})).toEqual(["lot"]);
});

test("an empty threshold is that of the good", () => {
  expect([" ", "0", "5"].map((low_at) => checkLowAt({ low_at }).body?.low_at)).toEqual([null, 0, 5]);
  expect(checkLowAt({ low_at: "few" }).wrong).toHaveProperty("low_at");
});

test("a good has an id of its own and a name", () => {
  const flags = { fragile: true, age_restricted: false };
  const typed = { id: "milk-1l", name: " Milk 1 l ", weight_g: "1030", volume_ml: "", low_at: "6" };
  expect(checkSku(typed, flags, 1, new Set()).body).toEqual({
    name: "Milk 1 l",
    category: "",
    barcode: "",
    unit: { weight_g: 1030, volume_ml: 0, items: 1 },
    ...flags,
    low_at: 6,
  });
  expect(checkSku({ id: "milk", name: "Milk" }, flags, 1, new Set(["milk"])).wrong).toHaveProperty("id");
  const wrong = checkSku({ id: "a b", weight_g: "x" }, flags, 1, new Set()).wrong;
  expect(Object.keys(wrong ?? {}).sort()).toEqual(["id", "name", "weight_g"]);
});
