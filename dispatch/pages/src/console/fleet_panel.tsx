import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { count } from "../shared/format";
import type { Outcome } from "../shared/http";
import { t, tCode } from "../shared/i18n";
import type { CourierView } from "../shared/protocol/messages";
import type { ZoneState } from "../shared/store/zone";
import { Icon, VehicleIcon } from "../shared/ui/icon";
import {
  FLEET_COLUMNS,
  FLEET_FILTERS,
  type FleetColumn,
  type FleetFilter,
  type FleetRow,
  filteredFleet,
  fleetRows,
  isFiltered,
  sortedFleet,
} from "./fleet";
import { DutyDialog } from "./fleet_duty";
import { batteryTone, batteryWords, busyWords, dutyWords, linkWords, loadWords, seenWords } from "./fleet_words";
import { usePast } from "./past";
import { isSame, type Selection } from "./selection";

const ROW_PX = 52;
const CARD_PX = 116;
const OVERSCAN = 8;
const NARROW = "(max-width: 900px)";

export interface FleetProps {
  zone: ZoneState;
  search: string;
  now_ms: number;
  token: string;
  selection: Selection | null;
  onSelect(selection: Selection): void;
  /** Open an order where it can be written about. */
  onWrite(order_id: string): void;
  onRows(rows: readonly Selection[]): void;
  onBack(message: string, back: () => Promise<Outcome>): void;
}

/** Everybody of the zone, as a table that holds only the rows in sight; on a phone as cards. */
export function FleetPanel(props: FleetProps) {
  const { zone, now_ms, search } = props;
  const [sort, setSort] = useState<{ by: FleetColumn; down: boolean }>({ by: "name", down: false });
  const [filters, setFilters] = useState<ReadonlySet<FleetFilter>>(new Set());
  const [duty, setDuty] = useState<CourierView | null>(null);
  const everybody = fleetRows(zone, now_ms);
  const rows = sortedFleet(filteredFleet(everybody, filters, search), sort.by, sort.down);
  const toggle = (filter: FleetFilter) => {
    const next = new Set(filters);
    if (!next.delete(filter)) next.add(filter);
    setFilters(next);
  };
  useLayoutEffect(() => props.onRows(rows.map(({ courier }) => ({ kind: "courier", id: courier.id }))));
  return (
    <section class="fleet" aria-label={t("fleet.title")}>
      <header class="fleet-head">
        <h2>{t("fleet.title")}</h2>
        <span class="faint">
          {t("fleet.count", {
            n: count(rows.length),
            all: count(everybody.length),
            duty: count(everybody.filter(({ on_duty }) => on_duty).length),
          })}
        </span>
        <fieldset class="fleet-filters" aria-label={t("fleet.filter")}>
          {FLEET_FILTERS.map((filter) => (
            <button
              key={filter}
              type="button"
              class="filter-chip"
              aria-pressed={filters.has(filter)}
              data-fleet-filter={filter}
              onClick={() => toggle(filter)}
            >
              {t(`fleet.filter.${filter}`)}
              <span class="filter-count">{count(everybody.filter((row) => isFiltered(row, filter)).length)}</span>
            </button>
          ))}
        </fieldset>
      </header>
      {rows.length === 0 ? (
        <p class="list-empty">{emptyWords(everybody.length, search)}</p>
      ) : (
        <Table {...props} rows={rows} sort={sort} onSort={setSort} onDuty={setDuty} />
      )}
      {duty && (
        <DutyDialog
          courier={duty}
          zone={zone}
          token={props.token}
          onClose={() => setDuty(null)}
          onDone={(message, back) => {
            setDuty(null);
            props.onBack(message, back);
          }}
        />
      )}
    </section>
  );
}

function emptyWords(everybody: number, search: string): string {
  if (everybody === 0) return t("queue.empty.couriers");
  return search ? t("search.none", { text: search }) : t("fleet.none");
}

/** A class of that name means something else. */
const CLASSES: Readonly<Partial<Record<FleetColumn, string>>> = { link: "signal" };

type Sort = { by: FleetColumn; down: boolean };
type TableProps = FleetProps & {
  rows: readonly FleetRow[];
  sort: Sort;
  onSort(sort: Sort): void;
  onDuty(courier: CourierView): void;
};

function Table(props: TableProps) {
  const { rows, sort, selection } = props;
  const box = useRef<HTMLDivElement>(null);
  const narrow = useNarrow();
  const [view, setView] = useState({ top: 0, height: 800 });
  const row_px = narrow ? CARD_PX : ROW_PX;
  useLayoutEffect(() => {
    if (!box.current) return;
    const observer = new ResizeObserver(
      ([entry]) => entry && setView((old) => ({ ...old, height: entry.contentRect.height })),
    );
    observer.observe(box.current);
    return () => observer.disconnect();
    // The box stays the same
  }, []);
  useKeepInSight(box, rows, selection, row_px);
  const from = Math.max(0, Math.floor(view.top / row_px) - OVERSCAN);
  const to = Math.min(rows.length, Math.ceil((view.top + view.height) / row_px) + OVERSCAN);
  const press = (column: FleetColumn) => props.onSort({ by: column, down: sort.by === column ? !sort.down : false });
  return (
    <div
      ref={box}
      class="fleet-box"
      onScroll={(event) => setView((old) => ({ ...old, top: event.currentTarget.scrollTop }))}
    >
      <table class="fleet-table" aria-rowcount={rows.length + 1}>
        <caption class="visually-hidden">{t("fleet.title")}</caption>
        <thead>
          <tr aria-rowindex={1}>
            {FLEET_COLUMNS.map((column) => (
              <th
                key={column}
                class={CLASSES[column] ?? column}
                scope="col"
                aria-sort={sort.by === column ? direction(sort) : "none"}
              >
                <button type="button" data-sort={column} onClick={() => press(column)}>
                  {t(`fleet.column.${column}`)}
                  {sort.by === column && <Icon name={sort.down ? "down" : "up"} />}
                </button>
              </th>
            ))}
            <th class="acts" scope="col">
              <span class="visually-hidden">{t("fleet.column.actions")}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          <Space px={from * row_px} />
          {rows.slice(from, to).map((row, i) => (
            <Row key={row.courier.id} row={row} index={from + i} {...props} />
          ))}
          <Space px={(rows.length - to) * row_px} />
        </tbody>
      </table>
    </div>
  );
}

function direction({ down }: Sort): "ascending" | "descending" {
  return down ? "descending" : "ascending";
}

/** The room of the rows that are out of sight. */
function Space({ px }: { px: number }) {
  return px > 0 ? <tr class="space" style={{ height: `${px}px` }} /> : null;
}

function useNarrow(): boolean {
  const [narrow, setNarrow] = useState(() => matchMedia(NARROW).matches);
  useEffect(() => {
    const query = matchMedia(NARROW);
    const changed = () => setNarrow(query.matches);
    query.addEventListener("change", changed);
    return () => query.removeEventListener("change", changed);
  }, []);
  return narrow;
}

/** Scroll when another courier is selected who is out of sight, and only then. */
function useKeepInSight(
  box: { current: HTMLElement | null },
  rows: readonly FleetRow[],
  selection: Selection | null,
  row_px: number,
): void {
  const id = selection?.kind === "courier" ? selection.id : "";
  useEffect(() => {
    const index = rows.findIndex(({ courier }) => courier.id === id);
    if (!box.current || index < 0) return;
    const { scrollTop, clientHeight } = box.current;
    const top = index * row_px;
    if (top < scrollTop) box.current.scrollTop = top;
    else if (top + row_px > scrollTop + clientHeight) box.current.scrollTop = top + row_px - clientHeight;
    // New rows must not scroll the table
  }, [id]);
}

function Row(props: TableProps & { row: FleetRow; index: number }) {
  const { row, now_ms, selection, onSelect } = props;
  const { courier } = row;
  const me: Selection = { kind: "courier", id: courier.id };
  const link = courier.link ?? "offline";
  const badLink = row.on_duty && link !== "live";
  const tone = row.on_duty ? batteryTone(courier) : "";
  const chosen = isSame(me, selection);
  return (
    <tr class={row.on_duty ? "" : "off"} aria-rowindex={props.index + 2} data-fleet={courier.id} data-chosen={chosen}>
      <th class="name" scope="row">
        <span class={`row-mark vehicle ${link}`} title={tCode("profile", courier.profile)}>
          <VehicleIcon profile={courier.profile} />
        </span>
        <button type="button" class="fleet-name" aria-pressed={chosen} onClick={() => onSelect(me)}>
          {courier.name}
        </button>
        {courier.account && courier.account !== "active" && (
          <span class="chip at_risk">{t(`account.${courier.account}`)}</span>
        )}
      </th>
      <td class="duty">{row.idle ? t("fleet.idle") : dutyWords(courier, now_ms)}</td>
      <td class={`signal${badLink ? " warn" : ""}`} title={seenWords(row, now_ms)}>
        {badLink && <Icon name="wifi" />}
        {linkWords(row, now_ms)}
      </td>
      <td class={`battery ${tone}`}>
        {tone && <Icon name="battery" />}
        {batteryWords(courier)}
      </td>
      <td class="load">
        <span class="card-label">{t("fleet.column.load")} </span>
        {loadWords(row)}
      </td>
      <td class={`stops${row.late ? " late" : ""}`}>
        <span class="card-label">{t("fleet.column.stops")} </span>
        {row.stops}
        {row.late && <LateMark />}
      </td>
      <td class="busy" title={t("fleet.busy.means")}>
        <span class="card-label">{t("fleet.column.busy")} </span>
        {busyWords(row)}
      </td>
      <RowActions {...props} />
    </tr>
  );
}

function LateMark() {
  return (
    <>
      {" "}
      <Icon name="alert" />
      {t("promise.late")}
    </>
  );
}

function RowActions({ row, onWrite, onDuty }: TableProps & { row: FleetRow }) {
  const { courier, order_id } = row;
  const isPast = usePast().at_ms !== null;
  return (
    <td class="acts">
      {order_id && (
        <button
          type="button"
          class="icon-button"
          data-action="write"
          disabled={isPast}
          aria-label={t("fleet.write", { courier: courier.name })}
          title={t("fleet.write", { courier: courier.name })}
          onClick={() => onWrite(order_id)}
        >
          <Icon name="message" />
        </button>
      )}
      <button
        type="button"
        class="icon-button"
        data-action="duty"
        disabled={isPast}
        aria-label={t("duty.title", { courier: courier.name })}
        title={t("duty.title", { courier: courier.name })}
        onClick={() => onDuty(courier)}
      >
        <Icon name="clock" />
      </button>
    </td>
  );
}
