import { useEffect, useRef, useState } from "preact/hooks";
import { nearOrClock, shortId } from "../shared/format";
import { type Key, t } from "../shared/i18n";
import { useCourier } from "./context";
import { go } from "./route";
import { Sign } from "./sign";
import { refOf } from "./state";
import { type Bubble, thread, threads } from "./threads";
import { Blank, Choice, PageHead, Ticks } from "./ui";

const MAX_TEXT = 500;
const QUICK = [1, 2, 3] as const;

/** Every order that somebody wrote about. */
export function MessagesPage() {
  const { view, now_ms } = useCourier();
  const all = threads(view);
  if (all.length === 0) {
    return (
      <main class="page">
        <Blank sign="message" title={t("courier.messages.empty")} note={t("courier.messages.empty.note")} />
      </main>
    );
  }
  return (
    <main class="page">
      <h1 class="page-title">{t("courier.tab.messages")}</h1>
      <ul class="thread-list">
        {all.map(({ order_id, bubbles, unread, last_at_ms }) => (
          <li key={order_id}>
            <button type="button" class="stop-row" onClick={() => go({ at: "thread", order_id })}>
              <span class="stop-row-text">
                <strong>{titleOf(view, order_id)}</strong>
                <small>{bubbles[bubbles.length - 1]?.text}</small>
              </span>
              <span class="thread-side">
                <small>{nearOrClock(last_at_ms, now_ms)}</small>
                {unread > 0 && <span class="badge">{t("courier.messages.unread", { n: unread })}</span>}
              </span>
            </button>
          </li>
        ))}
      </ul>
    </main>
  );
}

type ViewOf = ReturnType<typeof useCourier>["view"];

function titleOf(view: ViewOf, order_id: string): string {
  const name = view.cards.find((card) => card.order_id === order_id)?.name;
  const order = t("courier.stop.order", { ref: refOf(view, order_id) || shortId(order_id) });
  return name ? `${name} · ${order}` : order;
}

/** What was written about one order, and a box to write to its customer or to dispatch. */
export function ThreadPage({ order_id }: { order_id: string }) {
  const { view, shift } = useCourier();
  const { bubbles, unread, last_at_ms } = thread(view, order_id);
  const end = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (unread > 0) shift.apply({ kind: "read", order_id, at_ms: last_at_ms });
    end.current?.scrollIntoView({ block: "end" });
  }, [bubbles.length, unread, last_at_ms, order_id, shift]);
  return (
    <>
      <main class="page thread-page">
        <PageHead title={titleOf(view, order_id)} />
        {bubbles.length === 0 && <p class="faint centred">{t("courier.messages.none")}</p>}
        <ol class="bubbles" aria-live="polite">
          {bubbles.map((bubble) => (
            <BubbleRow key={bubble.id} bubble={bubble} />
          ))}
        </ol>
        <div ref={end} />
      </main>
      <Compose order_id={order_id} />
    </>
  );
}

function BubbleRow({ bubble }: { bubble: Bubble }) {
  const { now_ms } = useCourier();
  const mine = bubble.sender === "courier";
  const from = mine ? `courier.messages.from.courier.${bubble.to}` : `courier.messages.from.${bubble.sender}`;
  return (
    <li class={`bubble ${mine ? "mine" : ""}`}>
      <small>{t(from as Key)}</small>
      <p>{bubble.text}</p>
      <small class="bubble-foot">
        {nearOrClock(bubble.at_ms, now_ms)}
        {mine && <Ticks state={bubble.state} />}
      </small>
    </li>
  );
}

function Compose({ order_id }: { order_id: string }) {
  const { shift } = useCourier();
  const [to, setTo] = useState<"customer" | "dispatcher">("customer");
  const [text, setText] = useState("");
  const send = (words: string) => {
    if (!words.trim()) return;
    shift.do({ t: "say", order_id, to, text: words.trim().slice(0, MAX_TEXT) });
    setText("");
  };
  const submit = (event: Event) => {
    event.preventDefault();
    send(text);
  };
  return (
    <form class="compose" onSubmit={submit}>
      <Choice<"customer" | "dispatcher">
        label={t("courier.messages.to")}
        options={[
          { value: "customer", text: t("courier.messages.customer") },
          { value: "dispatcher", text: t("courier.messages.dispatcher") },
        ]}
        chosen={to}
        onChoose={setTo}
      />
      <fieldset class="quick">
        <legend class="visually-hidden">{t("courier.messages.quick")}</legend>
        {QUICK.map((n) => (
          <button key={n} type="button" class="quick-phrase" onClick={() => send(t(`courier.quick.${to}.${n}`))}>
            {t(`courier.quick.${to}.${n}`)}
          </button>
        ))}
      </fieldset>
      <div class="field-line">
        <textarea
          rows={1}
          maxLength={MAX_TEXT}
          aria-label={t("courier.messages.text")}
          placeholder={t("courier.messages.text")}
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
        <button
          type="submit"
          class="round-button accent"
          aria-label={t("courier.messages.send")}
          disabled={!text.trim()}
        >
          <Sign name="send" />
        </button>
      </div>
    </form>
  );
}
