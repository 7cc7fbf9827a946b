import { clockTime, relative } from "../shared/format";
import { locale, t } from "../shared/i18n";
import type { OrderCard, StopView } from "../shared/protocol/courier_messages";
import { isAtDoor, taskKind } from "../shared/stop";

/** "850 m", "3.2 km". */
export function distance(metres: number): string {
  const far = metres >= 1000;
  const unit = far ? "kilometer" : "meter";
  const digits = far && metres < 10_000 ? 1 : 0;
  const value = far ? metres / 1000 : Math.round(metres / 10) * 10;
  const format = { style: "unit", unit, unitDisplay: "short", maximumFractionDigits: digits } as const;
  return new Intl.NumberFormat(locale(), format).format(value);
}

/** "1.2 kg", "350 g". */
export function weight(grams: number): string {
  const heavy = grams >= 1000;
  const format = { style: "unit", unit: heavy ? "kilogram" : "gram", maximumFractionDigits: 1 } as const;
  return new Intl.NumberFormat(locale(), format).format(heavy ? grams / 1000 : grams);
}

/** "2:05" left. */
export function minutesSeconds(left_ms: number): string {
  const whole_s = Math.max(0, Math.ceil(left_ms / 1000));
  return `${Math.floor(whole_s / 60)}:${String(whole_s % 60).padStart(2, "0")}`;
}

/** Who or what is there: the customer, else the depot or the courier to meet. */
export function whoIsAt(stop: StopView, first?: OrderCard): string {
  return (isAtDoor(stop) && first?.name) || stop.name;
}

/** What is to be done at a stop: "Pick up 2 orders". */
export function taskOf(stop: StopView): string {
  const n = stop.order_ids.length;
  const task = taskKind(stop);
  return n === 1 ? t(`courier.stop.${task}.one`) : t(`courier.stop.${task}`, { n });
}

/** The window as people say it: "by 18:30", "18:00–18:30"; empty without one. */
export function windowOf({ earliest_at_ms = 0, latest_at_ms = 0 }: StopView): string {
  if (earliest_at_ms && latest_at_ms) {
    return t("time.range", { from: clockTime(earliest_at_ms), to: clockTime(latest_at_ms) });
  }
  if (latest_at_ms) return t("courier.window.by", { time: clockTime(latest_at_ms) });
  return earliest_at_ms ? t("courier.window.from", { time: clockTime(earliest_at_ms) }) : "";
}

export type Tone = "on_time" | "at_risk" | "late" | "unknown";

/** How the planned arrival stands against the window. */
export function toneOf({ eta_at_ms = 0, latest_at_ms = 0 }: StopView, now_ms: number): Tone {
  if (!latest_at_ms || !eta_at_ms) return "unknown";
  const arrival_ms = Math.max(eta_at_ms, now_ms);
  if (arrival_ms > latest_at_ms) return "late";
  return latest_at_ms - arrival_ms < 3 * 60_000 ? "at_risk" : "on_time";
}

/** When the plan says one is there. */
export function etaOf({ eta_at_ms = 0 }: StopView, now_ms: number): string {
  return eta_at_ms > now_ms + 30_000 ? relative(eta_at_ms, now_ms) : "";
}

export function itemsOf(cards: readonly OrderCard[]): number {
  return cards.reduce((sum, card) => sum + itemsIn(card), 0);
}

export function itemsIn({ items = 0, lines = [] }: OrderCard): number {
  return items || lines.reduce((sum, { quantity = 1 }) => sum + quantity, 0);
}
