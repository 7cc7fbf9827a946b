import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { newKey, type Outcome } from "../shared/http";
import { t } from "../shared/i18n";
import { Icon } from "../shared/ui/icon";
import { problemWords } from "./wishes";

interface SheetProps {
  title: string;
  children: ComponentChildren;
  onClose(): void;
}

/** The page's one modal: at the bottom of a phone, in the middle of a desk. Closes with Escape and beside it. */
export function Sheet({ title, children, onClose }: SheetProps) {
  const box = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    box.current?.showModal();
  }, []);
  return (
    <dialog
      ref={box}
      class="sheet"
      aria-labelledby={id}
      onClose={onClose}
      onClick={(event) => event.target === box.current && onClose()}
      onKeyDown={(event) => event.stopPropagation()}
    >
      <div class="sheet-box">
        <header class="sheet-head">
          <h2 id={id}>{title}</h2>
          <button type="button" class="icon-button" aria-label={t("wish.close")} onClick={onClose}>
            <Icon name="close" />
          </button>
        </header>
        {children}
      </div>
    </dialog>
  );
}

/** What a sheet asks; Enter sends it, too. */
export function SheetForm({ children, onSubmit }: { children: ComponentChildren; onSubmit(): Promise<void> }) {
  return (
    <form
      class="sheet-form"
      onSubmit={(event) => {
        event.preventDefault();
        void onSubmit();
      }}
    >
      {children}
    </form>
  );
}

export interface Sending {
  state: Outcome | "sending" | null;
  /** Send a change; a repeat of the same change has the same key, so that it takes effect once. */
  send(change: (key: string, seen_version: number) => Promise<Outcome>, about: string): Promise<void>;
  clear(): void;
}

/** Sends one change at a time. `seen_version` is what the customer saw when the sheet opened, or has seen since. */
export function useSending(seen_version: number, onDone: (outcome: Outcome) => void): Sending {
  const [state, setState] = useState<Outcome | "sending" | null>(null);
  const seen = useRef(seen_version);
  const attempt = useRef({ about: "", key: "" });
  return {
    state,
    clear: () => setState(null),
    async send(change, about) {
      if (state === "sending") return;
      // Who is told of another window's change, and goes on, has seen it.
      if (state?.kind === "conflict") seen.current = state.current_version;
      const said = `${seen.current} ${about}`;
      if (attempt.current.about !== said) attempt.current = { about: said, key: newKey() };
      setState("sending");
      const outcome = await change(attempt.current.key, seen.current);
      if (outcome.kind === "done" || outcome.kind === "accepted") return onDone(outcome);
      // What was refused is decided; asked again, it is another request.
      if (outcome.kind !== "unreachable") attempt.current = { about: "", key: "" };
      setState(outcome);
    },
  };
}

interface FootProps {
  sending: Sending;
  save: string;
  /** What the order says by now, where another window was first. */
  now: string;
  danger?: boolean;
  disabled?: boolean;
  back?: string;
  onBack(): void;
}

/** What came of it, and the one thing to do next. */
export function SheetFoot({ sending, save, now, danger, disabled, back, onBack }: FootProps) {
  const { state } = sending;
  const busy = state === "sending";
  const stale = state !== null && state !== "sending" && state.kind === "conflict";
  const problem = state !== null && state !== "sending" ? problemWords(state) : "";
  return (
    <div class="sheet-foot">
      {stale && (
        <p class="sheet-alert" role="alert">
          <Icon name="alert" />
          <span>
            {t("wish.stale")} {t("wish.stale.now", { now })}
          </span>
        </p>
      )}
      {problem && (
        <p class="sheet-alert" role="alert">
          <Icon name="alert" />
          <span>{problem}</span>
        </p>
      )}
      <div class="sheet-actions">
        <button type="button" class="button" onClick={onBack}>
          {stale ? t("wish.stale.theirs") : (back ?? t("wish.back"))}
        </button>
        <button
          type="submit"
          class={`button ${danger ? "danger" : "primary"}`}
          aria-disabled={busy || disabled || undefined}
        >
          {busy ? t("wish.sending") : stale ? t("wish.stale.mine") : save}
        </button>
      </div>
    </div>
  );
}
