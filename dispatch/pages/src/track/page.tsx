import { useEffect } from "preact/hooks";
import { age, clockTime, shortId } from "../shared/format";
import { type Key, t, tCode } from "../shared/i18n";
import { reached, whenPainted } from "../shared/marks";
import { phaseOf } from "../shared/order";
import type { BusinessClock } from "../shared/protocol/clock";
import type { LinkState } from "../shared/protocol/live";
import type { DataMessage, OrderView } from "../shared/protocol/messages";
import type { Store } from "../shared/store/store";
import type { TrackState } from "../shared/store/track";
import { useStore, useTick } from "../shared/ui/hooks";
import { Icon, type IconName, VehicleIcon } from "../shared/ui/icon";
import { type Looks, useLooks } from "../shared/ui/looks";
import { Switches } from "../shared/ui/switches";
import { Gone, isLinkDead } from "./gone";
import { TrackMap } from "./map";
import { TrackMessages } from "./messages";
import { TrackProofs } from "./proofs";
import { PushOptIn } from "./push";
import { TrackRating } from "./rating";
import { stopsWords, whyMoreStops } from "./stops";
import { isReturn, pinToTell, type Step, type Summary, staleWords, steps, summarise } from "./summary";
import { Delay, useWishes, WishList } from "./wishes_section";

export interface TrackProps {
  store: Store<TrackState, DataMessage>;
  link: Store<LinkState, LinkState>;
  clock: BusinessClock;
  /** The capability that is this page's link. */
  token: string;
}

const TOLD_OFFLINE_AFTER_MS = 2_500;

/** The shopper's page: the answer on top, then the map, then how far it is. */
export function TrackPage(props: TrackProps) {
  const state = useStore(props.store, 100);
  const link = useStore(props.link, 100);
  const looks = useLooks();
  useTick(1000);
  const { order } = state;
  const view = order ? "order" : link.kind === "final" ? "gone" : "loading";
  useEffect(() => {
    document.title = t("app.track");
    document.documentElement.dataset.view = view;
    document.documentElement.dataset.status = order?.status ?? "";
  });
  const isAnswered = order !== null;
  useEffect(() => {
    if (isAnswered) whenPainted(() => reached("answer"));
  }, [isAnswered]);
  if (link.kind === "final" && (!order || isLinkDead(link.code))) return <Gone link={link} looks={looks} />;
  return (
    <>
      {order ? (
        <Answer state={state} order={order} now_ms={props.clock.now()} looks={looks} />
      ) : (
        <Loading looks={looks} />
      )}
      <Offline link={link} clock={props.clock} />
      <TrackMap {...props} looks={looks} />
      <section class="card">
        {order ? <Details state={state} order={order} looks={looks} {...props} /> : <Skeleton />}
      </section>
    </>
  );
}

function Answer({
  state,
  order,
  now_ms,
  looks,
}: {
  state: TrackState;
  order: OrderView;
  now_ms: number;
  looks: Looks;
}) {
  const summary = summarise(state, order, now_ms);
  return (
    <header class={`answer ${summary.phase}`}>
      <Bar order={order} looks={looks} />
      <h1 aria-live="polite">
        <Mark phase={summary.phase} />
        {summary.answer}
      </h1>
      {(summary.doing || summary.soon) && (
        <p class="soon">
          <Tone tone={summary.tone} />
          <span>{summary.soon}</span>
        </p>
      )}
      {summary.doing && <p class="doing">{summary.doing}</p>}
      {(summary.shift || summary.note) && (
        <p class="why">{[summary.shift, summary.note].filter(Boolean).join(" · ")}</p>
      )}
    </header>
  );
}

function Bar({ order, looks }: { order: OrderView | null; looks: Looks }) {
  return (
    <div class="bar">
      <span class="bar-title">
        {t("app.track")}
        {order && <span class="faint"> {order.ref || shortId(order.id)}</span>}
      </span>
      <Switches looks={looks} />
    </div>
  );
}

const ENDS: Partial<Record<Summary["phase"], { tone: string; icon: IconName }>> = {
  done: { tone: "on_time", icon: "check" },
  canceled: { tone: "unknown", icon: "close" },
  held: { tone: "at_risk", icon: "hold" },
  failed: { tone: "late", icon: "alert" },
};

/** A sign beside the answer when nothing is coming any more, or not yet. */
function Mark({ phase }: { phase: Summary["phase"] }) {
  const end = ENDS[phase];
  return end ? (
    <span class={`answer-mark chip ${end.tone}`}>
      <Icon name={end.icon} />
    </span>
  ) : null;
}

function Tone({ tone }: { tone: Summary["tone"] }) {
  if (tone === "unknown") return null;
  return (
    <span class={`chip ${tone}`}>
      <Icon name={tone === "on_time" ? "check" : "clock"} />
      {t(`promise.${tone}`)}
    </span>
  );
}

function Offline({ link, clock }: { link: LinkState; clock: BusinessClock }) {
  if (link.kind !== "waiting") return null;
  const away_ms = clock.mono() - link.since_ms;
  if (away_ms < TOLD_OFFLINE_AFTER_MS) return null;
  return (
    <p class="banner" role="status">
      <Icon name="wifi" />
      {t("net.banner", { age: age(away_ms) })}
    </p>
  );
}

type DetailsProps = { state: TrackState; order: OrderView; clock: BusinessClock; token: string; looks: Looks };

function Details({ state, order, clock, token, looks }: DetailsProps) {
  const desk = useWishes({ order, now_ms: clock.now(), token, looks });
  return (
    <>
      <Delay order={order} now_ms={clock.now()} desk={desk} />
      <Pin pin={pinToTell(state, order)} />
      <Courier state={state} order={order} now_ms={clock.now()} />
      <TrackProofs order={order} token={token} />
      <TrackRating order={order} token={token} />
      <PushOptIn order={order} token={token} />
      <TrackMessages state={state} order={order} now_ms={clock.now()} token={token} />
      <h2 class="visually-hidden">{t("track.progress")}</h2>
      <ol class="steps">
        {steps(order).map((step) => (
          <StepRow key={step.key} step={step} />
        ))}
      </ol>
      <dl class="places">
        {state.depot && (
          <PlaceRow icon="store" label={t(isReturn(order) ? "track.to" : "track.from")} text={state.depot.name} />
        )}
        <PlaceRow icon="home" label={t(isReturn(order) ? "track.from" : "track.to")} text={order.address} />
      </dl>
      <WishList order={order} now_ms={clock.now()} desk={desk} />
      {desk.sheet}
    </>
  );
}

/** What the courier asks for at the door. Read out digit by digit, for nobody has to hear it as a number. */
function Pin({ pin }: { pin: string }) {
  if (!pin) return null;
  return (
    <section class="pin" aria-label={t("track.pin")}>
      <div>
        <h2>{t("track.pin")}</h2>
        <p>{t("track.pin.note")}</p>
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

function Courier({ state, order, now_ms }: { state: TrackState; order: OrderView; now_ms: number }) {
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

function Loading({ looks }: { looks: Looks }) {
  return (
    <header class="answer">
      <Bar order={null} looks={looks} />
      <div class="skeleton skeleton-title" />
      <p class="doing" role="status">
        {t("track.loading")}
      </p>
    </header>
  );
}

function Skeleton() {
  return (
    <div aria-hidden="true">
      <div class="skeleton skeleton-line" />
      <div class="skeleton skeleton-line" />
      <div class="skeleton skeleton-line" />
    </div>
  );
}
