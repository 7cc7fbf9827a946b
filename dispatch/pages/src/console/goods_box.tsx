import { useId, useState } from "preact/hooks";
import { t } from "../shared/i18n";
import type { OrderView } from "../shared/protocol/messages";
import type { ZoneState } from "../shared/store/zone";
import { type Outcome, sendAttempt, sendHandover, sendHandoverEnd } from "./api";
import { NotDone } from "./case_drawer";
import { courierName } from "./cases";
import type { DrawerProps } from "./drawer_parts";
import { type GoodsChoice, goodsChoices } from "./goods";
import { type Right, useMay } from "./may";
import { onDuty } from "./queues";

/** What becomes of goods that are on board: after a failed attempt, on their way back, or over to another courier. */
export function GoodsBox(props: DrawerProps & { order: OrderView }) {
  const may = useMay();
  const choices = goodsChoices(props.order).filter((choice) => may(rightForGoods(choice)));
  // A box of its own for each standing: what was typed for one is not meant for the next.
  return choices.length > 0 ? <Decide key={choices.join()} choices={choices} {...props} /> : null;
}

function rightForGoods(choice: GoodsChoice): Right {
  return choice.startsWith("handover") ? "hand_over" : "resolve_attempt";
}

type DecideProps = DrawerProps & { order: OrderView; choices: readonly GoodsChoice[] };

function Decide({ order, zone, token, choices, onNotice }: DecideProps) {
  const id = useId();
  const [reason, setReason] = useState("");
  const [courier_id, pick] = useState("");
  const [missing, setMissing] = useState(false);
  const [state, setState] = useState<Outcome | "sending" | null>(null);
  const decide = async (choice: GoodsChoice) => {
    const why = reason.trim();
    const complete = why !== "" && (choice !== "handover" || courier_id !== "");
    setMissing(!complete);
    if (!complete || state === "sending") return;
    setState("sending");
    const outcome = await send(token, zone.zone, order.id, choice, courier_id, why);
    setState(outcome);
    if (outcome.kind === "done" || outcome.kind === "accepted") onNotice(t(`override.${outcome.kind}`));
  };
  return (
    <section class="resolve" aria-label={t("goods.title")}>
      <h3>{t("goods.title")}</h3>
      {order.handover_to && <p>{t("goods.planned", { courier: courierName(order.handover_to, zone) })}</p>}
      {choices.includes("handover") && <Taker id={id} order={order} zone={zone} picked={courier_id} onPick={pick} />}
      <div class="field">
        <label for={`${id}-reason`}>{t("override.reason")}</label>
        <input
          id={`${id}-reason`}
          type="text"
          maxLength={200}
          value={reason}
          aria-invalid={missing}
          aria-describedby={`${id}-hint`}
          onInput={(event) => setReason(event.currentTarget.value)}
        />
        <span id={`${id}-hint`} class={missing ? "late" : "faint"}>
          {t(missing ? "goods.missing" : "override.reason.hint")}
        </span>
      </div>
      <NotDone state={state} />
      <div class="actions">
        {choices.map((choice) => (
          <button
            key={choice}
            type="button"
            class="button"
            data-action={choice}
            disabled={state === "sending"}
            onClick={() => void decide(choice)}
          >
            {t(`goods.${choice}`)}
          </button>
        ))}
      </div>
    </section>
  );
}

interface TakerProps {
  id: string;
  order: OrderView;
  zone: ZoneState;
  picked: string;
  onPick(courier_id: string): void;
}

function Taker({ id, order, zone, picked, onPick }: TakerProps) {
  const others = [...zone.couriers.values()]
    .filter((courier) => onDuty(courier) && courier.id !== order.courier_id)
    .sort((a, b) => a.name.localeCompare(b.name) || a.id.localeCompare(b.id));
  return (
    <div class="field">
      <label for={`${id}-to`}>{t("goods.to")}</label>
      <select id={`${id}-to`} value={picked} onChange={(event) => onPick(event.currentTarget.value)}>
        <option value="">{t("goods.to.none")}</option>
        {others.map((courier) => (
          <option key={courier.id} value={courier.id}>
            {courier.name}
          </option>
        ))}
      </select>
    </div>
  );
}

function send(
  token: string,
  zone: string,
  order_id: string,
  choice: GoodsChoice,
  courier_id: string,
  reason: string,
): Promise<Outcome> {
  switch (choice) {
    case "handover":
      return sendHandover(token, zone, order_id, courier_id, reason);
    case "handover_done":
    case "handover_off":
      return sendHandoverEnd(token, order_id, choice === "handover_done", reason);
    default:
      return sendAttempt(token, order_id, choice, reason);
  }
}
