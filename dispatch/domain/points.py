"""Decisions about pickup points: what lies there, who fetches it, and what goes back because nobody did.

What goes back is fetched by an order of its own, from the point to the depot, which the plan brings like any return.
"""

import hmac
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from dispatch.domain import events as e
from dispatch.domain import point_commands as p
from dispatch.domain.case import CaseKind
from dispatch.domain.cases import open_case
from dispatch.domain.collection import Collection, CollectionState
from dispatch.domain.commands import CancelOrder
from dispatch.domain.errors import Conflict, InvalidInput, NotFound
from dispatch.domain.intake import cancel_order
from dispatch.domain.order import BEFORE_PICKUP, WAITING, Direction, Hold, Order, OrderStatus
from dispatch.domain.zone import Draft

MOST_POINTS: Final = 1_000
"""What one writer and one replica hold with ease; more is another zone."""
FETCH_WITHIN_MS: Final = 24 * 3_600_000
"""What goes back is due at its depot so long after that was decided: it has waited for days (house figure)."""
KEEPS_S: Final = (3600, 30 * 24 * 3600)
"""A point keeps an order an hour at least, and a month at most."""
UNFETCHED: Final = "not collected"


def register_point(draft: Draft, command: p.RegisterPoint) -> None:
    """A point becomes known, or changes; what lies there stays as it was."""
    point = command.point
    if point.id not in draft.base.points and len(draft.base.points) >= MOST_POINTS:
        raise Conflict("too_many_points", f"A zone has at most {MOST_POINTS} pickup points; use another zone for more.")
    if not KEEPS_S[0] <= point.keeps_s <= KEEPS_S[1]:
        raise InvalidInput("bad_keeps", "A point keeps orders from an hour to 30 days.")
    if draft.base.points.get(point.id) != point:
        draft.emit(e.PointRegistered(point))


# --- what leaders and customers do ----------------------------------------------------------------------------------


def confirm_at_point(draft: Draft, command: p.ConfirmAtPoint) -> None:
    """The leader has these orders. What was confirmed before stays so."""
    for order_id in command.order_ids:
        order, there = _lying(draft, command.point_id, order_id)
        if not there.confirmed_at_ms:
            draft.change_order(replace(order, collection=replace(there, confirmed_at_ms=draft.now_ms)), "confirmed")


def collect_order(draft: Draft, command: p.CollectOrder) -> None:
    """Somebody fetches the order. A second time changes nothing; too late is when a courier has it.

    Raises `Conflict` for a wrong code, and for what does not lie there.
    """
    order, there = _of_point(draft, command.point_id, command.order_id)
    if command.code is not None and not hmac.compare_digest(command.code.encode(), there.code.encode()):
        raise Conflict("wrong_code", "This is not the code of the order.")
    if there.state is CollectionState.COLLECTED:
        return
    order, there = _lying(draft, command.point_id, command.order_id)
    if there.state is CollectionState.UNCOLLECTED:
        back = draft.order(way_back(order))
        if back.status not in WAITING | BEFORE_PICKUP:
            raise Conflict("already_gone", "A courier has fetched the order; it is on its way back.")
        cancel_order(draft, CancelOrder(back.id, "collected"))
    _turn(draft, draft.order(order.id), CollectionState.COLLECTED)


def refuse_at_point(draft: Draft, command: p.RefuseAtPoint) -> None:
    """The leader does not keep the order: it goes back now; what never came is a case. A second time changes
    nothing.
    """
    order, there = _lying(draft, command.point_id, command.order_id)
    if command.why is p.Refusal.MISSING:
        open_case(draft, CaseKind.MISSING_AT_POINT, order.id, order.courier_id)
    elif there.state is CollectionState.AT_POINT:
        _send_back(draft, order, there, command.why.value)


def _of_point(draft: Draft, point_id: str, order_id: str) -> tuple[Order, Collection]:
    order = draft.order(order_id)
    if order.collection is None or point_id not in ("", order.collection.point_id):
        raise NotFound("unknown_order", f"There is no order {order_id} at this point.")
    return order, order.collection


def _lying(draft: Draft, point_id: str, order_id: str) -> tuple[Order, Collection]:
    order, there = _of_point(draft, point_id, order_id)
    if not there.is_open:
        raise Conflict("not_at_point", f"The order does not lie at the point: it is {there.state}.")
    return order, there


# --- what follows by itself -----------------------------------------------------------------------------------------


def send_back_uncollected(draft: Draft) -> None:
    """What has waited long enough goes back."""
    for order_id in [each for each, until_ms in draft.base.at_points.items() if 0 < until_ms <= draft.now_ms]:
        order, there = _lying(draft, "", order_id)
        _send_back(draft, order, there, UNFETCHED)


def settle(draft: Draft) -> None:
    """After a decision: what came back to its depot is not at the point any more, and what nobody is to fetch waits
    for its customer again.
    """
    for back in list(_changed_ways_back(draft)):
        order = draft.order(back.returns)
        there = order.collection
        if there is None or there.state is not CollectionState.UNCOLLECTED or way_back(order) != back.id:
            continue
        if back.status is OrderStatus.DELIVERED:
            _turn(draft, order, CollectionState.RETURNED)
        elif back.status is OrderStatus.CANCELED:
            again = replace(there, state=CollectionState.AT_POINT, until_ms=draft.now_ms + there.keeps_s * 1000)
            draft.change_order(replace(order, collection=again), CollectionState.AT_POINT.value)


def _changed_ways_back(draft: Draft) -> Iterator[Order]:
    changed = {event.order.id: event.order for event in draft.events if isinstance(event, e.OrderChanged)}
    return (order for order in changed.values() if order.returns)


def way_back(order: Order) -> str:
    """The id of the order that fetches this one from its point, in its present round."""
    rounds = order.collection.rounds if order.collection else 0
    return f"{order.id}-back{rounds}"


def _send_back(draft: Draft, order: Order, there: Collection, why: str) -> None:
    again = replace(there, state=CollectionState.UNCOLLECTED, at_ms=draft.now_ms, rounds=there.rounds + 1)
    gone = draft.change_order(replace(order, collection=again), CollectionState.UNCOLLECTED.value)
    depot_id = order.stock.depot_id if isinstance(order.stock, Hold) else order.depot_id
    draft.emit(e.OrderCreated(_fetching(gone, depot_id, why, draft)))


def _fetching(order: Order, depot_id: str, why: str, draft: Draft) -> Order:
    back = Order(
        id=way_back(order),
        depot_id=depot_id,
        dropoff=replace(order.dropoff, name="", phone="", note=""),
        load=order.load,
        created_at_ms=draft.now_ms,
        ready_at_ms=draft.now_ms,
        promise_at_ms=draft.now_ms + FETCH_WITHIN_MS,
        ref=order.ref,
        service_pickup_s=order.service_dropoff_s,
        service_dropoff_s=order.service_pickup_s,
        placed_by=order.placed_by,
        lines=order.lines,
        direction=Direction.RETURN,
        fragile=order.fragile,
        skills=order.skills,
        returns=order.id,
    )
    return replace(back, changed_version=draft.version, timeline=((back.status, draft.now_ms),), reason=why)


def _turn(draft: Draft, order: Order, state: CollectionState) -> None:
    if order.collection:
        there = replace(order.collection, state=state, at_ms=draft.now_ms)
        draft.change_order(replace(order, collection=there), state.value)
