import { expect, test, vi } from "vitest";
import "./texts";
import { isOverDesk, upFrom } from "./selection";
import {
  dueTone,
  dueWords,
  isAllTicked,
  keepTicks,
  keptTicks,
  type PickLine,
  piecesOf,
  placeOfWave,
  scanned,
  type Ticks,
  tickedOf,
  type Wave,
  type WaveOrder,
  withLine,
  without,
} from "./waves";

const NOW_MS = 1_800_000_000_000;
const TEA: PickLine = { sku: "tea", name: "Green tea", code: "400", quantity: 2, order_ids: ["o1", "o2"] };
const CARD: PickLine = { sku: "", name: "A card", code: "", quantity: 1, order_ids: ["o1"] };

function order(id: string, fields: Partial<WaveOrder> = {}): WaveOrder {
  return { id, ref: "", status: "assigned", step: "", fragile: false, load_items: 3, lines: [], ...fields };
}

function wave(fields: Partial<Wave> = {}): Wave {
  const times = { arrive_at_ms: NOW_MS + 600_000, due_at_ms: NOW_MS + 300_000, there: false };
  const orders = [order("o1", { lines: [TEA, CARD] }), order("o2")];
  return { id: "w1", courier_id: "c1", courier: "Ada", ...times, state: "open", orders, lines: [TEA, CARD], ...fields };
}

test("each scan ticks one piece, by barcode or SKU, until the line is full", () => {
  const first = scanned({}, wave(), " 400 ");
  expect([first.found, first.words]).toEqual([true, "Green tea: 1 of 2"]);
  const second = scanned(first.ticks, wave(), "TEA");
  expect(second.words).toBe("Green tea: 2 of 2");
  const third = scanned(second.ticks, wave(), "400");
  expect([third.found, third.words, third.ticks]).toEqual([false, "Green tea: all 2 are ticked already", second.ticks]);
  expect(scanned({}, wave(), "999")).toMatchObject({ found: false, words: "999 is not in this wave", ticks: {} });
});

test("two lines with one barcode are filled one after the other", () => {
  const twin = { ...TEA, sku: "tea-2", name: "Other tea", quantity: 1 };
  let ticks: Ticks = {};
  for (let n = 0; n < 3; n += 1) ticks = scanned(ticks, { lines: [TEA, twin] }, "400").ticks;
  expect([tickedOf(ticks, TEA), tickedOf(ticks, twin)]).toEqual([2, 1]);
});

test("a touch ticks a whole line, another one begins it anew", () => {
  const ticks = withLine(withLine({}, TEA), CARD);
  expect(isAllTicked(ticks, wave())).toBe(true);
  expect(tickedOf(withLine(ticks, TEA), TEA)).toBe(0);
  expect(isAllTicked({}, wave({ lines: [] }))).toBe(false);
  // What was ticked counts on when an order joins, and no more than there is when one leaves.
  expect(tickedOf(ticks, { ...TEA, quantity: 5 })).toBe(2);
  expect(tickedOf(ticks, { ...TEA, quantity: 1 })).toBe(1);
});

test("how much time is left is told in words and a tone, until it is packed", () => {
  expect([dueWords(wave(), NOW_MS), dueTone(wave(), NOW_MS)]).toEqual(["Due in 5 min", ""]);
  expect(dueTone(wave(), NOW_MS + 1)).toBe("at_risk");
  const late_ms = NOW_MS + 420_000;
  expect([dueWords(wave(), late_ms), dueTone(wave(), late_ms)]).toEqual(["2 min late", "late"]);
  expect(dueTone(wave({ state: "packed" }), late_ms)).toBe("");
  const open = wave({ due_at_ms: 0 });
  expect([dueWords(open, NOW_MS), dueTone(open, NOW_MS)]).toEqual(["When there is time", ""]);
});

test("only orders to which a step is news are reported", () => {
  const orders = [order("o1"), order("o2", { step: "picking" }), order("o3", { step: "packed" })];
  expect(without(wave({ orders }), "picking")).toEqual(["o1"]);
  expect(without(wave({ orders }), "packed")).toEqual(["o1", "o2"]);
  expect(piecesOf(wave())).toBe(6);
});

test("what was ticked survives a reload, and a browser that keeps nothing", () => {
  const kept = new Map<string, string>();
  keepTicks("z/d/w", wave(), { a: 1 });
  expect(keptTicks("z/d/w", wave())).toEqual({});
  vi.stubGlobal("sessionStorage", {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, text: string) => kept.set(key, text),
  });
  keepTicks("z/d/w", wave(), { a: 1 });
  expect(keptTicks("z/d/w", wave())).toEqual({ a: 1 });
  // The courier's next wave begins anew; one that an order has left goes on.
  expect(keptTicks("z/d/w", { orders: [order("o9")] })).toEqual({});
  expect(keptTicks("z/d/w", { orders: [order("o2"), order("o9")] })).toEqual({ a: 1 });
  kept.set("waves-ticks z/d/w", "{");
  expect(keptTicks("z/d/w", wave())).toEqual({});
  vi.unstubAllGlobals();
});

test("the address names a depot and its wave, and closing goes back one step", () => {
  expect(placeOfWave("d1/stop/7")).toEqual({ depot_id: "d1", wave: "stop/7" });
  expect(upFrom({ kind: "waves", id: "d1/stop/7" })).toEqual({ kind: "waves", id: "d1" });
  expect(upFrom({ kind: "waves", id: "d1" })).toBeNull();
  expect(upFrom({ kind: "stock", id: "d1/tea" })).toEqual({ kind: "stock", id: "" });
  expect(upFrom({ kind: "stock", id: "" })).toBeNull();
  expect([isOverDesk(null), isOverDesk({ kind: "order", id: "o" }), isOverDesk({ kind: "waves", id: "" })]).toEqual([
    false,
    false,
    true,
  ]);
});
