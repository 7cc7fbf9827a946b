import "fake-indexeddb/auto";
import { afterAll, afterEach, beforeEach, expect, test, vi } from "vitest";
import type { CourierAction, Push } from "../shared/protocol/courier_messages";
import { CourierServer, FakeSocket } from "../shared/testing/courier_server";
import { takeOver } from "./device";
import { openPhone, signIn } from "./phone";
import type { Doing, Phone, PhoneEvent } from "./port";
import type { PhoneParts } from "./running_phone";

/** A real session, a real disk (in memory) and real locks; only the network, the place and the time are the test's. */

const HOUR_MS = 3_600_000;
const DUTY: Doing = { t: "duty", duty: "available" };
let databases = 0;

interface View {
  applied: readonly number[];
}

function aToken(sub = "c1", life_h = 12): string {
  const payload = JSON.stringify({ sub, role: "courier", exp: (Date.now() + life_h * HOUR_MS) / 1000 });
  return `head.${btoa(payload)}.signature`;
}

/** A device whose network the test controls. */
class Device {
  readonly server = new CourierServer();
  readonly uploads: string[] = [];
  newToken = "";
  place: PositionCallback | undefined;
  readonly parts: PhoneParts;

  constructor() {
    databases += 1;
    FakeSocket.all = [];
    this.parts = {
      url: "ws://host/v1/courier",
      app: "test",
      database: `phone-${databases}`,
      mono: () => Date.now() - 1_000,
      wall: () => Date.now(),
      random: () => 0.5,
      fetch: async (input, init) => this.answer(String(input), init?.method ?? ""),
      openSocket: (url, protocol) => new FakeSocket(url, protocol) as unknown as WebSocket,
      geolocation: {
        watchPosition: (known) => {
          this.place = known;
          return 1;
        },
        clearWatch: () => undefined,
        getCurrentPosition: () => undefined,
      },
      locks: navigator.locks,
    };
  }

  private answer(url: string, method: string): Response {
    this.uploads.push(`${method} ${url.split("?")[0]}`);
    if (url.endsWith("/refresh")) return Response.json({ token: this.newToken });
    return new Response(null, {
      status: method === "POST" ? 201 : 204,
      headers: { "Upload-Offset": method === "POST" ? "0" : "3" },
    });
  }

  /** The network lets the newest connection through. */
  goesOnline(): void {
    FakeSocket.newest.opens(this.server);
  }

  is(lat: number, lon: number): void {
    const coords = { latitude: lat, longitude: lon, accuracy: 5 } as GeolocationCoordinates;
    this.place?.({ coords, timestamp: Date.now() } as GeolocationPosition);
  }
}

/** An app on the phone: it applies each push, saves, and says so. */
function anApp(phone: Phone<View>, before: View | null = null) {
  const events: PhoneEvent[] = [];
  let view = before ?? { applied: [] };
  const apply = (push: Push) => {
    view = { applied: [...view.applied, push.seq] };
    phone.saveView(view, { epoch: push.epoch, seq: push.seq });
    phone.handled(push.seq);
  };
  phone.subscribe((event) => {
    events.push(event);
    if (event.kind === "push") apply(event.push);
    if (event.kind === "resync") phone.saveView(view, event.resync);
  });
  phone.start();
  const told = <Kind extends PhoneEvent["kind"]>(kind: Kind) =>
    events.filter((event): event is Extract<PhoneEvent, { kind: Kind }> => event.kind === kind);
  return { phone, events, told, view: () => view };
}

async function aShift(device = new Device()) {
  const { phone } = await signIn<View>(aToken(), device.parts);
  return { device, ...anApp(phone) };
}

/** The app is killed and started again. */
async function again(device: Device) {
  const opened = await openPhone<View>(device.parts);
  if (!opened) throw new Error("Nobody is signed in.");
  return { ...anApp(opened.phone, opened.kept.view), kept: opened.kept };
}

declare function setImmediate(callback: (value: unknown) => void): void;

/** Long enough for everything that is on its way to the disk; the phone's timers do not run meanwhile. */
async function diskIsIdle(): Promise<void> {
  for (let turn = 0; turn < 50; turn += 1) await new Promise((pass) => setImmediate(pass));
}

beforeEach(() =>
  vi.useFakeTimers({
    now: 1_000_000_000,
    toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "Date"],
  }),
);
afterEach(() => vi.useRealTimers());
// The last phone runs until somebody takes its lock: that shall not happen in the midst of another file's tests.
afterAll(async () => {
  const giveBack = await takeOver(() => undefined, navigator.locks);
  giveBack();
  await diskIsIdle();
});

test("nobody is signed in: there is no phone", async () => {
  expect(await openPhone(new Device().parts)).toBeNull();
});

test("a tap is kept on the phone, sent, and has the server's word", async () => {
  const { device, phone, events } = await aShift();
  device.goesOnline();
  const id = phone.act(DUTY);
  expect(phone.queue.actions).toBe(0);
  expect(device.server.effects).toMatchObject([{ ...DUTY, id }]);
  const kinds = events.map((event) => event.kind);
  expect(kinds.slice(0, 2)).toEqual(["link", "resync"]);
  expect(kinds).toContain("settled");
});

test("offline: the first tick comes when the action is on the disk", async () => {
  const { phone, told } = await aShift();
  const id = phone.act(DUTY);
  expect(phone.queue.actions).toBe(1);
  expect(told("kept")).toEqual([]);
  await diskIsIdle();
  expect(told("kept").map((event) => event.action.id)).toEqual([id]);
});

test("killed offline: the same actions go out again with their ids and their times, in order, once", async () => {
  const { device, phone } = await aShift();
  device.goesOnline();
  FakeSocket.newest.ends(1006);
  const ids = [phone.act(DUTY), phone.act({ t: "undo", stop_id: "p1" }), phone.act({ t: "duty", duty: "on_break" })];
  const made_at_ms = phone.now_ms();
  await diskIsIdle();
  vi.advanceTimersByTime(HOUR_MS);
  const next = await again(device);
  expect(next.kept.actions.map((action) => action.id)).toEqual(ids);
  expect(next.phone.queue.actions).toBe(3);
  expect(next.phone.withdraw(ids[0] as string)).toBe(false);
  device.goesOnline();
  expect(device.server.effects.map((action) => (action as CourierAction).id)).toEqual(ids);
  expect(device.server.effects.map((action) => (action as CourierAction).at_ms)).toEqual(ids.map(() => made_at_ms));
  await diskIsIdle();
  expect((await again(device)).kept.actions).toEqual([]);
});

test("the next life resumes where the saved view stands, and applies each push once", async () => {
  const { device, view } = await aShift();
  device.goesOnline();
  device.server.event();
  device.server.event();
  expect(view().applied).toEqual([1, 2]);
  await diskIsIdle();
  FakeSocket.newest.ends(1006);
  device.server.event();
  const next = await again(device);
  expect(next.kept).toMatchObject({ view: { applied: [1, 2] }, position: { epoch: 1, seq: 2 } });
  device.goesOnline();
  expect(device.server.link?.hello?.resume).toEqual({ epoch: 1, seq: 2 });
  expect(next.view().applied).toEqual([1, 2, 3]);
  expect(next.told("resync")).toEqual([]);
});

test("a push is acknowledged only when what the app made of it is on the disk", async () => {
  const { device } = await aShift();
  device.goesOnline();
  const acks = () => FakeSocket.newest.sent.filter((frame) => frame.includes('"ack"'));
  device.server.event();
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
  expect(acks()).toEqual([]);
  await diskIsIdle();
  expect(acks()).toEqual([JSON.stringify({ t: "ack", seq: 1 })]);
});

test("an action that no link has carried is taken back, on the disk as well", async () => {
  const { device, phone } = await aShift();
  const id = phone.act(DUTY);
  expect(phone.withdraw(id)).toBe(true);
  await diskIsIdle();
  const next = await again(device);
  expect(next.kept.actions).toEqual([]);
  device.goesOnline();
  expect(device.server.effects).toEqual([]);
});

test("a refusal reaches the app with the action that it is about", async () => {
  const { device, phone, told } = await aShift();
  device.goesOnline();
  device.server.refusal = "offer_lapsed";
  const id = phone.act({ t: "accept", offer_id: "o1" });
  expect(told("settled")).toMatchObject([{ action: { id, t: "accept" }, reply: { ok: false, code: "offer_lapsed" } }]);
});

test("fixes taken offline survive the end of the app and are all reported", async () => {
  const { device, phone } = await aShift();
  phone.watchPlace(true);
  for (let each = 0; each < 50; each += 1) {
    device.is(60 + each / 1_000, 24);
    vi.advanceTimersByTime(10_000);
  }
  await diskIsIdle();
  expect(phone.queue.fixes).toBe(50);
  const next = await again(device);
  expect(next.phone.queue.fixes).toBe(50);
  device.goesOnline();
  expect(device.server.fixes.size).toBe(50);
  expect(next.phone.queue.fixes).toBe(0);
  vi.advanceTimersByTime(6_000);
  await diskIsIdle();
  expect((await again(device)).phone.queue.fixes).toBe(0);
});

test("business time is known after a start without a network", async () => {
  const device = new Device();
  device.server.rate = 10;
  const { phone } = await aShift(device);
  device.goesOnline();
  vi.advanceTimersByTime(1_000);
  const then_ms = phone.now_ms();
  expect(then_ms).toBe(device.server.business_ms + 10_000);
  await diskIsIdle();
  FakeSocket.newest.ends(1006);
  vi.advanceTimersByTime(HOUR_MS);
  expect((await again(device)).phone.now_ms()).toBe(then_ms + 10 * HOUR_MS);
});

test("a picture waits for the link and for the actions, survives the end of the app, and is told", async () => {
  const { device, phone } = await aShift();
  const upload_id = phone.keepPicture(new Blob(["jpg"], { type: "image/jpeg" }), "photo", "o1");
  await diskIsIdle();
  expect(phone.queue.uploads).toBe(1);
  expect(device.uploads).toEqual([]);
  const next = await again(device);
  device.goesOnline();
  await diskIsIdle();
  expect(device.uploads).toEqual([`POST /v1/uploads/${upload_id}`, `PATCH /v1/uploads/${upload_id}`]);
  expect(next.told("uploaded")).toEqual([{ kind: "uploaded", upload_id, ok: true }]);
  await diskIsIdle();
  expect((await again(device)).phone.queue.uploads).toBe(0);
});

test("a picture lets an action without an answer go first", async () => {
  const { device, phone } = await aShift();
  device.goesOnline();
  device.server.isSilent = true;
  const id = phone.act(DUTY);
  phone.keepPicture(new Blob(["jpg"], { type: "image/jpeg" }), "photo", "o1");
  await diskIsIdle();
  expect(device.uploads).toEqual([]);
  device.server.link?.send({ t: "reply", id, ok: true });
  await diskIsIdle();
  expect(phone.queue.uploads).toBe(0);
  expect(device.uploads).toHaveLength(2);
});

test("a newer token is fetched in time, told in band, and kept", async () => {
  const device = new Device();
  const { phone } = await signIn<View>(aToken("c1", 12), device.parts);
  anApp(phone);
  vi.setSystemTime(Date.now() + 9 * HOUR_MS);
  device.newToken = aToken("c1", 12);
  device.goesOnline();
  await diskIsIdle();
  expect(device.server.refreshes).toEqual([device.newToken]);
  expect(phone.queue.actions).toBe(0);
  await again(device);
  device.goesOnline();
  expect(device.server.link?.hello?.token).toBe(device.newToken);
});

test("a second tab takes over; the first is told so, sends nothing more and writes nothing more", async () => {
  const { device, phone, told } = await aShift();
  device.goesOnline();
  const first = FakeSocket.newest;
  const second = await again(device);
  await diskIsIdle();
  expect(told("link").at(-1)?.link).toMatchObject({ kind: "ended", code: 3502 });
  expect(first.readyState).toBe(3);
  expect(() => phone.act(DUTY)).toThrow("another window");
  device.goesOnline();
  expect(second.phone.link).toEqual({ kind: "live" });
  vi.advanceTimersByTime(HOUR_MS);
  expect(FakeSocket.all).toHaveLength(2);
});

test("ended by the server: what is done now waits for the courier to sign in again", async () => {
  const { device, phone } = await aShift();
  FakeSocket.newest.opens();
  FakeSocket.newest.ends(3500, "The token has expired.");
  expect(phone.link).toEqual({ kind: "ended", code: 3500, reason: "The token has expired." });
  const id = phone.act(DUTY);
  await diskIsIdle();
  const { phone: next, kept } = await signIn<View>(aToken(), device.parts);
  expect(kept.actions.map((action) => action.id)).toEqual([id]);
  anApp(next);
  device.goesOnline();
  expect(device.server.effects).toMatchObject([{ id }]);
});

test("another courier who signs in finds nothing of the one before", async () => {
  const { device, phone } = await aShift();
  phone.act(DUTY);
  phone.saveView({ applied: [7] }, { epoch: 1, seq: 7 });
  phone.keepPicture(new Blob(["jpg"], { type: "image/jpeg" }), "photo", "o1");
  await diskIsIdle();
  const { phone: next, kept } = await signIn<View>(aToken("c2"), device.parts);
  expect(kept).toEqual({ view: null, position: null, actions: [] });
  expect(next.queue).toEqual({ actions: 0, fixes: 0, uploads: 0 });
});

test("after sign-out the server has heard goodbye and only the device's own name is left", async () => {
  const { device, phone } = await aShift();
  device.goesOnline();
  const name = device.server.link?.hello?.device_id;
  phone.saveView({ applied: [7] }, { epoch: 1, seq: 7 });
  phone.act(DUTY);
  await phone.signOut();
  expect(FakeSocket.newest.sent.at(-1)).toBe(JSON.stringify({ t: "bye" }));
  expect(await openPhone(device.parts)).toBeNull();
  vi.advanceTimersByTime(HOUR_MS);
  expect(FakeSocket.all).toHaveLength(1);
  anApp((await signIn<View>(aToken("c2"), device.parts)).phone);
  device.goesOnline();
  expect(device.server.link?.hello).toMatchObject({ device_id: name });
  expect(device.server.link?.hello).not.toHaveProperty("resume");
});

test("a view that fails keeps nothing from the others", async () => {
  const { device, phone, told } = await aShift();
  const said = vi.spyOn(console, "error").mockReturnValue();
  phone.subscribe(() => {
    throw new Error("a bug");
  });
  device.goesOnline();
  device.server.event();
  device.server.event();
  expect(told("push")).toHaveLength(2);
  expect(said).toHaveBeenCalled();
  said.mockRestore();
});
