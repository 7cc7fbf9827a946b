import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { clockTime, shortId, span } from "../shared/format";
import { type Key, t, tCode } from "../shared/i18n";
import { doneAt_ms, lateness_ms, phaseOf, type Tone } from "../shared/order";
import type { CourierView, OrderView } from "../shared/protocol/messages";
import type { ZoneState } from "../shared/store/zone";
import { Icon, type IconName, VehicleIcon } from "../shared/ui/icon";
import { type Board, couriersOf, isFleet, ordersOf, type Queue, workWords } from "./queues";
import { queueKey } from "./rail";
import { isSame, type Selection } from "./selection";

export const ROW_PX = 64;
const OVERSCAN = 6;
/** A list under a moving pointer keeps its order; so long after the last move it may change. */
const POINTER_RESTS_MS = 1_500;

export interface ListProps {
  zone: ZoneState;
  board: Board;
  queue: Queue;
  search: string;
  now_ms: number;
  selection: Selection | null;
  onSelect(selection: Selection): void;
  /** The rows as they are shown, for the keys that move the selection. */
  onRows(rows: readonly Selection[]): void;
}

/** One queue. Only the rows in sight exist, so that 5,000 orders cost what 20 do. */
export function QueueList(props: ListProps) {
  const box = useRef<HTMLDivElement>(null);
  const [view, setView] = useState({ top: 0, height: 800 });
  const pointerMoved = useRef(0);
  const rows = useCalmRows(rowsOf(props), `${props.queue}|${props.search}`, pointerMoved);
  useLayoutEffect(() => props.onRows(rows.shown));
  useResize(box, (height) => setView((old) => ({ ...old, height })));
  useKeepInSight(box, rows.shown, props.selection);

  const from = Math.max(0, Math.floor(view.top / ROW_PX) - OVERSCAN);
  const to = Math.min(rows.shown.length, Math.ceil((view.top + view.height) / ROW_PX) + OVERSCAN);
  return (
    <section class="list" aria-label={t(queueKey(props.queue))}>
      <header class="list-head">
        <h2>{t(queueKey(props.queue))}</h2>
        {rows.waiting > 0 && <span class="chip accent">{t("list.waiting", { n: rows.waiting })}</span>}
        <span class="faint">{rows.shown.length}</span>
      </header>
      <div
        ref={box}
        class="list-box"
        role="listbox"
        tabIndex={0}
        aria-label={t(queueKey(props.queue))}
        onScroll={(event) => setView((old) => ({ ...old, top: event.currentTarget.scrollTop }))}
        onPointerMove={() => {
          pointerMoved.current = performance.now();
        }}
      >
        {rows.shown.length === 0 && <Empty queue={props.queue} search={props.search} />}
        <div class="list-rows" style={{ height: `${rows.shown.length * ROW_PX}px` }}>
          {rows.shown.slice(from, to).map((row, i) => (
            <Row key={`${row.kind}${row.id}`} row={row} index={from + i} {...props} />
          ))}
        </div>
      </div>
    </section>
  );
}

function rowsOf({ zone, board, queue, search, now_ms }: ListProps): Selection[] {
  if (isFleet(queue)) return couriersOf(zone, queue, search).map(({ id }) => ({ kind: "courier" as const, id }));
  return ordersOf(zone, board, queue, search, now_ms).map(({ id }) => ({ kind: "order" as const, id }));
}

/** The rows to show: the newest ones, or those under the moving pointer as they were. */
function useCalmRows(fresh: Selection[], view: string, pointerMoved: { current: number }) {
  const kept = useRef({ view, rows: fresh });
  const moving = performance.now() - pointerMoved.current < POINTER_RESTS_MS;
  if (!moving || kept.current.view !== view) kept.current = { view, rows: fresh };
  const { rows } = kept.current;
  const known = new Set(rows.map((row) => row.id));
  const waiting =
    rows === fresh ? 0 : fresh.filter((row) => !known.has(row.id)).length + Math.max(0, rows.length - fresh.length);
  return { shown: rows, waiting };
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
): void {
  const id = selection?.id;
  useEffect(() => {
    const index = rows.findIndex((row) => isSame(row, selection));
    if (!box.current || index < 0) return;
    const { scrollTop, clientHeight } = box.current;
    const top = index * ROW_PX;
    if (top < scrollTop) box.current.scrollTop = top;
    else if (top + ROW_PX > scrollTop + clientHeight) box.current.scrollTop = top + ROW_PX - clientHeight;
    // New rows must not scroll the list
  }, [id]);
}

function Empty({ queue, search }: { queue: Queue; search: string }) {
  const key: Key = isFleet(queue) ? "queue.empty.couriers" : `queue.empty.${queue}`;
  return <p class="list-empty">{search ? t("search.none", { text: search }) : t(key)}</p>;
}

type RowProps = ListProps & { row: Selection; index: number };

function Row(props: RowProps) {
  const { row, index, zone, selection, onSelect } = props;
  const order = row.kind === "order" ? zone.orders.get(row.id) : undefined;
  const courier = row.kind === "courier" ? zone.couriers.get(row.id) : undefined;
  return (
    <div
      class="row"
      role="option"
      tabIndex={-1}
      aria-selected={isSame(row, selection)}
      data-order={order?.id}
      data-courier={courier?.id}
      style={{ transform: `translateY(${index * ROW_PX}px)` }}
      onClick={() => onSelect(row)}
      onKeyDown={(event) => event.key === "Enter" && onSelect(row)}
    >
      {order && <OrderRow order={order} {...props} />}
      {courier && <CourierRow courier={courier} {...props} />}
    </div>
  );
}

const TONE_ICONS: Readonly<Record<Tone, IconName>> = {
  on_time: "check",
  at_risk: "clock",
  late: "alert",
  unknown: "circle",
};

function OrderRow({ order, zone, board, now_ms }: RowProps & { order: OrderView }) {
  const tone = board.tones.get(order.id) ?? "unknown";
  const courier = zone.couriers.get(order.courier_id ?? "");
  return (
    <>
      <span class={`row-mark ${tone}`} title={t(`promise.${tone}`)}>
        <Icon name={TONE_ICONS[tone]} />
      </span>
      <span class="row-title">{order.address}</span>
      <span class="row-time">{rowTime(order)}</span>
      <span class="row-sub">
        {[order.ref || shortId(order.id), tCode("status", order.status), courier?.name].filter(Boolean).join(" · ")}
      </span>
      <Late order={order} now_ms={now_ms} />
    </>
  );
}

function rowTime(order: OrderView): string {
  const at_ms = doneAt_ms(order) ?? (order.eta_at_ms || order.promise_at_ms);
  return at_ms ? clockTime(at_ms) : "–";
}

function Late({ order, now_ms }: { order: OrderView; now_ms: number }) {
  const late_ms = phaseOf(order) === "canceled" ? 0 : lateness_ms(order, now_ms);
  return late_ms > 0 ? <span class="row-late">{t("row.late", { span: span(late_ms) })}</span> : null;
}

function CourierRow({ courier, zone, now_ms }: RowProps & { courier: CourierView }) {
  const stops = courier.stops ?? [];
  const next_ms = stops[0]?.eta_at_ms ?? 0;
  const link = courier.link ?? "offline";
  const sub = [t(`duty.${courier.duty}`), workWords(courier)];
  return (
    <>
      <span class={`row-mark vehicle ${link}`} title={tCode("profile", courier.profile)}>
        <VehicleIcon profile={courier.profile} />
      </span>
      <span class="row-title">{courier.name}</span>
      <span class="row-time">{next_ms ? clockTime(Math.max(next_ms, now_ms)) : ""}</span>
      <span class="row-sub">{sub.join(" · ")}</span>
      {link !== "live" && zone.fixes.has(courier.id) && <span class="row-late">{t(`link.${link}`)}</span>}
    </>
  );
}
