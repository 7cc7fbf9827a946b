import { useEffect } from "preact/hooks";
import { age, shortId } from "../shared/format";
import { t } from "../shared/i18n";
import { reached, whenPainted } from "../shared/marks";
import type { BusinessClock } from "../shared/protocol/clock";
import type { LinkState } from "../shared/protocol/live";
import type { DataMessage, OrderView } from "../shared/protocol/messages";
import type { Store } from "../shared/store/store";
import type { TrackState } from "../shared/store/track";
import { useStore, useTick } from "../shared/ui/hooks";
import { Icon, type IconName } from "../shared/ui/icon";
import { type Looks, useLooks } from "../shared/ui/looks";
import { Switches } from "../shared/ui/switches";
import { Gone, isLinkDead } from "./gone";
import { useLate } from "./late";
import { TrackMap } from "./map";
import { type Summary, summarise } from "./summary";

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
  const details = useLate(isAnswered, () => import("./details"));
  if (link.kind === "final" && (!order || isLinkDead(link.code)))
    return <Gone link={link} looks={looks} token={props.token} />;
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
        {details.is === "failing" && <DetailsMissing />}
        {order && details.is === "here" ? (
          <details.it.Details state={state} order={order} looks={looks} {...props} />
        ) : (
          <Skeleton />
        )}
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

function DetailsMissing() {
  return (
    <p class="faint" role="status">
      {t("track.details.failed")}{" "}
      <button type="button" class="button" onClick={() => location.reload()}>
        {t("track.reload")}
      </button>
    </p>
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
