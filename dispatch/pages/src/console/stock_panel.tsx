import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { age, count } from "../shared/format";
import { t } from "../shared/i18n";
import { Icon } from "../shared/ui/icon";
import { ImportDialog } from "./import_dialog";
import { useMay } from "./may";
import { Old, type PanelProps, PanelSearch } from "./over_parts";
import { fetchAlerts, type TransferAdvised } from "./restock";
import { Alert } from "./signin";
import { SkusDialog } from "./skus_dialog";
import { emptyShelf, NO_FILTER, type Shelf, type Sku, shelfId } from "./stock";
import { StockAdvice } from "./stock_advice";
import { StockAlerts } from "./stock_alerts";
import { SplitDialog } from "./stock_allocate";
import { fetchShelf, stockTrouble } from "./stock_api";
import { StockDialog } from "./stock_dialog";
import type { StockAct, Typed } from "./stock_forms";
import { ShelfDrawer } from "./stock_shelf";
import { StockTable } from "./stock_table";
import { useWatched } from "./use_restock";
import { type Stock, useStock } from "./use_stock";

/** What lies over the panel, one at a time. */
type Opened =
  | { what: "goods" }
  | { what: "import" }
  | { what: "split"; sku: Sku }
  | { what: StockAct; shelf: Shelf; first?: Typed }
  | null;

const VIEWS = ["shelves", "alerts", "advice"] as const;
/** What stands in the panel's main part. */
type View = (typeof VIEWS)[number];

export function StockPanel(props: PanelProps) {
  const { zone, token, chosen } = props;
  const stock = useStock(token, zone.zone);
  const [opened, open] = useState<Opened>(null);
  const [view, setView] = useState<View>("shelves");
  const openShelf = (id: string) => props.onSelect({ kind: "stock", id });
  /** The dialog of a transfer, filled in as it was advised. */
  const transfer = async ({ sku, from_depot_id, to_depot_id, quantity }: TransferAdvised) => {
    const shelf = await fetchShelf(token, zone.zone, from_depot_id, sku);
    if (shelf) open({ what: "transfer", shelf, first: { to: to_depot_id, quantity: String(quantity) } });
    else props.onNotice(t("stock.gone"));
  };
  const watch = { token, zone, now_ms: props.now_ms, depot_id: stock.filter.depot_id, onShelf: openShelf };
  const mayManage = useMay()("manage_stock");
  useLayoutEffect(() => props.onRows((stock.shelves ?? []).map((shelf) => ({ kind: "stock", id: shelfId(shelf) }))));
  return (
    <section class={`stock${chosen ? " with-shelf" : ""}`} aria-label={t("stock.title")} data-stock>
      <div class="stock-main">
        <Head stock={stock} onOpen={(what) => open({ what })} onClose={() => props.onSelect(null)} />
        <Views {...props} depot_id={stock.filter.depot_id} view={view} onView={setView} />
        <Filters stock={stock} zone={zone} searchBox={props.searchBox} all={view === "shelves"} />
        {view === "shelves" && <Shown {...props} stock={stock} onShelf={openShelf} />}
        {view === "alerts" && <StockAlerts {...watch} chosen={chosen} />}
        {view === "advice" && (
          <StockAdvice {...watch} mayManage={mayManage} onTransfer={transfer} onNotice={props.onNotice} />
        )}
      </div>
      {chosen && (
        <ShelfDrawer
          key={chosen}
          {...props}
          listed={stock.shelves?.find((shelf) => shelfId(shelf) === chosen)}
          stamp={stock.at_ms}
          onAct={(what, shelf) => open({ what, shelf })}
          onClose={() => {
            openShelf("");
            // The drawer had the focus; its row goes on with it.
            setTimeout(() => document.querySelector<HTMLElement>(`[data-shelf="${chosen}"] button`)?.focus());
          }}
        />
      )}
      {opened && <Over {...props} stock={stock} opened={opened} onOpen={open} />}
    </section>
  );
}

type DialogsProps = PanelProps & { stock: Stock; opened: NonNullable<Opened>; onOpen(next: Opened): void };

function Over({ stock, opened, onOpen, zone, now_ms, token, onNotice }: DialogsProps) {
  const onClose = () => onOpen(null);
  const of = { token, zone: zone.zone, onClose };
  if (opened.what === "import") return <ImportDialog {...of} onDone={stock.lookAgain} />;
  if (opened.what === "goods") {
    const receive = ({ id, name }: Sku) => onOpen({ what: "receive", shelf: emptyShelf(id, name) });
    const split = (sku: Sku) => onOpen({ what: "split", sku });
    return <SkusDialog {...of} onReceive={receive} onSplit={split} onNotice={onNotice} />;
  }
  const done = (message: string, shelves: readonly Shelf[]) => {
    onClose();
    stock.take(shelves);
    onNotice(message);
  };
  if (opened.what === "split") {
    return <SplitDialog sku={opened.sku} zone={zone} token={token} onClose={onClose} onDone={done} />;
  }
  const { what, shelf, first } = opened;
  const report = { act: what, shelf, first, zone, now_ms, token };
  return <StockDialog {...report} onClose={onClose} onDone={done} />;
}

interface ViewsProps extends PanelProps {
  depot_id: string;
  view: View;
  onView(next: View): void;
}

/** What to look at; how much is low is told beside it, whatever is looked at. */
function Views({ token, zone, depot_id, view, onView }: ViewsProps) {
  const low = useWatched(`${token} ${zone.zone} ${depot_id}`, () => fetchAlerts(token, zone.zone, depot_id, "low"));
  const n = low.found?.counts.low ?? 0;
  return (
    <fieldset class="stock-filters watch-views" aria-label={t("watch.view")}>
      {VIEWS.map((each) => (
        <button
          key={each}
          type="button"
          class="filter-chip"
          aria-pressed={view === each}
          data-view={each}
          data-count={each === "alerts" ? n : undefined}
          onClick={() => onView(each)}
        >
          {each === "alerts" && n > 0 ? t("watch.alerts.low", { n: count(n) }) : t(`watch.${each}`)}
        </button>
      ))}
    </fieldset>
  );
}

interface HeadProps {
  stock: Stock;
  onOpen(what: "goods" | "import"): void;
  onClose(): void;
}

function Head({ stock, onOpen, onClose }: HeadProps) {
  const mayImport = useMay()("import_table");
  const n = count(stock.shelves?.length ?? 0);
  const heading = useRef<HTMLHeadingElement>(null);
  // Whoever came by a key goes on from here by keys.
  useEffect(() => heading.current?.focus({ preventScroll: true }), []);
  return (
    <header class="stock-head">
      <h2 ref={heading} tabIndex={-1}>
        {t("stock.title")}
      </h2>
      {stock.shelves && <span class="faint">{t(stock.more ? "stock.count.more" : "stock.count", { n })}</span>}
      <span class="stock-tools">
        <button type="button" class="button" data-action="goods" onClick={() => onOpen("goods")}>
          <Icon name="list" />
          {t("stock.goods")}
        </button>
        {mayImport && (
          <button type="button" class="button" data-action="import" onClick={() => onOpen("import")}>
            <Icon name="plus" />
            {t("stock.import")}
          </button>
        )}
        <button
          type="button"
          class="icon-button"
          aria-label={t("drawer.close")}
          title={`${t("drawer.close")} (Esc)`}
          onClick={onClose}
        >
          <Icon name="close" />
        </button>
      </span>
    </header>
  );
}

type FiltersProps = { stock: Stock /** Not only the depot. */; all: boolean } & Pick<PanelProps, "zone" | "searchBox">;

function Filters({ stock, zone, searchBox, all }: FiltersProps) {
  const { filter, setFilter } = stock;
  const depots = [...zone.depots.values()].sort((a, b) => a.name.localeCompare(b.name));
  return (
    <fieldset class="stock-filters" aria-label={t("stock.filter")}>
      {all && <TextFilter stock={stock} searchBox={searchBox} />}
      <select
        aria-label={t("filter.depot")}
        value={filter.depot_id}
        onChange={(event) => setFilter({ ...filter, depot_id: event.currentTarget.value })}
      >
        <option value="">{t("stock.filter.depot.all")}</option>
        {depots.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </select>
      {all && (
        <button
          type="button"
          class="filter-chip"
          aria-pressed={filter.low}
          data-action="only-low"
          onClick={() => setFilter({ ...filter, low: !filter.low })}
        >
          {t("stock.filter.low")}
        </button>
      )}
    </fieldset>
  );
}

function TextFilter({ stock, searchBox }: Pick<FiltersProps, "stock" | "searchBox">) {
  const { filter, setFilter } = stock;
  return (
    <PanelSearch
      label={t("stock.filter.text")}
      value={filter.text}
      searchBox={searchBox}
      onChange={(text) => setFilter({ ...filter, text })}
    />
  );
}

type ShownProps = PanelProps & { stock: Stock; onShelf(id: string): void };

/** The shelves, or why there are none to be seen. */
function Shown(props: ShownProps) {
  const { stock } = props;
  const { shelves, trouble } = stock;
  if (!shelves) return trouble ? <Trouble stock={stock} /> : <Skeletons />;
  if (shelves.length === 0) return stock.loading ? <Skeletons /> : <None stock={stock} />;
  return (
    <>
      {trouble && <Old words={t("stock.old", { age: age(performance.now() - stock.at_ms) })} />}
      <StockTable {...props} shelves={shelves} />
    </>
  );
}

function Trouble({ stock }: { stock: Stock }) {
  const { trouble } = stock;
  if (trouble?.kind === "forbidden") return <p class="list-empty">{t("stock.forbidden")}</p>;
  const detail = trouble && trouble.kind !== "unreachable" ? stockTrouble(trouble) : "";
  return (
    <div class="stock-trouble">
      <Alert>{detail ? t("stock.failed", { detail }) : t("stock.failed.offline")}</Alert>
      <button type="button" class="button" onClick={stock.lookAgain}>
        {t("replay.again")}
      </button>
    </div>
  );
}

function None({ stock }: { stock: Stock }) {
  const mayManage = useMay()("manage_stock");
  const { depot_id, text, low } = stock.filter;
  if (!depot_id && !text.trim() && !low) {
    return <p class="list-empty">{t(mayManage ? "stock.none" : "stock.none.read")}</p>;
  }
  return (
    <div class="list-empty">
      <p>{t("stock.none.filtered")}</p>
      <button type="button" class="link" onClick={() => stock.setFilter(NO_FILTER)}>
        {t("search.clear")}
      </button>
    </div>
  );
}

function Skeletons() {
  return (
    <div aria-hidden="true">
      {[0, 1, 2, 3, 4, 5].map((i) => (
        <div key={i} class="row-skeleton">
          <span class="skeleton" />
          <span class="skeleton" />
        </div>
      ))}
    </div>
  );
}
