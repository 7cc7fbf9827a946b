import { timeOrDay } from "../shared/format";
import { t, tCode } from "../shared/i18n";
import { isBrought } from "../shared/order";
import type { OrderView } from "../shared/protocol/messages";
import { type DrawerProps, Fact } from "./drawer_parts";

/** Who brings it, where that is not one of our couriers: until when it is kept, or what the carrier has said. */
export function ModeFacts({ order, now_ms }: DrawerProps & { order: OrderView }) {
  if (isBrought(order)) return null;
  return (
    <>
      <Fact label="order.mode" value={tCode("mode", order.mode ?? "delivery")} />
      {order.collect_by_ms ? <Fact label="order.kept" value={timeOrDay(order.collect_by_ms, now_ms)} /> : null}
      <Shipment order={order} now_ms={now_ms} />
    </>
  );
}

function Shipment({ order, now_ms }: { order: OrderView; now_ms: number }) {
  const { shipment } = order;
  if (!shipment) return null;
  const { carrier, tracking_number, tracking_url, state = "taken", at_ms = 0, note } = shipment;
  const said = [tCode("shipment.state", state), at_ms > 0 && timeOrDay(at_ms, now_ms), note]
    .filter(Boolean)
    .join(" · ");
  return (
    <div class="fact" data-shipment={state}>
      <dt>{t("order.shipment")}</dt>
      <dd>
        {carrier} {tracking_number}
        {tracking_url && (
          <>
            {" "}
            <a class="link" href={tracking_url} target="_blank" rel="noreferrer noopener">
              {t("order.shipment.follow")}
            </a>
          </>
        )}
        <br />
        <span class="faint">{said}</span>
      </dd>
    </div>
  );
}
