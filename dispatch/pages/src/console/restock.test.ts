import { afterEach, expect, test, vi } from "vitest";
import "./texts";
import {
  alertWords,
  emptyWords,
  FIRST_POLICY,
  fetchAdvice,
  fetchAdviceTable,
  fetchAlerts,
  type StockAlert,
} from "./restock";

const DAY_MS = 24 * 3_600_000;
const NOW_MS = new Date(2026, 10, 29, 12).getTime();

afterEach(() => vi.unstubAllGlobals());

function anAlert(fields: Partial<StockAlert>): StockAlert {
  const figures = { pieces: 7, since_ms: NOW_MS - 3_600_000, low_at: null, usual: null, cover_days: null };
  return { kind: "low", depot_id: "d1", sku: "tea", name: "Tea", ...figures, ...fields };
}

test("an alert says what is wrong in figures, with since when where that is known", () => {
  expect(alertWords(anAlert({ low_at: 9 }), NOW_MS)).toBe("7 free, low below 9, since 11:00");
  expect(alertWords(anAlert({ low_at: 9, since_ms: 0 }), NOW_MS)).toBe("7 free, low below 9");
  const spike = anAlert({ kind: "spike", usual: 1.25 });
  expect(alertWords(spike, NOW_MS)).toBe("7 ordered from 11:00 on; usual are 1.3");
});

test("goods that nobody wants say since when, and for how long they last", () => {
  const slow = anAlert({ kind: "slow", since_ms: NOW_MS - 20 * DAY_MS, cover_days: 99.6 });
  expect(alertWords(slow, NOW_MS)).toBe("7 there, the last one left 20 days ago; enough for 100 days");
  const never = { ...slow, cover_days: null };
  expect(alertWords(never, NOW_MS)).toContain("20 days ago; nobody asks for it");
  expect(alertWords({ ...never, since_ms: 0 }, NOW_MS)).toBe("7 there, and nobody asks for it");
});

test("when a shelf will be empty is told as a time, or as not soon", () => {
  expect(emptyWords(0, NOW_MS)).toBe("Not soon");
  expect(emptyWords(NOW_MS + 3_600_000, NOW_MS)).toBe("13:00");
  expect(emptyWords(NOW_MS - DAY_MS, NOW_MS)).toBe("12:00");
});

test("alerts and advice are asked for by zone, depot and policy, or it is told why not", async () => {
  const asked = vi.fn(async (..._: Parameters<typeof fetch>) => new Response("{}"));
  vi.stubGlobal("fetch", asked);
  await fetchAlerts("t", "z", "d 1", "low");
  await fetchAdvice("t", "z", "", { ...FIRST_POLICY, demand: 150 });
  await fetchAdviceTable("t", "z", "d1", FIRST_POLICY);
  expect(asked.mock.calls.map(([path]) => path)).toEqual([
    "/v1/stock/alerts?zone=z&depot=d+1&kind=low&limit=200",
    "/v1/stock/advice?zone=z&depot=&days=3&lead_h=24&demand=150",
    "/v1/stock/advice/table?zone=z&depot=d1&days=3&lead_h=24&demand=100",
  ]);
  vi.stubGlobal("fetch", async () => new Response("{}", { status: 403 }));
  expect(await fetchAlerts("t", "z", "", "")).toEqual({ kind: "forbidden" });
  expect(await fetchAdvice("t", "z", "", FIRST_POLICY)).toEqual({ kind: "forbidden" });
  expect(await fetchAdviceTable("t", "z", "", FIRST_POLICY)).toBeNull();
});
