import type { RefObject } from "preact";
import { useId } from "preact/hooks";
import { t } from "../i18n";

interface CodeFieldProps {
  value: string;
  wrong?: boolean;
  box?: RefObject<HTMLInputElement | null>;
  onValue(value: string): void;
}

/** A code of the app that makes them, or a recovery code. */
export function CodeField({ value, wrong, box, onValue }: CodeFieldProps) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{t("staff.code")}</label>
      <input
        id={id}
        ref={box ?? null}
        type="text"
        name="code"
        autocomplete="one-time-code"
        autocapitalize="none"
        spellcheck={false}
        maxLength={40}
        required
        value={value}
        aria-invalid={wrong}
        aria-describedby={`${id}-hint`}
        onInput={(event) => onValue(event.currentTarget.value)}
      />
      <span id={`${id}-hint`} class="faint">
        {t("staff.code.hint")}
      </span>
    </div>
  );
}
