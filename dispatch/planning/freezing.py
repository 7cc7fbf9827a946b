"""What a plan must leave alone, what it disturbs, and into which independent parts it falls."""

from collections.abc import Sequence

from dispatch.domain.order import Lock, Order, OrderStatus
from dispatch.domain.route import PlannedRoute
from dispatch.planning.objective import gain
from dispatch.planning.problem import Plan, Problem


def may_move(order: Order) -> bool:
    """Whether the planner may give the order to someone else: not when offered, started, picked up or locked."""
    return order.status in (OrderStatus.DISPATCHABLE, OrderStatus.ASSIGNED) and order.lock is Lock.NONE


def moved_orders(problem: Problem, routes: Sequence[PlannedRoute]) -> dict[str, str]:
    """Orders that change courier, with their new one; orders that had none are not among them."""
    placed = {order_id: route.courier_id for route in routes for stop in route.stops for order_id in stop.order_ids}
    return {
        order_id: courier_id
        for order_id, courier_id in placed.items()
        if problem.routed.get(order_id, courier_id) != courier_id
    }


def components(problem: Problem, routes: Sequence[PlannedRoute]) -> list[tuple[PlannedRoute, ...]]:
    """The smallest sets of routes that can be adopted without each other: couriers coupled by orders they exchange.

    In the order of their first route. Adopted one by one, a conflict loses one part and not the plan.
    """
    leader = {route.courier_id: route.courier_id for route in routes}

    def find(courier_id: str) -> str:
        while leader[courier_id] != courier_id:
            courier_id = leader[courier_id]
        return courier_id

    for order_id, courier_id in moved_orders(problem, routes).items():
        leader[find(courier_id)] = find(problem.routed[order_id])
    parts: dict[str, list[PlannedRoute]] = {}
    for route in routes:
        parts.setdefault(find(route.courier_id), []).append(route)
    return [tuple(part) for part in parts.values()]


def worthwhile(problem: Problem, plan: Plan, least_gain: float) -> list[Plan]:
    """The independent parts of a plan whose gain, after the tax for what they disturb, is at least this much."""
    parts = ((part, gain(problem, part)) for part in components(problem, plan.routes))
    return [Plan(plan.base_version, part, plan.engines, saved) for part, saved in parts if saved >= least_gain]
