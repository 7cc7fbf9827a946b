"""A problem as arrays for the search, and the search's routes as stops of the problem.

Times are ms from the problem's now, costs seconds of riding, so prices by the clock are a thousandth of what `Weights`
says by the second.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

import numpy as np

from dispatch.domain.order import ON_BOARD, Lock, Order
from dispatch.domain.route import StopKind
from dispatch.domain.vehicle import Load
from dispatch.planning.eligibility import candidates
from dispatch.planning.objective import awaited, late_from_ms, pairing_costs, ride_price, urgency
from dispatch.planning.problem import PlanCourier, PlanOrder, PlanStop, Problem, Visit, depots_of, stops_of, visits_of
from dispatch.planning.retime import Behind, behind
from dispatch.planning.search.layout import (
    DROPOFF,
    NOWHERE,
    PICKUP,
    REQUEST,
    ROUTE,
    SETTINGS,
    VISIT,
    Floats,
    Instance,
    Places,
    Records,
    State,
    empty_state,
)

NEIGHBOURS = 60
_TIME_SHARE = 0.25
"""A second apart in time counts so many seconds apart in space, in who is near whom."""
_NEVER_LOST = 1e9
"""The price of an order that had a courier and has none: no plan may do that."""
REMOVED = 10.0


@dataclass(frozen=True, eq=False, slots=True)
class Encoded:
    """A problem as arrays; `order_ids` are the requests, couriers are routes in the problem's order."""

    problem: Problem
    order_ids: tuple[str, ...]
    instance: Instance
    behind: tuple[Behind, ...]

    def state(self, seed: int) -> State:
        """The routes as they are planned now."""
        planned = max((len(visits_of(courier.planned)) for courier in self.problem.couriers), default=0)
        state = empty_state(self.instance, seed, planned)
        self.put_routes(state, [courier.planned for courier in self.problem.couriers])
        return state

    def put_routes(self, state: State, routes: Sequence[Sequence[PlanStop]]) -> None:
        """Give the state these routes; `annealing.start` works out the rest."""
        request = {order_id: r for r, order_id in enumerate(self.order_ids)}
        for k, stops in enumerate(routes):
            depots = depots_of(stops)
            visits = [self._visit(request[o], kind, depots.get(o, "")) for kind, o in visits_of(stops)]
            state.lines["length"][k] = len(visits)
            state.at["visit"][k, 1 : len(visits) + 1] = visits

    def stops(self, visits: Sequence[int]) -> tuple[PlanStop, ...]:
        """Visits of the search as stops."""
        width = int(self.instance.settings["options"][0]) + 1
        made: list[Visit] = []
        depots: dict[str, str] = {}
        for visit in visits:
            order_id, option = self.order_ids[visit // width], visit % width
            made.append((StopKind.DROPOFF if option == width - 1 else StopKind.PICKUP, order_id))
            if 0 < option < width - 1:
                depots[order_id] = self.problem.orders[order_id].options[option - 1].depot_id
        return stops_of(self.problem, made, depots)

    def _visit(self, request: int, kind: StopKind, depot_id: str) -> int:
        width = int(self.instance.settings["options"][0]) + 1
        if kind is StopKind.DROPOFF:
            return request * width + width - 1
        options = [option.depot_id for option in self.problem.orders[self.order_ids[request]].options]
        return request * width + (options.index(depot_id) + 1 if depot_id in options else 0)


def encode(problem: Problem, *, moving: bool = True) -> Encoded:
    """The problem as arrays: every order that a planned stop serves, and every order that waits.

    Without `moving`, orders that have a courier stay with that courier, and who is near whom is left out.
    """
    planned = [order_id for courier in problem.couriers for _, order_id in visits_of(courier.planned)]
    order_ids = tuple(dict.fromkeys((*planned, *problem.waiting)))
    fronts = tuple(behind(problem, courier, courier.frozen) for courier in problem.couriers)
    orders = [problem.orders[order_id] for order_id in order_ids]
    width = 2 + max((len(order.options) for order in orders), default=0)
    places, slot = _used_places(problem, orders, fronts)
    profiles = list(dict.fromkeys(courier.profile for courier in problem.couriers))
    matrix = np.stack(
        [problem.travel_ms[p][np.ix_(places, places)].astype(np.float64) for p in profiles or problem.travel_ms]
    )
    visits = _visits(problem, orders, width, slot)
    requests = _requests(problem, orders, fronts)
    routes = _routes(
        problem, fronts, slot, {p: m for m, p in enumerate(profiles)}, requests_on_board(problem, order_ids)
    )
    settings = np.zeros(1, dtype=SETTINGS)
    settings["options"] = width - 1
    settings["waiting_price"] = problem.weights.waiting / 1000
    settings["limit_price"] = problem.weights.on_board / 1000
    settings["timed"] = 1
    settings["one_depot"] = problem.rules.one_depot_at_a_time
    settings["limits"] = any(order.order.max_ride_s for order in orders)
    settings["removed"] = REMOVED
    slices = np.array([(from_ms - problem.now_ms, factor) for from_ms, factor in problem.pace]).reshape(-1, 2)
    tax = _taxes(problem, orders, moving)
    near = _near(visits, matrix) if moving else np.full((len(visits), 1), NOWHERE, dtype=np.int32)
    instance = Instance(settings, matrix, slices, visits, requests, routes, tax, near)
    return Encoded(problem, order_ids, instance, fronts)


def requests_on_board(problem: Problem, order_ids: Sequence[str]) -> dict[str, int]:
    """How many of these orders each courier has only to drop off."""
    count = dict.fromkeys(problem.by_id, 0)
    for order_id in order_ids:
        if _drop_only(problem, problem.orders[order_id]):
            count[problem.orders[order_id].order.courier_id] += 1
    return count


def _drop_only(problem: Problem, order: PlanOrder) -> bool:
    """Whether the pickup is behind the order, or in front of where the search begins."""
    if order.order.status in ON_BOARD:
        return True
    courier = problem.by_id.get(problem.routed.get(order.id, ""))
    return courier is not None and any(
        stop.kind is StopKind.PICKUP and order.id in stop.order_ids for stop in courier.frozen
    )


def _used_places(
    problem: Problem, orders: Sequence[PlanOrder], fronts: Sequence[Behind]
) -> tuple[list[int], dict[int, int]]:
    """The places that matter, and where each is among them."""
    ends = [place for o in orders for place in (o.pickup, o.dropoff, *(option.place for option in o.options))]
    starts = [front.place for front in fronts]
    finishes = [courier.end for courier in problem.couriers if courier.end >= 0]
    places = sorted({*ends, *starts, *finishes})
    return places, {place: k for k, place in enumerate(places)}


_NO_VISIT = (NOWHERE, 0, 0.0, inf, 0.0, -1.0, 0, 0, 0, 0.0, inf, 0.0, 0.0)


def _visits(problem: Problem, orders: Sequence[PlanOrder], width: int, slot: dict[int, int]) -> Records:
    rows: list[tuple[float, ...]] = []
    for order in orders:
        pickups: list[tuple[float, ...]] = []
        if not _drop_only(problem, order):
            depots = [(order.pickup, order.order.ready_at_ms), *((o.place, o.ready_at_ms) for o in order.options)]
            pickups = [_pickup(problem, order.order, slot[place], ready_at_ms) for place, ready_at_ms in depots]
        rows += [
            *pickups,
            *[_NO_VISIT] * (width - 1 - len(pickups)),
            _dropoff(problem, order.order, slot[order.dropoff]),
        ]
    return np.array(rows, dtype=VISIT)


def _pickup(problem: Problem, order: Order, place: int, ready_at_ms: int) -> tuple[float, ...]:
    """A row of VISIT."""
    opens, service_ms = ready_at_ms - problem.now_ms, order.service_pickup_s * 1000
    merged_ms = problem.rules.extra_pickup_s * 1000
    return (place, PICKUP, opens, inf, service_ms, merged_ms, *_amounts(order.load), 0.0, inf, 0.0, 0.0)


def _dropoff(problem: Problem, order: Order, place: int) -> tuple[float, ...]:
    """A row of VISIT."""
    weights, factor = problem.weights, urgency(order)
    opens = order.earliest_at_ms - problem.now_ms if order.earliest_at_ms else -inf
    merged_ms = problem.rules.extra_dropoff_s * 1000 if problem.rules.merge_doors else -1.0
    prices = (0.0, inf, 0.0, 0.0)
    if awaited(order):
        due = late_from_ms(weights, order) - problem.now_ms
        prices = (weights.delivery / 1000, due, weights.late * factor / 1000, factor / weights.late_square_s / 1e6)
    weight, volume, items = _amounts(order.load)
    return (place, DROPOFF, opens, inf, order.service_dropoff_s * 1000, merged_ms, -weight, -volume, -items, *prices)


def _requests(problem: Problem, orders: Sequence[PlanOrder], fronts: Sequence[Behind]) -> Records:
    fetched = {
        o: max(t.arrive_ms, problem.orders[o].ready_at_ms(t.stop.depot_id)) - problem.now_ms
        for front in fronts
        for t in front.timed
        if t.stop.kind is StopKind.PICKUP
        for o in t.stop.order_ids
    }
    rows = []
    for order in orders:
        courier_id = problem.routed.get(order.id)
        fixed = order.order.lock not in (Lock.NONE, Lock.COURIER)
        spent = courier_id is not None and problem.by_id[courier_id].churn_left <= 0
        unserved = _NEVER_LOST if courier_id else problem.weights.unserved * urgency(order.order)
        removable = not (courier_id and (fixed or spent))
        rows.append((order.order.max_ride_s * 1000, fetched.get(order.id, 0), unserved, removable))
    return np.array(rows, dtype=REQUEST)


def _routes(
    problem: Problem,
    fronts: Sequence[Behind],
    slot: dict[int, int],
    matrix_of: dict[str, int],
    on_board: dict[str, int],
) -> Records:
    routes = np.zeros(len(fronts), dtype=ROUTE)
    for k, (courier, front) in enumerate(zip(problem.couriers, fronts, strict=True)):
        end_ms = courier.shift_end_at_ms - problem.now_ms if courier.shift_end_at_ms else inf
        ahead = {order_id for stop in courier.planned for order_id in stop.order_ids}
        gone = {order_id for stop in courier.frozen for order_id in stop.order_ids} - ahead
        line = routes[k]
        line["start"], line["start_at"] = slot[front.place], front.free_ms - problem.now_ms
        line["load0"], line["load1"], line["load2"] = _amounts(_load_behind(problem, courier))
        line["capacity0"], line["capacity1"], line["capacity2"] = _amounts(courier.capacity)
        line["aboard"] = on_board[courier.id]
        line["finish"] = slot[courier.end] if courier.end >= 0 else NOWHERE
        line["matrix"], line["pace"] = matrix_of[courier.profile], courier.pace
        line["ride_price"] = ride_price(problem, courier) / 1000
        line["pickup_by"] = line["shift_end"] = end_ms
        line["ends_by"] = inf
        line["overtime_price"] = problem.weights.overtime / 1000
        line["busy"] = bool(courier.frozen)
        line["break_from"] = front.rest[0] - problem.now_ms if front.rest else inf
        line["break_for"] = front.rest[1] - front.rest[0] if front.rest else 0
        line["room"] = problem.max_orders(courier) - len(gone)
        line["twin"] = k
    return routes


def _load_behind(problem: Problem, courier: PlanCourier) -> Load:
    """What is on board behind the stops that stay."""
    load = courier.on_board
    for kind, order_id in visits_of(courier.frozen):
        own = problem.orders[order_id].order.load
        load = load + own if kind is StopKind.PICKUP else load - own
    return load


def _taxes(problem: Problem, orders: Sequence[PlanOrder], moving: bool) -> Floats:
    """What each order costs with each courier apart from its route; inf: it may not go there."""
    tax = np.full((len(orders), len(problem.couriers)), inf)
    column = {courier.id: k for k, courier in enumerate(problem.couriers)}
    fairness = problem.weights.fairness * np.array([courier.order_price_s for courier in problem.couriers])
    for r, order in enumerate(orders):
        holder = problem.routed.get(order.id, "")
        fit = _may_have(problem, order, holder, moving)
        columns = np.array([column[courier.id] for courier in fit], dtype=np.int64)
        prices = fairness[columns]  # all that there is to pay, unless the order says more
        if order.area or order.taxes:
            prices = np.array([sum(pairing_costs(problem, courier, order).values()) for courier in fit])
        moves = columns != column.get(holder, -1) if holder else False
        tax[r, columns] = prices + problem.weights.moved_order * moves
    return tax


def _may_have(problem: Problem, order: PlanOrder, holder: str, moving: bool) -> list[PlanCourier]:
    """Its courier alone when it must not move or its pickup has begun, else whoever can take it."""
    if _drop_only(problem, order):
        return [problem.by_id[holder or order.order.courier_id]]
    own = [problem.by_id[holder]] if holder else []
    if holder and (not moving or not order.movable or own[0].churn_left <= 0):
        return own
    return own + [courier for courier in candidates(problem, order)[0] if courier.id != holder]


def _near(visits: Records, matrix: Floats) -> Places:
    """Which visits are near each one, in space and time, the nearest first."""
    real = np.flatnonzero(visits["place"] >= 0)
    place = visits["place"][real]
    legs = matrix[0][np.ix_(place, place)]
    due = np.where(np.isfinite(visits["due"][real]), visits["due"][real], visits["opens"][real])
    when = np.where(np.isfinite(due), due, 0.0)
    apart = legs + legs.T + 2 * _TIME_SHARE * np.abs(when[:, None] - when[None, :])
    size = min(NEIGHBOURS, len(real))
    near = np.full((len(visits), max(size, 1)), NOWHERE, dtype=np.int32)
    near[real, :size] = real[np.argsort(apart, axis=1, kind="stable")[:, :size]]
    return near


def _amounts(load: Load) -> tuple[int, int, int]:
    return load.weight_g, load.volume_ml, load.items
