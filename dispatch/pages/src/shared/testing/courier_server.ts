import { check } from "../protocol/courier_codec";
import type {
  CourierFact,
  CourierMessage,
  Fix,
  Hello,
  Ping,
  Positions,
  Push,
  Reply,
  ServerMessage,
  StreamPosition,
} from "../protocol/courier_messages";

type Word = Record<string, unknown>;
const WINDOW = 32;

/** Random numbers in [0, 1) that a seed decides (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * The server's half of the courier channel for tests: it keeps what a server keeps (stream, inbox, generations) and
 * complains of every breach of the phone's obligations.
 */
export class CourierServer {
  business_ms = 1_000_000;
  rate = 1;
  head = 0;
  /** The stream's history begins after this event. */
  keptSince = 0;
  readonly events: { seq: number; facts: readonly CourierFact[] }[] = [];
  /** The replies, by the action's id. */
  readonly inbox = new Map<string, Reply>();
  /** Actions in the order in which they took effect: each once. */
  readonly effects: CourierMessage[] = [];
  readonly refreshes: string[] = [];
  readonly fixes = new Set<number>();
  readonly pings: Ping[] = [];
  /** Actions answer "no" with this code; empty: "yes". */
  refusal = "";
  /** Actions take effect, but nobody is told for now. */
  isSilent = false;
  generation = 0;
  link: ServerLink | null = null;

  /** A phone connects; an older link is forgotten. */
  accept(say: (frame: string) => void): ServerLink {
    this.link = new ServerLink(this, say);
    return this.link;
  }

  /** Something happens that concerns the courier. */
  event(facts: readonly CourierFact[] = [{ kind: "duty_changed", duty: "available" }]): void {
    this.head += 1;
    this.events.push({ seq: this.head, facts });
    this.link?.tell();
  }

  commit(action: CourierMessage & { id: string }): Reply {
    const known = this.inbox.get(action.id);
    if (known) return known;
    const refused = this.refusal && { ok: false, code: this.refusal };
    const reply: Reply = { t: "reply", id: action.id, ok: true, ...refused };
    this.inbox.set(action.id, reply);
    this.effects.push(action);
    return reply;
  }
}

export class ServerLink {
  hello: Hello | null = null;
  private chain = 0;
  private unacked: number[] = [];
  private readonly received = new Set<number>();
  private contiguous = 0;
  private isLive = false;

  constructor(
    private readonly server: CourierServer,
    private readonly say: (frame: string) => void,
  ) {}

  /** Take a frame of the phone. */
  hear(frame: string): void {
    if (new TextEncoder().encode(frame).length > 65_536) throw new Error("The frame is too big.");
    const parsed = JSON.parse(frame) as CourierMessage | CourierMessage[];
    const messages = Array.isArray(parsed) ? parsed : [parsed];
    if (messages.length > 64) throw new Error("Too many messages in a frame.");
    for (const message of messages) {
      check(message);
      this.take(message);
    }
  }

  private take(message: CourierMessage): void {
    if (!this.isLive !== (message.t === "hello")) throw new Error(`${message.t} is out of place.`);
    switch (message.t) {
      case "hello":
        this.welcome(message);
        break;
      case "pos":
        this.takeFixes(message);
        break;
      case "ack":
        this.unacked = this.unacked.filter((seq) => seq > message.seq);
        this.tell();
        break;
      case "ping":
        this.server.pings.push(message);
        this.send({ t: "pong", n: message.n, business_now_ms: this.server.business_ms, server_mono_ms: 1 });
        break;
      case "refresh":
        this.server.refreshes.push(message.token);
        this.send({ t: "reply", id: message.id, ok: true });
        break;
      case "bye":
        break;
      default:
        this.answer(this.server.commit(message));
    }
  }

  private answer(reply: Reply): void {
    if (!this.server.isSilent) this.send(reply);
  }

  private welcome(hello: Hello): void {
    const { server } = this;
    this.hello = hello;
    this.isLive = true;
    server.generation += 1;
    const resume = hello.resume;
    const resumed = !!resume && resume.epoch === 1 && resume.seq >= server.keptSince && resume.seq <= server.head;
    const position: StreamPosition = resumed ? resume : { epoch: 1, seq: server.head };
    this.chain = position.seq;
    this.send({
      t: "welcome",
      session: "s",
      generation: server.generation,
      business_now_ms: server.business_ms,
      server_mono_ms: 1,
      rate: server.rate,
      heartbeat_s: 8,
      ...position,
      ...(resumed && { resumed }),
    });
    if (!resumed)
      this.send({ t: "resync", ...position, duty: "available", route: { kind: "route", version: 0, stops: [] } });
    this.tell();
  }

  /** Push what the phone has not been told, as far as its window allows. */
  tell(): void {
    if (!this.isLive) return;
    for (const { seq, facts } of this.server.events.filter((event) => event.seq > this.chain)) {
      if (this.unacked.length >= WINDOW) return;
      const push: Push = { t: "push", epoch: 1, prev: this.chain, seq, at_ms: this.server.business_ms, facts };
      this.chain = seq;
      this.unacked.push(seq);
      this.send(push);
    }
  }

  private takeFixes({ seq, fixes }: Positions): void {
    fixes.forEach((fix: Fix, place) => {
      this.received.add(seq + place);
      this.server.fixes.add(fix.at_ms);
    });
    while (this.received.has(this.contiguous + 1)) this.contiguous += 1;
    this.send({ t: "pos_ack", seq: this.contiguous });
  }

  send(message: ServerMessage | Word): void {
    this.say(JSON.stringify(message));
  }
}

/** A WebSocket whose other end is a `CourierServer`, or the test itself. */
export class FakeSocket {
  static all: FakeSocket[] = [];
  static get newest(): FakeSocket {
    return FakeSocket.all.at(-1) as FakeSocket;
  }
  sent: string[] = [];
  readyState = 0;
  bufferedAmount = 0;
  closedWith: number | undefined;
  link: ServerLink | null = null;
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: ((event: { code: number; reason: string }) => void) | null = null;

  constructor(
    readonly url: string,
    readonly protocol: string,
  ) {
    FakeSocket.all.push(this);
  }

  send(frame: string): void {
    this.sent.push(frame);
    this.link?.hear(frame);
  }

  close(code?: number): void {
    this.readyState = 3;
    this.closedWith = code;
  }

  /** The network lets the phone through to this server (or to nobody). */
  opens(server?: CourierServer): void {
    this.readyState = 1;
    this.link = server?.accept((frame) => this.says(frame)) ?? null;
    this.onopen?.();
  }

  says(frame: string | Word): void {
    if (this.readyState === 1) this.onmessage?.({ data: typeof frame === "string" ? frame : JSON.stringify(frame) });
  }

  ends(code: number, reason = ""): void {
    this.readyState = 3;
    this.onclose?.({ code, reason });
  }
}
