import { type Claimable, type ClaimKind, type ClaimReason, dayOf, leftOf, type Option } from "../shared/claimable";
import { type Outcome, post, read } from "../shared/http";
import { t } from "../shared/i18n";

export interface MyClaim {
  id: string;
  kind: ClaimKind;
  reason: ClaimReason;
  status: "requested" | "approved" | "collecting" | "received" | "done" | "refused" | "withdrawn";
  lines: readonly { line: number; name: string; quantity: number }[];
  at_ms: number;
  answer_due_at_ms: number;
  text?: string;
  answer?: string;
  arrived_at_ms?: number;
  may_withdraw?: boolean;
  pickup_url?: string;
  delivery_url?: string;
}

export interface AfterSales extends Claimable {
  order_id: string;
  ref: string;
  delivered_at_ms: number;
  now_ms: number;
  claims: readonly MyClaim[];
}

export interface ClaimWish {
  kind: ClaimKind;
  reason: ClaimReason;
  lines: readonly { line: number; quantity: number }[];
  text: string;
  earliest_at_ms: number;
  latest_at_ms: number;
}

const pathOf = (token: string) => `/v1/track/${encodeURIComponent(token)}/after-sales`;

export function fetchAfterSales(token: string): Promise<Outcome> {
  return read(pathOf(token));
}

export function sendClaim(token: string, wish: ClaimWish, key: string): Promise<Outcome> {
  return post(pathOf(token), wish, { key });
}

export function withdrawClaim(token: string, id: string, key: string): Promise<Outcome> {
  return post(`${pathOf(token)}/${encodeURIComponent(id)}/withdraw`, {}, { key });
}

/** What the shop grants, in sentences: as long as any line has it. */
export function policyWords(view: AfterSales): string[] {
  const options = leftOf(view).flatMap((line) => line.options);
  const last = (fits: (option: Option) => boolean) =>
    Math.max(0, ...options.filter(fits).map((option) => option.until_ms));
  const mind_ms = last(({ reason }) => reason === "no_reason");
  const fault_ms = last(({ kind, reason }) => kind !== "repair" && reason !== "no_reason");
  const repair_ms = last(({ kind }) => kind === "repair");
  return [
    mind_ms > 0 && t("claim.until.mind", { day: dayOf(mind_ms, view.now_ms) }),
    fault_ms > 0 && t("claim.until.fault", { day: dayOf(fault_ms, view.now_ms) }),
    repair_ms > 0 && t("claim.until.repair", { day: dayOf(repair_ms, view.now_ms) }),
  ].filter((words) => words !== false);
}

const HOUR_MS = 3_600_000;
const PARTS_OF_DAY = [
  [9, 12],
  [12, 18],
  [18, 21],
] as const;
const DAYS_AHEAD = 4;

export interface Visit {
  earliest_at_ms: number;
  latest_at_ms: number;
}

/** When a courier could come: parts of the next days of which there is an hour left at least. */
export function visitsAhead(now_ms: number): Visit[] {
  const found: Visit[] = [];
  for (let day = 0; day < DAYS_AHEAD; day += 1) {
    for (const [from, until] of PARTS_OF_DAY) {
      const at = (hour: number) => {
        const date = new Date(now_ms);
        return new Date(date.getFullYear(), date.getMonth(), date.getDate() + day, hour).getTime();
      };
      if (at(until) >= now_ms + HOUR_MS) found.push({ earliest_at_ms: at(from), latest_at_ms: at(until) });
    }
  }
  return found;
}
