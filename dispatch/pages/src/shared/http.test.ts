import { afterEach, expect, test, vi } from "vitest";
import { fetchAs, get, newKey, post, put, remove, renewBy } from "./http";

afterEach(() => {
  renewBy(null);
  vi.unstubAllGlobals();
});

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

/** A server that takes one token only, and where the newest comes from. */
function renewing(good: string, next: string | null) {
  let newest = "first";
  const shown: (string | null)[] = [];
  vi.stubGlobal("fetch", async (_path: string, init: RequestInit) => {
    shown.push(new Headers(init.headers).get("authorization"));
    return Response.json({}, { status: shown.at(-1) === `Bearer ${good}` ? 200 : 401 });
  });
  renewBy({
    newest: () => newest,
    async renew() {
      newest = next ?? newest;
      return next !== null;
    },
  });
  return shown;
}

test("whoever holds an old token asks with its newest successor, and once more when that was refused", async () => {
  const shown = renewing("second", "second");
  expect(await get("/x", "handle")).toEqual({});
  expect(await put("/x", {}, { token: "handle" })).toMatchObject({ kind: "done" });
  expect(shown).toEqual(["Bearer first", "Bearer second", "Bearer second"]);
});

test("a token that nothing follows is refused once", async () => {
  const shown = renewing("second", null);
  expect((await fetchAs("handle", "/x")).status).toBe(401);
  expect(await post("/x", {}, { token: "handle" })).toEqual({ kind: "forbidden" });
  expect(shown).toEqual(["Bearer first", "Bearer first"]);
  expect((await fetchAs(undefined, "/x")).status).toBe(401);
  expect(shown.at(-1)).toBeNull();
});
