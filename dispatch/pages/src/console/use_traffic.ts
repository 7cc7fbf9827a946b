import { useEffect, useMemo, useState } from "preact/hooks";
import { t } from "../shared/i18n";
import type { Pen } from "../shared/map/dispatch_map";
import type { IncidentShape, Sketch } from "../shared/map/incident_style";
import type { ZoneState } from "../shared/store/zone";
import type { Selection } from "./selection";
import {
  type Draft,
  finished,
  type Incident,
  NEW_DRAFT,
  shapesOf,
  sketchOf,
  stepBack,
  withCorner,
  withoutLastCorner,
} from "./traffic";
import { fetchIncidents } from "./traffic_api";

/** Incidents begin and end by the clock too, which no event tells. */
const LOOK_EVERY_MS = 15_000;

/** null while nobody knows, false when they cannot be had. */
export type Incidents = readonly Incident[] | null | false;

/** What the map needs to know of traffic. */
export interface TrafficOnMap {
  /** Whether the panel lies over the map. */
  open: boolean;
  shapes: readonly IncidentShape[];
  sketch: Sketch | null;
  pen: Pen | null;
  /** What is selected, to be brought into sight. */
  chosen: Incident | null;
}

export interface Traffic extends TrafficOnMap {
  incidents: Incidents;
  draft: Draft | null;
  setDraft(next: Draft | null): void;
  show(): void;
  hide(): void;
  /** Begin a report, or go on with the one that was begun. */
  report(): void;
  undoCorner(): void;
  /** One step back; false when there is nothing to step back from. */
  back(): boolean;
  lookAgain(): void;
}

/** The incidents, looked for now, every quarter of a minute and whenever the zone tells that they have changed. */
function useIncidents(token: string, zone: ZoneState): readonly [Incidents, () => void] {
  const [incidents, setIncidents] = useState<Incidents>(null);
  const [asked, ask] = useState(0);
  useEffect(() => {
    if (!zone.zone) return;
    let wanted = true;
    const look = () => void fetchIncidents(token, zone.zone).then((found) => wanted && setIncidents(found ?? false));
    look();
    const timer = setInterval(look, LOOK_EVERY_MS);
    return () => {
      wanted = false;
      clearInterval(timer);
    };
  }, [token, zone.zone, zone.traffic_seq, asked]);
  return [incidents, () => ask((n) => n + 1)];
}

/** Traffic at the desk: what is on the streets, which of it is selected, and the report that is being made. */
export function useTraffic(
  token: string,
  zone: ZoneState,
  selection: Selection | null,
  select: (next: Selection | null) => void,
): Traffic {
  const [incidents, lookAgain] = useIncidents(token, zone);
  const [opened, open] = useState(false);
  const [draft, setDraft] = useState<Draft | null>(null);
  const selected = selection?.kind === "incident" ? selection.id : "";
  // Whoever selects something else wants to see that; a report that was begun waits.
  const isOpen = selection ? selected !== "" : opened;
  const known = incidents || [];
  const shapes = useMemo(() => shapesOf(known, selected), [incidents, selected]);
  const sketch = useMemo(() => (isOpen && draft ? sketchOf(draft) : null), [isOpen, draft]);
  const drawing = isOpen && draft?.step === "drawing";
  const pen = useMemo<Pen | null>(() => {
    if (!drawing) return null;
    return {
      onCorner: (place) => setDraft((now) => now && withCorner(now, place)),
      onEnd: () => setDraft((now) => now && finished(now)),
    };
  }, [drawing]);
  const show = () => {
    if (selection && !selected) select(null);
    open(true);
  };
  const hide = () => {
    if (selected) select(null);
    open(false);
  };
  return {
    incidents,
    open: isOpen,
    shapes,
    sketch,
    pen,
    chosen: known.find(({ id }) => id === selected) ?? null,
    draft,
    setDraft,
    show,
    hide,
    report() {
      select(null);
      open(true);
      setDraft((now) => now ?? NEW_DRAFT);
    },
    undoCorner() {
      if (drawing) setDraft((now) => now && withoutLastCorner(now));
    },
    back() {
      if (!isOpen) return false;
      if (draft) setDraft(stepBack);
      else hide();
      return true;
    },
    lookAgain,
  };
}

/** How the button that leads here is called. */
export function trafficLabel(incidents: Incidents): string {
  return incidents && incidents.length > 0 ? t("traffic.title.count", { n: incidents.length }) : t("traffic.title");
}
