import { t } from "../shared/i18n";
import type { TrackState } from "../shared/store/track";

/** A number is told only while it is small enough to mean something; beyond that it says "several". */
const COUNTED_STOPS = 5;

/** How many stops the courier makes before this one; empty while the courier is not seen. */
export function stopsWords({ fix, stops_before }: TrackState): string {
  if (!fix) return "";
  if (stops_before === 0) return t("track.next");
  if (stops_before > COUNTED_STOPS) return t("track.stops.several");
  return stops_before === 1 ? t("track.stops.one") : t("track.stops.many", { n: stops_before });
}

/** Why there are more stops than the page said before; empty when there are not, or when no number was told. */
export function whyMoreStops({ fix, stops_before, stops_told }: TrackState): string {
  return fix && stops_told <= COUNTED_STOPS && stops_before > stops_told ? t("track.stops.rose") : "";
}
