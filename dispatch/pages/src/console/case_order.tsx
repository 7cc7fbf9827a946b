import { useEffect, useState } from "preact/hooks";
import { timeOrDay } from "../shared/format";
import { get } from "../shared/http";
import { tCode } from "../shared/i18n";
import { doneAt_ms } from "../shared/order";
import type { OrderView } from "../shared/protocol/messages";
import type { CaseProps } from "./case_forms";
import { orderName } from "./cases";
import { Fact } from "./drawer_parts";

/** The order that a case is about. One that ended so long ago that the desk has forgotten it is asked for. */
export function CaseOrder(props: CaseProps) {
  const { conflict, zone, onSelect } = props;
  const order = zone.orders.get(conflict.order_id);
  if (!order) return <OldOrder key={conflict.order_id} {...props} />;
  return (
    <Fact
      label="case.order"
      value={[orderName(order.id, zone), order.address].filter(Boolean).join(" · ")}
      onOpen={() => onSelect({ kind: "order", id: order.id })}
    />
  );
}

function OldOrder({ conflict, zone, token, now_ms }: CaseProps) {
  const [order, setOrder] = useState<OrderView | null>(null);
  useEffect(() => {
    let wanted = true;
    const path = `/v1/orders/${encodeURIComponent(conflict.order_id)}`;
    void get(path, token).then((found) => wanted && setOrder(found as OrderView | null));
    return () => {
      wanted = false;
    };
  }, [conflict.order_id, token]);
  const name = order?.ref || orderName(conflict.order_id, zone);
  return (
    <>
      <Fact label="case.order" value={[name, order?.address].filter(Boolean).join(" · ")} />
      {order && <Fact label="case.order.end" value={endWords(order, now_ms)} />}
    </>
  );
}

/** How and when it ended. */
function endWords(order: OrderView, now_ms: number): string {
  const at_ms = doneAt_ms(order) ?? order.timeline?.at(-1)?.at_ms ?? order.created_at_ms;
  return `${tCode("status", order.status)} · ${timeOrDay(at_ms, now_ms)}`;
}
