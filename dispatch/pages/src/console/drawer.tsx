import { cutOffWords, moveWords } from "../shared/eta";
import { clockTime, isNear, nearOrClock, rangeOrDay, relative, shortId, span, timeOrDay } from "../shared/format";
import { type Key, t, tCode } from "../shared/i18n";
import { doneAt_ms, isBrought, isWithCustomer, lateness_ms, phaseOf, reasonWords, toneOf } from "../shared/order";
import type { CourierView, DepotView, OrderView, StopView } from "../shared/protocol/messages";
import { placeOf, taskKind } from "../shared/stop";
import { lastPlace } from "../shared/store/zone";
import { Icon, VehicleIcon } from "../shared/ui/icon";
import { Proofs } from "../shared/ui/proofs";
import { CaseDrawer } from "./case_drawer";
import { OpenCase } from "./case_open";
import { caseName, casesOf, isOpen, standsKey } from "./cases";
import { changesFor, FIRST_CHANGES, type OrderChange, routeChangesFor } from "./changes";
import { ClaimsOfOrder } from "./claims_of_order";
import { type DrawerProps, Fact, Head } from "./drawer_parts";
import { EtasBox } from "./etas_box";
import { FleetFacts } from "./fleet_facts";
import { GoodsBox } from "./goods_box";
import { HistoryBox } from "./history_box";
import { LinkBox } from "./link_box";
import { rightFor, useMay } from "./may";
import { ModeFacts } from "./mode_facts";
import { OrderHistory, OrderRating } from "./order_history";
import { OrderMessages, ThreadThen } from "./order_messages";
import { OverrideHistory } from "./override_history";
import { Papers } from "./papers";
import { usePast } from "./past";
import { PastLock } from "./past_lock";
import { CourierPlaybook, OrderPlaybook } from "./playbook_box";
import type { Selection } from "./selection";
import { PaymentFact, WishFacts, WishHistory } from "./wishes_box";

const KINDS: Readonly<Record<Selection["kind"], Key>> = {
  order: "drawer.order",
  courier: "drawer.courier",
  depot: "drawer.depot",
  case: "case.drawer",
  incident: "traffic.title",
  area: "areas.title",
  stock: "stock.title",
  claim: "claims.title",
  waves: "waves.title",
};

/** Everything about what is selected. */
export function Drawer(props: DrawerProps) {
  const { zone, selection } = props;
  const order = selection.kind === "order" ? zone.orders.get(selection.id) : undefined;
  const courier = selection.kind === "courier" ? zone.couriers.get(selection.id) : undefined;
  const depot = selection.kind === "depot" ? zone.depots.get(selection.id) : undefined;
  const conflict = selection.kind === "case" ? zone.cases.get(selection.id) : undefined;
  const kind = t(KINDS[selection.kind]);
  const isPast = usePast().at_ms !== null;
  return (
    <aside class="drawer" aria-label={kind} data-drawer={selection.id}>
      {order && <OrderDrawer {...props} order={order} />}
      {courier && <CourierDrawer {...props} courier={courier} />}
      {depot && <DepotDrawer {...props} depot={depot} />}
      {conflict && <CaseDrawer {...props} conflict={conflict} />}
      {!order && !courier && !depot && !conflict && (
        <Head {...props} kind={kind} title={shortId(selection.id)}>
          <p class="faint">{t(isPast ? "replay.not_there" : "drawer.gone")}</p>
        </Head>
      )}
    </aside>
  );
}

function OrderDrawer(props: DrawerProps & { order: OrderView }) {
  const { order, now_ms, zone } = props;
  const tone = toneOf(order, now_ms);
  const late_ms = lateness_ms(order, now_ms);
  const cutOff = cutOffWords(order);
  const isPast = usePast().at_ms !== null;
  const moved = doneAt_ms(order) ? "" : moveWords(order);
  const depot = zone.depots.get(order.depot_id);
  const may = useMay();
  return (
    <>
      <Head {...props} kind={`${t("drawer.order")} ${order.ref || shortId(order.id)}`} title={order.address}>
        <p class="drawer-chips">
          <span class="chip accent">{tCode("status", order.status)}</span>
          {isBrought(order) && (
            <span class={`chip ${tone}`}>
              <Icon name={tone === "on_time" ? "check" : tone === "unknown" ? "circle" : "clock"} />
              {late_ms > 0 && tone === "late" ? t("row.late", { span: span(late_ms) }) : t(`promise.${tone}`)}
            </span>
          )}
        </p>
      </Head>
      <div class="drawer-body">
        {cutOff && (
          <p class="alert cut-off">
            <Icon name="closed" />
            <span>{t("order.cut_off", { reason: cutOff })}</span>
          </p>
        )}
        <PastLock>
          <OrderPlaybook {...props} />
        </PastLock>
        <dl class="facts">
          {isBrought(order) && <Fact label="drawer.eta" value={arrival(order, now_ms)} />}
          {moved && <Fact label="eta.why" value={moved} />}
          <Fact label="drawer.promise" value={order.promise_at_ms ? timeOrDay(order.promise_at_ms, now_ms) : "–"} />
          <Fact label="drawer.ready" value={order.ready_at_ms ? timeOrDay(order.ready_at_ms, now_ms) : "–"} />
          {depot && (
            <Fact
              label="drawer.depot"
              value={depot.name}
              onOpen={() => props.onSelect({ kind: "depot", id: depot.id })}
            />
          )}
          <ModeFacts {...props} />
          {isBrought(order) && <Assignee {...props} />}
          {order.reason && !cutOff && <Fact label="drawer.reason" value={reasonWords(order.reason)} />}
          <Collecting {...props} />
          <Required {...order} />
          <PaymentFact order={order} />
          <WishFacts order={order} now_ms={now_ms} />
          <Held {...props} />
        </dl>
        {!isPast && isBrought(order) && <EtasBox key={order.id} order={order} token={props.token} />}
        <PastLock>
          <Actions {...props} />
          <GoodsBox {...props} />
          <Papers key={order.id} token={props.token} order_ids={[order.id]} name={order.ref || shortId(order.id)} />
        </PastLock>
        <Conflicts {...props} />
        {!isPast && isWithCustomer(order) && may("read_claims") && (
          <ClaimsOfOrder key={order.id} {...props} zone={zone.zone} />
        )}
        <Proofs order={order} token={props.token} />
        <OrderRating order={order} now_ms={now_ms} />
        {isPast ? <ThreadThen {...props} /> : <OrderMessages {...props} />}
        {!isPast && may("read_overrides") && <OverrideHistory {...props} />}
        <WishHistory order={order} />
        <OrderHistory order={order} now_ms={now_ms} />
        <HistoryBox {...props} of="orders" id={order.id} stamp={stampOf(order)} />
        {!isPast && may("handle_case") && <OpenCase key={order.id} {...props} />}
        {!isPast && may("revoke_link") && <LinkBox key={order.id} order={order} token={props.token} />}
      </div>
    </>
  );
}

/** Changes with every event that an order's history has. */
function stampOf(order: OrderView): string {
  const { status, timeline = [], eta_changed_at_ms, lock, priority, excluded = [], preparation = [], rating } = order;
  const { wish_version, mode, shipment } = order;
  return [
    status,
    timeline.length,
    eta_changed_at_ms,
    lock,
    priority,
    excluded.length,
    preparation.length,
    rating?.at_ms,
    wish_version,
    mode,
    shipment?.state,
    shipment?.tracking_number,
  ].join();
}

function arrival(order: OrderView, now_ms: number): string {
  const done_ms = doneAt_ms(order);
  if (done_ms) return timeOrDay(done_ms, now_ms);
  if (!order.eta_at_ms) return "–";
  const from_ms = Math.max(order.eta_at_ms, now_ms);
  const range = rangeOrDay(from_ms, order.eta_late_at_ms ?? from_ms, now_ms);
  return isNear(from_ms, now_ms) ? `${range} · ${relative(from_ms, now_ms)}` : range;
}

function Assignee({ order, zone, onSelect }: DrawerProps & { order: OrderView }) {
  const courier = zone.couriers.get(order.courier_id ?? "");
  if (!courier) return <Fact label="drawer.assignee" value={t("drawer.assignee.none")} />;
  return (
    <Fact label="drawer.assignee" value={courier.name} onOpen={() => onSelect({ kind: "courier", id: courier.id })} />
  );
}

/** What a delivery must be proven with. */
/** Where the customer fetches it themselves. */
function Collecting({ order, now_ms }: DrawerProps & { order: OrderView }) {
  const there = order.collection;
  if (!there) return null;
  const until = there.state === "at_point" ? timeOrDay(there.until_ms ?? 0, now_ms) : "";
  return (
    <Fact
      label="drawer.point"
      value={[there.point_id, tCode("point.state", there.state), until].filter(Boolean).join(" · ")}
    />
  );
}

function Required({ requires = [] }: OrderView) {
  if (requires.length === 0) return null;
  return (
    <div class="fact">
      <dt>{t("proof.asked")}</dt>
      <dd class="drawer-chips">
        {requires.map((kind) => (
          <span key={kind} class="chip">
            {tCode("proof.kind", kind)}
          </span>
        ))}
      </dd>
    </div>
  );
}

/** The way from an order to what does not agree about it. */
function Conflicts({ order, zone, onSelect }: DrawerProps & { order: OrderView }) {
  const conflicts = casesOf(zone, "").filter(({ order_id }) => order_id === order.id);
  return (
    <>
      {conflicts.map((conflict) => (
        <button
          key={conflict.id}
          type="button"
          class={`conflict-link ${isOpen(conflict) ? "late" : "faint"}`}
          onClick={() => onSelect({ kind: "case", id: conflict.id })}
        >
          <Icon name={isOpen(conflict) ? "conflict" : "check"} />
          <span>{caseName(conflict)}</span>
          <span>{t(standsKey(conflict))}</span>
        </button>
      ))}
    </>
  );
}

/** What people keep of it against the planner. */
function Held({ order, zone }: DrawerProps & { order: OrderView }) {
  const { lock = "none", priority = 0, excluded = [] } = order;
  const names = excluded.map((id) => zone.couriers.get(id)?.name ?? shortId(id)).join(", ");
  return (
    <>
      {lock !== "none" && <Fact label="order.lock" value={tCode("override.lock", lock)} />}
      {priority > 0 && <Fact label="order.priority" value={String(priority)} />}
      {names && <Fact label="order.excluded" value={names} />}
    </>
  );
}

function Actions({ order, onChange }: DrawerProps & { order: OrderView }) {
  const may = useMay();
  const kinds = changesFor(order).filter((kind) => may(rightFor(kind)));
  const more = kinds.filter((kind) => !FIRST_CHANGES.has(kind));
  if (kinds.length === 0) return null;
  const button = (kind: OrderChange) => (
    <button
      key={kind}
      type="button"
      class={`button${kind === "assign" || kind === "release" ? " primary" : kind === "cancel" ? " danger" : ""}`}
      data-action={kind}
      onClick={() => onChange(kind, order.id)}
    >
      {t(kind === "assign" && order.courier_id ? "action.reassign" : `action.${kind}`)}
    </button>
  );
  return (
    <>
      <div class="actions">{kinds.filter((kind) => FIRST_CHANGES.has(kind)).map(button)}</div>
      {more.length > 0 && (
        <details class="more">
          <summary>{t("action.more")}</summary>
          <div class="actions">{more.map(button)}</div>
        </details>
      )}
    </>
  );
}

function RouteActions({ courier, zone, onChange }: DrawerProps & { courier: CourierView }) {
  const may = useMay();
  const kinds = may("override") ? routeChangesFor(courier, zone) : [];
  if (kinds.length === 0) return null;
  return (
    <div class="actions route-actions">
      {kinds.map((kind) => (
        <button key={kind} type="button" class="button" data-action={kind} onClick={() => onChange(kind, courier.id)}>
          {t(`action.${kind}`)}
        </button>
      ))}
    </div>
  );
}

function CourierDrawer(props: DrawerProps & { courier: CourierView }) {
  const { courier, zone, now_ms } = props;
  const fix = zone.fixes.get(courier.id);
  const place = lastPlace(zone, courier.id);
  const link = courier.link ?? "offline";
  const stops = courier.stops ?? [];
  return (
    <>
      <Head {...props} kind={t("drawer.courier")} title={courier.name}>
        <p class="drawer-chips">
          <span class="chip accent">
            <VehicleIcon profile={courier.profile} />
            {tCode("profile", courier.profile)}
          </span>
          <span class="chip unknown">{t(`duty.${courier.duty}`)}</span>
          <span class={`chip ${link === "live" ? "on_time" : "at_risk"}`}>{t(`link.${link}`)}</span>
        </p>
      </Head>
      <div class="drawer-body">
        <PastLock>
          <CourierPlaybook {...props} />
        </PastLock>
        <dl class="facts" data-place={place ? `${place.lat},${place.lon}` : undefined}>
          <Fact label="drawer.seen" value={place ? nearOrClock(place.at_ms, now_ms) : t("drawer.seen.never")} />
          {fix?.speed_mps !== null && fix?.speed_mps !== undefined && (
            <Fact label="drawer.speed" value={t("drawer.speed.value", { n: Math.round(fix.speed_mps * 3.6) })} />
          )}
        </dl>
        <PastLock>
          <FleetFacts {...props} />
        </PastLock>
        <h3>
          {t("drawer.route")}
          <span class="faint"> {t("drawer.route.version", { version: courier.route_version ?? 0 })}</span>
        </h3>
        <RouteReason {...courier} />
        <PastLock>
          <RouteActions {...props} />
        </PastLock>
        {stops.length === 0 && <p class="faint">{t("drawer.route.none")}</p>}
        <ol class="route">
          {stops.map((stop, i) => (
            <StopRow key={stop.stop_id} stop={stop} number={i + 1} {...props} />
          ))}
        </ol>
        <HistoryBox
          {...props}
          of="couriers"
          id={courier.id}
          stamp={`${courier.duty},${courier.route_version},${stops.length}`}
        />
      </div>
    </>
  );
}

/** Why the route last changed, and where a plan did it, what made the plan and what it gains. */
function RouteReason({ route_reason = "", route_engines = [], route_gain_s = 0 }: CourierView) {
  if (!route_reason) return null;
  return (
    <p class="route-reason">
      {tCode("route", route_reason)}
      {route_engines.length > 0 && ` (${route_engines.map((engine) => tCode("engine", engine)).join(" + ")})`}
      {route_gain_s >= 1 && ` · ${t("route.gain", { time: span(route_gain_s * 1000) })}`}
    </p>
  );
}

function StopRow({ stop, number, zone, now_ms, onSelect }: DrawerProps & { stop: StopView; number: number }) {
  const late = stop.latest_at_ms && stop.eta_at_ms ? stop.eta_at_ms > stop.latest_at_ms : false;
  const what = t(`drawer.stop.${taskKind(stop)}`, { n: stop.order_ids.length });
  return (
    <li class={`stop ${stop.kind}`}>
      <span class="stop-number">{number}</span>
      <div class="stop-words">
        <strong>{placeOf(stop)}</strong>
        <span class="faint">
          {what}
          {stop.order_ids.map((id) => {
            const order = zone.orders.get(id);
            return (
              <button key={id} type="button" class="link" onClick={() => onSelect({ kind: "order", id })}>
                {order?.ref || shortId(id)}
              </button>
            );
          })}
        </span>
      </div>
      <time class={late ? "late" : ""} title={stop.eta_at_ms ? relative(stop.eta_at_ms, now_ms) : ""}>
        {stop.eta_at_ms ? clockTime(stop.eta_at_ms) : ""}
      </time>
    </li>
  );
}

function DepotDrawer(props: DrawerProps & { depot: DepotView }) {
  const { depot, zone } = props;
  const waiting = [...zone.orders.values()].filter(
    (order) => order.depot_id === depot.id && ["waiting", "held", "to_pickup"].includes(phaseOf(order)),
  );
  return (
    <>
      <Head {...props} kind={t("drawer.depot")} title={depot.name}>
        <p class="faint">{depot.address}</p>
      </Head>
      <div class="drawer-body">
        <h3>
          {t("kpi.open")} <span class="faint">{waiting.length}</span>
        </h3>
        <ol class="history">
          {waiting.map((order) => (
            <li key={order.id}>
              <button type="button" class="link" onClick={() => props.onSelect({ kind: "order", id: order.id })}>
                {order.address}
              </button>
              <span>{tCode("status", order.status)}</span>
            </li>
          ))}
        </ol>
      </div>
    </>
  );
}
