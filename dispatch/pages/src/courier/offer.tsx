import { useEffect, useState } from "preact/hooks";
import { t, tCode } from "../shared/i18n";
import { money } from "../shared/money";
import type { Offered } from "../shared/protocol/courier_messages";
import { useTick } from "../shared/ui/hooks";
import { useCourier } from "./context";
import { Choice, Sheet } from "./ui";
import { distance, minutesSeconds } from "./words";

const WHY_NOT = ["too_far", "break_soon", "vehicle", "other"] as const;
const TICK_MS = 250;

/** The newest offers, one at a time, over whatever is open. */
export function Offers() {
  const { now, now_ms } = useCourier();
  const open = now.offers.filter((offer) => offer.expires_at_ms > now_ms);
  const [first, ...rest] = open;
  return first ? <OfferSheet key={first.offer_id} offer={first} more={rest.length} /> : null;
}

/** One offer with its countdown; it closes by itself, and the outcome is told on the page. */
function OfferSheet({ offer, more }: { offer: Offered; more: number }) {
  const { shift } = useCourier();
  const [refusing, setRefusing] = useState(false);
  const left_ms = useRealTimeLeft(offer);
  const full_ms = useFirst(Math.max(1, left_ms));
  const { offer_id } = offer;
  useEffect(() => {
    if (left_ms <= 0) shift.apply({ kind: "lapsed", offer_id, at_ms: shift.phone.now_ms() });
  }, [left_ms <= 0, shift, offer_id]);
  return (
    <Sheet title={t("courier.offer.title")} name="offer">
      <div class="offer-head">
        <h2>{t("courier.offer.title")}</h2>
        <p class="offer-left" role="timer" aria-label={t("courier.offer.left", { left: minutesSeconds(left_ms) })}>
          {minutesSeconds(left_ms)}
        </p>
      </div>
      <progress class="offer-bar" max={full_ms} value={Math.max(0, left_ms)} aria-hidden="true" />
      <OfferFigures offer={offer} />
      <OfferStops offer={offer} />
      {more > 0 && <p class="faint">{t("courier.offer.more", { n: more })}</p>}
      {refusing ? (
        <Choice
          label={t("courier.offer.why")}
          options={WHY_NOT.map((why) => ({ value: why, text: tCode("courier.why", why) }))}
          chosen=""
          onChoose={(reason) => shift.do({ t: "decline", offer_id, reason })}
        />
      ) : (
        <div class="offer-actions">
          <button type="button" class="side-action" onClick={() => setRefusing(true)}>
            {t("courier.offer.decline")}
          </button>
          <button type="button" class="main-action" onClick={() => shift.do({ t: "accept", offer_id })}>
            {t("courier.offer.accept")}
          </button>
        </div>
      )}
    </Sheet>
  );
}

function OfferFigures({ offer }: { offer: Offered }) {
  const { earnings_minor = 0, currency = "", distance_m = 0, order_ids } = offer;
  const n = order_ids.length;
  return (
    <p class="offer-figures">
      {currency && <strong>{money(earnings_minor, currency)}</strong>}
      {distance_m > 0 && <span>{distance(distance_m)}</span>}
      <span>{n === 1 ? t("courier.offer.order") : t("courier.offer.orders", { n })}</span>
    </p>
  );
}

function OfferStops({ offer }: { offer: Offered }) {
  return (
    <ol class="offer-stops">
      {(offer.stops ?? []).map((stop) => (
        <li key={stop.stop_id} class={stop.kind}>
          <strong>{stop.kind === "pickup" ? stop.name : stop.address || stop.name}</strong>
          {stop.kind === "pickup" && stop.address && <small>{stop.address}</small>}
        </li>
      ))}
    </ol>
  );
}

/** How long the courier has, in their own time: business time may run faster than the wall. */
function useRealTimeLeft(offer: Offered): number {
  const { shift } = useCourier();
  useTick(TICK_MS);
  return (offer.expires_at_ms - shift.phone.now_ms()) / shift.phone.rate;
}

function useFirst(value: number): number {
  return useState(value)[0];
}
