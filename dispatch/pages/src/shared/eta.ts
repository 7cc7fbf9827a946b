import { clockTime } from "./format";
import { t, tCode } from "./i18n";
import type { OrderView } from "./protocol/messages";

const MINUTE_MS = 60_000;

/** Which way the arrival time last moved, in the minutes that people see; null when they are as they were. */
export function lastMove({ eta_at_ms = 0, eta_before_at_ms = 0 }: OrderView): "later" | "earlier" | null {
  if (!eta_at_ms || !eta_before_at_ms) return null;
  const minutes = Math.floor(eta_at_ms / MINUTE_MS) - Math.floor(eta_before_at_ms / MINUTE_MS);
  if (minutes === 0) return null;
  return minutes > 0 ? "later" : "earlier";
}

/** For staff: "traffic, was 12:40"; empty when nothing changed that anybody sees. */
export function moveWords(order: OrderView): string {
  if (!lastMove(order)) return "";
  const cause = tCode("eta.cause", order.eta_cause ?? "");
  return t("eta.moved", { cause, time: clockTime(order.eta_before_at_ms ?? 0) });
}

/** What keeps everybody from the door, as it was reported; the server's own word for it is translated. */
export function cutOffWords(order: OrderView): string {
  return order.status === "held" && order.cut_off ? tCode("cut_off", order.cut_off) : "";
}
