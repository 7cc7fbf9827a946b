import { decimal, span } from "../shared/format";
import { get } from "../shared/http";
import { t } from "../shared/i18n";

/** Of `count` arrivals the share that came by the late end (`unsure`: its standard error), and how wrong, in seconds. */
export interface Kept {
  count: number;
  within: number;
  unsure: number;
  mean_error_s: number;
  /** How much later than told, on average. */
  bias_s: number;
}

/** What `/v1/calibration` has: by minutes before the arrival, by hour (UTC) and by metres from the depot. */
export interface Calibration {
  orders: number;
  changes_median: number;
  late: number;
  /** Late orders whose customers saw 8 minutes before the promise that it may break. */
  told_early: number;
  by_lead: readonly (Kept & { lead_min: number })[];
  by_hour: readonly (Kept & { hour: number })[];
  by_distance: readonly (Kept & { from_m: number })[];
}

export type Verdict = "few" | "below" | "within" | "above";

export const DAYS: readonly number[] = [1, 7, 31];
/** The share that is published is that of what was told so long before. */
export const MAIN_LEAD_MIN = 10;
/** Percent. Less and the ranges mislead, more and they are wider than they need be. */
export const GOAL = { least: 88, most: 92 } as const;
/** Of fewer arrivals a share says little. */
const FEW = 20;
const MINUTE_MS = 60_000;

/** How the last so many days were; null when it cannot be had. */
export async function fetchCalibration(token: string, zone: string, days: number): Promise<Calibration | null> {
  const query = new URLSearchParams({ zone, days: String(days) });
  return (await get(`/v1/calibration?${query}`, token)) as Calibration | null;
}

/** The figures of what was told ten minutes before; null while there are none. */
export function mainOf({ by_lead }: Calibration): Kept | null {
  const main = by_lead.find(({ lead_min }) => lead_min === MAIN_LEAD_MIN);
  return main && main.count > 0 ? main : null;
}

/** How a share stands against the goal, by the whole percent that people read. */
export function verdictOf({ count, within }: Kept): Verdict {
  if (count < FEW) return "few";
  const shown = Math.round(within * 100);
  if (shown < GOAL.least) return "below";
  return shown > GOAL.most ? "above" : "within";
}

/** The hours of the reader's day, in its order; `offset_min` is how far their zone is ahead of UTC. */
export function localHours(by_hour: Calibration["by_hour"], offset_min: number): Calibration["by_hour"] {
  const ahead = Math.round(offset_min / 60);
  return by_hour.map((each) => ({ ...each, hour: (each.hour + ahead + 24) % 24 })).sort((a, b) => a.hour - b.hour);
}

export function hourWords(hour: number): string {
  return `${String(hour).padStart(2, "0")}:00`;
}

export function bandWords(from_m: number): string {
  return t("calibration.band", { km: decimal(from_m / 1000) });
}

/** "2 min late", "1 min early"; "even" within half a minute. */
export function biasWords(bias_s: number): string {
  if (Math.abs(bias_s) * 1000 < MINUTE_MS / 2) return t("calibration.bias.none");
  return t(bias_s > 0 ? "calibration.bias.late" : "calibration.bias.early", { span: span(bias_s * 1000) });
}

export function lateWords({ late, told_early }: Calibration): string {
  if (late === 0) return t("calibration.late.none");
  return t(late === 1 ? "calibration.late.one" : "calibration.late.many", { n: late, told: told_early });
}
