import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";
import { t } from "../shared/i18n";
import { Icon } from "../shared/ui/icon";
import { problemWords } from "./problem_words";
import { Alert } from "./signin";
import type { Setting, Versioned } from "./versioned";

/** What the parts of the settings show while nothing is known, and when nothing can be had. */
export function Waiting({ found, onAgain }: { found: unknown; onAgain(): void }) {
  if (found === null) return <span class="skeleton preview-skeleton" />;
  if (found !== false) return null;
  return (
    <>
      <Alert>{t("settings.failed")}</Alert>
      <button type="button" class="button" onClick={onAgain}>
        {t("staff.users.again")}
      </button>
    </>
  );
}

interface SaveProps<T extends Versioned> {
  setting: Setting<T>;
  /** What is wrong with what was typed: nothing is sent. */
  wrong: boolean;
  /** Whether what was typed is what is there already. */
  same: boolean;
  /** Why it is changed, for the log; asked for once something is. */
  reason: string;
  reasonHint: string;
  onReason(typed: string): void;
  /** Send it, on top of this version where that is named. */
  onSend(on_top?: number): void;
  /** Forget what was typed and look at what is there now. */
  onAnew(): void;
}

/** The end of a form of a setting: save it, or choose what to do when somebody else was faster. */
export function SaveFoot<T extends Versioned>(props: SaveProps<T>) {
  const { setting, wrong, same, onSend, onAnew } = props;
  const { outcome, found } = setting;
  const sending = outcome === "sending";
  const came = outcome === null || sending ? null : outcome;
  if (came?.kind === "conflict") {
    return (
      <div class="settings-foot">
        <div class="alert" role="alert">
          <Icon name="conflict" />
          <span>{t("settings.conflict", { n: came.current_version })}</span>
        </div>
        <div class="actions">
          <button type="button" class="button primary" onClick={onAnew}>
            {t("settings.conflict.anew")}
          </button>
          <button type="button" class="button" onClick={() => onSend(came.current_version)}>
            {t("settings.conflict.mine")}
          </button>
        </div>
      </div>
    );
  }
  const problem = came && problemWords(came);
  return (
    <div class="settings-foot">
      {problem && <Alert>{problem}</Alert>}
      {came?.kind === "accepted" && <p class="effect">{t("settings.accepted")}</p>}
      {came?.kind === "done" && same && (
        <p class="effect" role="status">
          <Icon name="check" />
          {t("settings.saved")}
        </p>
      )}
      {!same && (
        <TypedField
          name="reason"
          label={t("settings.reason")}
          hint={props.reasonHint}
          inputMode="text"
          maxLength={200}
          value={props.reason}
          wrong=""
          onValue={props.onReason}
        />
      )}
      <div class="actions">
        <button type="submit" class="button primary" disabled={sending || wrong || same}>
          {t(sending ? "override.sending" : "settings.save")}
        </button>
        {!same && (
          <button type="button" class="button" onClick={onAnew}>
            {t("settings.reset")}
          </button>
        )}
        {found && <span class="faint">{t("settings.version", { n: found.version })}</span>}
      </div>
    </div>
  );
}

interface TypedFieldProps {
  label: string;
  value: string;
  /** What is wrong with it; empty: nothing. */
  wrong: string | undefined;
  hint?: string;
  unit?: string;
  readOnly?: boolean;
  inputMode?: "decimal" | "numeric" | "text";
  maxLength?: number;
  /** The id of a list of what is often typed. */
  list?: string;
  name: string;
  onValue(typed: string): void;
}

/** A field with its unit, and what is wrong with it right below. */
export function TypedField(props: TypedFieldProps) {
  const { label, value, wrong, hint, unit, readOnly, inputMode = "decimal", name, onValue } = props;
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <span class="with-unit">
        <input
          id={id}
          name={name}
          type="text"
          autocomplete="off"
          inputMode={inputMode}
          readOnly={readOnly ?? false}
          {...(props.maxLength && { maxLength: props.maxLength })}
          {...(props.list && { list: props.list })}
          aria-invalid={Boolean(wrong)}
          aria-describedby={`${id}-told`}
          value={value}
          onInput={(event) => onValue(event.currentTarget.value)}
        />
        {unit && <span class="unit">{unit}</span>}
      </span>
      <span id={`${id}-told`} class={wrong ? "late" : "faint"}>
        {wrong || hint}
      </span>
    </div>
  );
}

/** A group of fields under a heading; `few`: with longer labels. */
export function FieldGroup({ title, few, children }: { title: string; few?: boolean; children: ComponentChildren }) {
  return (
    <fieldset class={few ? "field-group few" : "field-group"}>
      <legend>{title}</legend>
      {children}
    </fieldset>
  );
}
