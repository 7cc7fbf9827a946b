import { doneAt_ms, isBrought, lateness_ms, phaseOf, toneOf } from "../shared/order";
import type { OrderView } from "../shared/protocol/messages";
import type { ZoneState } from "../shared/store/zone";
import { waitsOf } from "./goals";

const FIELDS = [
  "status",
  "mode",
  "depot",
  "courier",
  "ref",
  "address",
  "promise",
  "lock",
  "skill",
  "tier",
  "reason",
  "waiting",
  "done",
  "took",
  "is",
] as const;
export type Field = (typeof FIELDS)[number];

/** Words that stand for themselves: `late` is `is:late`. */
export const FLAGS = [
  "late",
  "at_risk",
  "overdue",
  "open",
  "held",
  "unassigned",
  "fragile",
  "locked",
  "return",
] as const;
export type Flag = (typeof FLAGS)[number];

/** One condition; without a field the text may stand anywhere. */
export interface Term {
  field: Field | "text";
  value: string;
  not: boolean;
}

export interface FilterScene {
  zone: ZoneState;
  now_ms: number;
}

const UNITS_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000 };

/** A filter as people type it: `courier:ann ref:A-10 depot:"North Side" promise:30m late -is:held`. */
export function parsed(text: string): Term[] {
  const words = text.match(/-?(?:[a-z_]+:)?"[^"]*"?|\S+/gi) ?? [];
  return words.flatMap((word) => termOf(word) ?? []);
}

function termOf(word: string): Term | null {
  const not = word.startsWith("-") && word.length > 1;
  const plain = not ? word.slice(1) : word;
  const [, name = "", rest = ""] = /^([a-z_]+):(.*)$/i.exec(plain) ?? [];
  const field = FIELDS.find((each) => each === name.toLowerCase());
  // What is no field of ours is looked for as it stands: "12:30", "https://…"
  const value = unquoted(field ? rest : plain);
  if (value === "") return null;
  if (field) return { field, value, not };
  const flag = FLAGS.find((each) => each === plain.toLowerCase());
  return flag ? { field: "is", value: flag, not } : { field: "text", value, not };
}

function unquoted(value: string): string {
  return value.replace(/^"([^"]*)"?$/, "$1").trim();
}

/** The filter as text that `parsed` reads again. */
export function written(terms: readonly Term[]): string {
  return terms
    .map(({ field, value, not }) => `${not ? "-" : ""}${field === "text" ? "" : `${field}:`}${quoted(value)}`)
    .join(" ");
}

function quoted(value: string): string {
  const plain = value.replaceAll('"', "");
  return /\s/.test(plain) ? `"${plain}"` : plain;
}

/** The terms with one value of a field instead of those it had; an empty value takes the field away. */
export function withField(terms: readonly Term[], field: Field, value: string): Term[] {
  const others = terms.filter((term) => term.field !== field || term.not);
  return value === "" ? others : [...others, { field, value, not: false }];
}

/** The terms with a flag, or without it if it was there. */
export function withFlag(terms: readonly Term[], flag: Flag): Term[] {
  const others = terms.filter((term) => !(term.field === "is" && term.value === flag));
  return others.length < terms.length ? others : [...others, { field: "is", value: flag, not: false }];
}

export function fieldOf(terms: readonly Term[], field: Field): string {
  return terms.find((term) => term.field === field && !term.not)?.value ?? "";
}

/** Whether there is more to it than words to look for. */
export function isStructured(terms: readonly Term[]): boolean {
  return terms.some(({ field, not }) => field !== "text" || not);
}

/** "30m", "90s", "2h" and "30" (minutes) in milliseconds; null for anything else. */
export function duration_ms(text: string): number | null {
  const [, number = "", unit = "m"] = /^(\d+(?:\.\d+)?)([smh])?$/i.exec(text) ?? [];
  const unit_ms = UNITS_MS[unit.toLowerCase()];
  return number === "" || unit_ms === undefined ? null : Number(number) * unit_ms;
}

/** Whether an order fits all of a filter. A duration that cannot be read fits nothing, rather than everything. */
export function fits(order: OrderView, terms: readonly Term[], scene: FilterScene): boolean {
  return terms.every((term) => fitsTerm(order, term, scene) !== term.not);
}

function fitsTerm(order: OrderView, { field, value }: Term, { zone, now_ms }: FilterScene): boolean {
  const wanted = value.toLowerCase();
  const courier = zone.couriers.get(order.courier_id ?? "");
  const has = (...texts: (string | undefined)[]) => texts.some((text) => text?.toLowerCase().includes(wanted));
  switch (field) {
    case "text":
      return has(order.id, order.ref, order.address, courier?.name);
    case "status":
      return order.status === wanted || phaseOf(order) === wanted;
    case "mode":
      return (order.mode ?? "delivery") === wanted;
    case "depot":
      return has(order.depot_id, zone.depots.get(order.depot_id)?.name);
    case "courier":
      return wanted === "none" ? !courier : has(courier?.id, courier?.name);
    case "ref":
      return has(order.ref, order.id);
    case "address":
      return has(order.address);
    case "lock":
      return (order.lock ?? "none") === wanted;
    case "skill":
      return (order.skills ?? []).includes(wanted);
    case "tier":
      return String(order.tier ?? 0) === wanted;
    case "reason":
      return has(order.reason, order.cut_off);
    case "is":
      return isFlag(order, wanted, now_ms);
    default:
      return fitsTime(order, field, duration_ms(wanted), now_ms);
  }
}

function fitsTime(
  order: OrderView,
  field: "promise" | "waiting" | "done" | "took",
  within_ms: number | null,
  now_ms: number,
) {
  if (within_ms === null) return false;
  const done_ms = doneAt_ms(order);
  switch (field) {
    case "promise":
      return isDue(order, now_ms + within_ms);
    case "waiting":
      return waitsOf(order).some(([from_ms, until_ms]) => until_ms > now_ms && now_ms - from_ms > within_ms);
    case "done":
      return done_ms !== null && done_ms > now_ms - within_ms;
    case "took":
      return done_ms !== null && done_ms - order.created_at_ms > within_ms;
  }
}

/** Whether a courier is to have brought it by then. */
function isDue(order: OrderView, by_ms: number): boolean {
  return isOpenOrder(order) && isBrought(order) && order.promise_at_ms > 0 && order.promise_at_ms <= by_ms;
}

function isOpenOrder(order: OrderView): boolean {
  const phase = phaseOf(order);
  return phase !== "done" && phase !== "canceled" && order.status !== "returned";
}

function isFlag(order: OrderView, flag: string, now_ms: number): boolean {
  switch (flag) {
    case "late":
      return lateness_ms(order, now_ms) > 0 && phaseOf(order) !== "canceled";
    case "at_risk":
      return ["at_risk", "late"].includes(toneOf(order, now_ms)) && phaseOf(order) !== "done";
    case "overdue":
      return isDue(order, now_ms - 1);
    case "open":
      return isOpenOrder(order);
    case "held":
      return order.status === "held";
    case "unassigned":
      return isOpenOrder(order) && isBrought(order) && !order.courier_id;
    case "fragile":
      return order.fragile === true;
    case "locked":
      return (order.lock ?? "none") !== "none";
    case "return":
      return order.direction === "return";
    default:
      return false;
  }
}

// --- filters with a name ---------------------------------------------------------------------------------------

export interface SavedFilter {
  name: string;
  text: string;
}

const MAX_SAVED = 30;
const MAX_NAME = 40;
export const MAX_FILTER = 400;
const FRAGMENT = "#/filter/";

/** The filters with one more, or another text under a known name; the newest last. */
export function withSaved(saved: readonly SavedFilter[], name: string, text: string): SavedFilter[] {
  const named = name.trim().slice(0, MAX_NAME);
  const wanted = written(parsed(text)).slice(0, MAX_FILTER);
  if (named === "" || wanted === "") return [...saved];
  return [...saved.filter((each) => each.name !== named), { name: named, text: wanted }].slice(-MAX_SAVED);
}

/** Where a user's filters of a zone are kept. */
export function savedKey(zone: string, user: string): string {
  return `dispatch.filters.${zone}.${user}`;
}

/** What was kept, whatever it is; anything that is no filter is left out. */
export function readSaved(kept: string | null): SavedFilter[] {
  try {
    const found: unknown = JSON.parse(kept ?? "[]");
    if (!Array.isArray(found)) return [];
    return found.filter(
      (each): each is SavedFilter =>
        typeof each?.name === "string" && typeof each?.text === "string" && each.name !== "",
    );
  } catch {
    return [];
  }
}

/** A link that opens the desk with this filter. It holds no token: who opens it signs in for themselves. */
export function filterLink(origin: string, text: string): string {
  return `${origin}/console${FRAGMENT}${encodeURIComponent(text)}`;
}

/** The filter that the address names; empty: none. */
export function linkedFilter(hash: string): string {
  if (!hash.startsWith(FRAGMENT)) return "";
  try {
    return decodeURIComponent(hash.slice(FRAGMENT.length)).slice(0, MAX_FILTER);
  } catch {
    return "";
  }
}

/** Whose token it is: what tells one user's filters from another's on the same machine. Proves nothing. */
export function userOf(token: string): string {
  return claimOf(token, "sub");
}

/** Whether it is worth offering; the server alone decides. */
export function mayChangeGoals(token: string): boolean {
  return ["admin", "dispatcher"].includes(claimOf(token, "role"));
}

function claimOf(token: string, name: "sub" | "role"): string {
  try {
    const body = (token.split(".")[1] ?? "").replaceAll("-", "+").replaceAll("_", "/");
    const claims = JSON.parse(atob(body)) as Partial<Record<string, unknown>>;
    const claim = claims[name];
    return typeof claim === "string" ? claim : "";
  } catch {
    return "";
  }
}
