"""Where an order's goods are fetched, when several depots have them: the plan says, and the zone checks and records it.

Before pickup only, and only while nobody has been told otherwise: an order on offer or under way keeps its depot. What
is fetched at a customer's door (a return) has no such choice. An order that goes elsewhere before anything was done for
it is chosen for anew, among all depots, if its shop had left that to us.
"""

from collections.abc import Iterator
from dataclasses import replace

from dispatch.domain.ends import at_door
from dispatch.domain.errors import Conflict, InvalidInput
from dispatch.domain.locks import IN_PLACE
from dispatch.domain.order import HoldState, Lock, Order, OrderStatus, PreparationStep
from dispatch.domain.route import PlannedRoute, StopKind
from dispatch.domain.stock import can_fetch_at
from dispatch.domain.zone import Draft

S = OrderStatus
_UNTOLD = frozenset({S.DISPATCHABLE, S.ASSIGNED})
_ON_THE_SHELF = frozenset({S.HELD, S.DISPATCHABLE, S.OFFERED, S.ASSIGNED, S.EN_ROUTE_PICKUP})


def may_change_depot(order: Order) -> bool:
    """Whether a plan may take the order's goods from another depot than so far."""
    return order.status in _UNTOLD and order.lock not in IN_PLACE


def may_choose_anew(order: Order) -> bool:
    """Whether an order that goes elsewhere may be fetched at any depot: nothing was done for it at the one so far."""
    begun = any(step is not PreparationStep.PAID for step, _ in order.preparation)
    return order.any_depot and order.status in _ON_THE_SHELF and order.lock is Lock.NONE and not begun


def fetched_at(draft: Draft, order: Order, depot_id: str, options: tuple[str, ...]) -> Order:
    """The order as it is fetched at this depot from now on. Raises `NotFound`, and `Conflict` where goods that are
    promised to it would be lost.
    """
    for each in (depot_id, *options):
        draft.depot(each)
    promised = order.stock is not None and order.stock.state is HoldState.RESERVED
    if promised and not can_fetch_at(draft, order, depot_id):
        raise _gone(order, depot_id)
    return replace(order, depot_id=depot_id, depot_options=options)


def check_depots(draft: Draft, planned: PlannedRoute) -> None:
    """Refuse pickups at two depots at once, at one without the goods, or elsewhere than people already know."""
    for fetched in _depot_visits(draft, planned):
        if len({depot_id for _, depot_id in fetched}) > 1:
            raise InvalidInput("two_depots", "A stop of the plan is at two depots at once.")
        for order, depot_id in fetched:
            _check_depot(draft, order, depot_id)


def choose_depots(draft: Draft, planned: PlannedRoute) -> None:
    """Let the orders come from where the plan fetches them; the depot that they leave remains a choice."""
    for fetched in _depot_visits(draft, planned):
        for order, depot_id in fetched:
            if depot_id != order.depot_id:
                others = tuple(d for d in (order.depot_id, *order.depot_options) if d != depot_id)
                draft.change_order(replace(order, depot_id=depot_id, depot_options=others), "depot")


def _depot_visits(draft: Draft, planned: PlannedRoute) -> Iterator[list[tuple[Order, str]]]:
    """The orders that each pickup at a depot is for, each with the depot where the plan fetches it."""
    for stop in planned.stops:
        if stop.kind is StopKind.PICKUP:
            orders = (draft.order(order_id) for order_id in stop.order_ids)
            yield [(order, stop.depot_id or order.depot_id) for order in orders if not at_door(stop.kind, order)]


def _check_depot(draft: Draft, order: Order, depot_id: str) -> None:
    if depot_id == order.depot_id:
        return
    if not can_fetch_at(draft, order, depot_id):
        raise _gone(order, depot_id)
    if depot_id not in order.depot_options:
        raise InvalidInput("no_goods", f"Depot {depot_id} does not have the goods of order {order.id}.")
    if not may_change_depot(order):
        raise Conflict("depot_fixed", f"Order {order.id} is {order.status} or locked; its depot must not change.")


def _gone(order: Order, depot_id: str) -> Conflict:
    return Conflict("out_of_stock", f"Depot {depot_id} does not have the goods of order {order.id} any more.")
