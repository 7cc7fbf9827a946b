import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { shortId } from "../shared/format";
import { distance_m } from "../shared/geo/path";
import { type Key, t } from "../shared/i18n";
import { phaseOf } from "../shared/order";
import type { CourierView, OrderView } from "../shared/protocol/messages";
import type { ZoneState } from "../shared/store/zone";
import { Dialog } from "../shared/ui/dialog";
import { Icon, VehicleIcon } from "../shared/ui/icon";
import { type Outcome, type Override, sendCancel, sendOverride } from "./api";
import { onDuty, workWords } from "./queues";

/** The changes by hand that the desk offers. */
export type ChangeKind = "assign" | "unassign" | "cancel";

interface ChangeProps {
  kind: ChangeKind;
  order_id: string;
  zone: ZoneState;
  token: string;
  onClose(): void;
  onDone(message: string): void;
}

const REASONS: readonly Key[] = ["override.reason.customer", "override.reason.courier", "override.reason.balance"];

/**
 * A change by hand: what it will do, why, and then the server's word on it.
 *
 * The plan version that the person decides on is remembered when the dialog opens or a courier is picked, and sent
 * along. When the server answers that what the change touches is not as it was, they choose: look again, or apply the
 * change on top of the new state.
 */
export function ChangeDialog(props: ChangeProps) {
  const { kind, order_id, zone, token, onClose, onDone } = props;
  const order = zone.orders.get(order_id);
  const [courier_id, pick] = useState("");
  const [reason, setReason] = useState("");
  const [sending, setSending] = useState(false);
  const [problem, setProblem] = useState<Outcome | null>(null);
  const [missing, setMissing] = useState(false);
  const now = { plan_version: zone.plan_version, phase: order && phaseOf(order) };
  const [seen, setSeen] = useState(now);
  if (!order) return null;

  const send = async (more: Partial<Override> = {}) => {
    setSending(true);
    setProblem(null);
    const outcome =
      kind === "cancel"
        ? await sendCancel(token, order.id, reason.trim())
        : await sendOverride(token, {
            action: kind,
            order_id: order.id,
            ...(kind === "assign" && { courier_id }),
            expected_version: seen.plan_version,
            zone: zone.zone,
            reason: reason.trim(),
            ...more,
          });
    setSending(false);
    if (outcome.kind === "done" || outcome.kind === "accepted") onDone(t(`override.${outcome.kind}`));
    else setProblem(outcome);
  };
  const submit = (event: Event) => {
    event.preventDefault();
    setMissing(reason.trim() === "");
    if (reason.trim() === "" || (kind === "assign" && !courier_id)) return;
    // A cancel names no version, yet it means something else once the goods are on the road.
    if (kind === "cancel" && now.phase !== seen.phase)
      setProblem({ kind: "conflict", current_version: now.plan_version });
    else void send();
  };
  const lookAgain = () => {
    setSeen(now);
    setProblem(null);
  };
  const choose = (id: string) => {
    pick(id);
    lookAgain();
  };
  const goOn = () => {
    if (problem?.kind === "infeasible") void send({ force: true });
    if (problem?.kind !== "conflict") return;
    setSeen({ ...now, plan_version: problem.current_version });
    void send({ expected_version: problem.current_version });
  };
  return (
    <Dialog title={title(kind, order, zone)} onClose={onClose}>
      <form onSubmit={submit}>
        {kind === "assign" && <CourierPicker zone={zone} order={order} picked={courier_id} onPick={choose} />}
        <p class="effect">
          <Icon name={kind === "cancel" ? "alert" : kind === "assign" && !courier_id ? "home" : "route"} />
          {effect(kind, order, zone, courier_id)}
        </p>
        <Reason
          value={reason}
          missing={missing && reason.trim() === ""}
          onChange={setReason}
          presets={kind !== "cancel"}
        />
        {problem && <Problem problem={problem} onReview={lookAgain} onGoOn={goOn} />}
        <footer class="dialog-foot">
          <button type="button" class="button" onClick={onClose}>
            {t("action.dismiss")}
          </button>
          <button
            type="submit"
            class={`button ${kind === "cancel" ? "danger" : "primary"}`}
            disabled={sending || (kind === "assign" && !courier_id)}
          >
            {t(sending ? "override.sending" : `override.do.${kind}`)}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}

function title(kind: ChangeKind, order: OrderView, zone: ZoneState): string {
  const courier = zone.couriers.get(order.courier_id ?? "")?.name ?? t("drawer.assignee.none");
  return t(`override.${kind}.title`, { order: order.ref || shortId(order.id), courier });
}

function effect(kind: ChangeKind, order: OrderView, zone: ZoneState, courier_id: string): string {
  if (kind === "cancel") return t(phaseOf(order) === "on_way" ? "override.effect.return" : "override.effect.cancel");
  if (kind === "unassign") return t("override.effect.unassign");
  const to = zone.couriers.get(courier_id);
  const from = zone.couriers.get(order.courier_id ?? "");
  if (!to) return order.address;
  if (from) return t("override.effect.reassign", { from: from.name, courier: to.name });
  return t("override.effect.assign", { courier: to.name, work: workWords(to) });
}

interface PickerProps {
  zone: ZoneState;
  order: OrderView;
  picked: string;
  onPick(id: string): void;
}

function CourierPicker({ zone, order, picked, onPick }: PickerProps) {
  const depot = zone.depots.get(order.depot_id);
  const away_m = (courier: CourierView) => {
    const fix = zone.fixes.get(courier.id);
    return fix && depot ? distance_m(fix, depot) : Number.POSITIVE_INFINITY;
  };
  // Sorted once, when the dialog opens: rows must not move under the pointer while couriers ride about.
  const [order_of_ids] = useState(() =>
    [...zone.couriers.values()]
      .filter((courier) => onDuty(courier) && courier.id !== order.courier_id)
      .sort((a, b) => away_m(a) - away_m(b) || a.name.localeCompare(b.name))
      .map((courier) => courier.id),
  );
  const couriers = order_of_ids.map((id) => zone.couriers.get(id)).filter((courier) => courier !== undefined);
  return (
    <fieldset class="picker">
      <legend>{t("override.pick")}</legend>
      {couriers.length === 0 && <p class="faint">{t("override.pick.none")}</p>}
      {couriers.map((courier, i) => (
        <label key={courier.id} class="picker-row">
          <input
            type="radio"
            name="courier"
            value={courier.id}
            checked={picked === courier.id}
            autofocus={i === 0}
            onChange={() => onPick(courier.id)}
          />
          <VehicleIcon profile={courier.profile} />
          <span class="picker-name">{courier.name}</span>
          <span class="faint">
            {workWords(courier)}
            {Number.isFinite(away_m(courier)) &&
              ` · ${t("override.distance", { km: (away_m(courier) / 1000).toFixed(1) })}`}
          </span>
        </label>
      ))}
    </fieldset>
  );
}

interface ReasonProps {
  value: string;
  missing: boolean;
  presets: boolean;
  onChange(text: string): void;
}

function Reason({ value, missing, presets, onChange }: ReasonProps) {
  return (
    <div class="field">
      <label for="reason">{t("override.reason")}</label>
      <input
        id="reason"
        type="text"
        autofocus
        maxLength={300}
        value={value}
        aria-invalid={missing}
        aria-describedby="reason-hint"
        onInput={(event) => onChange(event.currentTarget.value)}
      />
      <span id="reason-hint" class={missing ? "late" : "faint"}>
        {t(missing ? "override.reason.missing" : "override.reason.hint")}
      </span>
      {presets && (
        <span class="presets">
          {REASONS.map((key) => (
            <button key={key} type="button" class="chip" onClick={() => onChange(t(key))}>
              {t(key)}
            </button>
          ))}
        </span>
      )}
    </div>
  );
}

interface ProblemProps {
  problem: Outcome;
  onReview(): void;
  onGoOn(): void;
}

/** What stands in the way, and the ways on from here. */
function Problem({ problem, ...ways }: ProblemProps) {
  if (problem.kind === "conflict") {
    return <Choice words={`${t("override.conflict")} ${t("override.conflict.hint")}`} {...ways} />;
  }
  if (problem.kind === "infeasible") {
    return (
      <Choice words={t("override.infeasible")} {...ways}>
        <ul class="violations">
          {problem.violations.map((violation) => (
            <li key={violation}>{violation}</li>
          ))}
        </ul>
      </Choice>
    );
  }
  return (
    <p class="alert" role="alert">
      <Icon name="alert" />
      {problem.kind === "refused" && t("override.failed", { detail: problem.detail })}
      {problem.kind === "forbidden" && t("override.forbidden")}
      {problem.kind === "unreachable" && t("override.unreachable")}
    </p>
  );
}

function Choice(props: { words: string; children?: ComponentChildren; onReview(): void; onGoOn(): void }) {
  return (
    <div class="alert" role="alert">
      <p>{props.words}</p>
      {props.children}
      <div class="actions">
        <button type="button" class="button" onClick={props.onReview}>
          {t("override.conflict.review")}
        </button>
        <button type="button" class="button primary" onClick={props.onGoOn}>
          {t("override.conflict.apply")}
        </button>
      </div>
    </div>
  );
}
