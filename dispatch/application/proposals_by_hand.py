"""What a dispatcher's choice means for a courier's route, with all that speaks against it, before it is asked."""

import asyncio
from dataclasses import dataclass, replace

from dispatch.application.ports import Clock, PositionStore, TravelTimes
from dispatch.application.problem_builder import Snapshot, build_problem, snapshot
from dispatch.application.proposals_scene import Offload, PlannerSettings, Replica
from dispatch.application.travel_book import TravelBook
from dispatch.domain.errors import Conflict, NotFound
from dispatch.domain.order import BEFORE_PICKUP, Lock, OrderStatus
from dispatch.domain.route import PlannedRoute
from dispatch.domain.zone import ZoneState
from dispatch.planning.by_hand import plan_assignment
from dispatch.planning.checker import Violation, violations
from dispatch.planning.problem import Plan


@dataclass(frozen=True, slots=True)
class HandAssignment:
    """The route for `AssignByHand(order_id, route, base_version, reason)`, and every rule that it breaks."""

    route: PlannedRoute
    base_version: int
    violations: tuple[Violation, ...]


async def assignment_by_hand(  # noqa: PLR0917 - four ports, then what is wanted
    replica: Replica,
    positions: PositionStore,
    travel_times: TravelTimes,
    clock: Clock,
    order_id: str,
    courier_id: str,
    *,
    settings: PlannerSettings | None = None,
    offload: Offload = asyncio.to_thread,
) -> HandAssignment:
    """The best way to put an order into this courier's route, whoever has it now.

    Raises `NotFound` for an unknown order, courier or place, and `Conflict` when the order cannot be given any more.
    """
    settings = settings or PlannerSettings()
    where = await positions.latest(replica.state.zone_id)
    lost_ms = settings.at_rate(settings.position_lost_ms, settings.position_lost_least_real_s, clock.rate)
    freed = _freed(replica.state, order_id, courier_id)
    seen = snapshot(freed, where, clock.now_ms(), lost_ms, only_couriers=[courier_id])
    return await offload(lambda: _planned(seen, travel_times, settings, order_id, courier_id))


def _freed(state: ZoneState, order_id: str, courier_id: str) -> ZoneState:
    """A state of only this courier with their work, and the order as if nobody had it."""
    order = state.orders.get(order_id)
    if order is None or courier_id not in state.couriers:
        raise NotFound("unknown_order_or_courier", f"There is no order {order_id} or no courier {courier_id}.")
    if order.status is not OrderStatus.DISPATCHABLE and order.status not in BEFORE_PICKUP:
        raise Conflict("wrong_state", f"The order is {order.status}; it cannot be given to a courier.")
    free = replace(order, status=OrderStatus.DISPATCHABLE, courier_id="", lock=Lock.NONE, commit_due_at_ms=0)
    route = state.route(courier_id)
    route = replace(route, stops=route.without_orders(frozenset({order.id})))
    own = {o.id: o for o in state.orders.values() if o.courier_id == courier_id}
    return ZoneState(
        state.zone_id,
        state.plan_version,
        {**own, order.id: free},
        {courier_id: state.couriers[courier_id]},
        state.depots,
        routes={courier_id: route},
    )


def _planned(
    seen: Snapshot, travel_times: TravelTimes, settings: PlannerSettings, order_id: str, courier_id: str
) -> HandAssignment:
    problem = build_problem(seen, TravelBook(travel_times), settings.weights)
    route = plan_assignment(problem, order_id, courier_id)
    wrong = violations(problem, Plan(problem.version, (route,), ("by_hand",)))
    return HandAssignment(route, problem.version, tuple(wrong))
