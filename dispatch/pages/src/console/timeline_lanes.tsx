import type { RefObject } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { count, shortId, span } from "../shared/format";
import { t } from "../shared/i18n";
import type { OrderView } from "../shared/protocol/messages";
import type { ZoneState } from "../shared/store/zone";
import { Icon, VehicleIcon } from "../shared/ui/icon";
import { gripOf } from "./carrier";
import { holderOf, type Source, type Target } from "./drag";
import { TONE_ICONS } from "./list";
import { type Board, workWords } from "./queues";
import { isSame, type Selection } from "./selection";
import { Bars, BreakMarks, toneWords } from "./timeline_bars";
import {
  type Bar,
  barsOf,
  brought,
  type Lane,
  lanesOf,
  momentOf,
  placeAt,
  type Span,
  waitingOrders,
  zoomed,
} from "./timeline_layout";
import { Tip, type Tipped } from "./timeline_tip";
import type { Drag } from "./use_drag";

export const LANE_PX = 44;
const OVERSCAN = 3;
/** More of them are a queue of their own, not a strip. */
const MOST_CHIPS = 40;
const PAN_KEY_SHARE = 0.15;
const ZOOM_KEY_STEP = 1.5;
/** The first row. */
const QUEUE_ROW = "";

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

/** A cell of the grid, and what the keys are on: a row (a courier, or the queue) and a cell of it (a stop, an order); no cell: its head. */
export interface Focus {
  row: string;
  cell: string;
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
  const [focus, setFocus] = useState<Focus>({ row: QUEUE_ROW, cell: "" });
  const [tipped, tip] = useState<Tipped | null>(null);
  const grid = useRef<HTMLDivElement>(null);
  const toFocus = useRef(false);
  useScrolled(box, setView);

  const lanes = lanesOf(zone, board.tones, props.only);
  const waiting = waitingOrders(zone);
  const rows = [QUEUE_ROW, ...lanes.map(({ courier }) => courier.id)];
  const bars = (id: string): Bar[] => {
    const courier = zone.couriers.get(id);
    return courier ? barsOf(courier, zone, board.tones, now_ms) : [];
  };
  const { carried } = drag.carrier;
  const heldFrom = carried ? holderOf(carried.source, zone) : "";
  const inSight = visible(lanes, view, new Set([focus.row, heldFrom]));
  drag.carrier.places.lane = (id, x) => placeAt(bars(id), momentAt(props, x), carriedStop(carried?.source));
  useEffect(() => {
    if (!toFocus.current) return;
    toFocus.current = false;
    grid.current?.querySelector<HTMLElement>("[tabindex='0']")?.focus({ preventScroll: true });
  });
  const aimed = carried?.by === "keys" ? carried.target : null;
  useEffect(() => {
    if (aimed?.kind === "courier") keepInSight(box.current, lanes, aimed.id);
    // New lanes must not scroll the box
  }, [aimed?.kind === "courier" ? aimed.id : ""]);

  const go = (row: string, cell: string) => {
    toFocus.current = true;
    tip(null);
    setFocus({ row, cell });
    keepInSight(box.current, lanes, row);
    const bar = bars(row).find(({ stop }) => stop.stop_id === cell);
    if (bar) props.onShown((old) => brought(old, bar.arrive_ms, now_ms));
  };
  const cellsOf = (row: string): string[] =>
    row === QUEUE_ROW ? waiting.slice(0, MOST_CHIPS).map(({ id }) => id) : bars(row).map(({ stop }) => stop.stop_id);
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
            const lane = lanes[i];
            return lane ? (
              <LaneRow
                key={lane.courier.id}
                {...props}
                focus={focus}
                lane={lane}
                index={i}
                bars={bars(lane.courier.id)}
              />
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

function cellOf(element: HTMLElement | null): Focus | null {
  return element ? { row: element.dataset.row ?? "", cell: element.dataset.cell ?? "" } : null;
}

function isSameCell(a: Focus, b: Focus): boolean {
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

/** The lanes that have to exist, by their number. */
function visible(lanes: readonly Lane[], view: { top: number; height: number }, kept: ReadonlySet<string>): number[] {
  const from = Math.max(0, Math.floor(view.top / LANE_PX) - OVERSCAN);
  const to = Math.min(lanes.length, Math.ceil((view.top + view.height) / LANE_PX) + OVERSCAN);
  return lanes.flatMap(({ courier }, i) => ((i >= from && i < to) || kept.has(courier.id) ? [i] : []));
}

/** Scroll as little as needed: the ruler and the strip cover the top. */
function keepInSight(box: HTMLElement | null, lanes: readonly Lane[], id: string): void {
  const index = lanes.findIndex(({ courier }) => courier.id === id);
  const head_px = box?.querySelector<HTMLElement>(".tl-lanes")?.offsetTop ?? 0;
  if (!box || index < 0) return;
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

// --- keys --------------------------------------------------------------------------------------------------------

interface Keys {
  focus: Focus;
  rows: readonly string[];
  cellsOf(row: string): string[];
  bars(row: string): Bar[];
  go(row: string, cell: string): void;
}

/** Keys with empty hands; whether the key meant something. */
function walk(event: KeyboardEvent, props: LanesProps, { focus, rows, cellsOf, bars, go }: Keys): boolean {
  const { drag, onShown } = props;
  const cells = ["", ...cellsOf(focus.row)];
  const at = Math.max(0, cells.indexOf(focus.cell));
  const row = Math.max(0, rows.indexOf(focus.row));
  const along = (to: number) => go(focus.row, cells[Math.min(cells.length - 1, Math.max(0, to))] ?? "");
  const across = (by: number) => {
    const next = rows[Math.min(rows.length - 1, Math.max(0, row + by))] ?? QUEUE_ROW;
    go(next, focus.cell && nearest(bars(focus.row), focus.cell, bars(next), cellsOf(next)));
  };
  switch (event.key) {
    case "ArrowRight":
    case "ArrowLeft": {
      const by = event.key === "ArrowRight" ? 1 : -1;
      if (event.shiftKey) onShown((old) => ({ ...old, ahead_ms: old.ahead_ms + by * PAN_KEY_SHARE * old.length_ms }));
      else along(at + by);
      return true;
    }
    case "ArrowDown":
      across(1);
      return true;
    case "ArrowUp":
      across(-1);
      return true;
    case "Home":
      along(0);
      return true;
    case "End":
      along(cells.length - 1);
      return true;
    case "+":
    case "-":
      onShown((old) => zoomed(old, event.key === "+" ? 1 / ZOOM_KEY_STEP : ZOOM_KEY_STEP));
      return true;
    case " ":
      choose(focus, props, bars(focus.row));
      return true;
    case "Enter":
      if (focus.cell) drag.carrier.lift(sourceOf(focus), targetOf(focus, bars(focus.row)));
      else choose(focus, props, []);
      return true;
    default:
      return false;
  }
}

/** Keys with something in hand: none of them means anything else. */
function carry(key: string, { drag }: LanesProps, { rows, bars }: Keys): boolean {
  const { carrier } = drag;
  const { source, target } = carrier.carried ?? {};
  if (!source || carrier.carried?.by !== "keys") return false;
  const at = rows.indexOf(target?.kind === "courier" ? target.id : QUEUE_ROW);
  const over = (to: number) => {
    const row = rows[Math.min(rows.length - 1, Math.max(0, to))] ?? QUEUE_ROW;
    const own = source.kind === "stop" && row === source.courier_id;
    carrier.aim(own ? targetOf({ row, cell: source.stop_id }, bars(row)) : targetOf({ row, cell: "" }, []));
  };
  const along = (by: number) => {
    if (source.kind !== "stop" || target?.kind !== "courier" || target.id !== source.courier_id) return;
    const most = bars(target.id).filter(({ place, stop }) => place >= 0 && stop.stop_id !== source.stop_id).length;
    carrier.aim({ ...target, place: Math.min(most, Math.max(0, (target.place ?? 0) + by)) });
  };
  const meanings: Record<string, () => void> = {
    ArrowDown: () => over(at + 1),
    ArrowUp: () => over(at - 1),
    ArrowRight: () => along(1),
    ArrowLeft: () => along(-1),
    Enter: () => carrier.drop(),
    " ": () => carrier.drop(),
    Escape: () => carrier.cancel(),
    Tab: () => {},
  };
  meanings[key]?.();
  return true;
}

function sourceOf({ row, cell }: Focus): Source {
  return row === QUEUE_ROW ? { kind: "order", id: cell } : { kind: "stop", courier_id: row, stop_id: cell };
}

/** Where something is, as a target: its own place in the sequence. */
function targetOf({ row, cell }: Focus, bars: readonly Bar[]): Target {
  if (row === QUEUE_ROW) return { kind: "queue" };
  const place = bars.find(({ stop }) => stop.stop_id === cell)?.place;
  return { kind: "courier", id: row, ...(place !== undefined && place >= 0 && { place }) };
}

/** The cell of the next row that is nearest in time. */
function nearest(from: readonly Bar[], cell: string, to: readonly Bar[], cells: readonly string[]): string {
  const at_ms = from.find(({ stop }) => stop.stop_id === cell)?.arrive_ms;
  if (at_ms === undefined || to.length === 0) return cells[0] ?? "";
  const away = ({ arrive_ms }: Bar) => Math.abs(arrive_ms - at_ms);
  return to.reduce((best, bar) => (away(bar) < away(best) ? bar : best)).stop.stop_id;
}

/** Show the details: of a stop's order, of a courier; the head of the strip shows its queue. */
function choose({ row, cell }: Focus, { onSelect, onUnassigned }: LanesProps, bars: readonly Bar[]): void {
  const order_id = row === QUEUE_ROW ? cell : bars.find(({ stop }) => stop.stop_id === cell)?.stop.order_ids[0];
  if (order_id) onSelect({ kind: "order", id: order_id });
  else if (row === QUEUE_ROW) onUnassigned();
  else onSelect({ kind: "courier", id: row });
}

// --- rows --------------------------------------------------------------------------------------------------------

type RowProps = LanesProps & { focus: Focus };

/** The strip of what nobody has: from here it is given to somebody, and here it is put back. */
function QueueRow(props: RowProps & { waiting: readonly OrderView[] }) {
  const { waiting, drag, focus, board, selection } = props;
  const { carried } = drag.carrier;
  const isAimed = carried?.target?.kind === "queue";
  const more = waiting.length - MOST_CHIPS;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a row of the grid
    <div
      class="tl-queue"
      role="row"
      tabIndex={-1}
      aria-rowindex={1}
      data-drop="queue"
      data-aimed={isAimed || undefined}
      data-verdict={isAimed ? drag.verdict?.kind : undefined}
    >
      {/* biome-ignore lint/a11y/useSemanticElements: a cell of the grid */}
      <div
        class="tl-name"
        role="rowheader"
        tabIndex={focus.row === QUEUE_ROW && focus.cell === "" ? 0 : -1}
        data-row={QUEUE_ROW}
        data-cell=""
      >
        <Icon name="hold" />
        <span class="tl-who">{t("timeline.unassigned")}</span>
        <span class="faint">{count(waiting.length)}</span>
      </div>
      <div class="tl-chips" role="presentation">
        {waiting.slice(0, MOST_CHIPS).map((order) => {
          const tone = board.tones.get(order.id) ?? "unknown";
          return (
            // biome-ignore lint/a11y/useSemanticElements: a cell of the grid
            <div
              key={order.id}
              class={`tl-chip ${tone}`}
              role="gridcell"
              tabIndex={focus.row === QUEUE_ROW && focus.cell === order.id ? 0 : -1}
              aria-selected={isSame(selection, { kind: "order", id: order.id })}
              aria-label={`${order.ref || shortId(order.id)} ${order.address}, ${toneWords(tone)}`}
              title={order.address}
              data-row={QUEUE_ROW}
              data-cell={order.id}
            >
              <Icon name={TONE_ICONS[tone]} />
              {order.ref || shortId(order.id)}
            </div>
          );
        })}
        {more > 0 && <span class="faint">{t("timeline.more", { n: count(more) })}</span>}
        {waiting.length === 0 && <span class="faint">{t("timeline.unassigned.none")}</span>}
      </div>
    </div>
  );
}

function LaneRow(props: RowProps & { lane: Lane; index: number; bars: readonly Bar[] }) {
  const { lane, index, bars, drag, focus, selection, shown, now_ms } = props;
  const { courier, tone } = lane;
  const { carried } = drag.carrier;
  const target = carried?.target?.kind === "courier" && carried.target.id === courier.id ? carried.target : null;
  const own = carried?.source.kind === "stop" && carried.source.courier_id === courier.id;
  const caret_ms =
    target && own && target.place !== undefined ? momentOf(bars, target.place, carriedStop(carried?.source)) : null;
  const at = (at_ms: number) => `${((at_ms - now_ms - shown.ahead_ms) / shown.length_ms) * 100}%`;
  const link = courier.link ?? "offline";
  return (
    // biome-ignore lint/a11y/useSemanticElements: a row of the grid
    <div
      class="tl-lane"
      role="row"
      tabIndex={-1}
      aria-rowindex={index + 2}
      style={{ transform: `translateY(${index * LANE_PX}px)` }}
      data-drop="lane"
      data-courier={courier.id}
      data-aimed={target ? "" : undefined}
      data-verdict={target ? drag.verdict?.kind : undefined}
    >
      {/* biome-ignore lint/a11y/useSemanticElements: a cell of the grid */}
      <div
        class="tl-name"
        role="rowheader"
        tabIndex={focus.row === courier.id && focus.cell === "" ? 0 : -1}
        aria-selected={isSame(selection, { kind: "courier", id: courier.id })}
        data-row={courier.id}
        data-cell=""
      >
        <VehicleIcon profile={courier.profile} />
        <span class="tl-who">{courier.name}</span>
        <span class={`tl-state ${tone}`}>
          {tone === "unknown" ? null : <Icon name={TONE_ICONS[tone]} />}
          {stateWords(lane, bars, now_ms)}
        </span>
        {link !== "live" && <span class="tl-link">{t(`link.${link}`)}</span>}
      </div>
      <div class="tl-track" role="presentation">
        <BreakMarks courier={courier} at={at} now_ms={now_ms} />
        <Bars {...props} courier={courier} bars={bars} at={at} />
        <span class="tl-now" style={{ insetInlineStart: at(now_ms) }} aria-hidden="true" />
        {caret_ms !== null && <span class="tl-caret" style={{ insetInlineStart: at(caret_ms) }} aria-hidden="true" />}
      </div>
    </div>
  );
}

/** What a lane is about in a few words: how late it gets, a break, or how much there is to do. */
function stateWords({ courier, tone }: Lane, bars: readonly Bar[], now_ms: number): string {
  if (courier.duty !== "available") return t(`duty.${courier.duty}`);
  const last = bars.at(-1);
  if (tone === "late" || tone === "at_risk") return `${toneWords(tone)} · ${workWords(courier)}`;
  return last ? `${workWords(courier)} · ${span(last.leave_ms - now_ms)}` : workWords(courier);
}
