import { afterEach, expect, test, vi } from "vitest";
import "./texts";
import { fetchWaves, sendPrepared } from "./waves_api";

afterEach(() => vi.unstubAllGlobals());

function answering(status: number, body: unknown) {
  const asked = vi.fn(async (..._: Parameters<typeof fetch>) => new Response(JSON.stringify(body), { status }));
  vi.stubGlobal("fetch", asked);
  return asked;
}

test("a step is reported of all orders at once, and what failed is counted with its reason", async () => {
  const problem = { code: "order_ended", detail: "It is over." };
  const results = [{ status: 200 }, { status: 409, problem }, { status: 404, problem: { detail: "Gone." } }];
  const asked = answering(200, { results });
  const told = await sendPrepared("t", "east", "d 1", "packed", ["a", "b", "c"]);
  expect(told).toEqual({ done: 1, failed: 2, trouble: "The order has ended meanwhile." });
  expect(asked.mock.calls[0]?.[0]).toBe("/v1/depots/d%201/waves:prepare");
  const body = JSON.parse(String(asked.mock.calls[0]?.[1]?.body));
  expect(body).toEqual({ step: "packed", order_ids: ["a", "b", "c"], zone: "east" });
});

test("where the server refuses all of it, all of it has failed", async () => {
  answering(403, { code: "role_not_allowed" });
  expect(await sendPrepared("t", "z", "d", "picking", ["a"])).toMatchObject({ done: 0, failed: 1 });
});

test("waves are asked for by depot and zone, or it is told why not", async () => {
  const asked = answering(200, { depot_id: "d1", waves: [] });
  expect(await fetchWaves("t", "z", "d1")).toEqual({ depot_id: "d1", waves: [] });
  expect(asked.mock.calls[0]?.[0]).toBe("/v1/depots/d1/waves?zone=z");
  answering(403, {});
  expect(await fetchWaves("t", "z", "d1")).toEqual({ kind: "forbidden" });
});
