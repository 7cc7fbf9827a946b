import { useEffect, useId, useRef, useState } from "preact/hooks";
import { draftOf, keepDraft } from "../drafts";
import { clockTime, relative } from "../format";
import { newKey, type Outcome } from "../http";
import { t } from "../i18n";
import type { MessageView, Party } from "../protocol/messages";
import { MAX_TEXT_LENGTH, sendable } from "../thread";
import { Icon } from "./icon";

/** What a party is called, as the one who writes or as the one who is written to. */
export type NameOf = (party: Party, as?: "whom") => string;

interface ThreadProps {
  messages: readonly MessageView[];
  /** Who reads: their own messages stand on the other side. */
  reader: Party;
  now_ms: number;
  nameOf: NameOf;
}

/** What was written about an order, the newest last; new ones are read out to those who do not see them come. */
export function Thread({ messages, reader, now_ms, nameOf }: ThreadProps) {
  const box = useRef<HTMLDivElement>(null);
  const last_id = messages[messages.length - 1]?.id;
  useEffect(() => {
    if (box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [last_id]);
  return (
    // The log is there before its first message: only what is added to a live region is read out. Keys can scroll it.
    <div
      ref={box}
      class={`thread${messages.length === 0 ? " empty" : ""}`}
      role="log"
      aria-label={t("message.thread")}
      {...(messages.length > 0 && { tabIndex: 0 })}
    >
      {messages.map((message) => (
        <p key={message.id} class={`said ${message.sender}${message.sender === reader ? " mine" : ""}`}>
          <span class="said-who">
            {t("message.from", { sender: nameOf(message.sender), to: nameOf(message.to, "whom") })}
            <time title={relative(message.at_ms, now_ms)}>{clockTime(message.at_ms)}</time>
          </span>
          <span class="said-text">{message.text}</span>
        </p>
      ))}
    </div>
  );
}

interface ComposerProps {
  /** The name under which an unsent text is kept. */
  draft: string;
  /** Who can be written to now, the likeliest first; never empty. */
  parties: readonly Party[];
  phrases: readonly string[];
  /** On the desk, a key moves the focus here. */
  box?: { current: HTMLTextAreaElement | null };
  nameOf: NameOf;
  send(to: Party, text: string, key: string): Promise<Outcome>;
}

/** Where a message is written. A text leaves the box only once the server has it. */
export function Composer({ draft, parties, phrases, box, nameOf, send }: ComposerProps) {
  const id = useId();
  const [text, setText] = useState(() => draftOf(draft));
  const [wanted, setWanted] = useState<Party | null>(null);
  const [state, setState] = useState<Outcome | "sending" | null>(null);
  // The same key for a repeat of the same message: it takes effect once even if only the answer was lost.
  const attempt = useRef({ said: "", key: "" });
  const to = wanted && parties.includes(wanted) ? wanted : (parties[0] ?? "dispatcher");
  const write = (next: string) => {
    setText(next);
    keepDraft(draft, next);
    if (state !== "sending") setState(null);
  };
  const submit = async () => {
    const said = sendable(text);
    if (!said || state === "sending") return;
    if (attempt.current.said !== `${to} ${said}`) attempt.current = { said: `${to} ${said}`, key: newKey() };
    setState("sending");
    const outcome = await send(to, said, attempt.current.key);
    setState(outcome);
    if (outcome.kind !== "done" && outcome.kind !== "accepted") return;
    attempt.current = { said: "", key: "" };
    setText("");
    keepDraft(draft, "");
  };
  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <Addressee parties={parties} to={to} nameOf={nameOf} onPick={setWanted} />
      <label class="visually-hidden" for={id}>
        {t("message.write", { to: nameOf(to, "whom") })}
      </label>
      <textarea
        id={id}
        {...(box && { ref: box })}
        rows={2}
        maxLength={MAX_TEXT_LENGTH}
        placeholder={t("message.write", { to: nameOf(to, "whom") })}
        value={text}
        onInput={(event) => write(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) void submit();
          if (event.key !== "Escape") return;
          event.stopPropagation();
          event.currentTarget.blur();
        }}
      />
      <Sent state={state} />
      <div class="composer-foot">
        <span class="presets">
          {phrases.map((phrase) => (
            <button
              key={phrase}
              type="button"
              class="chip"
              onClick={() => write(text.trim() ? `${text.trim()} ${phrase}` : phrase)}
            >
              {phrase}
            </button>
          ))}
        </span>
        {text.length > MAX_TEXT_LENGTH - 100 && <span class="faint">{MAX_TEXT_LENGTH - text.length}</span>}
        <button
          type="submit"
          class="button primary"
          title={t("message.hint")}
          aria-disabled={!sendable(text) || state === "sending"}
        >
          {t(state === "sending" ? "message.sending" : "message.send")}
        </button>
      </div>
    </form>
  );
}

interface AddresseeProps {
  parties: readonly Party[];
  to: Party;
  nameOf: NameOf;
  onPick(party: Party): void;
}

/** To whom; where there is a choice. */
function Addressee({ parties, to, nameOf, onPick }: AddresseeProps) {
  const name = useId();
  if (parties.length < 2) return null;
  return (
    <fieldset class="addressee">
      <legend class="visually-hidden">{t("message.to")}</legend>
      {parties.map((party) => (
        <label key={party}>
          <input type="radio" name={name} value={party} checked={party === to} onChange={() => onPick(party)} />
          <span>{nameOf(party)}</span>
        </label>
      ))}
    </fieldset>
  );
}

/** What came of sending. A failure says that the text is still there. */
function Sent({ state }: { state: Outcome | "sending" | null }) {
  const good = state === null || state === "sending" || state.kind === "done" || state.kind === "accepted";
  if (good) {
    return (
      <p class="visually-hidden" role="status">
        {state !== null && state !== "sending" ? t("message.sent") : ""}
      </p>
    );
  }
  const detail = state.kind === "refused" ? state.detail : "";
  return (
    <p class="alert" role="alert">
      <Icon name="alert" />
      <span>
        {detail
          ? t("message.refused", { detail })
          : t(state.kind === "forbidden" ? "message.forbidden" : "message.unreachable")}
      </span>
    </p>
  );
}
