"""What a plan must leave of a courier's route because a dispatcher locked orders on it (`order.Lock`).

That a locked order keeps its courier is checked where orders leave a route (`plans`); here it is the sequence. Routes
are compared visit by visit, since whether visits at one place are one stop or two is not for a dispatcher to lock;
only a full lock keeps the very stops, so that nothing joins them. Where goods are fetched, `depot_choice` checks.
"""

from collections.abc import Sequence, Set

from dispatch.domain.errors import Conflict
from dispatch.domain.order import Lock
from dispatch.domain.route import PlannedRoute, Route, Stop
from dispatch.domain.zone import Draft

IN_SEQUENCE = frozenset({Lock.SEQUENCE, Lock.POSITION, Lock.FULL})
"""Locks that keep the order of an order's visits among each other."""
IN_PLACE = frozenset({Lock.POSITION, Lock.FULL})
"""Locks that keep everything up to an order's last visit."""


def check_locks(draft: Draft, route: Route, planned: PlannedRoute) -> None:
    """Refuse a plan that changes what locks keep of a route. Raises `Conflict`."""
    locks = {order_id: draft.order(order_id).lock for order_id in route.order_ids()}
    now = [(stop.kind, order_id) for stop in route.stops for order_id in stop.order_ids]
    wanted = [(stop.kind, order_id) for stop in planned.stops for order_id in stop.order_ids]
    held = [visit for visit in now if locks.get(visit[1]) in IN_SEQUENCE]
    if [visit for visit in wanted if visit in held] != held:
        raise Conflict("locked_sequence", f"The plan changes the locked sequence of courier {route.courier_id}.")
    fixed = max((n for n, visit in enumerate(now, 1) if locks.get(visit[1]) in IN_PLACE), default=0)
    full = held_stops(route.stops, {order_id for order_id, lock in locks.items() if lock is Lock.FULL})
    if wanted[:fixed] != now[:fixed] or not _same_stops(route, planned, full):
        raise Conflict("locked_position", f"The plan changes locked stops of courier {route.courier_id}.")


def held_stops(stops: Sequence[Stop], order_ids: Set[str]) -> int:
    """How many stops there are up to the last one for any of these orders, that stop included."""
    return max((n for n, stop in enumerate(stops, 1) if not order_ids.isdisjoint(stop.order_ids)), default=0)


def _same_stops(route: Route, planned: PlannedRoute, count: int) -> bool:
    now = [(stop.kind, stop.order_ids) for stop in route.stops[:count]]
    return [(stop.kind, stop.order_ids) for stop in planned.stops[:count]] == now
