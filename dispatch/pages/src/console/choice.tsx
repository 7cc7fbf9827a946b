import type { ComponentChildren } from "preact";
import { type Key, t } from "../shared/i18n";

/** A few things of which one is chosen, all in sight. */
export function Choice({ label, children }: { label: Key; children: ComponentChildren }) {
  return (
    <fieldset class="choice">
      <legend>{t(label)}</legend>
      {children}
    </fieldset>
  );
}

interface OptionProps {
  group: string;
  checked: boolean;
  onPick(): void;
  children: ComponentChildren;
}

export function Option({ group, checked, onPick, children }: OptionProps) {
  return (
    <label class="option">
      <input type="radio" name={group} checked={checked} onChange={onPick} />
      <span>{children}</span>
    </label>
  );
}
