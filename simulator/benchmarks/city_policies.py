"""Who decides in the city benchmark: a greedy dispatcher, a cold re-solve every half minute, and our planner.

All of them know the same: the couriers' stops, the network's times, the day's profile of speeds, how long stops
usually take. None knows what is ordered next, nor how long a stop really will take.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from dispatch.application.proposals_scene import PlannerSettings
from dispatch.domain.order import OrderStatus
from dispatch.domain.route import StopKind
from dispatch.domain.vehicle import Load
from dispatch.planning.checker import violations
from dispatch.planning.churn import ChurnLog, Visits, moved_stops
from dispatch.planning.freezing import worthwhile
from dispatch.planning.improve import Budget, improve
from dispatch.planning.insertion import insert_waiting
from dispatch.planning.objective import planned_stops
from dispatch.planning.problem import Plan, PlanCourier, PlanOrder, PlanStop, Problem
from dispatch.planning.retime import TimedStop, retime
from simulator.benchmarks.city_world import Routes, World

Search = Callable[[Problem, int], Plan | None]
"""A better plan for a problem, with this seed; None when there is none."""


def no_search(problem: Problem, seed: int) -> None:
    """A search that never finds anything: what insertion does alone."""
    del problem, seed


def search_of(iterations: int) -> Search:
    """So many iterations of the planner's search at each call; a count, so that the same seed gives the same day."""
    budget = Budget(iterations=iterations)
    return lambda problem, seed: improve(problem, budget, seed)


# --- greedy ----------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Greedy:
    """The nearest feasible courier by network time, at once, and for good.

    Nearest: who can be at the depot first, the stops before it included. An order that finds a courier still on the
    way to its depot, or waiting there, joins that visit; else pickup and drop-off are appended to the route. Feasible:
    the goods fit, and the promise is kept if anyone can keep it.
    """

    name: str = "greedy"
    every_ms: int = 3_600_000

    def order_placed(self, world: World, order_id: str) -> None:
        """Choose the courier."""
        problem = world.picture()
        ways = [way for courier in problem.couriers if (way := _appended(problem, courier, order_id))]
        best = min(ways, key=lambda way: (way.late, way.pickup_at_ms, way.courier_id))
        world.adopt({best.courier_id: best.stops})

    def round(self, world: World) -> None:
        """Nothing is ever looked at again."""


@dataclass(frozen=True, slots=True)
class _Way:
    courier_id: str
    stops: tuple[PlanStop, ...]
    pickup_at_ms: int
    late: bool


def _appended(problem: Problem, courier: PlanCourier, order_id: str) -> _Way | None:
    """A route with the order joined to a visit of its depot that is still ahead, or else behind all."""
    order = problem.orders[order_id]
    pickup, dropoff = PlanStop(StopKind.PICKUP, (order_id,)), PlanStop(StopKind.DROPOFF, (order_id,))
    visits = [k for k, stop in enumerate(courier.stops) if _at_depot(problem, stop, order.pickup)]
    for position in (*reversed(visits), len(courier.stops) - 1):
        stops = _with_pickup(courier, position, pickup, order_id)
        route = (*stops, dropoff)
        if order.order.load.fits(courier.capacity) and _fits(problem, courier, route):
            timed = retime(problem, courier, route)
            late = timed[-1].begin_ms > order.order.promise_at_ms
            return _Way(courier.id, route[len(courier.frozen) :], _picked_up_at_ms(timed, order_id), late)
    return None


def _at_depot(problem: Problem, stop: PlanStop, depot: int) -> bool:
    return stop.kind is StopKind.PICKUP and problem.place(stop) == depot


def _with_pickup(courier: PlanCourier, position: int, pickup: PlanStop, order_id: str) -> tuple[PlanStop, ...]:
    """The stops with a pickup behind that position: as part of the visit there if it is one that has not begun."""
    stops = courier.stops
    there = stops[position] if position >= len(courier.frozen) else None
    if there and there.kind is StopKind.PICKUP:
        joined = replace(there, order_ids=(*there.order_ids, order_id))
        return (*stops[:position], joined, *stops[position + 1 :])
    return (*stops[: position + 1], pickup, *stops[position + 1 :])


def _fits(problem: Problem, courier: PlanCourier, stops: Sequence[PlanStop]) -> bool:
    load = courier.on_board
    for stop in stops:
        for order_id in stop.order_ids:
            own: Load = problem.orders[order_id].order.load
            load = load + own if stop.kind is StopKind.PICKUP else load - own
        if not load.fits(courier.capacity):
            return False
    return True


def _picked_up_at_ms(timed: Sequence[TimedStop], order_id: str) -> int:
    return next(t.arrive_ms for t in timed if t.stop.kind is StopKind.PICKUP and order_id in t.stop.order_ids)


# --- ours ------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Ours:
    """The planner as it runs, with its own settings: new orders at once, then improvements that are worth it.

    No more of a courier's stops are moved within some minutes than the churn budget allows.
    """

    search: Search = no_search
    settings: PlannerSettings = field(default_factory=PlannerSettings)
    name: str = "ours"
    every_ms: int = 30_000
    rounds: int = 0
    churn: ChurnLog = field(init=False)

    def __post_init__(self) -> None:
        self.churn = ChurnLog(self.settings.churn_stops, self.settings.churn_window_ms)

    def order_placed(self, world: World, order_id: str) -> None:
        """Put the order in where it costs least."""
        problem = world.picture(self.settings.weights)
        _adopt(world, problem, insert_waiting(problem))

    def round(self, world: World) -> None:
        """Orders that still wait, then an improvement, part by part."""
        self.rounds += 1
        if world.picture(self.settings.weights).waiting:
            self.order_placed(world, "")
        problem = self._picture(world)
        plan = self.search(problem, self.rounds)
        for part in worthwhile(problem, plan, self.settings.least_gain) if plan else ():
            if _adopt(world, problem, part):
                self._note_churn(problem, part)

    def _picture(self, world: World) -> Problem:
        problem = world.picture(self.settings.weights)
        couriers = (replace(c, churn_left=self.churn.left(c.id, world.now_ms)) for c in problem.couriers)
        return replace(problem, couriers=tuple(couriers))

    def _note_churn(self, problem: Problem, part: Plan) -> None:
        for courier_id, stops in _planned(problem, part).items():
            before = problem.by_id[courier_id].planned
            self.churn.note(courier_id, moved_stops(_visits(before), _visits(stops)), problem.now_ms)


def _visits(stops: Sequence[PlanStop]) -> list[Visits]:
    return [frozenset((stop.kind, order_id) for order_id in stop.order_ids) for stop in stops]


def _adopt(world: World, problem: Problem, plan: Plan) -> bool:
    """Carry a plan out, if the checker has nothing against it. Whether it was."""
    if violations(problem, plan):
        world.record.refused_plans += 1
        return False
    if plan.routes:
        world.adopt(_planned(problem, plan), plan.engines)
    return True


def _planned(problem: Problem, plan: Plan) -> Routes:
    frozen = {courier.id: len(courier.frozen) for courier in problem.couriers}
    return {r.courier_id: planned_stops(problem, r)[frozen[r.courier_id] :] for r in plan.routes}


# --- cold re-solve ---------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Cold:
    """Everything that is not begun is planned from nothing at every interval; what runs counts for nothing.

    The same objective and the same search as ours, without a tax on change. Between two looks orders wait.
    """

    search: Search = no_search
    settings: PlannerSettings = field(default_factory=PlannerSettings)
    name: str = "cold"
    every_ms: int = 30_000
    rounds: int = 0

    def order_placed(self, world: World, order_id: str) -> None:
        """It waits for the next look."""

    def round(self, world: World) -> None:
        """A new plan for all."""
        self.rounds += 1
        free = replace(self.settings.weights, moved_order=0.0, reordered_route=0.0, reordered_soon=0.0)
        problem = forgotten(world.picture(free))
        planned = _all_inserted(problem)
        plan = self.search(planned, self.rounds)
        routes = {courier.id: courier.planned for courier in planned.couriers}
        engines: tuple[str, ...] = ()
        if plan and not violations(planned, plan):
            routes |= _planned(planned, plan)
            engines = plan.engines
        world.adopt(routes, engines)


def forgotten(problem: Problem) -> Problem:
    """The problem without its plan: couriers keep what they have begun or carry, in the order of the nearest door."""
    couriers = tuple(_emptied(problem, courier) for courier in problem.couriers)
    held = {order_id for courier in couriers for stop in courier.stops for order_id in stop.order_ids}
    orders = {o.id: o if o.id in held else _free_again(o) for o in problem.orders.values()}
    return replace(problem, couriers=couriers, orders=orders)


def _emptied(problem: Problem, courier: PlanCourier) -> PlanCourier:
    """The courier with nothing planned but the doors of the goods that they have, or are about to take over."""
    doors = {o: problem.orders[o].dropoff for stop in courier.planned for o in stop.order_ids}
    fresh = {o for stop in courier.planned if stop.kind is StopKind.PICKUP for o in stop.order_ids}
    left = [order_id for order_id in doors if order_id not in fresh]
    legs, here = (
        problem.travel_ms[courier.profile],
        problem.place(courier.stops[0]) if courier.frozen else courier.start,
    )
    planned: list[PlanStop] = []
    while left:
        nearest = min(left, key=lambda order_id: int(legs[here, doors[order_id]]))
        left.remove(nearest)
        here = doors[nearest]
        planned.append(PlanStop(StopKind.DROPOFF, (nearest,)))
    return replace(courier, planned=tuple(planned))


def _all_inserted(problem: Problem) -> Problem:
    """The problem with its waiting orders put in, as many as can be."""
    while problem.waiting:
        plan = insert_waiting(problem)
        routes = _planned(problem, plan)
        if not routes:
            break
        couriers = tuple(replace(c, planned=routes.get(c.id, c.planned)) for c in problem.couriers)
        problem = replace(problem, couriers=couriers)
    return problem


def _free_again(order: PlanOrder) -> PlanOrder:
    return replace(order, order=replace(order.order, status=OrderStatus.DISPATCHABLE, courier_id=""))
