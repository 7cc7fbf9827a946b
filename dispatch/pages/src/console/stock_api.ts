import { get, type Outcome, post, put, read } from "../shared/http";
import { t } from "../shared/i18n";
import { problemWords } from "./problem_words";
import type { LedgerEntry, Shelf, Sku, StockFilter } from "./stock";
import type { SkuWish, StockAct, StockReport } from "./stock_forms";

const PAGE = 100;
/** The most that the server gives at once: for a search, which the page does by itself. */
const WHOLE_PAGE = 500;
/** So many goods are offered to choose from; more are found by their id. */
export const MOST_SKUS_SHOWN = 2_000;

export interface FoundShelves {
  shelves: readonly Shelf[];
  /** Whether there are more behind them. */
  more: boolean;
}

const nothing = (): FoundShelves => ({ shelves: [], more: false });

/** So many shelves as are wanted that fit, by depot and good; else why they cannot be had. */
export async function fetchShelves(
  token: string,
  zone: string,
  filter: StockFilter,
  fits: (shelves: readonly Shelf[]) => readonly Shelf[],
  wanted: number,
): Promise<FoundShelves | Outcome> {
  const limit = filter.text.trim() || wanted > PAGE ? WHOLE_PAGE : PAGE;
  const found = nothing();
  let after = "";
  do {
    const query = new URLSearchParams({ zone, limit: String(limit), after });
    if (filter.depot_id) query.set("depot", filter.depot_id);
    if (filter.low) query.set("low", "true");
    const outcome = await read(`/v1/stock?${query}`, { token });
    if (outcome.kind !== "done") return outcome;
    const page = outcome.body as { shelves: readonly Shelf[]; after?: string };
    found.shelves = [...found.shelves, ...fits(page.shelves)];
    after = page.after ?? "";
  } while (after && found.shelves.length < wanted);
  return { ...found, more: after !== "" };
}

/** One shelf; null: nothing has ever lain there, or nobody knows. */
export async function fetchShelf(token: string, zone: string, depot: string, sku: string): Promise<Shelf | null> {
  const query = new URLSearchParams({ zone, depot, sku });
  const found = (await get(`/v1/stock?${query}`, token)) as { shelves: readonly Shelf[] } | null;
  return found?.shelves[0] ?? null;
}

/** All goods by id, as far as they are shown; null: they cannot be had. */
export async function fetchSkus(token: string, zone: string): Promise<readonly Sku[] | null> {
  const found: Sku[] = [];
  let after = "";
  do {
    const query = new URLSearchParams({ zone, limit: String(WHOLE_PAGE), after });
    const page = (await get(`/v1/skus?${query}`, token)) as { skus: readonly Sku[]; after?: string } | null;
    if (!page) return null;
    found.push(...page.skus);
    after = page.after ?? "";
  } while (after && found.length < MOST_SKUS_SHOWN);
  return found;
}

export interface Ledger {
  entries: readonly LedgerEntry[];
  /** Where the next page begins. */
  before?: number;
}

const pathOf = (depot: string, sku: string) => `/v1/stock/${encodeURIComponent(depot)}/${encodeURIComponent(sku)}`;

export async function fetchLedger(
  token: string,
  zone: string,
  depot: string,
  sku: string,
  before = 0,
): Promise<Ledger | null> {
  const query = new URLSearchParams({ zone, limit: "20", ...(before && { before: String(before) }) });
  return (await get(`${pathOf(depot, sku)}/ledger?${query}`, token)) as Ledger | null;
}

/** What somebody reports of a shelf. The same `key` again takes effect once. */
export function sendReport(
  token: string,
  zone: string,
  act: Exclude<StockAct, "low-at">,
  report: StockReport,
  key: string,
): Promise<Outcome> {
  return post(`/v1/stock:${act}`, { ...report, zone }, { token, key });
}

/** null: as the good says. */
export function sendLowAt(
  token: string,
  zone: string,
  { depot_id, sku }: Shelf,
  low_at: number | null,
  key: string,
): Promise<Outcome> {
  return put(`${pathOf(depot_id, sku)}/low-at`, { low_at, zone }, { token, key });
}

export function sendSku(token: string, zone: string, id: string, wish: SkuWish): Promise<Outcome> {
  return put(`/v1/skus/${encodeURIComponent(id)}`, { ...wish, zone }, { token });
}

const TROUBLES = {
  not_enough_stock: "stock.problem.not_enough_stock",
  unknown_sku: "stock.problem.unknown_sku",
  too_many_lots: "stock.problem.too_many_lots",
  too_many_pieces: "stock.problem.too_many_pieces",
  too_many_coming: "stock.problem.too_many_coming",
  day_over: "stock.wrong.day_over",
} as const;

/** Why it was not done, in one sentence; empty when it was. */
export function stockTrouble(outcome: Outcome): string {
  if (outcome.kind !== "refused" && outcome.kind !== "conflict") return problemWords(outcome);
  const key = TROUBLES[outcome.code as keyof typeof TROUBLES];
  return key ? t(key) : t("override.failed", { detail: outcome.detail ?? "" });
}
