import { expect, test } from "vitest";
import { dayWords, rangeOrDay, timeOrDay } from "../shared/format";
import { isPlannedLater } from "../shared/order";
import { anOrder } from "../shared/testing/views";
import { windowWords } from "../shared/windows";
import {
  arrivalWords,
  asksAboutDelay,
  lateWords,
  moveWords,
  openSheets,
  problemWords,
  standing,
  waits,
} from "./wishes";

const MINUTE_MS = 60_000;
const NOON_MS = new Date(2026, 10, 29, 12).getTime();
const ALL = ["note", "door", "address", "window", "cancel", "wait"] as const;
const late = anOrder({
  status: "assigned",
  may: ALL,
  created_at_ms: NOON_MS,
  promise_at_ms: NOON_MS + 40 * MINUTE_MS,
  eta_at_ms: NOON_MS + 60 * MINUTE_MS,
  eta_late_at_ms: NOON_MS + 65 * MINUTE_MS,
});

test("the page offers what the server takes, and nothing else", () => {
  expect(openSheets(anOrder({ may: ALL }))).toEqual(["note", "address", "window", "cancel"]);
  expect(openSheets(anOrder({ may: ["note", "wait", "gift_wrap"] }))).toEqual(["note"]);
  expect(openSheets(anOrder())).toEqual([]);
});

test("a late order asks what is to become of it", () => {
  expect(asksAboutDelay(late, NOON_MS, "late")).toBe(true);
  expect(lateWords(late, NOON_MS)).toBe("wish.delay");
  const risky = { ...late, promise_at_ms: NOON_MS + 62 * MINUTE_MS };
  expect(asksAboutDelay(risky, NOON_MS, "at_risk")).toBe(true);
  expect(lateWords(risky, NOON_MS)).toBe("wish.delay.risk");
  expect(asksAboutDelay({ ...late, promise_at_ms: NOON_MS + 90 * MINUTE_MS }, NOON_MS, "on_time")).toBe(false);
});

test("who waits is not asked again until it becomes later still", () => {
  const patient = { ...late, waits_until_ms: NOON_MS + 75 * MINUTE_MS };
  expect(asksAboutDelay(patient, NOON_MS, "late")).toBe(false);
  expect(waits(patient, NOON_MS)).toBe(true);
  const later = { ...patient, eta_at_ms: NOON_MS + 80 * MINUTE_MS };
  expect(asksAboutDelay(later, NOON_MS, "late")).toBe(true);
  expect(waits(later, NOON_MS)).toBe(false);
});

test("nobody is asked at the door, nor about what has ended", () => {
  expect(asksAboutDelay({ ...late, may: [] }, NOON_MS, "late")).toBe(false);
  expect(asksAboutDelay({ ...late, status: "canceled" }, NOON_MS, "unknown")).toBe(false);
  expect(waits({ ...late, status: "delivered", waits_until_ms: NOON_MS + 99 * MINUTE_MS }, NOON_MS)).toBe(false);
});

test("windows are told with their day", () => {
  const window = { earliest_at_ms: NOON_MS + 60 * MINUTE_MS, promise_at_ms: NOON_MS + 90 * MINUTE_MS };
  expect(windowWords(window, NOON_MS)).toBe("Today 13:00–13:30");
  expect(windowWords({ ...window, earliest_at_ms: 0 }, NOON_MS)).toBe("As soon as possible");
  expect(dayWords(NOON_MS + 24 * 60 * MINUTE_MS, NOON_MS)).toBe("Tomorrow");
  expect(timeOrDay(NOON_MS, NOON_MS - MINUTE_MS)).toBe("12:00");
  expect(timeOrDay(NOON_MS + 24 * 60 * MINUTE_MS, NOON_MS)).toBe("Tomorrow 12:00");
  expect(rangeOrDay(NOON_MS, NOON_MS + 5 * MINUTE_MS, NOON_MS - 24 * 60 * MINUTE_MS)).toBe("Tomorrow 12:00–12:05");
  expect(dayWords(NOON_MS + 3 * 24 * 60 * MINUTE_MS, NOON_MS)).toContain("2");
  expect(isPlannedLater(anOrder({ earliest_at_ms: NOON_MS + 1 }), NOON_MS)).toBe(true);
  expect(isPlannedLater(anOrder(), NOON_MS)).toBe(false);
});

test("each row says how it stands", () => {
  const order = anOrder({ note: "Ring", leave_at_door: true });
  expect(standing(order, "note", NOON_MS)).toBe("Ring · Leave it at my door");
  expect(standing(anOrder(), "note", NOON_MS)).toBe("None yet");
  expect(standing(order, "address", NOON_MS)).toBe("Aleksanterinkatu 19");
  expect(standing(order, "window", NOON_MS)).toBe("As soon as possible");
  expect(standing(order, "cancel", NOON_MS)).not.toBe("");
});

test("the effect of an address is told in minutes that people see", () => {
  const effect = {
    expected_at_ms: NOON_MS + 12 * MINUTE_MS,
    late_at_ms: NOON_MS + 15 * MINUTE_MS,
    before_at_ms: NOON_MS,
    before_late_at_ms: NOON_MS + 2 * MINUTE_MS,
    promise_at_ms: 0,
    courier: "kept",
  } as const;
  expect(moveWords(effect)).toBe("12 min later than now");
  expect(moveWords({ ...effect, before_at_ms: NOON_MS + 20 * MINUTE_MS })).toBe("8 min earlier than now");
  expect(moveWords({ ...effect, before_at_ms: effect.expected_at_ms })).toBe("No later than now");
  expect(moveWords({ ...effect, before_at_ms: 0 })).toBe("");
  expect(arrivalWords(NOON_MS, NOON_MS + 2 * MINUTE_MS)).toBe("12:00–12:02");
  expect(arrivalWords(0, 0)).toBe("not known yet");
});

test("a refusal is told in our own words where we know its code", () => {
  expect(problemWords({ kind: "refused", detail: "?", code: "at_the_door" })).toContain("at your door");
  expect(problemWords({ kind: "refused", detail: "The moon is in the way.", code: "eclipse" })).toBe(
    "The moon is in the way.",
  );
  expect(problemWords({ kind: "forbidden" })).toContain("expired");
  expect(problemWords({ kind: "unreachable" })).toContain("Nothing was changed");
  for (const kind of ["done", "accepted"] as const) expect(problemWords({ kind })).toBe("");
  expect(problemWords({ kind: "conflict", current_version: 1 })).toBe("");
});
