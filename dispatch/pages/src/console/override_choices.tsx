import { useState } from "preact/hooks";
import { clockTime, shortId } from "../shared/format";
import { distance_m } from "../shared/geo/path";
import { t, tCode } from "../shared/i18n";
import type { CourierView, DepotView, OrderView } from "../shared/protocol/messages";
import { placeOf, taskKind } from "../shared/stop";
import { lastPlace, type ZoneState } from "../shared/store/zone";
import { Icon, VehicleIcon } from "../shared/ui/icon";
import {
  type ChangeKind,
  type Choices,
  LOCKS,
  mergeable,
  movableOrders,
  plannedStops,
  QUEUE,
  reconciled,
  stepped,
} from "./changes";
import { Picker, Row } from "./override_parts";
import { onDuty, workWords } from "./queues";

interface ChoicesProps {
  kind: ChangeKind;
  id: string;
  zone: ZoneState;
  chosen: Choices;
  onChoose(chosen: Choices): void;
}

/** What has to be chosen for a change: a courier, orders, a sequence, how much to lock; nothing for the others. */
export function ChoicesFor(props: ChoicesProps) {
  const { kind, id, zone } = props;
  const order = zone.orders.get(id);
  const courier = zone.couriers.get(id);
  switch (kind) {
    case "assign":
      return order ? <CourierPicker {...props} order={order} fits={(each) => each.id !== order.courier_id} /> : null;
    case "exclude":
      return order ? <CourierPicker {...props} order={order} fits={notExcluded(order)} /> : null;
    case "include":
      return order ? <CourierPicker {...props} order={order} fits={isExcluded(order)} everybody /> : null;
    case "merge":
      return order ? <OrderPicker {...props} orders={mergeable(order, zone)} words={t("override.pick.merge")} /> : null;
    case "split":
      if (!courier) return null;
      return (
        <>
          <OrderPicker {...props} orders={movableOrders(courier, zone)} words={t("override.pick.orders")} />
          <CourierPicker {...props} fits={(each) => each.id !== courier.id} withQueue />
        </>
      );
    case "lock":
      return <LockPicker {...props} />;
    case "resequence":
      return courier ? <SequencePicker {...props} courier={courier} /> : null;
    default:
      return null;
  }
}

const notExcluded = (order: OrderView) => (each: CourierView) => !order.excluded?.includes(each.id);
const isExcluded = (order: OrderView) => (each: CourierView) => !!order.excluded?.includes(each.id);

interface PickerProps extends ChoicesProps {
  order?: OrderView;
  /** Also couriers who are off duty. */
  everybody?: boolean;
  /** Nobody in particular is a choice, too. */
  withQueue?: boolean;
  fits(courier: CourierView): boolean;
}

function CourierPicker({ zone, order, chosen, everybody, withQueue, fits, onChoose }: PickerProps) {
  const depot = zone.depots.get(order?.depot_id ?? "");
  const away_m = (courier: CourierView) => awayFrom(depot, courier, zone);
  // Sorted once, when the dialog opens: rows must not move under the pointer while couriers ride about.
  // Who was chosen before it opened stands on top.
  const chosenFirst = (courier: CourierView) => Number(courier.id !== chosen.courier_id);
  const [order_of_ids] = useState(() =>
    [...zone.couriers.values()]
      .filter((courier) => (everybody || onDuty(courier)) && fits(courier))
      .sort((a, b) => chosenFirst(a) - chosenFirst(b) || away_m(a) - away_m(b) || a.name.localeCompare(b.name))
      .map((courier) => courier.id),
  );
  const couriers = order_of_ids.map((id) => zone.couriers.get(id)).filter((courier) => courier !== undefined);
  const pick = (courier_id: string) => onChoose({ ...chosen, courier_id });
  return (
    <Picker words={t("override.pick")}>
      {withQueue && (
        <Row picked={chosen.courier_id === QUEUE} name="courier" value={QUEUE} onPick={() => pick(QUEUE)}>
          <Icon name="hold" />
          <span class="picker-name">{t("override.pick.queue")}</span>
        </Row>
      )}
      {couriers.length === 0 && <p class="faint">{t("override.pick.none")}</p>}
      {couriers.map((courier, i) => (
        <Row
          key={courier.id}
          name="courier"
          value={courier.id}
          picked={chosen.courier_id === courier.id}
          first={i === 0 && !withQueue && !chosen.courier_id}
          onPick={() => pick(courier.id)}
        >
          <VehicleIcon profile={courier.profile} />
          <span class="picker-name">{courier.name}</span>
          <span class="faint">
            {workWords(courier)}
            {Number.isFinite(away_m(courier)) &&
              ` · ${t("override.distance", { km: (away_m(courier) / 1000).toFixed(1) })}`}
          </span>
        </Row>
      ))}
    </Picker>
  );
}

function awayFrom(depot: DepotView | undefined, courier: CourierView, zone: ZoneState): number {
  const place = lastPlace(zone, courier.id);
  return place && depot ? distance_m(place, depot) : Number.POSITIVE_INFINITY;
}

function OrderPicker({ chosen, onChoose, zone, orders, words }: ChoicesProps & { orders: OrderView[]; words: string }) {
  const toggle = (id: string) => {
    const left = chosen.order_ids.filter((each) => each !== id);
    const order_ids = left.length === chosen.order_ids.length ? [...left, id] : left;
    onChoose({ ...chosen, order_ids });
  };
  return (
    <Picker words={words}>
      {orders.length === 0 && <p class="faint">{t("override.pick.no_orders")}</p>}
      {orders.map((order, i) => (
        <Row
          key={order.id}
          type="checkbox"
          name="orders"
          value={order.id}
          picked={chosen.order_ids.includes(order.id)}
          first={i === 0}
          onPick={() => toggle(order.id)}
        >
          <span class="picker-name">{order.address}</span>
          <span class="faint">
            {order.ref || shortId(order.id)} · {holderOf(order, zone)}
          </span>
        </Row>
      ))}
    </Picker>
  );
}

function holderOf(order: OrderView, zone: ZoneState): string {
  return zone.couriers.get(order.courier_id ?? "")?.name ?? tCode("status", order.status);
}

function LockPicker({ chosen, onChoose }: ChoicesProps) {
  return (
    <Picker words={t("override.pick.lock")}>
      {LOCKS.map((lock, i) => (
        <Row
          key={lock}
          name="lock"
          value={lock}
          picked={chosen.lock === lock}
          first={i === 0}
          onPick={() => onChoose({ ...chosen, lock })}
        >
          <span class="picker-name">{t(`override.lock.${lock}`)}</span>
        </Row>
      ))}
    </Picker>
  );
}

/** The stops that are not started, each with a way up and a way down. */
function SequencePicker({ courier, chosen, onChoose, zone }: ChoicesProps & { courier: CourierView }) {
  const stops = new Map(plannedStops(courier).map((stop) => [stop.stop_id, stop]));
  const ids = reconciled(chosen.stop_ids, courier);
  const move = (id: string, by: -1 | 1) => onChoose({ ...chosen, stop_ids: stepped(ids, id, by) });
  const shown = ids.map((id) => stops.get(id)).filter((stop) => stop !== undefined);
  return (
    <Picker words={t("override.pick.sequence")}>
      <ol class="sequence">
        {shown.map((stop, i) => (
          <li key={stop.stop_id} class={`stop ${stop.kind}`} data-stop={stop.stop_id}>
            <span class="stop-number">{i + 1}</span>
            <span class="stop-words">
              <strong>{placeOf(stop)}</strong>
              <span class="faint">
                {t(`drawer.stop.${taskKind(stop)}`, { n: stop.order_ids.length })}{" "}
                {stop.order_ids.map((id) => zone.orders.get(id)?.ref || shortId(id)).join(", ")}
                {stop.eta_at_ms ? ` · ${clockTime(stop.eta_at_ms)}` : ""}
              </span>
            </span>
            <span class="sequence-tools">
              <Step icon="up" label={t("override.sequence.up", { n: i + 1 })} onStep={() => move(stop.stop_id, -1)} />
              <Step
                icon="down"
                label={t("override.sequence.down", { n: i + 1 })}
                onStep={() => move(stop.stop_id, 1)}
              />
            </span>
          </li>
        ))}
      </ol>
    </Picker>
  );
}

function Step({ icon, label, onStep }: { icon: "up" | "down"; label: string; onStep(): void }) {
  return (
    <button type="button" class="icon-button" aria-label={label} title={label} onClick={onStep}>
      <Icon name={icon} />
    </button>
  );
}
