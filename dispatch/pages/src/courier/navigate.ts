import type { StopView } from "../shared/protocol/courier_messages";

/** The apps that can lead the way. Places are WGS-84; Amap is told so and shifts them itself. */
export const NAVIGATORS = ["system", "amap", "google", "apple"] as const;
export type Navigator = (typeof NAVIGATORS)[number];

const REMEMBERED = "dispatch.courier.navigator";

/** The address that opens the way to a stop. Names are data: they are encoded and cannot become another address. */
export function wayTo(stop: StopView, by: Navigator, profile = "ebike"): string {
  const { lat, lon } = stop;
  const name = stop.address || stop.name;
  const label = encodeURIComponent(name.replace(/[,()]/g, " ").trim());
  switch (by) {
    case "system":
      return `geo:${lat},${lon}?q=${lat},${lon}(${label})`;
    case "amap":
      return `https://uri.amap.com/navigation?to=${lon},${lat},${label}&mode=${AMAP_MODES[profile] ?? "ride"}&coordinate=wgs84&callnative=1`;
    case "google":
      return `https://www.google.com/maps/dir/?api=1&destination=${lat}%2C${lon}&travelmode=${GOOGLE_MODES[profile] ?? "bicycling"}`;
    case "apple":
      return `https://maps.apple.com/?daddr=${lat},${lon}&q=${label}&dirflg=${profile === "foot" ? "w" : "d"}`;
  }
}

const AMAP_MODES: Readonly<Record<string, string>> = { foot: "walk", car: "car", van: "car" };
const GOOGLE_MODES: Readonly<Record<string, string>> = {
  foot: "walking",
  car: "driving",
  van: "driving",
  motorbike: "two-wheeler",
};

/** The courier's choice, else the phone's own way: `geo:` opens a chooser on Android, iOS has Apple Maps. */
export function chosenNavigator(agent = navigator.userAgent): Navigator {
  try {
    const found = localStorage.getItem(REMEMBERED) as Navigator | null;
    if (found && NAVIGATORS.includes(found)) return found;
  } catch {
    // Without storage the phone's own way is the choice.
  }
  return /iPhone|iPad|Macintosh/.test(agent) ? "apple" : "system";
}

export function chooseNavigator(by: Navigator): void {
  try {
    localStorage.setItem(REMEMBERED, by);
  } catch {
    // The choice then lasts as long as the page.
  }
}
