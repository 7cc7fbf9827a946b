import { shortId } from "../shared/format";
import { t } from "../shared/i18n";
import type { LineView, OrderCard, StopView } from "../shared/protocol/courier_messages";
import { isAtDoor, placeOf } from "../shared/stop";
import { CallLink } from "./call_link";
import { useCourier } from "./context";
import { go } from "./route";
import { cardsOf } from "./shown";
import { Sign } from "./sign";
import { CashDue, NavigateLink, Requires, StopAction, StopTimes, StopTitle } from "./stop_parts";
import { thread } from "./threads";
import { Blank, MainAction, PageHead } from "./ui";
import { itemsIn, weight } from "./words";

/** The stop of an address, or what to say when it has left the route. */
export function WithStop(props: {
  stop_id: string;
  children(stop: StopView, cards: readonly OrderCard[]): preact.VNode;
}) {
  const { now } = useCourier();
  const stop = now.stops.find(({ stop_id }) => stop_id === props.stop_id);
  if (stop) return props.children(stop, cardsOf(now, stop));
  return (
    <>
      <main class="page">
        <Blank sign="route" title={t("courier.stop.gone")} />
      </main>
      <MainAction label={t("courier.stop.gone.go")} sign="route" onTap={() => go({ at: "route" }, true)} />
    </>
  );
}

/** Everything about one stop: where, when, for whom, what, and how to reach people. */
export function StopPage({ stop_id }: { stop_id: string }) {
  return (
    <WithStop stop_id={stop_id}>
      {(stop, cards) => (
        <>
          <main class="page">
            <PageHead title={placeOf(stop)} />
            <StopFacts stop={stop} />
            <section aria-label={t("courier.stop.orders")} class="cards">
              {cards.map((card) => (
                <OrderPart key={card.order_id} card={card} stop={stop} />
              ))}
            </section>
            <button type="button" class="quiet-action" onClick={() => go({ at: "fail", stop_id })}>
              <Sign name="alert" />
              {t("courier.do.fail")}
            </button>
          </main>
          <StopAction stop={stop} cards={cards} />
        </>
      )}
    </WithStop>
  );
}

function StopFacts({ stop }: { stop: StopView }) {
  return (
    <section class="card stop-facts">
      <h2>
        <StopTitle stop={stop} />
      </h2>
      {!isAtDoor(stop) && stop.address && <p class="next-address">{stop.address}</p>}
      <StopTimes stop={stop} />
      {stop.note && (
        <p class="note">
          <Sign name="note" />
          {stop.note}
        </p>
      )}
      {stop.state === "arrived" && <NavigateLink stop={stop} wide />}
    </section>
  );
}

function OrderPart({ card, stop }: { card: OrderCard; stop: StopView }) {
  const { view } = useCourier();
  const { unread } = thread(view, card.order_id);
  return (
    <article class="card order-part">
      <h2>
        {card.name || t("courier.stop.order", { ref: card.ref || shortId(card.order_id) })}
        <OrderSize card={card} />
      </h2>
      {card.name && <p class="faint">{t("courier.stop.order", { ref: card.ref || shortId(card.order_id) })}</p>}
      {card.address && card.address !== stop.address && <p class="faint">{card.address}</p>}
      {card.note && card.note !== stop.note && (
        <p class="note">
          <Sign name="note" />
          {card.note}
        </p>
      )}
      {isAtDoor(stop) && <CashDue card={card} />}
      {isAtDoor(stop) && <Requires card={card} />}
      <Lines lines={card.lines ?? []} />
      <div class="next-links">
        <CallLink card={card} />
        <button type="button" class="side-action wide" onClick={() => go({ at: "thread", order_id: card.order_id })}>
          <Sign name="message" />
          {t("courier.stop.write")}
          {unread > 0 && <span class="badge">{unread}</span>}
        </button>
      </div>
    </article>
  );
}

/** "3 items · 1.2 kg" */
export function OrderSize({ card }: { card: OrderCard }) {
  const n = itemsIn(card);
  const words = [
    n > 0 && (n === 1 ? t("courier.stop.item") : t("courier.stop.items", { n })),
    (card.weight_g ?? 0) > 0 && weight(card.weight_g ?? 0),
  ].filter(Boolean);
  return words.length > 0 ? <span class="order-size">{words.join(" · ")}</span> : null;
}

function Lines({ lines }: { lines: readonly LineView[] }) {
  if (lines.length === 0) return null;
  return (
    <ul class="lines">
      {lines.map((line, i) => (
        <li key={`${line.name}${i}`}>
          <span class="line-count">{line.quantity ?? 1} ×</span>
          {line.name}
        </li>
      ))}
    </ul>
  );
}
