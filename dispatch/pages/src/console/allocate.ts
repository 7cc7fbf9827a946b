import { type Outcome, post } from "../shared/http";
import { type Checked, expiryOf, Faults, lotOf, type Typed, whole } from "./stock_forms";

const MOST_PIECES = 10_000_000;

/** A depot's part of a delivery, as it is proposed. */
export interface Part {
  depot_id: string;
  quantity: number;
  /** So many pieces orders wait for there. */
  least: number;
  /** So many were asked for of the good, or of its category. */
  sold: number;
}

export interface Allocation {
  basis: "sku" | "category" | "equal" | "given";
  parts: readonly Part[];
}

/** What has come, and the parts once there are some. */
export interface Delivery {
  sku: string;
  quantity: number;
  lot: string;
  expires_at_ms: number;
  apply?: readonly { depot_id: string; quantity: number }[];
}

/** The field in which a depot's part stands. */
export const partField = (depot_id: string): string => `part ${depot_id}`;

/** What stands in the fields of a proposal. */
export function typedParts(parts: readonly Part[]): Typed {
  return Object.fromEntries(parts.map(({ depot_id, quantity }) => [partField(depot_id), String(quantity)]));
}

/** How many pieces the parts add up to, as far as they are numbers. */
export function sumOf(typed: Typed, parts: readonly Part[]): number {
  return parts.reduce((sum, { depot_id }) => sum + (whole(typed[partField(depot_id)] ?? "", 0, MOST_PIECES) ?? 0), 0);
}

/** The delivery; with parts, as they were typed: they have to add up to it. */
export function checkDelivery(typed: Typed, sku: string, parts: readonly Part[] | null): Checked<Delivery> {
  const faults = new Faults();
  const quantity = whole(typed.quantity ?? "", 1, MOST_PIECES);
  if (quantity === null) faults.note("quantity", "stock.wrong.quantity");
  const delivery = { sku, quantity: quantity ?? 0, lot: lotOf(typed, faults), expires_at_ms: expiryOf(typed, faults) };
  if (!parts) return faults.or(delivery);
  const apply = parts.map(({ depot_id }) => {
    const part = whole(typed[partField(depot_id)] ?? "", 0, MOST_PIECES);
    if (part === null) faults.note(partField(depot_id), "stock.wrong.counted");
    return { depot_id, quantity: part ?? 0 };
  });
  const left = delivery.quantity - apply.reduce((sum, part) => sum + part.quantity, 0);
  if (quantity !== null && left !== 0) faults.note("nothing", "split.wrong.sum", { n: delivery.quantity });
  return faults.or({ ...delivery, apply });
}

/** Ask for a proposal, or have the parts received. The same `key` again takes effect once. */
export function sendDelivery(token: string, zone: string, delivery: Delivery, key: string): Promise<Outcome> {
  return post("/v1/stock:allocate", { ...delivery, zone }, { token, key });
}
