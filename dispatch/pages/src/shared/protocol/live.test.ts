import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { aFix, anOrder, aSnapshot } from "../testing/views";
import { BusinessClock } from "./clock";
import type { EarlySocket } from "./early";
import { type LinkState, LiveClient, type LiveOptions } from "./live";
import type { DataMessage } from "./messages";

/** A socket whose other end is the test. */
class FakeSocket {
  static all: FakeSocket[] = [];
  sent: { t: string; [field: string]: unknown }[] = [];
  readyState = 0;
  closedWith: number | undefined;
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: ((event: { code: number; reason: string }) => void) | null = null;

  constructor(
    readonly url: string,
    readonly protocol: string,
  ) {
    FakeSocket.all.push(this);
  }

  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }

  close(code?: number): void {
    this.readyState = 3;
    this.closedWith = code;
  }

  opens(): void {
    this.readyState = 1;
    this.onopen?.();
  }

  says(...messages: unknown[]): void {
    this.onmessage?.({ data: JSON.stringify(messages.length === 1 ? messages[0] : messages) });
  }

  ends(code: number, reason = ""): void {
    this.readyState = 3;
    this.onclose?.({ code, reason });
  }
}

const WELCOME = {
  t: "welcome",
  business_now_ms: 5_000,
  server_mono_ms: 1,
  rate: 10,
  epoch: 1,
  seq: 10,
  heartbeat_s: 2,
};

const VIEW = { south: 60.1, west: 24.9, north: 60.2, east: 25, zoom: 13 };

function aClient(more: Partial<LiveOptions> = {}) {
  const told: DataMessage[][] = [];
  const links: LinkState[] = [];
  const clock = new BusinessClock(() => Date.now());
  const client = new LiveClient({
    url: "ws://host/v1/live",
    credentials: { token: "secret", zone: "default" },
    clock,
    onData: (messages) => told.push([...messages]),
    onLink: (state) => links.push(state),
    openSocket: (url, protocol) => new FakeSocket(url, protocol) as unknown as WebSocket,
    random: () => 0.5,
    ...more,
  });
  client.start();
  return { client, clock, told, links, kind: () => links.at(-1)?.kind };
}

function socket(): FakeSocket {
  return FakeSocket.all.at(-1) as FakeSocket;
}

function change(prev: number, seq: number) {
  return { t: "zone_change", epoch: 1, prev, seq, at_ms: 0, event: "order_created", orders: [anOrder()] };
}

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 });
  FakeSocket.all = [];
});
afterEach(() => vi.useRealTimers());

test("the token is sent in the hello and nowhere in the address", () => {
  aClient();
  socket().opens();
  expect(socket().url).toBe("ws://host/v1/live");
  expect(socket().protocol).toBe("live.v1.json");
  expect(socket().sent).toEqual([{ t: "hello", v: 1, token: "secret", zone: "default" }]);
});

test("a frame's messages are handed on together, after the welcome has set the clock", () => {
  const { told, clock, kind } = aClient();
  socket().opens();
  socket().says(WELCOME, aSnapshot(), { t: "fixes", fixes: [aFix()] });
  expect(kind()).toBe("live");
  expect(told).toHaveLength(1);
  expect(told[0]?.map((message) => message.t)).toEqual(["zone_snapshot", "fixes"]);
  vi.advanceTimersByTime(100);
  expect(clock.now()).toBe(6_000);
});

test("a duplicate is dropped; a gap ends the socket, and the next hello names what is known", () => {
  const { told } = aClient();
  const first = socket();
  first.opens();
  first.says(WELCOME, aSnapshot());
  first.says(change(10, 11));
  first.says(change(10, 11));
  first.says(change(15, 16));
  expect(told.flat().map((message) => message.t)).toEqual(["zone_snapshot", "zone_change"]);
  expect(first.closedWith).toBe(3006);
  vi.advanceTimersByTime(1_000);
  socket().opens();
  expect(socket()).not.toBe(first);
  expect(socket().sent[0]).toMatchObject({ t: "hello", resume: { epoch: 1, seq: 11 } });
});

test("what an old socket still says after a gap is not heard", () => {
  const { told } = aClient();
  const first = socket();
  first.opens();
  first.says(WELCOME, aSnapshot());
  first.says([change(15, 16), change(16, 17)]);
  first.says(change(10, 11));
  expect(told.flat()).toHaveLength(1);
});

test("a lost link comes back by itself, later each time, and remembers since when it is gone", () => {
  const { links, kind } = aClient();
  socket().opens();
  socket().says(WELCOME, aSnapshot());
  socket().ends(1006);
  expect(links.at(-1)).toEqual({ kind: "waiting", retry_at_ms: 1_000_250, since_ms: 1_000_000 });
  vi.advanceTimersByTime(250);
  socket().ends(1006);
  expect(links.at(-1)).toEqual({ kind: "waiting", retry_at_ms: 1_000_750, since_ms: 1_000_000 });
  vi.advanceTimersByTime(500);
  socket().opens();
  socket().says(WELCOME);
  expect(kind()).toBe("live");
});

test("a final code ends it: nobody knocks again", () => {
  const { links } = aClient();
  socket().ends(3500, "expired");
  vi.advanceTimersByTime(120_000);
  expect(links.at(-1)).toEqual({ kind: "final", code: 3500, reason: "expired" });
  expect(FakeSocket.all).toHaveLength(1);
});

test("a silent server is left after two and a half heartbeats; one that answers is kept", () => {
  const { kind } = aClient();
  const first = socket();
  first.opens();
  first.says(WELCOME, aSnapshot());
  vi.advanceTimersByTime(2_000);
  expect(first.sent.filter((message) => message.t === "ping")).toHaveLength(2);
  first.says({ t: "pong", n: 2, business_now_ms: 25_000, server_mono_ms: 2 });
  vi.advanceTimersByTime(4_000);
  expect(kind()).toBe("live");
  vi.advanceTimersByTime(2_000);
  expect(kind()).toBe("waiting");
  expect(first.closedWith).toBe(3002);
});

test("a hello that is never answered is given up", () => {
  const { kind } = aClient();
  socket().opens();
  vi.advanceTimersByTime(10_000);
  expect(kind()).toBe("waiting");
});

test("what is on the screen is told at once, and by every later hello", () => {
  const { client } = aClient();
  const first = socket();
  first.opens();
  first.says(WELCOME, aSnapshot());
  client.look(VIEW);
  expect(first.sent.at(-1)).toEqual({ t: "look", view: VIEW });
  first.ends(1006);
  vi.advanceTimersByTime(1_000);
  socket().opens();
  expect(socket().sent[0]).toMatchObject({ t: "hello", look: VIEW });
  socket().says(WELCOME);
  expect(socket().sent.map(({ t }) => t)).toEqual(["hello", "ping"]);
  client.look(null);
  expect(socket().sent.at(-1)).toEqual({ t: "look" });
});

test("who looks elsewhere before the welcome is heard after it", () => {
  const { client, told } = aClient();
  socket().opens();
  client.look(VIEW);
  expect(socket().sent.map(({ t }) => t)).toEqual(["hello"]);
  socket().says([WELCOME, { t: "clusters", clusters: [] }]);
  expect(socket().sent.map(({ t }) => t)).toEqual(["hello", "look", "ping"]);
  expect(told.flat().map(({ t }) => t)).toEqual(["clusters"]);
});

test("what is open here is told at once and after every welcome, and the others are heard", () => {
  const { client, told } = aClient();
  client.attend({ tab: "t1", kind: "order", id: "o-1" });
  socket().opens();
  expect(socket().sent.map(({ t }) => t)).toEqual(["hello"]);
  socket().says(WELCOME);
  expect(socket().sent[1]).toEqual({ t: "attend", tab: "t1", kind: "order", id: "o-1" });
  client.attend({ tab: "t1" });
  expect(socket().sent.at(-1)).toEqual({ t: "attend", tab: "t1" });
  socket().says({ t: "attending", people: [{ tab: "t2", who: "bo" }] });
  expect(told.flat().map(({ t }) => t)).toEqual(["attending"]);
  socket().ends(1006);
  vi.advanceTimersByTime(1_000);
  socket().opens();
  socket().says(WELCOME);
  expect(socket().sent.filter(({ t }) => t === "attend")).toEqual([{ t: "attend", tab: "t1" }]);
});

test("a nudge cuts the wait short, and stop ends everything", () => {
  const { client } = aClient();
  socket().ends(1006);
  client.nudge();
  expect(FakeSocket.all).toHaveLength(2);
  client.stop();
  vi.advanceTimersByTime(120_000);
  expect(FakeSocket.all).toHaveLength(2);
});

// --- a socket that was opened before the client -----------------------------------------------------------------

const SNAPSHOT = { t: "track_snapshot", epoch: 1, seq: 10, order: anOrder() };

function anEarlySocket(given: Partial<EarlySocket> = {}) {
  const opened = new FakeSocket("ws://host/v1/live", "live.v1.json");
  return { opened, early: { socket: opened as unknown as WebSocket, sent_ms: 0, heard: [], closed: null, ...given } };
}

test("what an early socket has heard is taken in, and its hello is not said again", () => {
  const { opened, early } = anEarlySocket({ sent_ms: 1, heard: [JSON.stringify([WELCOME, SNAPSHOT])] });
  opened.readyState = 1;
  const { told, kind } = aClient({ early });
  expect(kind()).toBe("live");
  expect(told).toEqual([[SNAPSHOT]]);
  opened.ends(1006);
  vi.advanceTimersByTime(60_000);
  expect(FakeSocket.all.length).toBeGreaterThan(1);
  expect(opened.sent.map(({ t }) => t)).not.toContain("hello");
});

test("an early socket that is still connecting says hello once it is open", () => {
  const { opened, early } = anEarlySocket();
  aClient({ early });
  opened.opens();
  expect(opened.sent.map(({ t }) => t)).toEqual(["hello"]);
});

test("an early socket that was refused is the end, as if it had been refused now", () => {
  const { early } = anEarlySocket({ closed: { code: 3506, reason: "over" } });
  expect(aClient({ early }).links.at(-1)).toEqual({ kind: "final", code: 3506, reason: "over" });
});

test("new credentials are taken over a new socket, and nothing seems lost", () => {
  let token = "first";
  const { client, links, kind } = aClient({ credentials: () => ({ token, zone: "default" }) });
  socket().opens();
  socket().says(WELCOME);
  expect([socket().sent[0]?.token, kind()]).toEqual(["first", "live"]);
  const before = links.length;
  token = "second";
  client.reopen();
  socket().opens();
  expect([FakeSocket.all.length, socket().sent[0]?.token]).toEqual([2, "second"]);
  socket().says(WELCOME);
  expect(links.slice(before).map((link) => link.kind)).toEqual(["live", "live"]);
  client.stop();
  client.reopen();
  expect(FakeSocket.all.length).toBe(2);
});
