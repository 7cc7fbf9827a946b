"""Decisions about a courier at work: duty, and what happens at the stops."""

from dataclasses import replace

from dispatch.domain import commands as c
from dispatch.domain import events as e
from dispatch.domain import handover
from dispatch.domain.case import CaseKind
from dispatch.domain.cases import open_case
from dispatch.domain.commands import StopAction
from dispatch.domain.courier import Account, Duty
from dispatch.domain.ends import at_door
from dispatch.domain.errors import Conflict, Forbidden, InvalidInput, NotFound
from dispatch.domain.offers import close_offer, release_order
from dispatch.domain.order import BEFORE_PICKUP, ON_BOARD, TO_DELIVER, OrderStatus
from dispatch.domain.proofs import prove
from dispatch.domain.reality import settle
from dispatch.domain.route import FinishedStop, Stop, StopEnd, StopKind, StopState
from dispatch.domain.stops import (
    ARRIVED,
    EN_ROUTE,
    append_stops,
    bring_to_front,
    put_back_orders,
    put_back_others,
    take_off_route,
)
from dispatch.domain.zone import Draft

_DONE = {StopKind.PICKUP: OrderStatus.PICKED_UP, StopKind.DROPOFF: OrderStatus.DELIVERED}
_GOING_BACK = OrderStatus.RETURNING
"""These goods have no other status until they are at their depot."""


def set_duty(draft: Draft, command: c.SetDuty) -> None:
    """Whoever stops working gives back what is not picked up; nobody goes home with goods on board."""
    courier = draft.courier(command.courier_id)
    if courier.account is not Account.ACTIVE:
        raise Forbidden("account_inactive", f"The account is {courier.account}; it cannot go on duty.")
    if courier.duty is command.duty:
        return
    if command.duty is Duty.OFF_DUTY and _has_goods(draft, courier.id):
        raise Conflict("goods_on_board", "There are goods on board: deliver or return them first.")
    if command.duty is not Duty.AVAILABLE:
        _revoke_open_offers(draft, courier.id)
    if command.duty in (Duty.OFF_DUTY, Duty.ON_BREAK):
        _give_back(draft, courier.id)
        handover.call_off_all(draft, courier.id, "courier stopped working")
    draft.emit(e.DutyChanged(courier.with_duty(command.duty, draft.now_ms), command.reason))
    if command.reason:
        draft.emit(e.Overridden(f"duty {command.duty}", "", courier.id, command.reason))


def report_progress(draft: Draft, command: c.ReportProgress) -> None:
    """The courier did something at a stop. Reality wins: a stop out of turn moves to the front of the route, and what
    was done for orders that the stop does not hold any more counts by the rules of `reality`.

    Orders that are still only offered may share a depot visit with accepted ones; unless named, they are not meant.
    """
    draft.device_at_ms = command.at_ms
    stop = draft.route(command.courier_id).stop(command.stop_id)
    here = _meant(draft, command, stop)
    elsewhere = tuple(order_id for order_id in command.order_ids if order_id not in here)
    if here and stop:
        _report_at(draft, command, stop, here)
    elif not command.order_ids and stop:
        raise Conflict("not_accepted", "Accept the offer first.")
    claimed = [settle(draft, command, draft.order(order_id)) for order_id in elsewhere]
    if not here and not any(claimed):
        raise NotFound("unknown_stop", "This stop is not on your route any more.")


def _meant(draft: Draft, command: c.ReportProgress, stop: Stop | None) -> tuple[str, ...]:
    """The accepted orders of the stop that the report is about. Named ones that are not here by the zone's books (not
    accepted, not picked up) are left to `reality`.
    """
    if stop is None or command.kind not in (None, stop.kind):
        return ()
    accepted = tuple(o for o in stop.order_ids if draft.order(o).status is not OrderStatus.OFFERED)
    if not command.order_ids:
        return accepted
    named = tuple(o for o in accepted if o in command.order_ids)
    return tuple(o for o in named if stop.kind is StopKind.PICKUP or draft.order(o).status in TO_DELIVER)


def _report_at(draft: Draft, command: c.ReportProgress, stop: Stop, order_ids: tuple[str, ...]) -> None:
    if stop.kind is StopKind.DROPOFF and any(draft.order(o).status not in TO_DELIVER for o in order_ids):
        raise Conflict("not_picked_up", "The goods of this stop have not been picked up.")
    _PROGRESS[command.action](draft, command, stop, order_ids)


def _departed(draft: Draft, command: c.ReportProgress, stop: Stop, order_ids: tuple[str, ...]) -> None:
    if stop.started:
        return
    put_back_others(draft, command.courier_id, stop)
    bring_to_front(draft, command.courier_id, replace(stop, state=StopState.EN_ROUTE))
    _move_all(draft, stop, order_ids, EN_ROUTE[stop.kind])


def _arrived(draft: Draft, command: c.ReportProgress, stop: Stop, order_ids: tuple[str, ...]) -> None:
    if stop.state is StopState.ARRIVED:
        return
    put_back_others(draft, command.courier_id, stop)
    arrived = replace(stop, state=StopState.ARRIVED, arrive_at_ms=draft.now_ms)
    bring_to_front(draft, command.courier_id, arrived)
    _move_all(draft, stop, order_ids, ARRIVED[stop.kind])


def _move_all(draft: Draft, stop: Stop, order_ids: tuple[str, ...], status: OrderStatus, reason: str = "") -> None:
    """Customers hear of the ways to their doors and depots, not of those to another courier or back."""
    for order_id in order_ids:
        order = draft.order(order_id)
        if order.status is not _GOING_BACK and stop.end is not StopEnd.MEETING:
            draft.move_order(order, status, reason)


def _completed(draft: Draft, command: c.ReportProgress, stop: Stop, order_ids: tuple[str, ...]) -> None:
    _finish(draft, command.courier_id, stop, order_ids, "stop completed")
    for order_id in order_ids:
        if stop.end is StopEnd.MEETING:
            handover.confirm(draft, command.courier_id, draft.order(order_id), stop.kind)
            continue
        order = prove(draft, command, draft.order(order_id), stop.kind)
        draft.move_order(order, OrderStatus.RETURNED if order.status is _GOING_BACK else _DONE[stop.kind])


def _failed(draft: Draft, command: c.ReportProgress, stop: Stop, order_ids: tuple[str, ...]) -> None:
    """A pickup that fails frees the orders; a drop-off that fails waits for a dispatcher's decision."""
    if not command.reason:
        raise InvalidInput("reason_missing", "Say why the stop failed.")
    if stop.end is StopEnd.MEETING:
        _meeting_failed(draft, command, stop, order_ids)
    elif stop.kind is StopKind.PICKUP:
        _pickup_failed(draft, command, order_ids)
    else:
        _dropoff_failed(draft, command, stop, order_ids)


def _pickup_failed(draft: Draft, command: c.ReportProgress, order_ids: tuple[str, ...]) -> None:
    """At a depot the orders are free again; at a customer's door they are held: the next one would do no better."""
    rest = draft.route(command.courier_id).without_orders(frozenset(order_ids))
    draft.change_route(command.courier_id, rest, "pickup failed")
    for order_id in order_ids:
        release_order(draft, draft.order(order_id), command.reason, declined_by=command.courier_id)
        free = draft.order(order_id)
        if at_door(StopKind.PICKUP, free):
            draft.move_order(free, OrderStatus.HELD, command.reason)


def _meeting_failed(draft: Draft, command: c.ReportProgress, stop: Stop, order_ids: tuple[str, ...]) -> None:
    """They did not meet, or the goods were not passed on."""
    _finish(draft, command.courier_id, stop, order_ids, "hand-over failed")
    for order_id in order_ids:
        handover.missed(draft, command.courier_id, draft.order(order_id))


def _dropoff_failed(draft: Draft, command: c.ReportProgress, stop: Stop, order_ids: tuple[str, ...]) -> None:
    """What could not be brought back to its depot still has to be: its stop goes behind all others, and a dispatcher
    is told.
    """
    _finish(draft, command.courier_id, stop, order_ids, "attempt failed")
    back = [order for order_id in order_ids if (order := draft.order(order_id)).status is _GOING_BACK]
    _move_all(draft, stop, order_ids, OrderStatus.ATTEMPT_FAILED, command.reason)
    for order in back:
        open_case(draft, CaseKind.RETURN_FAILED, order.id, command.courier_id)
    if back:
        append_stops(draft, command.courier_id, [(StopKind.DROPOFF, order) for order in back], "not brought back")


_PROGRESS = {
    StopAction.DEPARTED: _departed,
    StopAction.ARRIVED: _arrived,
    StopAction.COMPLETED: _completed,
    StopAction.FAILED: _failed,
}


_RESOLUTIONS = {
    "retry": (OrderStatus.ATTEMPT_FAILED, OrderStatus.PICKED_UP),
    "return": (OrderStatus.ATTEMPT_FAILED, OrderStatus.RETURNING),
    "returned": (OrderStatus.RETURNING, OrderStatus.RETURNED),
}


def resolve_attempt(draft: Draft, command: c.ResolveAttempt) -> None:
    """After a failed attempt: `retry`, `return`, or `returned` when the goods are back at the depot."""
    if command.resolution not in _RESOLUTIONS:
        raise InvalidInput("unknown_resolution", f"Choose one of {', '.join(_RESOLUTIONS)}.")
    before, after = _RESOLUTIONS[command.resolution]
    order = draft.order(command.order_id)
    if order.status is not before:
        raise Conflict("wrong_state", f"The order is {order.status}, not {before}.")
    if after is OrderStatus.RETURNED:
        order = handover.call_off(draft, order, "returned")
        take_off_route(draft, order.courier_id, order.id, "returned")
    draft.move_order(order, after, command.reason)
    draft.emit(e.Overridden(command.resolution, order.id, order.courier_id, command.reason))


def _has_goods(draft: Draft, courier_id: str) -> bool:
    return any(o.status in ON_BOARD and handover.holds_goods(o, courier_id) for o in draft.base.orders.values())


def _revoke_open_offers(draft: Draft, courier_id: str) -> None:
    for offer in map(draft.base.offers.__getitem__, tuple(draft.base.open_offers)):
        if offer.courier_id == courier_id:
            close_offer(draft, offer, "revoked", "courier stopped taking work")


def _give_back(draft: Draft, courier_id: str) -> None:
    route = draft.route(courier_id)
    back = tuple(o for o in route.order_ids() if draft.order(o).status in BEFORE_PICKUP)
    if back:
        draft.change_route(courier_id, route.without_orders(frozenset(back)), "courier stopped working")
        for order_id in back:
            release_order(draft, draft.order(order_id), "courier stopped working")


def _finish(draft: Draft, courier_id: str, stop: Stop, order_ids: tuple[str, ...], reason: str) -> None:
    """The stop leaves the route; what it held for others than these orders is still to be done, as a new stop.

    The new stop has a name of its own: a repeated report on the old one must not be about it. A courier who hands over
    at one door what many are waiting for is still there with the rest; what a depot did not hand out is fetched later.
    """
    left = tuple(order_id for order_id in stop.order_ids if order_id not in order_ids)
    state = stop.state if stop.kind is StopKind.DROPOFF else StopState.PLANNED
    again = (replace(stop, id=f"{stop.id}-rest", order_ids=left, state=state),) if left else ()
    rest = tuple(other for other in draft.route(courier_id).stops if other.id != stop.id)
    done_at_ms = min(draft.device_at_ms or draft.now_ms, draft.now_ms)
    finished = FinishedStop(stop, order_ids, done_at_ms, draft.now_ms)
    draft.finish_stop(courier_id, (*again, *rest), reason, finished)
    if state is StopState.PLANNED:
        put_back_orders(draft, stop.kind, left)
