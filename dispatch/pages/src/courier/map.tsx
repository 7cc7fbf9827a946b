import { useEffect, useRef, useState } from "preact/hooks";
import { loadMap } from "../shared/city";
import { age } from "../shared/format";
import type { Place } from "../shared/geo/path";
import { t } from "../shared/i18n";
import type { CityInfo } from "../shared/map/base_style";
import type { DispatchMap } from "../shared/map/dispatch_map";
import { reached } from "../shared/marks";
import type { Fix, StopView } from "../shared/protocol/courier_messages";
import { Attribution } from "../shared/ui/attribution";
import { type Courier, useCourier } from "./context";
import { go } from "./route";
import { Sign } from "./sign";

/** Free of the tools at the right and of the card that overlaps the lower edge. */
const PADDING = { top: 36, right: 84, bottom: 48, left: 36 };
/** The own place may walk out of sight for so long before the map follows. */
const FOLLOW_EVERY_MS = 4_000;

/** Own place, numbered stops, and the line to the next. Its code comes after the page stands, and nothing needs it. */
export function CourierMap() {
  const courier = useCourier();
  const frame = useRef<HTMLElement>(null);
  const [scene, setScene] = useState<Scene | null>(null);
  const [city, setCity] = useState<CityInfo | null>(null);
  const [state, setState] = useState<"loading" | "painted" | "failed">("loading");
  const [large, setLarge] = useState(false);
  const first = useRef(courier);

  useEffect(() => {
    let over = false;
    let made: Scene | null = null;
    const make = async () => {
      const { DispatchMap, city: found } = await loadMap();
      if (over || !frame.current) return;
      const { shift, looks } = first.current;
      const map = new DispatchMap({
        container: frame.current,
        city: found,
        view: { places: inView(first.current), padding: PADDING },
        shade: looks.shade,
        lang: looks.lang,
        now_ms: () => shift.phone.now_ms(),
        ageLabel: age,
        onPick(picked) {
          if (picked?.kind === "stop") go({ at: "stop", stop_id: picked.id });
        },
        onPainted() {
          reached("map-painted");
          setState("painted");
        },
        onMovedByHand: () => made?.leaveAlone(),
        onResized: () => made?.fit(false),
      });
      made = new Scene(map);
      setCity(found);
      setScene(made);
    };
    make().catch(() => !over && setState("failed"));
    return () => {
      over = true;
      made?.map.remove();
    };
  }, []);

  const { looks } = courier;
  useEffect(() => scene?.map.setLooks(looks.shade, looks.lang), [scene, looks.shade, looks.lang]);
  useEffect(() => scene?.show(courier));

  if (state === "failed") return null;
  return (
    <div class={`map-frame ${state} ${large ? "large" : ""}`}>
      <section ref={frame} class="map" aria-label={t("map.label")} />
      <div class="map-tools">
        <button type="button" class="icon-button" aria-label={t("map.fit")} onClick={() => scene?.fit(true)}>
          <Sign name="navigate" />
        </button>
        <button
          type="button"
          class="icon-button"
          aria-pressed={large}
          aria-label={t(large ? "courier.map.less" : "courier.map.show")}
          onClick={() => setLarge(!large)}
        >
          <Sign name={large ? "smaller" : "larger"} />
        </button>
      </div>
      {city && <Attribution text={city.attribution} />}
    </div>
  );
}

/** Puts the shift on the map, and keeps the courier and the next stop in sight until the map is moved by hand. */
class Scene {
  private byHand = false;
  private fittedFor = "";
  private fitted_ms = 0;
  private now: Courier | null = null;

  constructor(readonly map: DispatchMap) {}

  show(courier: Courier): void {
    this.now = courier;
    const { stops } = courier.now;
    const { fix } = courier.status;
    this.map.setStops(stops.map((stop, i) => ({ ...at(stop), id: stop.stop_id, kind: stop.kind, number: `${i + 1}` })));
    this.map.setChosenRoute(lines(fix, stops));
    if (fix) this.placeMe(courier, fix);
    this.keepInSight(stops, fix);
  }

  /** A phone that stands still reports nothing new: only trouble with the receiver makes the own place old. */
  private placeMe({ account, status }: Courier, fix: Fix): void {
    const id = account.courier_id;
    const { at_ms, lat, lon, heading_deg = null, speed_mps = null } = fix;
    const stale = status.trouble !== "";
    this.map.couriers.place(
      { courier_id: id, gen: 1, seq: at_ms, at_ms, lat, lon, heading_deg, speed_mps },
      { id, name: "", profile: account.profile, stale, selected: true },
    );
  }

  /** Another next stop is a new view; otherwise the map follows from time to time, and never against the hand. */
  private keepInSight(stops: readonly StopView[], fix: Fix | null): void {
    const wanted = `${stops[0]?.stop_id ?? ""}|${fix ? "me" : ""}`;
    if (wanted !== this.fittedFor) {
      this.fittedFor = wanted;
      this.fit(true);
    } else if (fix && !this.byHand && performance.now() - this.fitted_ms > FOLLOW_EVERY_MS) {
      if (!this.map.isInSight(fix, PADDING)) this.fit(true);
    }
  }

  fit(animate: boolean): void {
    if (!this.now) return;
    this.byHand = false;
    this.fitted_ms = performance.now();
    this.map.fit(inView(this.now), PADDING, animate);
  }

  leaveAlone(): void {
    this.byHand = true;
  }
}

/** The courier and the next stop; without one of them, all stops. */
function inView({ now, status }: Pick<Courier, "now" | "status">): Place[] {
  const [next] = now.stops;
  const me = status.fix;
  if (me && next) return [at(me), at(next)];
  return me ? [at(me)] : now.stops.map(at);
}

function lines(fix: Fix | null, stops: readonly StopView[]) {
  const [next, ...later] = stops;
  if (!next) return [];
  const rest = { part: "later" as const, places: [next, ...later].map(at) };
  return fix ? [rest, { part: "next" as const, places: [at(fix), at(next)] }] : [rest];
}

function at({ lat, lon }: Place): Place {
  return { lat, lon };
}
