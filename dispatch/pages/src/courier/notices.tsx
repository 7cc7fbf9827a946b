import { useEffect } from "preact/hooks";
import { clockTime } from "../shared/format";
import { currentLang, type Key, TEXTS, t } from "../shared/i18n";
import { taskKind } from "../shared/stop";
import { useTick } from "../shared/ui/hooks";
import { useCourier } from "./context";
import { isStarted, ticksOf, undoable } from "./shown";
import { Sign, type SignName } from "./sign";
import { Ticks } from "./ui";
import type { Told } from "./view";
import { applyUpdate, useUpdate } from "./worker";

const MAX_CARDS = 3;
/** How an offer ended is worth a glance and asks for nothing; it makes room for the route by itself. */
const OFFER_NEWS_MS = 12_000;

/** Under the strip: what the courier must know now, calm, each until it is put away or over. */
export function Notices() {
  const { view } = useCourier();
  return (
    <div class="notices" aria-live="polite">
      <AwayNote />
      <PlaceNote />
      {view.told.slice(0, MAX_CARDS).map((told) => (
        <ToldCard key={told.id} told={told} />
      ))}
      <UpdateNote />
    </div>
  );
}

function ToldCard({ told }: { told: Told }) {
  const { shift } = useCourier();
  const { id, kind } = told;
  const putAway = () => shift.apply({ kind: "put_away", id });
  useEffect(() => {
    if (kind !== "offer") return;
    const timer = setTimeout(putAway, OFFER_NEWS_MS);
    return () => clearTimeout(timer);
  }, [id, kind]);
  return (
    <section class={`told ${told.kind}`} data-told={told.code}>
      <Sign name={told.kind === "refused" ? "alert" : told.kind === "offer" ? "clock" : "bell"} />
      <p>{wordsOf(told)}</p>
      <button type="button" class="text-button" onClick={putAway}>
        {t("courier.dismiss")}
      </button>
    </section>
  );
}

/** A notice in words; one that this app does not know yet is shown as it came. */
export function wordsOf({ kind, code, about, detail, refs }: Told): string {
  const orders = refs.join(", ");
  if (kind !== "refused") {
    return (
      known(`courier.told.${code}`, { orders, place: detail }) ??
      t("courier.told.other", { what: code.replaceAll("_", " "), orders })
    );
  }
  const what = known(`courier.refused.${about}`) ?? t("courier.refused.title");
  const why = known(`courier.code.${code}`) ?? detail;
  return [orders, what, why].filter(Boolean).join(" ");
}

function known(key: string, values?: Record<string, string>): string | null {
  return key in TEXTS[currentLang()] ? t(key as Key, values) : null;
}

/** Away from the server: since when, and that it does not matter. */
function AwayNote() {
  const { status, online, view } = useCourier();
  if (status.link.kind === "ended" || (online && status.link.kind !== "waiting")) return null;
  const isKnown = view.fresh_at_ms > 0;
  const text = isKnown ? t("courier.stale", { time: clockTime(view.fresh_at_ms) }) : t("courier.offline.note");
  return <Note sign="offline" text={text} />;
}

function PlaceNote() {
  const { status, now } = useCourier();
  if (now.duty === "off_duty" || !status.trouble) return null;
  if (status.trouble === "unavailable" && status.fix) return null;
  return <Note sign="alert" tone="bad" text={t(`courier.place.${status.trouble}`)} />;
}

function Note({ sign, text, tone = "" }: { sign: SignName; text: string; tone?: string }) {
  return (
    <p class={`away-note ${tone}`} role="status">
      <Sign name={sign} />
      {text}
    </p>
  );
}

/** A new version waits for a moment in which nothing is under way. */
function UpdateNote() {
  const { now } = useCourier();
  const waiting = useUpdate();
  if (!waiting || now.stops.some(isStarted) || now.offers.length > 0) return null;
  return (
    <section class="told">
      <Sign name="bell" />
      <p>{t("courier.update")}</p>
      <button type="button" class="text-button" onClick={applyUpdate}>
        {t("courier.update.go")}
      </button>
    </section>
  );
}

/** For half a minute a stop that was finished by mistake can be taken back. */
export function UndoBar() {
  const { view, shift } = useCourier();
  useTick(500);
  const found = undoable(view, Date.now());
  if (!found) return null;
  const { past, left_ms } = found;
  return (
    <div class="undo-bar" role="status">
      <Ticks state={ticksOf(view, past.action_id)} />
      <span class="undo-text">
        {t(`courier.done.${taskKind(past.stop)}.${past.action}`)}
        <small>{past.stop.address || past.stop.name}</small>
      </span>
      <button type="button" class="undo-button" onClick={() => shift.undo(past)}>
        <Sign name="undo" />
        {t("courier.undo")}
        <span class="undo-left">{t("courier.undo.left", { n: Math.ceil(left_ms / 1000) })}</span>
      </button>
    </div>
  );
}
