import { useEffect, useState } from "preact/hooks";
import type { Store } from "../shared/store/store";
import type { ZoneAction, ZoneState } from "../shared/store/zone";
import { useStore } from "../shared/ui/hooks";
import type { PastView } from "./past";
import type { Replay } from "./replay";
import { readMoment, writeMoment } from "./selection";
import { type Incident, shapesOf } from "./traffic";
import type { Traffic } from "./use_traffic";

const REFRESH_MS = 100;
const LIVE_MS = 500;
/** While it plays, the address follows no more often: browsers refuse to be told every moment. */
const ADDRESS_MS = 1_000;

export interface Replayed extends PastView {
  /** The zone as it is now, however far back the desk looks. */
  live: ZoneState;
  /** Whether the bar is open. */
  open: boolean;
  isPast: boolean;
  show(): void;
  /** Close the bar and go back to now. */
  close(): void;
}

/** Time at the desk: the bar, the moment in the address, and the one that is shown. */
export function useReplayed(replay: Replay, store: Store<ZoneState, ZoneAction>): Replayed {
  const { at_ms } = useStore(replay.status, REFRESH_MS);
  const [opened, open] = useState(readMoment() !== null);
  const live = useStore(store, LIVE_MS);
  const { synced } = live;
  const isPast = at_ms !== null;
  useEffect(() => {
    // Only the server says what is past: nothing is known before it has told the time
    if (!synced) return;
    const follow = () => {
      const wanted_ms = readMoment();
      if (wanted_ms !== null && wanted_ms !== replay.status.state.at_ms) replay.seek(wanted_ms);
    };
    follow();
    addEventListener("hashchange", follow);
    return () => removeEventListener("hashchange", follow);
  }, [replay, synced]);
  useEffect(() => {
    if (!synced) return;
    const timer = setTimeout(() => writeMoment(at_ms), replay.status.state.playing ? ADDRESS_MS : 0);
    return () => clearTimeout(timer);
  }, [replay, synced, at_ms]);
  return {
    at_ms,
    seek: (wanted_ms) => replay.seek(wanted_ms),
    live,
    open: opened || isPast,
    isPast,
    show: () => open(true),
    close() {
      open(false);
      replay.leave();
    },
  };
}

/** Traffic as it was: what was reported by then and not yet over, and nothing that could be drawn. */
export function asItWas(traffic: Traffic, replay: Replay, now_ms: number): Traffic {
  const { incidents } = replay;
  if (incidents === null) return traffic;
  const then = incidents.filter((each: Incident) => !each.until_ms || each.until_ms > now_ms);
  return {
    ...traffic,
    incidents: then,
    open: false,
    shapes: shapesOf(then, ""),
    sketch: null,
    pen: null,
    chosen: null,
  };
}
