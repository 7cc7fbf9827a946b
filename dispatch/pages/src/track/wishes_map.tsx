import { useEffect, useRef, useState } from "preact/hooks";
import { loadMap } from "../shared/city";
import type { Place } from "../shared/geo/path";
import { t } from "../shared/i18n";
import type { DispatchMap } from "../shared/map/dispatch_map";
import { Attribution } from "../shared/ui/attribution";
import { Icon } from "../shared/ui/icon";
import type { Looks } from "../shared/ui/looks";

const NO_PADDING = { top: 0, right: 0, bottom: 0, left: 0 };

interface PinMapProps {
  /** Where the pin is; another place moves the map under it. */
  place: Place;
  looks: Looks;
  /** The reader moved the map: the pin is here now. */
  onPin(place: Place): void;
}

/** A small map whose middle is the door: it is moved under the pin by hand, finger or arrow keys. */
export function PinMap({ place, looks, onPin }: PinMapProps) {
  const frame = useRef<HTMLElement>(null);
  const newest = useRef({ place, looks, onPin });
  newest.current = { place, looks, onPin };
  const byHand = useRef(false);
  const shown = useRef(place);
  const [map, setMap] = useState<DispatchMap | null>(null);
  const [attribution, setAttribution] = useState("");
  const [state, setState] = useState<"loading" | "painted" | "failed">("loading");

  useEffect(() => {
    let over = false;
    let made: DispatchMap | null = null;
    const make = async () => {
      const { DispatchMap, city } = await loadMap();
      if (over || !frame.current) return;
      const own = new DispatchMap({
        container: frame.current,
        city,
        view: { places: [newest.current.place], padding: NO_PADDING },
        shade: newest.current.looks.shade,
        lang: newest.current.looks.lang,
        now_ms: () => 0,
        ageLabel: () => "",
        onPick() {},
        onPainted: () => setState("painted"),
        onMovedByHand() {
          byHand.current = true;
        },
        onMoved() {
          if (!byHand.current) return;
          byHand.current = false;
          shown.current = own.centre();
          newest.current.onPin(shown.current);
        },
      });
      made = own;
      setAttribution(city.attribution);
      setMap(own);
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
    if (!map || (place.lat === shown.current.lat && place.lon === shown.current.lon)) return;
    shown.current = place;
    map.fit([place], NO_PADDING);
  }, [map, place.lat, place.lon]);

  if (state === "failed") return <p class="faint">{t("wish.address.map.failed")}</p>;
  return (
    <>
      <div class={`map-frame wish-map ${state}`} data-wish-map={state}>
        <section ref={frame} class="map" aria-label={t("wish.address.map")} />
        <span class="wish-pin" aria-hidden="true">
          <Icon name="pin" />
        </span>
        <Attribution text={attribution} />
      </div>
      <p class="faint wish-tip">{t("wish.address.map.tip")}</p>
    </>
  );
}
