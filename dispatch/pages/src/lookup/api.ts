import { type Answer, call } from "../shared/call";
import { currentLang } from "../shared/i18n";
import type { Mode, OrderStatus } from "../shared/protocol/messages";

/** What the shopper knows: their phone number, or the number of an order. */
export type By = "phone" | "order";

/** An order of the shopper's phone; `link` is its page, while there is one. Times are business time. */
export interface FoundOrder {
  id: string;
  status: OrderStatus;
  created_at_ms: number;
  ref?: string;
  shop?: string;
  direction?: "delivery" | "return";
  eta_at_ms?: number;
  eta_late_at_ms?: number;
  ended_at_ms?: number;
  link?: string;
  /** Who brings it; a delivery where it says nothing. */
  mode?: Mode;
  /** Until when it is kept for the shopper, and whether it is packed; where it is a carrier's, whose. */
  collect_by_ms?: number;
  packed?: boolean;
  carrier?: string;
}

export interface Found {
  now_ms: number;
  orders: readonly FoundOrder[];
  /** Opens the account of the phone that was asked with. */
  token?: string;
  expires_at_s?: number;
}

/** Ask for a code. The answer is the same whether the server knows the number or not. */
export function lookUp(by: By, asked: string): Promise<Answer<unknown>> {
  return call("/v1/track/lookup", { body: { [by]: asked, lang: currentLang() } });
}

/** The orders, for the code that came. */
export function confirm(by: By, asked: string, code: string): Promise<Answer<Found>> {
  return call("/v1/track/lookup/confirm", { body: { [by]: asked, code } });
}
