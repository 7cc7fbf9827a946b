import type { OrderView } from "../shared/protocol/messages";

/** What the slider spans, business time. */
export interface TimeRange {
  from_ms: number;
  to_ms: number;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** The slider reaches back so far, as long as the log does; for a moment before that, to that. */
const SHOWN_MS = 12 * HOUR_MS;
const LEAST_MS = 10 * MINUTE_MS;
const MOST_TICKS = 8;
const TICKS_MS = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440].map((minutes) => minutes * MINUTE_MS);

/** From the beginning of the log or twelve hours ago up to now; a shared moment that is older belongs to it, too. */
export function rangeOf(live_ms: number, first_ms: number, at_ms: number | null): TimeRange {
  const least_ms = live_ms - LEAST_MS;
  const oldest_ms = first_ms ? Math.max(live_ms - SHOWN_MS, first_ms) : least_ms;
  const from_ms = Math.min(oldest_ms, least_ms, at_ms ?? live_ms);
  return { from_ms: Math.floor(from_ms / 1000) * 1000, to_ms: Math.ceil(live_ms / 1000) * 1000 };
}

/** Round times of the reader's clock along the range, as many as can be read. */
export function ticksOf({ from_ms, to_ms }: TimeRange, zone_min = -new Date(to_ms).getTimezoneOffset()): number[] {
  const step_ms = TICKS_MS.find((each) => (to_ms - from_ms) / each <= MOST_TICKS) ?? (TICKS_MS.at(-1) as number);
  const offset_ms = zone_min * MINUTE_MS;
  const ticks: number[] = [];
  let tick_ms = Math.ceil((from_ms + offset_ms) / step_ms) * step_ms - offset_ms;
  for (; tick_ms <= to_ms; tick_ms += step_ms) ticks.push(tick_ms);
  return ticks;
}

/** When the selected order took its steps. */
export function stepTicks(order: OrderView | undefined, { from_ms, to_ms }: TimeRange): number[] {
  const times = new Set((order?.timeline ?? []).map(({ at_ms }) => at_ms));
  return [...times].filter((at_ms) => from_ms <= at_ms && at_ms <= to_ms);
}

/** How far along the range a moment is, for a style. */
export function shareOf(at_ms: number, { from_ms, to_ms }: TimeRange): string {
  return `${((100 * (at_ms - from_ms)) / Math.max(1, to_ms - from_ms)).toFixed(3)}%`;
}
