import { clockTime, timeOrDay } from "../shared/format";
import { post } from "../shared/http";
import { type Key, t, tCode } from "../shared/i18n";
import { isWithCustomer, phaseOf } from "../shared/order";
import type { BusinessClock } from "../shared/protocol/clock";
import type { OrderView } from "../shared/protocol/messages";
import type { TrackState } from "../shared/store/track";
import { Icon, type IconName, VehicleIcon } from "../shared/ui/icon";
import type { Looks } from "../shared/ui/looks";
import { MaskedCall } from "../shared/ui/masked_call";
import { TrackClaims } from "./claims_view";
import "./details_texts";
import { TrackMessages } from "./messages";
import { TrackProblems } from "./problems";
import { TrackProofs } from "./proofs";
import { PushOptIn } from "./push";
import { TrackRating } from "./rating";
import { stopsWords, whyMoreStops } from "./stops";
import { codeToShow, isReturn, pinToTell, type Step, type Summary, staleWords, steps } from "./summary";
import { Delay, useWishes, WishList } from "./wishes_section";

type DetailsProps = { state: TrackState; order: OrderView; clock: BusinessClock; token: string; looks: Looks };

/** All there is to know and to do about the order, below its answer and its map. */
export function Details({ state, order, clock, token, looks }: DetailsProps) {
  const desk = useWishes({ order, depot: state.depot, now_ms: clock.now(), token, looks });
  return (
    <>
      <Delay order={order} now_ms={clock.now()} desk={desk} />
      <Pin pin={pinToTell(state, order)} title={t("track.pin")} note={t("track.pin.note")} />
      <Pin pin={codeToShow(state, order)} title={t("track.fetch.code")} note={fetchNote(order, clock.now())} />
      <Pin pin={order.collection?.code ?? ""} title={t("track.code")} note={codeNote(order, clock.now())} />
      <Shipment order={order} />
      <Courier state={state} order={order} now_ms={clock.now()} token={token} />
      <TrackProofs order={order} token={token} />
      <TrackRating order={order} token={token} />
      {isWithCustomer(order) && !isReturn(order) && <TrackClaims token={token} />}
      <PushOptIn order={order} token={token} />
      <TrackMessages state={state} order={order} now_ms={clock.now()} token={token} />
      <TrackProblems order={order} news={state.case_news} now_ms={clock.now()} token={token} />
      <h2 class="visually-hidden">{t("track.progress")}</h2>
      <ol class="steps">
        {steps(order).map((step) => (
          <StepRow key={step.key} step={step} />
        ))}
      </ol>
      <dl class="places">
        {state.depot && order.mode !== "self_pickup" && (
          <PlaceRow icon="store" label={t(isReturn(order) ? "track.to" : "track.from")} text={state.depot.name} />
        )}
        {order.mode === "self_pickup" ? (
          <PlaceRow icon="store" label={t("track.fetch.at")} text={order.address} />
        ) : (
          <PlaceRow icon="home" label={t(isReturn(order) ? "track.from" : "track.to")} text={order.address} />
        )}
      </dl>
      <WishList order={order} now_ms={clock.now()} desk={desk} />
      {desk.sheet}
    </>
  );
}

function fetchNote({ collect_by_ms = 0 }: OrderView, now_ms: number): string {
  return collect_by_ms ? t("track.fetch.until", { until: timeOrDay(collect_by_ms, now_ms) }) : "";
}

/** Who has it, under which number, and where that can be followed. */
function Shipment({ order: { shipment } }: { order: OrderView }) {
  if (!shipment) return null;
  const { carrier, tracking_number, tracking_url, state = "taken" } = shipment;
  return (
    <section class="shipment" aria-label={t("track.shipment")} data-shipment={state}>
      <Icon name="truck" />
      <div>
        <strong>{carrier}</strong>
        <p class="faint">
          {tCode("shipment.state", state)} · {t("track.shipment.number", { number: tracking_number })}
        </p>
      </div>
      {tracking_url && (
        <a class="button" href={tracking_url} target="_blank" rel="noreferrer noopener">
          {t("track.shipment.follow")}
        </a>
      )}
    </section>
  );
}

function codeNote({ collection }: OrderView, now_ms: number): string {
  if (collection?.state !== "at_point") return collection?.state === "expected" ? t("track.code.expected") : "";
  return t("track.code.until", { until: timeOrDay(collection.until_ms ?? 0, now_ms) });
}

/** What is asked for at the door, or at the pickup point. Read out digit by digit, for nobody has to hear it as a number. */
function Pin({ pin, title, note }: { pin: string; title: string; note: string }) {
  if (!pin) return null;
  return (
    <section class="pin" aria-label={title}>
      <div>
        <h2>{title}</h2>
        <p>{note}</p>
      </div>
      <strong data-pin={pin}>
        <span aria-hidden="true">{pin}</span>
        <span class="visually-hidden">{[...pin].join(" ")}</span>
      </strong>
    </section>
  );
}

function courierKey(order: OrderView, phase: Summary["phase"]): Key {
  if (isReturn(order)) return phase === "to_pickup" ? "track.return.courier" : "track.return.courier.done";
  return phase === "done" ? "track.courier.done" : "track.courier";
}

type CourierProps = { state: TrackState; order: OrderView; now_ms: number; token: string };

function Courier({ state, order, now_ms, token }: CourierProps) {
  const phase = phaseOf(order);
  if (!state.courier || phase === "canceled" || phase === "failed") return null;
  const { name, profile } = state.courier;
  const place = stopsWords(state);
  const more = whyMoreStops(state);
  const stale = state.fix ? staleWords(state.fix.at_ms, now_ms) : "";
  return (
    <div class="courier">
      <span class="avatar">
        <VehicleIcon profile={profile} />
      </span>
      <div>
        <strong>{t(courierKey(order, phase), { name })}</strong>
        <p class="faint">{[profile && tCode("profile", profile), place].filter(Boolean).join(" · ")}</p>
        {more && <p class="faint">{more}</p>}
        {stale && <p class="stale">{stale}</p>}
        {order.may?.includes("call") && (
          <MaskedCall class="button" ask={(key) => post(`/v1/track/${encodeURIComponent(token)}/call`, {}, { key })}>
            <Icon name="call" />
            {t("call.courier")}
          </MaskedCall>
        )}
      </div>
    </div>
  );
}

const STEP_ICONS: Readonly<Record<Step["state"], IconName>> = {
  done: "check",
  now: "circle",
  ahead: "circle",
  bad: "close",
  held: "hold",
};

function StepRow({ step }: { step: Step }) {
  return (
    <li class={`step ${step.state}`} aria-current={step.state === "now" ? "step" : undefined}>
      <span class="step-mark">
        <Icon name={STEP_ICONS[step.state]} />
      </span>
      <span class="step-name">{t(step.key)}</span>
      {step.at_ms !== null && <time>{clockTime(step.at_ms)}</time>}
    </li>
  );
}

function PlaceRow({ icon, label, text }: { icon: IconName; label: string; text: string }) {
  return (
    <div class="place">
      <Icon name={icon} />
      <dt>{label}</dt>
      <dd>{text}</dd>
    </div>
  );
}
