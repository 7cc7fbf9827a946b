"""A person's choice on a picture: the routes that it makes, and what it changes.

Routes by hand are made whatever speaks against them; what is broken, `checker` will list. What a choice changes is told
by comparing two pictures, before and after it. Orders that wait in one of them stand where the fast path would put
them, so that "nobody has it yet" is compared with what the system would do next and not with nothing.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from dispatch.domain.ends import at_door
from dispatch.domain.judgement import SAME_MS
from dispatch.domain.order import Lock, OrderStatus
from dispatch.domain.override import Effects, EtaEffect, TermEffect
from dispatch.domain.route import PlannedRoute, StopKind
from dispatch.domain.vehicle import Load
from dispatch.planning.insertion import insert_waiting, new_visits
from dispatch.planning.objective import Costs, planned_stops, route_costs, tax
from dispatch.planning.problem import PlanCourier, PlanOrder, PlanStop, Problem, Visit, depots_of, stops_of, visits_of
from dispatch.planning.retime import planned_route, retime
from dispatch.planning.terms import TERMS

PICKUP = StopKind.PICKUP
BOUNDLESS = Load(2**40, 2**40, 2**40)
Stops = Mapping[str, tuple[PlanStop, ...]]
"""Every courier's stops ahead, by the courier's id."""


# --- routes -----------------------------------------------------------------------------------------------------


def freed(problem: Problem, order_ids: Collection[str]) -> Problem:
    """The picture as if nobody had these orders."""
    orders = {o: _free(order) if o in order_ids else order for o, order in problem.orders.items()}
    return replace(problem, orders=orders, couriers=tuple(_without(c, order_ids) for c in problem.couriers))


def plan_assignment(
    problem: Problem, order_ids: Sequence[str], courier_id: str, *, together: bool = False
) -> PlannedRoute:
    """The courier's route with these free orders at their best positions, whatever speaks against it.

    Capacity binds where it can, and an order without any way comes last. `together`: where these orders have one depot
    or one door, they are picked up or dropped off at one stop.
    """
    courier = problem.by_id[courier_id]
    route = next(filter(None, (_inserted(problem, order_ids, courier, c) for c in (courier.capacity, BOUNDLESS))), None)
    if route is None:
        new = [visit for order_id in order_ids for visit in new_visits(problem.orders[order_id])]
        route = planned_route(problem, courier, courier.frozen + stops_of(problem, [*visits_of(courier.planned), *new]))
    return _joined(problem, courier, route, order_ids) if together else route


def plan_sequence(problem: Problem, courier_id: str, stops: Sequence[PlanStop]) -> PlannedRoute:
    """The courier's route with these stops, in this order, after those that have been started.

    Stops at one place that have come together are one.
    """
    courier = problem.by_id[courier_id]
    return planned_route(problem, courier, courier.frozen + stops_of(problem, visits_of(stops), depots_of(stops)))


def plan_first(problem: Problem, courier_id: str, order_ids: Sequence[str]) -> PlannedRoute:
    """The courier's route with these orders' stops in front of all that is not started, the first order first."""
    courier = problem.by_id[courier_id]
    planned: tuple[PlanStop, ...] = courier.planned
    for order_id in reversed(order_ids):
        planned = _pulled_forward(planned, order_id)
    return plan_sequence(problem, courier_id, planned)


def _free(order: PlanOrder) -> PlanOrder:
    return replace(
        order,
        order=replace(order.order, status=OrderStatus.DISPATCHABLE, courier_id="", offer_id="", lock=Lock.NONE),
        movable=True,
    )


def _without(courier: PlanCourier, order_ids: Collection[str]) -> PlanCourier:
    return replace(courier, frozen=_others(courier.frozen, order_ids), planned=_others(courier.planned, order_ids))


def _others(stops: Iterable[PlanStop], gone: Collection[str]) -> tuple[PlanStop, ...]:
    kept = (replace(stop, order_ids=tuple(o for o in stop.order_ids if o not in gone)) for stop in stops)
    return tuple(stop for stop in kept if stop.order_ids)


def _inserted(
    problem: Problem, order_ids: Collection[str], courier: PlanCourier, capacity: Load
) -> PlannedRoute | None:
    """The fast path's route for a courier who takes anything; None when it finds no way for all of the orders."""
    willing = replace(courier, capacity=capacity, closed="", max_orders=0)
    own = {o for stop in courier.stops for o in stop.order_ids}
    orders = {o: order for o, order in problem.orders.items() if o in own}
    for order_id in order_ids:
        order = problem.orders[order_id]
        orders[order_id] = replace(order, order=replace(order.order, declined_by=(), missed_by="", skills=()))
    weights = replace(problem.weights, max_route_orders=len(orders))
    plan = insert_waiting(replace(problem, couriers=(willing,), orders=orders, weights=weights))
    return plan.routes[0] if plan.routes and not plan.refused else None


def _joined(problem: Problem, courier: PlanCourier, route: PlannedRoute, order_ids: Collection[str]) -> PlannedRoute:
    """The route with these orders' visits to one place as one: pickups at the first, drop-offs at the last of them."""
    stops = planned_stops(problem, route)[len(courier.frozen) :]
    visits, depots = visits_of(stops), depots_of(stops)

    def place(visit: Visit) -> int:
        kind, order_id = visit
        return problem.place(PlanStop(kind, (order_id,), depot_id=depots.get(order_id, "") if kind is PICKUP else ""))

    for kind in (PICKUP, StopKind.DROPOFF):
        mine = [visit for visit in visits if visit[0] is kind and visit[1] in order_ids]
        for there in dict.fromkeys(map(place, mine)):
            alike = [visit for visit in mine if place(visit) == there]
            anchor = visits.index(alike[0] if kind is PICKUP else alike[-1])
            before, behind = ([v for v in part if v not in alike] for part in (visits[:anchor], visits[anchor:]))
            visits = [*before, *alike, *behind]
    return planned_route(problem, courier, courier.frozen + stops_of(problem, visits, depots))


def _pulled_forward(planned: tuple[PlanStop, ...], order_id: str) -> tuple[PlanStop, ...]:
    """The whole pickup stop comes first, then the order's own drop-off; what is started already stays where it is."""
    mine = [stop for stop in planned if order_id in stop.order_ids]
    pickups = [stop for stop in mine if stop.kind is StopKind.PICKUP]
    dropoffs = [replace(stop, order_ids=(order_id,)) for stop in mine if stop.kind is StopKind.DROPOFF]
    rest = [stop for stop in planned if stop not in pickups]
    left = [
        replace(stop, order_ids=tuple(o for o in stop.order_ids if o != order_id))
        for stop in rest
        if stop.order_ids != (order_id,)
    ]
    return (*pickups, *dropoffs, *left)


# --- what a choice changes --------------------------------------------------------------------------------------


def effects(before: Problem, after: Problem, named: Collection[str]) -> Effects:
    """What becomes of arrivals and of the objective between two pictures of the same couriers.

    Arrivals are told for the named orders, and for every other one that moves by a minute or more. Costs before and
    after are priced with the urgency that the orders have after it; the tax on what is disturbed is part of "after".
    """
    before = _as_urgent(before, after)
    without, with_it = expected_stops(before, named), expected_stops(after, named)
    old, new = doors_ms(before, without), doors_ms(after, with_it)
    etas = [_eta(before, after, o, old.get(o, 0), new.get(o, 0)) for o in sorted({*named, *old, *new})]
    told = [eta for eta in etas if eta.order_id in named or abs(eta.with_at_ms - eta.without_at_ms) >= SAME_MS]
    return Effects(before.version, tuple(told), _terms(before, after, without, with_it))


def _as_urgent(before: Problem, after: Problem) -> Problem:
    orders = {
        o: replace(order, order=replace(order.order, priority=after.orders[o].order.priority))
        if o in after.orders
        else order
        for o, order in before.orders.items()
    }
    return replace(before, orders=orders)


def expected_stops(problem: Problem, named: Collection[str]) -> Stops:
    """The routes as they are, with the named orders that wait where the system would put them now."""
    stops = {courier.id: courier.stops for courier in problem.couriers}
    if any(order_id in named for order_id in problem.waiting):
        orders = {o: order for o, order in problem.orders.items() if o in named or o in problem.routed}
        only = replace(problem, orders=orders)
        stops |= {route.courier_id: planned_stops(only, route) for route in insert_waiting(only).routes}
    return stops


def doors_ms(problem: Problem, stops: Stops) -> dict[str, int]:
    """When each order's courier is at its customer's door."""
    timed = [t for courier in problem.couriers for t in retime(problem, courier, stops[courier.id])]
    return {o: t.arrive_ms for t in timed for o in t.stop.order_ids if at_door(t.stop.kind, problem.orders[o].order)}


def _eta(before: Problem, after: Problem, order_id: str, old_ms: int, new_ms: int) -> EtaEffect:
    known = after.orders.get(order_id) or before.orders.get(order_id)
    return EtaEffect(order_id, known.order.promise_at_ms if known else 0, old_ms, new_ms)


def _terms(before: Problem, after: Problem, without: Stops, with_it: Stops) -> tuple[TermEffect, ...]:
    routes = [planned_route(after, courier, with_it[courier.id]) for courier in after.couriers]
    changed = [r for r in routes if planned_stops(after, r) != before.by_id[r.courier_id].stops]
    old, new = _costs(before, without), _costs(after, with_it)
    new |= tax(before, changed)
    names = dict.fromkeys((*(term.name for term in TERMS), *old, *new))
    terms = (TermEffect(name, round(old.get(name, 0.0), 1), round(new.get(name, 0.0), 1)) for name in names)
    return tuple(term for term in terms if term.before_s or term.after_s)


def _costs(problem: Problem, stops: Stops) -> Costs:
    total: Costs = {}
    for courier in problem.couriers:
        for name, cost in route_costs(problem, courier, stops[courier.id]).items():
            total[name] = total.get(name, 0.0) + cost
    served = {o for own in stops.values() for stop in own for o in stop.order_ids}
    total["unserved"] = problem.weights.unserved * sum(o not in served for o in problem.orders)
    return total
