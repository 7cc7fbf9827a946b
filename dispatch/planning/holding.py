"""Which waiting orders are kept open a little longer, because the next order of their depot probably rides along.

The question is asked for orders that are alone: where a companion waits, or somebody is going to fetch something at the
same depot anyway, there is nothing to wait for. What a trip for two saves is guessed from the ride to the depot, which
is made once, and from the way out, of which two orders share a part; `FIT_SHARE` of all pairs fit.
"""

from collections.abc import Callable

from dispatch.domain.ends import at_door
from dispatch.domain.order import OrderStatus
from dispatch.domain.route import StopKind
from dispatch.planning.asking import approaches_s
from dispatch.planning.objective import urgency
from dispatch.planning.problem import UNREACHABLE_MS, PlanOrder, Problem
from dispatch.planning.timing import worth_waiting_s

FIT_SHARE = 0.5
SHARED_WAY_OUT = 0.5
SPARE_S = 180.0
"""House figures: half of all pairs of orders fit into one trip and share half of the way out; three minutes spare."""

Rate = Callable[[str], float]
"""Orders a second that come to a depot, by its id."""


def held_for_companions(problem: Problem, rate: Rate, most_s: float) -> dict[str, int]:
    """The waiting orders that are worth keeping open, and until when at the most (business epoch ms).

    No order waits longer than `most_s` in all, nor so long that a courier who is near now would break its promise.
    """
    waiting = [problem.orders[order_id] for order_id in problem.waiting]
    pickups = [problem.place(s) for c in problem.couriers for s in c.stops if s.kind is StopKind.PICKUP]
    places = [*pickups, *(order.pickup for order in waiting)]
    alone = [order for order in waiting if _may_wait(order) and places.count(order.pickup) == 1]
    couriers = [courier for courier in problem.couriers if not courier.closed]
    if not alone or not couriers:
        return {}
    nearest_s = approaches_s(problem, couriers, alone).min(axis=0)
    waits = {
        order.id: _wait_s(problem, order, float(away_s), rate(order.order.depot_id), most_s)
        for order, away_s in zip(alone, nearest_s, strict=True)
    }
    return {order_id: problem.now_ms + round(wait_s * 1000) for order_id, wait_s in waits.items() if wait_s >= 1}


def _may_wait(planned: PlanOrder) -> bool:
    """Whether an order is one that nobody has asked to hurry, with its goods at a depot."""
    order = planned.order
    urgent = order.priority > 0 or order.tier > 0 or bool(order.declined_by) or bool(order.missed_by)
    return order.status is OrderStatus.DISPATCHABLE and not urgent and not at_door(StopKind.PICKUP, order)


def _wait_s(problem: Problem, planned: PlanOrder, approach_s: float, rate_per_s: float, most_s: float) -> float:
    order, now_ms = planned.order, problem.now_ms
    way_s = min(int(legs[planned.pickup, planned.dropoff]) for legs in problem.travel_ms.values()) / 1000
    if max(way_s, approach_s) >= UNREACHABLE_MS / 1000:
        return 0.0
    waited_s = (now_ms - max(order.created_at_ms, order.commit_due_at_ms)) / 1000
    ready_in_s = (order.ready_at_ms - now_ms) / 1000 - order.service_pickup_s / 2
    needed_s = max(approach_s, ready_in_s) + order.service_pickup_s + way_s + SPARE_S
    return worth_waiting_s(
        rate_per_s,
        FIT_SHARE * (approach_s + SHARED_WAY_OUT * way_s),
        problem.weights.delivery * urgency(order),
        free_s=ready_in_s - approach_s,
        slack_s=(order.promise_at_ms - now_ms) / 1000 - needed_s,
        most_s=most_s - waited_s,
    )
