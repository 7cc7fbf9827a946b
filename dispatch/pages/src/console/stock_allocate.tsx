import { useEffect, useRef, useState } from "preact/hooks";
import { count } from "../shared/format";
import { newKey, type Outcome } from "../shared/http";
import { t } from "../shared/i18n";
import type { ZoneState } from "../shared/store/zone";
import { Dialog } from "../shared/ui/dialog";
import { Icon } from "../shared/ui/icon";
import { type Allocation, checkDelivery, type Part, partField, sendDelivery, sumOf, typedParts } from "./allocate";
import { Alert } from "./signin";
import type { Shelf } from "./stock";
import { stockTrouble } from "./stock_api";
import { FormOf, focusFault, NumberCell, TextField, useForm } from "./stock_fields";
import { type Typed, whole } from "./stock_forms";

interface SplitProps {
  sku: { id: string; name: string };
  zone: ZoneState;
  token: string;
  onClose(): void;
  onDone(message: string, shelves: readonly Shelf[]): void;
}

/** A delivery for several depots: how it may be split is proposed, changed by whoever knows better, and received. */
export function SplitDialog({ sku, zone, token, onClose, onDone }: SplitProps) {
  const { typed, tried, attempt, type } = useForm({});
  const [proposed, propose] = useState<Allocation | null>(null);
  const [state, setState] = useState<Outcome | "sending" | null>(null);
  const form = useRef<HTMLFormElement>(null);
  // Once the server has refused something, what is sent next is something else; until then a repeat is the same.
  const key = useRef(newKey());
  useEffect(() => form.current?.querySelector<HTMLElement>("input")?.focus(), []);
  const checked = checkDelivery(typed, sku.id, proposed?.parts ?? null);
  const change = (field: string, text: string) => {
    type(field, text);
    // A proposal is for so many pieces.
    if (field === "quantity") propose(null);
  };
  const submit = async (event: Event) => {
    event.preventDefault();
    if (state === "sending") return;
    attempt();
    if (!checked.body) return focusFault(form.current);
    setState("sending");
    const outcome = await sendDelivery(token, zone.zone, checked.body, key.current);
    setState(outcome);
    if (outcome.kind === "refused" || outcome.kind === "conflict") key.current = newKey();
    if (outcome.kind === "accepted") return onDone(t("stock.done.later"), []);
    if (outcome.kind !== "done") return;
    const found = outcome.body as Allocation & { shelves: readonly Shelf[] };
    if (proposed) return onDone(t("split.done", { name: sku.name, n: count(checked.body.quantity) }), found.shelves);
    for (const [field, text] of Object.entries(typedParts(found.parts))) type(field, text);
    propose(found);
    key.current = newKey();
  };
  const trouble = state && state !== "sending" ? stockTrouble(state) : "";
  const wrong = (tried && checked.wrong) || {};
  return (
    <Dialog title={t("split.title", { name: sku.name })} onClose={onClose}>
      <form ref={form} class="staff-form" noValidate onSubmit={submit}>
        <FormOf value={{ typed, wrong, type: change }}>
          <TextField name="quantity" kind="number" most={8} label="stock.quantity" />
          <TextField name="lot" most={40} label="stock.field.lot" hint="stock.field.lot.hint" />
          <TextField name="expires" kind="date" label="stock.field.expires" hint="stock.field.expires.hint" />
          {proposed && <Parts {...proposed} typed={typed} zone={zone} />}
        </FormOf>
        {wrong.nothing && <Alert>{wrong.nothing}</Alert>}
        {trouble && <Alert>{trouble}</Alert>}
        <footer class="dialog-foot">
          <button type="button" class="button" onClick={onClose}>
            {t("action.dismiss")}
          </button>
          <button type="submit" class="button primary" disabled={state === "sending"}>
            {t(state === "sending" ? "override.sending" : proposed ? "stock.act.receive" : "split.propose")}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}

type PartsProps = Allocation & { typed: Typed; zone: ZoneState };

function Parts({ basis, parts, typed, zone }: PartsProps) {
  const sum = sumOf(typed, parts);
  const wanted = whole(typed.quantity ?? "", 1, 10_000_000) ?? 0;
  return (
    <>
      <p class="faint">{t(`split.basis.${basis}`)}</p>
      <table class="summary count">
        <thead>
          <tr>
            <th scope="col">{t("filter.depot")}</th>
            <th scope="col">{t("split.sold")}</th>
            <th scope="col">{t("split.part")}</th>
            <th scope="col">{t("split.least")}</th>
          </tr>
        </thead>
        <tbody>
          {parts.map((part) => (
            <PartRow key={part.depot_id} part={part} name={zone.depots.get(part.depot_id)?.name ?? part.depot_id} />
          ))}
        </tbody>
      </table>
      <p class={`effect ${sum === wanted ? "" : "at_risk"}`} role="status" data-sum={sum}>
        <Icon name="scales" />
        {t("split.sum", { n: count(sum), of: count(wanted) })}
      </p>
    </>
  );
}

function PartRow({ part, name }: { part: Part; name: string }) {
  return (
    <tr data-part={part.depot_id}>
      <th scope="row">{name}</th>
      <td>{count(part.sold)}</td>
      <td>
        <NumberCell name={partField(part.depot_id)} label={`${t("split.part")}: ${name}`} />
      </td>
      <td>{part.least > 0 ? count(part.least) : "–"}</td>
    </tr>
  );
}
