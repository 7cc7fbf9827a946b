import type { Place } from "../shared/geo/path";
import { get, type Outcome, post } from "../shared/http";

/** A door whose pin is probably wrong, as `/v1/corrections` has it. */
export interface PinCorrection {
  id: string;
  address: string;
  pin: Place;
  place: Place;
  pattern: string;
  visits: number;
  distance_m: number;
  confidence: number;
  reason_en: string;
  reason_zh: string;
  stays: readonly Place[];
  state: "proposed" | "accepted" | "rejected";
  waiting_orders: number;
}

export interface PinsToCheck {
  corrections: readonly PinCorrection[];
  total: number;
}

/** Proposals that nobody has decided about, the surest first; null when they cannot be had. */
export async function fetchPins(token: string, zone: string): Promise<PinsToCheck | null> {
  const query = new URLSearchParams({ zone, state: "proposed" });
  return (await get(`/v1/corrections?${query}`, token)) as PinsToCheck | null;
}

export function sendVerdict(token: string, zone: string, id: string, accept: boolean): Promise<Outcome> {
  const verdict = accept ? "accept" : "reject";
  const query = new URLSearchParams({ zone });
  return post(`/v1/corrections/${encodeURIComponent(id)}:${verdict}?${query}`, {}, { token });
}
