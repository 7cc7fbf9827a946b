import { shortId, span } from "../shared/format";
import { type Key, TEXTS, t, tCode } from "../shared/i18n";
import type { CaseKind, CaseView } from "../shared/protocol/messages";
import type { ZoneState } from "../shared/store/zone";

/** Whether somebody has to do something about it now. */
export function isOpen({ status = "open" }: CaseView): boolean {
  return status !== "resolved" && status !== "solved";
}

export function isClosed({ status }: CaseView): boolean {
  return status === "resolved";
}

/** What a customer waits for; every other kind is about what couriers did. */
const ASKED: ReadonlySet<string> = new Set(["complaint", "question", "compensation", "low_rating"]);

export function isAsked({ kind }: CaseView): boolean {
  return ASKED.has(kind);
}

/** How a case stands, in one or two words. */
export function standsKey(conflict: CaseView): Key {
  if (!isOpen(conflict)) return isClosed(conflict) ? "case.resolved" : "case.solved";
  if (isLate(conflict)) return "case.escalated";
  return conflict.follows_up ? "case.follow_up" : "case.open";
}

export type CaseTone = "late" | "at_risk" | "unknown";

/** With less than this left, an answer is urgent. */
const SOON_MS = 30 * 60_000;

/** How much time is left for an answer, or how late it is; empty where nobody waits for one. */
export function dueWords({ due_at_ms = 0 }: CaseView, now_ms: number): string {
  if (!due_at_ms) return "";
  return t(due_at_ms > now_ms ? "case.due.in" : "case.due.late", { span: span(due_at_ms - now_ms) });
}

export function toneOfCase(conflict: CaseView, now_ms: number): CaseTone {
  if (!isOpen(conflict)) return "unknown";
  const { due_at_ms = 0 } = conflict;
  if (!due_at_ms) return "late";
  return isLate(conflict) || due_at_ms <= now_ms ? "late" : due_at_ms - now_ms < SOON_MS ? "at_risk" : "unknown";
}

/** Whether a customer waits for an answer that is late; what came too late and was answered is not late any more. */
function isLate({ due_at_ms = 0, escalated_at_ms = 0 }: CaseView): boolean {
  return due_at_ms > 0 && escalated_at_ms > 0;
}

export function lateAnswers(zone: ZoneState): number {
  return [...zone.cases.values()].filter(isLate).length;
}

/** Open ones first, then what waits for the customer, then what is closed. */
function rank(conflict: CaseView): number {
  return isOpen(conflict) ? 0 : isClosed(conflict) ? 2 : 1;
}

function due_ms({ due_at_ms = 0 }: CaseView): number {
  return due_at_ms || Number.MAX_SAFE_INTEGER;
}

/** The cases that match the search: open ones first, whose answer is due next on top, then the newest. */
export function casesOf(zone: ZoneState, search: string): CaseView[] {
  const wanted = search.trim().toLowerCase();
  return [...zone.cases.values()]
    .filter((conflict) => wanted === "" || caseText(conflict, zone).includes(wanted))
    .sort((a, b) => rank(a) - rank(b) || due_ms(a) - due_ms(b) || b.at_ms - a.at_ms || (a.id < b.id ? -1 : 1));
}

function caseText(conflict: CaseView, zone: ZoneState): string {
  const { order_id, text = "", assignee = "" } = conflict;
  return `${caseName(conflict)} ${caseSentence(conflict, zone)} ${order_id} ${text} ${assignee}`.toLowerCase();
}

/** The kind in two or three words. */
export function caseName({ kind }: CaseView): string {
  return tCode("case.name", kind);
}

/** What happened, in one sentence with everybody's names. */
export function caseSentence(conflict: CaseView, zone: ZoneState): string {
  const alone = conflict.other_courier_id ? undefined : known(`case.told.${conflict.kind}.alone`);
  const nobody = conflict.courier_id ? undefined : known(`case.told.${conflict.kind}.nobody`);
  return t(alone ?? nobody ?? keyOf("case.told", conflict.kind), {
    courier: courierName(conflict.courier_id, zone),
    other: courierName(conflict.other_courier_id, zone),
    order: orderName(conflict.order_id, zone),
  });
}

/** What the system did about it by itself; empty for a kind that this page does not know. */
export function caseDid({ kind }: CaseView): string {
  return isKnown(kind) ? t(`case.act.${kind}`) : "";
}

export function caseAdvice({ kind }: CaseView): string {
  return t(keyOf("case.advice", kind));
}

/** The ways in which such a case usually ends, as the dispatcher would write them. */
export function resolutionsFor({ kind }: CaseView): Key[] {
  return [...(isKnown(kind) ? CHOICES[kind] : ["case.choice.told_courier" as const]), "case.choice.no_action"];
}

/** Who look after cases of the zone: names to choose from. */
export function knownStaff(zone: ZoneState): string[] {
  const names = [...zone.cases.values()].flatMap(({ assignee = "", solved_by = "" }) => [assignee, solved_by]);
  return [...new Set(names.filter(Boolean))].sort();
}

export function orderName(order_id: string, zone: ZoneState): string {
  return zone.orders.get(order_id)?.ref || shortId(order_id);
}

export function courierName(courier_id: string | undefined, zone: ZoneState): string {
  return courier_id ? zone.couriers.get(courier_id)?.name || shortId(courier_id) : t("case.someone");
}

const CHOICES: Readonly<Record<CaseKind, readonly Key[]>> = {
  pickup_after_reassign: ["case.choice.told_both", "case.choice.mixed_up"],
  pickup_after_cancel: ["case.choice.goods_back", "case.choice.refunded"],
  two_pickups: ["case.choice.told_both", "case.choice.mixed_up"],
  delivered_after_reassign: ["case.choice.told_both", "case.choice.customer_has_it"],
  delivered_after_cancel: ["case.choice.customer_keeps", "case.choice.goods_back", "case.choice.refunded"],
  delivered_after_return: ["case.choice.customer_keeps", "case.choice.told_courier"],
  delivered_by_other: ["case.choice.customer_has_it", "case.choice.mixed_up"],
  delivered_twice: ["case.choice.customer_has_it", "case.choice.mixed_up", "case.choice.refunded"],
  failed_after_delivery: ["case.choice.customer_has_it", "case.choice.not_received"],
  proof_missing: ["case.choice.customer_has_it", "case.choice.not_received"],
  wrong_pin: ["case.choice.customer_has_it", "case.choice.not_received"],
  wrong_barcode: ["case.choice.customer_has_it", "case.choice.mixed_up"],
  returned_unasked: ["case.choice.goods_back", "case.choice.told_courier"],
  returned_after_delivery: ["case.choice.customer_has_it", "case.choice.goods_back"],
  return_failed: ["case.choice.told_courier", "case.choice.goods_back"],
  handover_failed: ["case.choice.told_both", "case.choice.mixed_up"],
  handover_unconfirmed: ["case.choice.told_both", "case.choice.told_courier"],
  handed_over_unasked: ["case.choice.told_both", "case.choice.mixed_up"],
  complaint: ["case.choice.refunded", "case.choice.told_courier"],
  question: ["case.choice.customer_has_it", "case.choice.told_courier"],
  compensation: ["case.choice.refunded", "case.choice.told_courier"],
  missing_at_point: ["case.choice.mixed_up", "case.choice.not_received", "case.choice.refunded"],
  carrier_failed: ["case.choice.tries_again", "case.choice.goods_back", "case.choice.refunded"],
  low_rating: ["case.choice.refunded", "case.choice.told_courier"],
};

function isKnown(kind: string): kind is CaseKind {
  return kind in CHOICES;
}

/** The text for a kind; a newer server may send one that this page has no sentence for. */
function keyOf(prefix: "case.told" | "case.advice", kind: string): Key {
  return known(`${prefix}.${kind}`) ?? `${prefix}.unknown`;
}

function known(key: string): Key | undefined {
  return key in TEXTS.en ? (key as Key) : undefined;
}
