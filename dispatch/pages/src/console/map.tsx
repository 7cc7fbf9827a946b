import { useEffect, useRef, useState } from "preact/hooks";
import { loadMap } from "../shared/city";
import { age, compact } from "../shared/format";
import { t } from "../shared/i18n";
import type { CityInfo } from "../shared/map/base_style";
import type { DispatchMap } from "../shared/map/dispatch_map";
import { reached, whenPainted } from "../shared/marks";
import type { View } from "../shared/protocol/messages";
import { Attribution } from "../shared/ui/attribution";
import { Icon } from "../shared/ui/icon";
import type { Looks } from "../shared/ui/looks";
import type { Carrier } from "./carrier";
import { ClusterLegend, clusterWords } from "./clusters";
import { PlainDesk } from "./plain";
import type { DeskClock, DeskZone } from "./replay";
import { inView, paddingBeside, ZoneScene } from "./scene";
import type { Selection } from "./selection";
import { placesOf } from "./traffic";
import type { Areas } from "./use_areas";
import type { TrafficOnMap } from "./use_traffic";

interface DeskMapProps {
  store: DeskZone;
  clock: DeskClock;
  looks: Looks;
  selection: Selection | null;
  traffic: TrafficOnMap;
  areas: Pick<Areas, "open" | "shapes" | "sketch" | "pen">;
  /** Set to the function that shows everything, for the key that does so. */
  fitAll: { current: () => void };
  carrier: Carrier;
  onSelect(selection: Selection | null): void;
  /** What is on the screen now. */
  onLook(view: View): void;
}

const DRAWER_PX = 392;
const WIDE_PX = 900;
/** The map waits for the lists, but not for ever. */
const LISTS_FIRST_MS = 3_000;
const IDLE_WITHIN_MS = 500;

/** The map of the zone, with everything on it. */
export function DeskMap(props: DeskMapProps) {
  const { store, clock, looks, selection, traffic, areas, fitAll, carrier } = props;
  const frame = useRef<HTMLElement>(null);
  const newest = useRef(props);
  newest.current = props;
  const [parts, setParts] = useState<{ map: DispatchMap; scene: ZoneScene } | null>(null);
  const [city, setCity] = useState<CityInfo | null>(null);
  const [state, setState] = useState<"loading" | "painted" | "failed">("loading");

  useEffect(() => {
    let over = false;
    let made: ZoneScene | null = null;
    const covered_px = () => coveredBy(newest.current);
    const make = async () => {
      const [{ DispatchMap, city: found }] = await Promise.all([loadMap(), listed(store)]);
      if (over || !frame.current) return;
      const map = new DispatchMap({
        container: frame.current,
        city: found,
        view: { places: inView(store.state), padding: paddingBeside(covered_px()) },
        shade: newest.current.looks.shade,
        lang: newest.current.looks.lang,
        now_ms: () => clock.now(),
        ageLabel: age,
        onPick: (picked) => newest.current.onSelect(scene.picked(picked)),
        onGrab(picked, grip) {
          const grabbed = scene.picked(picked);
          if (grabbed?.kind !== "order") return false;
          carrier.grab({ kind: "order", id: grabbed.id }, grip);
          return true;
        },
        clusterWords: { count: compact, label: clusterWords },
        onMovedByHand: () => made?.movedByHand(),
        onMoved: () => made?.moved(),
        onPainted() {
          reached("map-painted");
          setState("painted");
        },
      });
      const scene = new ZoneScene(map, clock, covered_px, (view) => newest.current.onLook(view));
      made = scene;
      fitAll.current = () => scene.fitAll();
      carrier.places.courier = (x, y) => map.courierAt(x, y);
      setCity(found);
      setParts({ map, scene });
    };
    make().catch((error: unknown) => {
      console.warn("map:", error);
      if (!over) setState("failed");
    });
    return () => {
      over = true;
      made?.remove();
    };
  }, [clock, store, fitAll, carrier]);

  useEffect(() => parts?.map.setLooks(looks.shade, looks.lang), [parts, looks.shade, looks.lang]);
  useEffect(() => {
    if (!parts) return;
    parts.scene.show(store.state, null);
    return store.subscribe((now, before) => parts.scene.show(now, before));
  }, [parts, store]);
  // A new object for the same selection is no new selection
  useEffect(() => parts?.scene.select(selection), [parts, selection?.kind, selection?.id]);

  const target = carrier.carried?.target;
  const aimed = target?.kind === "courier" ? target.id : "";
  useEffect(() => parts?.scene.aim(aimed), [parts, aimed]);

  useEffect(() => parts?.map.setIncidents(traffic.shapes), [parts, traffic.shapes]);
  useEffect(() => parts?.map.setAreas(areas.shapes), [parts, areas.shapes]);
  const pen = traffic.pen ?? areas.pen;
  const sketch = traffic.sketch ?? areas.sketch;
  useEffect(() => parts?.map.setPen(pen), [parts, pen]);
  useEffect(() => parts?.map.setSketch(sketch), [parts, sketch]);
  useEffect(() => {
    if (parts && traffic.chosen) parts.map.fit(placesOf(traffic.chosen), paddingBeside(coveredBy(newest.current)));
    // The same incident, looked at again, is no new choice
  }, [parts, traffic.chosen?.id]);

  return (
    <div class={`map-frame ${state}`}>
      <section ref={frame} class="map" data-drop="map" aria-label={t("map.label")} />
      {state === "loading" && <p class="map-note">{t("map.loading")}</p>}
      {state === "failed" && <PlainDesk {...props} />}
      <ClusterLegend store={store} />
      {parts && (
        <div class="map-tools">
          <Tool label={t("map.zoom.in")} icon="plus" onClick={() => parts.map.zoomBy(1)} />
          <Tool label={t("map.zoom.out")} icon="minus" onClick={() => parts.map.zoomBy(-1)} />
          <Tool label={`${t("map.fit")} (f)`} icon="fit" onClick={() => parts.scene.fitAll()} />
        </div>
      )}
      {city && <Attribution text={city.attribution} />}
    </div>
  );
}

/** Once the lists are on the screen and the page has a moment: until a map stands, a slow machine does nothing else. */
function listed(store: DeskZone): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, LISTS_FIRST_MS);
    const unsubscribe = store.subscribe(look);
    function look() {
      if (!store.state.synced) return;
      unsubscribe();
      whenPainted(() => {
        clearTimeout(timer);
        whenIdle(resolve);
      });
    }
    look();
  });
}

function whenIdle(then: () => void): void {
  // Safari has no idle callbacks.
  if ("requestIdleCallback" in globalThis) requestIdleCallback(then, { timeout: IDLE_WITHIN_MS });
  else setTimeout(then);
}

/** How much of the map a panel covers, CSS pixels; on a phone it lies below. */
function coveredBy({ selection, traffic, areas }: DeskMapProps): number {
  return (selection || traffic.open || areas.open) && innerWidth > WIDE_PX ? DRAWER_PX : 0;
}

function Tool({ label, icon, onClick }: { label: string; icon: "plus" | "minus" | "fit"; onClick(): void }) {
  return (
    <button type="button" class="icon-button" title={label} aria-label={label} onClick={onClick}>
      <Icon name={icon} />
    </button>
  );
}
