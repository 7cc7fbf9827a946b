import { useEffect, useRef } from "preact/hooks";
import { count } from "../shared/format";
import { type Key, t } from "../shared/i18n";
import type { ZoneState } from "../shared/store/zone";
import { Icon } from "../shared/ui/icon";
import { expiryTone, expiryWords, nextExpiry_ms, type Shelf, shelfId } from "./stock";
import type { Stock } from "./use_stock";

const FIGURES = ["on_hand", "reserved", "free", "low_at"] as const;
/** So far ahead of its end more of the list is fetched. */
const AHEAD = "400px";

interface TableProps {
  shelves: readonly Shelf[];
  stock: Stock;
  zone: ZoneState;
  now_ms: number;
  chosen: string;
  onShelf(id: string): void;
}

/** One line for each good at each depot; on a phone cards. */
export function StockTable(props: TableProps) {
  const { shelves, stock } = props;
  return (
    <div class="stock-box">
      <table
        class="stock-table"
        aria-busy={stock.loading}
        onPointerEnter={() => stock.hold(true)}
        onPointerLeave={() => stock.hold(false)}
      >
        <caption class="visually-hidden">{t("stock.title")}</caption>
        <thead>
          <tr>
            <Column of="sku" label="stock.column.sku" />
            <Column of="depot" label="filter.depot" />
            {FIGURES.map((figure) => (
              <Column key={figure} of={figure} label={`stock.column.${figure}`} />
            ))}
            <Column of="expiry" label="stock.column.expiry" />
          </tr>
        </thead>
        <tbody>
          {shelves.map((shelf) => (
            <Row key={shelfId(shelf)} shelf={shelf} {...props} />
          ))}
        </tbody>
      </table>
      {stock.more && <More stock={stock} />}
    </div>
  );
}

function Column({ of, label }: { of: string; label: Key }) {
  return (
    <th class={of} scope="col">
      {t(label)}
    </th>
  );
}

function Row({ shelf, zone, now_ms, chosen, onShelf }: TableProps & { shelf: Shelf }) {
  const row = useRef<HTMLTableRowElement>(null);
  const id = shelfId(shelf);
  const isChosen = id === chosen;
  const expires_at_ms = nextExpiry_ms(shelf);
  const tone = expiryTone(expires_at_ms, now_ms);
  // It may have been chosen by a key.
  useEffect(() => {
    if (isChosen) row.current?.scrollIntoView({ block: "nearest" });
  }, [isChosen]);
  return (
    <tr ref={row} data-shelf={id} data-chosen={isChosen}>
      <th class="sku" scope="row">
        <button type="button" class="stock-name" aria-pressed={isChosen} onClick={() => onShelf(id)}>
          {shelf.name}
        </button>
        <span class="stock-sub">
          <span class="faint">{shelf.sku}</span>
          <LowMark shelf={shelf} />
        </span>
      </th>
      <td class="depot">{zone.depots.get(shelf.depot_id)?.name ?? shelf.depot_id}</td>
      <Figure of="on_hand" n={shelf.on_hand} />
      <Figure of="reserved" n={shelf.reserved} />
      <td class={`free${shelf.is_low ? " at_risk" : ""}`}>
        <span class="card-label">{t("stock.column.free")} </span>
        {count(shelf.free)}
      </td>
      <Figure of="low_at" n={shelf.low_at} />
      <td class={`expiry ${tone}`}>
        <span class="card-label">{t("stock.column.expiry")} </span>
        {tone && <Icon name={tone === "late" ? "alert" : "clock"} />}
        {shelf.lots.length > 0 ? expiryWords(expires_at_ms, now_ms) : "–"}
      </td>
    </tr>
  );
}

function Figure({ of, n }: { of: (typeof FIGURES)[number]; n: number }) {
  return (
    <td class={of}>
      <span class="card-label">{t(`stock.column.${of}`)} </span>
      {count(n)}
    </td>
  );
}

/** What is wrong with a shelf, in a word beside its colour. */
export function LowMark({ shelf }: { shelf: Shelf }) {
  if (shelf.free < 0) {
    return (
      <span class="chip late">
        <Icon name="alert" />
        {t("stock.overdrawn", { n: count(-shelf.free) })}
      </span>
    );
  }
  if (!shelf.is_low) return null;
  return (
    <span class="chip at_risk">
      <Icon name="down" />
      {t("stock.low")}
    </span>
  );
}

/** The rest of the list comes when its end comes near; a press does the same. */
function More({ stock }: { stock: Stock }) {
  const button = useRef<HTMLButtonElement>(null);
  const show = useRef(stock.showMore);
  show.current = stock.showMore;
  useEffect(() => {
    if (!button.current || stock.loading) return;
    const observer = new IntersectionObserver(([entry]) => entry?.isIntersecting && show.current(), {
      rootMargin: AHEAD,
    });
    observer.observe(button.current);
    return () => observer.disconnect();
  }, [stock.loading]);
  return (
    <p class="stock-more">
      <button ref={button} type="button" class="button" disabled={stock.loading} onClick={() => show.current()}>
        {t("stock.more")}
      </button>
    </p>
  );
}
