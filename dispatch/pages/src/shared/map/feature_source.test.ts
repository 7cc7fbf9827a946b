import { expect, test, vi } from "vitest";
import { FeatureSource, isAlike } from "./feature_source";

interface Dot {
  id: string;
  colour: string;
}

function aSource() {
  const map = { setData: vi.fn(), updateData: vi.fn(async () => {}) };
  let there = true;
  const source = new FeatureSource<Dot>(
    () => (there ? map : undefined),
    ({ id }) => id,
    isAlike,
    ({ colour }) => ({ properties: { colour }, geometry: { type: "Point", coordinates: [0, 0] } }),
  );
  const changes = () =>
    (map.updateData.mock.calls as unknown as [{ add: { id: string }[]; remove: string[] }][]).map(([diff]) => [
      diff.add.map(({ id }) => id),
      diff.remove,
    ]);
  return { source, changes, hide: () => (there = false) };
}

test("only what has changed is told", () => {
  const { source, changes } = aSource();
  const red = { id: "a", colour: "red" };
  source.show([red, { id: "b", colour: "red" }]);
  source.show([red, { id: "b", colour: "red" }]);
  source.show([red, { id: "b", colour: "blue" }]);
  source.show([{ id: "c", colour: "red" }, red]);
  source.show([]);
  expect(changes()).toEqual([
    [["a", "b"], []],
    [["b"], []],
    [["c"], ["b"]],
    [[], ["a", "c"]],
  ]);
  expect(source.collection.features).toEqual([]);
});

test("what comes before the map is ready is not lost", () => {
  const { source, changes, hide } = aSource();
  hide();
  source.show([{ id: "a", colour: "red" }]);
  expect(changes()).toEqual([]);
  expect(source.collection.features).toMatchObject([{ id: "a", properties: { colour: "red" } }]);
});
