"""Goods on board change courier: planned as a pair of stops where the two meet, done when both have confirmed it.

The theory. After the pickup the zone believes whoever has the goods in their hands. So an order stays the giver's until
the giver says "given" and the taker says "received", in whatever order the two reports come (either phone may be
offline). Only then the order changes hands, and the planner finds the taker a drop-off for it. When one of the two says
so and the other does not, a dispatcher is asked, and decides whether it happened.
"""

from collections.abc import Iterator
from dataclasses import replace

from dispatch.domain import commands as c
from dispatch.domain import events as e
from dispatch.domain.case import CaseKind
from dispatch.domain.cases import open_case
from dispatch.domain.courier import Account, Duty
from dispatch.domain.errors import Conflict, InvalidInput
from dispatch.domain.geo import distance_m
from dispatch.domain.order import ON_BOARD, TO_DELIVER, Handover, Lock, Order
from dispatch.domain.route import Stop, StopEnd, StopKind
from dispatch.domain.stops import append_stop, put_back_orders, take_off_route
from dispatch.domain.vehicle import Load
from dispatch.domain.zone import Draft, ZoneState

CONFIRM_WITHIN_MS = 10 * 60_000
"""So long after one courier's word the other's may come before a dispatcher is asked (house figure)."""
MEETING_STEP_MS = 60_000
"""The other courier's arrival is news when it moves by more than this."""
HANDED_OVER = "handed_over"
"""What the event is called with which an order changes hands."""


# --- planned and taken back ---------------------------------------------------------------------------------------


def plan_handover(draft: Draft, command: c.HandOver) -> None:
    """A dispatcher has a courier give goods to another one: each gets a stop where they meet."""
    orders = [draft.order(order_id) for order_id in dict.fromkeys(command.order_ids)]
    if not orders:
        raise InvalidInput("order_missing", "Say which orders are to be handed over.")
    giver_id, taker_id = orders[0].courier_id, command.to_courier_id
    _check_goods(orders, giver_id)
    _check_taker(draft, taker_id, giver_id, orders)
    meeting = _meeting(draft, command, giver_id)
    for order in orders:
        _leave_route(draft, order)
        draft.change_order(replace(draft.order(order.id), handover=meeting), "handover")
    now = [draft.order(order.id) for order in orders]
    append_stop(draft, giver_id, StopKind.DROPOFF, now, "hand-over")
    append_stop(draft, taker_id, StopKind.PICKUP, now, "hand-over")
    for courier_id in (giver_id, taker_id):
        note_meetings(draft, draft.route(courier_id).stops)
    order_ids = tuple(order.id for order in orders)
    draft.emit(e.CourierNoticed(giver_id, "hand_over", order_ids))
    draft.emit(e.CourierNoticed(taker_id, "take_over", order_ids))
    for order_id in order_ids:
        draft.emit(e.Overridden("handover", order_id, taker_id, command.reason))


def settle_handover(draft: Draft, command: c.SettleHandOver) -> None:
    """A dispatcher decides what the couriers cannot: the goods have changed hands, or they have not and will not."""
    order = draft.order(command.order_id)
    if order.handover is None:
        raise Conflict("wrong_state", "No hand-over of this order is under way.")
    taker_id = order.handover.to_courier_id
    if command.done:
        _change_hands(draft, order, taker_id)
    else:
        call_off(draft, order, "hand-over called off")
    draft.emit(e.Overridden("handover_done" if command.done else "handover_off", order.id, taker_id, command.reason))


def call_off(draft: Draft, order: Order, reason: str) -> Order:
    """The hand-over is off, if one is planned: both stops go, and the giver keeps the goods. Returns the order."""
    if order.handover is None:
        return order
    taker_id = order.handover.to_courier_id
    # In this order: the planner looks for a new stop when it hears of an order that is on no route, and the taker's
    # phone lists what the zone says is coming when it hears of its route; so that is told also without a stop to go.
    take_off_route(draft, order.courier_id, order.id, reason)
    kept = draft.change_order(replace(order, handover=None), "handover")
    draft.change_route(taker_id, draft.route(taker_id).without_orders(frozenset({order.id})), reason)
    for courier_id in (order.courier_id, taker_id):
        draft.emit(e.CourierNoticed(courier_id, "hand_over_off", (order.id,)))
    return kept


def call_off_all(draft: Draft, taker_id: str, reason: str) -> None:
    """A courier who stops working takes nothing over any more; what they have in their hands already stays theirs."""
    for order_id in draft.route(taker_id).to_take_over():
        call_off(draft, draft.order(order_id), reason)


def _check_goods(orders: list[Order], giver_id: str) -> None:
    for order in orders:
        if order.status not in TO_DELIVER:
            raise Conflict("wrong_state", f"Order {order.id} is {order.status}; there are no goods to hand over.")
        if order.handover:
            raise Conflict("wrong_state", f"A hand-over of order {order.id} is planned already.")
        if order.courier_id != giver_id:
            raise InvalidInput("two_givers", "These orders are with different couriers; hand them over one by one.")


def _check_taker(draft: Draft, taker_id: str, giver_id: str, orders: list[Order]) -> None:
    taker = draft.courier(taker_id)
    if taker_id == giver_id:
        raise InvalidInput("same_courier", "This courier has the goods already.")
    if taker.account is not Account.ACTIVE or taker.duty is not Duty.AVAILABLE:
        raise Conflict("not_on_duty", f"Courier {taker_id} does not take work now.")
    aboard = [o for o in draft.base.orders.values() if o.status in ON_BOARD and holds_goods(o, taker_id)]
    coming = [draft.order(order_id) for order_id in draft.route(taker_id).to_take_over()]
    load = sum((order.load for order in (*aboard, *coming, *orders)), Load())
    if not load.fits(taker.capacity):
        raise Conflict("too_heavy", f"Courier {taker_id} cannot carry that as well.")


def holds_goods(order: Order, courier_id: str) -> bool:
    """Whether an order on board is in this courier's hands, by the word of whoever spoke last."""
    if order.handover is None:
        return order.courier_id == courier_id
    received = order.handover.to_courier_id == courier_id and order.handover.received_at_ms > 0
    return received or (order.courier_id == courier_id and not order.handover.given_at_ms)


def _meeting(draft: Draft, command: c.HandOver, giver_id: str) -> Handover:
    """Where they meet: the named place, else the stop of either that is the smallest way round for the other."""
    if command.place:
        return Handover(command.to_courier_id, command.place, command.address)
    theirs, others = draft.route(giver_id).stops, draft.route(command.to_courier_id).stops
    spot = min(_spots(theirs, others), key=lambda each: each[0], default=None)
    if spot is None:
        raise InvalidInput("place_missing", "Neither courier has a stop to meet at; name a place.")
    return Handover(command.to_courier_id, spot[1].place, spot[1].address)


def _spots(theirs: tuple[Stop, ...], others: tuple[Stop, ...]) -> Iterator[tuple[float, Stop]]:
    """(how far it lies from the other courier's nearest stop in metres, stop) for every stop of the two."""
    for own, far in ((theirs, others), (others, theirs)):
        for stop in own:
            yield min((distance_m(stop.place, other.place) for other in far), default=0.0), stop


def _leave_route(draft: Draft, order: Order) -> None:
    """The order's drop-off leaves its courier's route, also when they were on the way to it."""
    put_back_orders(draft, StopKind.DROPOFF, (order.id,))
    take_off_route(draft, order.courier_id, order.id, "hand-over")


# --- when they meet -----------------------------------------------------------------------------------------------


def note_meetings(draft: Draft, stops: tuple[Stop, ...]) -> None:
    """Note when a courier is planned to be at meetings, when it is news: who comes first waits for the other."""
    for stop in stops:
        for order_id in stop.order_ids if stop.end is StopEnd.MEETING else ():
            order = draft.order(order_id)
            meeting = _with_arrival(order.handover, stop) if order.handover else None
            if meeting != order.handover:
                draft.emit(e.OrderChanged(replace(order, handover=meeting), "meeting"))


def _with_arrival(meeting: Handover, stop: Stop) -> Handover:
    known_ms = meeting.taker_at_ms if stop.takes_over else meeting.giver_at_ms
    if abs(known_ms - stop.arrive_at_ms) < MEETING_STEP_MS:
        return meeting
    if stop.takes_over:
        return replace(meeting, taker_at_ms=stop.arrive_at_ms)
    return replace(meeting, giver_at_ms=stop.arrive_at_ms)


# --- done, or not -------------------------------------------------------------------------------------------------


def confirm(draft: Draft, courier_id: str, order: Order, kind: StopKind) -> None:
    """One of the two says that the goods have changed hands; with the other's word they have."""
    meeting = order.handover
    if meeting is None:
        return
    take_off_route(draft, courier_id, order.id, "handed over")
    at_ms = min(draft.device_at_ms or draft.now_ms, draft.now_ms)
    if kind is StopKind.DROPOFF:
        said = replace(meeting, given_at_ms=meeting.given_at_ms or at_ms)
    else:
        said = replace(meeting, received_at_ms=meeting.received_at_ms or at_ms)
    if said.given_at_ms and said.received_at_ms:
        _change_hands(draft, order, meeting.to_courier_id)
    elif said != meeting:
        draft.change_order(replace(order, handover=said), "handover")


def speaks_of(order: Order, courier_id: str, kind: StopKind) -> bool:
    """Whether this courier is the one who gives (`dropoff`) or takes (`pickup`) in the order's hand-over."""
    if order.handover is None:
        return False
    return courier_id == (order.courier_id if kind is StopKind.DROPOFF else order.handover.to_courier_id)


def missed(draft: Draft, courier_id: str, order: Order) -> None:
    """One of the two says that nothing came of it: unless the other has said otherwise, the giver keeps the goods."""
    meeting = order.handover
    if meeting is None:
        return
    other = meeting.to_courier_id if courier_id == order.courier_id else order.courier_id
    open_case(draft, CaseKind.HANDOVER_FAILED, order.id, courier_id, other)
    if not meeting.begun:
        call_off(draft, order, "hand-over failed")


def take_back(draft: Draft, order: Order, kind: StopKind) -> None:
    """A word that was given by mistake is taken back, while the other courier's is not there yet."""
    if order.handover:
        giver = kind is StopKind.DROPOFF
        unsaid = replace(order.handover, given_at_ms=0) if giver else replace(order.handover, received_at_ms=0)
        draft.change_order(replace(order, handover=unsaid), "undone")


def ask_about(draft: Draft) -> None:
    """Ask a dispatcher, once, about every hand-over that only one of the two has confirmed for too long."""
    for order in _half_done(draft.base):
        meeting = order.handover
        said_ms = max(meeting.given_at_ms, meeting.received_at_ms) if meeting else 0
        if meeting is None or not said_ms or draft.now_ms - said_ms < CONFIRM_WITHIN_MS:
            continue
        pair = (order.courier_id, meeting.to_courier_id)
        speaker, silent = pair if meeting.given_at_ms else pair[::-1]
        if f"{CaseKind.HANDOVER_UNCONFIRMED}-{order.id}-{speaker}" not in draft.base.cases:
            open_case(draft, CaseKind.HANDOVER_UNCONFIRMED, order.id, speaker, silent)


def _half_done(state: ZoneState) -> Iterator[Order]:
    return (state.orders[order_id] for order_id in state.handovers)


def _change_hands(draft: Draft, order: Order, taker_id: str) -> None:
    """The order is the taker's, on board, in a new assignment; what is left of the meeting leaves both routes."""
    seq = order.assignment_seq + 1
    theirs = replace(order, courier_id=taker_id, handover=None, assignment_seq=seq, lock=Lock.NONE)
    draft.change_order(theirs, HANDED_OVER)
    for courier_id in (order.courier_id, taker_id):
        take_off_route(draft, courier_id, order.id, HANDED_OVER)
