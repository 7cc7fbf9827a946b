import { afterEach, expect, test, vi } from "vitest";
import { aStop } from "../shared/testing/courier_views";
import { chooseNavigator, chosenNavigator, NAVIGATORS, wayTo } from "./navigate";

const ANDROID = "Mozilla/5.0 (Linux; Android 15; Pixel 9)";
const IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X)";

afterEach(() => vi.unstubAllGlobals());

/** A browser's storage; one that is switched off throws at each use. */
function stubStorage(works = true): void {
  const kept = new Map<string, string>();
  const used = () => {
    if (!works) throw new DOMException("denied", "SecurityError");
    return kept;
  };
  const getItem = (key: string) => used().get(key) ?? null;
  const setItem = (key: string, value: string) => void used().set(key, value);
  vi.stubGlobal("localStorage", { getItem, setItem });
}

test("each app is given the place in its own way, and Amap is told that it is WGS-84", () => {
  const stop = aStop({ lat: 31.2304, lon: 121.4737, address: "Nanjing Road 1" });
  expect(wayTo(stop, "system")).toBe("geo:31.2304,121.4737?q=31.2304,121.4737(Nanjing%20Road%201)");
  const amap = new URL(wayTo(stop, "amap"));
  expect(amap.origin + amap.pathname).toBe("https://uri.amap.com/navigation");
  expect(Object.fromEntries(amap.searchParams)).toEqual({
    to: "121.4737,31.2304,Nanjing Road 1",
    mode: "ride",
    coordinate: "wgs84",
    callnative: "1",
  });
  const google = new URL(wayTo(stop, "google")).searchParams;
  expect([google.get("destination"), google.get("travelmode")]).toEqual(["31.2304,121.4737", "bicycling"]);
  expect(new URL(wayTo(stop, "apple")).searchParams.get("daddr")).toBe("31.2304,121.4737");
});

test.each([
  ["foot", "walk", "walking", "w"],
  ["van", "car", "driving", "d"],
  ["motorbike", "ride", "two-wheeler", "d"],
])("who rides %s is led as such", (profile, amap, google, apple) => {
  const mode = (by: (typeof NAVIGATORS)[number], name: string) =>
    new URL(wayTo(aStop(), by, profile)).searchParams.get(name);
  expect(mode("amap", "mode")).toBe(amap);
  expect(mode("google", "travelmode")).toBe(google);
  expect(mode("apple", "dirflg")).toBe(apple);
});

test("an address is data: it cannot become another place or another address", () => {
  const stop = aStop({ address: "1,2 (x)&mode=car#top\njavascript:alert(1)" });
  const amap = new URL(wayTo(stop, "amap"));
  expect(amap.searchParams.get("to")?.split(",")).toHaveLength(3);
  expect([amap.searchParams.getAll("mode"), amap.hash]).toEqual([["ride"], ""]);
  expect(wayTo(stop, "system").match(/[()]/g)).toHaveLength(2);
});

test("the phone's own way, until the courier chooses; a choice that is none counts as none", () => {
  stubStorage();
  expect([chosenNavigator(ANDROID), chosenNavigator(IPHONE)]).toEqual(["system", "apple"]);
  for (const by of NAVIGATORS) {
    chooseNavigator(by);
    expect(chosenNavigator(IPHONE)).toBe(by);
  }
  localStorage.setItem("dispatch.courier.navigator", "teleport");
  expect(chosenNavigator(ANDROID)).toBe("system");
});

test("without storage it works all the same", () => {
  stubStorage(false);
  chooseNavigator("amap");
  expect(chosenNavigator(ANDROID)).toBe("system");
});
