import type { ClientSession, SessionOutput } from "../shared/protocol/client_session";
import { CloseCode } from "../shared/protocol/close_codes";
import { encodeFrame } from "../shared/protocol/courier_codec";
import { COURIER_SUBPROTOCOL } from "../shared/protocol/courier_messages";
import type { PhoneLink } from "./port";

export interface SocketParts {
  url: string;
  session: ClientSession;
  /** Local monotonic and wall time, ms. */
  mono: () => number;
  wall: () => number;
  openSocket: (url: string, protocol: string) => WebSocket;
  onLink(link: PhoneLink): void;
  /** What the session tells the app, in order. */
  onOutput(output: Exclude<SessionOutput, { kind: "close" }>): void;
  /** A frame was heard and carried out. */
  onHeard(): void;
}

/** RFC 6455: nothing is wrong. */
const NORMAL = 1000;
const OPEN_WITHIN_MS = 10_000;
/** Above so many bytes that the network has not taken yet, what is stale had better wait. */
const MAX_BUFFERED_BYTES = 131_072;
const LOOK_AGAIN_MS = 50;
/** A link that is asked for a sign of life and gives none within this time is dead. */
const PROBE_MS = 4_000;

/**
 * Runs a courier's session over WebSockets, one link after another: it sends what is due whenever the socket can take
 * it, ticks at the deadline, and comes back by itself with full jitter until the session has ended.
 */
export class CourierSocket {
  private socket: WebSocket | null = null;
  private link: PhoneLink = { kind: "connecting" };
  /** Until a link is given up or tried again; `beat`: until there may be something to do; `probe`: for a sign of life. */
  private timer: ReturnType<typeof setTimeout> | undefined;
  private beat: ReturnType<typeof setTimeout> | undefined;
  private probe: ReturnType<typeof setTimeout> | undefined;
  private heard_ms: number;
  private isStopped = false;

  constructor(private readonly parts: SocketParts) {
    this.heard_ms = parts.mono();
  }

  start(): void {
    if (!this.socket) this.open();
  }

  /** End the session on purpose. */
  stop(): void {
    this.isStopped = true;
    const last = this.parts.session.goodbye();
    if (last.length > 0 && this.isOpen) this.socket?.send(encodeFrame(last));
    this.drop();
  }

  /** There may be something to send. */
  wake(): void {
    if (this.isOpen) this.pump();
  }

  /** The device is online again or was woken: do not sit out the back-off, and see whether the link still lives. */
  nudge(): void {
    if (this.isStopped) return;
    if (!this.socket && this.link.kind !== "ended") this.open();
    else if (this.link.kind === "live") this.probeLink();
  }

  private get isOpen(): boolean {
    return this.socket?.readyState === WebSocket.OPEN;
  }

  private open(): void {
    clearTimeout(this.timer);
    const { url, openSocket } = this.parts;
    const socket = openSocket(url, COURIER_SUBPROTOCOL);
    this.socket = socket;
    socket.onopen = () => this.opened(socket);
    socket.onmessage = (event) => this.heard(socket, String(event.data));
    socket.onclose = (event) => this.lost(socket, event.code, event.reason);
    this.timer = setTimeout(() => this.lost(socket, null), OPEN_WITHIN_MS);
  }

  private opened(socket: WebSocket): void {
    if (socket !== this.socket) return;
    clearTimeout(this.timer);
    this.parts.session.connected(this.parts.mono());
    this.pump();
  }

  private heard(socket: WebSocket, frame: string): void {
    if (socket !== this.socket) return;
    const { session, mono, onHeard } = this.parts;
    this.heard_ms = mono();
    clearTimeout(this.probe);
    const outputs = session.receiveFrame(frame, mono());
    if (session.state === "live" && this.link.kind !== "live") this.set({ kind: "live" });
    this.carryOut(outputs);
    onHeard();
    if (this.isOpen) this.pump();
  }

  private carryOut(outputs: readonly SessionOutput[]): void {
    for (const output of outputs) {
      if (output.kind === "close") this.lose(output.code);
      else this.parts.onOutput(output);
    }
  }

  /** Send what is due as far as the socket can take it, and look again when there may be more. */
  private pump(): void {
    const { session, mono, wall } = this.parts;
    while (this.isOpen && (this.socket?.bufferedAmount ?? 0) < MAX_BUFFERED_BYTES) {
      const messages = session.outgoing(mono(), wall());
      if (messages.length === 0) break;
      this.socket?.send(encodeFrame(messages));
    }
    this.carryOut(session.tick(mono()));
    this.lookAgain();
  }

  private lookAgain(): void {
    clearTimeout(this.beat);
    const deadline_ms = this.parts.session.deadline_mono_ms;
    if (!this.socket || deadline_ms === null) return;
    const isFull = this.socket.bufferedAmount >= MAX_BUFFERED_BYTES;
    const wait_ms = isFull ? LOOK_AGAIN_MS : Math.max(1, Math.ceil(deadline_ms - this.parts.mono()));
    this.beat = setTimeout(() => this.pump(), wait_ms);
  }

  private probeLink(): void {
    const { session, mono } = this.parts;
    clearTimeout(this.probe);
    this.probe = setTimeout(() => this.carryOut(session.close(CloseCode.HEARTBEAT_TIMEOUT)), PROBE_MS);
    session.probe(mono());
    this.wake();
  }

  /** Close this link ourselves: a dead network would answer late or never, so nobody waits for the echo. */
  private lose(code: number): void {
    const socket = this.socket;
    if (!socket) return;
    socket.close(code);
    this.lost(socket, code);
  }

  private lost(socket: WebSocket, code: number | null, reason = ""): void {
    if (socket !== this.socket) return;
    const { session, mono } = this.parts;
    this.drop();
    const delay_ms = session.disconnected(code, mono(), reason);
    if (delay_ms === null) this.set({ kind: "ended", code: code ?? 0, reason });
    else this.waitFor(delay_ms);
  }

  private waitFor(delay_ms: number): void {
    const since_ms = this.link.kind === "waiting" ? this.link.since_ms : this.heard_ms;
    this.set({ kind: "waiting", since_ms, retry_at_ms: this.parts.mono() + delay_ms });
    this.timer = setTimeout(() => this.open(), delay_ms);
  }

  /** Let go of the socket; whatever it still says is not heard. */
  private drop(): void {
    for (const timer of [this.timer, this.beat, this.probe]) clearTimeout(timer);
    const socket = this.socket;
    this.socket = null;
    if (socket && socket.readyState <= WebSocket.OPEN) socket.close(NORMAL);
  }

  private set(link: PhoneLink): void {
    this.link = link;
    this.parts.onLink(link);
  }
}

/** The address of the courier channel on the server that this page came from. */
export function courierUrl(place: Location = location): string {
  return `${place.protocol === "https:" ? "wss" : "ws"}://${place.host}/v1/courier`;
}
