import { useEffect, useRef, useState } from "preact/hooks";
import { count, shortId, timeOrDay } from "../shared/format";
import { t } from "../shared/i18n";
import { Icon } from "../shared/ui/icon";
import { Fact } from "./drawer_parts";
import { actorWords, joined } from "./history";
import { useMay } from "./may";
import type { PanelProps } from "./over_parts";
import { usePast } from "./past";
import {
  type Coming,
  dayWords,
  expiredOf,
  expiryTone,
  expiryWords,
  type LedgerEntry,
  type Lot,
  moveSentence,
  placeOfShelf,
  type Shelf,
} from "./stock";
import { fetchLedger, fetchShelf, type Ledger } from "./stock_api";
import { STOCK_ACTS, type StockAct } from "./stock_forms";
import { LowMark } from "./stock_table";

interface ShelfProps extends PanelProps {
  /** The shelf as the list has it, if it is there. */
  listed: Shelf | undefined;
  /** Changes when the list was looked at again. */
  stamp: number;
  onAct(act: StockAct, shelf: Shelf): void;
  onClose(): void;
}

/** One good at one depot: its lots, what can be done, and everything that happened to it. */
export function ShelfDrawer(props: ShelfProps) {
  const { chosen, zone, onClose } = props;
  const { depot_id, sku } = placeOfShelf(chosen);
  const shelf = useShelf(props);
  const heading = useRef<HTMLHeadingElement>(null);
  // Whoever came by a key goes on from here by keys.
  useEffect(() => heading.current?.focus({ preventScroll: true }), []);
  return (
    <aside class="stock-shelf" aria-label={t("stock.title")} data-drawer={chosen}>
      <header class="drawer-head">
        <div class="drawer-line">
          <span class="faint">
            {zone.depots.get(depot_id)?.name ?? depot_id} · {sku}
          </span>
          <button
            type="button"
            class="icon-button"
            aria-label={t("stock.back")}
            title={`${t("stock.back")} (Esc)`}
            onClick={onClose}
          >
            <Icon name="close" />
          </button>
        </div>
        <h2 ref={heading} tabIndex={-1}>
          {shelf ? shelf.name : sku}
        </h2>
        {shelf && (
          <p class="drawer-chips">
            <LowMark shelf={shelf} />
          </p>
        )}
      </header>
      <div class="drawer-body">
        {shelf === null && <span class="skeleton preview-skeleton" />}
        {shelf === false && <p class="faint">{t("stock.gone")}</p>}
        {shelf && <ShelfBody {...props} shelf={shelf} />}
      </div>
    </aside>
  );
}

/** A shelf that the list has not, for its filter or its length, is asked for by itself; null: it is not known yet. */
function useShelf({ chosen, listed, stamp, token, zone }: ShelfProps): Shelf | null | false {
  const [found, setFound] = useState<Shelf | null | false>(null);
  const isListed = listed !== undefined;
  useEffect(() => {
    if (isListed || !zone.zone) return;
    let wanted = true;
    const { depot_id, sku } = placeOfShelf(chosen);
    void fetchShelf(token, zone.zone, depot_id, sku).then((next) => wanted && setFound(next ?? false));
    return () => {
      wanted = false;
    };
  }, [token, zone.zone, chosen, isListed || stamp]);
  return listed ?? found;
}

type BodyProps = ShelfProps & { shelf: Shelf };

function ShelfBody(props: BodyProps) {
  const { shelf, now_ms, onAct } = props;
  const expired = expiredOf(shelf, now_ms);
  const mayManage = useMay()("manage_stock") && usePast().at_ms === null;
  return (
    <>
      <dl class="facts">
        <Fact label="stock.column.on_hand" value={count(shelf.on_hand)} />
        <Fact label="stock.column.reserved" value={count(shelf.reserved)} />
        {expired > 0 && <Fact label="stock.lot.expired" value={count(expired)} />}
        <Fact label="stock.column.free" value={count(shelf.free)} />
        <Fact label="stock.column.low_at" value={count(shelf.low_at)} />
      </dl>
      {mayManage && (
        <div class="actions">
          {STOCK_ACTS.map((act) => (
            <button key={act} type="button" class="button" data-act={act} onClick={() => onAct(act, shelf)}>
              {t(`stock.act.${act}`)}
            </button>
          ))}
        </div>
      )}
      <h3>{t("stock.lots")}</h3>
      <Lots lots={shelf.lots} now_ms={now_ms} />
      {shelf.coming.length > 0 && (
        <>
          <h3>{t("stock.coming")}</h3>
          <ComingList coming={shelf.coming} />
        </>
      )}
      <h3>{t("stock.ledger")}</h3>
      <LedgerList {...props} />
    </>
  );
}

function Lots({ lots, now_ms }: { lots: readonly Lot[]; now_ms: number }) {
  if (lots.length === 0) return <p class="faint">{t("stock.lots.none")}</p>;
  return (
    <table class="summary lots">
      <thead>
        <tr>
          <th scope="col">{t("stock.lot")}</th>
          <th scope="col">{t("stock.expires")}</th>
          <th scope="col">{t("stock.quantity")}</th>
        </tr>
      </thead>
      <tbody>
        {lots.map(({ lot, quantity, expires_at_ms }) => {
          const tone = expiryTone(expires_at_ms, now_ms);
          return (
            <tr key={lot} data-lot={lot}>
              <th scope="row">{lot || t("stock.lot.unnamed")}</th>
              <td class={tone}>
                {tone && <Icon name={tone === "late" ? "alert" : "clock"} />} {expiryWords(expires_at_ms, now_ms)}
              </td>
              <td>{count(quantity)}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

/** What was ordered, the first to come first; what should have come is pointed out. */
function ComingList({ coming }: { coming: readonly Coming[] }) {
  return (
    <table class="summary lots">
      <thead>
        <tr>
          <th scope="col">{t("stock.coming.day")}</th>
          <th scope="col">{t("stock.quantity")}</th>
        </tr>
      </thead>
      <tbody>
        {coming.map(({ day, quantity, is_overdue }) => (
          <tr key={day} data-coming={day}>
            <th scope="row" class={is_overdue ? "late" : ""}>
              {is_overdue && <Icon name="alert" />}{" "}
              {is_overdue ? t("stock.coming.overdue", { day: dayWords(day) }) : dayWords(day)}
            </th>
            <td>{count(quantity)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Every change of the shelf, the newest first. */
function LedgerList(props: BodyProps) {
  const { shelf, token, zone } = props;
  const [known, setKnown] = useState<Ledger | null>(null);
  const [failed, setFailed] = useState(false);
  const fetchPage = (before = 0) => fetchLedger(token, zone.zone, shelf.depot_id, shelf.sku, before);
  useEffect(() => {
    let wanted = true;
    void fetchPage().then((page) => {
      if (!wanted) return;
      setFailed(!page);
      if (page) setKnown((old) => joined(old, page));
    });
    return () => {
      wanted = false;
    };
    // Whatever stands in the ledger shows in one of these
  }, [token, JSON.stringify([shelf.lots, shelf.reserved, shelf.low_at, shelf.coming])]);
  const older = async (before: number) => {
    const page = await fetchPage(before);
    setFailed(!page);
    if (page) setKnown((old) => ({ ...page, entries: [...(old?.entries ?? []), ...page.entries] }));
  };
  if (!known) return failed ? <p class="alert">{t("stock.ledger.failed")}</p> : <span class="skeleton" />;
  return (
    <>
      {failed && <p class="alert">{t("stock.ledger.failed")}</p>}
      {known.entries.length === 0 && <p class="faint">{t("stock.ledger.none")}</p>}
      <ol class="ledger" aria-label={t("stock.ledger")}>
        {known.entries.map((entry) => (
          <LedgerLine key={entry.seq} entry={entry} {...props} />
        ))}
      </ol>
      {known.before && (
        <button type="button" class="button" onClick={() => void older(known.before ?? 0)}>
          {t("history.more")}
        </button>
      )}
    </>
  );
}

function LedgerLine({ entry, zone, now_ms, onSelect }: BodyProps & { entry: LedgerEntry }) {
  const { order_id, note, on_hand, reserved } = entry;
  const stood = { on_hand: count(on_hand), reserved: count(reserved) };
  return (
    <li data-move={entry.move}>
      <span>
        {moveSentence(entry, actorWords(entry.actor, zone))}
        {order_id && (
          <>
            {" · "}
            <button type="button" class="link" onClick={() => onSelect({ kind: "order", id: order_id })}>
              {t("stock.order", { order: zone.orders.get(order_id)?.ref || shortId(order_id) })}
            </button>
          </>
        )}
        {note && <q>{note}</q>}
      </span>
      <time>{timeOrDay(entry.at_ms, now_ms)}</time>
      <span class="faint">{t("stock.ledger.stood", stood)}</span>
    </li>
  );
}
