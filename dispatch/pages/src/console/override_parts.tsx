import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { type Key, t } from "../shared/i18n";

const REASONS: readonly Key[] = ["override.reason.customer", "override.reason.courier", "override.reason.balance"];

/** A list to choose from, with its name. */
export function Picker({ words, children }: { words: string; children: ComponentChildren }) {
  return (
    <fieldset class="picker">
      <legend>{words}</legend>
      {children}
    </fieldset>
  );
}

interface RowProps {
  type?: "radio" | "checkbox";
  name: string;
  value: string;
  picked: boolean;
  first?: boolean;
  children: ComponentChildren;
  onPick(): void;
}

/** One line of a picker. */
export function Row({ type = "radio", name, value, picked, first, children, onPick }: RowProps) {
  return (
    <label class="picker-row">
      <input type={type} name={name} value={value} checked={picked} autofocus={first} onChange={onPick} />
      {children}
    </label>
  );
}

interface ReasonProps {
  value: string;
  missing: boolean;
  presets: boolean;
  onChange(text: string): void;
}

/** Why: in the record for good, so it is asked for. */
export function Reason({ value, missing, presets, onChange }: ReasonProps) {
  return (
    <div class="field">
      <label for="reason">{t("override.reason")}</label>
      <input
        id="reason"
        type="text"
        autofocus
        maxLength={200}
        value={value}
        aria-invalid={missing}
        aria-describedby="reason-hint"
        onInput={(event) => onChange(event.currentTarget.value)}
      />
      <span id="reason-hint" class={missing ? "late" : "faint"}>
        {t(missing ? "override.reason.missing" : "override.reason.hint")}
      </span>
      {presets && (
        <span class="presets">
          {REASONS.map((key) => (
            <button key={key} type="button" class="chip" onClick={() => onChange(t(key))}>
              {t(key)}
            </button>
          ))}
        </span>
      )}
    </div>
  );
}

/** What speaks against a change, and the ways on from here. */
export function Choice(props: { words: string; children?: ComponentChildren; onReview(): void; onGoOn(): void }) {
  const box = useRef<HTMLDivElement>(null);
  // The dialog may be longer than the screen, and this stands at its end.
  useEffect(() => box.current?.scrollIntoView({ block: "end" }), []);
  return (
    <div ref={box} class="alert" role="alert">
      <p>{props.words}</p>
      {props.children}
      <div class="actions">
        <button type="button" class="button" onClick={props.onReview}>
          {t("override.conflict.review")}
        </button>
        <button type="button" class="button primary" onClick={props.onGoOn}>
          {t("override.conflict.apply")}
        </button>
      </div>
    </div>
  );
}
