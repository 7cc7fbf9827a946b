import { useId, useRef, useState } from "preact/hooks";
import { newKey } from "../shared/http";
import { t } from "../shared/i18n";
import { minorOf } from "../shared/money";
import type { OrderView } from "../shared/protocol/messages";
import { Amount, MAX_CASE_TEXT, NotDone, useChange } from "./case_forms";
import { sendCase } from "./cases_api";
import type { DrawerProps } from "./drawer_parts";

const KINDS = ["complaint", "question", "compensation"] as const;

/** A case for an order whose customer has called, behind a fold. */
export function OpenCase({ order, token, onNotice }: DrawerProps & { order: OrderView }) {
  const id = useId();
  const box = useRef<HTMLDetailsElement>(null);
  const key = useRef("");
  const [draft, setDraft] = useState({ kind: "complaint", text: "", amount: "" });
  const [tried, setTried] = useState(false);
  const { state, send, busy } = useChange(onNotice);
  const edit = (next: Partial<typeof draft>) => {
    key.current = "";
    setDraft({ ...draft, ...next });
  };
  const missing = tried && draft.text.trim() === "";
  const submit = async (event: Event) => {
    event.preventDefault();
    setTried(true);
    const wanted_minor = draft.kind === "compensation" ? minorOf(draft.amount) : 0;
    if (draft.text.trim() === "" || wanted_minor === null) return;
    key.current ||= newKey();
    const body = { order_id: order.id, kind: draft.kind, text: draft.text.trim(), wanted_minor };
    if (!(await send(() => sendCase(token, body, key.current), t("case.new.done")))) return;
    edit({ text: "", amount: "" });
    setTried(false);
    if (box.current) box.current.open = false;
  };
  return (
    <details ref={box} class="fold case-new">
      <summary>{t("case.new")}</summary>
      <form onSubmit={submit} noValidate>
        <div class="field">
          <label for={`${id}-kind`}>{t("case.new.kind")}</label>
          <select id={`${id}-kind`} value={draft.kind} onChange={(event) => edit({ kind: event.currentTarget.value })}>
            {KINDS.map((kind) => (
              <option key={kind} value={kind}>
                {t(`case.name.${kind}`)}
              </option>
            ))}
          </select>
        </div>
        <div class="field">
          <label for={id}>{t("case.new.text")}</label>
          <textarea
            id={id}
            rows={3}
            maxLength={MAX_CASE_TEXT}
            value={draft.text}
            aria-invalid={missing}
            aria-describedby={missing ? `${id}-wrong` : undefined}
            onInput={(event) => edit({ text: event.currentTarget.value })}
          />
          {missing && (
            <span id={`${id}-wrong`} class="late">
              {t("case.new.missing")}
            </span>
          )}
        </div>
        {draft.kind === "compensation" && (
          <Amount
            id={`${id}-amount`}
            label={t("case.wanted")}
            typed={draft.amount}
            onType={(amount) => edit({ amount })}
          />
        )}
        <NotDone state={state} />
        <div class="actions">
          <button type="submit" class="button" disabled={busy}>
            {t(busy ? "override.sending" : "case.new.send")}
          </button>
        </div>
      </form>
    </details>
  );
}
