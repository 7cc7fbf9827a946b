import { t } from "../shared/i18n";
import type { ProofKind } from "../shared/protocol/messages";
import { Alert } from "../shared/ui/alert";
import { Icon } from "../shared/ui/icon";
import { AddressField } from "./address_field";
import type { Account } from "./api";
import { type Drop, type DropLine, type Faults, type Field, NO_LINE, PROOFS } from "./drops";
import { TextField, type TextKind } from "./text_field";

interface DropFormProps {
  account: Account;
  drop: Drop;
  /** From 1: how people count them. */
  place: number;
  faults: Faults;
  onChange(drop: Drop): void;
  onRemove?(): void;
}

/** One drop: where to, for whom, when, and what. */
export function DropForm({ account, drop, place, faults, onChange, onRemove }: DropFormProps) {
  const set = (more: Partial<Drop>) => onChange({ ...drop, ...more });
  const text = (name: "name" | "phone" | "note" | "ref" | "weight_kg" | "cash", kind: TextKind = {}) => (
    <TextField
      label={t(`dist.drop.${name}`)}
      fault={faults[name]}
      value={drop[name]}
      onText={(value) => set({ [name]: value })}
      kind={kind}
    />
  );
  return (
    <fieldset class="drop" data-drop={place}>
      <legend>
        {t("dist.drop", { n: place })}
        {onRemove && (
          <button type="button" class="icon-button" aria-label={t("dist.drop.remove", { n: place })} onClick={onRemove}>
            <Icon name="close" />
          </button>
        )}
      </legend>
      {faults.all && <Alert>{faults.all}</Alert>}
      <AddressField account={account} drop={drop} fault={faults.address} onChange={set} />
      <div class="pair">
        {text("name", { maxLength: 200, autocomplete: "off" })}
        {text("phone", { type: "tel", maxLength: 40, autocomplete: "off" })}
      </div>
      <div class="window">
        <TextField
          label={t("dist.drop.day")}
          fault={undefined}
          value={drop.day}
          onText={(day) => set({ day })}
          kind={{ type: "date" }}
        />
        {(["from", "until"] as const).map((name) => (
          <TextField
            key={name}
            label={t(`dist.drop.${name}`)}
            fault={faults[name]}
            value={drop[name]}
            onText={(value) => set({ [name]: value })}
            kind={{ type: "time" }}
          />
        ))}
      </div>
      <Lines lines={drop.lines} faults={faults} onLines={(lines) => set({ lines })} />
      <details class="more">
        <summary>{t("dist.drop.more")}</summary>
        <div class="pair">
          {text("ref", { maxLength: 100, autocomplete: "off" })}
          {text("weight_kg", { inputMode: "decimal", maxLength: 8 })}
        </div>
        {text("note", { maxLength: 500 })}
        {text("cash", { inputMode: "decimal", maxLength: 10 })}
        <ProofChoice chosen={drop.proofs} fault={faults.proofs} onChosen={(proofs) => set({ proofs })} />
      </details>
    </fieldset>
  );
}

interface LinesProps {
  lines: readonly DropLine[];
  faults: Faults;
  onLines(lines: readonly DropLine[]): void;
}

/** What is in it; without a line it is a parcel. */
function Lines({ lines, faults, onLines }: LinesProps) {
  const change = (i: number, more: Partial<DropLine>) =>
    onLines(lines.map((line, n) => (n === i ? { ...line, ...more } : line)));
  return (
    <div class="lines">
      {lines.map((line, i) => (
        <div key={i} class="line">
          {(["name", "quantity", "sku"] as const).map((name) => (
            <TextField
              key={name}
              label={t(`dist.line.${name}`)}
              fault={faults[`${name}.${i}` as Field]}
              value={line[name]}
              onText={(value) => change(i, { [name]: value })}
              kind={
                name === "quantity" ? { inputMode: "numeric", maxLength: 5 } : { maxLength: name === "sku" ? 40 : 200 }
              }
            />
          ))}
          {lines.length > 1 && (
            <button
              type="button"
              class="icon-button"
              aria-label={t("dist.line.remove", { n: i + 1 })}
              onClick={() => onLines(lines.filter((_, n) => n !== i))}
            >
              <Icon name="close" />
            </button>
          )}
        </div>
      ))}
      <button type="button" class="link" onClick={() => onLines([...lines, NO_LINE])}>
        <Icon name="plus" />
        {t("dist.line.add")}
      </button>
    </div>
  );
}

interface ProofChoiceProps {
  chosen: readonly ProofKind[];
  fault: string | undefined;
  onChosen(chosen: readonly ProofKind[]): void;
}

function ProofChoice({ chosen, fault, onChosen }: ProofChoiceProps) {
  return (
    <fieldset class="proof-choice">
      <legend>{t("dist.drop.proofs")}</legend>
      {PROOFS.map((proof) => (
        <label key={proof}>
          <input
            type="checkbox"
            checked={chosen.includes(proof)}
            onChange={(event) =>
              onChosen(event.currentTarget.checked ? [...chosen, proof] : chosen.filter((each) => each !== proof))
            }
          />
          {t(`dist.proof.${proof}`)}
        </label>
      ))}
      {fault && (
        <span class="late" role="alert">
          {fault}
        </span>
      )}
    </fieldset>
  );
}
