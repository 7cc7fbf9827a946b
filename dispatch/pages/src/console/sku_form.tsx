import { useEffect, useRef, useState } from "preact/hooks";
import type { Outcome } from "../shared/http";
import { t } from "../shared/i18n";
import { Alert } from "./signin";
import type { Sku } from "./stock";
import { sendSku, stockTrouble } from "./stock_api";
import { FormOf, focusFault, TextField, useForm } from "./stock_fields";
import { checkSku, type Typed } from "./stock_forms";

interface SkuFormProps {
  token: string;
  zone: string;
  /** The good that is changed; null: a new one. */
  sku: Sku | null;
  known: readonly Sku[];
  onDone(name: string): void;
  onCancel(): void;
}

const FLAGS = ["fragile", "age_restricted"] as const;

/** A good: what it is called, what a piece of it is like, and when it is low. */
export function SkuForm({ token, zone, sku, known, onDone, onCancel }: SkuFormProps) {
  const { typed, tried, attempt, type } = useForm(typedOf(sku));
  const [flags, setFlags] = useState({ fragile: sku?.fragile ?? false, age_restricted: sku?.age_restricted ?? false });
  const [state, setState] = useState<Outcome | "sending" | null>(null);
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => form.current?.querySelector<HTMLElement>("input:not(:read-only)")?.focus(), []);
  const taken = new Set(sku ? [] : known.map(({ id }) => id));
  const checked = checkSku(typed, flags, sku?.unit.items ?? 1, taken);
  const submit = async (event: Event) => {
    event.preventDefault();
    if (state === "sending") return;
    attempt();
    if (!checked.body) return focusFault(form.current);
    setState("sending");
    const outcome = await sendSku(token, zone, (typed.id ?? "").trim(), checked.body);
    setState(outcome);
    if (outcome.kind === "done" || outcome.kind === "accepted") onDone(checked.body.name);
  };
  const trouble = state && state !== "sending" ? stockTrouble(state) : "";
  return (
    <form ref={form} class="staff-form sku-form" noValidate aria-label={t("sku.title")} onSubmit={submit}>
      <FormOf value={{ typed, wrong: (tried && checked.wrong) || {}, type }}>
        <TextField name="id" most={40} label="sku.field.id" readOnly={sku !== null} />
        <TextField name="name" label="sku.field.name" />
        <TextField name="category" most={100} label="sku.field.category" />
        <TextField name="barcode" most={64} label="sku.field.barcode" />
        <TextField name="weight_g" kind="number" most={9} label="sku.field.weight_g" />
        <TextField name="volume_ml" kind="number" most={9} label="sku.field.volume_ml" />
        <TextField name="low_at" kind="number" most={8} label="sku.field.low_at" />
      </FormOf>
      <div class="zone-boxes">
        {FLAGS.map((flag) => (
          <label key={flag}>
            <input
              type="checkbox"
              checked={flags[flag]}
              onChange={(event) => setFlags({ ...flags, [flag]: event.currentTarget.checked })}
            />
            {t(`sku.field.${flag}`)}
          </label>
        ))}
      </div>
      {trouble && <Alert>{trouble}</Alert>}
      <div class="actions">
        <button type="submit" class="button primary" disabled={state === "sending"}>
          {t(state === "sending" ? "override.sending" : "sku.save")}
        </button>
        <button type="button" class="button" onClick={onCancel}>
          {t("action.dismiss")}
        </button>
      </div>
    </form>
  );
}

function typedOf(sku: Sku | null): Typed {
  if (!sku) return {};
  const { id, name, category, barcode, unit, low_at } = sku;
  const figures = { weight_g: String(unit.weight_g), volume_ml: String(unit.volume_ml), low_at: String(low_at) };
  return { id, name, category, barcode, ...figures };
}
