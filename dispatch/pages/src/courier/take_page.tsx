import { useState } from "preact/hooks";
import { shortId } from "../shared/format";
import { t } from "../shared/i18n";
import type { OrderCard, StopView } from "../shared/protocol/courier_messages";
import { taskKind } from "../shared/stop";
import { useCourier } from "./context";
import { go } from "./route";
import { CodeField } from "./scan";
import { OrderSize, WithStop } from "./stop";
import { boxesOf, boxOfCode, isWhole, type Ticked, takenOrders, toggled } from "./take";
import { MainAction, PageHead, Tick } from "./ui";

/** The pickup: tick or scan what is in the hands; orders that are not complete stay at the stop. */
export function TakePage({ stop_id }: { stop_id: string }) {
  return <WithStop stop_id={stop_id}>{(stop, cards) => <Taking stop={stop} cards={cards} />}</WithStop>;
}

function Taking({ stop, cards }: { stop: StopView; cards: readonly OrderCard[] }) {
  const { shift } = useCourier();
  const [ticked, setTicked] = useState<Ticked>(new Set());
  const [heard, setHeard] = useState("");
  const taken = takenOrders(cards, ticked);
  const all = cards.length;
  const scanned = (code: string) => {
    const found = boxOfCode(cards, code, ticked);
    setHeard(found ? t("courier.take.ticked", { name: found.name }) : t("courier.take.unknown", { code }));
    if (found) setTicked(toggled(ticked, found.boxes, true));
  };
  const finish = () => {
    shift.progress({ stop_id: stop.stop_id, action: "completed", kind: stop.kind, order_ids: taken });
    go({ at: "route" }, true);
  };
  const hint = taken.length === 0 ? t("courier.take.none") : taken.length < all ? t("courier.take.rest") : "";
  return (
    <>
      <main class="page">
        <PageHead title={t("courier.take.title")}>
          <button
            type="button"
            class="text-button"
            onClick={() => setTicked(new Set(cards.flatMap((card) => boxesOf(card))))}
          >
            {t("courier.take.all")}
          </button>
        </PageHead>
        <CodeField heard={heard} onCode={scanned} />
        <section class="cards" aria-label={t("courier.stop.orders")}>
          {cards.map((card) => (
            <TakeOrder key={card.order_id} card={card} ticked={ticked} onChange={setTicked} />
          ))}
        </section>
      </main>
      <MainAction
        label={
          taken.length > 0 && taken.length < all
            ? t("courier.take.some", { n: taken.length, all })
            : t(`courier.done.${taskKind(stop)}.completed`)
        }
        sign="check"
        hint={hint}
        disabled={taken.length === 0}
        onTap={finish}
      />
    </>
  );
}

function TakeOrder(props: { card: OrderCard; ticked: Ticked; onChange(ticked: Ticked): void }) {
  const { card, ticked, onChange } = props;
  const { order_id, lines = [] } = card;
  return (
    <article class="card take-order">
      <Tick checked={isWhole(card, ticked)} onChange={(on) => onChange(toggled(ticked, boxesOf(card), on))}>
        <strong>{t("courier.stop.order", { ref: card.ref || shortId(order_id) })}</strong>
        <OrderSize card={card} />
        {card.name && <small>{card.name}</small>}
      </Tick>
      {lines.length > 0 && (
        <ul class="tick-lines">
          {lines.map((line, i) => {
            const box = `${order_id}/${i}`;
            return (
              <li key={box}>
                <Tick checked={ticked.has(box)} onChange={(on) => onChange(toggled(ticked, [box], on))}>
                  <span>{line.name}</span>
                  <span class="line-count">× {line.quantity ?? 1}</span>
                </Tick>
              </li>
            );
          })}
        </ul>
      )}
    </article>
  );
}
