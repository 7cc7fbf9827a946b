import { expect, test } from "vitest";
import "./texts";
import {
  dayWords,
  endOfDay_ms,
  expiredOf,
  expiryDay,
  expiryTone,
  expiryWords,
  type LedgerEntry,
  moveSentence,
  named,
  nextExpiry_ms,
  type Shelf,
  shelfId,
  signed,
  steady,
  withShelves,
} from "./stock";

const DAY_MS = 24 * 3_600_000;
const NOW_MS = new Date(2026, 10, 29, 12).getTime();

function aShelf(sku: string, fields: Partial<Shelf> = {}): Shelf {
  const figures = { on_hand: 5, reserved: 1, free: 4, low_at: 3, is_low: false };
  return { depot_id: "d1", sku, name: `Good ${sku}`, ...figures, lots: [], coming: [], ...fields };
}

const ids = (shelves: readonly Shelf[]) => shelves.map(shelfId);

test("a good is found by a part of its name or its id", () => {
  const shelves = [aShelf("milk", { name: "鲜牛奶" }), aShelf("tea")];
  expect(named(shelves, " 牛奶 ", ({ sku }) => sku)).toEqual([shelves[0]]);
  expect(named(shelves, "GOOD T", ({ sku }) => sku)).toEqual([shelves[1]]);
  expect(named(shelves, "", ({ sku }) => sku)).toEqual(shelves);
});

test("no row moves under the pointer, and its figures are new all the same", () => {
  const shown = [aShelf("b"), aShelf("d")];
  const fresh = [aShelf("a"), aShelf("b", { on_hand: 9 }), aShelf("c"), aShelf("d"), aShelf("e")];
  expect(ids(steady(shown, fresh, false))).toEqual(ids(fresh));
  const held = steady(shown, fresh, true);
  expect(ids(held)).toEqual(["d1/b", "d1/d", "d1/e"]);
  expect(held[0]?.on_hand).toBe(9);
  expect(ids(steady(shown, [aShelf("a")], true))).toEqual(ids(shown));
});

test("an answer's figures replace those of the same shelf", () => {
  const known = [aShelf("a"), aShelf("b")];
  expect(withShelves(known, [aShelf("b", { free: 0 }), aShelf("z")]).map(({ free }) => free)).toEqual([4, 0]);
});

test("the next expiry is that of the first lot that has one", () => {
  const lots = [0, NOW_MS + 9, NOW_MS + 3].map((expires_at_ms, i) => ({ lot: `L${i}`, quantity: 1, expires_at_ms }));
  expect(nextExpiry_ms({ lots })).toBe(NOW_MS + 3);
  expect(nextExpiry_ms({ lots: lots.slice(0, 1) })).toBe(0);
  expect([NOW_MS, NOW_MS + 5].map((at_ms) => expiredOf({ lots }, at_ms))).toEqual([0, 1]);
});

test("an expiry is told as the last good day; near and past ones are pointed out", () => {
  const end_ms = endOfDay_ms("2026-12-31") ?? 0;
  expect(end_ms).toBe(new Date(2027, 0, 1).getTime());
  expect(expiryDay(end_ms)).toBe("Dec 31, 2026");
  expect([0, NOW_MS, NOW_MS + DAY_MS, end_ms].map((at_ms) => expiryTone(at_ms, NOW_MS))).toEqual([
    "",
    "late",
    "at_risk",
    "",
  ]);
  expect(expiryWords(NOW_MS, NOW_MS)).toBe("Expired Nov 29, 2026");
  expect(expiryWords(0, NOW_MS)).toBe("Never");
});

test.each(["", "2026-02-30", "1.2.2026", "2026-13-01"])("%s is no day", (day) => {
  expect(endOfDay_ms(day)).toBeNull();
});

test("a difference has its sign", () => {
  expect([3, -2, 0].map(signed)).toEqual(["+3", "-2", "no difference"]);
});

test("a day of the calendar is the same day wherever the reader is", () => {
  expect(dayWords("2026-12-01")).toMatch(/Tue.*1.*Dec|Tue.*Dec.*1/);
});

test("an entry of the ledger is a sentence", () => {
  const entry: LedgerEntry = {
    seq: 1,
    at_ms: NOW_MS,
    actor: "depot:ann",
    move: "counted",
    quantity: -1,
    on_hand: 4,
    reserved: 2,
  };
  expect(moveSentence(entry, "Ann")).toBe("Ann counted: -1 against the books");
  expect(moveSentence({ ...entry, move: "set", quantity: -1 }, "Ann")).toBe("Ann set it to low as the good says");
  expect(moveSentence({ ...entry, move: "reserved", quantity: 2 }, "")).toBe("2 promised to an order");
  expect(moveSentence({ ...entry, move: "announced", quantity: 6 }, "Ann")).toBe("Ann announced 6");
  const back = moveSentence({ ...entry, move: "announced", quantity: 0 }, "Ann");
  expect(back).toBe("Ann took back what was announced for a day");
});
