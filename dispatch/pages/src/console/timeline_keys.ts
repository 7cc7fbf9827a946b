import type { Source, Target } from "./drag";
import type { Selection } from "./selection";
import { type Bar, panned, type Span, zoomed } from "./timeline_layout";
import type { Drag } from "./use_drag";

const PAN_KEY_SHARE = 0.15;
const ZOOM_KEY_STEP = 1.5;
/** The first row. */
export const QUEUE_ROW = "";

/** A cell of the grid, and what the keys are on: a row (a courier, or the queue) and a cell of it (a stop, an order); no cell: its head. */
export interface Cell {
  row: string;
  cell: string;
}

/** What keys and clicks can bring about. */
export interface Ways {
  drag: Drag;
  onShown(next: (old: Span) => Span): void;
  onSelect(selection: Selection): void;
  onUnassigned(): void;
}

export interface Keys {
  focus: Cell;
  rows: readonly string[];
  cellsOf(row: string): string[];
  bars(row: string): Bar[];
  go(row: string, cell: string): void;
}

/** Keys with empty hands; whether the key meant something. */
export function walk(event: KeyboardEvent, props: Ways, { focus, rows, cellsOf, bars, go }: Keys): boolean {
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
      if (event.shiftKey) onShown((old) => panned(old, by * PAN_KEY_SHARE));
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
export function carry(key: string, { drag }: Ways, { rows, bars }: Keys): boolean {
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

export function sourceOf({ row, cell }: Cell): Source {
  return row === QUEUE_ROW ? { kind: "order", id: cell } : { kind: "stop", courier_id: row, stop_id: cell };
}

/** Where something is, as a target: its own place in the sequence. */
function targetOf({ row, cell }: Cell, bars: readonly Bar[]): Target {
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
export function choose({ row, cell }: Cell, { onSelect, onUnassigned }: Ways, bars: readonly Bar[]): void {
  const order_id = row === QUEUE_ROW ? cell : bars.find(({ stop }) => stop.stop_id === cell)?.stop.order_ids[0];
  if (order_id) onSelect({ kind: "order", id: order_id });
  else if (row === QUEUE_ROW) onUnassigned();
  else onSelect({ kind: "courier", id: row });
}
