import { clockTime } from "../shared/format";
import { t, tCode } from "../shared/i18n";
import { money } from "../shared/money";
import type { OrderView, WishView } from "../shared/protocol/messages";
import { windowWords } from "../shared/windows";
import { Fact } from "./drawer_parts";
import { personOf } from "./override_history";

/** How the order is paid, and what the courier takes at the door. */
export function PaymentFact({ order: { payment = "", cash_minor = 0, currency = "" } }: { order: OrderView }) {
  if (!payment) return null;
  const words = tCode("order.payment", payment);
  return <Fact label="order.payment" value={cash_minor ? `${words}: ${money(cash_minor, currency)}` : words} />;
}

/** What the customer asks for, among the facts of the order. */
export function WishFacts({ order, now_ms }: { order: OrderView; now_ms: number }) {
  const { note = "", leave_at_door = false, earliest_at_ms = 0, waits_until_ms = 0, promise_at_ms } = order;
  return (
    <>
      {note && <Fact label="order.note" value={note} />}
      {leave_at_door && <Fact label="order.note" value={t("order.at_door")} />}
      {earliest_at_ms > 0 && (
        <Fact label="order.window" value={windowWords({ earliest_at_ms, promise_at_ms }, now_ms)} />
      )}
      {waits_until_ms > now_ms && (
        <Fact label="promise.late" value={t("order.waits", { time: clockTime(waits_until_ms) })} />
      )}
    </>
  );
}

/** What the customer changed by their link, the newest first. */
export function WishHistory({ order: { wishes = [] } }: { order: OrderView }) {
  if (wishes.length === 0) return null;
  return (
    <>
      <h3>{t("order.wishes")}</h3>
      <ol class="history" data-wishes={wishes.length}>
        {[...wishes].reverse().map((wish, i) => (
          <li key={`${wish.at_ms} ${wishes.length - i}`}>
            <span>{wishWords(wish)}</span>
            <time>{clockTime(wish.at_ms)}</time>
          </li>
        ))}
      </ol>
    </>
  );
}

/** "Address, before: 12 Maple Street" */
export function wishWords({ by, reason = "", ...wish }: WishView): string {
  const words = changeWords(wish);
  return by ? t("order.wish.by", { words, who: personOf(by), reason }) : words;
}

function changeWords({ kind, was = "", was_at_ms = 0 }: WishView): string {
  if (kind === "address" && was) return t("order.wish.address.was", { was });
  if (kind === "window" && was_at_ms) return t("order.wish.window.was", { time: clockTime(was_at_ms) });
  return tCode("order.wish", kind);
}
