import { useEffect, useRef } from "preact/hooks";
import { shortId, timeOrDay } from "../shared/format";
import { type Key, t } from "../shared/i18n";
import type { ZoneState } from "../shared/store/zone";
import { Icon } from "../shared/ui/icon";
import { type Claim, dueWords, statusWords, toneOfClaim, whatWords } from "./claims";
import type { Claims } from "./use_claims";

interface TableProps {
  rows: readonly Claim[];
  claims: Claims;
  zone: ZoneState;
  now_ms: number;
  chosen: string;
  onClaim(id: string): void;
}

/** One line for each claim; on a phone cards. */
export function ClaimsTable(props: TableProps) {
  const { rows, claims } = props;
  return (
    <div class="stock-box">
      <table class="stock-table claims-table" aria-busy={claims.loading}>
        <caption class="visually-hidden">{t("claims.title")}</caption>
        <thead>
          <tr>
            <Column of="sku" label="claims.column.what" />
            <Column of="status" label="claims.column.status" />
            <Column of="depot" label="claims.column.depot" />
            <Column of="asked" label="claims.column.asked" />
          </tr>
        </thead>
        <tbody>
          {rows.map((claim) => (
            <Row key={claim.id} claim={claim} {...props} />
          ))}
        </tbody>
      </table>
      {claims.more && (
        <p class="stock-more">
          <button type="button" class="button" disabled={claims.loading} onClick={claims.showMore}>
            {t("claims.more")}
          </button>
        </p>
      )}
    </div>
  );
}

function Column({ of, label }: { of: string; label: Key }) {
  return (
    <th class={of} scope="col">
      {t(label)}
    </th>
  );
}

function Row({ claim, zone, now_ms, chosen, onClaim }: TableProps & { claim: Claim }) {
  const row = useRef<HTMLTableRowElement>(null);
  const isChosen = claim.id === chosen;
  // It may have been chosen by a key.
  useEffect(() => {
    if (isChosen) row.current?.scrollIntoView({ block: "nearest" });
  }, [isChosen]);
  return (
    <tr ref={row} data-claim={claim.id} data-status={claim.status} data-chosen={isChosen}>
      <th class="sku" scope="row">
        <button type="button" class="stock-name" aria-pressed={isChosen} onClick={() => onClaim(claim.id)}>
          {whatWords(claim)}
        </button>
        <span class="stock-sub">
          <span class="faint">{claim.ref || shortId(claim.order_id)}</span>
        </span>
      </th>
      <td class="status">
        <StatusMark claim={claim} now_ms={now_ms} />
      </td>
      <td class="depot">{zone.depots.get(claim.depot_id)?.name ?? claim.depot_id}</td>
      <td class="asked">
        <span class="card-label">{t("claims.column.asked")} </span>
        {timeOrDay(claim.at_ms, now_ms)}
      </td>
    </tr>
  );
}

/** Where it stands, in a word beside its colour; and until when it has to be answered. */
export function StatusMark({ claim, now_ms }: { claim: Claim; now_ms: number }) {
  const tone = toneOfClaim(claim, now_ms);
  const due = dueWords(claim, now_ms);
  return (
    <>
      <span class={`chip ${tone}`}>
        <Icon name={tone === "late" ? "alert" : tone === "at_risk" ? "clock" : "check"} />
        {statusWords(claim)}
      </span>
      {due && <small class={tone}> {due}</small>}
    </>
  );
}
