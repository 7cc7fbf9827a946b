import { useState } from "preact/hooks";
import { shortId, timeOrDay } from "../shared/format";
import { t, tCode } from "../shared/i18n";
import { Icon, type IconName } from "../shared/ui/icon";
import type { Outcome } from "./api";
import { type LogState, logState, type SentMessage } from "./messages_api";
import { problemWords } from "./problem_words";

const LOOKS: Readonly<Record<LogState, readonly [tone: string, icon: IconName]>> = {
  failed: ["late", "alert"],
  waiting: ["at_risk", "clock"],
  sent: ["on_time", "check"],
  skipped: ["unknown", "minus"],
};

interface RowsProps {
  messages: readonly SentMessage[];
  now_ms: number;
  /** What can be done about a message; null: nothing. */
  again: { label: string; offered(message: SentMessage): boolean; send(id: string): Promise<Outcome> } | null;
  onOrder(order_id: string): void;
  /** A message stands otherwise now. */
  onChanged(message: SentMessage): void;
}

/** Messages with what became of them; one that is sent again stays in its place. */
export function MessageRows({ messages, now_ms, again, onOrder, onChanged }: RowsProps) {
  const [failed, setFailed] = useState<Readonly<Record<string, string>>>({});
  const [sending, setSending] = useState("");
  const send = async (id: string) => {
    if (!again || sending) return;
    setSending(id);
    const outcome = await again.send(id);
    setSending("");
    setFailed({ ...failed, [id]: problemWords(outcome) });
    const changed = outcome.kind === "accepted" || outcome.kind === "done";
    const message = messages.find((each) => each.id === id);
    if (changed && message) onChanged({ ...message, state: "queued", reason: "", tries: 0, done_at_ms: 0 });
  };
  return (
    <ul class="message-log">
      {messages.map((message) => (
        <li key={message.id} data-message={message.id}>
          <Line message={message} now_ms={now_ms} onOrder={onOrder} />
          {again?.offered(message) && (
            <button
              type="button"
              class="button"
              disabled={sending !== ""}
              aria-label={`${again.label}: ${tCode("messages.event", message.event)}`}
              onClick={() => void send(message.id)}
            >
              {sending === message.id ? t("override.sending") : again.label}
            </button>
          )}
          {failed[message.id] && <p class="late">{failed[message.id]}</p>}
        </li>
      ))}
    </ul>
  );
}

function Line({ message, now_ms, onOrder }: { message: SentMessage; now_ms: number; onOrder(id: string): void }) {
  const { order_id, event, audience, channel, reason, tries, event_at_ms, due_at_ms, done_at_ms } = message;
  const state = logState(message);
  const [tone, icon] = LOOKS[state];
  const until = state === "waiting" ? due_at_ms : done_at_ms;
  return (
    <div class="message-line">
      <time>{timeOrDay(event_at_ms, now_ms)}</time>
      <strong>{tCode("messages.event", event)}</strong>
      <span class="faint">
        {tCode("messages.channel", channel)} · {tCode("messages.audience", audience)}
      </span>
      <span class={`chip ${tone}`}>
        <Icon name={icon} />
        {t(`messages.state.${state}`)}
      </span>
      {reason && <span class="faint">{tCode("messages.why", reason)}</span>}
      {tries > 0 && (
        <span class="faint">{t(tries === 1 ? "messages.tries.one" : "messages.tries.many", { n: tries })}</span>
      )}
      {until > 0 && <span class="faint">{t(`messages.at.${state}`, { time: timeOrDay(until, now_ms) })}</span>}
      {order_id && (
        <button type="button" class="link" onClick={() => onOrder(order_id)}>
          {t("messages.order", { id: shortId(order_id) })}
        </button>
      )}
    </div>
  );
}
