import type { ComponentChildren } from "preact";
import { useId, useState } from "preact/hooks";
import { timeOrDay } from "../shared/format";
import { t } from "../shared/i18n";
import { minorOf } from "../shared/money";
import type { CaseView } from "../shared/protocol/messages";
import { Icon } from "../shared/ui/icon";
import type { Outcome } from "./api";
import { isOpen, knownStaff } from "./cases";
import { caseDesk } from "./cases_api";
import type { DrawerProps } from "./drawer_parts";

export type CaseProps = DrawerProps & { conflict: CaseView };

const HOUR_MS = 3_600_000;
export const MAX_CASE_TEXT = 500;
const MAX_NOTE = 200;

/** One change at a time, and what came of it. */
export function useChange(onNotice: (message: string) => void) {
  const [state, setState] = useState<Outcome | "sending" | null>(null);
  const send = async (change: () => Promise<Outcome>, done: string): Promise<boolean> => {
    if (state === "sending") return false;
    setState("sending");
    const outcome = await change();
    setState(outcome);
    const isDone = outcome.kind === "done" || outcome.kind === "accepted";
    if (isDone) onNotice(done);
    return isDone;
  };
  return { state, send, busy: state === "sending" };
}

/** Why something was not done; nothing while it is fine. */
export function NotDone({ state }: { state: Outcome | "sending" | null }) {
  if (state === null || state === "sending" || state.kind === "done" || state.kind === "accepted") return null;
  return (
    <p class="alert" role="alert">
      <Icon name="alert" />
      {state.kind === "refused"
        ? t("override.failed", { detail: state.detail })
        : t(state.kind === "forbidden" ? "override.forbidden" : "override.unreachable")}
    </p>
  );
}

/** What the customer is told. Folded while an answer stands. */
export function SolveForm(props: CaseProps) {
  if (isOpen(props.conflict)) {
    return (
      <section class="resolve" aria-label={t("case.solution")}>
        <SolveFields {...props} />
      </section>
    );
  }
  return (
    <details class="fold">
      <summary>{t("case.solve.again")}</summary>
      <SolveFields {...props} />
    </details>
  );
}

function SolveFields({ conflict, zone, token, onNotice }: CaseProps) {
  const id = useId();
  const [words, setWords] = useState("");
  const [amount, setAmount] = useState("");
  const [tried, setTried] = useState(false);
  const { state, send, busy } = useChange(onNotice);
  const minor = minorOf(amount);
  const missing = tried && words.trim() === "";
  const submit = async (event: Event) => {
    event.preventDefault();
    setTried(true);
    if (words.trim() === "" || minor === null) return;
    const desk = caseDesk(token, zone.zone, conflict.id);
    if (await send(() => desk.solve(words.trim(), minor), t("case.solve.done"))) setWords("");
  };
  return (
    <form onSubmit={submit} noValidate>
      <div class="field">
        <label for={id}>{t("case.solution.ask")}</label>
        <textarea
          id={id}
          data-box="solution"
          rows={3}
          maxLength={MAX_CASE_TEXT}
          value={words}
          aria-invalid={missing}
          aria-describedby={`${id}-hint`}
          onInput={(event) => setWords(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) void submit(event);
          }}
        />
        <span id={`${id}-hint`} class={missing ? "late" : "faint"}>
          {t(missing ? "case.solution.missing" : "case.solution.hint")}
        </span>
      </div>
      <Amount id={`${id}-amount`} label={t("case.amount")} typed={amount} onType={setAmount} />
      <NotDone state={state} />
      <div class="actions">
        <button type="submit" class="button primary" disabled={busy} data-action="solve">
          {t(busy ? "override.sending" : "case.solve")}
        </button>
      </div>
    </form>
  );
}

interface AmountProps {
  id: string;
  label: string;
  typed: string;
  onType(typed: string): void;
}

/** A sum of money; empty for none. */
export function Amount({ id, label, typed, onType }: AmountProps) {
  const wrong = minorOf(typed) === null;
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        id={id}
        type="text"
        inputMode="decimal"
        autocomplete="off"
        maxLength={9}
        value={typed}
        aria-invalid={wrong}
        aria-describedby={wrong ? `${id}-wrong` : undefined}
        onInput={(event) => onType(event.currentTarget.value)}
      />
      {wrong && (
        <span id={`${id}-wrong`} class="late">
          {t("case.amount.wrong")}
        </span>
      )}
    </div>
  );
}

/** Who looks after it, and when somebody looks again. */
export function CareForm(props: CaseProps) {
  const { conflict, zone, token, onNotice } = props;
  const { state, send, busy } = useChange(onNotice);
  const desk = caseDesk(token, zone.zone, conflict.id);
  return (
    <section class="case-care">
      <div class="actions">
        <button
          type="button"
          class="button"
          disabled={busy}
          data-action="take"
          onClick={() => send(() => desk.assign(), t("case.taken"))}
        >
          {t("case.take")}
        </button>
        {conflict.assignee && (
          <button
            type="button"
            class="button"
            disabled={busy}
            onClick={() => send(() => desk.assign(""), t("case.given", { who: t("case.assignee.none") }))}
          >
            {t("case.give.back")}
          </button>
        )}
      </div>
      <Give {...props} onGive={(who) => send(() => desk.assign(who), t("case.given", { who }))} />
      <FollowUp {...props} onPlan={(at_ms, note) => send(() => desk.followUp(at_ms, note), planned(at_ms, props))} />
      <NotDone state={state} />
    </section>
  );
}

function planned(at_ms: number, { now_ms }: CaseProps): string {
  return at_ms ? t("case.follow.done", { time: timeOrDay(at_ms, now_ms) }) : t("case.follow.off");
}

function Give({ zone, onGive }: CaseProps & { onGive(who: string): void }) {
  const id = useId();
  const [who, setWho] = useState("");
  const submit = (event: Event) => {
    event.preventDefault();
    if (who.trim()) onGive(who.trim());
  };
  return (
    <Fold title={t("case.give")}>
      <form class="case-line" onSubmit={submit}>
        <label class="visually-hidden" for={id}>
          {t("case.assignee.name")}
        </label>
        <input
          id={id}
          type="text"
          list={`${id}-known`}
          autocomplete="off"
          maxLength={64}
          placeholder={t("case.assignee.name")}
          value={who}
          onInput={(event) => setWho(event.currentTarget.value)}
        />
        <datalist id={`${id}-known`}>
          {knownStaff(zone).map((name) => (
            <option key={name} value={name} />
          ))}
        </datalist>
        <button type="submit" class="button" disabled={who.trim() === ""}>
          {t("case.give")}
        </button>
      </form>
    </Fold>
  );
}

function FollowUp({ conflict, now_ms, onPlan }: CaseProps & { onPlan(at_ms: number, note: string): void }) {
  const id = useId();
  const [note, setNote] = useState("");
  return (
    <Fold title={t("case.follow")}>
      <div class="field">
        <label for={id}>{t("case.follow.note")}</label>
        <input
          id={id}
          data-box="follow"
          type="text"
          maxLength={MAX_NOTE}
          value={note}
          onInput={(event) => setNote(event.currentTarget.value)}
        />
      </div>
      <div class="actions">
        {([1, 24, 72] as const).map((hours) => (
          <button
            key={hours}
            type="button"
            class="button"
            data-follow={hours}
            onClick={() => onPlan(Math.round(now_ms) + hours * HOUR_MS, note.trim())}
          >
            {t(`case.follow.${hours}`)}
          </button>
        ))}
        {(conflict.follow_up_at_ms || conflict.follows_up) && (
          <button type="button" class="button" onClick={() => onPlan(0, "")}>
            {t("case.follow.never")}
          </button>
        )}
      </div>
    </Fold>
  );
}

function Fold({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <details class="fold">
      <summary>{title}</summary>
      {children}
    </details>
  );
}
