import { decodePolyline6, type Place } from "../shared/geo/path";
import type { PlainCourier, PlainMark, PlainScene } from "../shared/map/plain_map";
import type { Readable } from "../shared/store/store";
import { lastPlace, type ZoneState } from "../shared/store/zone";
import { useStore, useTick } from "../shared/ui/hooks";
import type { Looks } from "../shared/ui/looks";
import { PlainMapView } from "../shared/ui/plain_map_view";
import { onDuty } from "./queues";
import type { DeskClock } from "./replay";
import { inView, markOf } from "./scene";
import type { Selection } from "./selection";

interface PlainDeskProps {
  store: Readable<ZoneState>;
  clock: DeskClock;
  looks: Looks;
  selection: Selection | null;
  onSelect(selection: Selection | null): void;
}

/** The zone where no map can be drawn: couriers, depots and orders on a sketch, with the same selection. */
export function PlainDesk({ store, clock, looks, selection, onSelect }: PlainDeskProps) {
  const zone = useStore(store, 500);
  useTick(5_000);
  return (
    <PlainMapView
      scene={deskScene(zone, selection, clock.now())}
      shade={looks.shade}
      onPick={(picked) => onSelect(picked && picked.kind !== "home" ? { kind: picked.kind, id: picked.id } : null)}
    />
  );
}

/** What the sketch shows of a zone. */
export function deskScene(zone: ZoneState, selection: Selection | null, now_ms: number): PlainScene {
  const chosen = (kind: Selection["kind"], id: string) => selection?.kind === kind && selection.id === id;
  const depots = [...zone.depots.values()].map(
    (depot): PlainMark => ({
      ...at(depot),
      id: depot.id,
      kind: "depot",
      mark: "depot",
      rank: 1,
      selected: chosen("depot", depot.id),
      label: depot.name,
    }),
  );
  const orders = [...zone.orders.values()].flatMap((order): PlainMark[] => {
    const selected = chosen("order", order.id);
    const mark = markOf(order, now_ms, selected);
    return mark ? [{ ...at(order), id: order.id, kind: "order", mark, rank: selected ? 9 : 2, selected }] : [];
  });
  const couriers = [...zone.couriers.values()].filter(onDuty).flatMap((courier): PlainCourier[] => {
    const place = lastPlace(zone, courier.id);
    if (!place) return [];
    const selected = chosen("courier", courier.id);
    return [
      {
        ...at(place),
        id: courier.id,
        profile: courier.profile,
        heading_deg: zone.fixes.get(courier.id)?.heading_deg ?? null,
        stale: (courier.link ?? "offline") !== "live",
        selected,
        ...(selected && { label: courier.name }),
      },
    ];
  });
  return { inSight: inView(zone), marks: [...depots, ...orders], couriers, lines: linesOf(zone, selection) };
}

/** The way ahead of the selected courier, or of whoever has the selected order. */
function linesOf(zone: ZoneState, selection: Selection | null): PlainScene["lines"] {
  const courier_id =
    selection?.kind === "courier" ? selection.id : selection ? zone.orders.get(selection.id)?.courier_id : undefined;
  const way = courier_id ? zone.paths.get(courier_id) : undefined;
  return way ? [{ chosen: true, places: decodePolyline6(way.polyline6) }] : [];
}

function at({ lat, lon }: Place): Place {
  return { lat, lon };
}
