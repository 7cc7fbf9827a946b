import type { RefObject } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { t } from "../shared/i18n";
import type { ZoneState } from "../shared/store/zone";
import { gripOf } from "./carrier";
import { holderOf, type Source } from "./drag";
import type { Board } from "./queues";
import type { Selection } from "./selection";
import { type Cell, carry, choose, QUEUE_ROW, sourceOf, walk } from "./timeline_keys";
import { type Bar, ByName, barsOf, brought, lanesOf, placeAt, type Span, waitingOrders } from "./timeline_layout";
import { LANE_PX, LaneRow, MOST_CHIPS, QueueRow } from "./timeline_rows";
import { Tip, type Tipped } from "./timeline_tip";
import type { Drag } from "./use_drag";

const OVERSCAN = 3;

export interface LanesProps {
  zone: ZoneState;
  board: Board;
  now_ms: number;
  only: string;
  shown: Span;
  width_px: number;
  selection: Selection | null;
  drag: Drag;
  box: RefObject<HTMLDivElement | null>;
  track: RefObject<HTMLDivElement | null>;
  onShown(next: (old: Span) => Span): void;
  onSelect(selection: Selection): void;
  onUnassigned(): void;
}

/**
 * The lanes and the strip of what nobody has, as one grid for keys and screen readers.
 *
 * Only the lanes in sight exist, with those two that the keys are on and that something is carried from: a thousand
 * couriers cost what ten do.
 */
export function Lanes(props: LanesProps) {
  const { zone, board, now_ms, drag, box } = props;
  const [view, setView] = useState({ top: 0, height: 400 });
  const [wanted, setFocus] = useState<Cell>({ row: QUEUE_ROW, cell: "" });
  const [byName] = useState(() => new ByName());
  const [tipped, tip] = useState<Tipped | null>(null);
  const grid = useRef<HTMLDivElement>(null);
  const toFocus = useRef(false);
  useScrolled(box, setView);

  const { lanes, waiting, rows, places } = useSettled(`${props.only}|${zone.synced}`, () => {
    const found = lanesOf(zone, board.tones, byName, props.only);
    const ids = found.map(({ courier }) => courier.id);
    const numbers = new Map(ids.map((id, i) => [id, i]));
    return { lanes: found, waiting: waitingOrders(zone), rows: [QUEUE_ROW, ...ids], places: numbers };
  });
  const bars = (id: string): Bar[] => {
    const courier = zone.couriers.get(id);
    return courier ? barsOf(courier, zone, board.tones, now_ms) : [];
  };
  const cellsOf = (row: string): string[] =>
    row === QUEUE_ROW ? waiting.slice(0, MOST_CHIPS).map(({ id }) => id) : bars(row).map(({ stop }) => stop.stop_id);
  // What the keys were on may be gone.
  const row = places.has(wanted.row) ? wanted.row : QUEUE_ROW;
  const focus = { row, cell: cellsOf(row).includes(wanted.cell) ? wanted.cell : "" };
  const { carried } = drag.carrier;
  const heldFrom = carried ? holderOf(carried.source, zone) : "";
  const inSight = visible(places, view, [focus.row, heldFrom]);
  drag.carrier.places.lane = (id, x) => placeAt(bars(id), momentAt(props, x), carriedStop(carried?.source));
  useEffect(() => {
    if (!toFocus.current) return;
    toFocus.current = false;
    grid.current?.querySelector<HTMLElement>("[tabindex='0']")?.focus({ preventScroll: true });
  });
  const aimed = carried?.by === "keys" ? carried.target : null;
  useEffect(() => {
    if (aimed?.kind === "courier") keepInSight(box.current, places.get(aimed.id));
    // New lanes must not scroll the box
  }, [aimed?.kind === "courier" ? aimed.id : ""]);

  const go = (row: string, cell: string) => {
    toFocus.current = true;
    tip(null);
    setFocus({ row, cell });
    keepInSight(box.current, places.get(row));
    const bar = bars(row).find(({ stop }) => stop.stop_id === cell);
    if (bar) props.onShown((old) => brought(old, bar.arrive_ms, now_ms));
  };
  const keys = { focus, rows, cellsOf, bars, go };
  const pressed = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const handled = carried ? carry(event.key, props, keys) : walk(event, props, keys);
    if (handled) event.preventDefault();
  };
  const tipOver = (element: HTMLElement | null) => {
    const cell = cellOf(element);
    const courier = zone.couriers.get(cell?.row ?? "");
    const bar = cell && bars(cell.row).find(({ stop }) => stop.stop_id === cell.cell);
    tip(element && bar && courier ? { bar, courier, rect: element.getBoundingClientRect() } : null);
  };
  const focused = (event: FocusEvent) => {
    const element = cellElement(event);
    const cell = cellOf(element);
    if (cell && !isSameCell(cell, focus)) setFocus(cell);
    if (element?.matches(":focus-visible")) tipOver(element);
  };
  const grabbed = (event: PointerEvent) => {
    const cell = cellOf(cellElement(event));
    if (cell?.cell && event.button === 0) drag.carrier.grab(sourceOf(cell), gripOf(event));
  };
  const clicked = (event: MouseEvent) => {
    const cell = cellOf(cellElement(event));
    if (cell) choose(cell, props, bars(cell.row));
  };
  return (
    <>
      {/* biome-ignore lint/a11y/useSemanticElements: cells of a table have no place in time */}
      <div
        ref={grid}
        class="tl-grid"
        role="grid"
        aria-label={t("timeline.title")}
        aria-describedby="timeline-keys"
        aria-rowcount={rows.length}
        onKeyDown={pressed}
        onClick={clicked}
        onPointerDown={grabbed}
        onFocusIn={focused}
        onFocusOut={() => tip(null)}
        onPointerOver={(event) => event.pointerType === "mouse" && tipOver(cellElement(event))}
        onPointerLeave={() => tip(null)}
      >
        <QueueRow {...props} focus={focus} waiting={waiting} />
        {/* biome-ignore lint/a11y/useSemanticElements: see above */}
        <div class="tl-lanes" role="rowgroup" style={{ height: `${lanes.length * LANE_PX}px` }}>
          {inSight.map((i) => {
            const courier = zone.couriers.get(lanes[i]?.courier.id ?? "");
            const tone = lanes[i]?.tone ?? "unknown";
            return courier ? (
              <LaneRow key={courier.id} {...props} focus={focus} lane={{ courier, tone }} index={i} />
            ) : null;
          })}
        </div>
      </div>
      {lanes.length === 0 && !props.only && <p class="tl-empty">{t("timeline.empty")}</p>}
      <p id="timeline-keys" class="visually-hidden">
        {t("timeline.keys")}
      </p>
      <p class="visually-hidden" role="status" aria-live="assertive" data-said>
        {drag.said}
      </p>
      {tipped && !carried && <Tip {...tipped} zone={zone} now_ms={now_ms} />}
    </>
  );
}

/** The cell in which something happened. */
function cellElement(event: Event): HTMLElement | null {
  return event.target instanceof Element ? event.target.closest<HTMLElement>("[data-cell]") : null;
}

function cellOf(element: HTMLElement | null): Cell | null {
  return element ? { row: element.dataset.row ?? "", cell: element.dataset.cell ?? "" } : null;
}

function isSameCell(a: Cell, b: Cell): boolean {
  return a.row === b.row && a.cell === b.cell;
}

function useScrolled(box: RefObject<HTMLElement | null>, seen: (view: { top: number; height: number }) => void): void {
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    const look = () => seen({ top: element.scrollTop, height: element.clientHeight });
    const observer = new ResizeObserver(look);
    observer.observe(element);
    element.addEventListener("scroll", look, { passive: true });
    return () => {
      observer.disconnect();
      element.removeEventListener("scroll", look);
    };
    // The box stays the same
  }, []);
}

/** The lanes that have to exist, by their number: those in sight, and the kept ones wherever they are. */
function visible(
  places: ReadonlyMap<string, number>,
  view: { top: number; height: number },
  kept: readonly string[],
): number[] {
  const from = Math.max(0, Math.floor(view.top / LANE_PX) - OVERSCAN);
  const to = Math.min(places.size, Math.ceil((view.top + view.height) / LANE_PX) + OVERSCAN);
  const shown = new Set(Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i));
  for (const id of kept) {
    const number = places.get(id);
    if (number !== undefined) shown.add(number);
  }
  return [...shown].sort((a, b) => a - b);
}

/** Which lanes there are, and in which order, is looked at so often: not at every step of every courier. */
const SETTLED_MS = 1_000;

/** A value that is made anew once a second, or at once for another key. */
function useSettled<T>(key: string, make: () => T): T {
  const kept = useRef<{ key: string; at_ms: number; value: T } | null>(null);
  const now_ms = performance.now();
  if (kept.current?.key !== key || now_ms - kept.current.at_ms >= SETTLED_MS)
    kept.current = { key, at_ms: now_ms, value: make() };
  return kept.current.value;
}

/** Scroll as little as needed: the ruler and the strip cover the top. */
function keepInSight(box: HTMLElement | null, index: number | undefined): void {
  const head_px = box?.querySelector<HTMLElement>(".tl-lanes")?.offsetTop ?? 0;
  if (!box || index === undefined) return;
  const top = index * LANE_PX;
  const free_px = box.clientHeight - head_px;
  if (top < box.scrollTop) box.scrollTop = top;
  else if (top + LANE_PX > box.scrollTop + free_px) box.scrollTop = top + LANE_PX - free_px;
}

/** The moment at a point of the window. */
function momentAt({ track, shown, now_ms }: LanesProps, x: number): number {
  const rect = track.current?.getBoundingClientRect();
  const share = rect ? (x - rect.left) / Math.max(1, rect.width) : 0;
  return now_ms + shown.ahead_ms + share * shown.length_ms;
}

function carriedStop(source: Source | undefined): string {
  return source?.kind === "stop" ? source.stop_id : "";
}
