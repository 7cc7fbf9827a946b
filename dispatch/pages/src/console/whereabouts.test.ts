import { afterEach, expect, test, vi } from "vitest";
import { Store } from "../shared/store/store";
import { EMPTY_ZONE, lastPlace, reduceZone, type ZoneAction, type ZoneState } from "../shared/store/zone";
import { aCourier, aFix, aSnapshot } from "../shared/testing/views";
import { learnPlaces } from "./whereabouts";

const VIEW = { south: 60.1, west: 24.9, north: 60.2, east: 25, zoom: 13 };
const SHOWN = [
  { id: "a", position: { lat: 60.3, lon: 24.9, at_ms: 5, received_at_ms: 6 } },
  { id: "b", position: null },
];

/** A zone of the courier "a", and what was asked of the server, which answers with `body`. */
function aDesk(lat: number, body: unknown, status = 200) {
  const store = new Store<ZoneState, ZoneAction>(reduceZone, EMPTY_ZONE);
  store.apply([
    aSnapshot({ couriers: [aCourier({ id: "a" })], fixes: [aFix({ courier_id: "a", lat })] }),
    { t: "looked", view: VIEW },
  ]);
  const asked: string[] = [];
  vi.stubGlobal("fetch", async (path: string) => {
    asked.push(path);
    return new Response(JSON.stringify(body), { status });
  });
  return { store, asked };
}

afterEach(() => vi.unstubAllGlobals());

test("nobody is asked as long as everyone on duty is in sight", async () => {
  const { store, asked } = aDesk(60.15, { couriers: SHOWN });
  await learnPlaces(store, "token");
  expect(asked).toEqual([]);
});

test("where couriers out of sight are is asked, and known afterwards", async () => {
  const { store, asked } = aDesk(60.25, { couriers: SHOWN });
  await learnPlaces(store, "token");
  expect(asked).toEqual(["/v1/couriers?zone=default"]);
  expect(lastPlace(store.state, "a")).toMatchObject({ lat: 60.3, at_ms: 5 });
  expect(lastPlace(store.state, "b")).toBeUndefined();
});

test("a server that says no leaves what was known", async () => {
  const { store } = aDesk(60.25, {}, 503);
  await learnPlaces(store, "token");
  expect(lastPlace(store.state, "a")?.lat).toBe(60.25);
});
