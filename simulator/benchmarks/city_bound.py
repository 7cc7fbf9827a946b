"""What hindsight makes of a day of the city benchmark: a bound by a heuristic.

It begins with the day as our planner lived it, then goes on searching with everything known: all orders, and the luck
at every stop. So it is never worse than ours by the objective; how much better it is shows what knowing is worth.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from dispatch.domain.route import StopKind
from dispatch.planning.objective import planned_stops
from dispatch.planning.problem import PlanCourier, PlanOrder, PlanStop, Problem, Visit, stops_of
from dispatch.planning.retime import retime
from dispatch.planning.terms import Weights
from simulator.benchmarks.city_day import BEGINS_AT_MS, CAPACITY, PROFILE, Day
from simulator.benchmarks.city_policies import Search
from simulator.benchmarks.city_world import Record


def clairvoyant(day: Day, lived: Mapping[str, Sequence[Visit]], weights: Weights, search: Search) -> Record:
    """The day as the search would have it now; `lived` are the visits that each courier made."""
    problem = _whole_day(day, lived, replace(weights, moved_order=0.0, reordered_route=0.0, reordered_soon=0.0))
    plan = search(problem, day.seed)
    better = {route.courier_id: planned_stops(problem, route) for route in plan.routes} if plan else {}
    return _ridden(day, problem, better)


def _whole_day(day: Day, lived: Mapping[str, Sequence[Visit]], weights: Weights) -> Problem:
    """The day as one problem at its beginning, with the plan that was lived."""
    bare = Problem(
        0,
        BEGINS_AT_MS,
        (),
        {order.id: _with_luck(day, order) for order in day.orders},
        {PROFILE: day.leg_ms},
        replace(weights, max_route_orders=len(day.orders)),
        day.pace,
    )
    couriers = [
        PlanCourier(courier_id, PROFILE, CAPACITY, start, BEGINS_AT_MS, (), stops_of(bare, lived.get(courier_id, ())))
        for courier_id, start in day.starts.items()
    ]
    return replace(bare, couriers=tuple(couriers))


def _with_luck(day: Day, order: PlanOrder) -> PlanOrder:
    """The order with service times as they will be."""
    pickup_s = order.order.service_pickup_s * day.luck[StopKind.PICKUP, order.id]
    dropoff_s = order.order.service_dropoff_s * day.luck[StopKind.DROPOFF, order.id]
    known = replace(order.order, service_pickup_s=round(pickup_s), service_dropoff_s=round(dropoff_s))
    return replace(order, order=known)


def _ridden(day: Day, problem: Problem, better: Mapping[str, Sequence[PlanStop]]) -> Record:
    """The day by the problem's plan, with some routes changed for better ones."""
    record = Record()
    for courier in problem.couriers:
        place = courier.start
        for timed in retime(problem, courier, better.get(courier.id, courier.planned)):
            record.ridden_ms += timed.travel_ms
            record.ridden_m += float(day.leg_m[place, timed.place])
            record.busy_ms += timed.travel_ms + timed.depart_ms - timed.begin_ms
            place = timed.place
            if timed.stop.kind is StopKind.DROPOFF:
                record.delivered_at_ms |= dict.fromkeys(timed.stop.order_ids, timed.begin_ms)
    return record
