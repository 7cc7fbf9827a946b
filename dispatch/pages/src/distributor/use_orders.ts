import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import type { Refusal } from "../shared/call";
import type { OrderView } from "../shared/protocol/messages";
import type { Account } from "./api";
import { refreshed, STANDS, type Stand } from "./orders";

const LOOK_EVERY_MS = 10_000;
const PAGE = 50;
/** So many of the newest are kept fresh. */
const MOST_FRESH = 500;
/** So long nothing is typed before it is looked for. */
const TYPED_MS = 300;

export interface Orders {
  /** Null while nothing was found out yet. */
  orders: readonly OrderView[] | null;
  now_ms: number;
  /** Where looking for more goes on; empty: these are all. */
  next: string;
  refusal: Refusal | null;
  busy: boolean;
  more(): Promise<void>;
  again(): void;
}

type Found = Pick<Orders, "orders" | "now_ms" | "next">;
const NOTHING: Found = { orders: null, now_ms: 0, next: "" };

/** The account's orders that fit what is looked for, the newest first; looked at again every few seconds. */
export function useOrders(account: Account, text: string, stand: Stand): Orders {
  const [found, setFound] = useState<Found>(NOTHING);
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const [busy, setBusy] = useState(false);
  const asked = useRef(0);
  const shown = useRef<Found>(NOTHING);
  shown.current = found;
  const look = useCallback(
    async (anew: boolean) => {
      asked.current += 1;
      const mine = asked.current;
      const known = anew ? null : shown.current.orders;
      const limit = Math.min(MOST_FRESH, Math.max(PAGE, known?.length ?? 0));
      const answer = await account.search({ text, statuses: STANDS[stand], limit });
      if (mine !== asked.current) return; // something else is looked for by now
      setRefusal(answer.ok ? null : answer.refusal);
      if (!answer.ok) return;
      const { orders, next, now_ms } = answer.value;
      const all = refreshed(known ?? [], orders, next === "");
      setFound({ orders: all, now_ms, next: all.length > orders.length ? shown.current.next : next });
    },
    [account, text, stand],
  );
  useEffect(() => {
    setFound(NOTHING);
    const first = setTimeout(() => void look(true), text ? TYPED_MS : 0);
    const timer = setInterval(() => document.visibilityState === "visible" && void look(false), LOOK_EVERY_MS);
    return () => {
      asked.current += 1;
      clearTimeout(first);
      clearInterval(timer);
    };
  }, [look, text]);
  const more = async () => {
    asked.current += 1;
    const mine = asked.current;
    setBusy(true);
    const answer = await account.search({ text, statuses: STANDS[stand], limit: PAGE, before: found.next });
    setBusy(false);
    if (mine !== asked.current) return;
    setRefusal(answer.ok ? null : answer.refusal);
    if (!answer.ok) return;
    const { orders, next, now_ms } = answer.value;
    const ids = new Set(orders.map(({ id }) => id));
    const before = (shown.current.orders ?? []).filter(({ id }) => !ids.has(id));
    setFound({ orders: [...before, ...orders], now_ms, next });
  };
  return { ...found, refusal, busy, more, again: () => void look(false) };
}
