import { clockTime, shortId } from "../shared/format";
import { read } from "../shared/http";
import { type Key, t, tCode } from "../shared/i18n";
import { reasonWords } from "../shared/order";
import type { ZoneState } from "../shared/store/zone";

type Value = string | number | boolean | null;

interface Change {
  field: string;
  before: Value;
  after: Value;
}

/** One event of a history; see `/v1/orders/{id}/history`. */
export interface Entry {
  seq: number;
  at_ms: number;
  /** As `role:subject`. */
  actor: string;
  event: string;
  what: string;
  reason: string;
  device_at_ms: number;
  changes: readonly Change[];
  order_ids: readonly string[];
}

export interface HistoryPage {
  entries: readonly Entry[];
  next?: string;
}

export type HistoryOf = "orders" | "couriers";

export type FetchedHistory = HistoryPage | "forbidden" | "failed";

const PAGE = 30;

/** The newest entries, or those that `next` of a page leads to. */
export async function fetchHistory(token: string, of: HistoryOf, id: string, next = ""): Promise<FetchedHistory> {
  const outcome = await read(next || `/v1/${of}/${encodeURIComponent(id)}/history?limit=${PAGE}`, { token });
  if (outcome.kind === "done") return outcome.body as HistoryPage;
  return outcome.kind === "forbidden" ? "forbidden" : "failed";
}

/** The newest page joined to what is known already, when they overlap; else the page alone. */
export function joined<P extends { entries: readonly { seq: number }[] }>(known: P | null, newest: P): P {
  const [first] = known?.entries ?? [];
  if (!known || !first || !newest.entries.some(({ seq }) => seq === first.seq)) return newest;
  return { ...known, entries: [...newest.entries.filter(({ seq }) => seq > first.seq), ...known.entries] };
}

/** Who did it, in words: a person's name, or what part of the system it was. */
export function actorWords(actor: string, zone: ZoneState): string {
  const [role = "", subject = ""] = split(actor);
  if (role === "system") return tCode("history.system", subject);
  if (role === "courier")
    return zone.couriers.get(subject)?.name ?? t("history.actor.courier", { who: shortId(subject) });
  if (role === "customer") return t("history.actor.customer");
  return subject ? `${tCode("history.role", role)} ${subject}` : tCode("history.role", role);
}

function split(actor: string): [string, string] {
  const at = actor.indexOf(":");
  return at < 0 ? [actor, ""] : [actor.slice(0, at), actor.slice(at + 1)];
}

/** What happened, in one sentence. */
export function entrySentence(entry: Entry, zone: ZoneState): string {
  const { event, what } = entry;
  const courier = courierName(String(after(entry, "courier_id") ?? ""), zone);
  switch (event) {
    case "order_created":
      return t(what === "held" ? "history.order.held" : "history.order.created");
    case "order_changed":
      return orderSentence(entry, courier);
    case "eta_changed":
      return etaSentence(entry);
    case "message_posted":
      return t("history.message", { from: partyWords(what), to: partyWords(String(after(entry, "to") ?? "")) });
    case "case_changed":
      return caseSentence(entry);
    case "overridden":
      return t("history.overridden", { action: tCode("history.override", what) });
    case "offer_made":
      return t("history.offer.open", { orders: ordersWords(entry, zone) });
    case "offer_closed":
      return t(OFFER_ENDS[what] ?? "history.offer.revoked", { orders: ordersWords(entry, zone) });
    case "courier_registered":
      return t(entry.changes.some(({ before }) => before === null) ? "history.courier.new" : "history.courier.changed");
    case "duty_changed":
      return t("history.duty", { duty: tCode("duty", what) });
    case "courier_noticed":
      return t("history.noticed", { code: tCode("history.notice", what) });
    case "route_changed":
      return routeSentence(entry, zone);
    default:
      return tCode("history.event", event);
  }
}

const OFFER_ENDS: Readonly<Record<string, Key>> = {
  accepted: "history.offer.accepted",
  declined: "history.offer.declined",
  lapsed: "history.offer.lapsed",
  taken: "history.offer.taken",
};

function orderSentence(entry: Entry, courier: string): string {
  const { what } = entry;
  if (courier && (what === "offered" || what === "assigned")) return t(`history.order.${what}`, { courier });
  return tCode("history.step", what) === what.replaceAll("_", " ")
    ? tCode("status", what)
    : tCode("history.step", what);
}

function etaSentence(entry: Entry): string {
  const now = after(entry, "eta_at_ms");
  if (!now) return t("history.eta.unknown");
  const { before } = entry.changes.find(({ field }) => field === "eta_at_ms") ?? { before: null };
  const cause = tCode("eta.cause", entry.what);
  if (!before) return t("history.eta.first", { time: clockTime(Number(now)) });
  return t("history.eta.moved", { time: clockTime(Number(now)), before: clockTime(Number(before)), cause });
}

function routeSentence(entry: Entry, zone: ZoneState): string {
  const done = after(entry, "done");
  if (done)
    return t(entry.what === "pickup_done" ? "history.route.fetched" : "history.route.done", { place: `${done}` });
  const orders = ordersWords(entry, zone);
  const came = Number(after(entry, "came") ?? 0);
  const went = Number(after(entry, "went") ?? 0);
  if (came && went) return t("history.route.swapped", { came, went });
  if (came) return t("history.route.came", { orders });
  if (went) return t("history.route.went", { orders });
  if (after(entry, "sequence")) return t("history.route.sequence");
  if (entry.what === "en_route") return t("history.route.en_route");
  return t(entry.what === "arrived" ? "history.route.arrived" : "history.route.same");
}

/** Why, where somebody or something said so; a place on a route says why in the words of routes. */
export function entryReason({ event, reason }: Entry): string {
  if (!reason || event === "eta_changed") return "";
  return event === "route_changed" ? tCode("route", reason) : reasonWords(reason);
}

/** What changed, field by field, for whoever looks closer. */
export function changeLines(entry: Entry, zone: ZoneState): { label: string; before: string; after: string }[] {
  return entry.changes.map((change) => ({
    label: tCode("history.field", change.field),
    before: valueWords(change.field, change.before, zone),
    after: valueWords(change.field, change.after, zone),
  }));
}

function valueWords(field: string, value: Value, zone: ZoneState): string {
  if (value === null || value === "" || (value === 0 && field.endsWith("_ms"))) return "–";
  if (typeof value === "boolean") return t(value ? "history.yes" : "history.no");
  if (field.endsWith("_at_ms")) return clockTime(Number(value));
  if (field === "status" || field === "duty") return tCode(field, String(value));
  if (field === "lock") return tCode("override.lock", String(value));
  if (field === "courier_id" || field === "handover_to") return courierName(String(value), zone);
  if (field === "depot_id") return zone.depots.get(String(value))?.name ?? shortId(String(value));
  return String(value);
}

function caseSentence(entry: Entry): string {
  const name = tCode("case.name", entry.what);
  const status = entry.changes.find(({ field }) => field === "case");
  if (status?.after === "resolved") return t("history.case.resolved", { name });
  if (status?.after === "solved") return t("history.case.solved", { name });
  if (status) return t(status.before === null ? "history.case.open" : "history.case.reopened", { name });
  if (after(entry, "escalated") === true) return t("history.case.escalated", { name });
  const who = after(entry, "assignee");
  return who ? t("history.case.assigned", { name, who: String(who) }) : t("history.case.changed", { name });
}

function after({ changes }: Entry, name: string): Value {
  return changes.find(({ field }) => field === name)?.after ?? null;
}

function partyWords(party: string): string {
  return tCode("message.party", party);
}

function courierName(id: string, zone: ZoneState): string {
  return id ? (zone.couriers.get(id)?.name ?? shortId(id)) : "";
}

/** "order A-12", or how many there are. */
function ordersWords({ order_ids }: Entry, zone: ZoneState): string {
  const [first] = order_ids;
  if (order_ids.length !== 1 || !first) return t("history.orders", { n: order_ids.length });
  return t("history.orders.one", { order: zone.orders.get(first)?.ref || shortId(first) });
}
