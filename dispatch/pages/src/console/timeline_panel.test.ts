import { expect, test } from "vitest";
import { grownTo, LEAST_PX, readPanel } from "./timeline_panel";

test("the height stays between a lane or two and most of the window", () => {
  const panel = { open: true, height_px: 300 };
  expect(grownTo(panel, 10, 1000).height_px).toBe(LEAST_PX);
  expect(grownTo(panel, 9999, 1000).height_px).toBe(700);
  expect(grownTo(panel, 333.4, 1000)).toEqual({ open: true, height_px: 333 });
});

test("what was kept is taken where it makes sense", () => {
  expect(readPanel('{"open":true,"height_px":400}', 1000)).toEqual({ open: true, height_px: 400 });
  expect(readPanel('{"open":true,"height_px":4000}', 500)).toEqual({ open: true, height_px: 350 });
  for (const nonsense of [null, "", "{", '{"open":1,"height_px":4}', '{"open":true,"height_px":null}'])
    expect(readPanel(nonsense, 1000)).toEqual({ open: false, height_px: 300 });
});
