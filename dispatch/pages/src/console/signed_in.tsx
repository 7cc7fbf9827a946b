import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { renewBy } from "../shared/http";
import type { Key } from "../shared/i18n";
import { reached } from "../shared/marks";
import { BusinessClock } from "../shared/protocol/clock";
import { CloseCode } from "../shared/protocol/close_codes";
import { type LinkState, LiveClient, liveUrl } from "../shared/protocol/live";
import type { Attend, View } from "../shared/protocol/messages";
import { fetchMe, type Grant, type Me, sendRefresh } from "../shared/sign_in/api";
import { browserPorts, type End, Keeper, tabChannel } from "../shared/sign_in/keeper";
import { Store } from "../shared/store/store";
import { EMPTY_ZONE, reduceZone, type ZoneAction, type ZoneState } from "../shared/store/zone";
import type { Looks } from "../shared/ui/looks";
import { TAB } from "./attendance";
import { DeskInTime } from "./desk_in_time";
import { MayContext, mayOf } from "./may";
import { Replay } from "./replay";
import { loader } from "./replay_api";
import type { Selection } from "./selection";
import type { Session } from "./session";

/** Why a final close code sends staff back to the sign-in. */
const REFUSALS: Readonly<Record<number, Key>> = { 3500: "signin.refused", 3501: "signin.forbidden" };
const ASK_AGAIN_MS = 2_000;
const FORGET_EVERY_MS = 30_000;

interface SignedInProps {
  session: Session;
  looks: Looks;
  /** The server ended it, or another tab did. */
  onEnd(key: Key): void;
  /** The zone is not theirs. */
  onForbidden(): void;
  /** Another zone is to be watched. */
  onZone(zone: string): void;
  onSignOut(everywhere: boolean): Promise<boolean>;
}

/** The desk of one session, with its link to the server and with what keeps it signed in. */
export function SignedIn({ session, looks, onEnd, onForbidden, onZone, onSignOut }: SignedInProps) {
  const parts = useMemo(
    () => ({
      clock: new BusinessClock(),
      store: new Store<ZoneState, ZoneAction>(reduceZone, EMPTY_ZONE),
      link: new Store<LinkState, LinkState>((_, next) => next, { kind: "connecting" }),
    }),
    [],
  );
  const replay = useMemo(() => {
    const isCalm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
    return new Replay(parts.store, parts.clock, session.zone, loader(session.token), isCalm);
  }, [parts, session]);
  useEffect(() => () => replay.remove(), [replay]);
  const client = useRef<LiveClient | null>(null);
  const keeper = useRef<Keeper | null>(null);
  const open = useRef<Omit<Attend, "t">>({ tab: TAB });
  const [me, setMe] = useState<Me | null>(session.grant?.me ?? null);
  const may = useMemo(() => mayOf(me), [me]);
  const attend = (selection: Selection | null, changing: boolean) => {
    open.current = { tab: TAB, ...selection, ...(changing && { changing }) };
    client.current?.attend(open.current);
  };
  const look = (view: View) => {
    client.current?.look(view);
    parts.store.apply([{ t: "looked", view }]);
  };
  useEffect(() => {
    const kept = session.grant ? keep(session.grant) : null;
    keeper.current = kept?.keeper ?? null;
    const token = () => kept?.keeper.newest() ?? session.token;
    let asked = false;
    let stopped = false;
    const live = new LiveClient({
      url: liveUrl(),
      credentials: () => ({ token: token(), zone: session.zone }),
      clock: parts.clock,
      onData(messages) {
        parts.store.apply(messages);
        if (parts.store.state.fixes.size > 0) reached("first-fix");
      },
      onLink(state) {
        if (state.kind === "final" && state.code === CloseCode.BAD_TOKEN && kept) {
          comeBack();
          return;
        }
        parts.link.apply([state]);
        if (state.kind === "final" && state.code === CloseCode.FORBIDDEN && kept) onForbidden();
        else if (state.kind === "final") onEnd(REFUSALS[state.code] ?? "signin.superseded");
        // Only now the token is known to be good.
        if (state.kind === "live" && !kept && !asked) {
          asked = true;
          void fetchMe(session.token).then((found) => !stopped && setMe(found));
        }
      },
    });
    let came_ms = Number.NEGATIVE_INFINITY;
    /** The token was refused. A new one opens the link again (see `keep`); a sign-in that is over ends by the keeper. */
    const comeBack = () => {
      const now_ms = parts.clock.mono();
      // A new token that is refused at once, or a server that is away, must not go round without a pause.
      const wait_ms = now_ms - came_ms < ASK_AGAIN_MS ? ASK_AGAIN_MS : 0;
      came_ms = now_ms;
      parts.link.apply([{ kind: "waiting", retry_at_ms: now_ms + wait_ms, since_ms: now_ms }]);
      setTimeout(() => {
        if (!stopped) void kept?.keeper.renew(token()).then((renewed) => renewed || stopped || comeBack());
      }, wait_ms);
    };
    const forget = setInterval(() => parts.store.apply([{ t: "passed", now_ms: parts.clock.now() }]), FORGET_EVERY_MS);
    const wake = () => document.visibilityState === "visible" && live.nudge();
    addEventListener("online", wake);
    document.addEventListener("visibilitychange", wake);
    client.current = live;
    live.attend(open.current);
    live.start();
    return () => {
      stopped = true;
      removeEventListener("online", wake);
      document.removeEventListener("visibilitychange", wake);
      clearInterval(forget);
      live.stop();
      kept?.stop();
      keeper.current = null;
    };
    // One link for one sign-in
  }, [session, parts]);

  const keep = (grant: Grant) => {
    const channel = tabChannel();
    const renewed = (next: Grant) => {
      setMe(next.me);
      client.current?.reopen();
    };
    const ended = (why: End) => onEnd(`staff.end.${why}`);
    const keeper = new Keeper(grant, browserPorts(sendRefresh, channel), renewed, ended);
    if (channel) channel.onmessage = (event) => keeper.hear(event.data);
    renewBy(keeper);
    const stop = () => {
      renewBy(null);
      keeper.stop();
      channel?.close();
    };
    return { keeper, stop };
  };

  return (
    <MayContext.Provider value={may}>
      <DeskInTime
        {...parts}
        replay={replay}
        token={session.token}
        me={me}
        looks={looks}
        onLook={look}
        onAttend={attend}
        onZone={onZone}
        onGrant={(grant) => keeper.current?.take(grant)}
        onSignOut={onSignOut}
      />
    </MayContext.Provider>
  );
}
