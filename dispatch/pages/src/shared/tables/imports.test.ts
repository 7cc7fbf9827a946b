import { afterEach, expect, test, vi } from "vitest";
import { fetchTemplate, followImport, type Progress, reportCsv, sendImport, wrongWords } from "./imports";

afterEach(() => vi.unstubAllGlobals());

const REPORT = { taken: 2, refused: 1, problems: [{ row: 3, column: "quantity", detail: "短缺" }] };
const TEXT = `{"rows": 3}\n{"done": 1}\n\n{"done": 3}\n${JSON.stringify({ report: REPORT })}\n`;

/** A body that comes in pieces of so many bytes. */
function streamOf(text: string, size: number): ReadableStream<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  return new ReadableStream({
    start(stream) {
      for (let at = 0; at < bytes.length; at += size) stream.enqueue(bytes.slice(at, at + size));
      stream.close();
    },
  });
}

test.each([1, 7, 1_000])("an import is followed to its report, in pieces of %d bytes", async (size) => {
  const told: Progress[] = [];
  expect(await followImport(streamOf(TEXT, size), (progress) => told.push(progress))).toEqual({
    kind: "report",
    report: REPORT,
  });
  expect(told).toEqual([
    { rows: 3, done: 0 },
    { rows: 3, done: 1 },
    { rows: 3, done: 3 },
  ]);
});

test("the last line needs no end", async () => {
  expect(await followImport(streamOf(TEXT.trimEnd(), 16), () => {})).toMatchObject({ kind: "report" });
});

test.each(['{"rows": 3}\n{"done": 1}\n', '{"rows": 3}\n{"done": 1}\n{"do'])(
  "%j ends before the report",
  async (text) => {
    expect(await followImport(streamOf(text, 8), () => {})).toEqual({ kind: "broken", done: 1 });
  },
);

test("the file goes as it is, and a refusal is told", async () => {
  const asked = vi.fn(async (_path: string, _init: RequestInit) => new Response(TEXT));
  vi.stubGlobal("fetch", asked);
  const file = new Blob(["id,name\n"]);
  const wish = { zone: "east", kind: "skus", mode: "receive", file, key: "k1" } as const;
  expect(await sendImport("secret", wish, () => {})).toMatchObject({ kind: "report" });
  expect(asked.mock.calls[0]?.[0]).toBe("/v1/imports?kind=skus&zone=east");
  expect(asked.mock.calls[0]?.[1]).toMatchObject({ method: "POST", body: file, headers: { "idempotency-key": "k1" } });
  await sendImport("", { ...wish, kind: "stock", mode: "count" }, () => {});
  expect(asked.mock.calls[1]?.[0]).toMatch(/^\/v1\/imports\?kind=stock&zone=east&mode=count$/);
  const told = { code: "missing_columns", detail: "No column id." };
  vi.stubGlobal("fetch", async () => Response.json(told, { status: 422 }));
  expect(await sendImport("", wish, () => {})).toEqual({ kind: "refused", ...told });
  vi.stubGlobal("fetch", async () => new Response(null, { status: 403 }));
  expect(await sendImport("", wish, () => {})).toEqual({ kind: "forbidden" });
  vi.stubGlobal("fetch", () => Promise.reject(new TypeError("offline")));
  expect(await sendImport("", wish, () => {})).toEqual({ kind: "unreachable" });
  expect(await fetchTemplate("", "stock", "zh")).toBeNull();
});

test("the report is a table that no spreadsheet takes for a formula", () => {
  const problems = [
    { row: 2, column: "name", detail: 'Say "what", please' },
    { row: 3, column: "=1+1", code: "new_rule", detail: "-1" },
  ];
  expect(reportCsv(["Row", "Column", "Wrong"], problems)).toBe(
    '\ufeffRow,Column,Wrong\r\n2,name,"Say ""what"", please"\r\n3,\'=1+1,\'-1\r\n',
  );
});

test("what is wrong is said in the reader's words where we have some", () => {
  const number = "Write a whole number of at most ten million.";
  expect(wrongWords({ code: "bad_number", detail: "Write a whole number." })).toBe(number);
  expect(wrongWords({ code: "new_rule", detail: "Not on Sundays." })).toBe("Not on Sundays.");
});
