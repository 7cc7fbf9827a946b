import { afterEach, expect, test, vi } from "vitest";
import type { Override } from "./changes";
import { fetchOverrides, fetchSummary, lookAhead, madeId, sendUndo } from "./overrides_api";

afterEach(() => vi.unstubAllGlobals());

const WISH: Override = { action: "hold", order_ids: ["o1"], zone: "default", reason: "" };

function answering(status: number, body: object = {}) {
  const asked = vi.fn(async (_path: string, _init: RequestInit) => Response.json(body, { status }));
  vi.stubGlobal("fetch", asked);
  return asked;
}

test("a preview needs no reason yet, and brings the effects", async () => {
  const asked = answering(200, { plan_version: 7 });
  expect(await lookAhead("secret", WISH)).toEqual({ kind: "known", effects: { plan_version: 7 } });
  expect(asked.mock.calls[0]?.[0]).toBe("/v1/overrides:preview");
  expect(JSON.parse(String(asked.mock.calls[0]?.[1].body))).toMatchObject({ action: "hold", reason: "preview" });
});

test("a preview that is refused says why", async () => {
  answering(409, { code: "wrong_state", detail: "An order that is held cannot be held." });
  expect(await lookAhead("secret", WISH)).toEqual({
    kind: "refused",
    detail: "An order that is held cannot be held.",
    code: "wrong_state",
  });
  answering(202);
  expect(await lookAhead("secret", WISH)).toEqual({ kind: "unreachable" });
});

test("an override is undone by its id", async () => {
  const asked = answering(200);
  await sendUndo("secret", "default", "h-1 2", "mistake");
  expect(asked.mock.calls[0]?.[0]).toBe("/v1/overrides/h-1%202:undo");
});

test("what was made is known by its id; a cancel and a pending change have none", () => {
  expect(madeId({ kind: "done", body: { id: "h-1" } })).toBe("h-1");
  expect(madeId({ kind: "done", body: { status: "canceled" } })).toBe("");
  expect(madeId({ kind: "done" })).toBe("");
  expect(madeId({ kind: "accepted" })).toBe("");
});

test("the record of an order, of the zone, and the summary; null when they cannot be had", async () => {
  const asked = answering(200, { overrides: [], rows: [] });
  expect(await fetchOverrides("secret", "default", "o1")).toEqual([]);
  expect(await fetchOverrides("secret", "default", "")).toEqual([]);
  expect(await fetchSummary("secret", "default")).toEqual([]);
  expect(asked.mock.calls.map(([path]) => path)).toEqual([
    "/v1/overrides?zone=default&limit=30&order_id=o1",
    "/v1/overrides?zone=default&limit=30",
    "/v1/overrides/summary?zone=default",
  ]);
  answering(500);
  expect(await fetchSummary("secret", "default")).toBeNull();
  vi.stubGlobal("fetch", () => Promise.reject(new TypeError("offline")));
  expect(await fetchOverrides("secret", "default", "o1")).toBeNull();
});
