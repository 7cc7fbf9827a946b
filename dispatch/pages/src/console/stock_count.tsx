import { useState } from "preact/hooks";
import { count } from "../shared/format";
import { t } from "../shared/i18n";
import { Icon } from "../shared/ui/icon";
import { expiryDay, type Lot, type Shelf, signed } from "./stock";
import { NumberCell, TextField } from "./stock_fields";
import { countedTotal, countField, type Typed, whole } from "./stock_forms";

const MOST = 10_000_000;

/** Lot by lot what the books say and what was counted, and the difference before anything is sent. */
export function CountFields({ shelf, typed }: { shelf: Shelf; typed: Typed }) {
  const [adding, add] = useState(shelf.lots.length === 0);
  const { book, counted } = countedTotal(typed, shelf);
  return (
    <>
      <p class="faint">{t("stock.count.explained")}</p>
      {shelf.lots.length > 0 && (
        <table class="summary count">
          <thead>
            <tr>
              <th scope="col">{t("stock.lot")}</th>
              <th scope="col">{t("stock.count.book")}</th>
              <th scope="col">{t("stock.count.counted")}</th>
              <th scope="col">{t("stock.count.difference")}</th>
            </tr>
          </thead>
          <tbody>
            {shelf.lots.map((lot) => (
              <CountRow key={lot.lot} lot={lot} typed={typed} />
            ))}
          </tbody>
        </table>
      )}
      {adding ? (
        <fieldset class="found-lot">
          <legend>{t("stock.count.add")}</legend>
          <TextField name="found" kind="number" most={8} label="stock.count.counted" />
          <TextField name="lot" most={40} label="stock.field.lot" hint="stock.field.lot.hint" />
          <TextField name="expires" kind="date" label="stock.field.expires" hint="stock.field.expires.hint" />
        </fieldset>
      ) : (
        <button type="button" class="button" onClick={() => add(true)}>
          <Icon name="plus" />
          {t("stock.count.add")}
        </button>
      )}
      <TextField name="note" label="stock.field.note" hint="stock.field.note.hint" />
      <p class="effect" role="status" data-difference={counted - book}>
        <Icon name="scales" />
        {t("stock.count.total", { book: count(book), counted: count(counted), difference: signed(counted - book) })}
      </p>
    </>
  );
}

function CountRow({ lot, typed }: { lot: Lot; typed: Typed }) {
  const name = lot.lot || t("stock.lot.unnamed");
  const counted = whole(typed[countField(lot.lot)] ?? "", 0, MOST);
  const difference = counted === null ? 0 : counted - lot.quantity;
  return (
    <tr>
      <th scope="row">
        {name}
        <span class="faint">{expiryDay(lot.expires_at_ms)}</span>
      </th>
      <td>{count(lot.quantity)}</td>
      <td>
        <NumberCell name={countField(lot.lot)} label={`${t("stock.count.counted")}: ${name}`} />
      </td>
      <td class={difference < 0 ? "late" : ""}>{counted === null ? "–" : signed(difference)}</td>
    </tr>
  );
}
