import { clockTime, relative } from "../shared/format";
import { t, tCode } from "../shared/i18n";
import { preparationWords } from "../shared/preparation";
import type { OrderView } from "../shared/protocol/messages";
import { starRow } from "../shared/rating";

interface Entry {
  what: string;
  at_ms: number;
}

/** What happened to an order and what its shop reported of it, the newest first. */
export function historyOf({ timeline = [], preparation = [] }: OrderView): Entry[] {
  const moved = timeline.map(({ status, at_ms }) => ({ what: tCode("status", status), at_ms }));
  const prepared = preparation.map(({ step, at_ms }) => ({ what: preparationWords(step), at_ms }));
  // The sort is stable: of two entries of one moment the later one of the timeline comes first
  return [...moved.reverse(), ...prepared].sort((a, b) => b.at_ms - a.at_ms);
}

export function OrderHistory({ order, now_ms }: { order: OrderView; now_ms: number }) {
  return (
    <>
      <h3>{t("drawer.timeline")}</h3>
      <ol class="history">
        {historyOf(order).map(({ what, at_ms }) => (
          <li key={`${what}${at_ms}`}>
            <span>{what}</span>
            <time title={relative(at_ms, now_ms)}>{clockTime(at_ms)}</time>
          </li>
        ))}
      </ol>
    </>
  );
}

/** What the customer says of the delivery. */
export function OrderRating({ order: { rating }, now_ms }: { order: OrderView; now_ms: number }) {
  if (!rating) return null;
  const { stars, reasons = [], text = "", at_ms = 0 } = rating;
  return (
    <section class="order-rating" data-rating={stars}>
      <h3>{t("drawer.rating")}</h3>
      <p>
        <span class={stars <= 2 ? "rating-stars low" : "rating-stars"} aria-hidden="true">
          {starRow(stars)}
        </span>
        <span class="visually-hidden">{t("drawer.rating.stars", { n: stars })}</span>
        {at_ms > 0 && (
          <time class="faint" title={relative(at_ms, now_ms)}>
            {clockTime(at_ms)}
          </time>
        )}
      </p>
      {reasons.length > 0 && (
        <p class="drawer-chips">
          {reasons.map((reason) => (
            <span key={reason} class="chip">
              {tCode("rate.reason", reason)}
            </span>
          ))}
        </p>
      )}
      {text && <p class="rating-text">{text}</p>}
    </section>
  );
}
