import type { Refusal } from "../shared/call";
import { clockTime, shortId, span } from "../shared/format";
import { currentLang, type Key, locale, TEXTS, t } from "../shared/i18n";
import type { OrderView } from "../shared/protocol/messages";
import { EMPTY_TRACK } from "../shared/store/track";
import { type Summary, summarise } from "../track/summary";
import type { FoundOrder } from "./api";

/** One order of the list, in words. */
export interface Row {
  id: string;
  link: string;
  number: string;
  shop: string;
  phase: Summary["phase"];
  tone: Summary["tone"];
  answer: string;
  /** What is going on, where the answer is a time. */
  doing: string;
  /** When it was ordered, or that there is no page any more. */
  note: string;
}

/** The orders under way, and those that have ended, each in the server's order. */
export function rows(orders: readonly FoundOrder[], now_ms: number): { open: Row[]; over: Row[] } {
  const shown = orders.map((order) => ({ row: row(order, now_ms), over: Boolean(order.ended_at_ms) }));
  return {
    open: shown.filter(({ over }) => !over).map((each) => each.row),
    over: shown.filter(({ over }) => over).map((each) => each.row),
  };
}

function row(order: FoundOrder, now_ms: number): Row {
  const { phase, tone, answer, doing } = summarise(EMPTY_TRACK, asView(order), now_ms);
  const ended_ms = order.ended_at_ms ?? 0;
  return {
    id: order.id,
    link: order.link ?? "",
    number: order.ref || shortId(order.id),
    shop: order.shop ?? "",
    phase,
    tone: ended_ms ? "unknown" : tone,
    answer,
    doing,
    note: order.link
      ? t("lookup.placed", { when: dayAndTime(order.created_at_ms, now_ms) })
      : t("lookup.no.link", { when: dayAndTime(ended_ms || order.created_at_ms, now_ms) }),
  };
}

/** As the order's own page would have it, without what the list does not know. */
function asView(order: FoundOrder): OrderView {
  const { id, status, created_at_ms, direction = "delivery", eta_at_ms = 0, eta_late_at_ms = 0 } = order;
  const { mode = "delivery", collect_by_ms = 0, carrier = "" } = order;
  const nowhere = { lat: 0, lon: 0, address: order.shop ?? "", depot_id: "", promise_at_ms: 0 };
  const timeline = order.ended_at_ms ? [{ status, at_ms: order.ended_at_ms }] : [];
  return {
    ...nowhere,
    ...{ id, status, created_at_ms, direction, eta_at_ms, eta_late_at_ms, timeline, mode, collect_by_ms },
    preparation: order.packed ? [{ step: "packed", at_ms: created_at_ms }] : [],
    shipment: carrier ? { carrier, tracking_number: "" } : null,
  };
}

/** "18:24" today, else "Tue 18:24". */
export function dayAndTime(at_ms: number, now_ms: number): string {
  if (new Date(at_ms).toDateString() === new Date(now_ms).toDateString()) return clockTime(at_ms);
  const day = new Intl.DateTimeFormat(locale(), { weekday: "short", day: "numeric", month: "short" });
  return `${day.format(at_ms)} ${clockTime(at_ms)}`;
}

/** What went wrong and what to do, in one sentence. */
export function refusalWords({ code, detail, retry_after_s }: Refusal): string {
  const key = `lookup.problem.${code}`;
  const wait = span(Math.max(1, retry_after_s) * 1000);
  return key in TEXTS[currentLang()] ? t(key as Key, { wait }) : t("lookup.problem.other", { detail: detail || code });
}
