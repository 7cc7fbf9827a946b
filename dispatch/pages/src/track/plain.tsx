import { useMemo } from "preact/hooks";
import { decodePolyline6, distance_m, Path, type Place } from "../shared/geo/path";
import { t } from "../shared/i18n";
import { awayWords, type PlainMark, type PlainScene } from "../shared/map/plain_map";
import { isBrought, phaseOf } from "../shared/order";
import type { OrderView } from "../shared/protocol/messages";
import type { TrackState } from "../shared/store/track";
import { useStore, useTick } from "../shared/ui/hooks";
import type { Looks } from "../shared/ui/looks";
import { PlainMapView } from "../shared/ui/plain_map_view";
import type { TrackProps } from "./page";
import { STALE_AFTER_MS } from "./summary";

/** Nearer than this the courier is there. */
const THERE_M = 40;

/** The shopper's order where no map can be drawn: door, shop, courier and the way between them, alive. */
export function PlainTrack({ store, clock, looks }: TrackProps & { looks: Looks }) {
  const state = useStore(store, 250);
  useTick(5_000);
  const way = useMemo(() => state.path && new Path(decodePolyline6(state.path.polyline6)), [state.path]);
  const scene = sceneOf(state, way, clock.now());
  return (
    <PlainMapView scene={scene} shade={looks.shade}>
      {state.order && <p>{whereWords(state, state.order)}</p>}
    </PlainMapView>
  );
}

/** What the sketch shows of an order. */
export function sceneOf(state: TrackState, way: Path | null, now_ms: number): PlainScene {
  const { order, depot, fix, courier } = state;
  const marks: PlainMark[] = [];
  // What is fetched goes to the shop; what a carrier has may go off the map.
  const comes = order !== null && isBrought(order);
  if (depot) marks.push({ ...at(depot), id: depot.id, kind: "depot", mark: "depot", rank: 1, selected: false });
  if (order && comes) marks.push({ ...at(order), id: order.id, kind: "home", mark: "home", rank: 2, selected: false });
  const label = { depot: depot?.name ?? "", home: t(order?.collection ? "plain.point" : "plain.you"), order: "" };
  return {
    inSight: (comes ? [order, fix ?? depot] : [depot ?? order]).filter((place) => place !== null),
    marks: marks.map((mark) => ({ ...mark, label: label[mark.kind] })),
    couriers: fix
      ? [
          {
            ...at(fix),
            id: fix.courier_id,
            profile: courier?.profile ?? "",
            heading_deg: fix.heading_deg ?? null,
            stale: now_ms - fix.at_ms > STALE_AFTER_MS,
            selected: false,
            label: courier?.name ?? "",
          },
        ]
      : [],
    lines: fix && order && way ? [{ chosen: true, places: left(way, fix, order) }] : [],
  };
}

/** What is left of the way to the door. */
function left(way: Path, from: Place, door: Place): Place[] {
  const along_m = way.project(from).along_m;
  return way.slice(along_m, way.project(door, along_m).along_m);
}

/** The sketch in a sentence: how far it is, and where. */
export function whereWords({ fix, depot }: TrackState, order: OrderView): string {
  if (["done", "canceled", "failed", "with_others"].includes(phaseOf(order))) return "";
  if (fix && distance_m(fix, order) < THERE_M) return t("plain.there");
  if (fix) return t("plain.away", awayWords(order, fix));
  return depot ? t("plain.away.shop", awayWords(order, depot)) : "";
}

function at({ lat, lon }: Place): Place {
  return { lat, lon };
}
