import { expect, test } from "vitest";
import { type ProgramKey, sortedKeys, standingOf } from "./keys_api";

const KEY: ProgramKey = {
  id: "k1",
  name: "Till",
  role: "integrator",
  account: "shop-1",
  zones: [],
  depots: [],
  made_by: "admin:root",
  made_at: 10,
  expires_at: 0,
  revoked_at: 0,
  used_at: 0,
};

test("a key is good until its time, or until it is revoked", () => {
  expect(standingOf(KEY, 1_000)).toBe("good");
  expect(standingOf({ ...KEY, expires_at: 1_000 }, 999)).toBe("good");
  expect(standingOf({ ...KEY, expires_at: 1_000 }, 1_000)).toBe("expired");
  expect(standingOf({ ...KEY, expires_at: 1_000, revoked_at: 20 }, 1_000)).toBe("revoked");
});

test("those that open something come first, then the newest", () => {
  const keys = [
    { ...KEY, id: "old" },
    { ...KEY, id: "over", made_at: 99, revoked_at: 99 },
    { ...KEY, id: "new", made_at: 50 },
  ];
  expect(sortedKeys(keys, 1_000).map(({ id }) => id)).toEqual(["new", "old", "over"]);
});
