import { expect, test } from "vitest";
import { CourierServer, seeded } from "../testing/courier_server";
import { ClientSession, MAX_ACTIONS, type SessionOutput } from "./client_session";
import { BusinessClock } from "./clock";
import { encodeFrame, sizeOf } from "./courier_codec";
import type { CourierAction, CourierMessage, Fix, Progress, Push, Resync, StreamPosition } from "./courier_messages";

function aSession(position: StreamPosition | null = null, random: () => number = () => 0.5): ClientSession {
  return new ClientSession({
    token: "tok",
    device_id: "phone",
    clock: new BusinessClock(() => 0),
    random,
    position,
  });
}

function anUndo(id: string): CourierAction {
  return { t: "undo", id, stop_id: "p1", at_ms: 1 };
}

/** A session with a link and a server; what is due was sent. */
function aLiveSession(server = new CourierServer(), session = aSession()) {
  const outputs: SessionOutput[] = [];
  const link = server.accept((frame) => outputs.push(...session.receiveFrame(frame, 1)));
  session.connected(0);
  const pump = () => {
    const frames: (readonly CourierMessage[])[] = [];
    for (let due = session.outgoing(1, 0); due.length > 0; due = session.outgoing(1, 0)) {
      frames.push(due);
      link.hear(encodeFrame(due));
    }
    return frames;
  };
  pump();
  return { server, session, outputs, pump };
}

test("two hours offline: 20 actions and 1,440 fixes are in sync after one exchange, within every limit of a frame", () => {
  const session = aSession();
  for (let each = 1; each <= 1_440; each += 1)
    session.addFix({
      at_ms: 1_700_000_000_000 + each,
      lat: -12.345678901234567,
      lon: -123.45678901234567,
      acc_m: 123.45678901234567,
      speed_mps: 12.345678901234567,
      heading_deg: 123.45678901234567,
      battery: 0.12345678901234,
    });
  for (let each = 1; each <= 20; each += 1) session.submit(anUndo(`a${each}`));
  const { server, outputs } = aLiveSession(new CourierServer(), session);
  expect(outputs.filter((output) => output.kind === "settle")).toHaveLength(20);
  expect(server.effects.map((action) => "id" in action && action.id)).toEqual(
    Array.from({ length: 20 }, (_, place) => `a${place + 1}`),
  );
  expect(server.fixes.size).toBe(1_440);
  expect(session.fixes.length).toBe(0);
});

test("the longest actions share frames that keep the limit", () => {
  const orders = Array.from({ length: 128 }, (_, place) => `${place}`.padStart(64, "字"));
  const long = (id: string): Progress => ({
    t: "progress",
    id,
    stop_id: "s",
    action: "completed",
    at_ms: 1,
    order_ids: orders,
  });
  const { session, pump, server } = aLiveSession();
  for (let each = 0; each < 5; each += 1) session.submit(long(`a${each}`));
  for (let each = 0; each < 200; each += 1) session.addFix({ at_ms: each, lat: 1, lon: 2 });
  expect(sizeOf(long("a"))).toBeGreaterThan(20_000);
  const frames = pump();
  expect(frames.length).toBeGreaterThan(2);
  expect(server.effects).toHaveLength(5);
  const tooLong = { ...long("b"), proofs: orders.slice(0, 64).map((order_id) => ({ kind: "age" as const, order_id })) };
  expect(() => session.submit(tooLong)).toThrow("32 KiB");
});

test("an action that no link has carried can be taken back, and is never sent", () => {
  const session = aSession();
  session.submit(anUndo("a1"));
  session.submit(anUndo("a2"));
  expect(session.withdraw("a1")).toBe(true);
  expect(session.withdraw("a1")).toBe(false);
  const { server } = aLiveSession(new CourierServer(), session);
  expect(server.effects).toEqual([anUndo("a2")]);
});

test("an action that a link may have carried cannot be taken back: not after the link broke, nor in the next life", () => {
  const { session } = aLiveSession();
  session.submit(anUndo("a1"));
  session.outgoing(2, 0);
  session.disconnected(null, 3);
  expect(session.withdraw("a1")).toBe(false);
  const next = aSession();
  next.submit(anUndo("a1"), true);
  expect(next.withdraw("a1")).toBe(false);
});

test("a fix that is only glanced at goes with the heartbeat and takes no number", () => {
  const { session, server } = aLiveSession();
  session.glance({ at_ms: 7, lat: 1, lon: 2 });
  session.probe(2);
  expect(session.outgoing(2, 0)).toEqual([{ t: "ping", n: 2, device_ms: 0, fix: { at_ms: 7, lat: 1, lon: 2 } }]);
  expect(server.fixes.size).toBe(0);
});

test("out of range, the same id twice, too many, or after the end: refused before anything is sent", () => {
  const session = aSession();
  expect(() => session.addFix({ at_ms: 1, lat: 91, lon: 0 })).toThrow("lat");
  expect(() => session.submit({ ...anUndo("a1"), at_ms: 1.5 })).toThrow("at_ms");
  session.submit(anUndo("a0"));
  expect(() => session.submit(anUndo("a0"))).toThrow("new id");
  for (let each = 1; each < MAX_ACTIONS; each += 1) session.submit(anUndo(`a${each}`));
  expect(() => session.submit(anUndo("one more"))).toThrow("wait");
  session.goodbye();
  expect(() => session.submit(anUndo("late"))).toThrow("ended");
});

test("an app that leaves its pushes lying starts from a snapshot", () => {
  const { session, outputs } = aLiveSession();
  for (let seq = 1; seq <= 129; seq += 1) {
    const push: Push = { t: "push", epoch: 1, prev: seq - 1, seq, at_ms: 1, facts: [{ kind: "notice", code: "x" }] };
    outputs.push(...session.receive(push, 2));
  }
  expect(outputs.at(-1)).toMatchObject({ kind: "close", code: 3006 });
  session.disconnected(null, 3);
  session.connected(4);
  expect(session.outgoing(4, 0)[0]).not.toHaveProperty("resume");
});

test("a frame that cannot be read ends the link; a bug of our own is not taken for the server's", () => {
  const { session } = aLiveSession();
  expect(session.receiveFrame("{", 2)).toMatchObject([{ kind: "close", code: 3504 }]);
});

// --- random schedules -------------------------------------------------------------------------------------------

interface Disk {
  actions: Map<string, CourierAction>;
  fixes: Fix[];
  position: StreamPosition | null;
}

/** A phone, its disk and its app, a server, and the link between them, if there is one. */
class World {
  readonly server = new CourierServer();
  readonly disk: Disk = { actions: new Map(), fixes: [], position: null };
  readonly settled: string[] = [];
  phone = aSession();
  actions = 0;
  fixes = 0;
  private now = 0;
  private app: (Push | Resync)[] = [];
  private rising: string[] = [];
  private falling: string[] = [];
  /** What the app shows: the newest event that it applied, as saved. */
  private shown = -1;

  constructor(readonly random: () => number) {}

  act(): void {
    this.actions += 1;
    const action = anUndo(`a${this.actions}`);
    this.disk.actions.set(action.id, action);
    this.phone.submit(action);
  }

  fix(): void {
    this.fixes += 1;
    const fix = { at_ms: this.fixes, lat: 1, lon: 2 };
    this.disk.fixes.push(fix);
    this.phone.addFix(fix);
  }

  event(): void {
    this.server.event();
  }

  eventOfOthers(): void {
    this.server.head += 1;
  }

  /** The stream's history is trimmed: who stands before this starts from a snapshot. */
  trim(): void {
    this.server.keptSince = this.server.head;
  }

  /** The app takes the next event and saves what it shows. */
  handle(): void {
    const event = this.app.shift();
    if (!event) return;
    if (event.t === "push") {
      const missed = this.server.events.filter(({ seq }) => seq > this.shown && seq < event.seq);
      expect(missed).toEqual([]);
      expect(event.seq).toBeGreaterThan(this.shown);
    }
    this.shown = event.seq;
    this.disk.position = { epoch: event.epoch, seq: event.seq };
    if (event.t === "push") this.phone.handled(event.seq);
  }

  up(): void {
    if (this.phone.state === "offline") this.connect();
    const due = this.phone.outgoing(this.now, 0);
    if (due.length > 0) this.rising.push(encodeFrame(due));
    const frame = this.rising.shift();
    if (frame) this.server.link?.hear(frame);
  }

  private connect(): void {
    this.phone.connected(this.now);
    this.server.accept((frame) => this.falling.push(frame));
  }

  down(): void {
    const frame = this.falling.shift();
    if (frame) this.carryOut(this.phone.receiveFrame(frame, this.now));
  }

  loseDown(): void {
    this.falling.shift();
  }

  private carryOut(outputs: readonly SessionOutput[]): void {
    for (const output of outputs) {
      if (output.kind === "close") this.cut();
      else if (output.kind === "settle") {
        expect(this.server.inbox.has(output.reply.id)).toBe(true);
        this.settled.push(output.reply.id);
        this.disk.actions.delete(output.reply.id);
      } else if (output.event.t === "resync") this.app = [output.event];
      else if (output.event.t === "push") this.app.push(output.event);
    }
    const { oldest } = this.phone.fixes;
    this.disk.fixes = oldest ? this.disk.fixes.slice(this.disk.fixes.indexOf(oldest)) : [];
  }

  /** The link is gone, with all that was on it. */
  cut(): void {
    this.rising = [];
    this.falling = [];
    this.server.link = null;
    if (this.phone.state !== "offline") expect(this.phone.disconnected(null, this.now)).not.toBeNull();
  }

  /** The app is killed and started again with what was on the disk. */
  kill(): void {
    this.rising = [];
    this.falling = [];
    this.server.link = null;
    this.app = [];
    this.shown = this.disk.position?.seq ?? -1;
    this.phone = aSession(this.disk.position, this.random);
    for (const action of this.disk.actions.values()) this.phone.submit(action, true);
    for (const fix of this.disk.fixes) this.phone.addFix(fix);
  }

  wait(): void {
    this.now += 3_000;
    this.carryOut(this.phone.tick(this.now));
  }

  /** From now on the link holds and everyone does their part. */
  heal(): void {
    this.cut();
    for (let round = 0; round < 40; round += 1) {
      this.up();
      while (this.falling.length > 0) this.down();
      while (this.app.length > 0) this.handle();
    }
  }

  get isUpToDate(): boolean {
    return this.shown >= (this.server.events.at(-1)?.seq ?? -1);
  }
}

type Doing =
  | "act"
  | "fix"
  | "event"
  | "eventOfOthers"
  | "trim"
  | "handle"
  | "wait"
  | "cut"
  | "kill"
  | "loseDown"
  | "up"
  | "down";
const CALM: readonly Doing[] = ["act", "fix", "event", "event", "eventOfOthers", "handle", "handle", "wait"];
const ROUGH: readonly Doing[] = ["cut", "kill", "loseDown", "trim"];
const DOINGS: readonly Doing[] = [...CALM, ...ROUGH, ...Array<Doing>(4).fill("up"), ...Array<Doing>(4).fill("down")];
const SCHEDULES = 1_000;

test(`over ${SCHEDULES} random schedules of breaks, kills and lost frames nothing is lost, doubled or out of order`, () => {
  let kills = 0;
  for (let seed = 1; seed <= SCHEDULES; seed += 1) {
    const random = seeded(seed);
    const world = new World(random);
    for (let step = 0; step < 80; step += 1) {
      const doing = DOINGS[Math.floor(random() * DOINGS.length)] as Doing;
      kills += doing === "kill" ? 1 : 0;
      world[doing]();
    }
    world.heal();
    const ids = Array.from({ length: world.actions }, (_, place) => `a${place + 1}`);
    expect(
      world.server.effects.map((action) => "id" in action && action.id),
      `seed ${seed}`,
    ).toEqual(ids);
    expect([...world.settled].sort(), `seed ${seed}`).toEqual([...ids].sort());
    expect(world.server.fixes.size, `seed ${seed}`).toBe(world.fixes);
    expect(world.disk.actions.size + world.disk.fixes.length, `seed ${seed}`).toBe(0);
    expect(world.isUpToDate, `seed ${seed}`).toBe(true);
  }
  expect(kills).toBeGreaterThan(SCHEDULES);
});
