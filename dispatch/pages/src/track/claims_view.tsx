import { useEffect, useRef, useState } from "preact/hooks";
import { goodsWords, kindsOf, leftOf } from "../shared/claimable";
import { timeOrDay } from "../shared/format";
import { newKey, type Outcome } from "../shared/http";
import { t, tCode } from "../shared/i18n";
import { Icon } from "../shared/ui/icon";
import { type AfterSales, fetchAfterSales, type MyClaim, policyWords, withdrawClaim } from "./claims";
import { ClaimSheet } from "./claims_sheet";
import "./details_texts";

const EVERY_MS = 15_000;

/** Return, exchange, repair: what may be asked for until when, and how far it is. Nothing while there is neither. */
export function TrackClaims({ token }: { token: string }) {
  const { view, take } = useAfterSales(token);
  const [open, setOpen] = useState(false);
  const [said, setSaid] = useState("");
  if (!view || (view.lines.length === 0 && view.claims.length === 0)) return null;
  const kinds = kindsOf(view);
  const done = (outcome: Outcome) => {
    setOpen(false);
    if (outcome.kind !== "done") return;
    const next = outcome.body as AfterSales;
    take(next);
    const newest = next.claims.find(({ id }) => !view.claims.some((known) => known.id === id));
    if (newest) setSaid(t("claim.said", { time: timeOrDay(newest.answer_due_at_ms, next.now_ms) }));
  };
  return (
    <section class="claims" aria-label={t("claim.title")} data-claims={view.claims.length}>
      <h2>{t("claim.title")}</h2>
      {view.claims.map((claim) => (
        <ClaimCard key={claim.id} claim={claim} now_ms={view.now_ms} token={token} onDone={done} />
      ))}
      {said && (
        <p class="claim-said" role="status">
          <Icon name="check" />
          {said}
        </p>
      )}
      {kinds.length > 0 ? (
        <>
          <ul class="faint">
            {policyWords(view).map((words) => (
              <li key={words}>{words}</li>
            ))}
          </ul>
          <button type="button" class="button" data-action="claim" onClick={() => setOpen(true)}>
            {t("claim.begin")}
          </button>
        </>
      ) : (
        <p class="faint">{t(leftOf(view).length > 0 ? "claim.over" : "claim.all")}</p>
      )}
      {open && <ClaimSheet view={view} token={token} onDone={done} onClose={() => setOpen(false)} />}
    </section>
  );
}

/** What the server has, asked for again while somebody can see it; null: nothing, or not yet. */
function useAfterSales(token: string) {
  const [view, setView] = useState<AfterSales | null>(null);
  useEffect(() => {
    let stopped = false;
    const look = async () => {
      if (document.visibilityState === "hidden") return;
      const outcome = await fetchAfterSales(token);
      if (!stopped && outcome.kind === "done") setView(outcome.body as AfterSales);
    };
    void look();
    const timer = setInterval(look, EVERY_MS);
    document.addEventListener("visibilitychange", look);
    return () => {
      stopped = true;
      clearInterval(timer);
      document.removeEventListener("visibilitychange", look);
    };
  }, [token]);
  return { view, take: setView };
}

/** How far it is, in one sentence. */
export function statusWords({ kind, status, ...claim }: MyClaim, now_ms: number): string {
  switch (status) {
    case "requested":
      if (claim.answer_due_at_ms <= now_ms) return t("claim.status.late");
      return t("claim.status.requested", { time: timeOrDay(claim.answer_due_at_ms, now_ms) });
    case "collecting":
      return t(claim.arrived_at_ms ? "claim.status.arrived" : "claim.status.collecting");
    case "received":
      if (kind === "repair") return t(claim.delivery_url ? "claim.status.back.repair" : "claim.status.received.repair");
      return t("claim.status.received.exchange");
    case "done":
      return t(`claim.status.done.${kind}`);
    default:
      return t(`claim.status.${status}`);
  }
}

const TONES: Readonly<Record<MyClaim["status"], string>> = {
  requested: "at_risk",
  approved: "on_time",
  collecting: "on_time",
  received: "on_time",
  done: "on_time",
  refused: "late",
  withdrawn: "unknown",
};

interface CardProps {
  claim: MyClaim;
  now_ms: number;
  token: string;
  onDone(outcome: Outcome): void;
}

function ClaimCard({ claim, now_ms, token, onDone }: CardProps) {
  const [state, setState] = useState<"" | "sending" | "failed">("");
  const key = useRef("");
  const withdraw = async () => {
    if (state === "sending") return;
    key.current ||= newKey();
    setState("sending");
    const outcome = await withdrawClaim(token, claim.id, key.current);
    const isDone = outcome.kind === "done" || outcome.kind === "accepted";
    setState(isDone ? "" : "failed");
    if (outcome.kind !== "unreachable") key.current = "";
    onDone(outcome);
  };
  const page = claim.pickup_url || claim.delivery_url;
  return (
    <article class="claim" data-claim={claim.status}>
      <h3>
        <span class={`chip ${TONES[claim.status]}`}>{tCode("claim.kind", claim.kind)}</span> {goodsWords(claim.lines)}
      </h3>
      <p>{statusWords(claim, now_ms)}</p>
      {claim.answer && <q>{claim.answer}</q>}
      {state === "failed" && (
        <p class="sheet-alert" role="alert">
          <Icon name="alert" />
          <span>{t("claim.withdraw.failed")}</span>
        </p>
      )}
      {(page || claim.may_withdraw) && (
        <p class="claim-foot">
          {page && (
            <a class="button" href={page}>
              {t("claim.follow")}
            </a>
          )}
          {claim.may_withdraw && (
            <button type="button" class="button" aria-disabled={state === "sending" || undefined} onClick={withdraw}>
              {t("claim.withdraw")}
            </button>
          )}
        </p>
      )}
    </article>
  );
}
