import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { type Key, t } from "../shared/i18n";
import { goBack } from "./route";
import { Sign, type SignName } from "./sign";
import type { Mine } from "./view";

/** A heading with the way back. */
export function PageHead({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <header class="page-head">
      <button type="button" class="round-button" aria-label={t("courier.back")} onClick={goBack}>
        <Sign name="back" />
      </button>
      <h1>{title}</h1>
      {children}
    </header>
  );
}

/** The one thing to do next: always at the same place, within the thumb's reach. */
export function MainAction(props: {
  label: string;
  sign?: SignName;
  disabled?: boolean;
  hint?: string;
  tone?: "calm" | "bad";
  onTap(): void;
  children?: ComponentChildren;
}) {
  return (
    <div class="action-bar">
      {props.hint && (
        <p class="action-hint" role="status">
          {props.hint}
        </p>
      )}
      <div class="action-line">
        {props.children}
        <button
          type="button"
          class={`main-action ${props.tone ?? ""}`}
          data-main-action
          disabled={props.disabled}
          onClick={props.onTap}
        >
          {props.sign && <Sign name={props.sign} />}
          {props.label}
        </button>
      </div>
    </div>
  );
}

const TICKS: Readonly<Record<Mine["state"], { sign: SignName; key: Key }>> = {
  made: { sign: "clock", key: "courier.tick.made" },
  kept: { sign: "check", key: "courier.tick.kept" },
  taken: { sign: "checks", key: "courier.tick.taken" },
};

/** How far something is: one tick on this phone, two with the server. */
export function Ticks({ state }: { state: Mine["state"] }) {
  const { sign, key } = TICKS[state];
  return (
    <span class={`ticks ${state}`} role="img" aria-label={t(key)} title={t(key)}>
      <Sign name={sign} />
    </span>
  );
}

/** A box that can be ticked, as large as a thumb in a glove. */
export function Tick(props: { checked: boolean; onChange(checked: boolean): void; children: ComponentChildren }) {
  return (
    <label class={`tick ${props.checked ? "ticked" : ""}`}>
      <input
        type="checkbox"
        checked={props.checked}
        onChange={(event) => props.onChange(event.currentTarget.checked)}
      />
      <span class="tick-box" aria-hidden="true">
        <Sign name="check" />
      </span>
      <span class="tick-text">{props.children}</span>
    </label>
  );
}

/** One of a few: a row of large buttons, of which one may be pressed. */
export function Choice<Value extends string>(props: {
  label: string;
  options: readonly { value: Value; text: string }[];
  chosen: Value | "";
  onChoose(value: Value): void;
}) {
  return (
    <fieldset class="choice">
      <legend class="visually-hidden">{props.label}</legend>
      {props.options.map(({ value, text }) => (
        <button
          key={value}
          type="button"
          class="choice-option"
          aria-pressed={value === props.chosen}
          onClick={() => props.onChoose(value)}
        >
          {text}
        </button>
      ))}
    </fieldset>
  );
}

/** A sheet from below, the only modal there is at a time. Escape and the back gesture close it where it may be closed. */
export function Sheet(props: { title: string; name: string; onClose?(): void; children: ComponentChildren }) {
  const box = useRef<HTMLDialogElement>(null);
  const inside = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const dialog = box.current;
    if (dialog && !dialog.open) dialog.showModal();
    // Not the first button: an offer that comes up by itself must not put "Decline" under a key just being pressed.
    inside.current?.focus();
    return () => dialog?.close();
  }, []);
  return (
    <dialog
      ref={box}
      class="sheet"
      data-sheet={props.name}
      aria-label={props.title}
      onCancel={(event) => {
        event.preventDefault();
        props.onClose?.();
      }}
      onClick={(event) => event.target === box.current && props.onClose?.()}
      onKeyDown={(event) => event.stopPropagation()}
    >
      <div ref={inside} class="sheet-box" tabIndex={-1}>
        {props.children}
      </div>
    </dialog>
  );
}

/** What is shown where nothing is. */
export function Blank(props: { sign: SignName; title: string; note?: string; children?: ComponentChildren }) {
  return (
    <div class="blank">
      <span class="blank-sign">
        <Sign name={props.sign} />
      </span>
      <h1>{props.title}</h1>
      {props.note && <p>{props.note}</p>}
      {props.children}
    </div>
  );
}
