import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Painting } from "./painting";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function aMap() {
  const listeners = new Map<string, (event: object) => void>();
  const loaded = new Set<string>();
  const state = { moves: false };
  const paint = vi.fn();
  const map = {
    triggerRepaint: paint,
    getSource: () => ({}),
    isSourceLoaded: (source: string) => loaded.has(source),
    isMoving: () => state.moves,
    on: (type: string, listener: (event: object) => void) => void listeners.set(type, listener),
  };
  const painting = new Painting(map as never, ["marks", "routes"]);
  return { painting, map, paint, loaded, state, fire: (type: string, event = {}) => listeners.get(type)?.(event) };
}

test("a change is painted once, when all of it is there", () => {
  const { painting, map, paint, loaded, fire } = aMap();
  painting.changed();
  loaded.add("marks").add("routes");
  map.triggerRepaint();
  fire("sourcedata", { sourceDataType: "metadata" });
  loaded.delete("marks");
  for (let tile = 0; tile < 4; tile++) {
    map.triggerRepaint();
    fire("sourcedata", { tile });
  }
  expect(paint).not.toHaveBeenCalled();
  loaded.add("marks");
  fire("sourcedata", { sourceDataType: "content" });
  expect(paint).toHaveBeenCalledTimes(1);
  map.triggerRepaint();
  expect(paint).toHaveBeenCalledTimes(2);
});

test("what changes nothing on the screen paints nothing", () => {
  const { painting, paint, loaded, fire } = aMap();
  painting.changed();
  loaded.add("marks").add("routes");
  fire("sourcedata");
  expect(paint).not.toHaveBeenCalled();
});

test("neither a hand nor a tile that never comes is waited for", () => {
  const { painting, map, paint, state, fire } = aMap();
  painting.changed();
  map.triggerRepaint();
  fire("movestart");
  expect(paint).toHaveBeenCalledTimes(1);
  state.moves = true;
  painting.changed();
  map.triggerRepaint();
  expect(paint).toHaveBeenCalledTimes(2);
  state.moves = false;
  painting.changed();
  map.triggerRepaint();
  painting.changed();
  vi.advanceTimersByTime(599);
  expect(paint).toHaveBeenCalledTimes(2);
  vi.advanceTimersByTime(1);
  expect(paint).toHaveBeenCalledTimes(3);
});

test("two slow pictures are not made right after each other, quick ones are", () => {
  const { map, paint, state, fire } = aMap();
  const picture = (took_ms: number) => {
    fire("render");
    map.triggerRepaint(); // the map wants another one at once
    vi.advanceTimersByTime(took_ms);
  };
  vi.stubGlobal("requestAnimationFrame", (next: () => void) => setTimeout(next, 150));
  picture(150);
  expect(paint).toHaveBeenCalledTimes(1); // not known yet how long it takes
  picture(299);
  expect(paint).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(1);
  expect(paint).toHaveBeenCalledTimes(2);
  state.moves = true;
  picture(0);
  expect(paint).toHaveBeenCalledTimes(3);
  vi.unstubAllGlobals();
});
