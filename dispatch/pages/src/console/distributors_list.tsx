import { useEffect, useState } from "preact/hooks";
import { type Distributor, type Month, STANDING_TONES } from "../shared/distributors";
import { count, percent } from "../shared/format";
import { t, tCode } from "../shared/i18n";
import { LicenceChip } from "../shared/ui/licence_chip";
import type { Outcome } from "./api";
import { useMay } from "./may";
import { fetchMonths, type Judgement, sendJudgement } from "./partners_api";
import { problemWords } from "./problem_words";
import { Alert } from "./signin";

const CHOICES = ["approved", "refused", "suspended"] as const;
const TIERS = [0, 1, 2, 3] as const;

interface DistributorsProps {
  distributors: readonly Distributor[];
  token: string;
  zone: string;
  now_ms: number;
  onChanged(): void;
}

/** Whoever wants to order for others: those that wait to be looked at first. */
export function Distributors({ distributors, token, zone, now_ms, onChanged }: DistributorsProps) {
  const may = useMay();
  const [open, setOpen] = useState<string | null>(null);
  if (distributors.length === 0) return <p class="faint overrides-none">{t("distributors.none")}</p>;
  return (
    <ul class="users">
      {distributors.map((each) => (
        <li key={each.id} class="user" data-distributor={each.id}>
          <DistributorLine distributor={each} now_ms={now_ms} />
          {open === each.id ? (
            <>
              {may("read_performance") && <Months token={token} zone={zone} id={each.id} />}
              {may("judge_distributor") && (
                <JudgeForm
                  distributor={each}
                  token={token}
                  zone={zone}
                  onDone={() => {
                    setOpen(null);
                    onChanged();
                  }}
                  onCancel={() => setOpen(null)}
                />
              )}
            </>
          ) : (
            <div class="actions user-actions">
              <button
                type="button"
                class="button"
                aria-label={`${t("distributors.look")}: ${each.name}`}
                onClick={() => setOpen(each.id)}
              >
                {t("distributors.look")}
              </button>
            </div>
          )}
        </li>
      ))}
    </ul>
  );
}

function DistributorLine({ distributor, now_ms }: { distributor: Distributor; now_ms: number }) {
  const { name, id, contact, phone, standing, tier, licences, reason } = distributor;
  return (
    <p class="user-line">
      <strong>{name}</strong>
      <span class="faint">{[id, contact, phone].filter(Boolean).join(" · ")}</span>
      <span class={`chip ${STANDING_TONES[standing]}`}>{tCode("distributors.standing", standing)}</span>
      <span class="chip">{t("distributors.tier.is", { n: tier })}</span>
      {licences.map((licence) => (
        <LicenceChip key={`${licence.kind} ${licence.number}`} licence={licence} now_ms={now_ms} />
      ))}
      {reason && <span class="faint">{reason}</span>}
    </p>
  );
}

function Months({ token, zone, id }: { token: string; zone: string; id: string }) {
  const [months, setMonths] = useState<readonly Month[] | null>(null);
  useEffect(() => void fetchMonths(token, zone, id).then((found) => setMonths(found ?? [])), [token, zone, id]);
  if (!months) return <span class="skeleton preview-skeleton" />;
  if (months.length === 0) return <p class="faint">{t("distributors.no.orders")}</p>;
  return (
    <table class="summary">
      <thead>
        <tr>
          <th scope="col">{t("distributors.month")}</th>
          <th scope="col">{t("distributors.orders")}</th>
          <th scope="col">{t("distributors.delivered")}</th>
          <th scope="col">{t("distributors.on_time")}</th>
          <th scope="col">{t("distributors.commission")}</th>
        </tr>
      </thead>
      <tbody>
        {months.map((each) => (
          <tr key={each.month}>
            <td>{each.month}</td>
            <td>{count(each.orders)}</td>
            <td>{count(each.delivered)}</td>
            <td>{percent(each.on_time, each.delivered)}</td>
            <td>{(each.commission_minor / 100).toFixed(2)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

interface JudgeProps {
  distributor: Distributor;
  token: string;
  zone: string;
  onDone(): void;
  onCancel(): void;
}

function JudgeForm({ distributor, token, zone, onDone, onCancel }: JudgeProps) {
  const [wish, setWish] = useState<Judgement>({
    standing: distributor.standing === "applied" ? "approved" : distributor.standing,
    tier: distributor.tier,
    commission_minor: distributor.commission_minor,
    reason: distributor.reason,
  });
  const [outcome, setOutcome] = useState<Outcome | "sending" | null>(null);
  const needsReason = wish.standing !== "approved";
  const submit = async (event: Event) => {
    event.preventDefault();
    if (outcome === "sending") return;
    setOutcome("sending");
    const next = await sendJudgement(token, zone, distributor.id, wish);
    setOutcome(next);
    if (next.kind === "done" || next.kind === "accepted") onDone();
  };
  const wrong = outcome && outcome !== "sending" ? problemWords(outcome) : "";
  return (
    <form class="staff-form" onSubmit={submit}>
      <label class="field">
        <span>{t("distributors.decision")}</span>
        <select
          value={wish.standing}
          onChange={(event) => setWish({ ...wish, standing: event.currentTarget.value as Judgement["standing"] })}
        >
          {CHOICES.map((each) => (
            <option key={each} value={each}>
              {tCode("distributors.standing", each)}
            </option>
          ))}
        </select>
      </label>
      <label class="field">
        <span>{t("distributors.tier")}</span>
        <select value={wish.tier} onChange={(event) => setWish({ ...wish, tier: Number(event.currentTarget.value) })}>
          {TIERS.map((tier) => (
            <option key={tier} value={tier}>
              {tier}
            </option>
          ))}
        </select>
      </label>
      <label class="field">
        <span>{t("distributors.commission.each")}</span>
        <input
          type="number"
          min={0}
          step={0.01}
          value={wish.commission_minor / 100}
          onInput={(event) =>
            setWish({ ...wish, commission_minor: Math.round(event.currentTarget.valueAsNumber * 100) || 0 })
          }
        />
      </label>
      <label class="field">
        <span>{t(needsReason ? "distributors.reason" : "distributors.reason.maybe")}</span>
        <input
          type="text"
          maxLength={500}
          required={needsReason}
          value={wish.reason}
          onInput={(event) => setWish({ ...wish, reason: event.currentTarget.value })}
        />
      </label>
      {wrong && <Alert>{wrong}</Alert>}
      <div class="actions">
        <button type="submit" class="button primary" disabled={outcome === "sending"}>
          {t(outcome === "sending" ? "staff.busy" : "staff.users.save")}
        </button>
        <button type="button" class="button" onClick={onCancel}>
          {t("staff.users.cancel")}
        </button>
      </div>
    </form>
  );
}
