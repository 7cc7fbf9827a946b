import { expect, test, vi } from "vitest";
import "./texts";
import { setLang, TEXTS } from "../shared/i18n";
import { EMPTY_ZONE, type ZoneState } from "../shared/store/zone";
import { actorWords, changeLines, type Entry, entryReason, entrySentence, type HistoryPage, joined } from "./history";
import { rangeOf, shareOf, ticksOf } from "./time_range";

const ZONE: ZoneState = {
  ...EMPTY_ZONE,
  couriers: new Map([["c1", { id: "c1", name: "Ada", profile: "ebike", duty: "available" }]]),
};
const AT = Date.UTC(2026, 10, 22, 12, 0);

const entry = (event: string, what = "", more: Partial<Entry> = {}): Entry => ({
  seq: 1,
  at_ms: AT,
  actor: "system:zone",
  event,
  what,
  reason: "",
  device_at_ms: 0,
  changes: [],
  order_ids: [],
  ...more,
});

const changed = (field: string, before: string | number | boolean | null, after: string | number | boolean) => ({
  changes: [{ field, before, after }],
});

test("who did it", () => {
  const words = (actor: string) => actorWords(actor, ZONE);
  expect(
    ["courier:c1", "courier:gone", "dispatcher:ann", "integrator:shop", "customer:", "system:planner"].map(words),
  ).toEqual(["Ada", "Courier gone", "Dispatcher ann", "Shop shop", "Customer", "Planner"]);
});

test.each([
  [entry("order_created", "dispatchable"), "The order was placed"],
  [entry("order_created", "held"), "The order was placed and is held"],
  [entry("order_changed", "assigned", changed("courier_id", "", "c1")), "Assigned to Ada"],
  [entry("order_changed", "offered", changed("courier_id", "", "c1")), "Offered to Ada"],
  [entry("order_changed", "delivered"), "Delivered"],
  [entry("order_changed", "dispatchable"), "Without a courier: to be planned anew"],
  [entry("order_changed", "cut_off"), "The door cannot be reached"],
  [entry("case_changed", "wrong_pin", changed("case", null, "open")), "Case: Wrong PIN"],
  [entry("case_changed", "complaint", changed("case", "open", "solved")), "Case answered: Complaint"],
  [entry("case_changed", "complaint", changed("case", "solved", "open")), "Case open again: Complaint"],
  [entry("case_changed", "complaint", changed("escalated", false, true)), "Answer late: Complaint"],
  [entry("case_changed", "complaint", changed("assignee", "", "ann")), "Case given to ann: Complaint"],
  [entry("case_changed", "complaint"), "Case changed: Complaint"],
  [entry("case_changed", "wrong_pin", changed("case", "open", "resolved")), "Case settled: Wrong PIN"],
  [entry("message_posted", "customer", changed("to", null, "dispatcher")), "Customer wrote to Desk"],
  [entry("overridden", "expedite"), "Changed by hand: expedited"],
  [entry("overridden", "lock courier"), "Changed by hand: lock courier"],
  [entry("offer_made", "open", { order_ids: ["o-1"] }), "Offered: order o-1"],
  [entry("offer_closed", "declined", { order_ids: ["a", "b"] }), "Declined: 2 orders"],
  [entry("offer_closed", "revoked", { order_ids: ["a"] }), "Offer withdrawn: order a"],
  [entry("courier_registered", "off_duty", changed("duty", null, "off_duty")), "The courier was registered"],
  [entry("courier_registered", "off_duty"), "The courier's details changed"],
  [entry("duty_changed", "on_break"), "Now: On a break"],
  [entry("courier_noticed", "wait_near"), "Told: where to wait"],
  [entry("route_changed", "dropoff_done", changed("done", null, "Street 1")), "Stop done: Street 1"],
  [entry("route_changed", "pickup_done", changed("done", null, "Market")), "Picked up at Market"],
  [entry("route_changed", "", { ...changed("came", null, 1), order_ids: ["a"] }), "Added to the route: order a"],
  [entry("route_changed", "", changed("sequence", null, true)), "New sequence of stops"],
  [entry("route_changed", "en_route"), "On the way to the next stop"],
  [entry("route_changed"), "The route was planned anew, with the same stops"],
  [entry("moon_landed"), "moon landed"],
])("%j is told in a sentence", (told, sentence) => {
  expect(entrySentence(told, ZONE)).toBe(sentence);
});

test("every sentence has its Chinese", () => {
  vi.stubGlobal("document", { documentElement: { lang: "" } });
  setLang("zh");
  expect(entrySentence(entry("order_changed", "assigned", changed("courier_id", "", "c1")), ZONE)).toBe("已分配给 Ada");
  expect(entrySentence(entry("duty_changed", "on_break"), ZONE)).toBe(`状态：${TEXTS.zh["duty.on_break"]}`);
  setLang("en");
  vi.unstubAllGlobals();
});

test("an arrival time that changed is told with what it was and why", () => {
  const [before, after] = [AT + 60_000, AT + 300_000];
  const moved = entry("eta_changed", "traffic", changed("eta_at_ms", before, after));
  expect(entrySentence(moved, ZONE)).toMatch(/^Arrival now \d\d:05, before \d\d:01: /);
  expect(entrySentence(entry("eta_changed", "plan", changed("eta_at_ms", 0, after)), ZONE)).toMatch(
    /^Arrival expected/,
  );
  expect(entrySentence(entry("eta_changed", "plan", changed("eta_at_ms", after, 0)), ZONE)).toMatch(/no longer known/);
});

test("why, in words, and what changed field by field", () => {
  expect(entryReason(entry("order_changed", "canceled", { reason: "too_far" }))).toBe("Too far");
  expect(entryReason(entry("route_changed", "", { reason: "stop completed" }))).toBe("A stop was completed");
  expect(changeLines(entry("order_changed", "", changed("status", "offered", "assigned")), ZONE)).toEqual([
    { label: "Status", before: "Offered", after: "Assigned" },
  ]);
  expect(changeLines(entry("x", "", changed("courier_id", "", "c1")), ZONE)).toEqual([
    { label: "Courier", before: "–", after: "Ada" },
  ]);
});

test("a new page joins what is known where they meet", () => {
  const numbered = (...seqs: number[]) => seqs.map((seq) => entry("x", "", { seq }));
  const known = { entries: numbered(5, 4, 3), next: "more" };
  const seqsOf = (page: { entries: readonly Entry[] }) => page.entries.map(({ seq }) => seq);
  expect(seqsOf(joined<HistoryPage>(known, { entries: numbered(7, 6, 5, 4), next: "other" }))).toEqual([7, 6, 5, 4, 3]);
  expect(joined<HistoryPage>(known, { entries: numbered(7, 5) }).next).toBe("more");
  expect(seqsOf(joined<HistoryPage>(known, { entries: numbered(9, 8), next: "other" }))).toEqual([9, 8]);
  expect(seqsOf(joined<HistoryPage>(null, { entries: numbered(2) }))).toEqual([2]);
});

test("the slider spans the log, half a day at most, and a shared moment that is older", () => {
  const hour = 3_600_000;
  expect(rangeOf(AT, AT - hour, null)).toEqual({ from_ms: AT - hour, to_ms: AT });
  expect(rangeOf(AT, AT - 100 * hour, null).from_ms).toBe(AT - 12 * hour);
  expect(rangeOf(AT, AT - 100 * hour, AT - 50 * hour).from_ms).toBe(AT - 50 * hour);
  expect(rangeOf(AT, 0, null).from_ms).toBe(AT - hour / 6);
  const ticks = ticksOf({ from_ms: AT - 2 * hour + 1, to_ms: AT }, 60);
  expect(ticks).toEqual([105, 90, 75, 60, 45, 30, 15, 0].map((minutes) => AT - minutes * 60_000));
  expect(shareOf(AT - hour, { from_ms: AT - 2 * hour, to_ms: AT })).toBe("50.000%");
});
