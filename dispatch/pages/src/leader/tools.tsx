import { clockTime } from "../shared/format";
import { t } from "../shared/i18n";
import { Icon } from "../shared/ui/icon";
import type { Parcel, PointPage } from "./api";
import { contents, endsSoon, numberOf, totals } from "./words";

/** How the morning stands, in figures. */
export function Counts({ page }: { page: PointPage }) {
  const soon = page.lying.filter((parcel) => endsSoon(parcel, page.now_ms)).length;
  const figures = [
    { label: t("leader.count.lying"), n: page.lying_count, tone: "" },
    { label: t("leader.count.expected"), n: page.expected_count, tone: "" },
    { label: t("leader.count.collected"), n: page.collected_count, tone: "" },
    ...(soon > 0 ? [{ label: t("leader.count.soon"), n: soon, tone: " soon" }] : []),
  ];
  return (
    <dl class="counts">
      {figures.map(({ label, n, tone }) => (
        <div key={label} class={`count${tone}`}>
          <dd>{n}</dd>
          <dt>{label}</dt>
        </div>
      ))}
    </dl>
  );
}

/** How many pieces of each good there are, and the list on paper. */
export function Tools({ page }: { page: PointPage }) {
  return (
    <section class="tools">
      <Goods title={t("leader.goods.lying")} parcels={page.lying} />
      <Goods title={t("leader.goods.expected")} parcels={page.expected} />
      <button
        type="button"
        class="button"
        disabled={page.lying_count + page.expected_count === 0}
        onClick={() => window.print()}
      >
        <Icon name="list" />
        {t("leader.print")}
      </button>
    </section>
  );
}

function Goods({ title, parcels }: { title: string; parcels: readonly Parcel[] }) {
  const goods = totals(parcels);
  if (goods.length === 0) return null;
  return (
    <details>
      <summary>{title}</summary>
      <ul class="goods">
        {goods.map(({ name, quantity }) => (
          <li key={name}>
            <span>{name}</span>
            <strong>{quantity}</strong>
          </li>
        ))}
      </ul>
    </details>
  );
}

/** What is printed in the place of the page: who gets what, to be ticked by hand. */
export function PrintList({ page }: { page: PointPage }) {
  const byCustomer = (a: Parcel, b: Parcel) => a.customer.localeCompare(b.customer) || (a.ref < b.ref ? -1 : 1);
  const parcels = [...page.lying, ...page.expected].sort(byCustomer);
  const heads = [
    "",
    t("leader.print.customer"),
    t("leader.print.number"),
    t("leader.print.goods"),
    t("leader.print.state"),
  ];
  return (
    <section class="print-list" aria-hidden="true">
      <h1>{page.name}</h1>
      <p>
        {page.address} · {new Date(page.now_ms).toLocaleDateString()} {clockTime(page.now_ms)}
      </p>
      <table>
        <thead>
          <tr>
            {heads.map((head) => (
              <th key={head}>{head}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {parcels.map((parcel) => (
            <tr key={parcel.order_id}>
              <td>☐</td>
              <td>{parcel.customer}</td>
              <td>{numberOf(parcel)}</td>
              <td>{contents(parcel)}</td>
              <td>{t(parcel.state === "expected" ? "leader.print.expected" : "leader.print.lying")}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
