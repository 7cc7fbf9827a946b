import { age, clockTime, percent, relative } from "../shared/format";
import { t } from "../shared/i18n";
import type { BreakView, CourierView } from "../shared/protocol/messages";
import { type FleetRow, LOW_BATTERY } from "./fleet";

/** "Live", or how bad it is and for how long. */
export function linkWords({ courier, seen_ms }: FleetRow, now_ms: number): string {
  const { link = "offline" } = courier;
  if (link === "live" || seen_ms === 0) return t(`link.${link}`);
  return `${t(`link.${link}`)} · ${age(now_ms - seen_ms)}`;
}

/** What they do, and until when: "On a break until 12:40", "On duty, break at 13:00". */
export function dutyWords(courier: CourierView, now_ms: number): string {
  const duty = t(`duty.${courier.duty}`);
  const rest = nextBreak(courier, now_ms);
  if (courier.duty === "on_break" && rest && rest.from_ms <= now_ms) {
    return t("fleet.break.until", { time: clockTime(rest.until_ms) });
  }
  if (courier.duty === "available" && rest)
    return `${duty} · ${t("fleet.break.at", { time: clockTime(rest.from_ms) })}`;
  return duty;
}

/** The break that is on, or the next one of the shift. */
export function nextBreak({ breaks = [] }: CourierView, now_ms: number): BreakView | undefined {
  return breaks.find(({ until_ms }) => until_ms > now_ms);
}

export function batteryWords({ battery }: CourierView): string {
  return typeof battery === "number" ? percent(battery, 1) : "–";
}

/** Never the colour alone: the word and the figure stand beside it. */
export function batteryTone({ battery }: CourierView): "late" | "at_risk" | "" {
  if (typeof battery !== "number") return "";
  return battery < LOW_BATTERY / 2 ? "late" : battery < LOW_BATTERY ? "at_risk" : "";
}

/** "2 on board · 40% full". */
export function loadWords({ on_board, load }: FleetRow): string {
  const full = load === null || on_board === 0 ? "" : t("fleet.full", { share: percent(load, 1) });
  return [String(on_board), full].filter(Boolean).join(" · ");
}

export function busyWords({ busy }: FleetRow): string {
  return busy === null ? "–" : percent(busy, 1);
}

export function seenWords({ courier, seen_ms }: FleetRow, now_ms: number): string {
  if ((courier.link ?? "offline") === "live") return t("time.now");
  return seen_ms ? relative(seen_ms, now_ms) : t("drawer.seen.never");
}
