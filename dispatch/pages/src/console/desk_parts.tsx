import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { t } from "../shared/i18n";
import type { LinkState } from "../shared/protocol/live";
import type { ZoneState } from "../shared/store/zone";
import { type ChangeKind, changesFor, routeChangesFor } from "./changes";
import { ClaimsPanel } from "./claims_panel";
import { totalOf } from "./clusters";
import { type May, rightFor } from "./may";
import type { PanelProps } from "./over_parts";
import type { Snoozes } from "./playbook";
import { type Board, boardOf } from "./queues";
import { keepMarks, keptMarks, marked, type ReadMarks } from "./read_marks";
import { isOverDesk, type OverDesk, readSelection, type Selection, writeSelection } from "./selection";
import { StockPanel } from "./stock_panel";
import { WavesPanel } from "./waves_panel";

/** What lies beside the list changes how much room the rest has. */
export function deskClass({ drawer, timeline, past }: { drawer: unknown; timeline: boolean; past: boolean }): string {
  return ["desk", drawer && "with-drawer", timeline && "with-timeline", past && "in-past"].filter(Boolean).join(" ");
}

/** What a dialog of a change is about. */
export function changed(zone: ZoneState, id: string): Selection {
  return { kind: zone.couriers.has(id) ? "courier" : "order", id };
}

/** What can be changed by hand about an order or a courier, by who sits here. */
export function offered(zone: ZoneState, id: string, may: May): readonly ChangeKind[] {
  const order = zone.orders.get(id);
  const courier = zone.couriers.get(id);
  const kinds: readonly ChangeKind[] = order ? changesFor(order) : courier ? routeChangesFor(courier, zone) : [];
  return kinds.filter((kind) => may(rightFor(kind)));
}

/** The selection, kept in the address so that it can be shared and survives a reload. */
export function useSelection(): [Selection | null, (next: Selection | null) => void] {
  const [selection, setSelection] = useState(readSelection);
  useEffect(() => {
    const changed = () => setSelection(readSelection());
    addEventListener("hashchange", changed);
    return () => removeEventListener("hashchange", changed);
  }, []);
  const select = (next: Selection | null) => {
    writeSelection(next);
    setSelection(next);
  };
  return [selection, select];
}

/** What has a panel of its own, in the drawer's place or over the map. */
export function isPanel(selection: Selection): boolean {
  return isOverDesk(selection) || selection.kind === "incident" || selection.kind === "area";
}

/** What lies over list and map, by what is selected. */
const PANELS = { stock: StockPanel, waves: WavesPanel, claim: ClaimsPanel } as const;

export function OverPanel({ selection, ...props }: Omit<PanelProps, "chosen"> & { selection: OverDesk }) {
  const Panel = PANELS[selection.kind];
  return <Panel {...props} chosen={selection.id} />;
}

/** What the map shows for a selection: a conflict is where its order is, and traffic is shown by itself. */
export function onMap(selection: Selection | null, zone: ZoneState): Selection | null {
  if (selection && isPanel(selection)) return null;
  if (selection?.kind !== "case") return selection;
  const id = zone.cases.get(selection.id)?.order_id;
  return id ? { kind: "order", id } : null;
}

/** What this tab has shown of each order's messages. An open order counts as read while somebody looks at the tab. */
export function useReadMarks(zone: ZoneState, selection: Selection | null): ReadMarks {
  const [marks, setMarks] = useState(keptMarks);
  const order_id = selection?.kind === "order" ? selection.id : "";
  const seen = document.visibilityState === "visible" ? marked(marks, zone, order_id) : marks;
  useEffect(() => {
    if (seen === marks) return;
    keepMarks(seen);
    setMarks(seen);
  });
  return seen;
}

/** Tells when a figure has risen since it was first known: something new waits for a person. */
export function useNews(figure: number | undefined, tell: () => void): void {
  const known = useRef(figure);
  useEffect(() => {
    if (figure !== undefined && known.current !== undefined && figure > known.current) tell();
    known.current = figure;
  }, [figure]);
}

/**
 * The board of the zone; null until the zone is known. It walks over all orders: again when one of them has changed, and
 * once a second for what the time alone changes, but not for each place of a courier.
 */
export function useBoard(zone: ZoneState, now_ms: number, marks: ReadMarks, snoozes: Snoozes): Board | null {
  const { synced, orders, couriers, cases, messages, goals } = zone;
  const second = Math.floor(performance.now() / 1000);
  return useMemo(
    () => (synced ? boardOf(zone, now_ms, marks, snoozes) : null),
    [synced, orders, couriers, cases, messages, goals, second, marks, snoozes],
  );
}

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

export function ListSkeleton() {
  return (
    <section class="list" aria-hidden="true">
      {[0, 1, 2, 3, 4, 5, 6].map((i) => (
        <div key={i} class="row-skeleton">
          <span class="skeleton" />
          <span class="skeleton" />
        </div>
      ))}
    </section>
  );
}
