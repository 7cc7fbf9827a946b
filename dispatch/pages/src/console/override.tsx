import { useState } from "preact/hooks";
import { shortId } from "../shared/format";
import { t } from "../shared/i18n";
import { phaseOf } from "../shared/order";
import type { ZoneState } from "../shared/store/zone";
import { Dialog } from "../shared/ui/dialog";
import { Icon } from "../shared/ui/icon";
import { type Outcome, sendCancel } from "./api";
import { AttendedBy } from "./attendance_parts";
import { type ChangeKind, type Choices, isModeChange, type ModeChange, plannedStops, wishOf } from "./changes";
import { ModeDialog } from "./mode_dialogs";
import { ChoicesFor } from "./override_choices";
import { Choice, Reason } from "./override_parts";
import { madeId, sendOverride } from "./overrides_api";
import { Preview, usePreview } from "./preview";
import { problemWords, readable } from "./problem_words";
import { workWords } from "./queues";
import { RescheduleDialog } from "./reschedule";

export interface ChangeProps {
  kind: ChangeKind;
  /** The order, or for changes of a route the courier. */
  id: string;
  /** What has been chosen already, by where something was dropped. */
  first?: Partial<Choices>;
  zone: ZoneState;
  token: string;
  now_ms: number;
  onClose(): void;
  /** `made` is the override's id, by which it can be undone; empty for what cannot. */
  onDone(message: string, made: string): void;
}

type OverrideProps = ChangeProps & { kind: Exclude<ChangeKind, ModeChange> };

/** What the person was asked and went on with: the plan as it is now, the rules that the change breaks. */
interface Agreed {
  expected_version?: number;
  force?: boolean;
}

/**
 * The dialog of a change: another time is agreed on with the customer, who brings it is no matter of the plan, all others
 * are made against the planner.
 */
export function ChangeDialog(props: ChangeProps) {
  const { kind } = props;
  if (kind === "reschedule") return <RescheduleDialog {...props} />;
  return isModeChange(kind) ? <ModeDialog {...props} kind={kind} /> : <OverrideDialog {...props} kind={kind} />;
}

/**
 * A change by hand: what is to be chosen, what it would do to every arrival and to the plan, why, and then the server's
 * word on it.
 *
 * The plan version that the person decides on, the one of their last choice or of the preview if that was older, is sent
 * along. When the server answers that what the change touches is not as it was, they choose: look again, or apply the change on top of the new
 * state.
 */
function OverrideDialog(props: OverrideProps) {
  const { kind, id, zone, token, onClose, onDone } = props;
  const order = zone.orders.get(id);
  const [chosen, choose] = useState<Choices>(() => firstChoices(props));
  const [reason, setReason] = useState("");
  const [sending, setSending] = useState(false);
  const [problem, setProblem] = useState<Outcome | null>(null);
  const [missing, setMissing] = useState(false);
  const [agreed, setAgreed] = useState<Agreed>({});
  const now = { plan_version: zone.plan_version, phase: order && phaseOf(order) };
  const [seen, setSeen] = useState(now);
  const wish = wishOf(kind, id, chosen, zone);
  const [looked, lookAnew] = usePreview(token, wish);
  const title = titleOf(props);
  if (!title) return null;

  const breaks = looked.kind === "known" && looked.effects.violations.length > 0;
  const send = async (agreed_to: Agreed) => {
    setSending(true);
    setProblem(null);
    const expected_version = Math.min(
      seen.plan_version,
      looked.kind === "known" ? looked.effects.plan_version : Infinity,
    );
    const asked = { expected_version, ...(breaks && { force: true }), ...agreed_to };
    const outcome = wish
      ? await sendOverride(token, { ...wish, ...asked, reason: reason.trim() })
      : await sendCancel(token, id, reason.trim());
    setSending(false);
    if (outcome.kind === "done" || outcome.kind === "accepted") onDone(t(`override.${outcome.kind}`), madeId(outcome));
    else setProblem(outcome);
  };
  const submit = (event: Event) => {
    event.preventDefault();
    setMissing(reason.trim() === "");
    if (reason.trim() === "" || (kind !== "cancel" && !wish)) return;
    // A cancel names no version, yet it means something else once the goods are on the road.
    if (kind === "cancel" && now.phase !== seen.phase)
      setProblem({ kind: "conflict", current_version: now.plan_version });
    else void send(agreed);
  };
  const lookAgain = () => {
    setSeen(now);
    setProblem(null);
    setAgreed({});
    lookAnew();
  };
  const pick = (next: Choices) => {
    choose(next);
    setSeen(now);
    setProblem(null);
    setAgreed({});
  };
  const goOn = () => {
    if (problem?.kind !== "infeasible" && problem?.kind !== "conflict") return;
    // The server asks one thing at a time: what was agreed to before is not asked again.
    const all =
      problem.kind === "infeasible"
        ? { ...agreed, force: true }
        : { ...agreed, expected_version: problem.current_version };
    setSeen(now);
    setAgreed(all);
    void send(all);
  };
  const ready = kind === "cancel" || wish !== null;
  return (
    <Dialog title={title} onClose={onClose}>
      <form onSubmit={submit}>
        <AttendedBy zone={zone} selection={{ kind: order ? "order" : "courier", id }} />
        <ChoicesFor kind={kind} id={id} zone={zone} chosen={chosen} onChoose={pick} />
        <p class="effect">
          <Icon name={kind === "cancel" ? "alert" : "route"} />
          {effectOf(props, chosen)}
        </p>
        {wish && <Preview looked={looked} zone={zone} named={wish.order_ids ?? []} onAgain={lookAnew} />}
        <Reason
          value={reason}
          missing={missing && reason.trim() === ""}
          onChange={setReason}
          presets={kind !== "cancel"}
        />
        {problem && <Problem problem={problem} zone={zone} onReview={lookAgain} onGoOn={goOn} />}
        <footer class="dialog-foot">
          <button type="button" class="button" onClick={onClose}>
            {t("action.dismiss")}
          </button>
          <button
            type="submit"
            class={`button ${kind === "cancel" || breaks ? "danger" : "primary"}`}
            disabled={sending || !ready || looked.kind === "refused"}
          >
            {t(sending ? "override.sending" : breaks ? "override.conflict.apply" : `override.do.${kind}`)}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}

function firstChoices({ kind, id, zone, first }: ChangeProps): Choices {
  const stop_ids = kind === "resequence" ? plannedStops(zone.couriers.get(id)).map((stop) => stop.stop_id) : [];
  const only = kind === "include" ? (zone.orders.get(id)?.excluded ?? []) : [];
  const courier_id = only.length === 1 ? (only[0] ?? "") : "";
  return { courier_id, order_ids: [], stop_ids, lock: "courier", ...first };
}

/** Empty when what the change is about is gone. */
function titleOf({ kind, id, zone }: OverrideProps): string {
  if (kind === "resequence" || kind === "split") {
    const courier = zone.couriers.get(id);
    return courier ? t(`override.${kind}.title`, { courier: courier.name }) : "";
  }
  const order = zone.orders.get(id);
  if (!order) return "";
  const courier = zone.couriers.get(order.courier_id ?? "")?.name ?? t("drawer.assignee.none");
  return t(`override.${kind}.title`, { order: order.ref || shortId(order.id), courier });
}

function effectOf({ kind, id, zone }: OverrideProps, chosen: Choices): string {
  const order = zone.orders.get(id);
  const to = zone.couriers.get(chosen.courier_id);
  const from = zone.couriers.get(order?.courier_id ?? "");
  switch (kind) {
    case "cancel":
      return t(order && phaseOf(order) === "on_way" ? "override.effect.return" : "override.effect.cancel");
    case "assign":
      if (!to) return order?.address ?? "";
      if (from) return t("override.effect.reassign", { from: from.name, courier: to.name });
      return t("override.effect.assign", { courier: to.name, work: workWords(to) });
    case "lock":
      return t(`override.effect.lock.${chosen.lock}`);
    case "split":
      return to ? t("override.effect.split", { courier: to.name }) : t("override.effect.split.queue");
    case "exclude":
      return to && to.id === order?.courier_id ? t("override.effect.exclude.own") : t("override.effect.exclude");
    default:
      return t(`override.effect.${kind}`);
  }
}

interface ProblemProps {
  problem: Outcome;
  zone: ZoneState;
  onReview(): void;
  onGoOn(): void;
}

/** What stands in the way, and the ways on from here. */
function Problem({ problem, zone, ...ways }: ProblemProps) {
  if (problem.kind === "conflict") {
    return <Choice words={`${t("override.conflict")} ${t("override.conflict.hint")}`} {...ways} />;
  }
  if (problem.kind === "infeasible") {
    return (
      <Choice words={t("override.infeasible")} {...ways}>
        <ul class="violations">
          {problem.violations.map((violation) => (
            <li key={violation}>{readable(violation, zone)}</li>
          ))}
        </ul>
      </Choice>
    );
  }
  return (
    <p class="alert" role="alert">
      <Icon name="alert" />
      {readable(problemWords(problem), zone)}
    </p>
  );
}
