import type { ComponentChildren } from "preact";
import { useId, useRef, useState } from "preact/hooks";
import { shortId } from "../shared/format";
import { newKey, type Outcome } from "../shared/http";
import { type Key, t } from "../shared/i18n";
import { money } from "../shared/money";
import type { Mode, OrderView } from "../shared/protocol/messages";
import { Dialog } from "../shared/ui/dialog";
import { Icon } from "../shared/ui/icon";
import { AttendedBy } from "./attendance_parts";
import type { ModeChange } from "./changes";
import { CARRIER_SAYS, type CarrierSays, modeProblem, otherModes, sendMode } from "./modes";
import type { ChangeProps } from "./override";
import { Choice, Picker, Reason, Row } from "./override_parts";
import { readable } from "./problem_words";

type ModeProps = ChangeProps & { kind: ModeChange };
type FormProps = ModeProps & { order: OrderView };

/** Who brings an order, and what a depot does with what others fetch or bring. */
export function ModeDialog(props: ModeProps) {
  const order = props.zone.orders.get(props.id);
  if (!order) return null;
  const Form = FORMS[props.kind];
  return <Form {...props} order={order} />;
}

const FORMS = { mode: AnotherMode, hand_out: HandOut, to_carrier: ToCarrier, carrier_says: CarrierReports } as const;

/** The courier loses it, or one is looked for: whoever decides that says why, and sees what the customer changed last. */
function AnotherMode(props: FormProps) {
  const { order } = props;
  const [mode, setMode] = useState<Mode | null>(null);
  const [reason, setReason] = useState("");
  const [missing, setMissing] = useState(false);
  const [seen_version, setSeen] = useState(order.wish_version ?? 0);
  const look = () => setSeen(order.wish_version ?? 0);
  return (
    <Form
      {...props}
      ready={mode !== null}
      onReview={look}
      ask={(seen) => {
        setMissing(reason.trim() === "");
        return mode && reason.trim() ? { mode, reason: reason.trim(), seen_version: seen ?? seen_version } : null;
      }}
    >
      <Picker words={t("mode.pick")}>
        {otherModes(order).map((each, i) => (
          <Row key={each} name="mode" value={each} picked={mode === each} first={i === 0} onPick={() => setMode(each)}>
            <span class="picker-name">{t(`mode.${each}` as Key)}</span>
          </Row>
        ))}
      </Picker>
      <p class="effect">
        <Icon name="route" />
        {t(`mode.effect.${mode ?? "none"}` as Key)}
      </p>
      <Reason value={reason} missing={missing && reason.trim() === ""} onChange={setReason} presets={false} />
    </Form>
  );
}

/** What is due and what is to be looked at stand before what is typed. */
function HandOut(props: FormProps) {
  const { order } = props;
  const [code, setCode] = useState("");
  const [age_checked, setChecked] = useState(false);
  const needsAge = order.requires?.includes("age") ?? false;
  const due = order.cash_minor ? money(order.cash_minor, order.currency ?? "") : "";
  return (
    <Form {...props} ready={!needsAge || age_checked} ask={() => ({ code: code.trim(), age_checked })}>
      {due && (
        <p class="effect">
          <Icon name="alert" />
          {t("mode.cash", { amount: due })}
        </p>
      )}
      {needsAge && (
        <label class="picker-row">
          <input type="checkbox" checked={age_checked} onChange={(e) => setChecked(e.currentTarget.checked)} />
          {t("mode.age")}
        </label>
      )}
      <Field
        label="mode.code"
        hint="mode.code.hint"
        name="code"
        value={code}
        most={8}
        first
        numeric
        onValue={setCode}
      />
    </Form>
  );
}

function ToCarrier(props: FormProps) {
  const had = props.order.shipment;
  const [carrier, setCarrier] = useState(had?.carrier ?? "");
  const [number, setNumber] = useState(had?.tracking_number ?? "");
  const [url, setUrl] = useState(had?.tracking_url ?? "");
  const ask = () => ({ carrier: carrier.trim(), tracking_number: number.trim(), tracking_url: url.trim() });
  return (
    <Form {...props} ready={carrier.trim() !== "" && number.trim() !== ""} ask={ask}>
      <Field label="mode.carrier.name" name="carrier" value={carrier} most={100} first onValue={setCarrier} />
      <Field label="mode.carrier.number" name="number" value={number} most={100} onValue={setNumber} />
      <Field
        label="mode.carrier.url"
        hint="mode.carrier.url.hint"
        name="url"
        value={url}
        most={500}
        pattern="https://.+"
        onValue={setUrl}
      />
    </Form>
  );
}

function CarrierReports(props: FormProps) {
  const [state, setState] = useState<CarrierSays | null>(null);
  const [note, setNote] = useState("");
  return (
    <Form {...props} ready={state !== null} ask={() => state && { state, note: note.trim() }}>
      <Picker words={t("mode.says")}>
        {CARRIER_SAYS.map((each, i) => (
          <Row
            key={each}
            name="says"
            value={each}
            picked={state === each}
            first={i === 0}
            onPick={() => setState(each)}
          >
            <span class="picker-name">{t(`mode.says.${each}`)}</span>
          </Row>
        ))}
      </Picker>
      <Field label="mode.says.note" name="note" value={note} most={500} onValue={setNote} />
    </Form>
  );
}

interface FormParts {
  ready: boolean;
  children: ComponentChildren;
  /** The body to send; null while something is missing. `seen` is the version that was just agreed to. */
  ask(seen?: number): object | null;
  onReview?(): void;
}

/** One dialog for all of them: what is asked for, what came of it, and the ways on. */
function Form(props: FormProps & FormParts) {
  const { kind, order, zone, token, ready, children, ask, onReview, onClose, onDone } = props;
  const [sending, setSending] = useState(false);
  const [problem, setProblem] = useState<Outcome | null>(null);
  const key = useRef(newKey());
  const send = async (seen?: number) => {
    const body = ask(seen);
    if (!body || sending) return;
    setSending(true);
    setProblem(null);
    const outcome = await sendMode(token, order.id, kind, body, key.current);
    setSending(false);
    // Another body is another request; one that nobody has answered stays the same.
    if (outcome.kind !== "unreachable") key.current = newKey();
    if (outcome.kind === "done" || outcome.kind === "accepted") onDone(t(`override.${outcome.kind}`), "");
    else setProblem(outcome);
  };
  const submit = (event: Event) => {
    event.preventDefault();
    void send();
  };
  const review = () => {
    setProblem(null);
    onReview?.();
  };
  return (
    <Dialog title={t(`mode.title.${kind}`, { order: order.ref || shortId(order.id) })} onClose={onClose}>
      <form onSubmit={submit}>
        <AttendedBy zone={zone} selection={{ kind: "order", id: order.id }} />
        <div class="mode-form">{children}</div>
        {problem?.kind === "conflict" && (
          <Choice
            words={`${t("override.reschedule.stale")} ${t("override.conflict.hint")}`}
            onReview={review}
            onGoOn={() => void send(problem.current_version)}
          />
        )}
        {problem && problem.kind !== "conflict" && (
          <p class="alert" role="alert">
            <Icon name="alert" />
            {readable(modeProblem(problem), zone)}
          </p>
        )}
        <footer class="dialog-foot">
          <button type="button" class="button" onClick={onClose}>
            {t("action.dismiss")}
          </button>
          <button type="submit" class="button primary" disabled={sending || !ready}>
            {t(sending ? "override.sending" : `mode.do.${kind}`)}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}

interface FieldProps {
  label: Key;
  name: string;
  value: string;
  most: number;
  hint?: Key;
  pattern?: string;
  first?: boolean;
  numeric?: boolean;
  onValue(text: string): void;
}

function Field({ label, name, value, most, hint, pattern, first, numeric, onValue }: FieldProps) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{t(label)}</label>
      <input
        id={id}
        type="text"
        name={name}
        value={value}
        maxLength={most}
        autocomplete="off"
        autofocus={first ?? false}
        inputMode={numeric ? "numeric" : "text"}
        {...(pattern && { pattern })}
        {...(hint && { "aria-describedby": `${id}-hint` })}
        onInput={(event) => onValue(event.currentTarget.value)}
      />
      {hint && (
        <span id={`${id}-hint`} class="faint">
          {t(hint)}
        </span>
      )}
    </div>
  );
}
