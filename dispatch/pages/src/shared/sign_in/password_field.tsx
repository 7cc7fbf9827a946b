import type { RefObject } from "preact";
import { useId, useState } from "preact/hooks";
import { type Key, t } from "../i18n";
import { Icon } from "../ui/icon";

interface PasswordFieldProps {
  label: Key;
  /** For password managers: `current-password` or `new-password`. */
  autocomplete: "current-password" | "new-password";
  value: string;
  hint?: Key;
  wrong?: boolean;
  box?: RefObject<HTMLInputElement | null>;
  onValue(value: string): void;
}

/** A password, which can be looked at while it is typed. */
export function PasswordField({ label, autocomplete, value, hint, wrong, box, onValue }: PasswordFieldProps) {
  const id = useId();
  const [shown, setShown] = useState(false);
  // The types of Preact want one word here, not one of two.
  const type = (shown ? "text" : "password") as "password";
  return (
    <div class="field">
      <label for={id}>{t(label)}</label>
      <span class="password-box">
        <input
          id={id}
          ref={box ?? null}
          type={type}
          autocomplete={autocomplete}
          autocapitalize="none"
          spellcheck={false}
          required
          value={value}
          aria-invalid={wrong}
          aria-describedby={hint && `${id}-hint`}
          onInput={(event) => onValue(event.currentTarget.value)}
        />
        <button
          type="button"
          class="icon-button"
          aria-label={t(shown ? "staff.password.hide" : "staff.password.show")}
          title={t(shown ? "staff.password.hide" : "staff.password.show")}
          aria-pressed={shown}
          onClick={() => setShown(!shown)}
        >
          <Icon name="eye" />
        </button>
      </span>
      {hint && (
        <span id={`${id}-hint`} class="faint">
          {t(hint)}
        </span>
      )}
    </div>
  );
}
