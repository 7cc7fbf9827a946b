import { expect, test } from "vitest";
import { PhoneClock } from "./phone_clock";

function aDevice(wall_ms: number) {
  const device = { mono_ms: 500, wall_ms, asleep: 0 };
  const pass = (ms: number) => {
    device.mono_ms += ms;
    device.wall_ms += ms;
  };
  return { device, pass, mono: () => device.mono_ms, wall: () => device.wall_ms };
}

test("a start without a network goes on from the note of an earlier life, at the rate of business time", () => {
  const { mono, wall, pass } = aDevice(10_000_000);
  const clock = new PhoneClock(mono, wall, { business_ms: 1_000, wall_ms: 10_000_000 - 60_000, rate: 10 });
  expect(clock.now_ms()).toBe(601_000);
  pass(500);
  expect(clock.now_ms()).toBe(606_000);
});

test("a wall clock that was set back does not take business time back before the note", () => {
  const { mono, wall } = aDevice(10_000);
  expect(new PhoneClock(mono, wall, { business_ms: 1_000, wall_ms: 99_000, rate: 1 }).now_ms()).toBe(1_000);
});

test("the server's sample replaces the note; what is remembered is its clock against the wall's", () => {
  const { mono, wall, pass } = aDevice(10_000_000);
  const clock = new PhoneClock(mono, wall, { business_ms: 1, wall_ms: 10_000_000, rate: 1 });
  clock.business.start(10, { business_now_ms: 5_000, sent_ms: mono(), received_ms: mono() });
  pass(100);
  expect(clock.anchor(10)).toEqual({ business_ms: 6_000, wall_ms: 10_000_100, rate: 10 });
});

test("hours asleep, in which the monotonic clock stood still, count", () => {
  const { device, mono, wall } = aDevice(10_000_000);
  const clock = new PhoneClock(mono, wall, null);
  clock.business.start(2, { business_now_ms: 5_000, sent_ms: mono(), received_ms: mono() });
  clock.anchor(2);
  device.wall_ms += 3_600_000;
  expect(clock.now_ms()).toBe(5_000 + 7_200_000);
});
