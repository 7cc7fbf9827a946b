import { type Key, t } from "../shared/i18n";
import type { StopView } from "../shared/protocol/courier_messages";
import { isAtDoor } from "../shared/stop";
import { CallLink } from "./call_link";
import { useCourier } from "./context";
import { useSetDuty } from "./duty";
import { CourierMap } from "./map";
import { go } from "./route";
import { cardsOf, nextStop, strandedGoods } from "./shown";
import { Sign } from "./sign";
import { AtDoor, CashDue, NavigateLink, StopAction, StopNumber, StopTimes, StopTitle } from "./stop_parts";
import { Blank, MainAction } from "./ui";
import { taskOf, whoIsAt } from "./words";

/** The route: the map, the next stop in full, and the ones after it. Without stops, what the courier is waiting for. */
export function RoutePage() {
  const { now } = useCourier();
  const next = nextStop(now);
  return (
    <>
      <main class="page route-page">
        {now.duty !== "off_duty" && <CourierMap />}
        <div class="route-list">
          {next ? <NextStop stop={next} /> : <Resting />}
          <Later stops={now.stops.slice(1)} />
          <Goods />
        </div>
      </main>
      {next ? <StopAction stop={next} cards={cardsOf(now, next)} /> : <RestAction />}
    </>
  );
}

function NextStop({ stop }: { stop: StopView }) {
  const { now } = useCourier();
  const place = stop.address || stop.name;
  const [first] = cardsOf(now, stop);
  const door = isAtDoor(stop);
  const note = stop.note || (door ? first?.note : "");
  return (
    <section class="next-stop" aria-label={t("courier.next")}>
      <p class="eyebrow">
        {t("courier.next")}
        {now.duty === "ending" && <span class="chip at_risk">{t("courier.ending.chip")}</span>}
      </p>
      <div class="next-head">
        <StopNumber n={1} stop={stop} />
        <div>
          <h1>
            <StopTitle stop={stop} />
          </h1>
          <p class="next-name">{whoIsAt(stop, first)}</p>
        </div>
      </div>
      <p class="next-address">{place}</p>
      <StopTimes stop={stop} />
      {note && (
        <p class="note">
          <Sign name="note" />
          {note}
        </p>
      )}
      {door && <AtDoor card={first} />}
      {door && <CashDue card={first} />}
      <div class="next-links">
        {stop.state === "arrived" && <NavigateLink stop={stop} wide />}
        {door && first && <CallLink card={first} />}
        <button type="button" class="side-action wide" onClick={() => go({ at: "stop", stop_id: stop.stop_id })}>
          <Sign name="more" />
          {t("courier.stop.more")}
        </button>
      </div>
    </section>
  );
}

function Later({ stops }: { stops: readonly StopView[] }) {
  if (stops.length === 0) return null;
  return (
    <section class="later" aria-label={t("courier.then")}>
      <p class="eyebrow">{t("courier.then")}</p>
      <ol>
        {stops.map((stop, i) => (
          <li key={stop.stop_id}>
            <button type="button" class="stop-row" onClick={() => go({ at: "stop", stop_id: stop.stop_id })}>
              <StopNumber n={i + 2} stop={stop} />
              <span class="stop-row-text">
                <strong>{stop.address || stop.name}</strong>
                <small>{taskOf(stop)}</small>
              </span>
              <StopTimes stop={stop} />
            </button>
          </li>
        ))}
      </ol>
    </section>
  );
}

const GOODS: Readonly<Record<string, Key>> = {
  returning: "courier.goods.returning",
  handover: "courier.goods.handover",
};

/** Goods on board that no stop is about. */
function Goods() {
  const { now } = useCourier();
  const goods = strandedGoods(now);
  if (goods.length === 0) return null;
  return (
    <section class="later" aria-label={t("courier.goods.title")}>
      <p class="eyebrow">{t("courier.goods.title")}</p>
      <ul>
        {goods.map((card) => (
          <li key={card.order_id}>
            <button type="button" class="stop-row" onClick={() => go({ at: "thread", order_id: card.order_id })}>
              <span class="stop-number goods">
                <Sign name="bag" />
              </span>
              <span class="stop-row-text">
                <strong>{t("courier.stop.order", { ref: card.ref || card.order_id.slice(-6) })}</strong>
                <small>{t(GOODS[card.status] ?? "courier.goods.attempt_failed")}</small>
              </span>
              <Sign name="message" />
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Resting() {
  const { now, account } = useCourier();
  const name = account.name;
  switch (now.duty) {
    case "off_duty":
      return (
        <Blank
          sign="home"
          title={name ? t("courier.off.title", { name }) : t("courier.off.hello")}
          note={t("courier.off.note")}
        />
      );
    case "on_break":
      return <Blank sign="coffee" title={t("courier.break.title")} note={t("courier.break.note")} />;
    case "ending":
      return <Blank sign="flag" title={t("courier.ending.title")} note={t("courier.ending.note")} />;
    default:
      return <Blank sign="bell" title={t("courier.idle.title")} note={t("courier.idle.note")} />;
  }
}

function RestAction() {
  const { now } = useCourier();
  const setDuty = useSetDuty();
  switch (now.duty) {
    case "off_duty":
      return <MainAction label={t("courier.off.go")} sign="power" onTap={() => setDuty("available")} />;
    case "on_break":
      return <MainAction label={t("courier.break.go")} sign="bag" onTap={() => setDuty("available")} />;
    case "ending":
      return (
        <MainAction label={t("courier.ending.go")} sign="power" onTap={() => setDuty("off_duty")}>
          <button type="button" class="side-action" onClick={() => setDuty("available")}>
            {t("courier.ending.keep")}
          </button>
        </MainAction>
      );
    default:
      return <MainAction label={t("courier.idle.break")} sign="coffee" tone="calm" onTap={() => setDuty("on_break")} />;
  }
}
