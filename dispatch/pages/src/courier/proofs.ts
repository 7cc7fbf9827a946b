import type { OrderCard, Proof, ProofKind } from "../shared/protocol/courier_messages";

/** What was collected at the door for one order. Pictures are here until the stop is done. */
export interface Collected {
  photo?: Blob | undefined;
  signature?: Blob | undefined;
  pin?: string;
  barcode?: string;
  age?: boolean;
}

export type CollectedBy = Readonly<Record<string, Collected>>;

const PIN = /^\d{4,8}$/;

export function isCollected(kind: ProofKind, collected: Collected): boolean {
  if (kind === "pin") return PIN.test(collected.pin ?? "");
  return Boolean(collected[kind]);
}

/** What an order still asks for. */
export function missing({ requires = [] }: OrderCard, collected: Collected = {}): ProofKind[] {
  return requires.filter((kind) => !isCollected(kind, collected));
}

/** What all of these orders still ask for, each kind once. */
export function missingOfAll(cards: readonly OrderCard[], collected: CollectedBy): ProofKind[] {
  return [...new Set(cards.flatMap((card) => missing(card, collected[card.order_id])))];
}

/**
 * The proofs of a delivery, only those that were asked for. Pictures are given to `keep`, which says what they are called
 * when they follow later: the delivery does not wait for them.
 */
export function proofsOf(
  cards: readonly OrderCard[],
  collected: CollectedBy,
  keep: (picture: Blob, kind: "photo" | "signature", order_id: string) => string,
): Proof[] {
  return cards.flatMap(({ order_id, requires = [] }) => {
    const given = collected[order_id] ?? {};
    return requires.map((kind): Proof => {
      if (kind === "pin" || kind === "barcode") return { kind, order_id, value: given[kind] ?? "" };
      if (kind === "age") return { kind, order_id };
      const picture = given[kind];
      return { kind, order_id, ...(picture && { upload_id: keep(picture, kind, order_id) }) };
    });
  });
}
