import { shortId } from "../shared/format";
import { type Key, TEXTS, t, tCode } from "../shared/i18n";
import type { CaseKind, CaseView } from "../shared/protocol/messages";
import type { ZoneState } from "../shared/store/zone";

export function isOpen(conflict: CaseView): boolean {
  return conflict.status !== "resolved";
}

/** The cases that match the search: open ones first, each half with the newest on top. */
export function casesOf(zone: ZoneState, search: string): CaseView[] {
  const wanted = search.trim().toLowerCase();
  return [...zone.cases.values()]
    .filter((conflict) => wanted === "" || caseText(conflict, zone).includes(wanted))
    .sort((a, b) => Number(isOpen(b)) - Number(isOpen(a)) || b.at_ms - a.at_ms || (a.id < b.id ? -1 : 1));
}

function caseText(conflict: CaseView, zone: ZoneState): string {
  return `${caseName(conflict)} ${caseSentence(conflict, zone)} ${conflict.order_id}`.toLowerCase();
}

/** The kind in two or three words. */
export function caseName({ kind }: CaseView): string {
  return tCode("case.name", kind);
}

/** What happened, in one sentence with everybody's names. */
export function caseSentence(conflict: CaseView, zone: ZoneState): string {
  const alone = conflict.other_courier_id ? undefined : known(`case.told.${conflict.kind}.alone`);
  return t(alone ?? keyOf("case.told", conflict.kind), {
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
