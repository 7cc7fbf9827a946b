"""Who may take an order, and if nobody, why: the reasons that a dispatcher sees beside a waiting order."""

from dispatch.domain.order import TO_DELIVER, Lock
from dispatch.planning.problem import UNREACHABLE_MS, PlanCourier, PlanOrder, Problem


def candidates(problem: Problem, order: PlanOrder) -> tuple[list[PlanCourier], str]:
    """The couriers who may take an order, and if there are none, what rules the last of them out.

    Who missed the last offer of it, in a lift or at a door, is asked again only when nobody else is left.
    """
    if order.order.status in TO_DELIVER:
        return [problem.by_id[order.order.courier_id]], ""
    left = list(problem.couriers)
    for reason, may in _RULES:
        left = [courier for courier in left if may(problem, courier, order)]
        if not left:
            return [], reason
    return [courier for courier in left if courier.id != order.order.missed_by] or left, ""


def _with_position(problem: Problem, courier: PlanCourier, order: PlanOrder) -> bool:
    return not courier.closed


def _on_duty(problem: Problem, courier: PlanCourier, order: PlanOrder) -> bool:
    return courier.closed != "off_duty"


def _willing(problem: Problem, courier: PlanCourier, order: PlanOrder) -> bool:
    locked = order.order.lock is not Lock.NONE
    return courier.id not in order.order.declined_by and (not locked or order.order.courier_id == courier.id)


def _strong(problem: Problem, courier: PlanCourier, order: PlanOrder) -> bool:
    return order.order.load.fits(courier.capacity)


def _connected(problem: Problem, courier: PlanCourier, order: PlanOrder) -> bool:
    legs = problem.travel_ms[courier.profile]
    return bool(
        legs[order.pickup, order.dropoff] < UNREACHABLE_MS and legs[courier.start, order.pickup] < UNREACHABLE_MS
    )


def _free(problem: Problem, courier: PlanCourier, order: PlanOrder) -> bool:
    return problem.order_counts[courier.id] < problem.weights.max_route_orders


_RULES = (
    ("no_courier_on_duty", _on_duty),
    ("no_position", _with_position),
    ("everyone_declined", _willing),
    ("too_heavy", _strong),
    ("unreachable", _connected),
    ("all_busy", _free),
)
