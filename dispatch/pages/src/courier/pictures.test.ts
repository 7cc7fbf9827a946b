import { expect, test } from "vitest";
import { LONGEST_PX, scaled } from "./pictures";

test.each([
  [4_000, 3_000, 1_600, 1_200],
  [3_000, 4_000, 1_200, 1_600],
  [1_600, 900, 1_600, 900],
  [40, 30, 40, 30],
  [20_000, 1, 1_600, 1],
  [0, 0, 1, 1],
])("%i x %i becomes %i x %i", (width, height, newWidth, newHeight) => {
  expect(scaled(width, height)).toEqual({ width: newWidth, height: newHeight });
  expect(Math.max(newWidth, newHeight)).toBeLessThanOrEqual(LONGEST_PX);
});
