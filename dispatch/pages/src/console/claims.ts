import { timeOrDay } from "../shared/format";
import { t, tCode } from "../shared/i18n";

export type ClaimStatus = "requested" | "approved" | "collecting" | "received" | "done" | "refused" | "withdrawn";

export interface ClaimedLine {
  line: number;
  name: string;
  sku: string;
  quantity: number;
  restocked: number;
  written_off: number;
}

/** What a customer asks for after a delivery. Times are business time, ms; left out: not yet. */
export interface Claim {
  id: string;
  order_id: string;
  kind: "return" | "exchange" | "repair";
  reason: string;
  status: ClaimStatus;
  lines: readonly ClaimedLine[];
  at_ms: number;
  answer_due_at_ms: number;
  depot_id: string;
  delivered_at_ms: number;
  ref?: string;
  text?: string;
  earliest_at_ms?: number;
  latest_at_ms?: number;
  by?: string;
  answer?: string;
  answered_by?: string;
  escalated_at_ms?: number;
  pickup_order_id?: string;
  delivery_order_id?: string;
  arrived_at_ms?: number;
  received_at_ms?: number;
}

export type ClaimChoice = "requested" | "collecting" | "open" | "all";
export const CHOICES: readonly ClaimChoice[] = ["requested", "collecting", "open", "all"];

export interface ClaimFilter {
  status: ClaimChoice;
  text: string;
}

export const OPEN_CLAIMS: ClaimFilter = { status: "open", text: "" };

export type ClaimAct = "approve" | "refuse" | "receive" | "repaired" | "resend";

/** What can be done with a claim as it stands. */
export function actsOf({ kind, status, delivery_order_id }: Claim): ClaimAct[] {
  if (status === "requested") return ["approve", "refuse"];
  if (status === "approved" || status === "collecting") return ["receive"];
  if (status !== "received" || delivery_order_id) return [];
  return [kind === "repair" ? "repaired" : "resend"];
}

/** The right that each act needs. */
export const RIGHT_FOR = {
  approve: "answer_claim",
  refuse: "answer_claim",
  receive: "receive_claim",
  repaired: "receive_claim",
  resend: "receive_claim",
} as const satisfies Record<ClaimAct, string>;

/** The claims whose order, goods or words have the text. */
export function claimsNamed(claims: readonly Claim[], text: string): Claim[] {
  const wanted = text.trim().toLowerCase();
  return claims.filter(({ ref = "", order_id, text: said = "", lines }) =>
    [ref, order_id, said, ...lines.map(({ name, sku }) => `${name} ${sku}`)].join(" ").toLowerCase().includes(wanted),
  );
}

/** "Return: Charger × 2" */
export function whatWords({ kind, lines }: Pick<Claim, "kind" | "lines">): string {
  return `${tCode("claim.kind", kind)}: ${lines.map(lineWords).join(", ")}`;
}

export function lineWords({ name, quantity }: Pick<ClaimedLine, "name" | "quantity">): string {
  return t("claim.pieces", { name: name || t("claim.whole"), n: quantity });
}

export type ClaimTone = "late" | "at_risk" | "on_time" | "unknown";

export function toneOfClaim({ status, answer_due_at_ms }: Claim, now_ms: number): ClaimTone {
  if (status === "requested") return answer_due_at_ms <= now_ms ? "late" : "at_risk";
  return status === "refused" || status === "withdrawn" ? "unknown" : "on_time";
}

export function statusWords({ status, arrived_at_ms }: Claim): string {
  return t(status === "collecting" && arrived_at_ms ? "claims.arrived" : `claims.status.${status}`);
}

/** Until when it has to be answered; empty once it was. */
export function dueWords({ status, answer_due_at_ms }: Claim, now_ms: number): string {
  if (status !== "requested") return "";
  const time = timeOrDay(answer_due_at_ms, now_ms);
  return t(answer_due_at_ms <= now_ms ? "claims.overdue" : "claims.due", { time });
}

/** How many wait for an answer, and for how many of them the zone says that it is overdue. */
export function dueOf(claims: readonly Claim[]): { waiting: number; overdue: number } {
  const waiting = claims.filter(({ status }) => status === "requested");
  return { waiting: waiting.length, overdue: waiting.filter(({ escalated_at_ms }) => escalated_at_ms).length };
}
