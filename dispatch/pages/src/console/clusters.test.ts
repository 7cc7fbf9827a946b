import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { compact } from "../shared/format";
import { setLang } from "../shared/i18n";
import { radius_px } from "../shared/map/cluster_layer";
import { clusterWords, totalOf } from "./clusters";

const CLUSTERS = [
  { lat: 60, lon: 25, couriers: 12, idle: 3 },
  { lat: 61, lon: 25, couriers: 1 },
];

beforeEach(() => vi.stubGlobal("document", { documentElement: {} }));
afterEach(() => {
  setLang("en");
  vi.unstubAllGlobals();
});

test("a cluster is told in both languages, and a single courier in the singular", () => {
  expect(CLUSTERS.map(clusterWords)).toEqual(["12 couriers, 3 idle", "1 courier, 0 idle"]);
  setLang("zh");
  expect(CLUSTERS.map(clusterWords)).toEqual(["12 名骑手，3 名空闲", "1 名骑手，0 名空闲"]);
});

test("numbers in circles are short, as the language has it", () => {
  expect([340, 1_240, 12_400].map(compact)).toEqual(["340", "1.2K", "12.4K"]);
  setLang("zh");
  expect([340, 1_240, 12_400].map(compact)).toEqual(["340", "1240", "1.2万"]);
});

test("all clusters are summed up", () => {
  expect(totalOf(CLUSTERS)).toEqual({ couriers: 13, idle: 3 });
  expect(totalOf([])).toEqual({ couriers: 0, idle: 0 });
});

test("a circle grows with its number, and with its ring it stays within a cell of 64 px", () => {
  const sizes = [1, 2, 10, 100, 1_000, 100_000].map(radius_px);
  expect(sizes).toEqual(sizes.toSorted((a, b) => a - b));
  expect(new Set(sizes.slice(0, 4)).size).toBe(4);
  expect(2 * (Math.max(...sizes) + 7)).toBeLessThanOrEqual(64);
});
