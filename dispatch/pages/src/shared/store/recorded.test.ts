import { expect, test } from "vitest";
import type { DataMessage, TrackSnapshot, ZoneSnapshot } from "../protocol/messages";
import { StreamReader } from "../protocol/stream";
import track from "../testing/recorded/track.json";
import zone from "../testing/recorded/zone.json";
import { EMPTY_TRACK, reduceTrack } from "./track";
import { EMPTY_ZONE, reduceZone, type ZoneState } from "./zone";

// What a real desk and a real shopper were told (tests/support/record_live.py).
const ZONE = zone as unknown as { frames: DataMessage[][]; last: ZoneSnapshot };
const TRACK = track as unknown as { frames: DataMessage[][]; last: TrackSnapshot };
const CHANGES = ["zone_change", "track_change"];

/** A desk that reads like the live client: what repeats is dropped, and after a gap it waits for a snapshot. */
class Desk {
  state: ZoneState = EMPTY_ZONE;
  gaps = 0;
  private readonly reader = new StreamReader();
  private lost = false;

  hear(frame: readonly DataMessage[], heard: (seq: number) => void = () => {}): void {
    for (const message of frame) {
      if (message.t === "zone_snapshot") {
        this.reader.reset(message);
        this.lost = false;
      } else if (this.lost) continue;
      else if (message.t === "zone_change") {
        const step = this.reader.offer(message.epoch, message.prev, message.seq);
        if (step === "gap") {
          this.lost = true;
          this.gaps += 1;
        }
        if (step !== "next") continue;
      }
      this.state = reduceZone(this.state, message);
      heard(this.reader.position?.seq ?? -1);
    }
  }
}

/** What a dispatcher decides by, in an order that does not depend on how it came. */
function business({ orders, couriers, depots, cases, messages, plan_version }: ZoneState): string {
  const sorted = (views: Iterable<{ id: string }>) => [...views].sort((a, b) => (a.id < b.id ? -1 : 1));
  // Links and batteries are no part of the stream: they are told beside it.
  const beside = { link: "", heard_at_ms: 0, battery: null };
  const people = [...couriers.values()].map((courier) => ({ ...courier, ...beside }));
  return JSON.stringify([
    sorted(orders.values()),
    sorted(people),
    sorted(depots.values()),
    sorted(cases.values()),
    [...messages],
    plan_version,
  ]);
}

/** What stood on the screen at each place of the stream. */
const TRUTH = new Map<number, string>();
const whole = new Desk();
for (const frame of ZONE.frames) whole.hear(frame, (seq) => TRUTH.set(seq, business(whole.state)));
const last = reduceZone(EMPTY_ZONE, ZONE.last);

test("snapshot and events lead to what a newcomer is shown", () => {
  expect(ZONE.frames.flat().filter(({ t }) => CHANGES.includes(t)).length).toBeGreaterThan(100);
  expect(business(whole.state)).toBe(business(last));
});

function hasChange(frame: readonly DataMessage[]): boolean {
  return frame.some(({ t }) => CHANGES.includes(t));
}

test("whatever frame is lost, repeated or late, no desk shows what never was, and a snapshot mends it", () => {
  const changes = ZONE.frames.flatMap((frame, i) => (hasChange(frame) ? [i] : []));
  for (let n = 0; n < changes.length; n += 7) {
    const at = changes[n] as number;
    const [before, frame, after] = [ZONE.frames.slice(0, at), ZONE.frames[at] ?? [], ZONE.frames.slice(at + 1)];
    const schedules = {
      lost: [...before, ...after],
      repeated: [...before, frame, frame, ...before.slice(1).slice(-3), ...after],
      late: [...before, ...after.slice(0, 2), frame, ...after.slice(2)],
    };
    for (const [fault, frames] of Object.entries(schedules)) {
      const desk = new Desk();
      for (const each of frames) desk.hear(each, (seq) => expect(business(desk.state), fault).toBe(TRUTH.get(seq)));
      const passedBy = { lost: after, repeated: [], late: after.slice(0, 2) }[fault] ?? [];
      expect(desk.gaps, fault).toBe(passedBy.some(hasChange) ? 1 : 0);
      desk.hear([ZONE.last]);
      expect(business(desk.state)).toBe(business(last));
    }
  }
});

test("a shopper's page ends where a newcomer's begins, and shows the courier only on the way", () => {
  let state = EMPTY_TRACK;
  const shown = new Set<string>();
  for (const message of TRACK.frames.flat()) {
    state = reduceTrack(state, message);
    if (state.fix && state.order) shown.add(state.order.status);
  }
  expect(state.order).toEqual(TRACK.last.order);
  expect([...shown].filter((status) => !["picked_up", "en_route_dropoff", "at_dropoff"].includes(status))).toEqual([]);
  expect(shown.size).toBeGreaterThan(0);
});
