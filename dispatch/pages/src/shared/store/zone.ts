import type { Place } from "../geo/path";
import type {
  Attendee,
  CaseView,
  Cluster,
  CourierView,
  DataMessage,
  DepotView,
  FixView,
  GoalsView,
  MessageView,
  OrderView,
  RoutePath,
  View,
  ZoneChange,
  ZoneSnapshot,
} from "../protocol/messages";

type ById<T> = ReadonlyMap<string, T>;

/** Where a courier was, and when (business time). */
export interface LastPlace extends Place {
  at_ms: number;
}

/**
 * What the page itself adds to what is told: that it looks at a part of the zone now, that time has passed, and where
 * couriers out of sight are, for which it asked.
 */
export type ZoneAction =
  | DataMessage
  | { t: "looked"; view: View }
  | { t: "passed"; now_ms: number }
  | { t: "placed"; places: readonly (readonly [courier_id: string, place: LastPlace])[] };

/** Everything staff see of a zone. Maps are replaced when they change and only then, so `!==` finds what changed. */
export interface ZoneState {
  synced: boolean;
  epoch: number;
  zone: string;
  /** What the dispatcher has before their eyes; an override names it. */
  plan_version: number;
  /** Where in the stream the incidents last changed, or may have; they are not part of it. */
  traffic_seq: number;
  /** The same of the areas. */
  areas_seq: number;
  orders: ById<OrderView>;
  couriers: ById<CourierView>;
  depots: ById<DepotView>;
  /** The part of the map that is on the screen; null: the whole zone is told. */
  view: View | null;
  /** The couriers in sight. */
  fixes: ById<FixView>;
  /** Where couriers who are not in sight were last known to be. Old by design: no dot is drawn there. */
  away: ById<LastPlace>;
  /** What is shown instead of couriers where they are too many; null: dots are shown. */
  clusters: readonly Cluster[] | null;
  paths: ById<RoutePath>;
  cases: ById<CaseView>;
  /** Everybody at a desk of this zone, this one included. */
  people: readonly Attendee[];
  /** By order, in the order in which they were written. */
  messages: ReadonlyMap<string, readonly MessageView[]>;
  /** What the zone wants to reach; null: an older server does not say. */
  goals: GoalsView | null;
}

export const EMPTY_ZONE: ZoneState = {
  synced: false,
  epoch: -1,
  zone: "",
  plan_version: 0,
  traffic_seq: 0,
  areas_seq: 0,
  orders: new Map(),
  couriers: new Map(),
  depots: new Map(),
  view: null,
  fixes: new Map(),
  away: new Map(),
  clusters: null,
  paths: new Map(),
  cases: new Map(),
  people: [],
  messages: new Map(),
  goals: null,
};

/** The zone after one message. The order of changes is the live client's care (`StreamReader`). */
export function reduceZone(state: ZoneState, message: ZoneAction): ZoneState {
  switch (message.t) {
    case "zone_snapshot":
      return fromSnapshot(state, message);
    case "zone_change":
      return withChange(state, message);
    case "fixes":
      return inSight({ ...state, clusters: null, fixes: newest(state.fixes, message.fixes) });
    case "clusters":
      return { ...state, clusters: message.clusters, fixes: new Map(), away: new Map([...state.away, ...state.fixes]) };
    case "looked":
      return inSight(withView(state, message.view));
    case "passed":
      return withoutOld(state, message.now_ms - KEPT_MS);
    case "placed":
      return { ...state, away: new Map([...state.away, ...message.places]) };
    case "paths":
      return { ...state, paths: newestPaths(state.paths, message.paths) };
    case "link": {
      const courier = state.couriers.get(message.courier_id);
      if (!courier) return state;
      const { link, heard_at_ms = courier.heard_at_ms, battery = courier.battery } = message;
      if (courier.link === link && courier.battery === battery) return state;
      const heard = { ...courier, link, heard_at_ms: heard_at_ms ?? 0, battery: battery ?? null };
      return { ...state, couriers: new Map(state.couriers).set(courier.id, heard) };
    }
    case "attending":
      return { ...state, people: message.people };
    default:
      return state;
  }
}

/** The zone forgets what ended so long ago (business time), as the server does: a desk is open for days. */
export const KEPT_MS = 2 * 3_600_000;

function withoutOld(state: ZoneState, before_ms: number): ZoneState {
  const isOld = (order: OrderView) => ENDED.has(order.status) && endedAt_ms(order) < before_ms;
  const over = new Set([...state.orders.values()].filter(isOld).map(({ id }) => id));
  const dealt = [...state.cases.values()].filter((each) => each.status === "resolved" && each.at_ms < before_ms);
  if (over.size === 0 && dealt.length === 0) return state;
  return {
    ...state,
    orders: without(state.orders, over),
    messages: without(state.messages, over),
    cases: without(state.cases, new Set(dealt.map(({ id }) => id))),
  };
}

const ENDED: ReadonlySet<string> = new Set(["delivered", "collected", "returned", "canceled"]);

function endedAt_ms({ timeline = [], created_at_ms }: OrderView): number {
  return timeline.at(-1)?.at_ms ?? created_at_ms;
}

function without<T>(known: ReadonlyMap<string, T>, ids: ReadonlySet<string>): ReadonlyMap<string, T> {
  return ids.size === 0 ? known : new Map([...known].filter(([id]) => !ids.has(id)));
}

/** The courier's place, or where it was when it went out of sight. */
export function lastPlace(zone: ZoneState, courier_id: string): LastPlace | undefined {
  return zone.fixes.get(courier_id) ?? zone.away.get(courier_id);
}

function withView(state: ZoneState, view: View): ZoneState {
  return { ...state, view, clusters: state.clusters?.filter((cluster) => contains(view, cluster)) ?? null };
}

/** Without the dots of who is outside the view: nobody will tell when they move on. */
function inSight(state: ZoneState): ZoneState {
  const { view } = state;
  const outside = view ? [...state.fixes].filter(([, fix]) => !contains(view, fix)) : [];
  if (outside.length === 0) return state;
  const fixes = new Map(state.fixes);
  for (const [id] of outside) fixes.delete(id);
  return { ...state, fixes, away: new Map([...state.away, ...outside]) };
}

function contains(view: View, { lat, lon }: Place): boolean {
  return view.south <= lat && lat <= view.north && view.west <= lon && lon <= view.east;
}

function fromSnapshot(state: ZoneState, snapshot: ZoneSnapshot): ZoneState {
  // Generations come from SQL: only a restored history (a new epoch) may set them back.
  const before = snapshot.epoch === state.epoch ? state : EMPTY_ZONE;
  const couriers = index(snapshot.couriers);
  const isKnown = ([id]: readonly [string, LastPlace]) => couriers.has(id);
  // Who looks at a part is told right after the snapshot who is there now; some may have left unseen.
  const known = state.view ? new Map<string, FixView>() : before.fixes;
  return inSight({
    synced: true,
    epoch: snapshot.epoch,
    zone: snapshot.zone,
    plan_version: snapshot.plan_version ?? 0,
    traffic_seq: snapshot.seq,
    areas_seq: snapshot.seq,
    orders: index(snapshot.orders),
    couriers,
    depots: index(snapshot.depots),
    people: [],
    view: state.view,
    fixes: new Map([...newest(known, snapshot.fixes ?? [])].filter(isKnown)),
    away: new Map([...before.away, ...before.fixes].filter(isKnown)),
    clusters: before.clusters,
    paths: newestPaths(new Map(), snapshot.paths ?? []),
    cases: index(snapshot.cases ?? []),
    messages: withMessages(new Map(), snapshot.messages),
    goals: snapshot.goals ?? null,
  });
}

function withChange(state: ZoneState, change: ZoneChange): ZoneState {
  return {
    ...state,
    plan_version: change.plan_version ?? state.plan_version,
    traffic_seq: change.event === "incident_changed" ? change.seq : state.traffic_seq,
    areas_seq: change.event === "area_registered" ? change.seq : state.areas_seq,
    orders: merged(state.orders, change.orders),
    couriers: merged(state.couriers, change.couriers),
    depots: merged(state.depots, change.depots),
    paths: pathsAfter(state, change),
    cases: merged(state.cases, change.cases),
    messages: withMessages(state.messages, change.messages),
    goals: change.goals ?? state.goals,
  };
}

/** The paths after a change. Out of sight no new one follows when a route changes: the old one is wrong from then on. */
function pathsAfter(state: ZoneState, change: ZoneChange): ById<RoutePath> {
  const paths = change.paths?.length ? newestPaths(state.paths, change.paths) : state.paths;
  const isOver = ({ id, route_version = 0 }: CourierView) =>
    state.view && !state.fixes.has(id) && (paths.get(id)?.version ?? route_version) < route_version;
  const over = (change.couriers ?? []).filter(isOver).map(({ id }) => id);
  return over.length === 0 ? paths : new Map([...paths].filter(([id]) => !over.includes(id)));
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
