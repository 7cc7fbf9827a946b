import { useEffect, useId, useRef, useState } from "preact/hooks";
import { draftOf, keepDraft } from "../shared/drafts";
import { timeOrDay } from "../shared/format";
import { newKey, type Outcome } from "../shared/http";
import { type Key, t, tCode } from "../shared/i18n";
import { minorOf, money } from "../shared/money";
import type { OrderView } from "../shared/protocol/messages";
import { Icon } from "../shared/ui/icon";
import { casesOf, KINDS, MAX_TEXT_LENGTH, type OwnCase, type OwnCases, standsOf, wrongWords } from "./own_cases";

interface ProblemsProps {
  order: OrderView;
  /** Rises when the server has told that something is new in a case. */
  news: number;
  now_ms: number;
  token: string;
}

type Known = OwnCases | "asking" | "failed";

/** What the shopper has reported about the order, what they were answered, and the way to report something. */
export function TrackProblems({ order, news, now_ms, token }: ProblemsProps) {
  const [known, setKnown] = useState<Known>("asking");
  const [reporting, setReporting] = useState(() => draftOf(draftName(order)) !== "");
  const [sent, setSent] = useState(false);
  const look = async () => {
    const found = await casesOf(token).list();
    // What is shown stays when it cannot be read anew
    setKnown((before) => found ?? (typeof before === "object" ? before : "failed"));
  };
  useEffect(() => void look(), [token, news]);
  const done = () => {
    setReporting(false);
    setSent(true);
    void look();
  };
  return (
    <section class="problems" aria-label={t("own.title")}>
      <div class="messages-head">
        <h2>{t("own.title")}</h2>
        <button
          type="button"
          class="button"
          aria-expanded={reporting}
          onClick={() => {
            setSent(false);
            setReporting(!reporting);
          }}
        >
          <Icon name={reporting ? "close" : "alert"} />
          {t(reporting ? "own.close" : "own.report")}
        </button>
      </div>
      {sent && (
        <p class="problem-sent" role="status">
          <Icon name="check" />
          {t("own.sent")}
        </p>
      )}
      {reporting && <ReportForm order={order} token={token} onDone={done} />}
      {known === "failed" && (
        <p class="faint" role="status">
          {t("own.failed")}{" "}
          <button type="button" class="button" onClick={() => void look()}>
            {t("own.retry")}
          </button>
        </p>
      )}
      {typeof known === "object" && known.cases.length > 0 && (
        <ol class="problem-list">
          {known.cases.map((each) => (
            <Problem
              key={each.id}
              own={each}
              currency={known.currency}
              now_ms={now_ms}
              token={token}
              onChange={() => void look()}
            />
          ))}
        </ol>
      )}
    </section>
  );
}

function draftName(order: OrderView): string {
  return `problem.${order.id}`;
}

interface FormProps {
  order: OrderView;
  token: string;
  onDone(): void;
}

function ReportForm({ order, token, onDone }: FormProps) {
  const id = useId();
  const [kind, setKind] = useState<string>("complaint");
  const [text, setText] = useState(() => draftOf(draftName(order)));
  const [amount, setAmount] = useState("");
  const [tried, setTried] = useState(false);
  const { wrong, busy, send, edited } = useOnce();
  const box = useRef<HTMLTextAreaElement>(null);
  useEffect(() => keepDraft(draftName(order), text), [order.id, text]);
  const wanted_minor = kind === "compensation" ? minorOf(amount) : 0;
  const missing = tried && text.trim() === "";
  const submit = async (event: Event) => {
    event.preventDefault();
    setTried(true);
    if (text.trim() === "") return box.current?.focus();
    if (wanted_minor === null) return;
    const body = { kind, text: text.trim(), wanted_minor };
    if (!(await send((key) => casesOf(token).report(body, key)))) return;
    keepDraft(draftName(order), "");
    onDone();
  };
  const change = (set: (value: string) => void) => (value: string) => {
    edited();
    set(value);
  };
  return (
    <form class="problem-form" onSubmit={submit} noValidate aria-busy={busy}>
      <Kinds chosen={kind} onChoose={change(setKind)} />
      <label class="problem-field" for={id}>
        {t("own.text")}
      </label>
      <textarea
        id={id}
        ref={box}
        rows={3}
        maxLength={MAX_TEXT_LENGTH}
        value={text}
        aria-invalid={missing}
        aria-describedby={missing ? `${id}-wrong` : undefined}
        onInput={(event) => change(setText)(event.currentTarget.value)}
      />
      {missing && <Wrong id={`${id}-wrong`} words="own.text.missing" />}
      {kind === "compensation" && (
        <label class="problem-field">
          {t("own.amount")}
          <input
            type="text"
            inputMode="decimal"
            maxLength={9}
            value={amount}
            aria-invalid={wanted_minor === null}
            onInput={(event) => change(setAmount)(event.currentTarget.value)}
          />
        </label>
      )}
      {wanted_minor === null && <Wrong words="own.amount.wrong" />}
      {wrong && <Wrong words={wrong} />}
      <button type="submit" class="button primary" disabled={busy}>
        {t(busy ? "own.sending" : "own.send")}
      </button>
    </form>
  );
}

function Kinds({ chosen, onChoose }: { chosen: string; onChoose(kind: string): void }) {
  return (
    <fieldset class="reasons">
      <legend>{t("own.kind")}</legend>
      {KINDS.map((kind) => (
        <label key={kind} class={kind === chosen ? "reason chosen" : "reason"}>
          <input
            type="radio"
            class="visually-hidden"
            name="problem-kind"
            value={kind}
            checked={kind === chosen}
            onChange={() => onChoose(kind)}
          />
          {kind === chosen && <Icon name="check" />}
          {t(`own.kind.${kind}`)}
        </label>
      ))}
    </fieldset>
  );
}

function Wrong({ id, words }: { id?: string; words: Key }) {
  return (
    <p id={id} class="alert" role="alert">
      {t(words)}
    </p>
  );
}

interface ProblemProps {
  own: OwnCase;
  currency: string;
  now_ms: number;
  token: string;
  onChange(): void;
}

/** One case: what was said, how it stands, and what was answered. */
function Problem({ own, currency, now_ms, token, onChange }: ProblemProps) {
  const stands = standsOf(own, now_ms);
  return (
    <li class="problem" data-case={own.id} data-state={own.state}>
      <p class="problem-head">
        <strong>{tCode("own.kind", own.kind)}</strong>
        <span class={`chip ${TONES[stands] ?? "unknown"}`}>
          {t(stands, { time: timeOrDay(own.due_at_ms, now_ms) })}
        </span>
      </p>
      {own.text && <p class="problem-text">{own.text}</p>}
      {own.solution && (
        <div class="problem-answer">
          <h3>{t("own.answer")}</h3>
          <p class="problem-text">{own.solution}</p>
          {own.compensation_minor > 0 && <p>{t("own.paid", { amount: money(own.compensation_minor, currency) })}</p>}
        </div>
      )}
      {own.may_reopen && <NotSolved own={own} token={token} onDone={onChange} />}
    </li>
  );
}

const TONES: Readonly<Partial<Record<Key, string>>> = {
  "own.answered": "on_time",
  "own.open": "at_risk",
  "own.late": "late",
};

/** The customer is not content, and may say why. */
function NotSolved({ own, token, onDone }: { own: OwnCase; token: string; onDone(): void }) {
  const [text, setText] = useState("");
  const { wrong, busy, send, edited } = useOnce();
  const submit = async (event: Event) => {
    event.preventDefault();
    if (await send((key) => casesOf(token).notSolved(own.id, text.trim(), key))) onDone();
  };
  return (
    <details class="problem-again">
      <summary>{t("own.not_solved")}</summary>
      <form class="problem-form" onSubmit={submit} aria-busy={busy}>
        <label class="problem-field">
          {t("own.not_solved.text")}
          <textarea
            rows={2}
            maxLength={MAX_TEXT_LENGTH}
            value={text}
            onInput={(event) => {
              edited();
              setText(event.currentTarget.value);
            }}
          />
        </label>
        {wrong && <Wrong words={wrong} />}
        <button type="submit" class="button" disabled={busy}>
          {t(busy ? "own.sending" : "own.not_solved.send")}
        </button>
      </form>
    </details>
  );
}

/** Sends one thing at a time; the same thing, sent again, takes effect once. */
function useOnce() {
  const key = useRef("");
  const [state, setState] = useState<{ busy: boolean; wrong: Key | null }>({ busy: false, wrong: null });
  return {
    ...state,
    edited() {
      key.current = "";
      if (state.wrong) setState({ busy: false, wrong: null });
    },
    async send(change: (key: string) => Promise<Outcome>): Promise<boolean> {
      if (state.busy) return false;
      setState({ busy: true, wrong: null });
      key.current ||= newKey();
      const wrong = wrongWords(await change(key.current));
      // What was refused is decided; asked again, it is another request.
      if (wrong && wrong !== "own.unreachable") key.current = "";
      setState({ busy: false, wrong });
      return wrong === null;
    },
  };
}
