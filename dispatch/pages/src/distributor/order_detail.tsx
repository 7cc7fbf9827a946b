import { useCallback, useEffect, useState } from "preact/hooks";
import type { Refusal } from "../shared/call";
import { timeOrDay } from "../shared/format";
import { t, tCode } from "../shared/i18n";
import { money } from "../shared/money";
import { reasonWords, toneOf } from "../shared/order";
import type { OrderView } from "../shared/protocol/messages";
import { Icon } from "../shared/ui/icon";
import { PaperButtons } from "../shared/ui/paper_buttons";
import { Proofs } from "../shared/ui/proofs";
import type { Account, Drops } from "./api";
import { OrderRow } from "./order_row";
import { arrivalWords, isOpen, numberOf, steps, windowWords } from "./orders";
import { Failed, Skeleton } from "./parts";
import { refusalWords } from "./words";

const LOOK_EVERY_MS = 10_000;

interface DetailProps {
  account: Account;
  order_id: string;
  /** Something about it was changed. */
  onChanged(): void;
}

/** One order: when it comes, what has happened, how it was proven, and the other drops of its delivery. */
export function OrderDetail({ account, order_id, onChanged }: DetailProps) {
  const [found, setFound] = useState<Drops | null>(null);
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const look = useCallback(async () => {
    const answer = await account.drops(order_id);
    setRefusal(answer.ok ? null : answer.refusal);
    if (answer.ok) setFound(answer.value);
  }, [account, order_id]);
  useEffect(() => {
    void look();
    const timer = setInterval(() => document.visibilityState === "visible" && void look(), LOOK_EVERY_MS);
    return () => clearInterval(timer);
  }, [look]);
  const now_ms = found?.now_ms ?? 0;
  const order = found?.orders.find(({ id }) => id === order_id);
  const drops = found?.orders.filter(({ id }) => id !== order_id) ?? [];
  return (
    <section class="detail" aria-label={t("dist.order")} data-detail={order_id}>
      <header class="detail-head">
        <h2>{order ? t("dist.order.number", { number: numberOf(order) }) : t("dist.order")}</h2>
        <a class="icon-button" href="#/orders" aria-label={t("drawer.close")}>
          <Icon name="close" />
        </a>
      </header>
      {refusal && <Failed refusal={refusal} onAgain={() => void look()} />}
      {!order && !refusal && <Skeleton />}
      {order && (
        <>
          <Facts order={order} lines={found?.lines ?? []} now_ms={now_ms} />
          <Timeline order={order} now_ms={now_ms} />
          <Proofs order={order} token={account.token} />
          <PaperButtons token={account.token} order_ids={[order.id]} name={numberOf(order)} />
          {drops.length > 0 && (
            <section aria-label={t("dist.drops.other")}>
              <h3>{t("dist.drops.other")}</h3>
              <ul class="order-rows">
                {drops.map((each) => (
                  <li key={each.id}>
                    <OrderRow order={each} now_ms={now_ms} />
                  </li>
                ))}
              </ul>
            </section>
          )}
          {isOpen(order) && (
            <Cancel
              account={account}
              order={order}
              onDone={() => {
                void look();
                onChanged();
              }}
            />
          )}
        </>
      )}
    </section>
  );
}

interface FactsProps {
  order: OrderView;
  lines: Drops["lines"];
  now_ms: number;
}

function Facts({ order, lines, now_ms }: FactsProps) {
  const proofs = (order.requires ?? []).map((kind) => tCode("dist.proof", kind)).join(", ");
  const weight_g = order.load?.weight_g ?? 0;
  const facts: readonly [string, string][] = [
    [t("dist.fact.window"), windowWords(order, now_ms)],
    [t("dist.fact.arrival"), arrivalWords(order, now_ms)],
    [t("dist.fact.address"), order.address],
    [t("dist.fact.goods"), lines.map(({ name, quantity }) => `${quantity} × ${name}`).join(", ")],
    [t("dist.fact.proof"), proofs],
    [t("dist.fact.weight"), weight_g > 0 ? `${weight_g / 1000} kg` : ""],
    [t("dist.fact.cash"), order.cash_minor ? money(order.cash_minor, order.currency ?? "") : ""],
  ];
  return (
    <>
      <p>
        <span class={`chip ${toneOf(order, now_ms)}`}>{t(`status.${order.status as "held"}`)}</span>{" "}
        {order.reason && <span>{reasonWords(order.reason)}</span>}
      </p>
      {order.status === "held" && <p class="faint">{t("dist.held.note")}</p>}
      <dl class="facts">
        {facts
          .filter(([, value]) => value)
          .map(([label, value]) => (
            <div key={label} class="fact">
              <dt>{label}</dt>
              <dd>{value}</dd>
            </div>
          ))}
      </dl>
    </>
  );
}

function Timeline({ order, now_ms }: { order: OrderView; now_ms: number }) {
  return (
    <section aria-label={t("dist.timeline")}>
      <h3>{t("dist.timeline")}</h3>
      <ol class="steps">
        {steps(order).map(({ label, at_ms }) => (
          <li key={`${label}${at_ms}`}>
            <span>{t(label)}</span>
            <time class="faint">{timeOrDay(at_ms, now_ms)}</time>
          </li>
        ))}
      </ol>
    </section>
  );
}

/** Says what it means first: what a courier has on board comes back. */
function Cancel({ account, order, onDone }: { account: Account; order: OrderView; onDone(): void }) {
  const [asks, setAsks] = useState(false);
  const [reason, setReason] = useState("");
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const submit = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    const answer = await account.cancel(order.id, reason.trim());
    setBusy(false);
    setRefusal(answer.ok ? null : answer.refusal);
    if (answer.ok) {
      setAsks(false);
      onDone();
    }
  };
  if (!asks) {
    return (
      <button type="button" class="button danger" onClick={() => setAsks(true)}>
        {t("dist.cancel")}
      </button>
    );
  }
  return (
    <form class="staff-form cancel" onSubmit={submit}>
      <p>{t("dist.cancel.sure", { number: numberOf(order) })}</p>
      <label class="field">
        <span>{t("dist.cancel.reason")}</span>
        <input
          type="text"
          required
          maxLength={200}
          value={reason}
          onInput={(event) => setReason(event.currentTarget.value)}
        />
      </label>
      {refusal && (
        <p class="alert" role="alert">
          {refusalWords(refusal)}
        </p>
      )}
      <div class="actions">
        <button type="submit" class="button danger" disabled={busy || !reason.trim()}>
          {t(busy ? "staff.busy" : "dist.cancel.yes")}
        </button>
        <button type="button" class="button" onClick={() => setAsks(false)}>
          {t("dist.cancel.no")}
        </button>
      </div>
    </form>
  );
}
