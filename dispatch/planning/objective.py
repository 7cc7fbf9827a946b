"""What plans cost, term by term (`terms.py` says why each term is there).

The cost of a plan is the sum of its routes' costs, plus a tax on what it disturbs, plus a price for whom it leaves
unserved; so a route can be priced alone, and independent parts of a plan can be judged one by one.
"""

from collections.abc import Iterable, Sequence

from dispatch.domain.order import Order
from dispatch.domain.route import PlannedRoute, StopKind
from dispatch.planning.problem import Plan, PlanCourier, PlanStop, Problem, Visit, visits_of
from dispatch.planning.retime import TimedStop, retime

Costs = dict[str, float]
"""Cost of each term, in seconds of riding."""


def route_costs(problem: Problem, courier: PlanCourier, stops: Sequence[PlanStop]) -> Costs:
    """The costs of one courier's stops, made in this order."""
    timed = retime(problem, courier, stops)
    return {
        "travel": problem.weights.travel * sum(t.travel_ms for t in timed) / 1000,
        "waiting": problem.weights.waiting * sum(t.begin_ms - t.arrive_ms for t in timed) / 1000,
        **_added(_delivery_costs(problem, t) for t in timed if t.stop.kind is StopKind.DROPOFF),
    }


def route_cost(problem: Problem, courier: PlanCourier, stops: Sequence[PlanStop]) -> float:
    """The sum of `route_costs`."""
    return sum(route_costs(problem, courier, stops).values())


def urgency(order: Order) -> float:
    """By how much an order's lateness weighs more than another's."""
    return 1.0 + order.priority


def _delivery_costs(problem: Problem, timed: TimedStop) -> Costs:
    weights = problem.weights
    orders = [problem.orders[order_id].order for order_id in timed.stop.order_ids]
    late = [(urgency(order), max(0, timed.begin_ms - order.promise_at_ms) / 1000) for order in orders]
    return {
        "delivery": weights.delivery * sum(timed.begin_ms - order.ready_at_ms for order in orders) / 1000,
        "late": weights.late * sum(factor * late_s for factor, late_s in late),
        "late_square": sum(factor * late_s**2 for factor, late_s in late) / weights.late_square_s,
    }


def _added(parts: Iterable[Costs]) -> Costs:
    total: Costs = {}
    for part in parts:
        for name, cost in part.items():
            total[name] = total.get(name, 0.0) + cost
    return total


def tax(problem: Problem, routes: Iterable[PlannedRoute]) -> Costs:
    """What disturbing people costs: orders that change courier, and routes whose known stops change their order."""
    moved = reordered = 0
    for route in routes:
        before, after = visits_of(problem.by_id[route.courier_id].planned), _planned_visits(route)
        known, kept = set(before), set(after)
        reordered += [v for v in before if v in kept] != [v for v in after if v in known]
        moved += len({order for _, order in after if problem.routed.get(order, route.courier_id) != route.courier_id})
    return {
        "moved_order": problem.weights.moved_order * moved,
        "reordered_route": problem.weights.reordered_route * reordered,
    }


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
    return frozen + tuple(PlanStop(stop.kind, stop.order_ids) for stop in route.stops[len(frozen) :])


def _route_gain(problem: Problem, route: PlannedRoute) -> float:
    courier = problem.by_id[route.courier_id]
    new = route_cost(problem, courier, planned_stops(problem, route))
    return route_cost(problem, courier, courier.stops) - new


def _planned_visits(route: PlannedRoute) -> list[Visit]:
    return [(stop.kind, order_id) for stop in route.stops for order_id in stop.order_ids]
