import { clockTime } from "../shared/format";
import { t, tCode } from "../shared/i18n";
import { money } from "../shared/money";
import type { OrderCard, ProofKind, StopView } from "../shared/protocol/courier_messages";
import { isAtDoor, taskKind } from "../shared/stop";
import { useCourier } from "./context";
import { chosenNavigator, wayTo } from "./navigate";
import { go } from "./route";
import { Sign } from "./sign";
import { MainAction } from "./ui";
import { etaOf, taskOf, toneOf, windowOf } from "./words";

/** The number of a stop, in the colour that its kind has on the map. */
export function StopNumber({ n, stop }: { n: number; stop: StopView }) {
  return (
    <span class={`stop-number ${stop.kind}`} aria-hidden="true">
      {n}
    </span>
  );
}

/** When one should be there, and how that stands. */
export function StopTimes({ stop }: { stop: StopView }) {
  const { now_ms } = useCourier();
  const tone = toneOf(stop, now_ms);
  const eta = etaOf(stop, now_ms);
  const span = windowOf(stop);
  const early = (stop.earliest_at_ms ?? 0) > now_ms && !stop.latest_at_ms;
  return (
    <p class="stop-times">
      {eta && <span>{eta}</span>}
      {span && <span>{early ? t("courier.stop.early", { time: clockTime(stop.earliest_at_ms ?? 0) }) : span}</span>}
      {tone !== "unknown" && (
        <span class={`chip ${tone}`}>
          <Sign name={tone === "on_time" ? "check" : "clock"} />
          {t(`promise.${tone}`)}
        </span>
      )}
    </p>
  );
}

/** The way to a stop in the phone's navigation app. Whoever looks for the way is on it. */
export function NavigateLink({ stop, wide }: { stop: StopView; wide?: boolean }) {
  const { shift, account } = useCourier();
  const by = chosenNavigator();
  const outside = by === "system" ? {} : { target: "_blank", rel: "noreferrer" };
  return (
    <a
      class={`side-action ${wide ? "wide" : ""}`}
      href={wayTo(stop, by, account.profile)}
      {...outside}
      onClick={() => depart(shift, stop)}
    >
      <Sign name="navigate" />
      {t("courier.do.navigate")}
    </a>
  );
}

type Doer = ReturnType<typeof useCourier>["shift"];

function depart(shift: Doer, stop: StopView): void {
  if (!stop.state || stop.state === "planned") report(shift, stop, "departed");
}

export function report(shift: Doer, stop: StopView, action: "departed" | "arrived" | "completed"): string {
  const { stop_id, kind, order_ids } = stop;
  return shift.progress({ stop_id, action, kind, order_ids });
}

/** Whether one tap is enough to finish a stop: one order with nothing to tick off and nothing to prove. */
export function isPlain(cards: readonly OrderCard[]): boolean {
  const only = cards.length === 1 ? cards[0] : undefined;
  const bare = only !== undefined && (only.lines?.length ?? 0) === 0 && (only.requires?.length ?? 0) === 0;
  return bare && !only.cash_minor;
}

/** The next step at a stop: set off, be there, then what is to be done. */
export function StopAction({ stop, cards }: { stop: StopView; cards: readonly OrderCard[] }) {
  const { shift } = useCourier();
  const { stop_id } = stop;
  if (stop.state === "arrived") {
    const task = taskKind(stop);
    const taking = task === "pickup" || task === "receive";
    const plain = isPlain(isAtDoor(stop) ? cards : cards.map(({ requires: _, cash_minor: __, ...card }) => card));
    const finish = () => {
      report(shift, stop, "completed");
      go({ at: "route" }, true);
    };
    const open = () => go({ at: taking ? "take" : "give", stop_id });
    const text = plain ? t(`courier.done.${task}.completed`) : t(`courier.do.${task}`);
    return <MainAction label={text} sign="check" onTap={plain ? finish : open} />;
  }
  const underway = stop.state === "en_route";
  return (
    <MainAction
      label={t(underway ? "courier.do.arrive" : "courier.do.go")}
      sign={underway ? "flag" : "route"}
      onTap={() => report(shift, stop, underway ? "arrived" : "departed")}
    >
      <NavigateLink stop={stop} />
    </MainAction>
  );
}

/** What is to be done at a stop, and where one is with it. */
export function StopTitle({ stop }: { stop: StopView }) {
  const words =
    stop.state === "arrived" ? "courier.stop.here" : stop.state === "en_route" ? "courier.stop.underway" : "";
  return (
    <>
      {taskOf(stop)}
      {words && <span class={`chip ${stop.state === "arrived" ? "accent" : ""}`}>{t(words)}</span>}
    </>
  );
}

/** Where nobody has to be there: then a photo is the proof. */
export function AtDoor({ card }: { card: OrderCard | undefined }) {
  if (!card?.leave_at_door) return null;
  return (
    <p class="note at-door" data-at-door={card.order_id}>
      <Sign name="door" />
      {t("courier.at_door")}
    </p>
  );
}

/** What the customer has to pay before they get it. */
export function CashDue({ card }: { card: OrderCard | undefined }) {
  if (!card?.cash_minor) return null;
  return (
    <p class="note cash-due" data-cash={card.order_id}>
      <Sign name="alert" />
      {t("courier.cash", { amount: money(card.cash_minor, card.currency ?? "") })}
    </p>
  );
}

/** What a delivery must be proven with, as small words, and whether nobody has to be there. */
export function Requires({ card }: { card: OrderCard }) {
  if (!card.requires?.length) return null;
  return (
    <>
      <AtDoor card={card} />
      <Proofs kinds={card.requires} />
    </>
  );
}

function Proofs({ kinds }: { kinds: readonly ProofKind[] }) {
  return (
    <p class="requires">
      {t("courier.requires")}
      {kinds.map((kind) => (
        <span key={kind} class="chip accent">
          {tCode("courier.requires", kind)}
        </span>
      ))}
    </p>
  );
}
