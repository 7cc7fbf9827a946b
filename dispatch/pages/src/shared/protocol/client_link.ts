import { backoff_ms } from "./backoff";
import type { BusinessClock } from "./clock";
import { CloseCode, isFinal } from "./close_codes";
import { LocalProtocolError } from "./errors";
import type { StreamPosition } from "./messages";
import { StreamReader } from "./stream";

/**
 * What a session has in common on every client: hello, heartbeats, the clock, the end and the way back. The mirror of
 * `courier_protocol/client_link.py`, with the same table; it reads no clock and knows no socket.
 *
 *     state     input                          effect                                       next
 *     offline   connected                      hello is due                                 greeting
 *     greeting  welcome                        the clock starts, the first ping is due      live
 *               5 s without it                 close(HELLO_TIMEOUT)                         closing
 *     live      pong                           a clock sample                               live
 *               silence for 2.5 heartbeats     close(HEARTBEAT_TIMEOUT)                     closing
 *               others                         see the kind of session                      live, closing
 *     closing   any message                    ignored                                      closing
 *     any       what the state does not allow  close(PROTOCOL_ERROR)                        closing
 *               disconnected, final code       nothing is left to do; `ended` says why      ended
 *               disconnected, otherwise        stay away for the delay, then connect        offline
 *               goodbye                        say bye, close the link, never come back     ended
 *
 * What is to be sent is not pushed out but asked for: `outgoing` returns the next frame's messages whenever the socket
 * can take one, so that what is urgent goes first and what is stale need not go at all.
 */
export type ClientState = "offline" | "greeting" | "live" | "closing" | "ended";

/** Close the link with this code, then say `disconnected`. */
export interface Close {
  kind: "close";
  code: number;
  detail: string;
}

/** What a state does with each type of message; a type that is not named is not allowed. */
export type Handlers<Incoming extends { t: string }, Out> = {
  readonly [Type in Incoming["t"]]?: (message: Extract<Incoming, { t: Type }>, mono_ms: number) => readonly Out[];
};
export type Table<Incoming extends { t: string }, Out> = Readonly<Record<ClientState, Handlers<Incoming, Out>>>;

const GREETING_TIMEOUT_MS = 5_000;
const SILENT_HEARTBEATS = 2.5;

interface AnyWelcome extends StreamPosition {
  business_now_ms: number;
  rate: number;
  heartbeat_s: number;
  resumed?: boolean;
}

export abstract class ClientLink<Incoming extends { t: string }, Outgoing, Out extends { kind: string }> {
  state: ClientState = "offline";
  /** Why the server has ended the session for good. */
  ended: { code: number; reason: string } | null = null;
  readonly reader = new StreamReader();
  protected abstract readonly table: Table<Incoming, Out | Close>;
  private failures = 0;
  private heard_mono_ms = 0;
  private heartbeat_ms = 0;
  private liveSince_mono_ms: number | null = null;
  private hello_mono_ms: number | null = null;
  private pings = 0;
  private ping_mono_ms = 0;
  private pingDue_mono_ms = 0;

  /** `random` draws the back-off, uniform in [0, 1). */
  constructor(
    readonly clock: BusinessClock,
    private readonly random: () => number,
  ) {}

  /** Forget what belongs to one link only. */
  protected begin(mono_ms: number): void {
    this.heard_mono_ms = this.ping_mono_ms = this.pingDue_mono_ms = mono_ms;
    this.heartbeat_ms = this.pings = 0;
    this.liveSince_mono_ms = this.hello_mono_ms = null;
  }

  // --- the link -------------------------------------------------------------------------------------------------

  /** A link is up; ask `outgoing` for the hello. */
  connected(mono_ms: number): void {
    if (this.state !== "offline")
      throw new LocalProtocolError(`A new link needs the state offline, not ${this.state}.`);
    this.begin(mono_ms);
    this.state = "greeting";
  }

  /**
   * The link is gone, or could not be had. Returns how long to stay away, ms; null: never come back. `code` is that of
   * the server's close frame, if there was one; after a close of our own it is only an echo and says nothing.
   */
  disconnected(code: number | null, mono_ms: number, reason = ""): number | null {
    if (code !== null && isFinal(code) && this.state !== "closing") {
      this.ended = { code, reason };
      this.state = "ended";
      return null;
    }
    const since = this.liveSince_mono_ms;
    if (since !== null && mono_ms - since >= this.heartbeat_ms) this.failures = 0;
    this.liveSince_mono_ms = null;
    const delay_ms = Math.round(backoff_ms(this.failures, this.random));
    this.failures += 1;
    this.state = "offline";
    return delay_ms;
  }

  /** The app ends the session: send these, close the link, and do not come back. */
  goodbye(): readonly Outgoing[] {
    const messages = this.state === "live" ? this.lastWords() : [];
    this.state = "ended";
    return messages;
  }

  protected abstract lastWords(): readonly Outgoing[];

  // --- time -----------------------------------------------------------------------------------------------------

  /** When `tick` or `outgoing` has something to do at the latest; null if only an event can. */
  get deadline_mono_ms(): number | null {
    if (this.state === "live") return Math.min(this.silent_mono_ms, this.pingDue_mono_ms);
    return this.state === "greeting" ? this.silent_mono_ms : null;
  }

  private get silent_mono_ms(): number {
    if (this.state === "greeting") return this.heard_mono_ms + GREETING_TIMEOUT_MS;
    return this.heard_mono_ms + Math.round(SILENT_HEARTBEATS * this.heartbeat_ms);
  }

  /** Let time pass. */
  tick(mono_ms: number): readonly (Out | Close)[] {
    if (mono_ms < this.silent_mono_ms) return [];
    return this.close(this.state === "greeting" ? CloseCode.HELLO_TIMEOUT : CloseCode.HEARTBEAT_TIMEOUT);
  }

  // --- what is to be sent ---------------------------------------------------------------------------------------

  /** The messages of the next frame, now that the socket can take one: they count as sent. Empty: nothing to say. */
  outgoing(mono_ms: number, device_ms: number): readonly Outgoing[] {
    if (this.state === "live") return this.due(mono_ms, device_ms);
    if (this.state !== "greeting" || this.hello_mono_ms !== null) return [];
    this.hello_mono_ms = mono_ms;
    return [this.hello(device_ms)];
  }

  protected abstract hello(device_ms: number): Outgoing;
  protected abstract due(mono_ms: number, device_ms: number): readonly Outgoing[];

  /** The number of the ping that is due now; null if none is. */
  protected duePing(mono_ms: number): number | null {
    if (mono_ms < this.pingDue_mono_ms) return null;
    this.pings += 1;
    this.ping_mono_ms = mono_ms;
    this.pingDue_mono_ms = mono_ms + this.heartbeat_ms;
    return this.pings;
  }

  /** Ask for a sign of life now: the device was asleep, or changed its network. */
  probe(mono_ms: number): void {
    this.pingDue_mono_ms = mono_ms;
  }

  // --- what the server says -------------------------------------------------------------------------------------

  /** Take one message. */
  receive(message: Incoming, mono_ms: number): readonly (Out | Close)[] {
    const handlers = this.table[this.state] as Record<
      string,
      ((message: Incoming, mono_ms: number) => Out[]) | undefined
    >;
    const handler = handlers[message.t];
    if (!handler) return this.close(CloseCode.PROTOCOL_ERROR, `${message.t} is not allowed now.`);
    this.heard_mono_ms = mono_ms;
    return handler(message, mono_ms);
  }

  protected welcomed(welcome: AnyWelcome, mono_ms: number): readonly Close[] {
    if (!welcome.resumed) this.reader.reset(null);
    else if (!isAt(this.reader.position, welcome))
      return this.close(CloseCode.PROTOCOL_ERROR, "The server resumed where this client does not stand.");
    const { business_now_ms, rate } = welcome;
    this.clock.start(rate, { business_now_ms, sent_ms: this.hello_mono_ms ?? mono_ms, received_ms: mono_ms });
    this.heartbeat_ms = Math.round(welcome.heartbeat_s * 1000);
    this.liveSince_mono_ms = this.pingDue_mono_ms = mono_ms;
    this.state = "live";
    return [];
  }

  protected ponged(pong: { n: number; business_now_ms: number }, mono_ms: number): readonly Close[] {
    const { n, business_now_ms } = pong;
    if (n > 0 && n === this.pings)
      this.clock.take({ business_now_ms, sent_ms: this.ping_mono_ms, received_ms: mono_ms });
    return [];
  }

  /** Give this link up. */
  close(code: number, detail = ""): readonly Close[] {
    if (this.state !== "greeting" && this.state !== "live") return [];
    this.state = "closing";
    return [{ kind: "close", code, detail }];
  }
}

function isAt(position: StreamPosition | null, there: StreamPosition): boolean {
  return position?.epoch === there.epoch && position.seq === there.seq;
}
