import { clockRange, span } from "../shared/format";
import type { Outcome } from "../shared/http";
import { currentLang, type Key, TEXTS, t } from "../shared/i18n";
import { isBrought, lateness_ms, phaseOf, type Tone } from "../shared/order";
import type { OrderView, WishKind } from "../shared/protocol/messages";
import { windowWords } from "../shared/windows";

/** What opens a sheet of its own; whether it may be left at the door stands beside the instructions. */
export type SheetKind = Extract<WishKind, "note" | "address" | "window" | "pickup" | "bring" | "cancel">;
export const SHEETS: readonly SheetKind[] = ["note", "address", "window", "pickup", "bring", "cancel"];

export interface FoundAddress {
  address: string;
  lat: number;
  lon: number;
  away_m: number;
}

/** What another address does to the arrival; 0: nobody knows. */
export interface AddressEffect {
  expected_at_ms: number;
  late_at_ms: number;
  before_at_ms: number;
  before_late_at_ms: number;
  promise_at_ms: number;
  courier: "nobody" | "kept" | "again";
}

const MINUTE_MS = 60_000;

export function mayWish({ may = [] }: OrderView, kind: WishKind): boolean {
  return may.includes(kind);
}

/** The wishes that the page offers now, in their order. */
export function openSheets(order: OrderView): SheetKind[] {
  return SHEETS.filter((kind) => mayWish(order, kind));
}

/** Whether to ask what is to become of an order that is late, or may be: not again while its customer waits. */
export function asksAboutDelay(order: OrderView, now_ms: number, tone: Tone): boolean {
  if (!mayWish(order, "wait") || !isComing(order)) return false;
  const expected_ms = Math.max(order.eta_at_ms ?? 0, now_ms);
  if ((order.waits_until_ms ?? 0) > expected_ms) return false;
  return lateness_ms(order, now_ms) > 0 || (tone === "at_risk" && (order.eta_at_ms ?? 0) > 0);
}

/** How the question begins: it is late, or it may be. */
export function lateWords(order: OrderView, now_ms: number): Key {
  return lateness_ms(order, now_ms) > 0 ? "wish.delay" : "wish.delay.risk";
}

/** Whether the customer has said to wait, and it has not come yet. */
export function waits(order: OrderView, now_ms: number): boolean {
  return isComing(order) && (order.waits_until_ms ?? 0) > Math.max(order.eta_at_ms ?? 0, now_ms);
}

function isComing(order: OrderView): boolean {
  return ["waiting", "to_pickup", "on_way"].includes(phaseOf(order));
}

/** What the order says about a wish now, for its row; `depot` is where it could be fetched. */
export function standing(order: OrderView, kind: SheetKind, now_ms: number, depot = ""): string {
  switch (kind) {
    case "note":
      return [order.note, order.leave_at_door && t("wish.door")].filter(Boolean).join(" · ") || t("wish.note.none");
    case "address":
      return order.address;
    case "window":
      return windowWords({ earliest_at_ms: order.earliest_at_ms ?? 0, promise_at_ms: order.promise_at_ms }, now_ms);
    case "pickup":
      return t("wish.pickup.note", { depot });
    case "bring":
      return t("wish.bring.note");
    case "cancel":
      return t(isBrought(order) ? "wish.cancel.note" : "wish.cancel.note.depot");
  }
}

/** How the arrival moves: in minutes that people see. */
export function moveWords({ expected_at_ms, before_at_ms }: AddressEffect): string {
  if (!before_at_ms || !expected_at_ms) return "";
  const moved_ms = expected_at_ms - before_at_ms;
  if (Math.abs(moved_ms) < MINUTE_MS) return t("wish.effect.same");
  return t(moved_ms > 0 ? "wish.effect.later" : "wish.effect.earlier", { span: span(moved_ms) });
}

/** "18:24–18:31", or that nobody knows. */
export function arrivalWords(from_ms: number, late_ms: number): string {
  return from_ms ? clockRange(from_ms, late_ms) : t("wish.effect.unknown");
}

/** Why it was not done, and what to do; empty when it was. */
export function problemWords(outcome: Outcome): string {
  switch (outcome.kind) {
    case "done":
    case "accepted":
    case "conflict":
      return "";
    case "refused":
      return known(outcome.code) ?? outcome.detail;
    case "forbidden":
      return t("wish.code.link_expired");
    default:
      return t("wish.unreachable");
  }
}

function known(code: string | undefined): string | null {
  const key = `wish.code.${code}`;
  return key in TEXTS[currentLang()] ? t(key as Key) : null;
}
