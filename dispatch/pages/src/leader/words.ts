import type { Refusal as Refused } from "../shared/call";
import { clockTime, shortId, timeOrDay } from "../shared/format";
import { currentLang, type Key, TEXTS, t } from "../shared/i18n";
import type { Parcel, PointPage } from "./api";

/** What the leader calls the order. */
export function numberOf(parcel: Parcel): string {
  return parcel.ref || shortId(parcel.order_id);
}

/** "2 × rice, 1 × oil". */
export function contents(parcel: Parcel): string {
  return parcel.lines.map(({ name, quantity }) => `${quantity} × ${name}`).join(", ");
}

/** Until when it lies here, or when it comes. */
export function whenWords(parcel: Parcel, now_ms: number): string {
  if (parcel.state === "uncollected") return t("leader.back");
  if (parcel.state === "at_point") return t("leader.until", { until: timeOrDay(parcel.until_ms, now_ms) });
  return parcel.eta_at_ms
    ? t("leader.eta", { time: clockTime(Math.max(parcel.eta_at_ms, now_ms)) })
    : t("leader.planned");
}

/** What was brought and not yet looked at, and the rest of what lies here. */
export function sorted(page: PointPage): { fresh: Parcel[]; kept: Parcel[] } {
  const isFresh = (parcel: Parcel) => parcel.state === "at_point" && !parcel.confirmed_at_ms;
  return { fresh: page.lying.filter(isFresh), kept: page.lying.filter((parcel) => !isFresh(parcel)) };
}

/** What went wrong and what to do, in one sentence. */
export function refusalWords({ code, detail }: Refused): string {
  const key = `leader.problem.${code}`;
  return key in TEXTS[currentLang()] ? t(key as Key) : t("leader.problem.other", { detail: detail || code });
}
