import { expect, test, vi } from "vitest";
import { ACTIONS, bindingsOf, doable, everyName } from "./actions";
import { digitOf, QUEUES } from "./queues";

test("every action has an id, and a key of its own that shows no queue either", () => {
  const ids = ACTIONS.map(({ id }) => id);
  const keys = [...ACTIONS.flatMap((action) => [...action.keys] as string[]), ...QUEUES.map(digitOf)];
  expect(new Set(ids).size).toBe(ids.length);
  expect(new Set(keys).size).toBe(keys.length);
});

test("what cannot be done now has no key and is not offered", () => {
  const assign = vi.fn();
  const handlers = { assign, cancel: null, undo: false, next: () => {} } as const;
  expect(Object.keys(bindingsOf(handlers)).sort()).toEqual(["ArrowDown", "a", "j"]);
  bindingsOf(handlers).a?.();
  expect(assign).toHaveBeenCalledOnce();
  expect(doable(handlers).map(({ id }) => id)).toEqual(["assign"]);
});

test("an action is found by its name in either language", () => {
  expect(everyName("keys.assign")).toBe("Assign 指派");
});
