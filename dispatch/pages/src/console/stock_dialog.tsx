import { useEffect, useRef, useState } from "preact/hooks";
import { count } from "../shared/format";
import { newKey, type Outcome } from "../shared/http";
import { t } from "../shared/i18n";
import type { ZoneState } from "../shared/store/zone";
import { Dialog } from "../shared/ui/dialog";
import { Icon } from "../shared/ui/icon";
import { Alert } from "./signin";
import type { Shelf } from "./stock";
import { sendLowAt, sendReport, stockTrouble } from "./stock_api";
import { CountFields } from "./stock_count";
import { FormOf, focusFault, SelectField, TextField, useForm } from "./stock_fields";
import {
  checkAnnounce,
  checkCount,
  checkLowAt,
  checkReceipt,
  checkTransfer,
  checkWriteOff,
  piecesOf,
  type StockAct,
  type Typed,
  whole,
} from "./stock_forms";

/** What is written down, rather than done to the goods. */
const SAVED: ReadonlySet<StockAct> = new Set(["announce", "low-at"]);

interface StockDialogProps {
  act: StockAct;
  shelf: Shelf;
  /** What stands in the form already. */
  first?: Typed | undefined;
  zone: ZoneState;
  now_ms: number;
  token: string;
  onClose(): void;
  onDone(message: string, shelves: readonly Shelf[]): void;
}

/** What somebody reports of a shelf, with what it changes before it is sent. */
export function StockDialog(props: StockDialogProps) {
  const { act, shelf, token, zone } = props;
  const { typed, tried, attempt, type } = useForm({ ...firstTyped(act, shelf), ...props.first });
  const [state, setState] = useState<Outcome | "sending" | null>(null);
  const form = useRef<HTMLFormElement>(null);
  // Once the server has refused something, what is sent next is something else; until then a repeat is the same.
  const key = useRef(newKey());
  // The dialog would give the focus to its way out.
  useEffect(() => form.current?.querySelector<HTMLElement>("input, select")?.focus(), []);
  const checked = check(act, typed, shelf, props.now_ms);
  const submit = async (event: Event) => {
    event.preventDefault();
    if (state === "sending") return;
    attempt();
    if (!checked.body) return focusFault(form.current);
    setState("sending");
    const outcome = await send(checked.body, { token, zone: zone.zone, act, shelf, key: key.current });
    setState(outcome);
    if (outcome.kind === "refused" || outcome.kind === "conflict") key.current = newKey();
    if (outcome.kind === "accepted") props.onDone(t("stock.done.later"), []);
    if (outcome.kind !== "done") return;
    const { shelves } = outcome.body as { shelves: readonly Shelf[] };
    props.onDone(t(`stock.done.${act}`, { name: shelf.name, n: count(Number(typed.quantity ?? 0)) }), shelves);
  };
  const trouble = state && state !== "sending" ? stockTrouble(state) : "";
  const wrong = (tried && checked.wrong) || {};
  return (
    <Dialog title={t(`stock.form.${act}`, { name: shelf.name })} onClose={props.onClose}>
      {shelf.depot_id && <p class="faint">{zone.depots.get(shelf.depot_id)?.name ?? shelf.depot_id}</p>}
      <form ref={form} class="staff-form" noValidate onSubmit={submit}>
        <FormOf value={{ typed, wrong, type }}>
          <Fields {...props} typed={typed} />
        </FormOf>
        {wrong.nothing && <Alert>{wrong.nothing}</Alert>}
        {trouble && <Alert>{trouble}</Alert>}
        <footer class="dialog-foot">
          <button type="button" class="button" onClick={props.onClose}>
            {t("action.dismiss")}
          </button>
          <button
            type="submit"
            class={`button ${act === "write-off" ? "danger" : "primary"}`}
            disabled={state === "sending"}
          >
            {t(state === "sending" ? "override.sending" : SAVED.has(act) ? "sku.save" : `stock.act.${act}`)}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}

function firstTyped(act: StockAct, shelf: Shelf): Typed {
  if (act === "low-at") return { low_at: String(shelf.low_at) };
  return act === "receive" ? { depot: shelf.depot_id } : {};
}

function check(act: StockAct, typed: Typed, shelf: Shelf, now_ms: number) {
  switch (act) {
    case "receive":
      return checkReceipt(typed, shelf.sku);
    case "announce":
      return checkAnnounce(typed, shelf, now_ms);
    case "count":
      return checkCount(typed, shelf);
    case "write-off":
      return checkWriteOff(typed, shelf);
    case "transfer":
      return checkTransfer(typed, shelf);
    case "low-at":
      return checkLowAt(typed);
  }
}

type Body = NonNullable<ReturnType<typeof check>["body"]>;
type Way = { token: string; zone: string; act: StockAct; shelf: Shelf; key: string };

function send(body: Body, { token, zone, act, shelf, key }: Way): Promise<Outcome> {
  if ("low_at" in body) return sendLowAt(token, zone, shelf, body.low_at, key);
  return sendReport(token, zone, act as Exclude<StockAct, "low-at">, body, key);
}

type FieldsProps = Pick<StockDialogProps, "act" | "shelf" | "zone"> & { typed: Typed };

function Fields(props: FieldsProps) {
  const { act, shelf } = props;
  switch (act) {
    case "receive":
      return <ReceiptFields {...props} />;
    case "announce":
      return <AnnounceFields />;
    case "count":
      return <CountFields {...props} />;
    case "low-at":
      return (
        <TextField name="low_at" kind="number" most={8} label="stock.field.low_at" hint="stock.field.low_at.hint" />
      );
    default:
      return (
        <>
          {act === "transfer" && <DepotField {...props} name="to" without={shelf.depot_id} />}
          <TextField name="quantity" kind="number" most={8} label="stock.quantity" />
          {shelf.lots.length > 0 && <LotField shelf={shelf} />}
          {act === "transfer" ? (
            <TextField name="note" label="stock.field.note" hint="stock.field.note.hint" />
          ) : (
            <TextField name="note" label="stock.field.reason" hint="stock.field.reason.hint" />
          )}
          <Effect {...props} />
        </>
      );
  }
}

function ReceiptFields(props: FieldsProps) {
  return (
    <>
      {!props.shelf.depot_id && <DepotField {...props} name="depot" />}
      <TextField name="quantity" kind="number" most={8} label="stock.quantity" />
      <TextField name="lot" most={40} label="stock.field.lot" hint="stock.field.lot.hint" />
      <TextField name="expires" kind="date" label="stock.field.expires" hint="stock.field.expires.hint" />
      <TextField name="note" label="stock.field.note" hint="stock.field.note.hint" />
    </>
  );
}

function AnnounceFields() {
  return (
    <>
      <TextField name="quantity" kind="number" most={8} label="stock.quantity" hint="stock.field.coming.hint" />
      <TextField name="day" kind="date" label="stock.field.day" />
      <TextField name="note" label="stock.field.note" hint="stock.field.note.hint" />
    </>
  );
}

function DepotField({ zone, name, without = "" }: FieldsProps & { name: "depot" | "to"; without?: string }) {
  const depots = [...zone.depots.values()].filter(({ id }) => id !== without);
  return (
    <SelectField name={name} label={name === "to" ? "stock.field.to" : "filter.depot"}>
      <option value="">{t("stock.field.choose")}</option>
      {depots
        .sort((a, b) => a.name.localeCompare(b.name))
        .map((depot) => (
          <option key={depot.id} value={depot.id}>
            {depot.name}
          </option>
        ))}
    </SelectField>
  );
}

/** Pieces without a lot's number can only leave in their turn: nothing names them. */
function LotField({ shelf }: { shelf: Shelf }) {
  return (
    <SelectField name="lot" label="stock.lot">
      <option value="">{t("stock.lot.any")}</option>
      {shelf.lots
        .filter(({ lot }) => lot)
        .map(({ lot, quantity }) => (
          <option key={lot} value={lot}>
            {`${lot} (${count(quantity)})`}
          </option>
        ))}
    </SelectField>
  );
}

/** What taking pieces out leaves, and whether orders would have to wait. */
function Effect({ typed, shelf }: FieldsProps) {
  const n = whole(typed.quantity ?? "", 1, piecesOf(shelf, typed.lot ?? ""));
  if (n === null) return null;
  const short = Math.min(n, n - shelf.free);
  return (
    <p class="effect" role="status">
      <Icon name="forward" />
      <span>
        {t("stock.effect", { before: count(shelf.on_hand), after: count(shelf.on_hand - n) })}
        {short > 0 && ` · ${t("stock.effect.short", { n: count(short) })}`}
      </span>
    </p>
  );
}
