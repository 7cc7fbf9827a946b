import { useEffect, useMemo, useState } from "preact/hooks";
import type { AreaShape } from "../shared/map/area_style";
import type { Pen } from "../shared/map/dispatch_map";
import type { Sketch } from "../shared/map/incident_style";
import type { ZoneState } from "../shared/store/zone";
import { type Area, type AreaDraft, areaShapes, areaSketch, fetchAreas, isRing, NEW_AREA } from "./areas";
import type { Selection } from "./selection";

/** null while nobody knows, false when they cannot be had. */
export type KnownAreas = readonly Area[] | null | false;

export interface Areas {
  areas: KnownAreas;
  /** Whether the panel lies over the map. */
  open: boolean;
  chosen: string;
  draft: AreaDraft | null;
  shapes: readonly AreaShape[];
  sketch: Sketch | null;
  pen: Pen | null;
  show(id?: string): void;
  hide(): void;
  /** Draw a new one, or one that exists anew. */
  draw(area?: Area): void;
  setDraft(next: AreaDraft | null): void;
  undoCorner(): void;
  /** One step back; false when there is nothing to step back from. */
  back(): boolean;
  lookAgain(): void;
}

/** The parts of the zone at the desk: those that there are, and the one that is being drawn. */
export function useAreas(
  token: string,
  zone: ZoneState,
  selection: Selection | null,
  select: (next: Selection | null) => void,
): Areas {
  const [areas, setAreas] = useState<KnownAreas>(null);
  const [asked, ask] = useState(0);
  const [opened, setOpened] = useState(false);
  // Whoever selects something else wants to see that; a drawing that was begun waits.
  const chosen = selection?.kind === "area" ? selection.id : "";
  const open = selection ? chosen !== "" : opened;
  const [draft, setDraft] = useState<AreaDraft | null>(null);
  useEffect(() => {
    if (!zone.zone) return;
    let wanted = true;
    void fetchAreas(token, zone.zone).then((found) => wanted && setAreas(found ?? false));
    return () => {
      wanted = false;
    };
  }, [token, zone.zone, zone.areas_seq, asked]);
  const drawing = open && draft?.step === "drawing";
  const pen = useMemo<Pen | null>(() => {
    if (!drawing) return null;
    return {
      onCorner: (place) => setDraft((now) => now && { ...now, corners: [...now.corners, place] }),
      onEnd: () => setDraft((now) => (now && isRing(now) ? { ...now, step: "naming" } : now)),
    };
  }, [drawing]);
  const shapes = useMemo(() => areaShapes(areas || [], open ? chosen : "", draft), [areas, open, chosen, draft]);
  const sketch = useMemo(() => (open && draft ? areaSketch(draft) : null), [open, draft]);
  const show = (id = "") => {
    setOpened(true);
    select(id ? { kind: "area", id } : null);
  };
  const hide = () => {
    setOpened(false);
    if (chosen) select(null);
  };
  return {
    areas,
    open,
    chosen,
    draft,
    shapes,
    sketch,
    pen,
    show,
    hide,
    draw(area) {
      show();
      setDraft(area ? { ...NEW_AREA, id: area.id, name: area.name } : NEW_AREA);
    },
    setDraft,
    undoCorner() {
      if (drawing) setDraft((now) => now && { ...now, corners: now.corners.slice(0, -1) });
    },
    back() {
      if (!open) return false;
      if (draft?.step === "naming") setDraft({ ...draft, step: "drawing" });
      else if (draft) setDraft(null);
      else hide();
      return true;
    },
    lookAgain: () => ask((n) => n + 1),
  };
}
