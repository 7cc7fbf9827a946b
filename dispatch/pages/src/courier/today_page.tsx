import { useEffect, useState } from "preact/hooks";
import { clockTime, count, shortId } from "../shared/format";
import { t } from "../shared/i18n";
import { money } from "../shared/money";
import { taskKind } from "../shared/stop";
import { readDay } from "./api";
import { useCourier } from "./context";
import { ticksOf } from "./shown";
import { Ticks } from "./ui";
import type { Day, Past } from "./view";
import { distance } from "./words";

/** Today's deliveries, distance and earnings; without a link as they were last told, with what was done since. */
export function TodayPage() {
  const { view } = useCourier();
  const state = useDay();
  const done = doneHere(view.past, view.day);
  return (
    <main class="page">
      <h1 class="page-title">{t("courier.tab.today")}</h1>
      {view.day ? <Figures day={view.day} /> : state === "asking" ? <FiguresSkeleton /> : null}
      {state === "failed" && (
        <p class="faint" role="status">
          {t(view.day ? "courier.today.kept" : "courier.today.failed")}
        </p>
      )}
      {done.length > 0 && (
        <section aria-label={t("courier.today.here")}>
          <p class="eyebrow">{t("courier.today.here")}</p>
          <ul>
            {done.map((past) => (
              <PastRow key={past.action_id} past={past} />
            ))}
          </ul>
        </section>
      )}
      <section aria-label={t("courier.today.done")}>
        <p class="eyebrow">{t("courier.today.done")}</p>
        {(view.day?.orders.length ?? 0) === 0 && <p class="faint">{t("courier.today.empty")}</p>}
        <ul>
          {view.day?.orders.map((order) => (
            <li key={order.order_id} class="done-row">
              <span class="stop-row-text">
                <strong>{order.address}</strong>
                <small>{t("courier.stop.order", { ref: order.ref || shortId(order.order_id) })}</small>
              </span>
              <time>{clockTime(order.at_ms)}</time>
            </li>
          ))}
        </ul>
      </section>
    </main>
  );
}

/** What was finished on this phone and is not among the server's figures yet. */
function doneHere(past: readonly Past[], day: Day | null): readonly Past[] {
  const told = new Set(day?.orders.map(({ order_id }) => order_id));
  return past.filter(({ undone_by, stop, order_ids, action }) => {
    const known = stop.kind === "dropoff" && action === "completed" && order_ids.every((id) => told.has(id));
    return !undone_by && !known;
  });
}

function PastRow({ past }: { past: Past }) {
  const { view } = useCourier();
  const { stop, action } = past;
  return (
    <li class="done-row">
      <span class="stop-row-text">
        <strong>{stop.address || stop.name}</strong>
        <small>{t(`courier.done.${taskKind(stop)}.${action}`)}</small>
      </span>
      <Ticks state={ticksOf(view, past.action_id)} />
      <time>{clockTime(past.at_ms)}</time>
    </li>
  );
}

function Figures({ day }: { day: Day }) {
  return (
    <dl class="figures">
      <Figure label={t("courier.today.deliveries")} value={count(day.deliveries)} />
      <Figure label={t("courier.today.distance")} value={distance(day.distance_m)} />
      {day.currency && <Figure label={t("courier.today.earnings")} value={money(day.earnings_minor, day.currency)} />}
    </dl>
  );
}

function Figure({ label, value }: { label: string; value: string }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>{value}</dd>
    </div>
  );
}

function FiguresSkeleton() {
  return (
    <div class="figures" aria-hidden="true">
      <div class="skeleton figure-skeleton" />
      <div class="skeleton figure-skeleton" />
      <div class="skeleton figure-skeleton" />
    </div>
  );
}

/** Asks for the figures when the page opens and when the link comes back; the answer is kept with the view. */
function useDay(): "asking" | "known" | "failed" {
  const { shift, account, status } = useCourier();
  const [state, setState] = useState<"asking" | "known" | "failed">("asking");
  const live = status.link.kind === "live";
  useEffect(() => {
    setState(live ? "asking" : "failed");
    if (!live) return;
    let over = false;
    const { phone } = shift;
    readDay(phone.token, account.courier_id, midnight_ms(phone.now_ms())).then((answer) => {
      if (over) return;
      if (answer.ok) shift.apply({ kind: "day", day: answer.value });
      setState(answer.ok ? "known" : "failed");
    });
    return () => {
      over = true;
    };
  }, [shift, account.courier_id, live]);
  return state;
}

/** When this day began where the phone is. */
function midnight_ms(now_ms: number): number {
  return new Date(now_ms).setHours(0, 0, 0, 0);
}
