import { type Answer, call } from "../shared/call";

/** An order at its pickup point. Times are business time, epoch milliseconds; 0: not yet, or nobody knows. */
export interface Parcel {
  order_id: string;
  ref: string;
  customer: string;
  state: "expected" | "at_point" | "collected" | "uncollected" | "returned";
  lines: readonly { name: string; quantity: number }[];
  at_ms: number;
  until_ms: number;
  eta_at_ms: number;
  confirmed_at_ms: number;
  fragile?: boolean;
}

export interface PointPage {
  point_id: string;
  zone: string;
  name: string;
  address: string;
  now_ms: number;
  expected: readonly Parcel[];
  lying: readonly Parcel[];
  expected_count: number;
  lying_count: number;
  /** Today, the last one first. */
  collected: readonly Parcel[];
  collected_count: number;
}

export type Refusal = "damaged" | "wrong" | "full" | "missing";
export type Changed = Answer<{ orders: readonly Parcel[] }>;

/** What can be done at the point of one link. */
export interface LeaderDesk {
  look(): Promise<Answer<PointPage>>;
  confirm(order_ids: readonly string[]): Promise<Changed>;
  collect(code: string): Promise<Changed>;
  refuse(order_id: string, why: Refusal): Promise<Changed>;
}

export function leaderDesk(link: string): LeaderDesk {
  const path = `/v1/leader/${encodeURIComponent(link)}`;
  return {
    look: () => call(path),
    confirm: (order_ids) => call(`${path}/confirm`, { body: { order_ids } }),
    collect: (code) => call(`${path}/collect`, { body: { code } }),
    refuse: (order_id, why) => call(`${path}/refuse`, { body: { order_id, why } }),
  };
}
