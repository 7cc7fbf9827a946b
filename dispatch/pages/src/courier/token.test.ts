import { expect, test } from "vitest";
import { isRefreshDue, readToken, TokenKeeper } from "./token";

const HOUR_MS = 3_600_000;
const NOW_MS = 1_700_000_000_000;

/** A token as the server makes it: only its middle is read here. */
function aToken(expires_at_ms: number, sub = "c-张"): string {
  const payload = new TextEncoder().encode(JSON.stringify({ sub, role: "courier", exp: expires_at_ms / 1000 }));
  return `head.${btoa(String.fromCharCode(...payload))
    .replaceAll("+", "-")
    .replaceAll("/", "_")}.signature`;
}

test("a token is read without its signature; what is none is none", () => {
  expect(readToken(aToken(NOW_MS))).toEqual({ subject: "c-张", expires_at_ms: NOW_MS });
  expect(readToken("nonsense")).toBeNull();
  expect(readToken(`a.${btoa('{"sub":7}')}.c`)).toBeNull();
});

test.each([
  ["12 h", 12, 4.1, false],
  ["12 h", 12, 3.9, true],
  ["2 h", 2, 1.1, false],
  ["2 h", 2, 0.9, true],
  ["half an hour", 0.5, 0.26, false],
  ["half an hour", 0.5, 0.24, true],
])("a token of %s (%f) with %f h left: due %s", (_life, life_h, left_h, due) => {
  const kept = { token: aToken(NOW_MS + left_h * HOUR_MS), got_wall_ms: NOW_MS + (left_h - life_h) * HOUR_MS };
  expect(isRefreshDue(kept, NOW_MS)).toBe(due);
});

function aKeeper(answer: () => Response) {
  const asked: RequestInit[] = [];
  const got: string[] = [];
  let wall_ms = NOW_MS;
  const keeper = new TokenKeeper({
    kept: { token: aToken(NOW_MS + HOUR_MS), got_wall_ms: NOW_MS - 11 * HOUR_MS },
    fetch: async (_url, init) => {
      asked.push(init ?? {});
      return answer();
    },
    wall: () => wall_ms,
    onToken: (kept) => got.push(kept.token),
  });
  return { keeper, asked, got, pass: (ms: number) => (wall_ms += ms) };
}

test("the old token asks for the newer one, once", async () => {
  const fresh = aToken(NOW_MS + 12 * HOUR_MS);
  const { keeper, asked, got } = aKeeper(() => Response.json({ token: fresh, expires_at_s: 1 }));
  const old = keeper.token;
  await Promise.all([keeper.check(), keeper.check()]);
  await keeper.check();
  expect(asked).toHaveLength(1);
  expect(asked[0]).toMatchObject({ method: "POST", headers: { Authorization: `Bearer ${old}` } });
  expect(got).toEqual([fresh]);
  expect(keeper.token).toBe(fresh);
});

test("a failure keeps the old token and is tried again after a minute", async () => {
  const { keeper, asked, got, pass } = aKeeper(() => new Response(null, { status: 503 }));
  await keeper.check();
  await keeper.check();
  expect(asked).toHaveLength(1);
  pass(60_000);
  await keeper.check();
  expect(asked).toHaveLength(2);
  expect(got).toEqual([]);
});
