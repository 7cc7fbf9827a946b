import { useId, useRef, useState } from "preact/hooks";
import {
  type Claimable,
  type ClaimableLine,
  type ClaimKind,
  type ClaimReason,
  kindsOf,
  leftOf,
  nameOf,
  reasonsOf,
  until_ms,
} from "../shared/claimable";
import { newKey } from "../shared/http";
import { t, tCode } from "../shared/i18n";
import type { OrderView } from "../shared/protocol/messages";
import { MAX_CASE_TEXT, NotDone, useChange } from "./case_forms";
import { fetchClaimable, sendClaimFor } from "./claims_api";

interface Props {
  order: OrderView;
  token: string;
  onNotice(message: string): void;
  /** It was asked for. */
  onDone(): void;
}

/** A return, an exchange or a repair for a customer who has called, behind a fold; what can be had is asked first. */
export function OpenClaim(props: Props) {
  const { order, token } = props;
  const box = useRef<HTMLDetailsElement>(null);
  const [view, setView] = useState<Claimable | "unknown" | null>(null);
  const look = async () => {
    if (box.current?.open) setView((await fetchClaimable(token, order.id)) ?? "unknown");
  };
  const done = () => {
    if (box.current) box.current.open = false;
    setView(null);
    props.onDone();
  };
  return (
    <details ref={box} class="fold claim-new" onToggle={() => void look()}>
      <summary>{t("claims.new")}</summary>
      {view === "unknown" && (
        <p class="alert" role="alert">
          {t("override.unreachable")}
        </p>
      )}
      {view &&
        view !== "unknown" &&
        (kindsOf(view).length > 0 ? (
          <ClaimForm {...props} view={view} onDone={done} />
        ) : (
          <p class="faint">{t("claims.new.none")}</p>
        ))}
    </details>
  );
}

/** What and why decide which goods it can be about. */
function ClaimForm({ order, token, view, onNotice, onDone }: Props & { view: Claimable }) {
  const id = useId();
  const key = useRef("");
  const kinds = kindsOf(view);
  const [kind, setKind] = useState<ClaimKind>(kinds[0] ?? "return");
  const reasons = reasonsOf(view, kind);
  const [chosen, setReason] = useState<ClaimReason>(reasons[0] ?? "quality");
  const reason = reasons.includes(chosen) ? chosen : (reasons[0] ?? "quality");
  const [pieces, setPieces] = useState<Readonly<Record<number, number>>>({});
  const [text, setText] = useState("");
  const [tried, setTried] = useState(false);
  const { state, send, busy } = useChange(onNotice);
  const able = leftOf(view).filter((line) => until_ms(line, kind, reason) > 0);
  // Who can choose of one piece only has chosen it.
  const only = able.length === 1 && able[0]?.left === 1 ? { [able[0].line]: 1 } : {};
  const wanted: Readonly<Record<number, number>> = { ...only, ...pieces };
  const lines = able
    .map(({ line, left }) => ({ line, quantity: Math.min(wanted[line] ?? 0, left) }))
    .filter(({ quantity }) => quantity > 0);
  const edited = (edit: () => void) => {
    key.current = "";
    edit();
  };
  const submit = async (event: Event) => {
    event.preventDefault();
    setTried(true);
    if (lines.length === 0) return;
    key.current ||= newKey();
    const wish = { order_id: order.id, kind, reason, lines, text: text.trim() };
    if (await send(() => sendClaimFor(token, wish, key.current), t("claims.new.done"))) onDone();
  };
  return (
    <form onSubmit={submit} noValidate>
      <Choice
        id={`${id}-kind`}
        label={t("claims.new.kind")}
        values={kinds}
        chosen={kind}
        words={(each) => tCode("claim.kind", each)}
        onChoose={(next) => edited(() => setKind(next))}
      />
      <Choice
        id={`${id}-reason`}
        label={t("claims.new.reason")}
        values={reasons}
        chosen={reason}
        words={(each) => tCode("claim.reason", each)}
        onChoose={(next) => edited(() => setReason(next))}
      />
      {able.map((line) => (
        <Pieces
          key={line.line}
          line={line}
          n={Math.min(wanted[line.line] ?? 0, line.left)}
          onPieces={(n) => edited(() => setPieces({ ...pieces, [line.line]: n }))}
        />
      ))}
      {tried && lines.length === 0 && (
        <p class="late" role="alert">
          {t("claims.new.nothing")}
        </p>
      )}
      <div class="field">
        <label for={`${id}-text`}>{t("claims.new.text")}</label>
        <textarea
          id={`${id}-text`}
          rows={3}
          maxLength={MAX_CASE_TEXT}
          value={text}
          onInput={(event) => edited(() => setText(event.currentTarget.value))}
        />
      </div>
      <NotDone state={state} />
      <div class="actions">
        <button type="submit" class="button" disabled={busy}>
          {t(busy ? "override.sending" : "claims.new.send")}
        </button>
      </div>
    </form>
  );
}

interface ChoiceProps<T extends string> {
  id: string;
  label: string;
  values: readonly T[];
  chosen: T;
  words(value: T): string;
  onChoose(value: T): void;
}

function Choice<T extends string>({ id, label, values, chosen, words, onChoose }: ChoiceProps<T>) {
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <select id={id} value={chosen} onChange={(event) => onChoose(event.currentTarget.value as T)}>
        {values.map((value) => (
          <option key={value} value={value}>
            {words(value)}
          </option>
        ))}
      </select>
    </div>
  );
}

function Pieces({ line, n, onPieces }: { line: ClaimableLine; n: number; onPieces(n: number): void }) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{t("claims.new.pieces", { name: nameOf(line.name), n: line.left })}</label>
      <select id={id} value={String(n)} onChange={(event) => onPieces(Number(event.currentTarget.value))}>
        {Array.from({ length: line.left + 1 }, (_, each) => (
          <option key={each} value={String(each)}>
            {each}
          </option>
        ))}
      </select>
    </div>
  );
}
