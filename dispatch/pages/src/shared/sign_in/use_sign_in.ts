import { useEffect, useRef, useState } from "preact/hooks";
import { renewBy } from "../http";
import type { Key } from "../i18n";
import { type Grant, type Me, sendRefresh, sendSignOut } from "./api";
import { browserPorts, Keeper, tabChannel } from "./keeper";
import { forgetSignIn, keepSignIn, keptZone } from "./kept";

export type SignInStage =
  /** It is asked whether this browser is still signed in. */
  | { at: "opening" }
  /** `why` the last sign-in ended, if it did not end by choice. */
  | { at: "door"; why: Key | null }
  /** The token is a handle: whichever is the newest is sent in its place. */
  | { at: "in"; me: Me; token: string };

export interface SignIn {
  stage: SignInStage;
  enter(grant: Grant): void;
  /** A token that did not come by renewing: after a change of the password. */
  take(grant: Grant): void;
  /** False: the server cannot be reached, and nobody was signed out. */
  leave(everywhere: boolean): Promise<boolean>;
}

const AWAY: Key = "staff.error.unreachable";

/** Who is signed in on a page that has no live channel: by the cookie of an earlier sign-in, or at the door. */
export function useSignIn(): SignIn {
  const [stage, setStage] = useState<SignInStage>(() =>
    keptZone() === null ? { at: "door", why: null } : { at: "opening" },
  );
  const keeper = useRef<{ keeper: Keeper; stop(): void } | null>(null);
  const end = (why: Key | null) => {
    keeper.current?.stop();
    keeper.current = null;
    if (why !== AWAY) forgetSignIn();
    setStage({ at: "door", why });
  };
  const enter = (grant: Grant) => {
    keeper.current?.stop();
    keeper.current = kept(grant, (why) => end(why));
    keepSignIn(keptZone() ?? grant.me.zones[0] ?? "default");
    setStage({ at: "in", me: grant.me, token: grant.token });
  };
  const reopen = async () => {
    const reply = await sendRefresh();
    if (reply.kind === "granted") return enter(reply.grant);
    end(reply.kind === "refused" && reply.wait_s === 0 ? null : AWAY);
  };
  useEffect(() => {
    if (stage.at === "opening") void reopen();
    return () => keeper.current?.stop();
  }, []);
  const isAway = stage.at === "door" && stage.why === AWAY;
  useEffect(() => {
    if (!isAway) return;
    const back = () => void reopen();
    addEventListener("online", back);
    return () => removeEventListener("online", back);
  }, [isAway]);
  const leave = async (everywhere: boolean) => {
    const outcome = await sendSignOut(everywhere);
    if (outcome.kind !== "done") return false;
    const channel = tabChannel();
    channel?.postMessage({ t: "out" });
    channel?.close();
    end(null);
    return true;
  };
  return { stage, enter, take: (grant) => keeper.current?.keeper.take(grant), leave };
}

/** Keeps the sign-in alive, for as long as nobody stops it. */
function kept(grant: Grant, onEnd: (why: Key) => void) {
  const channel = tabChannel();
  const ports = browserPorts(sendRefresh, channel);
  const keeper = new Keeper(
    grant,
    ports,
    () => {},
    (why) => onEnd(`staff.end.${why}`),
  );
  if (channel) channel.onmessage = (event) => keeper.hear(event.data);
  renewBy(keeper);
  const stop = () => {
    renewBy(null);
    keeper.stop();
    channel?.close();
  };
  return { keeper, stop };
}
