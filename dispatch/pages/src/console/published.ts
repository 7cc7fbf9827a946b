import { useEffect } from "preact/hooks";
import { t } from "../shared/i18n";
import type { LinkState } from "../shared/protocol/live";
import type { ZoneState } from "../shared/store/zone";
import { totalOf } from "./clusters";
import type { Board } from "./queues";

/** What browser tests read: plain figures on <html>. */
export function usePublished(zone: ZoneState, board: Board | null, link: LinkState, at_ms: number | null): void {
  useEffect(() => () => void delete document.documentElement.dataset.link, []);
  useEffect(() => {
    const { conflicts = 0, messages = 0, attention = 0, holds = 0, exceptions = 0 } = board?.counts ?? {};
    const waiting = conflicts + messages + attention + holds + exceptions;
    document.title = waiting ? `(${waiting}) ${t("app.console")}` : t("app.console");
    Object.assign(document.documentElement.dataset, {
      link: link.kind,
      at: at_ms !== null && zone.synced ? String(at_ms) : "",
      orderCount: String(zone.orders.size),
      courierCount: String(zone.fixes.size),
      clusters: zone.clusters ? String(zone.clusters.length) : "",
      clusteredCount: zone.clusters ? String(totalOf(zone.clusters).couriers) : "",
      conflicts: String(board?.counts.conflicts ?? 0),
      unread: String(board?.counts.messages ?? 0),
      delivered: String(board?.kpis.delivered ?? 0),
    });
  });
}
