import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ClientSession, type SessionOutput } from "../shared/protocol/client_session";
import { BusinessClock } from "../shared/protocol/clock";
import { CourierServer, FakeSocket } from "../shared/testing/courier_server";
import type { PhoneLink } from "./port";
import { CourierSocket } from "./socket";

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 });
  FakeSocket.all = [];
});
afterEach(() => vi.useRealTimers());

function aPhone(server = new CourierServer()) {
  const links: PhoneLink[] = [];
  const told: SessionOutput[] = [];
  const mono = () => Date.now();
  const clock = new BusinessClock(mono);
  const session = new ClientSession({ token: "tok", device_id: "phone", clock, random: () => 0.5 });
  const socket = new CourierSocket({
    url: "ws://host/v1/courier",
    session,
    mono,
    wall: mono,
    openSocket: (url, protocol) => new FakeSocket(url, protocol) as unknown as WebSocket,
    onLink: (link) => links.push(link),
    onOutput: (output) => told.push(output),
    onHeard: () => undefined,
  });
  socket.start();
  return { server, session, socket, links, told, kind: () => links.at(-1)?.kind };
}

function aLivePhone() {
  const phone = aPhone();
  FakeSocket.newest.opens(phone.server);
  return phone;
}

test("the token is in the hello and nowhere in the address; the link is live with the welcome", () => {
  const { kind, server } = aLivePhone();
  expect(FakeSocket.newest).toMatchObject({ url: "ws://host/v1/courier", protocol: "courier.v1.json" });
  expect(server.link?.hello).toMatchObject({ token: "tok", device_id: "phone", device_ms: 1_000_000 });
  expect(kind()).toBe("live");
  expect(server.pings).toHaveLength(1);
});

test("a heartbeat goes every eight seconds; a silent server is left after twenty, without waiting for its echo", () => {
  const { server, kind } = aLivePhone();
  vi.advanceTimersByTime(16_000);
  expect(server.pings).toHaveLength(3);
  FakeSocket.newest.link = null;
  vi.advanceTimersByTime(20_000);
  expect(FakeSocket.all[0]?.closedWith).toBe(3002);
  expect(kind()).toBe("waiting");
  vi.advanceTimersByTime(500);
  expect(FakeSocket.all).toHaveLength(2);
});

test("a network that answers nothing is given up after ten seconds, and tried again later each time", () => {
  const { links } = aPhone();
  vi.advanceTimersByTime(10_000);
  expect(links.at(-1)).toEqual({ kind: "waiting", since_ms: 1_000_000, retry_at_ms: 1_010_250 });
  vi.advanceTimersByTime(250);
  FakeSocket.newest.ends(1006);
  expect(links.at(-1)).toEqual({ kind: "waiting", since_ms: 1_000_000, retry_at_ms: 1_010_750 });
});

test("a welcome that does not come is given up", () => {
  const { kind } = aPhone();
  FakeSocket.newest.opens();
  vi.advanceTimersByTime(5_000);
  expect(FakeSocket.newest.closedWith).toBe(3003);
  expect(kind()).toBe("waiting");
});

test.each([3500, 3502, 3999])("%i is final: nobody knocks again, and a nudge does not either", (code) => {
  const { links, socket } = aLivePhone();
  FakeSocket.newest.ends(code, "over");
  socket.nudge();
  vi.advanceTimersByTime(120_000);
  expect(links.at(-1)).toEqual({ kind: "ended", code, reason: "over" });
  expect(FakeSocket.all).toHaveLength(1);
});

test("a gap closes the link, and the next hello names what is known", () => {
  const { server, told } = aLivePhone();
  server.event();
  FakeSocket.newest.says({ t: "push", epoch: 1, prev: 5, seq: 6, at_ms: 1, facts: [{ kind: "notice", code: "x" }] });
  expect(FakeSocket.newest.closedWith).toBe(3006);
  FakeSocket.newest.says({ t: "policy", fix_interval_s: 5 });
  vi.advanceTimersByTime(250);
  FakeSocket.newest.opens(server);
  expect(server.link?.hello?.resume).toEqual({ epoch: 1, seq: 1 });
  expect(told.filter((output) => output.kind === "tell" && output.event.t === "policy")).toEqual([]);
});

test("a socket that cannot take more is not filled: positions wait, and go on by themselves", () => {
  const { session, server, socket } = aLivePhone();
  FakeSocket.newest.bufferedAmount = 200_000;
  session.addFix({ at_ms: 1, lat: 1, lon: 2 });
  socket.wake();
  vi.advanceTimersByTime(200);
  expect(server.fixes.size).toBe(0);
  FakeSocket.newest.bufferedAmount = 0;
  vi.advanceTimersByTime(50);
  expect(server.fixes.size).toBe(1);
});

test("a nudge cuts the wait short", () => {
  const { socket, server, kind } = aLivePhone();
  FakeSocket.newest.ends(1006);
  socket.nudge();
  expect(FakeSocket.all).toHaveLength(2);
  socket.nudge();
  expect(FakeSocket.all).toHaveLength(2);
  FakeSocket.newest.opens(server);
  expect(kind()).toBe("live");
});

test("a nudge of a live link asks for a sign of life: a link that died unseen is found in four seconds", () => {
  const { socket, server, kind } = aLivePhone();
  socket.nudge();
  expect(server.pings).toHaveLength(2);
  vi.advanceTimersByTime(5_000);
  expect(kind()).toBe("live");
  FakeSocket.newest.link = null;
  socket.nudge();
  vi.advanceTimersByTime(4_000);
  expect(kind()).toBe("waiting");
});

test("stop says goodbye and never comes back", () => {
  const { socket } = aLivePhone();
  socket.stop();
  socket.nudge();
  vi.advanceTimersByTime(120_000);
  expect(FakeSocket.newest.sent.at(-1)).toBe('{"t":"bye"}');
  expect(FakeSocket.all).toHaveLength(1);
});
