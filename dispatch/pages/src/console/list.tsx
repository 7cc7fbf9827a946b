import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { clockTime, shortId, span, timeOrDay } from "../shared/format";
import { type Key, t, tCode } from "../shared/i18n";
import { doneAt_ms, isBrought, lateness_ms, phaseOf, type Tone } from "../shared/order";
import type { CaseView, CourierView, OrderView } from "../shared/protocol/messages";
import type { ZoneState } from "../shared/store/zone";
import { Icon, type IconName, VehicleIcon } from "../shared/ui/icon";
import { RowOthers } from "./attendance_parts";
import { type Grip, gripOf } from "./carrier";
import {
  caseName,
  caseSentence,
  casesOf,
  dueWords,
  isAsked,
  isClosed,
  isOpen,
  orderName,
  standsKey,
  toneOfCase,
} from "./cases";
import { IssueRow } from "./issue_row";
import {
  type Board,
  couriersOf,
  isFleet,
  isInbox,
  issuesIn,
  type ListQueue,
  onDuty,
  ordersOf,
  workWords,
  writtenAbout,
} from "./queues";
import { queueKey } from "./rail";
import { isSame, type Selection } from "./selection";

const ROW_PX = 64;
/** A conflict is told in a whole sentence. */
const CASE_ROW_PX = 96;
const OVERSCAN = 6;
/** A list under a moving pointer keeps its order; so long after the last move it may change. */
const POINTER_RESTS_MS = 1_500;

export interface ListProps {
  zone: ZoneState;
  board: Board;
  queue: ListQueue;
  search: string;
  now_ms: number;
  selection: Selection | null;
  onSelect(selection: Selection): void;
  /** Somebody presses on an order, perhaps to carry it away. */
  onGrab(order_id: string, grip: Grip): void;
  /** The rows as they are shown, for the keys that move the selection. */
  onRows(rows: readonly Selection[]): void;
  /** What stands under the head: the filter. */
  children?: ComponentChildren;
}

/** One queue. Only the rows in sight exist, so that 5,000 orders cost what 20 do. */
export function QueueList(props: ListProps) {
  const box = useRef<HTMLDivElement>(null);
  const [view, setView] = useState({ top: 0, height: 800 });
  const pointerMoved = useRef(0);
  // What rows hang on is in the board, which is a new one when that has changed.
  const fresh = useMemo(() => rowsOf(props), [props.board, props.queue, props.search]);
  const rows = useCalmRows(fresh, `${props.queue}|${props.search}`, pointerMoved);
  useLayoutEffect(() => props.onRows(rows.shown));
  useResize(box, (height) => setView((old) => ({ ...old, height })));
  const row_px = props.queue === "conflicts" ? CASE_ROW_PX : ROW_PX;
  useKeepInSight(box, rows.shown, props.selection, row_px);

  const from = Math.max(0, Math.floor(view.top / row_px) - OVERSCAN);
  const to = Math.min(rows.shown.length, Math.ceil((view.top + view.height) / row_px) + OVERSCAN);
  return (
    <section class="list" aria-label={t(queueKey(props.queue))}>
      <header class="list-head">
        <h2>{t(queueKey(props.queue))}</h2>
        {rows.waiting > 0 && <span class="chip accent">{t("list.waiting", { n: rows.waiting })}</span>}
        <span class="faint">{rows.shown.length}</span>
      </header>
      {props.children}
      <div
        ref={box}
        class="list-box"
        data-scrolls
        // A list box without options would be announced as one that is broken.
        {...(rows.shown.length > 0 && { role: "listbox", tabIndex: 0, "aria-label": t(queueKey(props.queue)) })}
        onScroll={(event) => setView((old) => ({ ...old, top: event.currentTarget.scrollTop }))}
        onPointerMove={() => {
          pointerMoved.current = performance.now();
        }}
      >
        {rows.shown.length === 0 && <Empty queue={props.queue} search={props.search} />}
        <div class="list-rows" style={{ height: `${rows.shown.length * row_px}px` }}>
          {rows.shown.slice(from, to).map((row, i) => (
            <Row key={`${row.kind}${row.id}`} row={row} top_px={(from + i) * row_px} {...props} />
          ))}
        </div>
      </div>
    </section>
  );
}

function rowsOf({ zone, board, queue, search, now_ms }: ListProps): Selection[] {
  if (queue === "holds" || queue === "exceptions") {
    return issuesIn(zone, board, queue === "holds", search, now_ms).map(({ of }) => of);
  }
  if (queue === "conflicts") return casesOf(zone, search).map(({ id }) => ({ kind: "case" as const, id }));
  if (queue === "messages") return writtenAbout(zone, board, search).map(({ id }) => ({ kind: "order" as const, id }));
  if (isFleet(queue)) return couriersOf(zone, queue, search).map(({ id }) => ({ kind: "courier" as const, id }));
  return ordersOf(zone, board, queue, search, now_ms).map(({ id }) => ({ kind: "order" as const, id }));
}

/** The rows to show: the newest ones, or those under the moving pointer as they were. */
function useCalmRows(fresh: Selection[], view: string, pointerMoved: { current: number }) {
  const kept = useRef({ view, rows: fresh });
  const moving = performance.now() - pointerMoved.current < POINTER_RESTS_MS;
  if (!moving || kept.current.view !== view) kept.current = { view, rows: fresh };
  const { rows } = kept.current;
  return { shown: rows, waiting: rows === fresh ? 0 : newIn(fresh, rows) };
}

function newIn(fresh: readonly Selection[], rows: readonly Selection[]): number {
  const known = new Set(rows.map((row) => row.id));
  return fresh.filter((row) => !known.has(row.id)).length + Math.max(0, rows.length - fresh.length);
}

function useResize(box: { current: HTMLElement | null }, resized: (height: number) => void): void {
  useLayoutEffect(() => {
    if (!box.current) return;
    const observer = new ResizeObserver(([entry]) => entry && resized(entry.contentRect.height));
    observer.observe(box.current);
    return () => observer.disconnect();
    // The box stays the same
  }, []);
}

/** Scroll when the selection changes to a row that is out of sight, and only then. */
function useKeepInSight(
  box: { current: HTMLElement | null },
  rows: readonly Selection[],
  selection: Selection | null,
  row_px: number,
): void {
  const id = selection?.id;
  useEffect(() => {
    const index = rows.findIndex((row) => isSame(row, selection));
    if (!box.current || index < 0) return;
    const { scrollTop, clientHeight } = box.current;
    const top = index * row_px;
    if (top < scrollTop) box.current.scrollTop = top;
    else if (top + row_px > scrollTop + clientHeight) box.current.scrollTop = top + row_px - clientHeight;
    // New rows must not scroll the list
  }, [id]);
}

function Empty({ queue, search }: { queue: ListQueue; search: string }) {
  const key: Key = isFleet(queue)
    ? "queue.empty.couriers"
    : isInbox(queue)
      ? `inbox.empty.${queue}`
      : `queue.empty.${queue}`;
  return <p class="list-empty">{search ? t("search.none", { text: search }) : t(key)}</p>;
}

type RowProps = ListProps & { row: Selection; top_px: number };

function Row(props: RowProps) {
  const { row, top_px, zone, selection, onSelect, onGrab } = props;
  const order = row.kind === "order" ? zone.orders.get(row.id) : undefined;
  const courier = row.kind === "courier" ? zone.couriers.get(row.id) : undefined;
  const conflict = row.kind === "case" ? zone.cases.get(row.id) : undefined;
  const inbox = props.queue === "holds" || props.queue === "exceptions";
  const issue = inbox ? props.board.issues.find(({ of }) => isSame(of, row)) : undefined;
  // A list that keeps still under the pointer may name what another moment of the zone does not have.
  if (!order && !courier && !conflict) return null;
  return (
    <div
      class={conflict ? "row case" : "row"}
      role="option"
      tabIndex={-1}
      aria-selected={isSame(row, selection)}
      data-order={order?.id}
      data-courier={courier?.id}
      data-case={conflict?.id}
      data-drop={courier && "courier"}
      style={{ transform: `translateY(${top_px}px)` }}
      onClick={() => onSelect(row)}
      onPointerDown={(event) => order && event.button === 0 && onGrab(order.id, gripOf(event))}
      onKeyDown={(event) => event.key === "Enter" && onSelect(row)}
    >
      {issue && <IssueRow issue={issue} {...props} />}
      {order && !issue && <OrderRow order={order} {...props} />}
      {courier && !issue && <CourierRow courier={courier} {...props} />}
      {conflict && <CaseRow conflict={conflict} {...props} />}
    </div>
  );
}

export const TONE_ICONS: Readonly<Record<Tone, IconName>> = {
  on_time: "check",
  at_risk: "clock",
  late: "alert",
  unknown: "circle",
};

function OrderRow(props: RowProps & { order: OrderView }) {
  const { order, zone, board, now_ms, queue } = props;
  const tone = board.tones.get(order.id) ?? "unknown";
  const last = queue === "messages" ? zone.messages.get(order.id)?.at(-1) : undefined;
  return (
    <>
      <span class={`row-mark ${tone}`} title={t(`promise.${tone}`)}>
        <Icon name={TONE_ICONS[tone]} />
        <Unread n={board.unread.get(order.id) ?? 0} />
      </span>
      <span class="row-title">
        <Locked lock={order.lock} />
        {order.address}
        <RowOthers zone={zone} row={props.row} />
      </span>
      <span class="row-time">{last ? clockTime(last.at_ms) : rowTime(order, now_ms)}</span>
      <span class="row-sub">
        {last ? `${t(`message.party.${last.sender}`)}: ${last.text}` : orderWords(order, zone)}
      </span>
      <Late order={order} now_ms={now_ms} />
    </>
  );
}

/** That a dispatcher's word holds it where it is. */
function Locked({ lock = "none" }: { lock?: OrderView["lock"] }) {
  if (lock === "none") return null;
  const words = `${t("order.lock")}: ${tCode("override.lock", lock)}`;
  return (
    <span class="row-lock" title={words}>
      <Icon name="lock" />
      <span class="visually-hidden">{words}</span>
    </span>
  );
}

function orderWords(order: OrderView, zone: ZoneState): string {
  const courier = zone.couriers.get(order.courier_id ?? "");
  return [order.ref || shortId(order.id), tCode("status", order.status), courier?.name].filter(Boolean).join(" · ");
}

/** How much somebody wrote to the desk that this tab has not shown yet. */
function Unread({ n }: { n: number }) {
  if (n === 0) return null;
  return (
    <span class="row-unread" title={t("message.unread", { n })}>
      <span aria-hidden="true">{n}</span>
      <span class="visually-hidden">{t("message.unread", { n })}</span>
    </span>
  );
}

function CaseRow({ conflict, zone, now_ms }: RowProps & { conflict: CaseView }) {
  const open = isOpen(conflict);
  const stands = t(standsKey(conflict));
  const tone = toneOfCase(conflict, now_ms);
  return (
    <>
      <span class={`row-mark ${tone}`} title={stands}>
        <Icon name={!open ? "check" : isAsked(conflict) ? "message" : "conflict"} />
      </span>
      <span class="row-title">{caseName(conflict)}</span>
      <span class={`row-time ${open ? tone : "faint"}`}>{dueWords(conflict, now_ms) || stands}</span>
      <span class="row-sub">
        <span class="row-told">{conflict.text || caseSentence(conflict, zone)}</span>
        <span>{caseFoot(conflict, zone)}</span>
      </span>
    </>
  );
}

/** How it was settled, or when it came up; of what a customer waits for, which order it is and who looks after it. */
function caseFoot(conflict: CaseView, zone: ZoneState): string {
  if (isClosed(conflict)) return t("case.resolved.how", { how: conflict.resolution ?? "" });
  if (isAsked(conflict)) {
    const stands = conflict.due_at_ms ? t(standsKey(conflict)) : "";
    const who = conflict.assignee || t("case.assignee.none");
    return [stands, orderName(conflict.order_id, zone), who].filter(Boolean).join(" · ");
  }
  const happened = clockTime(conflict.happened_at_ms || conflict.at_ms);
  return t("case.times", { happened, heard: clockTime(conflict.at_ms) });
}

function rowTime(order: OrderView, now_ms: number): string {
  // What others fetch or bring has no arrival; some of it is kept until then.
  const due_ms = isBrought(order) ? order.eta_at_ms || order.promise_at_ms : order.collect_by_ms;
  const at_ms = doneAt_ms(order) ?? due_ms;
  return at_ms ? timeOrDay(at_ms, now_ms) : "–";
}

function Late({ order, now_ms }: { order: OrderView; now_ms: number }) {
  const late_ms = phaseOf(order) === "canceled" ? 0 : lateness_ms(order, now_ms);
  return late_ms > 0 ? <span class="row-late">{t("row.late", { span: span(late_ms) })}</span> : null;
}

function CourierRow({ courier, now_ms, zone, row }: RowProps & { courier: CourierView }) {
  const stops = courier.stops ?? [];
  const next_ms = stops[0]?.eta_at_ms ?? 0;
  const link = courier.link ?? "offline";
  const sub = [t(`duty.${courier.duty}`), workWords(courier)];
  return (
    <>
      <span class={`row-mark vehicle ${link}`} title={tCode("profile", courier.profile)}>
        <VehicleIcon profile={courier.profile} />
      </span>
      <span class="row-title">
        {courier.name}
        <RowOthers zone={zone} row={row} />
      </span>
      <span class="row-time">{next_ms ? clockTime(Math.max(next_ms, now_ms)) : ""}</span>
      <span class="row-sub">{sub.join(" · ")}</span>
      {link !== "live" && onDuty(courier) && <span class="row-late">{t(`link.${link}`)}</span>}
    </>
  );
}
