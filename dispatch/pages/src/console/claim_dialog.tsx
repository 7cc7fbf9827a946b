import { useEffect, useRef, useState } from "preact/hooks";
import { newKey, type Outcome } from "../shared/http";
import { t } from "../shared/i18n";
import type { ZoneState } from "../shared/store/zone";
import { Dialog } from "../shared/ui/dialog";
import { ClaimFields } from "./claim_fields";
import { checkApproval, checkReceived, checkRefusal, firstReceived } from "./claim_forms";
import { type Claim, type ClaimAct, whatWords } from "./claims";
import { sendDecision } from "./claims_api";
import { problemWords } from "./problem_words";
import { Alert } from "./signin";
import { FormOf, focusFault, useForm } from "./stock_fields";
import type { Checked, Typed } from "./stock_forms";

interface ClaimDialogProps {
  act: ClaimAct;
  claim: Claim;
  zone: ZoneState;
  token: string;
  onClose(): void;
  /** With the claim as it is now, where the answer has it. */
  onDone(message: string, claim: Claim | null): void;
}

/** What somebody decides about a claim, and what that will do. */
export function ClaimDialog({ act, claim, zone, token, onClose, onDone }: ClaimDialogProps) {
  const { typed, tried, attempt, type } = useForm(first(act, claim));
  const [state, setState] = useState<Outcome | "sending" | null>(null);
  const form = useRef<HTMLFormElement>(null);
  // Once the server has refused something, what is sent next is something else; until then a repeat is the same.
  const key = useRef(newKey());
  // The dialog would give the focus to its way out.
  useEffect(() => form.current?.querySelector<HTMLElement>("input, select, textarea, [type=submit]")?.focus(), []);
  const checked = check(act, typed, claim);
  const what = whatWords(claim);
  const submit = async (event: Event) => {
    event.preventDefault();
    if (state === "sending") return;
    attempt();
    if (!checked.body) return focusFault(form.current);
    setState("sending");
    const outcome = await sendDecision(token, claim.id, act, checked.body, key.current);
    setState(outcome);
    if (outcome.kind === "refused" || outcome.kind === "conflict") key.current = newKey();
    if (outcome.kind === "accepted") onDone(t("claims.done.later"), null);
    if (outcome.kind === "done") onDone(t(`claims.done.${act}`, { what }), outcome.body as Claim);
  };
  const trouble = state && state !== "sending" ? problemWords(state) : "";
  return (
    <Dialog title={t(`claims.form.${act}`, { what })} onClose={onClose}>
      <form ref={form} class="staff-form" noValidate onSubmit={submit}>
        <FormOf value={{ typed, wrong: (tried && checked.wrong) || {}, type }}>
          <ClaimFields act={act} claim={claim} zone={zone} />
        </FormOf>
        {trouble && <Alert>{trouble}</Alert>}
        <footer class="dialog-foot">
          <button type="button" class="button" onClick={onClose}>
            {t("action.dismiss")}
          </button>
          <button
            type="submit"
            class={`button ${act === "refuse" ? "danger" : "primary"}`}
            disabled={state === "sending"}
          >
            {t(state === "sending" ? "override.sending" : `claims.act.${act}`)}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}

function first(act: ClaimAct, claim: Claim): Typed {
  if (act === "receive") return firstReceived(claim);
  return act === "approve" ? { depot: claim.depot_id } : {};
}

function check(act: ClaimAct, typed: Typed, claim: Claim): Checked<object> {
  switch (act) {
    case "approve":
      return checkApproval(typed);
    case "refuse":
      return checkRefusal(typed);
    case "receive":
      return checkReceived(typed, claim);
    default:
      return { wrong: null, body: {} };
  }
}
