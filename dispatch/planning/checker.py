"""The oracle: whether a plan may be proposed at all. It shares no code with whatever makes plans.

Its arithmetic is its own, on purpose: a mistake in `retime`, in the insertion or in a solver must not be repeated here.
It knows the rules of the domain (statuses, locks, service times) and the problem's data, nothing else. What a route is
made of is checked in `checker_rules`, its times in `checker_times`.

What only costs (a late door, overtime, goods that ride longer than they should, an area that the courier does not know)
is no violation: the past may have made it inevitable, and the objective prices it. Where the running route already
breaks a rule (a pickup after the shift, more than the vehicle carries, an order without the skill), a plan may keep
that, but not make it worse.
"""

from collections import Counter
from collections.abc import Iterator

from dispatch.domain.order import ON_BOARD, Lock, Order, OrderStatus
from dispatch.domain.route import PlannedRoute, StopKind
from dispatch.planning.checker_rules import broken_rules, place_of
from dispatch.planning.checker_times import broken_times
from dispatch.planning.problem import Plan, PlanCourier, Problem
from dispatch.planning.violation import Violation

__all__ = ["Violation", "violations"]


def violations(problem: Problem, plan: Plan) -> list[Violation]:
    """Everything that is wrong with a plan; an empty list when it may be proposed."""
    unknown = list(_unknown(problem, plan))
    if unknown:
        return unknown
    found = list(_whole(problem, plan))
    for route in plan.routes:
        courier = problem.by_id[route.courier_id]
        found += _frozen(courier, route)
        found += _sequence(problem, courier, route)
        found += _ownership(problem, courier, route)
        found += broken_rules(problem, courier, route)
        found += broken_times(problem, courier, route)
    return found


def _unknown(problem: Problem, plan: Plan) -> Iterator[Violation]:
    if plan.base_version != problem.version:
        yield Violation("wrong_version", f"The plan is for version {plan.base_version}, not {problem.version}.")
    for route in plan.routes:
        if route.courier_id not in problem.by_id:
            yield Violation("unknown_courier", f"There is no courier {route.courier_id}.")
        for stop in route.stops:
            if not stop.order_ids:
                yield Violation("empty_stop", f"Courier {route.courier_id} has a stop without orders.")
            for order_id in stop.order_ids:
                if order_id not in problem.orders:
                    yield Violation("unknown_order", f"There is no order {order_id} to plan.")


def _whole(problem: Problem, plan: Plan) -> Iterator[Violation]:
    """Every courier once, every order on one route, nothing lost."""
    for courier_id, times in Counter(route.courier_id for route in plan.routes).items():
        if times > 1:
            yield Violation("courier_twice", f"Courier {courier_id} has {times} routes.")
    where: dict[str, set[str]] = {}
    for route in plan.routes:
        for order_id in {order_id for stop in route.stops for order_id in stop.order_ids}:
            where.setdefault(order_id, set()).add(route.courier_id)
    for order_id, couriers in where.items():
        if len(couriers) > 1:
            yield Violation("order_twice", f"Order {order_id} is given to {len(couriers)} couriers.")
    covered = {route.courier_id for route in plan.routes}
    for courier in problem.couriers:
        for order_id in {order_id for stop in courier.frozen + courier.planned for order_id in stop.order_ids}:
            if courier.id in covered and order_id not in where:
                yield Violation("order_lost", f"The plan drops order {order_id} of courier {courier.id}.")
            if courier.id not in covered and order_id in where:
                yield Violation(
                    "incomplete", f"The plan takes order {order_id} from courier {courier.id}'s kept route."
                )


def _frozen(courier: PlanCourier, route: PlannedRoute) -> Iterator[Violation]:
    """What is started or locked in place stays in front, as it is; who stands at a stop has arrived when they did."""
    for position, started in enumerate(courier.frozen):
        stop = route.stops[position] if position < len(route.stops) else None
        if stop is None or (stop.kind, stop.order_ids) != (started.kind, started.order_ids):
            yield Violation("frozen_stop", f"The plan moves a stop of courier {courier.id} that is started or locked.")
        elif started.arrived_at_ms and stop.arrive_at_ms != started.arrived_at_ms:
            yield Violation("arrival_rewritten", f"The plan changes when courier {courier.id} arrived.")


def _sequence(problem: Problem, courier: PlanCourier, route: PlannedRoute) -> Iterator[Violation]:
    """Each order: pickup once, then drop-off once, each at its own place; goods on board are only dropped off."""
    order_ids = {order_id for stop in route.stops for order_id in stop.order_ids}
    for order_id in sorted(order_ids):
        order = problem.orders[order_id].order
        seen = [stop.kind for stop in route.stops for o in stop.order_ids if o == order_id]
        wanted = [StopKind.DROPOFF] if order.status in ON_BOARD else [StopKind.PICKUP, StopKind.DROPOFF]
        if seen != wanted:
            yield Violation("bad_sequence", f"Courier {courier.id} would do {[*map(str, seen)]} for order {order_id}.")
    for stop in route.stops:
        if len({place_of(problem, stop, order_id) for order_id in stop.order_ids}) > 1:
            yield Violation("two_places", f"A stop of courier {courier.id} is at two places at once.")


def _ownership(problem: Problem, courier: PlanCourier, route: PlannedRoute) -> Iterator[Violation]:
    """Whoever has the goods, an open offer, a started stop or a lock keeps the order; a refusal is remembered."""
    for order_id in sorted({order_id for stop in route.stops for order_id in stop.order_ids}):
        order = problem.orders[order_id].order
        if order.courier_id == courier.id:
            continue
        if _bound(order):
            yield Violation("not_movable", f"Order {order_id} is {order.status} or locked with {order.courier_id}.")
        if courier.id in order.declined_by:
            yield Violation("declined", f"Courier {courier.id} has refused order {order_id}.")
        if courier.closed:
            yield Violation(courier.closed, f"Courier {courier.id} takes no new orders now ({courier.closed}).")
        if missing := sorted(set(order.skills) - courier.skills):
            yield Violation("unskilled", f"Order {order_id} needs {', '.join(missing)}; courier {courier.id} lacks it.")


def _bound(order: Order) -> bool:
    if order.status is OrderStatus.DISPATCHABLE:
        return False
    return order.status is not OrderStatus.ASSIGNED or order.lock is not Lock.NONE
