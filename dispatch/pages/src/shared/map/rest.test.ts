import { expect, test } from "vitest";
import { Rest } from "./rest";

test("a change rests as long as it took, eight times over", () => {
  const rest = new Rest();
  expect(rest.ms).toBe(0);
  rest.begin(1_000);
  rest.begin(1_010); // another one before the first is painted
  rest.end(1_050);
  expect(rest.ms).toBe(400);
});

test("no machine is so slow that nothing is shown", () => {
  const rest = new Rest();
  rest.begin(0);
  rest.end(60_000);
  expect(rest.ms).toBe(6_000);
});

test("what went on while the map was moved says nothing", () => {
  const rest = new Rest();
  rest.begin(0);
  rest.disturb();
  rest.end(5_000);
  expect(rest.ms).toBe(0);
});
