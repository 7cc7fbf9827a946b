import { useEffect, useState } from "preact/hooks";
import { t } from "../shared/i18n";
import { Dialog } from "../shared/ui/dialog";
import { Icon } from "../shared/ui/icon";
import { useMay } from "./may";
import { Alert } from "./signin";
import { SkuForm } from "./sku_form";
import { named, type Sku } from "./stock";
import { fetchSkus } from "./stock_api";

/** More rows than these nobody reads: a search finds the others. */
const MOST_ROWS = 100;

interface SkusProps {
  token: string;
  zone: string;
  onReceive(sku: Sku): void;
  onSplit(sku: Sku): void;
  onNotice(message: string): void;
  onClose(): void;
}

/** The goods that the zone keeps count of. */
export function SkusDialog({ token, zone, onReceive, onSplit, onNotice, onClose }: SkusProps) {
  const [skus, setSkus] = useState<readonly Sku[] | null | false>(null);
  const [text, setText] = useState("");
  /** The good that is changed; empty: a new one; null: none. */
  const [edited, edit] = useState<string | null>(null);
  const [saved, setSaved] = useState("");
  const may = useMay();
  // Goods are the zone's: who is limited to depots takes them in and defines none.
  const mayRegister = may("register_goods");
  const look = () => void fetchSkus(token, zone).then((found) => setSkus(found ?? false));
  useEffect(look, [token, zone]);
  const done = (name: string) => {
    edit(null);
    setSaved(t("sku.saved", { name }));
    onNotice(t("sku.saved", { name }));
    look();
  };
  const found = skus ? named(skus, text, ({ id, barcode }) => `${id} ${barcode}`) : [];
  const form = { token, zone, known: skus || [], onDone: done, onCancel: () => edit(null) };
  return (
    <Dialog title={t("sku.title")} wide onClose={onClose}>
      <div class="sku-tools">
        <Search text={text} onText={setText} />
        {mayRegister && edited !== "" && (
          <button type="button" class="button primary" data-action="new-sku" onClick={() => edit("")}>
            <Icon name="plus" />
            {t("sku.new")}
          </button>
        )}
      </div>
      {/* What is saved behind a dialog would be told behind it. */}
      <p class="sku-saved" role="status">
        {saved}
      </p>
      {edited === "" && <SkuForm {...form} sku={null} />}
      {skus === null && <span class="skeleton preview-skeleton" />}
      {skus === false && <Alert>{t("sku.failed")}</Alert>}
      {skus && found.length === 0 && (
        <p class="faint overrides-none">{text.trim() ? t("sku.none.found", { text }) : t("sku.none")}</p>
      )}
      <ul class="users">
        {found.slice(0, MOST_ROWS).map((sku) => (
          <li key={sku.id} class="user" data-sku={sku.id}>
            <SkuLine sku={sku} />
            {edited === sku.id && <SkuForm {...form} sku={sku} />}
            {may("manage_stock") && edited !== sku.id && (
              <SkuActions
                sku={sku}
                onReceive={() => onReceive(sku)}
                onSplit={mayRegister ? () => onSplit(sku) : null}
                onEdit={mayRegister ? () => edit(sku.id) : null}
              />
            )}
          </li>
        ))}
      </ul>
      {found.length > MOST_ROWS && <p class="faint">{t("sku.many", { n: MOST_ROWS })}</p>}
    </Dialog>
  );
}

function Search({ text, onText }: { text: string; onText(text: string): void }) {
  return (
    <span class="search">
      <Icon name="search" />
      <input
        type="text"
        aria-label={t("sku.search")}
        placeholder={t("sku.search")}
        value={text}
        onInput={(event) => onText(event.currentTarget.value)}
      />
    </span>
  );
}

/** null: not theirs to do. */
type ActionsProps = { sku: Sku; onReceive(): void; onSplit: (() => void) | null; onEdit: (() => void) | null };

function SkuActions({ sku, onReceive, onSplit, onEdit }: ActionsProps) {
  return (
    <div class="actions user-actions">
      <button type="button" class="button" aria-label={t("sku.receive", { name: sku.name })} onClick={onReceive}>
        {t("stock.act.receive")}
      </button>
      {onSplit && (
        <button type="button" class="button" aria-label={t("sku.split.of", { name: sku.name })} onClick={onSplit}>
          {t("sku.split")}
        </button>
      )}
      {onEdit && (
        <button type="button" class="button" aria-label={t("sku.edit", { name: sku.name })} onClick={onEdit}>
          {t("sku.change")}
        </button>
      )}
    </div>
  );
}

function SkuLine({ sku }: { sku: Sku }) {
  return (
    <p class="user-line">
      <strong>{sku.name}</strong>
      <span class="faint">{[sku.id, sku.category, sku.barcode].filter(Boolean).join(" · ")}</span>
      {sku.fragile && <span class="chip">{t("sku.field.fragile")}</span>}
      {sku.age_restricted && <span class="chip at_risk">{t("sku.field.age_restricted")}</span>}
    </p>
  );
}
