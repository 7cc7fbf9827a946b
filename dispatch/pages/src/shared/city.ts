import type { CityInfo } from "./map/base_style";

/** The city that the server serves. Rejects when the server cannot be reached or says no. */
export async function fetchCity(): Promise<CityInfo> {
  const response = await fetch("/v1/city", { headers: { accept: "application/json" } });
  if (!response.ok) throw new Error(`GET /v1/city: ${response.status}`);
  return (await response.json()) as CityInfo;
}
