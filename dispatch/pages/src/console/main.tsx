import "./texts";
import { render } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { loadMap } from "../shared/city";
import { currentLang, type Key, setLang } from "../shared/i18n";
import { reached } from "../shared/marks";
import { BusinessClock } from "../shared/protocol/clock";
import { type LinkState, LiveClient, liveUrl } from "../shared/protocol/live";
import type { Attend, View } from "../shared/protocol/messages";
import { Store } from "../shared/store/store";
import { EMPTY_ZONE, reduceZone, type ZoneAction, type ZoneState } from "../shared/store/zone";
import { applyTheme, storedTheme } from "../shared/theme";
import { useLooks } from "../shared/ui/looks";
import { TAB } from "./attendance";
import { DeskInTime } from "./desk_in_time";
import { Replay } from "./replay";
import { loader } from "./replay_api";
import type { Selection } from "./selection";
import { forget, keep, openSession, type Session } from "./session";
import { SignIn } from "./signin";

// The desk is nothing without its map: fetch it while the rest is being set up. A failure shows in the map's place.
loadMap().catch(() => {});
applyTheme(storedTheme());
setLang(currentLang());

const FORGET_EVERY_MS = 30_000;

/** Why a final close code sends staff back to the sign-in. */
const REFUSALS: Readonly<Record<number, Key>> = { 3500: "signin.refused", 3501: "signin.forbidden" };

/** The desk of the person who is signed in, else the sign-in. */
function Console() {
  const looks = useLooks();
  const [session, setSession] = useState(openSession);
  const [refusal, setRefusal] = useState<{ key: Key; zone: string } | null>(null);
  const leave = (key?: Key) => {
    setRefusal(key && session ? { key, zone: session.zone } : null);
    forget();
    setSession(null);
  };
  if (!session) {
    const enter = (given: Session) => {
      keep(given);
      setSession(given);
    };
    return <SignIn looks={looks} refusal={refusal} onSignIn={enter} />;
  }
  return <SignedIn key={session.token} session={session} looks={looks} onLeave={leave} />;
}

function SignedIn(props: { session: Session; looks: ReturnType<typeof useLooks>; onLeave(key?: Key): void }) {
  const { session, looks, onLeave } = props;
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
  const open = useRef<Omit<Attend, "t">>({ tab: TAB });
  const attend = (selection: Selection | null, changing: boolean) => {
    open.current = { tab: TAB, ...selection, ...(changing && { changing }) };
    client.current?.attend(open.current);
  };
  const look = (view: View) => {
    client.current?.look(view);
    parts.store.apply([{ t: "looked", view }]);
  };
  useEffect(() => {
    const live = new LiveClient({
      url: liveUrl(),
      credentials: { token: session.token, zone: session.zone },
      clock: parts.clock,
      onData(messages) {
        parts.store.apply(messages);
        if (parts.store.state.fixes.size > 0) reached("first-fix");
      },
      onLink(state) {
        parts.link.apply([state]);
        if (state.kind === "final") onLeave(REFUSALS[state.code] ?? "signin.superseded");
      },
    });
    const forget = setInterval(() => parts.store.apply([{ t: "passed", now_ms: parts.clock.now() }]), FORGET_EVERY_MS);
    const wake = () => document.visibilityState === "visible" && live.nudge();
    addEventListener("online", wake);
    document.addEventListener("visibilitychange", wake);
    client.current = live;
    live.attend(open.current);
    live.start();
    return () => {
      removeEventListener("online", wake);
      document.removeEventListener("visibilitychange", wake);
      clearInterval(forget);
      live.stop();
    };
    // One link for one sign-in
  }, [session, parts]);
  return (
    <DeskInTime
      {...parts}
      replay={replay}
      token={session.token}
      looks={looks}
      onLook={look}
      onAttend={attend}
      onSignOut={() => onLeave()}
    />
  );
}

const page = document.getElementById("page");
if (page) render(<Console />, page);
