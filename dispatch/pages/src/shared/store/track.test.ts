import { expect, test } from "vitest";
import type { DataMessage, TrackChange, TrackSnapshot } from "../protocol/messages";
import { aFix, aMessage, anOrder } from "../testing/views";
import { EMPTY_TRACK, reduceTrack, type TrackState } from "./track";

const ON_WAY = anOrder({ status: "en_route_dropoff", eta_at_ms: 600_000 });
const PATH = { courier_id: "courier", version: 3, polyline6: "abc" };

function snapshot(given: Partial<TrackSnapshot> = {}): TrackSnapshot {
  return {
    t: "track_snapshot",
    epoch: 1,
    seq: 1,
    order: ON_WAY,
    courier_name: "Aino",
    fix: aFix(),
    path: PATH,
    ...given,
  };
}

function change(given: Partial<TrackChange> = {}): TrackChange {
  return {
    t: "track_change",
    epoch: 1,
    prev: 1,
    seq: 2,
    at_ms: 0,
    event: "x",
    order: ON_WAY,
    courier_name: "Aino",
    courier_visible: true,
    ...given,
  };
}

function after(...messages: DataMessage[]): TrackState {
  return messages.reduce(reduceTrack, EMPTY_TRACK);
}

test("the courier's place is shown between pickup and drop-off only, whatever was sent", () => {
  expect(after(snapshot()).fix).not.toBeNull();
  expect(after(snapshot({ order: anOrder({ status: "assigned" }) })).fix).toBeNull();
  const delivered = after(snapshot(), change({ order: anOrder({ status: "delivered" }), fix: aFix({ seq: 9 }) }));
  expect(delivered).toMatchObject({ fix: null, path: null });
  expect(reduceTrack(delivered, { t: "fixes", fixes: [aFix({ seq: 10 })] }).fix).toBeNull();
});

test("a change that hides the courier takes place and path away", () => {
  expect(after(snapshot(), change({ courier_visible: false }))).toMatchObject({ fix: null, path: null });
});

test("a change without a place keeps the last one; an older place is not taken", () => {
  const state = after(snapshot({ fix: aFix({ seq: 5 }) }), change());
  expect(state.fix?.seq).toBe(5);
  expect(reduceTrack(state, { t: "fixes", fixes: [aFix({ seq: 4 })] })).toBe(state);
  expect(reduceTrack(state, { t: "fixes", fixes: [aFix({ seq: 6 })] }).fix?.seq).toBe(6);
});

test("after a hand-over the other courier's places count from their own beginning", () => {
  const state = after(snapshot({ fix: aFix({ gen: 8 }) }), change({ courier_name: "Mikko", fix: aFix({ gen: 2 }) }));
  expect(state).toMatchObject({ courier: { name: "Mikko" }, fix: { gen: 2 } });
});

test("a path comes later than its change, and an empty one clears it", () => {
  const state = after(snapshot({ path: null }), { t: "paths", paths: [PATH] });
  expect(state.path).toEqual(PATH);
  expect(reduceTrack(state, { t: "paths", paths: [{ ...PATH, version: 4, polyline6: "" }] }).path).toBeNull();
});

test("the first arrival time is remembered, to say how far it has moved", () => {
  const state = after(
    snapshot({ order: anOrder() }),
    change({ order: anOrder({ eta_at_ms: 600_000 }) }),
    change({ seq: 3, order: anOrder({ eta_at_ms: 900_000 }) }),
  );
  expect(state.first_eta_at_ms).toBe(600_000);
});

test("messages are replaced when they are told and kept when they are left out", () => {
  const told = [aMessage({ text: "I am downstairs", to: "courier" })];
  const more = [...told, aMessage({ id: "m2", sender: "courier", to: "customer" })];
  const state = after(snapshot({ messages: told }), change());
  expect(state.messages).toEqual(told);
  expect(reduceTrack(state, change({ messages: more })).messages).toEqual(more);
  expect(reduceTrack(state, snapshot()).messages).toEqual([]);
});

test("the PIN is that of the newest word", () => {
  const state = after(snapshot({ pin: "4821" }));
  expect(state.pin).toBe("4821");
  expect(reduceTrack(state, change({ pin: "4821" })).pin).toBe("4821");
  expect(reduceTrack(state, change()).pin).toBe("");
});
