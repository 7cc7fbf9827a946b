import { useState } from "preact/hooks";
import { newKey, type Outcome, post } from "../shared/http";
import { type Key, t } from "../shared/i18n";
import type { OrderView } from "../shared/protocol/messages";

type Step =
  | { kind: "idle" | "sending" | "revoked" }
  | { kind: "asked"; renew: boolean }
  | { kind: "renewed"; url: string; copied: boolean }
  | { kind: "failed"; words: Key };

/** Revoking an order's tracking link, behind a fold; what it does is said first. */
export function LinkBox({ order, token }: { order: OrderView; token: string }) {
  const [step, setStep] = useState<Step>({ kind: "idle" });
  const revoke = async (renew: boolean) => {
    setStep({ kind: "sending" });
    const path = `/v1/orders/${encodeURIComponent(order.id)}/tracking-link:revoke`;
    setStep(stepAfter(await post(path, { renew }, { token, key: newKey() })));
  };
  return (
    <details class="fold link-box">
      <summary>{t("link.box")}</summary>
      {step.kind === "asked" ? (
        <>
          <p role="status">{t("link.sure")}</p>
          <div class="actions">
            <button type="button" class="button danger" onClick={() => revoke(step.renew)}>
              {t(step.renew ? "link.renew" : "link.revoke")}
            </button>
            <button type="button" class="button" onClick={() => setStep({ kind: "idle" })}>
              {t("link.back")}
            </button>
          </div>
        </>
      ) : (
        <>
          <Told step={step} onCopied={setStep} />
          <div class="actions">
            {([false, true] as const).map((renew) => (
              <button
                key={String(renew)}
                type="button"
                class="button"
                disabled={step.kind === "sending"}
                onClick={() => setStep({ kind: "asked", renew })}
              >
                {t(renew ? "link.renew" : "link.revoke")}
              </button>
            ))}
          </div>
        </>
      )}
    </details>
  );
}

function Told({ step, onCopied }: { step: Step; onCopied(step: Step): void }) {
  if (step.kind === "failed") {
    return (
      <p class="alert" role="alert">
        {t(step.words)}
      </p>
    );
  }
  if (step.kind === "revoked") return <p role="status">{t("link.revoked")}</p>;
  if (step.kind !== "renewed") return <p class="faint">{t("link.box.note")}</p>;
  const copy = async () => {
    await navigator.clipboard?.writeText(step.url);
    onCopied({ ...step, copied: true });
  };
  return (
    <div role="status">
      <p>{t("link.renewed")}</p>
      <p class="link-line">
        <input readOnly value={step.url} aria-label={t("link.box")} onFocus={(event) => event.currentTarget.select()} />
        <button type="button" class="button" onClick={() => void copy().catch(() => undefined)}>
          {t(step.copied ? "link.copied" : "link.copy")}
        </button>
      </p>
    </div>
  );
}

/** What the server's answer means for the box. */
export function stepAfter(outcome: Outcome): Step {
  switch (outcome.kind) {
    case "done": {
      const { track_url: url = "" } = (outcome.body ?? {}) as { track_url?: string };
      return url ? { kind: "renewed", url, copied: false } : { kind: "revoked" };
    }
    case "accepted":
      return { kind: "revoked" };
    case "forbidden":
      return { kind: "failed", words: "link.forbidden" };
    case "conflict":
      return { kind: "failed", words: "link.changed" };
    default:
      return { kind: "failed", words: "link.failed" };
  }
}
