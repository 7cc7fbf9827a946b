import { ClientLink, type Close, type Table } from "./client_link";
import type { BusinessClock } from "./clock";
import { CloseCode } from "./close_codes";
import { check, checkFix, decodeFrame, sizeOf } from "./courier_codec";
import {
  type CourierAction,
  type CourierMessage,
  type ErrorMessage,
  type Fix,
  type Hello,
  MAX_OPEN_ACTIONS,
  MAX_UNACKED_PUSHES,
  type Policy,
  type PositionsAck,
  type Push,
  type Refresh,
  type Reply,
  type Resync,
  type ServerMessage,
  type StreamPosition,
  type Welcome,
} from "./courier_messages";
import { LocalProtocolError, RemoteProtocolError } from "./errors";
import { FixOutbox } from "./fix_outbox";

/**
 * The courier's session on the phone: `ClientLink` plus fixes, actions and pushes. The mirror of
 * `courier_protocol/client_session.py`, with the same table.
 *
 *     live, input               effect                                              next
 *     push: next                tell; `handled` later makes the ack                 live
 *     push: duplicate           the ack is repeated                                 live
 *     push: gap                 close(STREAM_GAP), to resume with a new link        closing
 *     resync                    the reader stands at it, tell                       live
 *     reply                     settle, the action leaves the outbox                live
 *     error with an action's id settle with ok=false                                live
 *     pos_ack                   the fixes leave the outbox                          live
 *     policy, other errors      tell                                                live
 *
 * A frame of `outgoing` holds, in this order: an ack, a ping, actions, one batch of fixes with the newest first.
 *
 * At least once: an action stays in the outbox, in order, until its reply and goes out again on every link; the server
 * knows its id. A push is acknowledged when the app has handled it; resuming asks for what follows the last one that
 * was received, for those before it are in the app's hands.
 */
export type Told = Push | Resync | Policy | ErrorMessage;
export type SessionOutput =
  | Close
  /** Show this to the app; after a push the app calls `handled`. */
  | { kind: "tell"; event: Told }
  /** The action named by the reply has left the outbox. */
  | { kind: "settle"; reply: Reply };
type Waiting = CourierAction | Refresh;
type Outputs = readonly SessionOutput[];

export interface SessionOptions {
  token: string;
  device_id: string;
  app?: string;
  clock: BusinessClock;
  /** Draws the back-off, uniform in [0, 1). */
  random: () => number;
  /** What the app holds from an earlier life: the first hello asks for what followed. */
  position?: StreamPosition | null;
}

const ACTIONS_PER_FRAME = 8;
/** The longest action, and all actions of a frame: with a full batch of fixes (24 KiB) the frame keeps its limit. */
const MAX_ACTION_BYTES = 32_768;
const ACTION_BYTES_PER_FRAME = 36_864;
const MAX_UNHANDLED_PUSHES = 4 * MAX_UNACKED_PUSHES;
export const MAX_ACTIONS = 1_024;

export class ClientSession extends ClientLink<ServerMessage, CourierMessage, SessionOutput> {
  /** The newest one. */
  welcome: Welcome | null = null;
  readonly fixes = new FixOutbox();
  private token: string;
  private lastFix: Fix | null = null;
  private unhandled: number[] = [];
  private readonly actions = new Map<string, Waiting>();
  /** Actions that some link may have carried: they cannot be taken back. */
  private readonly given = new Set<string>();
  private ackDue: number | null = null;
  private unsent: string[] = [];
  private open = new Set<string>();

  protected readonly table: Table<ServerMessage, SessionOutput> = {
    offline: {},
    greeting: { welcome: (message, mono_ms) => this.welcomedCourier(message, mono_ms) },
    live: {
      push: (message) => this.pushed(message),
      resync: (message) => this.resynced(message),
      reply: (message) => this.replied(message),
      error: (message) => this.refused(message),
      pos_ack: (message) => this.fixesAcked(message),
      pong: (message, mono_ms) => this.ponged(message, mono_ms),
      policy: (message: Policy) => [{ kind: "tell", event: message }],
    },
    closing: {},
    ended: {},
  };

  constructor(private readonly options: SessionOptions) {
    super(options.clock, options.random);
    this.token = options.token;
    check(this.hello(0));
    this.reader.reset(options.position ?? null);
  }

  protected override begin(mono_ms: number): void {
    super.begin(mono_ms);
    this.fixes.restart();
    this.ackDue = null;
    this.unsent = [...this.actions.keys()];
    this.open = new Set();
  }

  // --- what the courier does ------------------------------------------------------------------------------------

  /** Queue a fix; LocalProtocolError if a value is out of range. */
  addFix(fix: Fix): void {
    this.glance(fix);
    this.fixes.add(fix);
  }

  /** A fix that only the heartbeats tell: the courier stands still. */
  glance(fix: Fix): void {
    checkFix(fix);
    this.lastFix = fix;
  }

  /**
   * Put an action into the outbox, until a settle names its id. A newer token counts from now on. `given`: an earlier
   * life of the app may have sent it. LocalProtocolError if a value is out of range, the id is in use, too many wait,
   * or the session has ended.
   */
  submit(action: Waiting, given = false): void {
    if (this.state === "ended") throw new LocalProtocolError("The session has ended.");
    check(action);
    if (this.actions.has(action.id) || this.actions.size >= MAX_ACTIONS || sizeOf(action) > MAX_ACTION_BYTES)
      throw new LocalProtocolError("An action needs a new id and at most 32 KiB, and at most 1,024 wait.");
    this.actions.set(action.id, action);
    this.unsent.push(action.id);
    if (given) this.given.add(action.id);
    if (action.t === "refresh") this.token = action.token;
  }

  /** Take back an action that was not given to any link; false when it is too late. */
  withdraw(id: string): boolean {
    return !this.given.has(id) && this.actions.delete(id);
  }

  /** The app is done with every push up to `seq`. */
  handled(seq: number): void {
    while (this.unhandled[0] !== undefined && this.unhandled[0] <= seq) this.ackDue = this.unhandled.shift() ?? null;
  }

  /** How many actions have no reply so far. */
  get waitingActions(): number {
    return this.actions.size;
  }

  // --- what is to be sent ---------------------------------------------------------------------------------------

  protected hello(device_ms: number): Hello {
    const { device_id, app } = this.options;
    const resume = this.reader.position;
    return { t: "hello", token: this.token, device_id, device_ms, ...(resume && { resume }), ...(app && { app }) };
  }

  protected due(mono_ms: number, device_ms: number): CourierMessage[] {
    const messages = [...this.dueAck(), ...this.duePings(mono_ms, device_ms), ...this.dueActions()];
    const batch = this.fixes.nextBatch();
    return batch ? [...messages, batch] : messages;
  }

  private dueAck(): CourierMessage[] {
    const seq = this.ackDue;
    this.ackDue = null;
    return seq === null ? [] : [{ t: "ack", seq }];
  }

  private duePings(mono_ms: number, device_ms: number): CourierMessage[] {
    const n = this.duePing(mono_ms);
    return n === null ? [] : [{ t: "ping", n, device_ms, ...(this.lastFix && { fix: this.lastFix }) }];
  }

  private dueActions(): CourierMessage[] {
    const due: CourierMessage[] = [];
    let room = ACTION_BYTES_PER_FRAME;
    while (this.unsent.length > 0 && due.length < ACTIONS_PER_FRAME && this.open.size < MAX_OPEN_ACTIONS) {
      const action = this.actions.get(this.unsent[0] as string);
      room -= action ? sizeOf(action) : 0;
      if (room < 0) break;
      this.unsent.shift();
      if (action) due.push(this.give(action));
    }
    return due;
  }

  private give(action: Waiting): Waiting {
    this.open.add(action.id);
    this.given.add(action.id);
    return action;
  }

  protected lastWords(): CourierMessage[] {
    return [{ t: "bye" }];
  }

  // --- what the server says -------------------------------------------------------------------------------------

  /** Decode a frame and take its messages in order; never throws for what the server sent. */
  receiveFrame(frame: string, mono_ms: number): Outputs {
    let messages: readonly ServerMessage[];
    try {
      messages = decodeFrame(frame);
    } catch (error) {
      return this.breach(error);
    }
    return messages.flatMap((message) => this.receive(message, mono_ms));
  }

  /** The server broke the rules; our own bugs are not taken for its. */
  private breach(error: unknown): Outputs {
    if (error instanceof RemoteProtocolError) return this.close(CloseCode.PROTOCOL_ERROR, error.message);
    throw error;
  }

  private welcomedCourier(welcome: Welcome, mono_ms: number): Outputs {
    this.welcome = welcome;
    return this.welcomed(welcome, mono_ms);
  }

  private pushed(push: Push): Outputs {
    const step = this.reader.offer(push.epoch, push.prev, push.seq);
    if (step === "gap") return this.close(CloseCode.STREAM_GAP);
    if (step === "duplicate") return this.ackAgain(push.seq);
    if (this.unhandled.length >= MAX_UNHANDLED_PUSHES) {
      this.reader.reset(null);
      return this.close(CloseCode.STREAM_GAP, "The app is too far behind and starts from a snapshot.");
    }
    this.unhandled.push(push.seq);
    return [{ kind: "tell", event: push }];
  }

  /** Repeat the ack of a push that was handled; one still in the app's hands is acknowledged in its turn. */
  private ackAgain(seq: number): Outputs {
    if (this.unhandled[0] === undefined || seq < this.unhandled[0]) this.ackDue = Math.max(this.ackDue ?? 0, seq);
    return [];
  }

  private resynced(resync: Resync): Outputs {
    this.reader.reset(resync);
    this.unhandled = [];
    this.ackDue = null;
    return [{ kind: "tell", event: resync }];
  }

  private replied(reply: Reply): Outputs {
    this.open.delete(reply.id);
    this.given.delete(reply.id);
    return this.actions.delete(reply.id) ? [{ kind: "settle", reply }] : [];
  }

  private refused(error: ErrorMessage): Outputs {
    const { id, code, detail } = error;
    if (id && this.actions.has(id)) return this.replied({ t: "reply", id, ok: false, code, detail });
    return [{ kind: "tell", event: error }];
  }

  private fixesAcked(ack: PositionsAck): Outputs {
    try {
      this.fixes.ack(ack.seq);
      return [];
    } catch (error) {
      return this.breach(error);
    }
  }
}
