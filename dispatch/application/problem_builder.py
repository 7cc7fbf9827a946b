"""From the zone's state and the couriers' places to the planner's picture.

Two steps, because the state lives in the event loop and the matrices take longer than that may stand still: `snapshot`
collects what is immutable, `build_problem` may run in any thread.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from dispatch.application.ports import Position
from dispatch.application.travel_book import TravelBook
from dispatch.domain.courier import Account, Courier, Duty
from dispatch.domain.geo import Point
from dispatch.domain.order import BEFORE_PICKUP, ON_BOARD, TO_DELIVER, Dropoff, Order, OrderStatus
from dispatch.domain.route import Route, Stop, StopState
from dispatch.domain.vehicle import Load
from dispatch.domain.zone import ZoneState
from dispatch.planning.freezing import may_move
from dispatch.planning.problem import EMPTY, PlanCourier, PlanOrder, PlanStop, Problem
from dispatch.planning.terms import Weights


@dataclass(frozen=True, slots=True)
class SnapshotCourier:
    """A courier with route, goods and place. `closed` as in `PlanCourier`."""

    courier: Courier
    route: Route
    on_board: Load
    start: Point
    closed: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What planning needs of a zone's state at one moment: who can be planned, and every order that has to be."""

    version: int
    now_ms: int
    couriers: tuple[SnapshotCourier, ...]
    orders: tuple[Order, ...]
    depots: Mapping[str, Point]

    @property
    def waiting(self) -> bool:
        """Whether some order needs a place on a route."""
        routed = {order_id for c in self.couriers for order_id in c.route.order_ids()}
        return any(order.id not in routed for order in self.orders)

    def under_way(self) -> "Snapshot":
        """Only the couriers who have stops ahead and a known place, with their orders."""
        couriers = tuple(c for c in self.couriers if c.route.stops and c.closed != "no_position")
        routed = {order_id for c in couriers for order_id in c.route.order_ids()}
        return replace(self, couriers=couriers, orders=tuple(order for order in self.orders if order.id in routed))


def needs_a_place(state: ZoneState, order: Order) -> bool:
    """Whether the planner has to find a place for an order on a route, now or when it is due.

    That is what nobody has yet; and goods on board that lost their drop-off stop, after a failed attempt.
    """
    if order.status in TO_DELIVER:
        return order.id not in state.route(order.courier_id).order_ids()
    return order.status is OrderStatus.DISPATCHABLE


def snapshot(
    state: ZoneState,
    positions: Mapping[str, Position],
    now_ms: int,
    lost_after_ms: int,
    *,
    only_couriers: Collection[str] | None = None,
) -> Snapshot:
    """The zone as it stands at business time `now_ms`; only these couriers and their orders, when they are named.

    A place older than `lost_after_ms` counts as lost: its courier keeps the route and gets nothing new. Orders whose
    `commit_due_at_ms` lies ahead are left out.
    """
    wanted = state.couriers.keys() if only_couriers is None else only_couriers
    by_courier: defaultdict[str, list[Order]] = defaultdict(list)
    free = []
    for order in state.orders.values():
        if order.courier_id in wanted:
            by_courier[order.courier_id].append(order)
        elif order.status is OrderStatus.DISPATCHABLE and order.commit_due_at_ms <= now_ms:
            free.append(order)
    couriers = []
    for courier_id in wanted:
        courier, route = state.couriers[courier_id], state.route(courier_id)
        goods = [order for order in by_courier[courier_id] if order.status in ON_BOARD]
        if only_couriers is None and not (_works(courier) or route.stops or goods):
            continue
        position = positions.get(courier_id)
        start = _start(state, route, goods, position)
        if start:
            on_board = sum((order.load for order in goods), EMPTY)
            closed = _closed(courier, position, now_ms - lost_after_ms)
            couriers.append(SnapshotCourier(courier, route, on_board, start, closed))
    held = [order for c in couriers for order in by_courier[c.courier.id] if _needs_stops(order, c.route)]
    orders = tuple(_without_people(order) for order in (*held, *free))
    depots = {order.depot_id: state.depots[order.depot_id].place for order in orders}
    return Snapshot(state.plan_version, now_ms, tuple(couriers), orders, depots)


def build_problem(seen: Snapshot, book: TravelBook, weights: Weights) -> Problem:
    """The picture with its travel times: first the depots' places, then the doors, then the couriers' starts."""
    depot_place = {depot_id: k for k, depot_id in enumerate(seen.depots)}
    doors = [order.dropoff.place for order in seen.orders]
    fixed = [*seen.depots.values(), *doors]
    starts = [courier.start for courier in seen.couriers]
    orders = {
        order.id: PlanOrder(order, depot_place[order.depot_id], len(depot_place) + k, may_move(order))
        for k, order in enumerate(seen.orders)
    }
    couriers = tuple(_plan_courier(c, len(fixed) + k, seen.now_ms) for k, c in enumerate(seen.couriers))
    matrices = book.matrices((c.courier.profile for c in seen.couriers), fixed, starts)
    return Problem(seen.version, seen.now_ms, couriers, orders, matrices, weights)


def _works(courier: Courier) -> bool:
    return courier.account is Account.ACTIVE and courier.duty is Duty.AVAILABLE


def _closed(courier: Courier, position: Position | None, lost_before_ms: int) -> str:
    if not _works(courier):
        return "off_duty"
    if position is None:
        return "no_position"
    return "position_lost" if position.received_at_ms < lost_before_ms else ""


def _start(state: ZoneState, route: Route, goods: list[Order], position: Position | None) -> Point | None:
    """Where the courier is; without a place, where they were to go next: such a courier gets nothing new anyway."""
    if position:
        return position.place
    if route.stops:
        return route.stops[0].place
    doors = [order.dropoff.place for order in goods]
    return next(iter([*doors, *(depot.place for depot in state.depots.values())]), None)


def _needs_stops(order: Order, route: Route) -> bool:
    """Whether the order is, or has to be, on the route of the courier who holds it."""
    return order.status in TO_DELIVER or (order.status in BEFORE_PICKUP and order.id in route.order_ids())


def _without_people(order: Order) -> Order:
    """The order without names, addresses, contents and history: the planner needs none of them."""
    bare = replace(order, dropoff=Dropoff(order.dropoff.place, ""), ref="", track_hash="", timeline=())
    return replace(bare, lines=(), pin="", barcode="", proofs=())


def _plan_courier(seen: SnapshotCourier, start: int, now_ms: int) -> PlanCourier:
    stops = seen.route.stops
    first_planned = next((k for k, stop in enumerate(stops) if not stop.started), len(stops))
    return PlanCourier(
        seen.courier.id,
        seen.courier.profile,
        seen.courier.capacity,
        start,
        now_ms,
        tuple(_plan_stop(stop) for stop in stops[:first_planned]),
        tuple(_plan_stop(stop) for stop in stops[first_planned:]),
        seen.on_board,
        seen.closed,
    )


def _plan_stop(stop: Stop) -> PlanStop:
    return PlanStop(stop.kind, stop.order_ids, stop.arrive_at_ms if stop.state is StopState.ARRIVED else 0)
