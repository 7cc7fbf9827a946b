import { t } from "../shared/i18n";
import { phaseOf } from "../shared/order";
import type { OrderView, Party } from "../shared/protocol/messages";
import { Icon } from "../shared/ui/icon";
import { MaskedCall } from "../shared/ui/masked_call";
import { Composer, Thread } from "../shared/ui/thread";
import { callAbout, sendMessage } from "./api";
import type { DrawerProps } from "./drawer_parts";
import { useMay } from "./may";

/** What was written about an order, and where the desk answers. */
export function OrderMessages({ order, zone, now_ms, token, messageBox }: DrawerProps & { order: OrderView }) {
  const thread = zone.messages.get(order.id) ?? [];
  const may = useMay();
  const nameOf = (party: Party) => t(`message.party.${party}`);
  return (
    <section class="order-messages">
      <h3>{t("message.title")}</h3>
      {thread.length === 0 && <p class="faint">{t("message.none")}</p>}
      <Thread messages={thread} reader="dispatcher" now_ms={now_ms} nameOf={nameOf} />
      {may("write_message") && (
        <Composer
          key={order.id}
          draft={`desk.${order.id}`}
          parties={partiesFor(order, thread.findLast(({ to }) => to === "dispatcher")?.sender)}
          phrases={[]}
          box={messageBox}
          nameOf={nameOf}
          send={(to, text, key) => sendMessage(token, order.id, to, text, key)}
        />
      )}
      {may("call") && <Calls order={order} token={token} />}
    </section>
  );
}

/** A call to either of the two, by a number that is nobody's own. */
function Calls({ order, token }: { order: OrderView; token: string }) {
  const phase = phaseOf(order);
  if (phase === "done" || phase === "canceled" || order.status === "returned") return null;
  return (
    <div class="actions calls">
      {partiesFor(order).map((to) => (
        <MaskedCall key={to} class="button" ask={(key) => callAbout(token, order.id, to, key)}>
          <Icon name="call" />
          {t("call.to", { who: t(`message.party.${to}`) })}
        </MaskedCall>
      ))}
    </div>
  );
}

/** What had been written by then. */
export function ThreadThen({ order, zone, now_ms }: DrawerProps & { order: OrderView }) {
  const thread = zone.messages.get(order.id) ?? [];
  if (thread.length === 0) return null;
  return (
    <section class="order-messages">
      <h3>{t("message.title")}</h3>
      <Thread
        messages={thread}
        reader="dispatcher"
        now_ms={now_ms}
        nameOf={(party: Party) => t(`message.party.${party}`)}
      />
    </section>
  );
}

/** Whom the desk can write to about an order; whoever wrote last comes first. */
export function partiesFor(order: OrderView, last?: Party): Party[] {
  const phase = phaseOf(order);
  const hasCourier = Boolean(order.courier_id) && phase !== "waiting" && phase !== "held";
  const parties: Party[] = hasCourier ? ["courier", "customer"] : ["customer"];
  return parties.sort((a, b) => Number(b === last) - Number(a === last));
}
