import { expect, test } from "vitest";
import type { CourierAction, Push, Reply, StreamPosition } from "../shared/protocol/courier_messages";
import { anOffer, aRoute } from "../shared/testing/courier_views";
import type { Doing, Kept, Phone, PhoneEvent, PhoneLink } from "./port";
import { Shift } from "./shift";
import { shown } from "./shown";
import { EMPTY_VIEW, type View } from "./view";

const LIVE: PhoneLink = { kind: "live" };

/** The machinery below the app, as far as the app can tell: it remembers what was asked of it. */
class PhoneInMemory implements Phone<View> {
  readonly rate = 1;
  readonly token = "token";
  link: PhoneLink = { kind: "connecting" };
  queue = { actions: 0, fixes: 0, uploads: 0 };
  now = 1_000;
  isWatched = false;
  readonly log: string[] = [];
  /** Actions that no link was given yet. */
  readonly waiting = new Map<string, CourierAction>();
  saved: { view: View; position: StreamPosition | null } | null = null;
  private readonly listeners = new Set<(event: PhoneEvent) => void>();

  now_ms = () => this.now;

  subscribe(listener: (event: PhoneEvent) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  says(event: PhoneEvent): void {
    for (const listener of this.listeners) listener(event);
  }

  act(doing: Doing): string {
    const id = `action-${this.log.length}`;
    this.waiting.set(id, { ...doing, id, at_ms: this.now } as CourierAction);
    this.log.push(`act ${doing.t}`);
    return id;
  }

  withdraw(action_id: string): boolean {
    this.log.push("withdraw");
    return this.waiting.delete(action_id);
  }

  saveView(view: View, position: StreamPosition | null): void {
    this.saved = { view, position };
  }

  handled(seq: number): void {
    this.log.push(`handled ${seq} saved ${this.saved?.position?.seq}`);
  }

  watchPlace(on: boolean): void {
    this.isWatched = on;
  }

  start(): void {
    this.log.push("start");
  }

  nudge(): void {}
  keepPicture = () => "upload";
  signOut = async () => {};
}

const NOTHING: Kept<View> = { view: null, position: null, actions: [] };

function aShift(kept = NOTHING) {
  const phone = new PhoneInMemory();
  const rung: string[] = [];
  const clock = { wall: 5_000 };
  const parts = {
    phone,
    kept,
    wall: () => clock.wall,
    onOffer: ({ offer_id }: { offer_id: string }) => rung.push(offer_id),
  };
  const shift = new Shift(parts);
  const told = (seq: number, ...facts: Push["facts"]) =>
    phone.says({ kind: "push", push: { t: "push", epoch: 1, prev: seq - 1, seq, at_ms: seq, facts } });
  return { phone, shift, told, rung, clock };
}

test("a push is acknowledged after what it made of the view is given to the disk", () => {
  const { phone, shift, told } = aShift();
  told(7, aRoute());
  expect(phone.log).toEqual(["handled 7 saved 7"]);
  expect(phone.saved?.view).toBe(shift.view);
});

test("a tap shows before the phone has said anything about it, and is saved", () => {
  const { phone, shift, told } = aShift();
  told(1, aRoute());
  shift.progress({ stop_id: "pi-o1", action: "arrived", kind: "pickup", order_ids: ["o1"] });
  expect(shown(shift.view).stops[0]?.state).toBe("arrived");
  expect(phone.saved?.view.mine).toHaveLength(1);
});

test("a progress carries the place where it happened, once one is known", () => {
  const { phone, shift } = aShift();
  const arrived = { stop_id: "s", action: "arrived", kind: "pickup", order_ids: ["o1"] } as const;
  const sent = (id: string) => phone.waiting.get(id) as { lat?: number };
  expect(sent(shift.progress(arrived)).lat).toBeUndefined();
  phone.says({ kind: "place", fix: { at_ms: 1, lat: 60.1, lon: 24.9 } });
  expect(sent(shift.progress(arrived)).lat).toBe(60.1);
});

test("an undo withdraws what nobody heard of, and tells the server otherwise", () => {
  const { phone, shift, told } = aShift();
  const complete = () => shift.progress({ stop_id: "pi-o1", action: "completed", kind: "pickup", order_ids: ["o1"] });
  const newest = () => {
    const [past] = shift.view.past;
    if (!past) throw new Error("Nothing was done.");
    return past;
  };
  told(1, aRoute());
  complete();
  shift.undo(newest());
  expect(shift.view.past).toEqual([]);
  complete();
  phone.waiting.clear();
  shift.undo(newest());
  expect(phone.log.slice(-2)).toEqual(["withdraw", "act undo"]);
  expect(shown(shift.view).stops).toHaveLength(2);
});

test("each new offer rings once, and a replayed view does not", () => {
  const { told, rung } = aShift();
  told(1, anOffer());
  told(2, aRoute());
  expect(rung).toEqual(["f1"]);
  const again = aShift({ ...NOTHING, view: { ...EMPTY_VIEW, offers: [anOffer()] } });
  expect(again.rung).toEqual([]);
});

test("the place is watched on duty only, from the tap on", () => {
  const { phone, shift } = aShift();
  shift.start();
  expect(phone.isWatched).toBe(false);
  const id = shift.do({ t: "duty", duty: "available" });
  expect(phone.isWatched).toBe(true);
  const action = phone.waiting.get(id) as CourierAction;
  const reply: Reply = { t: "reply", id, ok: false, code: "forbidden" };
  phone.says({ kind: "settled", action, reply });
  expect(phone.isWatched).toBe(false);
});

test("the view knows until when it was the newest: not while the link is away", () => {
  const { phone, shift, told } = aShift();
  told(1, aRoute());
  phone.says({ kind: "link", link: LIVE });
  phone.now = 60_000;
  shift.refresh();
  expect(shift.view.fresh_at_ms).toBe(60_000);
  phone.says({ kind: "link", link: { kind: "waiting", since_ms: 0, retry_at_ms: 1 } });
  phone.now = 600_000;
  shift.refresh();
  expect(shift.view.fresh_at_ms).toBe(60_000);
});

test("what the phone says of itself is shown: the link, the queue, the place and trouble with it", () => {
  const { phone, shift } = aShift();
  const fix = { at_ms: 1, lat: 60.1, lon: 24.9 };
  phone.says({ kind: "link", link: LIVE });
  phone.says({ kind: "queue", queue: { actions: 2, fixes: 1, uploads: 1 } });
  phone.says({ kind: "place_trouble", code: "denied" });
  expect(shift.status.state).toMatchObject({ link: LIVE, queue: { actions: 2 }, trouble: "denied", fix: null });
  phone.says({ kind: "place", fix });
  expect(shift.status.state).toMatchObject({ trouble: "", fix });
});

test("after it was stopped a shift hears nothing more", () => {
  const { phone, shift, told } = aShift();
  shift.stop();
  told(1, aRoute());
  expect(shift.view).toEqual(EMPTY_VIEW);
  expect(phone.log).toEqual([]);
});
