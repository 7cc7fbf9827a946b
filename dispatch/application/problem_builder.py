"""From the zone's state and the couriers' places to the planner's picture.

Two steps, because the state lives in the event loop and the matrices take longer than that may stand still: `snapshot`
collects what is immutable, `build_problem` may run in any thread.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from dispatch.application.meetings import meeting_orders, planned_ids, promised_load
from dispatch.application.ports import Position
from dispatch.application.problem_parts import Places, frozen_count, orders_of_stops, plan_courier, plan_order
from dispatch.application.rides_needed import Needed, every_ride
from dispatch.application.travel_book import TravelBook
from dispatch.domain.allotment import missing_at, needs
from dispatch.domain.area import Area
from dispatch.domain.areas import AreaMap
from dispatch.domain.courier import Account, Courier, Duty
from dispatch.domain.ends import as_it_goes, needs_dropoff
from dispatch.domain.geo import Point
from dispatch.domain.handover import holds_goods
from dispatch.domain.order import BEFORE_PICKUP, ON_BOARD, TO_DELIVER, Dropoff, Order, OrderStatus
from dispatch.domain.route import Route
from dispatch.domain.shelf import Shelf, shelf_id
from dispatch.domain.skills import needed_skills, skills_of
from dispatch.domain.vehicle import Load
from dispatch.domain.zone import ZoneState
from dispatch.planning.problem import Problem
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
    """What planning needs of a zone's state at one moment: who can be planned, and every order that has to be.

    `skills` are those that some courier of the zone carries, `areas` those of the zone if some courier here knows one.
    """

    version: int
    now_ms: int
    couriers: tuple[SnapshotCourier, ...]
    orders: tuple[Order, ...]
    depots: Mapping[str, Point]
    skills: frozenset[str] = frozenset()
    areas: tuple[Area, ...] = ()

    @property
    def waiting(self) -> bool:
        """Whether some order needs a place on a route."""
        routed = {order_id for c in self.couriers for order_id in planned_ids(c.route)}
        return any(order.id not in routed for order in self.orders)

    def under_way(self) -> "Snapshot":
        """Only the couriers who have stops ahead and a known place, with their orders."""
        couriers = tuple(c for c in self.couriers if c.route.stops and c.closed != "no_position")
        routed = {order_id for c in couriers for order_id in planned_ids(c.route)}
        return replace(self, couriers=couriers, orders=tuple(order for order in self.orders if order.id in routed))


def needs_a_place(state: ZoneState, order: Order) -> bool:
    """Whether the planner has to find a place for an order on a route, now or when it is due.

    That is what nobody has yet; and goods on board that lost their drop-off stop, after a failed attempt.
    """
    if order.status in TO_DELIVER:
        return needs_dropoff(order) and order.id not in state.route(order.courier_id).order_ids()
    return order.status is OrderStatus.DISPATCHABLE


def snapshot(
    state: ZoneState,
    positions: Mapping[str, Position],
    now_ms: int,
    lost_after_ms: int,
    *,
    only_couriers: Collection[str] | None = None,
    orders: Iterable[Order] | None = None,
) -> Snapshot:
    """The zone as it stands at business time `now_ms`; only these couriers and their orders, when they are named.

    `orders` spares looking through all orders of the zone: those that these couriers hold, and free ones to be planned.
    A place older than `lost_after_ms` counts as lost: its courier keeps the route and gets nothing new. Orders whose
    `commit_due_at_ms` lies ahead are left out.
    """
    wanted = state.couriers.keys() if only_couriers is None else only_couriers
    by_courier: defaultdict[str, list[Order]] = defaultdict(list)
    free = []
    for order in state.orders.values() if orders is None else orders:
        if order.courier_id in wanted:
            by_courier[order.courier_id].append(order)
        elif order.status is OrderStatus.DISPATCHABLE and order.commit_due_at_ms <= now_ms:
            free.append(order)
    couriers = []
    for courier_id in wanted:
        courier, route = state.couriers[courier_id], state.route(courier_id)
        own = by_courier[courier_id]
        goods = [order for order in own if order.status in ON_BOARD and holds_goods(order, courier_id)]
        if only_couriers is None and not (works(courier) or route.stops or goods):
            continue
        position = positions.get(courier_id)
        start = _start(state, route, goods, position)
        if start:
            on_board = sum((order.load for order in goods), promised_load(state, courier_id))
            closed = _closed(courier, position, now_ms - lost_after_ms)
            couriers.append(SnapshotCourier(courier, route, on_board, start, closed))
    held = [order for c in couriers for order in by_courier[c.courier.id] if _needs_stops(order, c.route)]
    met = [order for c in couriers for order in meeting_orders(state, c.route)]
    planned = tuple(_with_goods(state, order, now_ms) for order in (*held, *met, *free))
    depots = {d: state.depots[d].place for o in (*held, *free) for d in (o.depot_id, *o.depot_options)}
    areas = tuple(state.areas.values()) if any(c.courier.home_areas for c in couriers) else ()
    skills = skills_of(state.couriers.values())
    return Snapshot(state.plan_version, now_ms, tuple(couriers), planned, depots, skills, areas)


def _with_goods(state: ZoneState, order: Order, now_ms: int) -> Order:
    """The order with those of its further depots that still have what it takes."""
    if not order.depot_options or order.stock is None:
        return order

    def shelf_of(depot_id: str, sku: str) -> Shelf:
        return state.shelves.get(shelf_id(depot_id, sku)) or Shelf(depot_id, sku)

    able = tuple(d for d in order.depot_options if not missing_at(needs(order), d, shelf_of, now_ms))
    return order if able == order.depot_options else replace(order, depot_options=able)


def without_people(order: Order) -> Order:
    """The order as it now goes, without names, addresses, contents and history: the planner needs none of them."""
    bare = replace(as_it_goes(order), dropoff=Dropoff(order.dropoff.place, ""), ref="", track_hash="", timeline=())
    bare = replace(bare, preparation=())
    return replace(bare, lines=(), pin="", barcode="", proofs=(), phone_mark="", payment=None)


def build_problem(
    seen: Snapshot,
    book: TravelBook,
    weights: Weights,
    *,
    needed: Needed = every_ride,
    bare: Callable[[Order], Order] = without_people,
) -> Problem:
    """The picture with its travel times: first the depots' places, then the doors, then the couriers' starts.

    `needed` says which rides have to be known, `bare` takes people's names off an order.
    """
    places, by_id = Places(seen.depots), {order.id: order for order in seen.orders}
    frozen = [frozen_count(c.route, by_id) for c in seen.couriers]
    held = {o for c, n in zip(seen.couriers, frozen, strict=True) for o in orders_of_stops(c.route.stops[:n])}
    areas = AreaMap(seen.areas).areas_of([order.dropoff.place for order in seen.orders])
    orders = {
        order.id: plan_order(order, _needing(bare(order), seen.skills), places, area=area, frozen=held)
        for order, area in zip(seen.orders, areas, strict=True)
    }
    fixed, starts = places.points, [courier.start for courier in seen.couriers]
    couriers = tuple(
        plan_courier(
            c.courier,
            c.route,
            frozen=frozen[k],
            start=len(fixed) + k,
            now_ms=seen.now_ms,
            on_board=c.on_board,
            closed=c.closed,
        )
        for k, c in enumerate(seen.couriers)
    )
    problem = Problem(seen.version, seen.now_ms, couriers, orders, {}, weights)
    rides = needed(problem, len(fixed) + len(starts))
    return replace(problem, travel_ms=book.matrices((c.courier.profile for c in seen.couriers), fixed, starts, rides))


def works(courier: Courier) -> bool:
    """Whether the courier takes new orders, as far as account and duty say."""
    return courier.account is Account.ACTIVE and courier.duty is Duty.AVAILABLE


def _closed(courier: Courier, position: Position | None, lost_before_ms: int) -> str:
    if not works(courier):
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
    return needs_dropoff(order) or (order.status in BEFORE_PICKUP and order.id in route.order_ids())


def _needing(order: Order, known: frozenset[str]) -> Order:
    """The order with every skill that its courier needs, also those that follow from the rest of it."""
    needed = needed_skills(order, known)
    return order if needed == order.skills else replace(order, skills=needed)
