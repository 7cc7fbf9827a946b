import { useEffect, useRef, useState } from "preact/hooks";
import { loadMap } from "../shared/city";
import type { Place } from "../shared/geo/path";
import { t } from "../shared/i18n";
import type { DispatchMap, Mark, StopMark } from "../shared/map/dispatch_map";
import { Attribution } from "../shared/ui/attribution";
import type { Looks } from "../shared/ui/looks";
import type { PinCorrection } from "./pins_api";

const PADDING = { top: 56, right: 40, bottom: 40, left: 40 };

/** A small map of one correction: the pin, the probable door, and where couriers stood. Without it the list works on. */
export function PinsMap({ shown, looks }: { shown: PinCorrection; looks: Looks }) {
  const frame = useRef<HTMLElement>(null);
  const newest = useRef({ shown, looks });
  newest.current = { shown, looks };
  const [map, setMap] = useState<DispatchMap | null>(null);
  const [attribution, setAttribution] = useState("");
  const [state, setState] = useState<"loading" | "painted" | "failed">("loading");

  useEffect(() => {
    let over = false;
    let made: DispatchMap | null = null;
    const make = async () => {
      const { DispatchMap, city } = await loadMap();
      if (over || !frame.current) return;
      made = new DispatchMap({
        container: frame.current,
        city,
        view: { places: placesOf(newest.current.shown), padding: PADDING },
        shade: newest.current.looks.shade,
        lang: newest.current.looks.lang,
        now_ms: () => 0,
        ageLabel: () => "",
        onPick() {},
        onPainted: () => setState("painted"),
      });
      setAttribution(city.attribution);
      setMap(made);
    };
    make().catch((error: unknown) => {
      console.warn("map:", error);
      if (!over) setState("failed");
    });
    return () => {
      over = true;
      made?.remove();
    };
  }, []);

  useEffect(() => map?.setLooks(looks.shade, looks.lang), [map, looks.shade, looks.lang]);
  useEffect(() => {
    if (!map) return;
    map.setMarks(marksOf(shown));
    map.setStops(staysOf(shown));
    map.setChosenRoute([{ part: "later", places: [shown.pin, shown.place] }]);
    map.fit(placesOf(shown), PADDING);
  }, [map, shown]);

  return (
    <div class={`map-frame pins-map ${state}`} data-pins-map={state}>
      <section ref={frame} class="map" aria-label={t("pins.map")} />
      {state === "failed" && <p class="map-note">{t("pins.map.failed")}</p>}
      <Attribution text={attribution} />
    </div>
  );
}

function placesOf({ pin, place, stays }: PinCorrection): readonly Place[] {
  return [pin, place, ...stays];
}

function marksOf({ pin, place }: PinCorrection): Mark[] {
  const door = { kind: "home", selected: false } as const;
  return [
    { ...door, ...pin, id: "pin", mark: "order-late", rank: 2 },
    { ...door, ...place, id: "place", mark: "home", rank: 1 },
  ];
}

function staysOf({ stays }: PinCorrection): StopMark[] {
  return stays.map((stay, n) => ({ ...stay, id: String(n), kind: "dropoff", number: "" }));
}
