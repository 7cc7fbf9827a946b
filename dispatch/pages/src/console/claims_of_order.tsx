import { useEffect, useState } from "preact/hooks";
import { t } from "../shared/i18n";
import type { OrderView } from "../shared/protocol/messages";
import { OpenClaim } from "./claim_open";
import { type Claim, whatWords } from "./claims";
import { fetchClaimsOf } from "./claims_api";
import { StatusMark } from "./claims_table";
import { useMay } from "./may";
import type { Selection } from "./selection";

interface Props {
  order: OrderView;
  token: string;
  zone: string;
  now_ms: number;
  onSelect(selection: Selection): void;
  onNotice(message: string): void;
}

/** What was asked for of a delivered order, each leading to the panel, and where more is asked for. */
export function ClaimsOfOrder({ order, token, zone, now_ms, onSelect, onNotice }: Props) {
  const [claims, setClaims] = useState<readonly Claim[]>([]);
  const [asked, setAsked] = useState(0);
  const may = useMay();
  useEffect(() => {
    let wanted = true;
    void fetchClaimsOf(token, zone, order.id).then((found) => wanted && setClaims(found));
    return () => {
      wanted = false;
    };
  }, [token, zone, order.id, asked]);
  const open = may("request_claim") && (
    <OpenClaim order={order} token={token} onNotice={onNotice} onDone={() => setAsked(asked + 1)} />
  );
  if (claims.length === 0) return open || null;
  return (
    <section class="claim-of-order" aria-label={t("claims.title")}>
      <h3>{t("claims.title")}</h3>
      <ul class="claim-orders">
        {claims.map((claim) => (
          <li key={claim.id}>
            <button type="button" class="link" onClick={() => onSelect({ kind: "claim", id: claim.id })}>
              {whatWords(claim)}
            </button>{" "}
            <StatusMark claim={claim} now_ms={now_ms} />
          </li>
        ))}
      </ul>
      {open}
    </section>
  );
}
