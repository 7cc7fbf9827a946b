import { fetchAs } from "../http";
import { type Key, type Lang, t } from "../i18n";

export type ImportKind = "skus" | "stock" | "coming" | "orders";
export const IMPORT_KINDS: readonly ImportKind[] = ["skus", "stock", "coming", "orders"];

/** What a table of stock says: what came, or what lies there. */
export type ImportMode = "receive" | "count";
export const IMPORT_MODES: readonly ImportMode[] = ["receive", "count"];

export interface RowProblem {
  /** As a spreadsheet counts them. */
  row: number;
  column: string;
  /** Stable, for programs; `detail` says it in the server's words. */
  code?: string;
  detail: string;
}

export interface ImportReport {
  taken: number;
  refused: number;
  /** Rows of orders that are there already, just so. */
  unchanged?: number;
  problems: readonly RowProblem[];
}

/** How far the server is; `rows` 0: it is not known yet how many there are. */
export interface Progress {
  rows: number;
  done: number;
}

export type Imported =
  | { kind: "report"; report: ImportReport }
  | { kind: "refused"; code?: string | undefined; detail: string }
  | { kind: "forbidden" }
  | { kind: "unreachable" }
  /** The answer ended before the report: what was taken by then stays taken. */
  | { kind: "broken"; done: number };

interface Line {
  rows?: number;
  done?: number;
  report?: ImportReport;
}

/** A stream of JSON values, one a line, as they come; a line may come in pieces, and the last one without its end. */
export async function* jsonLines(body: ReadableStream<Uint8Array>): AsyncGenerator<Line> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  while (true) {
    const { done, value } = await reader.read();
    rest += decoder.decode(value, { stream: !done });
    const lines = rest.split("\n");
    rest = done ? "" : (lines.pop() ?? "");
    for (const line of lines) if (line.trim()) yield JSON.parse(line) as Line;
    if (done) return;
  }
}

/** Follow an import to its report. */
export async function followImport(
  body: ReadableStream<Uint8Array>,
  tell: (progress: Progress) => void,
): Promise<Imported> {
  let progress: Progress = { rows: 0, done: 0 };
  try {
    for await (const { rows, done, report } of jsonLines(body)) {
      if (report) return { kind: "report", report };
      progress = { rows: rows ?? progress.rows, done: done ?? progress.done };
      tell(progress);
    }
  } catch {
    // The connection broke within a line, or between two.
  }
  return { kind: "broken", done: progress.done };
}

export interface Wish {
  zone: string;
  kind: ImportKind;
  /** Of stock. */
  mode?: ImportMode;
  /** Of orders: the pickup point of all of them. */
  point?: string;
  file: Blob;
  /** The same file again takes effect once. */
  key: string;
}

/** Hand a file to the server as it is, and follow what becomes of its rows. */
export async function sendImport(token: string, wish: Wish, tell: (progress: Progress) => void): Promise<Imported> {
  const { zone, kind, mode, point, file, key } = wish;
  const query = new URLSearchParams({ kind, zone, ...(kind === "stock" && mode && { mode }), ...(point && { point }) });
  try {
    const response = await fetchAs(token, `/v1/imports?${query}`, {
      method: "POST",
      headers: {
        "content-type": "text/csv",
        accept: "application/x-ndjson, application/json",
        "idempotency-key": key,
      },
      body: file,
    });
    if (response.ok && response.body) return await followImport(response.body, tell);
    if (response.status === 401 || response.status === 403) return { kind: "forbidden" };
    const problem = (await response.json().catch(() => ({}))) as { code?: string; detail?: string; title?: string };
    return { kind: "refused", code: problem.code, detail: problem.detail ?? problem.title ?? String(response.status) };
  } catch {
    return { kind: "unreachable" };
  }
}

/** The server's empty table of a kind, or of orders for a pickup point; null: it cannot be had. */
export async function fetchTemplate(token: string, kind: ImportKind, lang: Lang, point = ""): Promise<Blob | null> {
  try {
    const query = new URLSearchParams({ kind, lang, ...(point && { point }) });
    const response = await fetchAs(token, `/v1/imports/template?${query}`);
    return response.ok ? await response.blob() : null;
  } catch {
    return null;
  }
}

const WRONG: Readonly<Record<string, Key>> = {
  bad_id: "import.wrong.id",
  bad_words: "import.wrong.words",
  bad_number: "import.wrong.number",
  bad_answer: "import.wrong.answer",
  bad_day: "import.wrong.day",
  day_over: "import.wrong.day_over",
  day_twice: "import.wrong.day_twice",
  unknown_depot: "import.wrong.depot",
  unknown_sku: "import.wrong.sku",
  bad_phone: "import.wrong.phone",
  bad_time: "import.wrong.time",
  bad_amount: "import.wrong.amount",
  bad_payment_word: "import.wrong.payment",
  bad_mode_word: "import.wrong.mode",
  depot_needed: "import.wrong.fetched",
  bad_payment: "import.wrong.cash",
  bad_coordinates: "import.wrong.place",
  coordinates_outside_city: "import.wrong.city",
  half_a_place: "import.wrong.place",
  window_reversed: "import.wrong.window",
  window_in_the_past: "import.wrong.past",
  differs: "import.wrong.differs",
  order_differs: "import.wrong.known",
  order_incomplete: "import.wrong.incomplete",
  zone_full: "import.wrong.full",
  other_point: "import.wrong.point",
  unknown_point: "import.wrong.no_point",
  not_your_point: "import.wrong.not_your_point",
  not_approved: "import.wrong.not_approved",
  licence_missing: "import.wrong.licence",
  too_many_cells: "import.wrong.cells",
  cell_too_long: "import.wrong.long",
  no_answer: "import.wrong.silence",
  too_many_pieces: "stock.problem.too_many_pieces",
  too_many_lots: "stock.problem.too_many_lots",
  empty_file: "import.file.empty",
  unknown_encoding: "import.wrong.encoding",
  missing_columns: "import.wrong.columns",
  too_many_rows: "import.wrong.rows",
  body_too_large: "import.wrong.size",
};

/** What is wrong, in the reader's words where we have some, else in the server's. */
export function wrongWords({ code = "", detail }: { code?: string | undefined; detail: string }): string {
  const key = WRONG[code];
  return key ? t(key) : detail;
}

/** What a spreadsheet would take for a formula, for its file comes from somebody else. */
const FORMULA = /^[=+\-@\t\r]/;

function cell(value: string | number): string {
  const text = String(value);
  const safe = FORMULA.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** The refused rows as a table for a spreadsheet; the mark in front tells it that this is UTF-8. */
export function reportCsv(head: readonly string[], problems: readonly RowProblem[]): string {
  const rows = [head, ...problems.map((each) => [each.row, each.column, wrongWords(each)])];
  return `\ufeff${rows.map((row) => row.map(cell).join(",")).join("\r\n")}\r\n`;
}
