import { ClientSession, type SessionOutput } from "../shared/protocol/client_session";
import { CloseCode } from "../shared/protocol/close_codes";
import { check } from "../shared/protocol/courier_codec";
import type { CourierAction, Fix, Reply, StreamPosition } from "../shared/protocol/courier_messages";
import { batteryReader, newId, WakeLock } from "./device";
import { FixBacklog } from "./fix_backlog";
import { PhoneClock } from "./phone_clock";
import { PlaceWatch } from "./place";
import type { Doing, Phone, PhoneEvent, PhoneLink, PhoneQueue } from "./port";
import { CourierSocket } from "./socket";
import type { OnDisk, PhoneDisk } from "./storage";
import { type KeptToken, TokenKeeper } from "./token";
import { type Picture, Uploads } from "./uploads";

/** The world as the phone meets it; tests put in their own. */
export interface PhoneParts {
  url: string;
  /** Which build this is, for the server's log. */
  app: string;
  database: string;
  mono: () => number;
  wall: () => number;
  random: () => number;
  fetch: typeof fetch;
  openSocket: (url: string, protocol: string) => WebSocket;
  geolocation: Geolocation | undefined;
  locks: LockManager | undefined;
}

/** The clock's note on the disk is renewed this often while the server is heard. */
const NOTE_CLOCK_EVERY_MS = 60_000;

/** What is on the disk of a phone with a courier. */
type Found = OnDisk & { token: KeptToken };

/** The machinery below the app: the session, its socket and everything that outlives both. */
export class CourierPhone<View> implements Phone<View> {
  link: PhoneLink = { kind: "connecting" };
  queue: PhoneQueue;
  private readonly listeners = new Set<(event: PhoneEvent) => void>();
  private readonly actions: Map<string, CourierAction>;
  private readonly clock: PhoneClock;
  private readonly session: ClientSession;
  private readonly socket: CourierSocket;
  private readonly backlog: FixBacklog;
  private readonly uploads: Uploads;
  private readonly tokens: TokenKeeper;
  private readonly place: PlaceWatch;
  private readonly wakeLock = new WakeLock();
  private noted_mono_ms = Number.NEGATIVE_INFINITY;
  private isWatching = false;
  private isOver = false;

  constructor(
    private readonly parts: PhoneParts,
    private readonly disk: PhoneDisk,
    found: Found,
    private readonly giveBack: () => void,
  ) {
    const { mono, wall, random } = parts;
    this.clock = new PhoneClock(mono, wall, found.clock);
    this.session = this.makeSession(found);
    this.actions = new Map(found.actions.map((action) => [action.id, action]));
    this.backlog = new FixBacklog(async (change) => void (await this.keep(disk.changeFixes(change))), found.fixes);
    this.tokens = new TokenKeeper({ kept: found.token, fetch: parts.fetch, wall, onToken: this.renewed });
    this.uploads = new Uploads({
      fetch: parts.fetch,
      token: () => this.tokens.token,
      mayRun: () => this.link.kind === "live" && this.actions.size === 0,
      onDone: this.pictureDone,
      random,
    });
    for (const picture of found.pictures) this.uploads.add(picture);
    this.place = this.makePlaceWatch();
    this.socket = this.makeSocket();
    this.queue = this.counted();
  }

  private makeSession(found: Found): ClientSession {
    const { token, device_id, position, view, actions, fixes } = found;
    const session = new ClientSession({
      token: token.token,
      device_id,
      app: this.parts.app,
      clock: this.clock.business,
      random: this.parts.random,
      position: view ? position : null,
    });
    for (const action of actions) tried(() => session.submit(action, true));
    for (const [, fix] of fixes) tried(() => session.addFix(fix));
    return session;
  }

  private makeSocket(): CourierSocket {
    const { url, mono, wall, openSocket } = this.parts;
    const onLink = (link: PhoneLink) => this.linked(link);
    const onOutput = (output: Exclude<SessionOutput, { kind: "close" }>) => this.carryOut(output);
    return new CourierSocket({
      url,
      session: this.session,
      mono,
      wall,
      openSocket,
      onLink,
      onOutput,
      onHeard: () => this.heard(),
    });
  }

  private makePlaceWatch(): PlaceWatch {
    const { geolocation, mono, wall } = this.parts;
    return new PlaceWatch({
      geolocation,
      mono,
      wall,
      now_ms: () => this.now_ms(),
      rate: () => this.clock.rate,
      battery: batteryReader(),
      onFix: (fix, isDue) => this.placed(fix, isDue),
      onTrouble: (code) => this.emit({ kind: "place_trouble", code }),
    });
  }

  // --- for the views --------------------------------------------------------------------------------------------

  now_ms(): number {
    return this.clock.now_ms();
  }

  get rate(): number {
    return this.clock.rate;
  }

  get token(): string {
    return this.tokens.token;
  }

  subscribe(listener: (event: PhoneEvent) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  start(): void {
    if (this.isOver || this.link.kind !== "connecting") return;
    globalThis.document?.addEventListener("visibilitychange", this.shownOrHidden);
    globalThis.addEventListener?.("pagehide", this.shownOrHidden);
    void globalThis.navigator?.storage?.persist?.().catch(() => false);
    this.socket.start();
  }

  nudge(): void {
    this.socket.nudge();
    this.uploads.nudge();
  }

  act(doing: Doing): string {
    if (this.isOver) throw new Error("The app is open in another window, or signed out.");
    const action = { ...doing, id: newId(), at_ms: this.now_ms() } as CourierAction;
    // After the server has ended the session an action waits on the disk for the courier to sign in again.
    if (this.session.ended) check(action);
    else this.session.submit(action);
    this.actions.set(action.id, action);
    void this.keep(this.disk.keepAction(action)).then((isKept) => {
      if (isKept && this.actions.has(action.id)) this.emit({ kind: "kept", action });
    });
    this.count();
    this.socket.wake();
    return action.id;
  }

  withdraw(action_id: string): boolean {
    if (!this.session.withdraw(action_id)) return false;
    this.forget(action_id);
    return true;
  }

  keepPicture(picture: Blob, kind: Picture["kind"], order_id: string): string {
    const upload_id = newId();
    void this.keep(this.takePicture(picture, { upload_id, kind, order_id, type: picture.type }));
    return upload_id;
  }

  private async takePicture(picture: Blob, rest: Omit<Picture, "bytes">): Promise<void> {
    const kept: Picture = { ...rest, bytes: await picture.arrayBuffer() };
    this.uploads.add(kept);
    this.count();
    await this.disk.keepPicture(kept);
  }

  saveView(view: View, position: StreamPosition | null): void {
    void this.keep(this.disk.saveView(view, position));
  }

  handled(seq: number): void {
    // A push is acknowledged when what the app made of it is on the disk.
    void this.keep(this.disk.viewSaved).then(() => {
      this.session.handled(seq);
      this.socket.wake();
    });
  }

  watchPlace(on: boolean): void {
    this.isWatching = on && !this.isOver;
    this.wakeLock.want(this.isWatching);
    if (this.isWatching) this.place.on();
    else this.place.off();
  }

  async signOut(): Promise<void> {
    if (this.isOver) return;
    this.end();
    await this.disk.wipe();
    this.disk.close();
    this.giveBack();
  }

  /** Another tab of this app has taken over. */
  overtaken(): void {
    if (this.isOver) return;
    this.end();
    this.disk.close();
    this.linked({ kind: "ended", code: CloseCode.SUPERSEDED, reason: "The app was opened in another window." });
  }

  private end(): void {
    this.watchPlace(false);
    this.isOver = true;
    this.backlog.stop();
    this.uploads.stop();
    this.socket.stop();
    this.disk.seal();
    globalThis.document?.removeEventListener("visibilitychange", this.shownOrHidden);
    globalThis.removeEventListener?.("pagehide", this.shownOrHidden);
  }

  // --- what happens ---------------------------------------------------------------------------------------------

  private readonly shownOrHidden = (): void => {
    void this.backlog.flush();
    if (globalThis.document?.visibilityState !== "visible") return;
    void this.wakeLock.settle();
    if (this.isWatching) this.place.look();
  };

  private linked(link: PhoneLink): void {
    this.link = link;
    this.emit({ kind: "link", link });
    if (link.kind === "live") this.uploads.kick();
  }

  private carryOut(output: Exclude<SessionOutput, { kind: "close" }>): void {
    if (output.kind === "settle") {
      this.settled(output.reply);
      return;
    }
    const { event } = output;
    if (event.t === "push") this.emit({ kind: "push", push: event });
    else if (event.t === "resync") this.emit({ kind: "resync", resync: event });
    else if (event.t === "policy") this.obey(event);
    else console.warn(`courier: ${event.code}`);
  }

  private obey(policy: PlaceWatch["policy"]): void {
    this.place.policy = policy;
    this.emit({ kind: "policy", policy });
  }

  private settled(reply: Reply): void {
    const action = this.actions.get(reply.id);
    if (!action) return;
    this.emit({ kind: "settled", action, reply });
    this.forget(reply.id);
    this.uploads.kick();
  }

  private forget(action_id: string): void {
    this.actions.delete(action_id);
    void this.keep(this.disk.dropAction(action_id));
    this.count();
  }

  private heard(): void {
    this.backlog.settle(this.session.fixes.oldest);
    if (this.link.kind !== "live") return;
    const note = this.clock.anchor(this.session.welcome?.rate ?? 1);
    if (this.parts.mono() - this.noted_mono_ms >= NOTE_CLOCK_EVERY_MS) {
      this.noted_mono_ms = this.parts.mono();
      void this.keep(this.disk.keepClock(note));
    }
    void this.tokens.check();
    this.uploads.kick();
    this.count();
  }

  private readonly renewed = (kept: KeptToken): void => {
    if (this.isOver) return;
    void this.keep(this.disk.keepToken(kept));
    if (this.session.ended) return;
    tried(() => this.session.submit({ t: "refresh", id: newId(), token: kept.token }));
    this.socket.wake();
  };

  private placed(fix: Fix, isDue: boolean): void {
    if (isDue) {
      this.session.addFix(fix);
      this.backlog.add(fix);
      this.count();
      this.socket.wake();
    } else this.session.glance(fix);
    this.emit({ kind: "place", fix });
  }

  private readonly pictureDone = (upload_id: string, ok: boolean): void => {
    void this.keep(this.disk.dropPicture(upload_id));
    this.count();
    this.emit({ kind: "uploaded", upload_id, ok });
  };

  private counted(): PhoneQueue {
    return { actions: this.actions.size, fixes: this.session.fixes.length, uploads: this.uploads.length };
  }

  private count(): void {
    const { actions, fixes, uploads } = this.queue;
    const now = this.counted();
    if (now.actions === actions && now.fixes === fixes && now.uploads === uploads) return;
    this.queue = now;
    this.emit({ kind: "queue", queue: now });
  }

  private emit(event: PhoneEvent): void {
    for (const listener of this.listeners) {
      // A view's bug must not keep what follows from the session.
      tried(() => listener(event));
    }
  }

  /** A write that fails (the disk is full) is said; the app goes on from memory. */
  private keep(written: Promise<void>): Promise<boolean> {
    return written.then(
      () => true,
      (error: unknown) => {
        console.error("courier: not kept on this phone:", (error as Error).name);
        return false;
      },
    );
  }
}

/** Do it; a failure is said and stops nothing else. */
function tried(work: () => void): void {
  try {
    work();
  } catch (error) {
    console.error(error);
  }
}
