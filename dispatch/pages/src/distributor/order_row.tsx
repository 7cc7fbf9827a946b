import { t } from "../shared/i18n";
import { reasonWords, toneOf } from "../shared/order";
import type { OrderView } from "../shared/protocol/messages";
import { arrivalWords, numberOf, windowWords } from "./orders";

interface RowProps {
  order: OrderView;
  now_ms: number;
  open?: boolean;
}

/** An order in a list: how it stands, where it goes, when it is wanted and when it comes. */
export function OrderRow({ order, now_ms, open = false }: RowProps) {
  return (
    <a
      class="order-row"
      href={`#/orders/${order.id}`}
      data-order={order.ref || order.id}
      aria-current={open ? "true" : undefined}
    >
      <span class={`chip ${toneOf(order, now_ms)}`}>{t(`status.${order.status as "held"}`)}</span>
      <strong>{numberOf(order)}</strong>
      <span class="order-where">{order.address}</span>
      <span class="faint">{windowWords(order, now_ms)}</span>
      <span>{arrivalWords(order, now_ms) || (order.status === "held" && reasonWords(order.reason ?? ""))}</span>
    </a>
  );
}
