import type {
  CaseView,
  CourierView,
  DataMessage,
  DepotView,
  FixView,
  MessageView,
  OrderView,
  RoutePath,
  ZoneChange,
  ZoneSnapshot,
} from "../protocol/messages";

type ById<T> = ReadonlyMap<string, T>;

/** Everything staff see of a zone. Maps are replaced when they change and only then, so `!==` finds what changed. */
export interface ZoneState {
  synced: boolean;
  epoch: number;
  zone: string;
  /** What the dispatcher has before their eyes; an override names it. */
  plan_version: number;
  /** Where in the stream the incidents last changed, or may have; they are not part of it. */
  traffic_seq: number;
  orders: ById<OrderView>;
  couriers: ById<CourierView>;
  depots: ById<DepotView>;
  fixes: ById<FixView>;
  paths: ById<RoutePath>;
  cases: ById<CaseView>;
  /** By order, in the order in which they were written. */
  messages: ReadonlyMap<string, readonly MessageView[]>;
}

export const EMPTY_ZONE: ZoneState = {
  synced: false,
  epoch: -1,
  zone: "",
  plan_version: 0,
  traffic_seq: 0,
  orders: new Map(),
  couriers: new Map(),
  depots: new Map(),
  fixes: new Map(),
  paths: new Map(),
  cases: new Map(),
  messages: new Map(),
};

/** The zone after one message. The order of changes is the live client's care (`StreamReader`). */
export function reduceZone(state: ZoneState, message: DataMessage): ZoneState {
  switch (message.t) {
    case "zone_snapshot":
      return fromSnapshot(state, message);
    case "zone_change":
      return withChange(state, message);
    case "fixes":
      return { ...state, fixes: newest(state.fixes, message.fixes) };
    case "paths":
      return { ...state, paths: newestPaths(state.paths, message.paths) };
    case "link": {
      const courier = state.couriers.get(message.courier_id);
      if (!courier || courier.link === message.link) return state;
      return { ...state, couriers: new Map(state.couriers).set(courier.id, { ...courier, link: message.link }) };
    }
    default:
      return state;
  }
}

function fromSnapshot(state: ZoneState, snapshot: ZoneSnapshot): ZoneState {
  // Generations come from SQL: only a restored history (a new epoch) may set them back.
  const known = snapshot.epoch === state.epoch ? state.fixes : new Map<string, FixView>();
  const couriers = index(snapshot.couriers);
  const fixes = new Map([...newest(known, snapshot.fixes ?? [])].filter(([id]) => couriers.has(id)));
  return {
    synced: true,
    epoch: snapshot.epoch,
    zone: snapshot.zone,
    plan_version: snapshot.plan_version ?? 0,
    traffic_seq: snapshot.seq,
    orders: index(snapshot.orders),
    couriers,
    depots: index(snapshot.depots),
    fixes,
    paths: newestPaths(new Map(), snapshot.paths ?? []),
    cases: index(snapshot.cases ?? []),
    messages: withMessages(new Map(), snapshot.messages),
  };
}

function withChange(state: ZoneState, change: ZoneChange): ZoneState {
  return {
    ...state,
    plan_version: change.plan_version ?? state.plan_version,
    traffic_seq: change.event === "incident_changed" ? change.seq : state.traffic_seq,
    orders: merged(state.orders, change.orders),
    couriers: merged(state.couriers, change.couriers),
    depots: merged(state.depots, change.depots),
    paths: change.paths?.length ? newestPaths(state.paths, change.paths) : state.paths,
    cases: merged(state.cases, change.cases),
    messages: withMessages(state.messages, change.messages),
  };
}

function index<T extends { id: string }>(views: readonly T[]): Map<string, T> {
  return new Map(views.map((view) => [view.id, view]));
}

function merged<T extends { id: string }>(known: ById<T>, views: readonly T[] | undefined): ById<T> {
  if (!views?.length) return known;
  const next = new Map(known);
  for (const view of views) next.set(view.id, view);
  return next;
}

/** Whether `a` was taken after `b` in the courier's own order of facts. */
export function isNewer(a: FixView, b: FixView | null | undefined): boolean {
  return !b || a.gen > b.gen || (a.gen === b.gen && a.seq > b.seq);
}

function newest(known: ById<FixView>, fixes: readonly FixView[]): ById<FixView> {
  const fresh = fixes.filter((fix) => isNewer(fix, known.get(fix.courier_id)));
  return fresh.length === 0 ? known : new Map([...known, ...fresh.map((fix) => [fix.courier_id, fix] as const)]);
}

/** A path replaces the courier's last one unless its version is lower; an empty one clears it. */
function newestPaths(known: ById<RoutePath>, paths: readonly RoutePath[]): ById<RoutePath> {
  const next = new Map(known);
  for (const path of paths) {
    if (path.version < (known.get(path.courier_id)?.version ?? 0)) continue;
    if (path.polyline6) next.set(path.courier_id, path);
    else next.delete(path.courier_id);
  }
  return next;
}

/** The threads with more messages; one that is known already is not told twice. */
function withMessages(known: ZoneState["messages"], messages: readonly MessageView[] = []): ZoneState["messages"] {
  const next = new Map(known);
  for (const message of messages) {
    const thread = next.get(message.order_id) ?? [];
    if (!thread.some(({ id }) => id === message.id)) next.set(message.order_id, [...thread, message]);
  }
  return messages.length === 0 ? known : next;
}
