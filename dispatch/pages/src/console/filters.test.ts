import { expect, test } from "vitest";
import { EMPTY_ZONE, reduceZone } from "../shared/store/zone";
import { aCourier, anOrder, aSnapshot } from "../shared/testing/views";
import {
  duration_ms,
  fieldOf,
  filterLink,
  fits,
  isStructured,
  linkedFilter,
  mayChangeGoals,
  parsed,
  readSaved,
  savedKey,
  userOf,
  withField,
  withFlag,
  withSaved,
  written,
} from "./filters";

const MINUTE_MS = 60_000;
const NOW_MS = 1_000 * MINUTE_MS;
const ORDERS = [
  anOrder({
    id: "o1",
    ref: "A-10",
    courier_id: "ann",
    status: "picked_up",
    promise_at_ms: NOW_MS - 1,
    fragile: true,
    skills: ["wine"],
    lock: "courier",
    tier: 2,
  }),
  anOrder({ id: "o2", ref: "B-7", address: "Kap 12:30", promise_at_ms: NOW_MS + 20 * MINUTE_MS, depot_id: "north" }),
  anOrder({ id: "o3", status: "held", reason: "address", promise_at_ms: NOW_MS + 90 * MINUTE_MS, direction: "return" }),
  anOrder({
    id: "o4",
    status: "delivered",
    promise_at_ms: NOW_MS,
    timeline: [{ status: "delivered", at_ms: NOW_MS - 5 * MINUTE_MS }],
    created_at_ms: NOW_MS - 50 * MINUTE_MS,
  }),
];
const ZONE = reduceZone(
  EMPTY_ZONE,
  aSnapshot({
    orders: ORDERS,
    couriers: [aCourier({ id: "ann", name: "Ann Lee" })],
    depots: [{ id: "north", name: "North Side", lat: 0, lon: 0 }],
  }),
);

function found(text: string): string {
  return ORDERS.filter((order) => fits(order, parsed(text), { zone: ZONE, now_ms: NOW_MS }))
    .map(({ id }) => id)
    .join(" ");
}

test.each([
  ["", "o1 o2 o3 o4"],
  ["a-10", "o1"],
  ["courier:ann ref:A-10", "o1"],
  ['courier:"ann lee"', "o1"],
  ["courier:none", "o2 o3 o4"],
  ['depot:"north side"', "o2"],
  ["depot:north promise:30m", "o2"],
  ["promise:30", "o1 o2"],
  ["promise:soon", ""],
  ["late", "o1"],
  ["LATE fragile", "o1"],
  ["late -fragile", ""],
  ["is:open -late", "o2 o3"],
  ["status:held", "o3"],
  ["status:on_way", "o1"],
  ["held reason:address", "o3"],
  ["lock:courier", "o1"],
  ["locked skill:wine tier:2", "o1"],
  ["done:10m", "o4"],
  ["done:10m took:40m", "o4"],
  ["took:1h", ""],
  ["return", "o3"],
  ["unassigned", "o2 o3"],
  ["12:30", "o2"],
  ["is:whatever", ""],
  ["-status:delivered -held", "o1 o2"],
])("%s finds %s", (text, ids) => {
  expect(found(text)).toBe(ids);
});

test("what is read can be written, and is the same filter", () => {
  for (const text of ['courier:"ann lee" late', '-status:held "two words"', "a -b ref:x"]) {
    expect(parsed(written(parsed(text)))).toEqual(parsed(text));
  }
  expect(written(parsed("  late   ann "))).toBe("is:late ann");
  expect(parsed('depot:"open')).toEqual([{ field: "depot", value: "open", not: false }]);
  expect(parsed("depot: -")).toEqual([{ field: "text", value: "-", not: false }]);
});

test("a form sets one field, and takes it away", () => {
  const terms = withField(parsed("ann status:held"), "status", "on_way");
  expect(written(terms)).toBe("ann status:on_way");
  expect(fieldOf(terms, "status")).toBe("on_way");
  expect(written(withField(terms, "status", ""))).toBe("ann");
  expect(written(withFlag(withFlag(terms, "late"), "late"))).toBe("ann status:on_way");
  expect([isStructured(parsed("ann")), isStructured(parsed("late"))]).toEqual([false, true]);
});

test("durations are minutes unless they say otherwise", () => {
  expect(["30", "90s", "1.5h", "x", "-1", "5d"].map(duration_ms)).toEqual([
    1_800_000,
    90_000,
    5_400_000,
    null,
    null,
    null,
  ]);
});

test("filters are kept by name, each once, and read back whatever was kept", () => {
  const saved = withSaved(withSaved([], " Wine ", "skill:wine"), "Wine", "skill:wine late");
  expect(saved).toEqual([{ name: "Wine", text: "skill:wine is:late" }]);
  expect(withSaved(saved, "", "late")).toEqual(saved);
  expect(readSaved(JSON.stringify(saved))).toEqual(saved);
  for (const junk of [null, "{", "7", '[{"name":1},null,{"name":"a"}]']) expect(readSaved(junk)).toEqual([]);
});

test("a link carries the filter and nothing else", () => {
  const link = filterLink("https://desk.test", 'depot:"南 仓" late');
  expect(link).not.toContain("token");
  expect(linkedFilter(new URL(link).hash)).toBe('depot:"南 仓" late');
  expect([linkedFilter("#/orders/1"), linkedFilter("#/filter/%zz")]).toEqual(["", ""]);
});

test("filters are a user's own", () => {
  const token = `x.${btoa(JSON.stringify({ sub: "ann", role: "dispatcher" }))}.y`;
  expect(savedKey("z", userOf(token))).toBe("dispatch.filters.z.ann");
  expect([userOf("junk"), mayChangeGoals(token), mayChangeGoals("junk")]).toEqual(["", true, false]);
});
