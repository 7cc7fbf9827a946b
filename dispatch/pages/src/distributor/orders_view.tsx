import { useState } from "preact/hooks";
import { timeOrDay } from "../shared/format";
import { t } from "../shared/i18n";
import { Icon } from "../shared/ui/icon";
import { PaperButtons } from "../shared/ui/paper_buttons";
import type { Account } from "./api";
import { OrderDetail } from "./order_detail";
import { OrderRow } from "./order_row";
import { type Delivery, deliveries, progressWords, STANDS, type Stand } from "./orders";
import { Failed, Skeleton } from "./parts";
import { useOrders } from "./use_orders";

const STAND_NAMES = Object.keys(STANDS) as Stand[];

/** The orders, looked for and kept fresh; one of them is open beside the list, or on a phone instead of it. */
export function OrdersView({ account, order_id }: { account: Account; order_id: string }) {
  const [text, setText] = useState("");
  const [stand, setStand] = useState<Stand>("all");
  const found = useOrders(account, text.trim(), stand);
  const looked = text.trim() !== "" || stand !== "all";
  return (
    <div class={`orders${order_id ? " with-detail" : ""}`}>
      <section class="orders-list" aria-label={t("dist.view.orders")}>
        <search class="search">
          <label class="field">
            <span>{t("dist.search")}</span>
            <input
              type="search"
              maxLength={100}
              placeholder={t("dist.search.hint")}
              value={text}
              onInput={(event) => setText(event.currentTarget.value)}
            />
          </label>
          <label class="field">
            <span>{t("dist.stand")}</span>
            <select value={stand} onChange={(event) => setStand(event.currentTarget.value as Stand)}>
              {STAND_NAMES.map((each) => (
                <option key={each} value={each}>
                  {t(`dist.stand.${each}`)}
                </option>
              ))}
            </select>
          </label>
        </search>
        {found.refusal && <Failed refusal={found.refusal} onAgain={found.again} />}
        {found.orders === null && !found.refusal && <Skeleton />}
        {found.orders && (
          <>
            <p class="faint" role="status">
              {found.orders.length === 0
                ? t(looked ? "dist.orders.none.found" : "dist.orders.none")
                : t("dist.as.of", { time: timeOrDay(found.now_ms, found.now_ms) })}
            </p>
            {found.orders.length === 0 && !looked && (
              <a class="button primary" href="#/new">
                <Icon name="plus" />
                {t("dist.view.new")}
              </a>
            )}
            {deliveries(found.orders).map((delivery) => (
              <DeliveryCard
                key={delivery.drop_of || delivery.orders[0]?.id}
                delivery={delivery}
                token={account.token}
                now_ms={found.now_ms}
                order_id={order_id}
              />
            ))}
            {found.next && (
              <button type="button" class="button" disabled={found.busy} onClick={() => void found.more()}>
                {t(found.busy ? "staff.busy" : "dist.more")}
              </button>
            )}
          </>
        )}
      </section>
      {order_id && <OrderDetail key={order_id} account={account} order_id={order_id} onChanged={found.again} />}
    </div>
  );
}

interface DeliveryProps {
  delivery: Delivery;
  token: string;
  now_ms: number;
  order_id: string;
}

/** The drops of one delivery, with the papers of all of them; an order alone has no head. */
function DeliveryCard({ delivery, token, now_ms, order_id }: DeliveryProps) {
  const { drop_of, orders } = delivery;
  return (
    <article class="delivery" aria-label={drop_of ? t("dist.delivery", { number: drop_of }) : undefined}>
      {drop_of && (
        <header class="delivery-head">
          <h2>{t("dist.delivery", { number: drop_of })}</h2>
          <span class="faint">{progressWords(delivery)}</span>
          <PaperButtons token={token} order_ids={orders.map(({ id }) => id)} name={drop_of} />
        </header>
      )}
      <ul class="order-rows">
        {orders.map((order) => (
          <li key={order.id}>
            <OrderRow order={order} now_ms={now_ms} open={order.id === order_id} />
          </li>
        ))}
      </ul>
    </article>
  );
}
