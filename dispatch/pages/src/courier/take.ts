import type { OrderCard } from "../shared/protocol/courier_messages";

/** What is ticked of the orders at a stop, by the names of `ticksOfOrder`. */
export type Ticked = ReadonlySet<string>;

/** The boxes of an order: one a line, or one for the whole where its lines are not known. */
export function boxesOf({ order_id, lines = [] }: OrderCard): string[] {
  return lines.length > 0 ? lines.map((_, i) => `${order_id}/${i}`) : [order_id];
}

export function isWhole(card: OrderCard, ticked: Ticked): boolean {
  return boxesOf(card).every((box) => ticked.has(box));
}

export function toggled(ticked: Ticked, boxes: readonly string[], on: boolean): Ticked {
  const next = new Set(ticked);
  for (const box of boxes) on ? next.add(box) : next.delete(box);
  return next;
}

/** Only what is ticked as a whole is taken: the rest stays at the stop. */
export function takenOrders(cards: readonly OrderCard[], ticked: Ticked): string[] {
  return cards.filter((card) => isWhole(card, ticked)).map(({ order_id }) => order_id);
}

/**
 * What a scanned or typed code is: the first line with this code that is not ticked yet, else the first with it at all,
 * or a whole order by its reference. Null when nothing here has it.
 */
export function boxOfCode(
  cards: readonly OrderCard[],
  code: string,
  ticked: Ticked,
): { boxes: string[]; name: string } | null {
  const wanted = code.trim().toLowerCase();
  if (!wanted) return null;
  const lines = cards.flatMap(({ order_id, lines: each = [] }) =>
    each.map((line, i) => ({ box: `${order_id}/${i}`, name: line.name, code: line.code?.toLowerCase() })),
  );
  const hits = lines.filter((line) => line.code === wanted);
  const line = hits.find(({ box }) => !ticked.has(box)) ?? hits[0];
  if (line) return { boxes: [line.box], name: line.name };
  const card = cards.find(({ order_id, ref }) => [order_id, ref].some((name) => name?.toLowerCase() === wanted));
  return card ? { boxes: boxesOf(card), name: card.ref || card.order_id } : null;
}
