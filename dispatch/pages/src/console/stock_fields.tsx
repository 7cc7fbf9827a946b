import { type ComponentChildren, createContext } from "preact";
import { useContext, useId, useState } from "preact/hooks";
import { type Key, t } from "../shared/i18n";
import type { Typed } from "./stock_forms";

/** What is typed into a form, and what is wrong with it once somebody tried to send it. */
export interface Form {
  typed: Typed;
  wrong: Readonly<Record<string, string>>;
  type(field: string, text: string): void;
}

/** A form; its faults are shown from the first attempt on, each of them as long as it is there. */
export function useForm(first: Typed): { typed: Typed; tried: boolean; attempt(): void; type: Form["type"] } {
  const [typed, setTyped] = useState(first);
  const [tried, setTried] = useState(false);
  const type = (field: string, text: string) => setTyped((old) => ({ ...old, [field]: text }));
  return { typed, tried, type, attempt: () => setTried(true) };
}

const FormContext = createContext<Form>({ typed: {}, wrong: {}, type: () => {} });
export const FormOf = FormContext.Provider;

interface FieldProps {
  name: string;
  label: Key;
  hint?: Key;
}

/** What every field shows besides its control: a label, and what is wrong or else a hint. */
function useField({ name, hint }: FieldProps) {
  const id = useId();
  const { typed, wrong, type } = useContext(FormContext);
  const fault = wrong[name] ?? "";
  const words = fault || (hint ? t(hint) : "");
  const control = {
    id,
    name,
    value: typed[name] ?? "",
    "aria-invalid": fault !== "",
    ...(words && { "aria-describedby": `${id}-words` }),
  };
  const below = words && (
    <span id={`${id}-words`} class={fault ? "late" : "faint"}>
      {words}
    </span>
  );
  return { id, control, below, type: (text: string) => type(name, text) };
}

interface TextProps extends FieldProps {
  kind?: "text" | "number" | "date";
  most?: number;
  readOnly?: boolean;
}

export function TextField({ kind = "text", most = 200, readOnly = false, ...props }: TextProps) {
  const { id, control, below, type } = useField(props);
  return (
    <div class="field">
      <label for={id}>{t(props.label)}</label>
      <input
        {...control}
        // A number field would hide from the form what is no number.
        {...(kind === "date" ? { type: "date" as const } : { type: "text" as const })}
        inputMode={kind === "number" ? "numeric" : "text"}
        autocomplete="off"
        maxLength={most}
        readOnly={readOnly}
        onInput={(event) => type(event.currentTarget.value)}
      />
      {below}
    </div>
  );
}

export function SelectField({ children, ...props }: FieldProps & { children: ComponentChildren }) {
  const { id, control, below, type } = useField(props);
  return (
    <div class="field">
      <label for={id}>{t(props.label)}</label>
      <select {...control} onChange={(event) => type(event.currentTarget.value)}>
        {children}
      </select>
      {below}
    </div>
  );
}

/** A number in a line of a table, named by what stands in its row. */
export function NumberCell({ name, label }: { name: string; label: string }) {
  const { control, below, type } = useField({ name, label: "stock.count.counted" });
  return (
    <>
      <input
        {...control}
        type="text"
        inputMode="numeric"
        autocomplete="off"
        maxLength={12}
        aria-label={label}
        onInput={(event) => type(event.currentTarget.value)}
      />
      {below}
    </>
  );
}

/** The first field that is wrong, for whoever just tried to send the form. */
export function focusFault(form: HTMLFormElement | null): void {
  setTimeout(() => form?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus());
}
