import type { OrderStatus, OrderView } from "../shared/protocol/messages";

/** What staff may decide about goods on board. */
export type GoodsChoice = "retry" | "return" | "returned" | "handover" | "handover_done" | "handover_off";

const ON_BOARD: ReadonlySet<OrderStatus> = new Set(["picked_up", "en_route_dropoff", "at_dropoff", "returning"]);

/** The choices that an order has as it stands; none while no courier has its goods. */
export function goodsChoices({ status, handover_to }: OrderView): GoodsChoice[] {
  if (handover_to) return ["handover_done", "handover_off"];
  if (status === "attempt_failed") return ["retry", "return"];
  const choices: GoodsChoice[] = status === "returning" ? ["returned"] : [];
  return ON_BOARD.has(status) ? [...choices, "handover"] : choices;
}
