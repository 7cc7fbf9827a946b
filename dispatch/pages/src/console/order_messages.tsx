import { t } from "../shared/i18n";
import { phaseOf } from "../shared/order";
import type { OrderView, Party } from "../shared/protocol/messages";
import { Composer, Thread } from "../shared/ui/thread";
import { sendMessage } from "./api";
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
    </section>
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
