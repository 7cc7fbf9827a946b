import { expect, test, vi } from "vitest";
import type { Right } from "./may";
import { isSection, SECTIONS, sectionsFor, settingsHandlers } from "./settings";

const only =
  (...rights: Right[]) =>
  (right: Right) =>
    rights.includes(right);

test("each part of the settings is offered to whoever may look at it", () => {
  expect(sectionsFor(() => true)).toEqual(SECTIONS);
  expect(sectionsFor(only("read_fees"))).toEqual(["fees"]);
  expect([isSection("fees"), isSection("overrides")]).toEqual([true, false]);
});

test("the key opens the first part that one may look at, and nothing where there is none", () => {
  const open = vi.fn();
  const handlers = settingsHandlers(only("read_fees"), open);
  if (handlers.settings) handlers.settings();
  if (handlers.fees) handlers.fees();
  expect(open.mock.calls).toEqual([["fees"], ["fees"]]);
  expect(settingsHandlers(() => false, open).settings).toBe(false);
});
