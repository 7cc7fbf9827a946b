import { backoff_ms } from "./backoff";
import type { BusinessClock } from "./clock";
import type { EarlySocket } from "./early";
import type { Attend, Credentials, DataMessage, LiveMessage, Look, View, WatchWelcome } from "./messages";
import { SUBPROTOCOL } from "./messages";
import { StreamReader } from "./stream";

/** Where the link to the server stands. `since_ms` is when it last worked (local monotonic time). */
export type LinkState =
  | { kind: "connecting" }
  | { kind: "live"; city: string }
  | { kind: "waiting"; retry_at_ms: number; since_ms: number }
  | { kind: "final"; code: number; reason: string };

export interface LiveOptions {
  url: string;
  /** Asked for at each hello where they change. */
  credentials: Credentials | (() => Credentials);
  clock: BusinessClock;
  /** The data messages of one frame, gap-free and in order. */
  onData(messages: readonly DataMessage[]): void;
  onLink(state: LinkState): void;
  openSocket?: (url: string, protocol: string) => WebSocket;
  /** A socket that was opened and said hello before this client was made. */
  early?: EarlySocket | null;
  random?: () => number;
}

const HANDSHAKE_TIMEOUT_MS = 10_000;
const SILENT_HEARTBEATS = 2.5;
const FINAL_CODES = { from: 3500, to: 3999 };
/** Our own reasons to close and come back; the numbers of `courier_protocol/close_codes.py`. */
const CLOSE = { silent: 3002, gap: 3006 };

/**
 * The client of `/v1/live`: says hello, keeps the heartbeat and the clock, hands on what is new, and comes back by
 * itself after every loss except a final refusal.
 */
export class LiveClient {
  private socket: WebSocket | null = null;
  private readonly reader = new StreamReader();
  private state: LinkState = { kind: "connecting" };
  private attempt = 0;
  private heard_ms = 0;
  private helloSent_ms = 0;
  private pingSent_ms = 0;
  private pings = 0;
  private heartbeat_ms = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private beat: ReturnType<typeof setInterval> | undefined;
  private stopped = false;
  private view: View | null = null;
  /** Whether the server has not been told of `view` yet. */
  private looksElsewhere = false;
  private early: EarlySocket | null;
  private attends: Attend | null = null;

  constructor(private readonly options: LiveOptions) {
    this.early = options.early ?? null;
  }

  start(): void {
    this.stopped = false;
    this.open();
  }

  /** The credentials have changed: go on over a new socket. Nothing is lost or shown to be. */
  reopen(): void {
    if (!this.stopped) this.open();
  }

  /** End for good, e.g. when staff sign out. */
  stop(): void {
    this.stopped = true;
    this.drop();
  }

  /** The device woke up or is online again: do not sit out the back-off. */
  nudge(): void {
    if (this.state.kind === "waiting") this.open();
    else if (this.state.kind === "live") this.ping();
  }

  /** What is on the screen from now on, also after a reconnect; null: all of the zone. For staff. */
  look(view: View | null): void {
    this.view = view;
    this.looksElsewhere = true;
    if (this.state.kind === "live") this.tellLook();
  }

  /** What this desk has open from now on, also after a reconnect. For staff, who are told of the others from then on. */
  attend(attend: Omit<Attend, "t">): void {
    this.attends = { t: "attend", ...attend };
    if (this.state.kind === "live") this.tellAttend();
  }

  private tellAttend(): void {
    if (this.attends && this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(this.attends));
  }

  private tellLook(): void {
    if (!this.looksElsewhere || this.socket?.readyState !== WebSocket.OPEN) return;
    this.looksElsewhere = false;
    const look: Look = { t: "look", ...(this.view && { view: this.view }) };
    this.socket.send(JSON.stringify(look));
  }

  private open(): void {
    this.drop();
    this.set(this.heard_ms ? this.state : { kind: "connecting" });
    const make = this.options.openSocket ?? ((url, protocol) => new WebSocket(url, protocol));
    const early = this.early;
    this.early = null;
    const socket = early?.socket ?? make(this.options.url, SUBPROTOCOL);
    this.socket = socket;
    socket.onopen = () => this.hello(socket);
    socket.onmessage = (event) => this.receive(socket, String(event.data));
    socket.onclose = (event) => this.closed(socket, event.code, event.reason);
    this.timer = setTimeout(() => this.lose(CLOSE.silent), HANDSHAKE_TIMEOUT_MS);
    if (early) this.catchUp(early);
  }

  /** Hear what an early socket has heard; while it is still connecting, its hello is said as always. */
  private catchUp({ socket, sent_ms, heard, closed }: EarlySocket): void {
    if (sent_ms > 0) this.helloSent_ms = sent_ms;
    for (const text of heard) this.receive(socket, text);
    if (closed) this.closed(socket, closed.code, closed.reason);
  }

  private hello(socket: WebSocket): void {
    this.helloSent_ms = this.options.clock.mono();
    this.looksElsewhere = false;
    const { credentials: given } = this.options;
    const credentials = typeof given === "function" ? given() : given;
    const [resume, look] = [this.reader.position, this.view];
    socket.send(JSON.stringify({ t: "hello", v: 1, ...credentials, ...(resume && { resume }), ...(look && { look }) }));
  }

  private receive(socket: WebSocket, text: string): void {
    if (socket !== this.socket) return;
    this.heard_ms = this.options.clock.mono();
    const frame = JSON.parse(text) as LiveMessage | LiveMessage[];
    const data: DataMessage[] = [];
    for (const message of Array.isArray(frame) ? frame : [frame]) {
      if (message.t === "welcome") this.welcome(message);
      else if (message.t === "pong") this.pong(message.business_now_ms);
      else if (message.t === "error") console.warn(`live: ${message.code}: ${message.detail}`);
      else if (this.isNew(message)) data.push(message);
      if (socket !== this.socket) return;
    }
    if (data.length > 0) this.options.onData(data);
  }

  /** Whether a data message may be applied; after a gap a new hello asks for what was missed, or a snapshot. */
  private isNew(message: DataMessage): boolean {
    switch (message.t) {
      case "zone_snapshot":
      case "track_snapshot":
        this.reader.reset(message);
        return true;
      case "zone_change":
      case "track_change": {
        const step = this.reader.offer(message.epoch, message.prev, message.seq);
        if (step === "gap") this.lose(CLOSE.gap);
        return step === "next";
      }
      case "fixes":
      case "clusters":
      case "paths":
      case "link":
      case "attending":
        return true;
      default:
        return false;
    }
  }

  private welcome(message: WatchWelcome): void {
    clearTimeout(this.timer);
    const { business_now_ms } = message;
    const received_ms = this.options.clock.mono();
    this.options.clock.start(message.rate, { business_now_ms, sent_ms: this.helloSent_ms, received_ms });
    this.attempt = 0;
    this.heartbeat_ms = Math.max(1, message.heartbeat_s) * 1000;
    clearInterval(this.beat);
    this.beat = setInterval(() => this.tick(), this.heartbeat_ms);
    this.set({ kind: "live", city: message.city ?? "" });
    this.tellLook();
    this.tellAttend();
    this.ping();
  }

  private tick(): void {
    if (this.options.clock.mono() - this.heard_ms > this.heartbeat_ms * SILENT_HEARTBEATS) this.lose(CLOSE.silent);
    else this.ping();
  }

  private ping(): void {
    if (this.socket?.readyState !== WebSocket.OPEN) return;
    this.pingSent_ms = this.options.clock.mono();
    this.pings += 1;
    this.socket.send(JSON.stringify({ t: "ping", n: this.pings }));
  }

  private pong(business_now_ms: number): void {
    const received_ms = this.options.clock.mono();
    this.options.clock.take({ business_now_ms, sent_ms: this.pingSent_ms, received_ms });
  }

  /** Give this socket up and come back later. */
  private lose(code: number): void {
    const socket = this.socket;
    if (!socket) return;
    this.closed(socket, code, "");
    socket.close(code);
  }

  private closed(socket: WebSocket, code: number, reason: string): void {
    if (socket !== this.socket) return;
    this.drop();
    if (this.stopped) return;
    if (code >= FINAL_CODES.from && code <= FINAL_CODES.to) {
      this.set({ kind: "final", code, reason });
      return;
    }
    const wait_ms = backoff_ms(this.attempt, this.options.random ?? Math.random);
    this.attempt += 1;
    const since_ms = this.state.kind === "waiting" ? this.state.since_ms : this.heard_ms || this.options.clock.mono();
    this.set({ kind: "waiting", retry_at_ms: this.options.clock.mono() + wait_ms, since_ms });
    this.timer = setTimeout(() => this.open(), wait_ms);
  }

  private drop(): void {
    clearTimeout(this.timer);
    clearInterval(this.beat);
    const socket = this.socket;
    this.socket = null;
    if (socket && socket.readyState <= WebSocket.OPEN) socket.close(1000);
  }

  private set(state: LinkState): void {
    this.state = state;
    this.options.onLink(state);
  }
}

/** The address of the live channel on the server that this page came from. */
export function liveUrl(place: Location = location): string {
  return `${place.protocol === "https:" ? "wss" : "ws"}://${place.host}/v1/live`;
}
