"""What plans cost, term by term (`terms.py` says why each term is there).

The cost of a plan is the sum of its routes' costs, plus a tax on what it disturbs, plus a price for whom it leaves
unserved; so a route can be priced alone, and independent parts of a plan can be judged one by one. The compiled kernel
computes the same costs (`tests/planning/test_kernel.py` holds them equal); this is the slow reference.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest

from dispatch.domain.order import Order, OrderStatus
from dispatch.domain.route import PlannedRoute, StopKind
from dispatch.planning.problem import Plan, PlanCourier, PlanOrder, PlanStop, Problem, Visit, visits_of
from dispatch.planning.retime import TimedStop, retime, way_back_ms
from dispatch.planning.terms import FUEL_PER_S, Weights

Costs = dict[str, float]
"""Cost of each term, in seconds of riding."""


def route_costs(problem: Problem, courier: PlanCourier, stops: Sequence[PlanStop]) -> Costs:
    """The costs of one courier's stops, made in this order."""
    timed = retime(problem, courier, stops)
    back_ms, end_ms = way_back_ms(problem, courier, timed)
    weights, late_ms = problem.weights, max(0, end_ms - courier.shift_end_at_ms) if courier.shift_end_at_ms else 0
    rides_s = (sum(t.travel_ms for t in timed) + back_ms) / 1000
    return {
        "travel": weights.travel * rides_s,
        "fuel": weights.fuel * FUEL_PER_S[courier.profile] * rides_s,
        "waiting": weights.waiting * sum(t.begin_ms - t.arrive_ms for t in timed) / 1000,
        "overtime": weights.overtime * late_ms / 1000 if timed else 0.0,
        **_added(_delivery_costs(problem, t) for t in timed if t.stop.kind is StopKind.DROPOFF),
        **_added(pairing_costs(problem, courier, problem.orders[o]) for o in _orders_of(stops)),
        "on_board": weights.on_board * sum(_too_long_s(problem, timed)),
    }


def route_cost(problem: Problem, courier: PlanCourier, stops: Sequence[PlanStop]) -> float:
    """The sum of `route_costs`."""
    return sum(route_costs(problem, courier, stops).values())


def ride_price(problem: Problem, courier: PlanCourier) -> float:
    """What a second on the road costs with this courier's vehicle."""
    return problem.weights.travel + problem.weights.fuel * FUEL_PER_S[courier.profile]


def urgency(order: Order) -> float:
    """By how much an order's lateness weighs more than another's: its own priority, and half as much for each tier."""
    return 1.0 + order.priority + 0.5 * order.tier


def awaited(order: Order) -> bool:
    """Whether somebody waits for the goods: not for those that go back to their depot."""
    return order.status is not OrderStatus.RETURNING


def pairing_costs(problem: Problem, courier: PlanCourier, order: PlanOrder) -> Costs:
    """What it costs that this courier has this order, wherever it is on the route."""
    stranger = bool(courier.areas) and bool(order.area) and order.area not in courier.areas
    new = problem.routed.get(order.id) != courier.id
    return {
        "fairness": problem.weights.fairness * courier.order_price_s,
        "unfamiliar": problem.weights.unfamiliar * stranger,
        "refusal": problem.weights.refusal * order.taxes.get(courier.id, 0.0) * new,
    }


def late_from_ms(weights: Weights, order: Order) -> int:
    """From when on an arrival is priced as late."""
    return order.promise_at_ms - round(1000 * weights.late_margin_s)


def _delivery_costs(problem: Problem, timed: TimedStop) -> Costs:
    weights = problem.weights
    orders = [order for order_id in timed.stop.order_ids if awaited(order := problem.orders[order_id].order)]
    late = [(urgency(order), max(0, timed.begin_ms - late_from_ms(weights, order)) / 1000) for order in orders]
    return {
        "delivery": weights.delivery * sum(timed.begin_ms - order.ready_at_ms for order in orders) / 1000,
        "late": weights.late * sum(factor * late_s for factor, late_s in late),
        "late_square": sum(factor * late_s**2 for factor, late_s in late) / weights.late_square_s,
    }


def _too_long_s(problem: Problem, timed: Sequence[TimedStop]) -> Iterator[float]:
    """By how much each order that has a limit is longer on its way than that, from when it could be taken.

    What is on board already is counted from now.
    """
    pickups = [t for t in timed if t.stop.kind is StopKind.PICKUP]
    fetched_ms = {
        o: max(t.arrive_ms, problem.orders[o].ready_at_ms(t.stop.depot_id)) for t in pickups for o in t.stop.order_ids
    }
    for stop in timed:
        for order_id in stop.stop.order_ids if stop.stop.kind is StopKind.DROPOFF else ():
            limit_s = problem.orders[order_id].order.max_ride_s
            if limit_s:
                yield max(0.0, (stop.begin_ms - fetched_ms.get(order_id, problem.now_ms)) / 1000 - limit_s)


def _added(parts: Iterable[Costs]) -> Costs:
    total: Costs = {}
    for part in parts:
        for name, cost in part.items():
            total[name] = total.get(name, 0.0) + cost
    return total


def tax(problem: Problem, routes: Iterable[PlannedRoute]) -> Costs:
    """What disturbing people costs: orders that change courier, and routes whose known stops change their order.

    A changed sequence costs the more, the sooner the first stop is that changes.
    """
    moved, reordered, soon = 0, 0, 0.0
    for route in routes:
        before, after = visits_of(problem.by_id[route.courier_id].planned), _planned_visits(route)
        known, kept = set(before), set(after)
        old, new = [v for v in before if v in kept], [v for v in after if v in known]
        if old != new:
            reordered += 1
            # A plan of a solver that lies may visit twice: it has more to compare, and the checker refuses it later.
            soon += _soonness(problem, route.courier_id, next(o or n for o, n in zip_longest(old, new) if o != n))
        moved += len({order for _, order in after if problem.routed.get(order, route.courier_id) != route.courier_id})
    return {
        "moved_order": problem.weights.moved_order * moved,
        "reordered_route": problem.weights.reordered_route * reordered,
        "reordered_soon": problem.weights.reordered_soon * soon,
    }


def _soonness(problem: Problem, courier_id: str, changed: Visit) -> float:
    """1 for a stop that the courier is about to reach, 0 for one that is `soon_s` away or farther."""
    courier = problem.by_id[courier_id]
    timed = retime(problem, courier, courier.stops)
    kind, order_id = changed
    at_ms = next(t.arrive_ms for t in timed if t.stop.kind is kind and order_id in t.stop.order_ids)
    return max(0.0, 1.0 - max(0, at_ms - problem.now_ms) / 1000 / problem.weights.soon_s)


def explain(problem: Problem, plan: Plan) -> Costs:
    """Every term of a plan: its own routes and their tax, all other routes as they are, and whom it leaves unserved."""
    new = {route.courier_id: planned_stops(problem, route) for route in plan.routes}
    routes = [route_costs(problem, courier, new.get(courier.id, courier.stops)) for courier in problem.couriers]
    served = {order_id for stops in new.values() for stop in stops for order_id in stop.order_ids}
    unserved = problem.weights.unserved * sum(order_id not in served for order_id in problem.waiting)
    return _added([*routes, tax(problem, plan.routes), {"unserved": unserved}])


def gain(problem: Problem, routes: Sequence[PlannedRoute]) -> float:
    """What these routes save against the ones that their couriers have now, after tax, in seconds of riding."""
    saved = sum(_route_gain(problem, route) for route in routes)
    served = {o for route in routes for stop in route.stops for o in stop.order_ids}
    newly = sum(order_id not in problem.routed for order_id in served)
    return saved + problem.weights.unserved * newly - sum(tax(problem, routes).values())


def planned_stops(problem: Problem, route: PlannedRoute) -> tuple[PlanStop, ...]:
    """A planned route as stops of the problem; started ones keep their arrival."""
    frozen = problem.by_id[route.courier_id].frozen
    planned = (PlanStop(s.kind, s.order_ids, depot_id=s.depot_id) for s in route.stops[len(frozen) :])
    return frozen + tuple(planned)


def _route_gain(problem: Problem, route: PlannedRoute) -> float:
    courier = problem.by_id[route.courier_id]
    new = route_cost(problem, courier, planned_stops(problem, route))
    return route_cost(problem, courier, courier.stops) - new


def _orders_of(stops: Iterable[PlanStop]) -> list[str]:
    """Each order once."""
    return list(dict.fromkeys(order_id for stop in stops for order_id in stop.order_ids))


def _planned_visits(route: PlannedRoute) -> list[Visit]:
    return [(stop.kind, order_id) for stop in route.stops for order_id in stop.order_ids]
