import { span } from "../shared/format";
import { t } from "../shared/i18n";

/** Nearer than this to its due time a wave that is not packed is at risk. */
const SOON_MS = 5 * 60_000;

export type WaveState = "open" | "picking" | "packed";
export type Step = "picking" | "packed";

/** So many pieces of one thing, for these orders. `sku` is empty for what nobody counts. */
export interface PickLine {
  sku: string;
  name: string;
  code: string;
  quantity: number;
  order_ids: readonly string[];
}

export interface WaveOrder {
  id: string;
  ref: string;
  status: string;
  /** Who brings it: a delivery where it says nothing. */
  mode?: string;
  step: "" | "paid" | Step;
  fragile: boolean;
  load_items: number;
  lines: readonly PickLine[];
}

/** Orders that leave together; without a courier, those that nobody has yet. Times in ms, 0: none. */
export interface Wave {
  id: string;
  courier_id: string;
  courier: string;
  arrive_at_ms: number;
  due_at_ms: number;
  there: boolean;
  state: WaveState;
  orders: readonly WaveOrder[];
  lines: readonly PickLine[];
}

export interface Waves {
  depot_id: string;
  name: string;
  packing_s: number;
  waves: readonly Wave[];
}

export interface Picking {
  goal: number;
  total: { orders: number; in_time: number; share: number | null };
}

/** How many pieces of each line are picked, by `lineKey`. */
export type Ticks = Readonly<Record<string, number>>;

/** What the address names: a depot, and perhaps one of its waves. */
export function placeOfWave(id: string): { depot_id: string; wave: string } {
  const [depot_id = "", ...rest] = id.split("/");
  return { depot_id, wave: rest.join("/") };
}

export function lineKey({ sku, name, code }: Pick<PickLine, "sku" | "name" | "code">): string {
  return sku ? `sku ${sku}` : `${code} ${name}`;
}

/** A plan may have made the line shorter since. */
export function tickedOf(ticks: Ticks, line: PickLine): number {
  return Math.min(line.quantity, ticks[lineKey(line)] ?? 0);
}

export function isAllTicked(ticks: Ticks, { lines }: Pick<Wave, "lines">): boolean {
  return lines.length > 0 && lines.every((line) => tickedOf(ticks, line) === line.quantity);
}

/** A line that was ticked as a whole is begun anew, any other is done. */
export function withLine(ticks: Ticks, line: PickLine): Ticks {
  const all = tickedOf(ticks, line) === line.quantity;
  return { ...ticks, [lineKey(line)]: all ? 0 : line.quantity };
}

export interface Scanned {
  ticks: Ticks;
  /** What came of it, in words. */
  words: string;
  found: boolean;
}

/** One more piece of the line with this barcode or SKU that is not full yet. */
export function scanned(ticks: Ticks, { lines }: Pick<Wave, "lines">, text: string): Scanned {
  const code = text.trim();
  const wanted = code.toLowerCase();
  const fitting = lines.filter((line) => [line.code, line.sku].some((each) => each && each.toLowerCase() === wanted));
  const [first] = fitting;
  if (!first) return { ticks, words: t("waves.scan.unknown", { code }), found: false };
  const line = fitting.find((each) => tickedOf(ticks, each) < each.quantity);
  if (!line) return { ticks, words: t("waves.scan.full", { name: first.name, of: first.quantity }), found: false };
  const n = tickedOf(ticks, line) + 1;
  const words = t("waves.scan.done", { name: line.name, n, of: line.quantity });
  return { ticks: { ...ticks, [lineKey(line)]: n }, words, found: true };
}

export type DueTone = "" | "at_risk" | "late";

export function dueTone({ due_at_ms, state }: Wave, now_ms: number): DueTone {
  if (state === "packed" || due_at_ms === 0) return "";
  if (due_at_ms < now_ms) return "late";
  return due_at_ms - now_ms < SOON_MS ? "at_risk" : "";
}

/** How much time is left, or was missed. */
export function dueWords({ due_at_ms }: Wave, now_ms: number): string {
  if (due_at_ms === 0) return t("waves.due.any");
  return t(due_at_ms < now_ms ? "waves.due.late" : "waves.due.in", { span: span(due_at_ms - now_ms) });
}

export function piecesOf({ orders }: Pick<Wave, "orders">): number {
  return orders.reduce((sum, order) => sum + piecesOfOrder(order), 0);
}

export function piecesOfOrder({ lines, load_items }: WaveOrder): number {
  return lines.length > 0 ? lines.reduce((sum, { quantity }) => sum + quantity, 0) : load_items;
}

/** The orders that a step would be news of. */
export function without(wave: Wave, step: Step): string[] {
  const over = step === "picking" ? ["picking", "packed"] : ["packed"];
  return wave.orders.filter((order) => !over.includes(order.step)).map(({ id }) => id);
}

const KEPT = "waves-ticks ";

interface Kept {
  order_ids: readonly string[];
  ticks: Ticks;
}

/**
 * What was ticked of a wave in this tab, so that a phone that loads the page again has not forgotten it. A courier's
 * next wave bears the same name: if it has none of the orders that were ticked, nothing of it is.
 */
export function keptTicks(id: string, { orders }: Pick<Wave, "orders">): Ticks {
  try {
    const { order_ids, ticks } = JSON.parse(sessionStorage.getItem(KEPT + id) ?? "") as Kept;
    return orders.some((order) => order_ids.includes(order.id)) ? ticks : {};
  } catch {
    return {};
  }
}

export function keepTicks(id: string, { orders }: Pick<Wave, "orders">, ticks: Ticks): void {
  try {
    const kept: Kept = { order_ids: orders.map((order) => order.id), ticks };
    sessionStorage.setItem(KEPT + id, JSON.stringify(kept));
  } catch {
    // A browser that keeps nothing still ticks.
  }
}
