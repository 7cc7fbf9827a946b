import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";

/** What kind of text it is. */
export interface TextKind {
  type?: "text" | "tel" | "date" | "time";
  inputMode?: "decimal" | "numeric";
  maxLength?: number;
  autocomplete?: "off" | "name" | "organization" | "tel";
  required?: boolean;
}

interface TextFieldProps {
  label: string;
  fault: string | undefined;
  value: string;
  onText(value: string): void;
  kind?: TextKind;
  children?: ComponentChildren;
}

/** A field of text with what is wrong with it. */
export function TextField({ label, fault, value, onText, kind = {}, children }: TextFieldProps) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        {...kind}
        // The types of Preact want one word here, not one of several.
        type={(kind.type ?? "text") as "text"}
        id={id}
        value={value}
        aria-invalid={fault ? true : undefined}
        aria-describedby={fault ? `${id}-fault` : undefined}
        onInput={(event) => onText(event.currentTarget.value)}
      />
      {fault && (
        <span id={`${id}-fault`} class="late">
          {fault}
        </span>
      )}
      {children}
    </div>
  );
}
