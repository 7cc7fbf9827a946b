import { useEffect, useRef, useState } from "preact/hooks";
import { loadMap } from "../shared/city";
import { age } from "../shared/format";
import { decodePolyline6, Path, type Place } from "../shared/geo/path";
import { t } from "../shared/i18n";
import type { CityInfo } from "../shared/map/base_style";
import type { DispatchMap, Mark } from "../shared/map/dispatch_map";
import { reached, whenPainted } from "../shared/marks";
import { isBrought } from "../shared/order";
import type { BusinessClock } from "../shared/protocol/clock";
import type { RoutePath } from "../shared/protocol/messages";
import type { TrackState } from "../shared/store/track";
import { Attribution } from "../shared/ui/attribution";
import { Icon } from "../shared/ui/icon";
import type { Looks } from "../shared/ui/looks";
import { useLate } from "./late";
import type { TrackProps } from "./page";
import { STALE_AFTER_MS } from "./summary";

const REFIT_MS = 5_000;
const ANSWER_FIRST_MS = 3_000;
const PADDING = { top: 52, right: 40, bottom: 40, left: 40 };

/** The map of one order. Its code is loaded after the page stands, and the page does not need it. */
export function TrackMap({ store, clock, looks, ...rest }: TrackProps & { looks: Looks }) {
  const frame = useRef<HTMLElement>(null);
  const [scene, setScene] = useState<TrackScene | null>(null);
  const [city, setCity] = useState<CityInfo | null>(null);
  const [state, setState] = useState<"loading" | "painted" | "failed">("loading");

  const plain = useLate(state === "failed", () => import("./plain"));

  useEffect(() => {
    let over = false;
    let made: TrackScene | null = null;
    const make = async () => {
      await answered(store);
      const { DispatchMap, city: found } = await loadMap();
      if (over || !frame.current) return;
      const map = new DispatchMap({
        container: frame.current,
        city: found,
        view: { places: inView(store.state), padding: PADDING },
        shade: looks.shade,
        lang: looks.lang,
        now_ms: () => clock.now(),
        ageLabel: age,
        onPick() {},
        onPainted() {
          reached("map-painted");
          setState("painted");
        },
        onMovedByHand: () => made?.leaveAlone(),
        onResized: () => made?.resized(),
      });
      made = new TrackScene(map, clock);
      setCity(found);
      setScene(made);
    };
    make().catch((error: unknown) => {
      console.warn("map:", error);
      if (!over) setState("failed");
    });
    return () => {
      over = true;
      made?.remove();
    };
    // The map is made once; looks are handed on below
  }, [clock]);

  useEffect(() => scene?.map.setLooks(looks.shade, looks.lang), [scene, looks.shade, looks.lang]);
  useEffect(() => {
    if (!scene) return;
    scene.show(store.state);
    const unsubscribe = store.subscribe((now) => scene.show(now));
    const timer = setInterval(() => scene.tick(store.state), 1000);
    return () => {
      unsubscribe();
      clearInterval(timer);
    };
  }, [scene, store]);

  return (
    <div class={`map-frame ${state}`}>
      <section ref={frame} class="map" aria-label={t("map.label")} />
      {plain.is === "here" && <plain.it.PlainTrack store={store} clock={clock} looks={looks} {...rest} />}
      {state === "painted" && (
        <div class="map-tools">
          <button
            type="button"
            class="icon-button"
            aria-label={t("map.fit")}
            title={t("map.fit")}
            onClick={() => scene?.fit()}
          >
            <Icon name="fit" />
          </button>
        </div>
      )}
      {city && <Attribution text={city.attribution} />}
    </div>
  );
}

/** Once the answer is on the screen, or will not come soon: the map's weight must not be in its way. */
function answered(store: TrackProps["store"]): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ANSWER_FIRST_MS);
    const unsubscribe = store.subscribe(look);
    function look() {
      if (!store.state.order) return;
      unsubscribe();
      whenPainted(() => {
        clearTimeout(timer);
        resolve();
      });
    }
    look();
  });
}

/** Puts the shopper's order on the map and keeps courier and door in sight until the reader moves the map. */
class TrackScene {
  private state: TrackState | null = null;
  private byHand = false;
  private path: { view: RoutePath; path: Path } | null = null;
  private fitted_ms = 0;
  private fittedFor = "";
  private courier = "";

  constructor(
    readonly map: DispatchMap,
    private readonly clock: BusinessClock,
  ) {}

  show(state: TrackState): void {
    const { order, fix } = state;
    const before = this.state;
    this.state = state;
    if (!order) return;
    if (order !== before?.order || state.depot !== before.depot) this.map.setMarks(marks(state));
    this.placeCourier(state);
    this.drawRoute();
    const wanted = `${order.id}|${isBrought(order)}|${fix ? "courier" : "depot"}`;
    if (wanted !== this.fittedFor) {
      this.fittedFor = wanted;
      this.byHand = false;
      this.fitNow(before !== null);
    }
  }

  /** Once a second: what depends on the time alone. */
  tick(state: TrackState): void {
    this.placeCourier(state);
    this.drawRoute();
    if (!state.fix || this.byHand) return;
    const old = performance.now() - this.fitted_ms > REFIT_MS;
    if (old || !this.map.isInSight(this.map.couriers.shown(this.courier) ?? state.fix, PADDING)) this.fitNow(true);
  }

  fit(): void {
    this.byHand = false;
    this.fitNow(true);
  }

  resized(): void {
    if (!this.byHand) this.fitNow(false);
  }

  leaveAlone(): void {
    this.byHand = true;
  }

  remove(): void {
    this.map.remove();
  }

  private placeCourier({ fix, path, courier }: TrackState): void {
    if (this.courier && this.courier !== fix?.courier_id) this.map.couriers.mark(this.courier, null);
    this.courier = fix?.courier_id ?? "";
    if (!fix) return;
    const stale = this.clock.now() - fix.at_ms > STALE_AFTER_MS;
    const name = courier?.name ?? "";
    this.map.couriers.place(fix, { id: fix.courier_id, name, profile: courier?.profile ?? "", stale, selected: false });
    if (path !== (this.path?.view ?? null)) {
      this.path = path && { view: path, path: new Path(decodePolyline6(path.polyline6)) };
      this.map.couriers.follow(fix.courier_id, this.path?.path ?? null);
    }
  }

  /** The way to the door, from where the courier was last seen. */
  private drawRoute(): void {
    const along_m = this.state?.fix ? this.map.couriers.along_m(this.courier) : null;
    if (!this.path || along_m === null) {
      this.map.setChosenRoute([]);
      return;
    }
    const { path } = this.path;
    const door_m = this.state?.order ? path.project(this.state.order, along_m).along_m : path.length_m;
    this.map.setChosenRoute([{ part: "next", places: path.slice(along_m, door_m) }]);
  }

  private fitNow(animate: boolean): void {
    if (!this.state) return;
    this.fitted_ms = performance.now();
    this.map.fit(inView(this.state), PADDING, animate);
  }
}

/** The door and what comes to it; where nothing of ours comes, the shop. */
function inView({ order, depot, fix }: TrackState): Place[] {
  const places = order && !isBrought(order) ? [depot ?? order] : [order, fix ?? depot];
  return places.filter((place) => place !== null);
}

function marks({ order, depot }: TrackState): Mark[] {
  const found: Mark[] = [];
  if (depot) found.push({ ...at(depot), id: depot.id, kind: "depot", mark: "depot", rank: 1, selected: false });
  // What is fetched goes to the shop; what a carrier has may go off the map.
  if (order && isBrought(order))
    found.push({ ...at(order), id: order.id, kind: "home", mark: "home", rank: 2, selected: false });
  return found;
}

function at({ lat, lon }: Place): Place {
  return { lat, lon };
}
