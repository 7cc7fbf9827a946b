import { useEffect, useRef, useState } from "preact/hooks";
import { clockTime, shortId, span } from "../shared/format";
import { type Outcome, put } from "../shared/http";
import { type Key, t } from "../shared/i18n";
import { doneAt_ms, lateness_ms } from "../shared/order";
import type { GoalsView, OrderView } from "../shared/protocol/messages";
import type { ZoneState } from "../shared/store/zone";
import { Dialog } from "../shared/ui/dialog";
import { Icon } from "../shared/ui/icon";
import { culpritsOf, FIRST_GOALS, type Figure, type FigureId, filterOf, historyOf, sparkline } from "./goals";
import { figureName, goalWords, VERDICTS, valueWords } from "./goals_strip";
import { problemWords } from "./problem_words";
import type { Selection } from "./selection";

interface GoalsProps {
  zone: ZoneState;
  figures: readonly Figure[];
  /** The figure that was pressed. */
  first: FigureId;
  now_ms: number;
  token: string;
  /** Whether this person may change the goals. */
  mayChange: boolean;
  onSelect(selection: Selection): void;
  /** List the orders of a filter. */
  onFilter(text: string): void;
  onClose(): void;
}

/** Each figure against its goal, its last hour, and the orders that make it what it is. */
export function GoalsDialog(props: GoalsProps) {
  const [chosen, choose] = useState<FigureId>(props.first);
  const [changing, change] = useState(false);
  const { zone } = props;
  return (
    <Dialog title={t("goals.title")} wide onClose={props.onClose}>
      <ul class="goals-list">
        {props.figures.map((figure) => (
          <li key={figure.id}>
            <GoalLine
              figure={figure}
              history={historyOf(figure.id, zone, props.now_ms)}
              chosen={figure.id === chosen}
              onChoose={() => choose(figure.id)}
            />
            {figure.id === chosen && <Culprits id={figure.id} {...props} />}
          </li>
        ))}
      </ul>
      {changing ? (
        <GoalsForm
          goals={zone.goals ?? FIRST_GOALS}
          zone={zone.zone}
          token={props.token}
          onDone={() => change(false)}
        />
      ) : (
        <p class="goals-foot">
          <span class="faint">{t("goals.version", { n: (zone.goals ?? FIRST_GOALS).version })}</span>
          {props.mayChange ? (
            <button type="button" class="button" data-action="change-goals" onClick={() => change(true)}>
              {t("goals.change")}
            </button>
          ) : (
            <span class="faint">{t("goals.forbidden")}</span>
          )}
        </p>
      )}
    </Dialog>
  );
}

interface LineProps {
  figure: Figure;
  history: readonly (number | null)[];
  chosen: boolean;
  onChoose(): void;
}

function GoalLine({ figure, history, chosen, onChoose }: LineProps) {
  const { id, value, goal, verdict } = figure;
  const [tone, icon] = VERDICTS[verdict];
  return (
    <button type="button" class="goal-line" aria-expanded={chosen} data-goal={id} onClick={onChoose}>
      <span class="goal-name">{figureName(id)}</span>
      <strong class="goal-value">{valueWords(id, value)}</strong>
      <span class="goal-judged">
        {verdict !== "none" && (
          <span class={`chip ${tone}`}>
            <Icon name={icon} />
            {t(`goals.verdict.${verdict}`)}
          </span>
        )}
        <span class="faint">{goalWords(id, goal)}</span>
      </span>
      <Spark history={history} name={figureName(id)} words={(each) => valueWords(id, each)} />
    </button>
  );
}

const SPARK_W = 132;
const SPARK_H = 28;

/** The last hour as a line; what it shows is said in words. */
function Spark(props: { history: readonly (number | null)[]; name: string; words(value: number): string }) {
  const known = props.history.filter((value): value is number => value !== null);
  const words =
    known.length === 0
      ? t("goals.history.none")
      : t("goals.history", { low: props.words(Math.min(...known)), high: props.words(Math.max(...known)) });
  return (
    <svg class="spark" role="img" aria-label={words} viewBox={`-2 -2 ${SPARK_W + 4} ${SPARK_H + 4}`}>
      <title>{words}</title>
      {sparkline(props.history, SPARK_W, SPARK_H).map((points) =>
        points.includes(" ") ? (
          <polyline key={points} points={points} />
        ) : (
          <circle key={points} cx={points.split(",")[0]} cy={points.split(",")[1]} r="2" />
        ),
      )}
    </svg>
  );
}

function Culprits({ id, zone, now_ms, onSelect, onFilter, onClose }: GoalsProps & { id: FigureId }) {
  const orders = culpritsOf(id, zone, now_ms);
  const filter = filterOf(id, zone.goals ?? FIRST_GOALS);
  return (
    <div class="goal-more">
      <p class="faint">{t(`goals.means.${id}`)}</p>
      {orders.length > 0 && (
        <ul class="goal-orders">
          {orders.map((order) => (
            <li key={order.id}>
              <button
                type="button"
                class="link"
                onClick={() => {
                  onClose();
                  onSelect({ kind: "order", id: order.id });
                }}
              >
                {order.ref || shortId(order.id)} · {order.address}
              </button>
              <span class="faint">{culpritWords(id, order, now_ms)}</span>
            </li>
          ))}
        </ul>
      )}
      <button
        type="button"
        class="button"
        data-action="show-orders"
        onClick={() => {
          onClose();
          onFilter(filter);
        }}
      >
        <Icon name="filter" />
        {t("goals.show")}
      </button>
    </div>
  );
}

/** What is wrong with an order, for a figure. */
function culpritWords(id: FigureId, order: OrderView, now_ms: number): string {
  const done_ms = doneAt_ms(order);
  if (id === "door" && done_ms) return span(done_ms - order.created_at_ms);
  const late_ms = lateness_ms(order, now_ms);
  if (late_ms > 0) return t("row.late", { span: span(late_ms) });
  return t("goals.promised", { time: clockTime(order.promise_at_ms) });
}

type GoalField = Exclude<keyof GoalsView, "version">;
const FIELDS: readonly [field: GoalField, label: Key, most: number, step: number][] = [
  ["on_time_pct", "goals.field.on_time_pct", 100, 0.5],
  ["late_pct", "goals.field.late_pct", 100, 0.5],
  ["at_risk_pct", "goals.field.at_risk_pct", 100, 0.5],
  ["waiting_orders", "goals.field.waiting_orders", 100_000, 1],
  ["waiting_s", "goals.field.waiting_s", 86_400, 1],
  ["door_min", "goals.field.door_min", 1_440, 1],
  ["orders_per_courier_hour", "goals.field.orders_per_courier_hour", 100, 0.1],
];

/** The goals to be changed; they are of everybody's desk. */
function GoalsForm(props: { goals: GoalsView; zone: string; token: string; onDone(): void }) {
  const [seen, setSeen] = useState(props.goals);
  const [wanted, want] = useState<Readonly<Record<GoalField, string>>>(() => inputsOf(props.goals));
  const [state, setState] = useState<Outcome | "sending" | null>(null);
  const form = useRef<HTMLFormElement>(null);
  // The button that opened it is gone, and with it the focus.
  useEffect(() => form.current?.querySelector("input")?.focus(), []);
  const submit = async (event: Event) => {
    event.preventDefault();
    if (state === "sending") return;
    setState("sending");
    const figures = Object.fromEntries(FIELDS.map(([field]) => [field, Number(wanted[field])]));
    const body = { ...figures, expected_version: seen.version };
    const outcome = await put(`/v1/zones/${encodeURIComponent(props.zone)}/goals`, body, { token: props.token });
    setState(outcome);
    if (outcome.kind === "done" || outcome.kind === "accepted") props.onDone();
  };
  const again = () => {
    setSeen(props.goals);
    want(inputsOf(props.goals));
    setState(null);
  };
  const problem = state === "sending" || state === null ? "" : problemWords(state);
  return (
    <form ref={form} class="goals-form" onSubmit={submit} aria-label={t("goals.change")}>
      {FIELDS.map(([field, label, most, step]) => (
        <label key={field} class="field">
          <span>{t(label)}</span>
          <input
            type="number"
            inputMode="decimal"
            name={field}
            required
            min={0}
            max={most}
            step={step}
            value={wanted[field]}
            onInput={(event) => want({ ...wanted, [field]: event.currentTarget.value })}
          />
        </label>
      ))}
      {problem && (
        <p class="alert" role="alert">
          <Icon name="alert" />
          {state !== "sending" && state?.kind === "conflict" ? t("goals.conflict") : problem}
        </p>
      )}
      <div class="actions">
        <button type="submit" class="button primary" disabled={state === "sending"}>
          {t(state === "sending" ? "override.sending" : "goals.save")}
        </button>
        {state !== "sending" && state?.kind === "conflict" && (
          <button type="button" class="button" onClick={again}>
            {t("override.conflict.review")}
          </button>
        )}
        <button type="button" class="button" onClick={props.onDone}>
          {t("action.dismiss")}
        </button>
      </div>
    </form>
  );
}

function inputsOf(goals: GoalsView): Record<GoalField, string> {
  return Object.fromEntries(FIELDS.map(([field]) => [field, String(goals[field])])) as Record<GoalField, string>;
}
