import { useState } from "preact/hooks";
import { count, decimal } from "../shared/format";
import { type Key, t } from "../shared/i18n";
import { saveFile } from "../shared/save_file";
import type { ZoneState } from "../shared/store/zone";
import { Icon } from "../shared/ui/icon";
import {
  type Advice,
  emptyWords,
  FIRST_POLICY,
  fetchAdvice,
  fetchAdviceTable,
  type OrderAdvised,
  POLICIES,
  type Policy,
  type TransferAdvised,
} from "./restock";
import { shelfId } from "./stock";
import { WatchedBox } from "./stock_alerts";
import { useWatched } from "./use_restock";

interface AdviceProps {
  token: string;
  zone: ZoneState;
  now_ms: number;
  /** Only what concerns this depot; empty: all. */
  depot_id: string;
  mayManage: boolean;
  onShelf(id: string): void;
  /** Begin a transfer as it is advised. */
  onTransfer(transfer: TransferAdvised): void;
  onNotice(message: string): void;
}

/** What to move and what to order, by how stock is kept. */
export function StockAdvice(props: AdviceProps) {
  const { token, zone, depot_id } = props;
  const [policy, setPolicy] = useState(FIRST_POLICY);
  const key = `${token} ${zone.zone} ${depot_id} ${JSON.stringify(policy)}`;
  const advice = useWatched(key, () => fetchAdvice(token, zone.zone, depot_id, policy));
  const save = async () => {
    const table = await fetchAdviceTable(token, zone.zone, depot_id, policy);
    if (table) saveFile(table, "advice.csv");
    else props.onNotice(t("advice.save.failed"));
  };
  return (
    <>
      <fieldset class="stock-filters watch-policy" aria-label={t("watch.advice")}>
        {(["days", "lead_h", "demand"] as const).map((name) => (
          <PolicyField key={name} name={name} policy={policy} onPolicy={setPolicy} />
        ))}
        <button type="button" class="button" data-action="save-advice" onClick={() => void save()}>
          <Icon name="save" />
          {t("advice.save")}
        </button>
      </fieldset>
      <WatchedBox watched={advice}>{advice.found && <Told {...props} advice={advice.found} />}</WatchedBox>
    </>
  );
}

const WORDS = { days: "advice.days", lead_h: "advice.lead", demand: "advice.demand" } as const;

interface PolicyProps {
  name: keyof Policy;
  policy: Policy;
  onPolicy(next: Policy): void;
}

function PolicyField({ name, policy, onPolicy }: PolicyProps) {
  return (
    <label>
      <span>{t(WORDS[name])}</span>
      <select
        name={name}
        value={String(policy[name])}
        onChange={(event) => onPolicy({ ...policy, [name]: Number(event.currentTarget.value) })}
      >
        {POLICIES[name].map((n) => (
          <option key={n} value={String(n)}>
            {t(`${WORDS[name]}.n`, { n })}
          </option>
        ))}
      </select>
    </label>
  );
}

type ToldProps = AdviceProps & { advice: Advice };

function Told(props: ToldProps) {
  const { transfers, orders, unknown } = props.advice;
  return (
    <>
      {transfers.length + orders.length === 0 && <p class="list-empty">{t("advice.none")}</p>}
      {transfers.length > 0 && <Transfers {...props} transfers={transfers} />}
      {orders.length > 0 && <Orders {...props} orders={orders} />}
      {unknown > 0 && <p class="watch-note faint">{t("advice.unknown", { n: count(unknown) })}</p>}
    </>
  );
}

function Heads({ labels }: { labels: readonly Key[] }) {
  return (
    <thead>
      <tr>
        {labels.map((label) => (
          <th key={label} scope="col">
            {t(label)}
          </th>
        ))}
      </tr>
    </thead>
  );
}

function Transfers(props: ToldProps & { transfers: readonly TransferAdvised[] }) {
  const { transfers, zone, mayManage, onTransfer } = props;
  const nameOf = (depot: string) => zone.depots.get(depot)?.name ?? depot;
  return (
    <section class="watch-kind">
      <h3>{t("advice.transfers")}</h3>
      <table class="watch-table">
        <Heads labels={["stock.column.sku", "advice.from", "advice.to", "advice.quantity"]} />
        <tbody>
          {transfers.map((transfer) => {
            const { sku, name, from_depot_id, to_depot_id, quantity } = transfer;
            return (
              <tr
                key={`${sku} ${from_depot_id} ${to_depot_id}`}
                data-transfer={`${sku} ${from_depot_id} ${to_depot_id}`}
              >
                <th scope="row">{name}</th>
                <td>{nameOf(from_depot_id)}</td>
                <td>{nameOf(to_depot_id)}</td>
                <td>
                  {mayManage ? (
                    <button
                      type="button"
                      class="button"
                      aria-label={t("advice.move.of", { n: quantity, name })}
                      onClick={() => onTransfer(transfer)}
                    >
                      {t("advice.move")} {count(quantity)}
                    </button>
                  ) : (
                    count(quantity)
                  )}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </section>
  );
}

const FIGURES = ["advice.quantity", "advice.has", "advice.wants", "advice.daily", "advice.empty"] as const;

function Orders(props: ToldProps & { orders: readonly OrderAdvised[] }) {
  const { orders, zone, now_ms, onShelf } = props;
  return (
    <section class="watch-kind">
      <h3>{t("advice.orders")}</h3>
      <table class="watch-table">
        <Heads labels={["stock.column.sku", "filter.depot", ...FIGURES]} />
        <tbody>
          {orders.map((order) => (
            <tr key={shelfId(order)} data-order-advised={shelfId(order)}>
              <th scope="row">
                <button type="button" class="link" onClick={() => onShelf(shelfId(order))}>
                  {order.name}
                </button>
              </th>
              <td>{zone.depots.get(order.depot_id)?.name ?? order.depot_id}</td>
              <td>
                <strong>{count(order.quantity)}</strong>
              </td>
              <td>
                {count(order.has)}
                {order.coming > 0 && <span class="faint"> {t("advice.coming", { n: count(order.coming) })}</span>}
              </td>
              <td>{count(order.wants)}</td>
              <td>{decimal(order.daily)}</td>
              <td>{emptyWords(order.empty_at_ms, now_ms)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
