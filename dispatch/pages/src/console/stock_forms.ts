import { type Key, t, type Values } from "../shared/i18n";
import { endOfDay_ms, type Lot, type Shelf, type Sku } from "./stock";

export type StockAct = "receive" | "announce" | "count" | "write-off" | "transfer" | "low-at";
export const STOCK_ACTS: readonly StockAct[] = ["receive", "announce", "count", "write-off", "transfer", "low-at"];

const MOST_PIECES = 10_000_000;
const MOST_ML = 100_000_000;
const ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$/;

/** What was typed, as it was typed. */
export type Typed = Readonly<Record<string, string>>;

/** Field by field what is wrong, or else what is sent. */
export type Checked<Body> = { wrong: Readonly<Record<string, string>>; body: null } | { wrong: null; body: Body };

export class Faults {
  readonly found: Record<string, string> = {};

  note(field: string, key: Key, values?: Values): void {
    this.found[field] ??= t(key, values);
  }

  or<Body>(body: Body): Checked<Body> {
    const none = Object.keys(this.found).length === 0;
    return none ? { wrong: null, body } : { wrong: this.found, body: null };
  }
}

/** A whole number within bounds; null: it is none. */
export function whole(text: string, least: number, most: number): number | null {
  const n = /^\d{1,12}$/.test(text.trim()) ? Number(text) : Number.NaN;
  return n >= least && n <= most ? n : null;
}

export interface StockLine {
  sku: string;
  quantity: number;
  lot: string;
  expires_at_ms: number;
}

/** So many pieces are expected on a day; 0: none any more. */
export interface ComingLine {
  sku: string;
  quantity: number;
  day: string;
}

export interface StockReport {
  depot_id?: string;
  from_depot_id?: string;
  to_depot_id?: string;
  lines: readonly (StockLine | ComingLine)[];
  note: string;
}

export function lotOf(typed: Typed, faults: Faults): string {
  const lot = (typed.lot ?? "").trim();
  if (lot && !ID.test(lot)) faults.note("lot", "stock.wrong.id");
  return lot;
}

export function expiryOf(typed: Typed, faults: Faults): number {
  if (!typed.expires) return 0;
  const found_ms = endOfDay_ms(typed.expires);
  if (found_ms === null) faults.note("expires", "stock.wrong.date");
  return found_ms ?? 0;
}

/** Pieces that have come. */
export function checkReceipt(typed: Typed, sku: string): Checked<StockReport> {
  const faults = new Faults();
  const quantity = whole(typed.quantity ?? "", 1, MOST_PIECES);
  if (quantity === null) faults.note("quantity", "stock.wrong.quantity");
  if (!typed.depot) faults.note("depot", "stock.wrong.required");
  const line = { sku, quantity: quantity ?? 0, lot: lotOf(typed, faults), expires_at_ms: expiryOf(typed, faults) };
  return faults.or({ depot_id: typed.depot ?? "", lines: [line], note: (typed.note ?? "").trim() });
}

/** Pieces that were ordered. A day's pieces are said anew, so 0 takes them back, for a day that is over as well. */
export function checkAnnounce(typed: Typed, shelf: Shelf, now_ms: number): Checked<StockReport> {
  const faults = new Faults();
  const quantity = whole(typed.quantity ?? "", 0, MOST_PIECES);
  if (quantity === null) faults.note("quantity", "stock.wrong.counted");
  const day = typed.day ?? "";
  const ends_ms = endOfDay_ms(day);
  if (!day) faults.note("day", "stock.wrong.required");
  else if (ends_ms === null) faults.note("day", "stock.wrong.date");
  else if (quantity && ends_ms <= now_ms) faults.note("day", "stock.wrong.day_over");
  const line = { sku: shelf.sku, quantity: quantity ?? 0, day };
  return faults.or({ depot_id: shelf.depot_id, lines: [line], note: (typed.note ?? "").trim() });
}

/** How many pieces there are of a lot, or in all, of which so many can be taken. */
export function piecesOf(shelf: Shelf, lot: string): number {
  return lot ? (shelf.lots.find((each) => each.lot === lot)?.quantity ?? 0) : shelf.on_hand;
}

function takenOf(typed: Typed, shelf: Shelf, faults: Faults): StockLine {
  const lot = typed.lot ?? "";
  const there = piecesOf(shelf, lot);
  const quantity = whole(typed.quantity ?? "", 1, MOST_PIECES);
  if (quantity === null) faults.note("quantity", "stock.wrong.quantity");
  else if (quantity > there) faults.note("quantity", "stock.wrong.too_many", { n: there });
  return { sku: shelf.sku, quantity: quantity ?? 0, lot, expires_at_ms: 0 };
}

/** Pieces that are no good any more; they need a reason. */
export function checkWriteOff(typed: Typed, shelf: Shelf): Checked<StockReport> {
  const faults = new Faults();
  const line = takenOf(typed, shelf, faults);
  const note = (typed.note ?? "").trim();
  if (!note) faults.note("note", "stock.wrong.required");
  return faults.or({ depot_id: shelf.depot_id, lines: [line], note });
}

/** Pieces for another depot: what is promised to orders stays. */
export function checkTransfer(typed: Typed, shelf: Shelf): Checked<StockReport> {
  const faults = new Faults();
  const line = takenOf(typed, shelf, faults);
  if (!typed.to) faults.note("to", "stock.wrong.required");
  if (line.quantity > shelf.free) faults.note("quantity", "stock.wrong.not_free", { n: Math.max(0, shelf.free) });
  const places = { from_depot_id: shelf.depot_id, to_depot_id: typed.to ?? "" };
  return faults.or({ ...places, lines: [line], note: (typed.note ?? "").trim() });
}

/** The field in which a lot of the books is counted. */
export const countField = (lot: string): string => `lot ${lot}`;

/** What was counted: lots of the books by their fields, and one that was found besides. */
export function checkCount(typed: Typed, shelf: Shelf): Checked<StockReport> {
  const faults = new Faults();
  const lines = shelf.lots.flatMap((lot) => counted(typed, lot, shelf.sku, faults));
  if (typed.found) {
    const quantity = whole(typed.found, 0, MOST_PIECES);
    if (quantity === null) faults.note("found", "stock.wrong.counted");
    const lot = lotOf(typed, faults);
    if (shelf.lots.some((each) => each.lot === lot)) faults.note("lot", "stock.wrong.lot_known");
    lines.push({ sku: shelf.sku, quantity: quantity ?? 0, lot, expires_at_ms: expiryOf(typed, faults) });
  }
  if (lines.length === 0) faults.note("nothing", "stock.wrong.nothing");
  return faults.or({ depot_id: shelf.depot_id, lines, note: (typed.note ?? "").trim() });
}

function counted(typed: Typed, { lot, expires_at_ms }: Lot, sku: string, faults: Faults): StockLine[] {
  const text = (typed[countField(lot)] ?? "").trim();
  if (text === "") return [];
  const quantity = whole(text, 0, MOST_PIECES);
  if (quantity === null) faults.note(countField(lot), "stock.wrong.counted");
  return [{ sku, quantity: quantity ?? 0, lot, expires_at_ms }];
}

/** What a count changes: a lot that was not counted stays as it is in the books. */
export function countedTotal(typed: Typed, shelf: Shelf): { book: number; counted: number } {
  const sum = shelf.lots.reduce((all, { lot, quantity }) => {
    return all + (whole(typed[countField(lot)] ?? "", 0, MOST_PIECES) ?? quantity);
  }, 0);
  return { book: shelf.on_hand, counted: sum + (whole(typed.found ?? "", 0, MOST_PIECES) ?? 0) };
}

/** Empty: as the good says. */
export function checkLowAt(typed: Typed): Checked<{ low_at: number | null }> {
  const faults = new Faults();
  const text = (typed.low_at ?? "").trim();
  const low_at = text === "" ? null : whole(text, 0, MOST_PIECES);
  if (text !== "" && low_at === null) faults.note("low_at", "stock.wrong.counted");
  return faults.or({ low_at });
}

const AMOUNTS = { weight_g: MOST_PIECES, volume_ml: MOST_ML, low_at: MOST_PIECES } as const;
export type Amount = keyof typeof AMOUNTS;

export type SkuWish = Omit<Sku, "id">;

/** A good as it was typed; `known`: the ids that a new one cannot have. `items` is kept as it was. */
export function checkSku(
  typed: Typed,
  flags: Pick<Sku, "fragile" | "age_restricted">,
  items: number,
  known: ReadonlySet<string>,
): Checked<SkuWish> {
  const faults = new Faults();
  const id = (typed.id ?? "").trim();
  if (!ID.test(id)) faults.note("id", id ? "stock.wrong.id" : "stock.wrong.required");
  else if (known.has(id)) faults.note("id", "sku.exists");
  const name = (typed.name ?? "").trim();
  if (!name) faults.note("name", "stock.wrong.required");
  const amount = (field: Amount): number => {
    const found = whole(typed[field] || "0", 0, AMOUNTS[field]);
    if (found === null) faults.note(field, "stock.wrong.pieces", { most: AMOUNTS[field] });
    return found ?? 0;
  };
  return faults.or({
    name,
    category: (typed.category ?? "").trim(),
    barcode: (typed.barcode ?? "").trim(),
    unit: { weight_g: amount("weight_g"), volume_ml: amount("volume_ml"), items },
    ...flags,
    low_at: amount("low_at"),
  });
}
