import { useEffect, useState } from "preact/hooks";
import { clockTime } from "../shared/format";
import { get } from "../shared/http";
import { t, tCode } from "../shared/i18n";
import type { OrderView } from "../shared/protocol/messages";

/** Everything that an order's customer was told, the oldest first; `arrived_at_ms` is 0 before the arrival. */
interface EtaHistory {
  arrived_at_ms: number;
  etas: readonly { at_ms: number; eta_at_ms: number; late_at_ms: number; cause: string }[];
}

async function fetchEtas(token: string, order_id: string): Promise<EtaHistory | null> {
  return (await get(`/v1/orders/${encodeURIComponent(order_id)}/etas`, token)) as EtaHistory | null;
}

/** How an order's arrival was told, behind a fold: fetched once somebody wants to know, and when it has changed. */
export function EtasBox({ order, token }: { order: OrderView; token: string }) {
  const [open, setOpen] = useState(false);
  return (
    <details class="fold" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{t("eta.history")}</summary>
      {open && <Told order={order} token={token} />}
    </details>
  );
}

function Told({ order, token }: { order: OrderView; token: string }) {
  const [told, setTold] = useState<EtaHistory | null | false>(null);
  useEffect(() => {
    let wanted = true;
    void fetchEtas(token, order.id).then((found) => wanted && setTold(found ?? false));
    return () => {
      wanted = false;
    };
  }, [token, order.id, order.eta_changed_at_ms, order.status]);
  if (told === null) return <span class="skeleton preview-skeleton" />;
  if (told === false) return <p class="alert">{t("eta.history.failed")}</p>;
  if (told.etas.length === 0) return <p class="faint">{t("eta.history.none")}</p>;
  return (
    <>
      <table class="summary etas">
        <thead>
          <tr>
            <th scope="col">{t("eta.told")}</th>
            <th scope="col">{t("eta.expected")}</th>
            <th scope="col">{t("eta.latest")}</th>
            <th scope="col">{t("eta.because")}</th>
          </tr>
        </thead>
        <tbody>
          {[...told.etas].reverse().map((each) => (
            <tr key={`${each.at_ms} ${each.eta_at_ms}`}>
              <td>{clockTime(each.at_ms)}</td>
              <td>{each.eta_at_ms ? clockTime(each.eta_at_ms) : "–"}</td>
              <td>{each.late_at_ms ? clockTime(each.late_at_ms) : "–"}</td>
              <td>{tCode("eta.cause", each.cause)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {told.arrived_at_ms > 0 && <p class="faint">{t("eta.arrived", { time: clockTime(told.arrived_at_ms) })}</p>}
    </>
  );
}
