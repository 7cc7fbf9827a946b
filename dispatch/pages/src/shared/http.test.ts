import { afterEach, expect, test, vi } from "vitest";
import { newKey, post, remove } from "./http";

afterEach(() => vi.unstubAllGlobals());

function answering(status: number, body: object = {}) {
  const asked = vi.fn(async (_path: string, _init: RequestInit) => Response.json(body, { status }));
  vi.stubGlobal("fetch", asked);
  return asked;
}

test.each([
  [201, {}, { kind: "done" }],
  [202, {}, { kind: "accepted" }],
  [403, {}, { kind: "forbidden" }],
  [409, { code: "no_courier", detail: "No courier has this order now." }, { detail: "No courier has this order now." }],
  [409, { code: "stale_plan", current_version: 7 }, { kind: "conflict", current_version: 7 }],
  [409, { code: "infeasible", errors: [{ detail: "too late" }] }, { kind: "infeasible", violations: ["too late"] }],
  [500, { title: "Internal error" }, { kind: "refused", detail: "Internal error" }],
])("a %d is told as what it means", async (status, body, outcome) => {
  answering(status, body);
  expect(await post("/x", {})).toMatchObject(outcome);
});

test("a server that cannot be reached is told from one that refuses", async () => {
  vi.stubGlobal("fetch", () => Promise.reject(new TypeError("offline")));
  expect(await post("/x", {})).toEqual({ kind: "unreachable" });
});

test("an end is asked for without a body, and a refusal keeps its code", async () => {
  const asked = answering(404, { code: "unknown_incident", detail: "There is none." });
  expect(await remove("/x", { token: "secret" })).toEqual({
    kind: "refused",
    detail: "There is none.",
    code: "unknown_incident",
  });
  const init = asked.mock.calls[0]?.[1];
  expect([init?.method, init?.body]).toEqual(["DELETE", undefined]);
  expect(init?.headers).toEqual({ accept: "application/json", authorization: "Bearer secret" });
});

test("the token and the key go in the headers, and only when there are any", async () => {
  const asked = answering(200);
  await post("/x", {}, { token: "secret", key: "k" });
  await post("/x", {});
  expect(asked.mock.calls[0]?.[1].headers).toMatchObject({ authorization: "Bearer secret", "idempotency-key": "k" });
  expect(Object.keys(asked.mock.calls[1]?.[1].headers ?? {})).not.toContain("authorization");
});

test("keys are long and never the same", () => {
  const keys = new Set(Array.from({ length: 100 }, newKey));
  expect(keys.size).toBe(100);
  for (const key of keys) expect(key).toMatch(/^[0-9a-f]{32}$/);
});
