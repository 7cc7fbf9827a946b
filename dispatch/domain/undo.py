"""A courier takes back a stop that was reported done by mistake: at once, or not at all."""

from dataclasses import replace

from dispatch.domain import commands as c
from dispatch.domain.collection import CollectionState
from dispatch.domain.errors import Conflict
from dispatch.domain.handover import call_off, take_back
from dispatch.domain.order import FINISHED, Order, OrderStatus
from dispatch.domain.route import FinishedStop, Stop, StopEnd, StopKind, StopState
from dispatch.domain.stops import put_back_others
from dispatch.domain.zone import Draft

BACK = {
    OrderStatus.PICKED_UP: OrderStatus.AT_PICKUP,
    OrderStatus.DELIVERED: OrderStatus.AT_DROPOFF,
    OrderStatus.ATTEMPT_FAILED: OrderStatus.AT_DROPOFF,
    OrderStatus.RETURNED: OrderStatus.RETURNING,
}
"""Where an order stands again. A failed pickup is not taken back: its orders are free, perhaps with somebody else."""

_LEFT_BY = {
    StopKind.PICKUP: frozenset({OrderStatus.PICKED_UP}),
    StopKind.DROPOFF: frozenset({OrderStatus.DELIVERED, OrderStatus.ATTEMPT_FAILED, OrderStatus.RETURNED}),
}
"""How an order stands that a stop has left, and nobody has decided anything since (such as to try again)."""
_STILL_THERE = (CollectionState.EXPECTED, CollectionState.AT_POINT)
"""How an order stands at its pickup point that nobody has fetched or sent away."""


def undo_stop(draft: Draft, command: c.UndoStop) -> None:
    """The courier stands at the stop again, and its orders are not handed over. A second time changes nothing.

    The time allowed runs by the device's clock, so that a mistake and its undoing may both be made offline; by ours it
    may take twice as long, for what a customer was told hours ago is not taken back.
    """
    draft.device_at_ms = command.at_ms
    route = draft.route(command.courier_id)
    if route.stop(command.stop_id):
        return
    finished = route.finished
    if finished is None or finished.stop.id != command.stop_id:
        raise Conflict("nothing_to_undo", "Another stop was done since; ask a dispatcher to put this right.")
    _check_time(draft, command, finished)
    orders = [draft.order(order_id) for order_id in finished.order_ids]
    if any(not _may_reopen(order, command.courier_id, finished.stop) for order in orders):
        raise Conflict("undo_too_late", "The order has moved on meanwhile; ask a dispatcher to put this right.")
    put_back_others(draft, command.courier_id, finished.stop)
    # The orders first: the phone is told of them with the route, as they are at that event.
    for order_id in finished.order_ids:
        if finished.stop.end is StopEnd.MEETING:
            take_back(draft, draft.order(order_id), finished.stop.kind)
        else:
            _reopen(draft, call_off(draft, draft.order(order_id), "undone"))
    stop = replace(finished.stop, order_ids=finished.order_ids, state=StopState.ARRIVED)
    draft.finish_stop(command.courier_id, (stop, *draft.route(command.courier_id).stops), "stop undone", None)


def _may_reopen(order: Order, courier_id: str, stop: Stop) -> bool:
    """Whether the order stands where the stop left it; at a meeting, whether the other courier has not spoken yet."""
    if stop.end is StopEnd.MEETING:
        meeting = order.handover
        return meeting is not None and courier_id in (order.courier_id, meeting.to_courier_id)
    taken_on = order.collection is not None and order.collection.state not in _STILL_THERE
    return order.courier_id == courier_id and order.status in _LEFT_BY[stop.kind] and not taken_on


def _check_time(draft: Draft, command: c.UndoStop, finished: FinishedStop) -> None:
    by_device_ms = command.at_ms - finished.done_at_ms
    by_zone_ms = draft.now_ms - finished.heard_at_ms
    if by_device_ms > command.within_ms or by_zone_ms > 2 * command.within_ms:
        raise Conflict("undo_too_late", "The time to take this back is over; ask a dispatcher to put it right.")


def _reopen(draft: Draft, order: Order) -> None:
    """An end that was taken back begins a new assignment of the same courier: the old one is closed in the books."""
    again = order.moved(BACK[order.status], draft.happened_at_ms(order), "undone")
    reopened = order.status in FINISHED
    seq = order.assignment_seq + reopened
    draft.change_order(replace(again, assignment_seq=seq, proofs=()), "undone")
