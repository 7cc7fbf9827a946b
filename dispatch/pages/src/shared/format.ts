import { locale, t } from "./i18n";

const SECOND_MS = 1000;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Nearer than this a time is told relative to now, as people do. */
const NEAR_MS = 60 * MINUTE_MS;

const clocks = new Map<string, Intl.DateTimeFormat>();
const shorts = new Map<string, Intl.NumberFormat>();

/** "18:24" in the reader's zone. */
export function clockTime(at_ms: number): string {
  let format = clocks.get(locale());
  if (!format) {
    format = new Intl.DateTimeFormat(locale(), { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
    clocks.set(locale(), format);
  }
  return format.format(at_ms);
}

/** "18:24:07" in the reader's zone. */
export function clockSeconds(at_ms: number): string {
  const key = `${locale()} s`;
  let format = clocks.get(key);
  if (!format) {
    const parts = { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" } as const;
    format = new Intl.DateTimeFormat(locale(), parts);
    clocks.set(key, format);
  }
  return format.format(at_ms);
}

/** "18:24–18:31"; one time when both ends show the same minute. */
export function clockRange(from_ms: number, to_ms: number): string {
  const from = clockTime(from_ms);
  const to = clockTime(Math.max(from_ms, to_ms));
  return from === to ? from : t("time.range", { from, to });
}

/** "40 s", "6 min", "1 h 20 min". */
export function span(duration_ms: number): string {
  const whole_ms = Math.abs(duration_ms);
  if (whole_ms < MINUTE_MS) return t("time.seconds", { n: Math.round(whole_ms / SECOND_MS) });
  if (whole_ms < HOUR_MS) return t("time.minutes", { n: Math.round(whole_ms / MINUTE_MS) });
  const minutes = Math.round(whole_ms / MINUTE_MS);
  return t("time.hours", { h: Math.floor(minutes / 60), m: minutes % 60 });
}

/** "in 6 min" or "2 min ago"; "now" within half a minute. */
export function relative(at_ms: number, now_ms: number): string {
  const ahead_ms = at_ms - now_ms;
  if (Math.abs(ahead_ms) < MINUTE_MS / 2) return t("time.now");
  return t(ahead_ms > 0 ? "time.in" : "time.ago", { span: span(ahead_ms) });
}

/** Relative when near, the clock when far. */
export function nearOrClock(at_ms: number, now_ms: number): string {
  return isNear(at_ms, now_ms) ? relative(at_ms, now_ms) : clockTime(at_ms);
}

/** Whether people would say how long it is rather than what the clock shows then. */
export function isNear(at_ms: number, now_ms: number): boolean {
  return Math.abs(at_ms - now_ms) <= NEAR_MS;
}

/** "40 s ago" at any age: for what is no longer fresh. */
export function age(since_ms: number): string {
  return t("time.ago", { span: span(Math.max(SECOND_MS, since_ms)) });
}

/** "94%" in the reader's locale; a dash when there is nothing to divide. */
export function percent(part: number, whole: number): string {
  if (whole === 0) return "–";
  return new Intl.NumberFormat(locale(), { style: "percent", maximumFractionDigits: 0 }).format(part / whole);
}

/** A number as short as it can be: "340", "1.2K"; "1.2万". */
export function compact(n: number): string {
  let format = shorts.get(locale());
  if (!format) {
    format = new Intl.NumberFormat(locale(), { notation: "compact", maximumFractionDigits: 1 });
    shorts.set(locale(), format);
  }
  return format.format(n);
}

/** A whole number with the reader's separators. */
export function count(n: number): string {
  return new Intl.NumberFormat(locale()).format(n);
}

/** A number with at most one decimal: "2", "1.5". */
export function decimal(n: number): string {
  return new Intl.NumberFormat(locale(), { maximumFractionDigits: 1 }).format(n);
}

/** The end of a long id, by which people tell orders apart. */
export function shortId(id: string): string {
  return id.length > 10 ? id.slice(-6).toUpperCase() : id;
}

/** "Today", "Tomorrow", or "Sat 5 Dec". */
export function dayWords(at_ms: number, now_ms: number): string {
  if (sameDay(at_ms, now_ms)) return t("time.today");
  if (sameDay(at_ms, now_ms + DAY_MS)) return t("time.tomorrow");
  return new Intl.DateTimeFormat(locale(), { weekday: "short", day: "numeric", month: "short" }).format(at_ms);
}

/** A time of day, with its day unless that is today: "18:30", "Tomorrow 18:30". */
export function timeOrDay(at_ms: number, now_ms: number): string {
  return withDay(clockTime(at_ms), at_ms, now_ms);
}

/** A range of times that begins at `from_ms`, with its day unless that is today. */
export function rangeOrDay(from_ms: number, until_ms: number, now_ms: number): string {
  return withDay(clockRange(from_ms, until_ms), from_ms, now_ms);
}

function withDay(words: string, at_ms: number, now_ms: number): string {
  return sameDay(at_ms, now_ms) ? words : `${dayWords(at_ms, now_ms)} ${words}`;
}

function sameDay(a_ms: number, b_ms: number): boolean {
  return new Date(a_ms).toDateString() === new Date(b_ms).toDateString();
}
