import { useId, useState } from "preact/hooks";
import { type Outcome, post } from "../shared/http";
import { type Key, t } from "../shared/i18n";
import type { CourierView, Duty } from "../shared/protocol/messages";
import type { ZoneState } from "../shared/store/zone";
import { Dialog } from "../shared/ui/dialog";
import { Icon } from "../shared/ui/icon";
import { NotDone } from "./case_drawer";
import { Choice, Option } from "./choice";
import { givenBack, isOnBoard } from "./fleet";

const DUTIES: readonly Duty[] = ["available", "on_break", "ending", "off_duty"];
const REASONS: readonly Key[] = [
  "duty.reason.asked",
  "duty.reason.vehicle",
  "duty.reason.unwell",
  "duty.reason.unreachable",
];
const MAX_REASON = 200;

export function sendDuty(token: string, courier_id: string, duty: Duty, reason: string): Promise<Outcome> {
  return post(`/v1/couriers/${encodeURIComponent(courier_id)}/duty`, { duty, reason }, { token });
}

interface DutyProps {
  courier: CourierView;
  zone: ZoneState;
  token: string;
  onClose(): void;
  /** It is done; `back` takes it back. */
  onDone(message: string, back: () => Promise<Outcome>): void;
}

/** Another duty for a courier, by the desk: what it changes is said before, and the courier reads the reason. */
export function DutyDialog({ courier, zone, token, onClose, onDone }: DutyProps) {
  const id = useId();
  const [before] = useState(courier.duty);
  const [duty, setDuty] = useState<Duty>(before === "available" ? "on_break" : "available");
  const [reason, setReason] = useState("");
  const [missing, setMissing] = useState(false);
  const [state, setState] = useState<Outcome | "sending" | null>(null);
  const submit = async (event: Event) => {
    event.preventDefault();
    const why = reason.trim();
    setMissing(why === "");
    if (why === "" || state === "sending") return;
    setState("sending");
    const outcome = await sendDuty(token, courier.id, duty, why);
    setState(outcome);
    if (outcome.kind !== "done" && outcome.kind !== "accepted") return;
    const message = t("duty.done", { courier: courier.name, duty: t(`duty.${duty}`) });
    onDone(message, () => sendDuty(token, courier.id, before, t("duty.reason.undo")));
  };
  return (
    <Dialog title={t("duty.title", { courier: courier.name })} onClose={onClose}>
      <form onSubmit={submit}>
        {courier.account && courier.account !== "active" && (
          <p class="alert">
            <Icon name="alert" />
            {t("duty.inactive", { account: t(`account.${courier.account}`) })}
          </p>
        )}
        <Choice label="duty.choose">
          {DUTIES.filter((each) => each !== before).map((each) => (
            <Option key={each} group={`${id}-duty`} checked={each === duty} onPick={() => setDuty(each)}>
              {t(`duty.${each}`)}
            </Option>
          ))}
        </Choice>
        <p class="effect">
          <Icon name="route" />
          {effectWords(courier, duty, zone)}
        </p>
        <div class="field">
          <label for={`${id}-reason`}>{t("override.reason")}</label>
          <input
            id={`${id}-reason`}
            type="text"
            maxLength={MAX_REASON}
            value={reason}
            aria-invalid={missing}
            aria-describedby={`${id}-hint`}
            onInput={(event) => setReason(event.currentTarget.value)}
          />
          <span class="presets">
            {REASONS.map((key) => (
              <button key={key} type="button" class="chip" onClick={() => setReason(t(key))}>
                {t(key)}
              </button>
            ))}
          </span>
          <span id={`${id}-hint`} class={missing ? "late" : "faint"}>
            {t(missing ? "override.reason.missing" : "duty.reason.hint")}
          </span>
        </div>
        <NotDone state={state} />
        <div class="actions">
          <button type="submit" class="button primary" disabled={state === "sending"} data-action="set-duty">
            {t(state === "sending" ? "override.sending" : "duty.do")}
          </button>
          <button type="button" class="button" onClick={onClose}>
            {t("action.dismiss")}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

/** What becomes of the courier's orders. */
function effectWords(courier: CourierView, duty: Duty, zone: ZoneState): string {
  const back = givenBack(courier, zone);
  const aboard = [...zone.orders.values()].filter(
    (order) => order.courier_id === courier.id && isOnBoard(order),
  ).length;
  if (duty === "available") return t("duty.effect.available");
  if (duty === "ending") return t("duty.effect.ending");
  if (duty === "off_duty" && aboard > 0) return t("duty.effect.aboard", { n: aboard });
  return back > 0 ? t("duty.effect.back", { n: back }) : t("duty.effect.none");
}
