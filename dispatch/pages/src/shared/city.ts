import type { CityInfo } from "./map/base_style";

/** The city that the server serves. Rejects when the server cannot be reached or says no. */
async function fetchCity(): Promise<CityInfo> {
  const response = await fetch("/v1/city", { headers: { accept: "application/json" } });
  if (!response.ok) throw new Error(`GET /v1/city: ${response.status}`);
  return (await response.json()) as CityInfo;
}

async function load() {
  const [code, city] = await Promise.all([import("./map/dispatch_map"), fetchCity()]);
  return { DispatchMap: code.DispatchMap, city };
}

let loading: ReturnType<typeof load> | undefined;

/** The map's code, which is most of a page's weight, and the city that it shows; fetched once, when first asked for. */
export function loadMap(): ReturnType<typeof load> {
  loading ??= load();
  return loading;
}
