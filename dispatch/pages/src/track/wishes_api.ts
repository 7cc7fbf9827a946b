import { type Outcome, post, read } from "../shared/http";
import type { Window, Windows } from "../shared/windows";
import type { AddressEffect, FoundAddress } from "./wishes";

export interface Place {
  lat: number;
  lon: number;
}

/** An address that the customer has settled on. */
export interface NewAddress extends Place {
  address: string;
}

/** What may be asked of one's own order; the link is the right to it. Each body is one change. */
export interface Wishes {
  instructions(body: { note: string; leave_at_door: boolean } & Seen, key: string): Promise<Outcome>;
  address(body: NewAddress & { expected_at_ms: number } & Seen, key: string): Promise<Outcome>;
  window(body: Window & Seen, key: string): Promise<Outcome>;
  cancel(body: Seen, key: string): Promise<Outcome>;
  wait(key: string): Promise<Outcome>;
  mode(body: { mode: "self_pickup" | "delivery" } & Seen, key: string): Promise<Outcome>;
  effectOf(body: NewAddress): Promise<Outcome>;
  windows(): Promise<Outcome>;
  find(typed: string): Promise<readonly FoundAddress[] | null>;
  nearest(place: Place): Promise<FoundAddress | null>;
}

/** The version of the order that the customer saw when they decided. */
export interface Seen {
  seen_version: number;
}

export function wishesOf(token: string): Wishes {
  const at = `/v1/track/${encodeURIComponent(token)}`;
  const found = async (query: string) => {
    const outcome = await read(`${at}/addresses?${query}`);
    return outcome.kind === "done" ? (outcome.body as { addresses: readonly FoundAddress[] }).addresses : null;
  };
  return {
    instructions: (body, key) => post(`${at}/instructions`, body, { key }),
    address: (body, key) => post(`${at}/address`, body, { key }),
    window: (body, key) => post(`${at}/window`, body, { key }),
    cancel: (body, key) => post(`${at}/cancel`, body, { key }),
    mode: (body, key) => post(`${at}/mode`, body, { key }),
    wait: (key) => post(`${at}/wait`, {}, { key }),
    effectOf: (body) => post(`${at}/address:preview`, body),
    windows: () => read(`${at}/windows`),
    find: (typed) => found(`q=${encodeURIComponent(typed)}`),
    nearest: async ({ lat, lon }) => (await found(`lat=${lat}&lon=${lon}`))?.[0] ?? null,
  };
}

export function effectIn(outcome: Outcome): AddressEffect | null {
  return outcome.kind === "done" ? (outcome.body as AddressEffect) : null;
}

export function windowsIn(outcome: Outcome): Windows | null {
  return outcome.kind === "done" ? (outcome.body as Windows) : null;
}
