import { useEffect, useRef, useState } from "preact/hooks";
import { t } from "../shared/i18n";
import type { ZoneState } from "../shared/store/zone";
import { Carrier } from "./carrier";
import { type Override, wishOf } from "./changes";
import { decide, sourceName, type Verdict, verdictKey, type Wished } from "./drag";

export interface Drag {
  carrier: Carrier;
  /** What dropping it where it is now would mean; null: it is over nothing. */
  verdict: Verdict | null;
  /** The same as a sentence. */
  words: string;
  wish: Override | null;
  /** For those who do not see it. */
  said: string;
}

/** Carrying orders about the desk. Dropped, a change is asked for like any other: `onChange` opens its dialog. */
export function useDrag(
  zone: ZoneState,
  onChange: (change: Wished) => void,
  onNotice: (message: string) => void,
): Drag {
  const [, changed] = useState(0);
  const [over, setOver] = useState("");
  const newest = useRef({ zone, onChange, onNotice });
  newest.current = { zone, onChange, onNotice };
  const [carrier] = useState(
    () =>
      new Carrier(
        () => changed((n) => n + 1),
        ({ source, target }, isDropped) => {
          const now = newest.current;
          const verdict = isDropped && target ? decide(source, target, now.zone) : null;
          setOver(t(verdict?.kind === "change" ? "drag.said.dropped" : "drag.said.back"));
          if (verdict?.kind === "change") now.onChange(verdict.change);
          else if (verdict?.kind === "no") now.onNotice(t(verdict.why, verdict.values));
        },
      ),
  );
  useEffect(() => carrier.listen(), [carrier]);
  const { carried } = carrier;
  const verdict = carried?.target ? decide(carried.source, carried.target, zone) : null;
  const words = carried?.target && verdict ? t(...verdictKey(verdict, carried.target, zone)) : "";
  useMarked(carrier, verdict);
  return { carrier, verdict, words, wish: wishFor(verdict, zone), said: saidOf(carrier, words, over, zone) };
}

function wishFor(verdict: Verdict | null, zone: ZoneState): Override | null {
  if (verdict?.kind !== "change") return null;
  const { kind, id, first } = verdict.change;
  return wishOf(kind, id, { courier_id: "", order_ids: [], stop_ids: [], lock: "courier", ...first }, zone);
}

function saidOf({ carried }: Carrier, words: string, over: string, zone: ZoneState): string {
  if (carried?.by !== "keys") return over;
  return `${t("drag.said.carried", { what: sourceName(carried.source, zone) })} ${words}`;
}

/** A row of the list that is no part of the timeline shows that it would take what is carried. */
function useMarked({ carried }: Carrier, verdict: Verdict | null): void {
  const target = carried?.target;
  const courier_id = target?.kind === "courier" ? target.id : "";
  const kind = verdict?.kind;
  useEffect(() => {
    const row = courier_id && document.querySelector<HTMLElement>(`.row[data-courier="${CSS.escape(courier_id)}"]`);
    if (!row || !kind) return;
    row.dataset.over = kind;
    return () => {
      delete row.dataset.over;
    };
  }, [courier_id, kind]);
}
