import type { Renewal } from "../http";
import type { Grant, Reply } from "./api";

/** Why a sign-in is over: by the server, by a sign-out in another tab, or because somebody else signed in there. */
export type End = "ended" | "out" | "other";

/** What the tabs of one browser tell each other: they share the cookie, and so the sign-in. */
export type TabNews = { t: "granted"; grant: Grant } | { t: "out" };

/** The outer world of a keeper. */
export interface KeeperPorts {
  refresh(): Promise<Reply>;
  /** One at a time over all tabs, where the browser can do that. */
  alone<T>(work: () => Promise<T>): Promise<T>;
  tell(news: TabNews): void;
  later(run: () => void, after_ms: number): () => void;
}

/** A token is renewed when so much of its life is over: a failed try has time to be repeated. */
const RENEW_AT = 0.6;
const RETRY_MS = 5_000;

/** Keeps a sign-in alive: gets a new token before the old one ends, or as soon as one is refused. */
export class Keeper implements Renewal {
  private grant: Grant;
  private flight: Promise<boolean> | null = null;
  private cancel = () => {};
  private over = false;

  constructor(
    first: Grant,
    private readonly ports: KeeperPorts,
    /** There is a newer token. */
    private readonly onRenewed: (grant: Grant) => void,
    private readonly onEnd: (why: End) => void,
  ) {
    this.grant = first;
    this.plan();
  }

  newest(): string {
    return this.grant.token;
  }

  renew(stale: string): Promise<boolean> {
    if (this.over) return Promise.resolve(false);
    if (stale !== this.grant.token) return Promise.resolve(true);
    this.flight ??= this.ports
      .alone(() => this.refresh(stale))
      .finally(() => {
        this.flight = null;
      });
    return this.flight;
  }

  /** What another tab of this browser says. */
  hear(news: TabNews): void {
    if (news.t === "out") this.end("out");
    else this.take(news.grant);
  }

  /** A token that did not come by renewing: after a change of the password. */
  take(grant: Grant): void {
    if (this.over) return;
    if (grant.me.id !== this.grant.me.id) {
      this.end("other");
      return;
    }
    if (grant.token === this.grant.token) return;
    this.grant = grant;
    this.plan();
    this.onRenewed(grant);
  }

  stop(): void {
    this.over = true;
    this.cancel();
  }

  private async refresh(stale: string): Promise<boolean> {
    // Another tab may have done it while this one waited for its turn.
    if (this.over || stale !== this.grant.token) return !this.over;
    const reply = await this.ports.refresh();
    if (this.over) return false;
    if (reply.kind === "granted") {
      this.take(reply.grant);
      if (!this.over) this.ports.tell({ t: "granted", grant: reply.grant });
      return !this.over;
    }
    if (reply.kind === "refused" && reply.wait_s === 0) this.end("ended");
    else this.plan(RETRY_MS);
    return false;
  }

  private plan(after_ms = this.grant.expires_in_s * 1000 * RENEW_AT): void {
    this.cancel();
    this.cancel = this.ports.later(() => void this.renew(this.grant.token), after_ms);
  }

  private end(why: End): void {
    if (this.over) return;
    this.stop();
    this.onEnd(why);
  }
}

const NAME = "dispatch.staff";

/** The browser as a keeper needs it. Without https there are no locks; the server bears two refreshes at once. */
export function browserPorts(refresh: () => Promise<Reply>, channel: BroadcastChannel | null): KeeperPorts {
  return {
    refresh,
    alone: (work) => (navigator.locks ? (navigator.locks.request(NAME, work) as ReturnType<typeof work>) : work()),
    tell: (news) => channel?.postMessage(news),
    later(run, after_ms) {
      const timer = setTimeout(run, after_ms);
      return () => clearTimeout(timer);
    },
  };
}

export function tabChannel(): BroadcastChannel | null {
  return typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel(NAME);
}
