import type { BusinessClock } from "../shared/protocol/clock";
import { type Readable, Store } from "../shared/store/store";
import { EMPTY_ZONE, type ZoneAction, type ZoneState } from "../shared/store/zone";
import type { Load, Trouble } from "./replay_api";
import type { Stretch } from "./stretch";

/** What the desk draws from: the zone as it is, or as it was. */
export interface DeskZone extends Readable<ZoneState> {
  apply(actions: readonly ZoneAction[]): void;
}

/** What the desk reads the time from. */
export type DeskClock = Pick<BusinessClock, "now" | "mono">;

export const PACES = [1, 10, 60] as const;
export type Pace = (typeof PACES)[number];

export interface ReplayState {
  /** The moment that is looked at; null: now. */
  at_ms: number | null;
  /** Whether what is shown is not yet what was asked for. */
  loading: boolean;
  trouble: Trouble | null;
  playing: boolean;
  pace: Pace;
  /** When the log begins; 0: nobody knows yet. */
  first_ms: number;
}

const AT_NOW: ReplayState = { at_ms: null, loading: false, trouble: null, playing: false, pace: 1, first_ms: 0 };
/** Nearer to now than this, business time, is now: where it runs fast, clocks are that far apart. */
const NOW_MS = 5_000;
/** A stretch begins so long before the moment asked for, for whoever steps back from it. */
const LEAD_MS = 5 * 60_000;
/** The server gives no more at once. */
const STRETCH_MS = 15 * 60_000;
/** So often the picture moves on while it plays; markers glide between. */
const TICK_MS = 100;
const CALM_TICK_MS = 1_000;
/** Who drags the slider is at rest after so long; then it is loaded. */
const REST_MS = 120;
/** The next stretch is fetched so long before the end of this one, real time. */
const AHEAD_MS = 5_000;

/** The zone that the desk shows: the live one, or one of the past, and those who watch hear of the change. */
class Shown implements DeskZone {
  past: ZoneState | null = null;
  private readonly listeners = new Set<(now: ZoneState, before: ZoneState) => void>();

  constructor(private readonly live: Store<ZoneState, ZoneAction>) {
    live.subscribe((now, before) => !this.past && this.tell(now, before));
  }

  get state(): ZoneState {
    return this.past ?? this.live.state;
  }

  subscribe(listener: (now: ZoneState, before: ZoneState) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** What the page adds is about the zone as it is. */
  apply(actions: readonly ZoneAction[]): void {
    this.live.apply(actions);
  }

  /** Show a past (null: now). After a jump every marker is put down anew instead of riding there. */
  show(past: ZoneState | null, jump: boolean): void {
    let before = this.state;
    this.past = past;
    if (jump) {
      const nobody = { ...this.state, fixes: EMPTY_ZONE.fixes };
      this.tell(nobody, before);
      before = nobody;
    }
    this.tell(this.state, before);
  }

  private tell(now: ZoneState, before: ZoneState): void {
    for (const listener of this.listeners) listener(now, before);
  }
}

/** Time at the desk: now, or any moment of the log, standing or played. The live zone goes on underneath. */
export class Replay {
  readonly status = new Store<ReplayState, Partial<ReplayState>>((state, more) => ({ ...state, ...more }), AT_NOW);
  readonly zone: DeskZone;
  readonly clock: DeskClock;
  private readonly shown: Shown;
  private stretch: Stretch | null = null;
  private next: Stretch | null = null;
  private fetchingNext = false;
  private asked = 0;
  private rest: ReturnType<typeof setTimeout> | undefined;
  private timer: ReturnType<typeof setInterval> | undefined;
  /** Where the playing began: business time, and the local time then. */
  private began = { at_ms: 0, mono_ms: 0 };

  constructor(
    private readonly live: Store<ZoneState, ZoneAction>,
    private readonly liveClock: DeskClock,
    private readonly zoneId: string,
    private readonly load: Load,
    private readonly isCalm: () => boolean = () => false,
  ) {
    this.shown = new Shown(live);
    this.zone = this.shown;
    this.clock = { now: () => this.now(), mono: () => liveClock.mono() };
  }

  /** What was on the streets at the moment that is shown; null: it is now. */
  get incidents() {
    return this.status.state.at_ms === null ? null : (this.stretch?.incidents ?? []);
  }

  /** Know how far back the log goes. */
  async learn(): Promise<void> {
    if (this.status.state.first_ms) return;
    const found = await this.load(this.zoneId, null, 0);
    if (found.kind === "stretch") this.status.apply([{ first_ms: found.stretch.asOf.first_at_ms }]);
    else this.status.apply([{ trouble: found.trouble }]);
  }

  /** Look at a moment; now when it is not past yet. `settled` false: somebody is dragging and may go on. */
  seek(wanted_ms: number, settled = true): void {
    const { first_ms, playing } = this.status.state;
    if (wanted_ms >= this.liveClock.now() - NOW_MS) {
      this.leave();
      return;
    }
    const at_ms = Math.max(Math.round(wanted_ms), first_ms);
    clearTimeout(this.rest);
    this.asked += 1;
    this.began = { at_ms, mono_ms: this.liveClock.mono() };
    this.status.apply([{ at_ms, trouble: null, loading: !this.stretch?.covers(at_ms) }]);
    if (this.stretch?.covers(at_ms)) this.draw(true);
    else {
      if (!this.shown.past) this.shown.show({ ...EMPTY_ZONE, zone: this.zoneId }, true);
      const asked = this.asked;
      this.rest = setTimeout(() => void this.fetch(asked), settled ? 0 : REST_MS);
    }
    if (playing) this.run();
  }

  /** Back to now: the live zone is there at once. */
  leave(): void {
    clearTimeout(this.rest);
    clearInterval(this.timer);
    this.asked += 1;
    this.stretch = this.next = null;
    const { at_ms } = this.status.state;
    this.status.apply([{ at_ms: null, loading: false, trouble: null, playing: false }]);
    if (at_ms !== null) this.shown.show(null, true);
  }

  /** The same moment again, after trouble. */
  again(): void {
    const { at_ms } = this.status.state;
    if (at_ms !== null) this.seek(at_ms);
    else {
      this.status.apply([{ trouble: null }]);
      void this.learn();
    }
  }

  play(pace: Pace = this.status.state.pace): void {
    const { at_ms } = this.status.state;
    if (at_ms === null) return;
    this.began = { at_ms: this.now(), mono_ms: this.liveClock.mono() };
    this.status.apply([{ playing: true, pace }]);
    this.run();
  }

  pause(): void {
    clearInterval(this.timer);
    const { at_ms } = this.status.state;
    if (at_ms !== null) this.status.apply([{ playing: false, at_ms: Math.round(this.now()) }]);
  }

  /** How fast it plays, or will play. */
  setPace(pace: Pace): void {
    if (this.status.state.playing) this.play(pace);
    else this.status.apply([{ pace }]);
  }

  /** To the event before or after the moment that is looked at; from now, to the last one. */
  async step(by: 1 | -1): Promise<void> {
    if (this.status.state.playing) this.pause();
    const { at_ms } = this.status.state;
    if (at_ms === null && by > 0) return;
    const from_ms = at_ms ?? Math.floor(this.liveClock.now()) - NOW_MS;
    const here = this.stretch?.covers(from_ms) ? this.stretch.step(from_ms, by) : null;
    if (here !== null) return this.seek(here);
    // Beyond this stretch: look at its edge, and step on from there
    const edge_ms = by > 0 ? (this.stretch?.until_ms ?? from_ms) + 1 : from_ms - 1;
    this.seek(edge_ms);
    if (this.status.state.at_ms === null) return;
    await this.fetch(this.asked);
    const there = this.stretch?.covers(edge_ms) ? this.stretch.step(edge_ms, by) : null;
    if (there !== null && this.status.state.at_ms === edge_ms) this.seek(there);
  }

  /** Stop everything. */
  remove(): void {
    clearTimeout(this.rest);
    clearInterval(this.timer);
    this.asked += 1;
  }

  private now(): number {
    const { at_ms, playing, pace } = this.status.state;
    if (at_ms === null) return this.liveClock.now();
    if (!playing) return at_ms;
    const now_ms = this.began.at_ms + (this.liveClock.mono() - this.began.mono_ms) * pace;
    return Math.min(now_ms, Math.max(this.next?.until_ms ?? 0, this.stretch?.until_ms ?? this.began.at_ms));
  }

  private async fetch(asked: number): Promise<void> {
    if (asked !== this.asked) return;
    clearTimeout(this.rest);
    this.asked += 1;
    const mine = this.asked;
    await this.learn();
    const { at_ms, first_ms, trouble } = this.status.state;
    if (mine !== this.asked || at_ms === null) return;
    if (trouble) return this.status.apply([{ loading: false }]);
    const wanted_ms = Math.max(at_ms, first_ms);
    const from_ms = Math.max(wanted_ms - LEAD_MS, first_ms);
    const found = await this.load(this.zoneId, from_ms, from_ms + STRETCH_MS);
    if (mine !== this.asked || this.status.state.at_ms === null) return;
    if (found.kind === "trouble") return this.status.apply([{ trouble: found.trouble, loading: false }]);
    this.stretch = found.stretch;
    this.next = null;
    // A busy stretch is short: then it has to begin at the moment itself
    if (!found.stretch.covers(wanted_ms)) return this.fetchExactly(mine, wanted_ms);
    this.arrived(wanted_ms);
  }

  private async fetchExactly(mine: number, at_ms: number): Promise<void> {
    const found = await this.load(this.zoneId, at_ms, at_ms + STRETCH_MS);
    if (mine !== this.asked || this.status.state.at_ms === null) return;
    if (found.kind === "trouble") return this.status.apply([{ trouble: found.trouble, loading: false }]);
    this.stretch = found.stretch;
    this.arrived(at_ms);
  }

  private arrived(at_ms: number): void {
    this.began = { at_ms, mono_ms: this.liveClock.mono() };
    this.status.apply([{ at_ms, loading: false }]);
    this.draw(true);
  }

  private draw(jump: boolean): void {
    if (!this.stretch || this.status.state.at_ms === null) return;
    const { people } = this.live.state;
    this.shown.show({ ...this.stretch.at(this.status.state.at_ms), people }, jump);
  }

  private run(): void {
    clearInterval(this.timer);
    this.timer = setInterval(() => this.tick(), this.isCalm() ? CALM_TICK_MS : TICK_MS);
  }

  private tick(): void {
    const { stretch } = this;
    const { loading, pace } = this.status.state;
    if (!stretch || loading) return;
    const at_ms = this.now();
    if (at_ms > stretch.until_ms - AHEAD_MS * pace) void this.fetchNext(stretch, pace);
    if (this.status.state.at_ms === null) return;
    if (at_ms >= stretch.until_ms && this.next) {
      this.stretch = this.next;
      this.next = null;
    }
    if (this.liveClock.now() - at_ms <= NOW_MS) {
      this.leave();
      return;
    }
    this.status.apply([{ at_ms: Math.round(at_ms) }]);
    this.draw(false);
  }

  /** What comes after this stretch, while it is still being played. Where it ends at now, the playing does, too. */
  private async fetchNext(stretch: Stretch, pace: Pace): Promise<void> {
    if (this.fetchingNext || this.next) return;
    if (this.liveClock.now() - stretch.until_ms <= AHEAD_MS * pace) {
      if (this.now() >= stretch.until_ms) this.leave();
      return;
    }
    this.fetchingNext = true;
    const from_ms = stretch.until_ms;
    const found = await this.load(this.zoneId, from_ms, from_ms + STRETCH_MS);
    this.fetchingNext = false;
    if (this.stretch !== stretch) return;
    if (found.kind === "stretch") this.next = found.stretch;
    else {
      this.pause();
      this.status.apply([{ trouble: found.trouble }]);
    }
  }
}
