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
  if (parcel.state === "collected") return t("leader.collected.at", { time: clockTime(parcel.at_ms) });
  if (endsSoon(parcel, now_ms)) return t("leader.soon", { until: timeOrDay(parcel.until_ms, now_ms) });
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

/** Less than this and whoever waits for it should be told. */
const SOON_MS = 3 * 3_600_000;

/** Whether it goes back soon, because nobody has come for it. */
export function endsSoon({ state, until_ms }: Parcel, now_ms: number): boolean {
  return state === "at_point" && until_ms > 0 && until_ms - now_ms < SOON_MS;
}

/** Whether all that is typed stands in it: a name, the end of a number, the order's number, or what is in it. */
export function fits(parcel: Parcel, typed: string): boolean {
  const known = folded([parcel.customer, numberOf(parcel), contents(parcel)].join(" "));
  return folded(typed)
    .split(/\s+/)
    .every((word) => known.includes(word));
}

function folded(text: string): string {
  return text.normalize("NFKC").toLowerCase().trim();
}

/** How many pieces of each good there are, those with most first. */
export function totals(parcels: readonly Parcel[]): { name: string; quantity: number }[] {
  const pieces = new Map<string, number>();
  for (const { name, quantity } of parcels.flatMap(({ lines }) => lines)) {
    pieces.set(name, (pieces.get(name) ?? 0) + quantity);
  }
  return [...pieces]
    .map(([name, quantity]) => ({ name, quantity }))
    .sort((a, b) => b.quantity - a.quantity || a.name.localeCompare(b.name));
}

/** What else lies here for the customer of an order that was just handed over. */
export function othersOf(parcel: Parcel, lying: readonly Parcel[]): Parcel[] {
  const isTheirs = ({ order_id, customer }: Parcel) => order_id !== parcel.order_id && customer === parcel.customer;
  return parcel.customer ? lying.filter(isTheirs) : [];
}
