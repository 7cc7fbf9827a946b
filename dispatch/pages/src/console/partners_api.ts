import type { Distributor, Month, Standing } from "../shared/distributors";
import { get, type Outcome, post, put } from "../shared/http";

/** A place where customers collect their orders; `leader_url` is the page of whoever runs it. */
export interface PickupPoint {
  id: string;
  name: string;
  lat: number;
  lon: number;
  address: string;
  leader: string;
  phone: string;
  keeps_s: number;
  expected: number;
  lying: number;
  leader_url?: string;
  removed?: boolean;
}

export interface Judgement {
  standing: Exclude<Standing, "applied">;
  tier: number;
  commission_minor: number;
  reason: string;
}

export type PointWish = Pick<PickupPoint, "name" | "lat" | "lon" | "address" | "leader" | "phone" | "keeps_s"> & {
  removed: boolean;
};

export async function fetchPoints(token: string, zone: string): Promise<readonly PickupPoint[] | null> {
  const found = (await get(`/v1/points?zone=${encodeURIComponent(zone)}`, token)) as { points: PickupPoint[] } | null;
  return found?.points ?? null;
}

export function sendPoint(token: string, zone: string, id: string, wish: PointWish): Promise<Outcome> {
  return put(`/v1/points/${encodeURIComponent(id)}`, { ...wish, zone }, { token });
}

export function sendNewLink(token: string, zone: string, id: string): Promise<Outcome> {
  return post(`/v1/points/${encodeURIComponent(id)}:replace-link?zone=${encodeURIComponent(zone)}`, undefined, {
    token,
  });
}

export async function fetchDistributors(token: string, zone: string): Promise<readonly Distributor[] | null> {
  const path = `/v1/distributors?zone=${encodeURIComponent(zone)}`;
  return ((await get(path, token)) as { distributors: Distributor[] } | null)?.distributors ?? null;
}

export async function fetchMonths(token: string, zone: string, id: string): Promise<readonly Month[] | null> {
  const path = `/v1/distributors/${encodeURIComponent(id)}/performance?zone=${encodeURIComponent(zone)}`;
  return ((await get(path, token)) as { months: Month[] } | null)?.months ?? null;
}

export function sendJudgement(token: string, zone: string, id: string, judgement: Judgement): Promise<Outcome> {
  return post(`/v1/distributors/${encodeURIComponent(id)}:judge`, { ...judgement, zone }, { token });
}

/** An address of the city's book. */
export interface Address {
  address: string;
  lat: number;
  lon: number;
}

export async function fetchAddresses(token: string, zone: string, typed: string): Promise<readonly Address[]> {
  const path = `/v1/addresses?zone=${encodeURIComponent(zone)}&q=${encodeURIComponent(typed)}`;
  return ((await get(path, token)) as { addresses: Address[] } | null)?.addresses ?? [];
}
