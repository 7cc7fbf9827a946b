import { type Key, locale, t } from "../shared/i18n";

const DAY_MS = 24 * 3_600_000;
/** So long before it expires a lot is pointed out. */
const SOON_MS = 3 * DAY_MS;

/** Pieces that came together; `expires_at_ms` 0: never. */
export interface Lot {
  lot: string;
  quantity: number;
  expires_at_ms: number;
}

/** Pieces that were ordered, and the day ("2026-12-01") on which they are expected. */
export interface Coming {
  day: string;
  quantity: number;
  is_overdue: boolean;
}

/** What a depot has of a good. `free` below 0: so many too many are promised. */
export interface Shelf {
  depot_id: string;
  sku: string;
  name: string;
  on_hand: number;
  reserved: number;
  free: number;
  low_at: number;
  is_low: boolean;
  lots: readonly Lot[];
  coming: readonly Coming[];
}

export interface Sku {
  id: string;
  name: string;
  category: string;
  barcode: string;
  unit: { weight_g: number; volume_ml: number; items: number };
  fragile: boolean;
  age_restricted: boolean;
  low_at: number;
}

export type Move =
  | "received"
  | "counted"
  | "written_off"
  | "sent"
  | "arrived"
  | "reserved"
  | "released"
  | "handed_over"
  | "put_back"
  | "set"
  | "announced";

export interface LedgerEntry {
  seq: number;
  at_ms: number;
  actor: string;
  move: Move;
  quantity: number;
  on_hand: number;
  reserved: number;
  order_id?: string;
  note?: string;
}

export interface StockFilter {
  depot_id: string;
  text: string;
  low: boolean;
}

export const NO_FILTER: StockFilter = { depot_id: "", text: "", low: false };

/** How a shelf is called, by the server and in the address. */
export function shelfId({ depot_id, sku }: Pick<Shelf, "depot_id" | "sku">): string {
  return `${depot_id}/${sku}`;
}

export function placeOfShelf(id: string): { depot_id: string; sku: string } {
  const [depot_id = "", sku = ""] = id.split("/");
  return { depot_id, sku };
}

/** The shelves whose good has the text in its id or name. */
export function named<T extends { name: string }>(things: readonly T[], text: string, idOf: (thing: T) => string): T[] {
  const wanted = text.trim().toLowerCase();
  return things.filter((thing) => `${idOf(thing)} ${thing.name}`.toLowerCase().includes(wanted));
}

/**
 * What the table shows after new figures came. While the pointer rests on it no row comes, goes or moves: whoever is
 * about to press one gets that one. Its figures are new in any case.
 */
export function steady(shown: readonly Shelf[], fresh: readonly Shelf[], held: boolean): readonly Shelf[] {
  if (!held || shown.length === 0) return fresh;
  const known = new Map(fresh.map((shelf) => [shelfId(shelf), shelf]));
  const kept = shown.map((shelf) => known.get(shelfId(shelf)) ?? shelf);
  // What more was loaded at the end moves nothing.
  const last = shelfId(kept[kept.length - 1] as Shelf);
  const at = fresh.findIndex((shelf) => shelfId(shelf) === last);
  return at < 0 ? kept : [...kept, ...fresh.slice(at + 1)];
}

/** With the figures that an answer brought. */
export function withShelves(known: readonly Shelf[], moved: readonly Shelf[]): readonly Shelf[] {
  const news = new Map(moved.map((shelf) => [shelfId(shelf), shelf]));
  return known.map((shelf) => news.get(shelfId(shelf)) ?? shelf);
}

export type ExpiryTone = "" | "at_risk" | "late";

export function expiryTone(expires_at_ms: number, now_ms: number): ExpiryTone {
  if (expires_at_ms === 0) return "";
  if (expires_at_ms <= now_ms) return "late";
  return expires_at_ms <= now_ms + SOON_MS ? "at_risk" : "";
}

/** When the first of the pieces expires, or did; 0: never. */
export function nextExpiry_ms({ lots }: Pick<Shelf, "lots">): number {
  const known = lots.map(({ expires_at_ms }) => expires_at_ms).filter(Boolean);
  return known.length > 0 ? Math.min(...known) : 0;
}

/** Pieces that lie there and can be promised to nobody. */
export function expiredOf({ lots }: Pick<Shelf, "lots">, now_ms: number): number {
  const expired = lots.filter(({ expires_at_ms }) => expiryTone(expires_at_ms, now_ms) === "late");
  return expired.reduce((sum, { quantity }) => sum + quantity, 0);
}

/** The last day on which it is good: what expires at midnight is good on the day before. */
export function expiryDay(expires_at_ms: number): string {
  if (expires_at_ms === 0) return t("stock.never");
  const format = new Intl.DateTimeFormat(locale(), { day: "numeric", month: "short", year: "numeric" });
  return format.format(expires_at_ms - 1);
}

export function expiryWords(expires_at_ms: number, now_ms: number): string {
  const day = expiryDay(expires_at_ms);
  const tone = expiryTone(expires_at_ms, now_ms);
  if (tone === "late") return t("stock.expires.past", { day });
  return tone === "at_risk" ? t("stock.expires.soon", { day }) : day;
}

/** A day of the calendar, as the reader writes it. */
export function dayWords(day: string): string {
  const format = new Intl.DateTimeFormat(locale(), { weekday: "short", day: "numeric", month: "short" });
  return format.format((endOfDay_ms(day) ?? 1) - 1);
}

/** The end of a day of the calendar ("2026-12-01") where the reader is; null: there is no such day. */
export function endOfDay_ms(day: string): number | null {
  const [, year, month, date] = (/^(\d{4})-(\d{2})-(\d{2})$/.exec(day) ?? []).map(Number);
  if (year === undefined || month === undefined || date === undefined) return null;
  const found = new Date(year, month - 1, date);
  if (found.getMonth() !== month - 1 || found.getDate() !== date) return null;
  return new Date(year, month - 1, date + 1).getTime();
}

/** "+3", "−2"; nothing gained and nothing lost is said in words. */
export function signed(n: number): string {
  if (n === 0) return t("stock.count.same");
  return new Intl.NumberFormat(locale(), { signDisplay: "exceptZero" }).format(n);
}

/** The sentence of an entry of the ledger; `who` is a person, or what part of the system it was. */
export function moveSentence({ move, quantity }: LedgerEntry, who: string): string {
  if (move === "set") return quantity < 0 ? t("stock.move.reset", { who }) : t("stock.move.set", { who, n: quantity });
  if (move === "announced" && quantity === 0) return t("stock.move.recalled", { who });
  const n = move === "counted" ? signed(quantity) : String(quantity);
  return t(`stock.move.${move}` satisfies Key, { who, n });
}

/** Where nothing has lain yet, or at no depot in particular. */
export function emptyShelf(sku: string, name: string, depot_id = ""): Shelf {
  return { depot_id, sku, name, on_hand: 0, reserved: 0, free: 0, low_at: 0, is_low: false, lots: [], coming: [] };
}
