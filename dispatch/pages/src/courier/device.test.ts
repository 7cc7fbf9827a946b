import { expect, test } from "vitest";
import { newId, takeOver } from "./device";

const aMoment = () => new Promise((pass) => setTimeout(pass));

test("an id is a UUID of version 4, and another one each time", () => {
  const ids = new Set(Array.from({ length: 100 }, newId));
  expect(ids.size).toBe(100);
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

test("the newer tab takes over, and only the older one is told", async () => {
  const lost: string[] = [];
  await takeOver(() => lost.push("first"), navigator.locks);
  const giveBack = await takeOver(() => lost.push("second"), navigator.locks);
  await aMoment();
  expect(lost).toEqual(["first"]);
  giveBack();
  await aMoment();
  await takeOver(() => lost.push("third"), navigator.locks);
  await aMoment();
  expect(lost).toEqual(["first"]);
});

test("a browser without locks goes on without them", async () => {
  const giveBack = await takeOver(() => {
    throw new Error("never");
  }, undefined);
  giveBack();
});

test("one that refuses them does, too", async () => {
  const lost: string[] = [];
  const locks = { request: () => Promise.reject(new Error("SecurityError")) } as unknown as LockManager;
  await takeOver(() => lost.push("lost"), locks);
  expect(lost).toEqual([]);
});
