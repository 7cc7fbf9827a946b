import { useEffect } from "preact/hooks";
import { age, clockTime, shortId } from "../shared/format";
import { t, tCode } from "../shared/i18n";
import type { BusinessClock } from "../shared/protocol/clock";
import type { LinkState } from "../shared/protocol/live";
import type { DataMessage, OrderView } from "../shared/protocol/messages";
import type { Store } from "../shared/store/store";
import type { TrackState } from "../shared/store/track";
import { useStore, useTick } from "../shared/ui/hooks";
import { Icon, type IconName, VehicleIcon } from "../shared/ui/icon";
import { type Looks, useLooks } from "../shared/ui/looks";
import { Switches } from "../shared/ui/switches";
import { TrackMap } from "./map";
import { type Step, staleWords, steps, type Summary, summarise } from "./summary";

export interface TrackProps {
  store: Store<TrackState, DataMessage>;
  link: Store<LinkState, LinkState>;
  clock: BusinessClock;
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
    document.documentElement.dataset["view"] = view;
    document.documentElement.dataset["status"] = order?.status ?? "";
  });
  if (link.kind === "final" && (!order || isLinkDead(link.code))) return <Gone link={link} looks={looks} />;
  return (
    <>
      {order ? <Answer state={state} order={order} now_ms={props.clock.now()} looks={looks} /> : <Loading looks={looks} />}
      <Offline link={link} clock={props.clock} />
      <TrackMap {...props} looks={looks} />
      <section class="card">{order ? <Details state={state} order={order} clock={props.clock} /> : <Skeleton />}</section>
    </>
  );
}

/** 3500 bad token and 3501 forbidden; what else ends a session for good is cured by loading the page again. */
function isLinkDead(code: number): boolean {
  return code === 3500 || code === 3501;
}

function Answer({ state, order, now_ms, looks }: { state: TrackState; order: OrderView; now_ms: number; looks: Looks }) {
  const summary = summarise(state, order, now_ms);
  return (
    <header class={`answer ${summary.phase}`}>
      <Bar order={order} looks={looks} />
      <h1 aria-live="polite">{summary.answer}</h1>
      <p class="doing">
        <Chip summary={summary} />
        <span>{[summary.doing, summary.soon].filter(Boolean).join(" · ")}</span>
      </p>
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

const PHASE_ICONS: Partial<Record<Summary["phase"], IconName>> = {
  done: "check",
  canceled: "close",
  held: "hold",
  failed: "alert",
};

function Chip({ summary }: { summary: Summary }) {
  const icon = PHASE_ICONS[summary.phase];
  if (summary.phase === "done") return <Badge tone="on_time" icon="check" text={t("status.delivered")} />;
  if (icon) return <Badge tone={summary.phase === "canceled" ? "unknown" : "at_risk"} icon={icon} text={t(WORDS[summary.phase])} />;
  if (summary.tone === "unknown") return null;
  return <Badge tone={summary.tone} icon={summary.tone === "on_time" ? "check" : "clock"} text={t(`promise.${summary.tone}`)} />;
}

const WORDS = {
  held: "status.held",
  canceled: "status.canceled",
  failed: "status.attempt_failed",
  done: "status.delivered",
  waiting: "status.created",
  to_pickup: "status.assigned",
  on_way: "status.en_route_dropoff",
} as const;

function Badge({ tone, icon, text }: { tone: string; icon: IconName; text: string }) {
  return (
    <span class={`chip ${tone}`}>
      <Icon name={icon} />
      {text}
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

function Details({ state, order, clock }: { state: TrackState; order: OrderView; clock: BusinessClock }) {
  return (
    <>
      {state.courier && <Courier state={state} now_ms={clock.now()} />}
      <h2 class="visually-hidden">{t("track.progress")}</h2>
      <ol class="steps">
        {steps(order).map((step) => (
          <StepRow key={step.key} step={step} />
        ))}
      </ol>
      <dl class="places">
        {state.depot && <PlaceRow icon="store" label={t("track.from")} text={state.depot.name} />}
        <PlaceRow icon="home" label={t("track.to")} text={order.address} />
      </dl>
    </>
  );
}

function Courier({ state, now_ms }: { state: TrackState; now_ms: number }) {
  if (!state.courier) return null;
  const { name, profile } = state.courier;
  const stops = state.stops_before;
  const place = !state.fix ? "" : stops === 0 ? t("track.next") : stops === 1 ? t("track.stops.one") : t("track.stops.many", { n: stops });
  const stale = state.fix ? staleWords(state.fix.at_ms, now_ms) : "";
  return (
    <div class="courier">
      <span class="avatar">
        <VehicleIcon profile={profile} />
      </span>
      <div>
        <strong>{t("track.courier", { name })}</strong>
        <p class="faint">{[profile && tCode("profile", profile), place].filter(Boolean).join(" · ")}</p>
        {stale && <p class="stale">{stale}</p>}
      </div>
    </div>
  );
}

const STEP_ICONS: Readonly<Record<Step["state"], IconName>> = { done: "check", now: "circle", ahead: "circle", bad: "close" };

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

function Gone({ link, looks }: { link: LinkState & { kind: "final" }; looks: Looks }) {
  const dead = isLinkDead(link.code);
  return (
    <main class="gone">
      <div class="bar">
        <span class="bar-title">{t("app.track")}</span>
        <Switches looks={looks} />
      </div>
      <div class="gone-words">
        <span class="gone-icon">
          <Icon name={dead ? "search" : "alert"} />
        </span>
        <h1>{t(dead ? "track.unknown" : "track.final")}</h1>
        <p>{t(dead ? "track.unknown.note" : "track.final.note")}</p>
        {!dead && (
          <button type="button" class="button primary" onClick={() => location.reload()}>
            {t("track.reload")}
          </button>
        )}
      </div>
    </main>
  );
}
