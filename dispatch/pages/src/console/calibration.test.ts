import { expect, test } from "vitest";
import {
  bandWords,
  biasWords,
  type Calibration,
  hourWords,
  lateWords,
  localHours,
  mainOf,
  verdictOf,
} from "./calibration";

function kept(count: number, within: number) {
  return { count, within, unsure: 0.02, mean_error_s: 90, bias_s: 10 };
}

function aCalibration(given: Partial<Calibration> = {}): Calibration {
  return { orders: 0, changes_median: 0, late: 0, told_early: 0, by_lead: [], by_hour: [], by_distance: [], ...given };
}

test("the figure is that of ten minutes before, where anything had been told then", () => {
  const by_lead = [
    { lead_min: 5, ...kept(40, 1) },
    { lead_min: 10, ...kept(30, 0.9) },
  ];
  expect(mainOf(aCalibration({ by_lead }))?.within).toBe(0.9);
  expect(mainOf(aCalibration({ by_lead: [{ lead_min: 10, ...kept(0, 0) }] }))).toBeNull();
  expect(mainOf(aCalibration())).toBeNull();
});

test("a share is judged by the percent that is shown, and not at all when it is one of few", () => {
  const judged = [0.874, 0.876, 0.9, 0.924, 0.926].map((share) => verdictOf(kept(200, share)));
  expect(judged).toEqual(["below", "within", "within", "within", "above"]);
  expect(verdictOf(kept(19, 0.1))).toBe("few");
});

test("hours are those of the reader's day", () => {
  const by_hour = [3, 15, 23].map((hour) => ({ hour, ...kept(5, 1) }));
  const hours = (offset_min: number) => localHours(by_hour, offset_min).map(({ hour }) => hour);
  expect(hours(0)).toEqual([3, 15, 23]);
  expect(hours(480)).toEqual([7, 11, 23]);
  expect(hours(-300)).toEqual([10, 18, 22]);
  expect(hourWords(7)).toBe("07:00");
});

test("distances, tendencies and late orders are told in words", () => {
  expect([bandWords(0), bandWords(1500)]).toEqual(["from 0 km", "from 1.5 km"]);
  expect([biasWords(29), biasWords(-120), biasWords(95)]).toEqual(["even", "2 min early", "2 min late"]);
  expect(lateWords(aCalibration())).toBe("No order came late.");
  expect(lateWords(aCalibration({ late: 1, told_early: 1 }))).toContain("1 order came late");
  expect(lateWords(aCalibration({ late: 12, told_early: 9 }))).toContain("12 orders came late; 9 of their customers");
});
