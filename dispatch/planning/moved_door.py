"""A door that moves while its order is on a route: where its visit now costs least, everything else in its order.

The pickup stays where it is. The visit at the door is tried at every position that the rules leave open; the running
route is the other orders' promise, so a position that makes somebody late who was not so before is none.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

from dispatch.domain.ends import at_door
from dispatch.domain.route import PlannedRoute
from dispatch.planning.by_hand import doors_ms, expected_stops
from dispatch.planning.checker import violations
from dispatch.planning.objective import planned_stops, route_cost
from dispatch.planning.problem import Plan, PlanCourier, Problem, Visit, depots_of, stops_of, visits_of
from dispatch.planning.retime import planned_route


def plan_moved_door(
    problem: Problem, courier_id: str, order_id: str, before_ms: Mapping[str, int]
) -> PlannedRoute | None:
    """The courier's route with the visit at this order's door, which is elsewhere now, at its best position.

    `before_ms` is when the others were expected at their doors before. None when no position keeps every rule and
    every promise that was kept so far.
    """
    courier = problem.by_id[courier_id]
    ways = [
        (route_cost(problem, courier, planned_stops(problem, route)), n, route)
        for n, route in enumerate(_ways(problem, courier, order_id))
        if _keeps_rules(problem, route) and not _made_late(problem, courier, route, order_id, before_ms)
    ]
    return min(ways, key=lambda way: way[:2])[2] if ways else None


def _ways(problem: Problem, courier: PlanCourier, order_id: str) -> Iterator[PlannedRoute]:
    """The routes with the visit at every position behind what is frozen and, for a delivery, behind its pickup."""
    visits, depots = visits_of(courier.planned), depots_of(courier.planned)
    mine = next((visit for visit in visits if _is_door(problem, visit, order_id)), None)
    if mine is None:
        yield planned_route(problem, courier, courier.stops)
        return
    others = [visit for visit in visits if visit != mine]
    own = [n for n, (_, each) in enumerate(others) if each == order_id]
    first, last = 0, len(others)
    if own:
        first, last = (own[0] + 1, last) if visits.index(mine) > own[0] else (first, own[0])
    for at in range(first, last + 1):
        stops = stops_of(problem, [*others[:at], mine, *others[at:]], depots)
        yield planned_route(problem, courier, courier.frozen + stops)


def _is_door(problem: Problem, visit: Visit, order_id: str) -> bool:
    kind, each = visit
    return each == order_id and at_door(kind, problem.orders[order_id].order)


def _keeps_rules(problem: Problem, route: PlannedRoute) -> bool:
    return not violations(problem, Plan(problem.version, (route,), ("moved_door",)))


def _made_late(
    problem: Problem, courier: PlanCourier, route: PlannedRoute, order_id: str, before_ms: Mapping[str, int]
) -> bool:
    """Whether somebody else would be later than promised who would not have been before, or not so much."""
    after = doors_ms(replace(problem, couriers=(courier,)), {courier.id: planned_stops(problem, route)})
    return any(
        arrive_ms > max(problem.orders[each].order.promise_at_ms, before_ms.get(each, arrive_ms))
        for each, arrive_ms in after.items()
        if each != order_id
    )


def expected_ms(problem: Problem, named: Collection[str]) -> dict[str, int]:
    """When each order's courier is at its door, those who wait being where the fast path would put them now."""
    return doors_ms(problem, expected_stops(problem, named))
