import { clockRange, dayWords, timeOrDay } from "./format";
import { t } from "./i18n";

/** A time that can be chosen for an order; without a beginning: as soon as possible. */
export interface Window {
  earliest_at_ms: number;
  promise_at_ms: number;
}

/** What can be chosen now. */
export interface Windows {
  soon: Window;
  windows: readonly Window[];
}

/** "Today 18:30–19:00", or "As soon as possible". */
export function windowWords({ earliest_at_ms, promise_at_ms }: Window, now_ms: number): string {
  if (!earliest_at_ms) return t("wish.window.soon");
  const range = clockRange(earliest_at_ms, promise_at_ms);
  return t("wish.window.from", { day: dayWords(earliest_at_ms, now_ms), range });
}

/** "As soon as possible, by 18:30" */
export function soonWords({ promise_at_ms }: Window, now_ms: number): string {
  return t("wish.window.soon.by", { time: timeOrDay(promise_at_ms, now_ms) });
}

/** The order's own window is no choice. */
export function windowChoices({ soon, windows }: Windows, order: { earliest_at_ms?: number }): Window[] {
  const later = windows.filter(({ earliest_at_ms }) => earliest_at_ms !== order.earliest_at_ms);
  return [soon, ...later];
}

/** Tells the windows of one list apart. */
export function windowKey({ earliest_at_ms, promise_at_ms }: Window): string {
  return earliest_at_ms ? `${earliest_at_ms}-${promise_at_ms}` : "soon";
}
