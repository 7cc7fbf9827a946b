"""What a shopper is told by Web Push, and when: an event and the zone's state in, a notice or none out. Pure.

A shopper hears of the steps that they would look for (a courier has it, it is on its way, one stop before them, at the
door, the end, and what went wrong), each once, and of the arrival time when it moved by minutes from what this
subscription was last told. An order that failed or was put on hold begins anew: its steps are told again.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from dispatch.application.ports import Recorded
from dispatch.domain import events as e
from dispatch.domain.case import Case, CaseStatus
from dispatch.domain.collection import CollectionState
from dispatch.domain.ends import at_door, is_awaited
from dispatch.domain.fulfilment import Mode
from dispatch.domain.order import FINISHED, Direction, Order, OrderStatus
from dispatch.domain.points import UNFETCHED
from dispatch.domain.preparation import READY
from dispatch.domain.waves import is_packed
from dispatch.domain.zone import ZoneState

LATER_MS: Final = 3 * 60_000
"""People act on minutes; fewer are not worth a buzz in the pocket (house figure)."""
SOONER_MS: Final = 5 * 60_000
_STOPS_AHEAD: Final = 1


class NoticeKind(StrEnum):
    """What a notice tells."""

    ASSIGNED = "assigned"
    ON_WAY = "on_way"
    NEAR = "near"
    AT_DOOR = "at_door"
    DELIVERED = "delivered"
    DELAYED = "delayed"
    SOONER = "sooner"
    FAILED = "failed"
    RETURNING = "returning"
    RETURNED = "returned"
    """The goods are back at their depot: news for whoever placed the order, not for its shopper."""
    HELD = "held"
    ANSWERED = "answered"
    """Support has answered what the customer reported; the answer is on the order's page."""
    CANCELED = "canceled"
    EXPECTED = "expected"
    """An order was placed for a pickup point: news for its leader."""
    AT_POINT = "at_point"
    COLLECTED = "collected"
    UNCOLLECTED = "uncollected"
    READY_TO_COLLECT = "ready_to_collect"
    """It is packed, and its customer may fetch it at its depot."""
    NOT_COLLECTED = "not_collected"
    """Nobody fetched it there in time, and it was canceled."""
    WITH_CARRIER = "with_carrier"
    STOCK_LOW = "stock_low"
    """A depot runs low of a good: no step of an order, and news for depots and programs only."""
    CASE_LATE = "case_late"
    """Nobody has answered a case in time: news for whoever of the staff is responsible."""
    CLAIM_LATE = "claim_late"


K = NoticeKind
OF_STOCK: Final = frozenset({K.STOCK_LOW})
OVERDUE: Final = frozenset({K.CASE_LATE, K.CLAIM_LATE})
BESIDE_ORDERS: Final = OF_STOCK | OVERDUE
"""What is told of no order's way: nothing overtakes it, nothing is told anew, and its message says all of it."""
BEGINS_ANEW: Final = frozenset({K.FAILED, K.HELD})
REPEATS: Final = frozenset({K.ANSWERED})
"""What is no step of the order: each is told, in between and after its end."""
_ENDS: Final = frozenset(
    {K.DELIVERED, K.CANCELED, K.RETURNED, K.AT_POINT, K.COLLECTED, K.UNCOLLECTED, K.NOT_COLLECTED, *REPEATS}
)
TIMES: Final = frozenset({K.DELAYED, K.SOONER})
_STEPS: Final[dict[OrderStatus, NoticeKind]] = {
    OrderStatus.ASSIGNED: K.ASSIGNED,
    OrderStatus.PICKED_UP: K.ON_WAY,
    OrderStatus.AT_DROPOFF: K.AT_DOOR,
    OrderStatus.DELIVERED: K.DELIVERED,
    OrderStatus.ATTEMPT_FAILED: K.FAILED,
    OrderStatus.RETURNING: K.RETURNING,
    OrderStatus.HELD: K.HELD,
    OrderStatus.CANCELED: K.CANCELED,
}
_STEPS_OF_RETURNS: Final[dict[OrderStatus, NoticeKind]] = {
    **{status: kind for status, kind in _STEPS.items() if kind is not K.AT_DOOR},
    OrderStatus.AT_PICKUP: K.AT_DOOR,
}
_STEPS_TO_A_POINT: Final[dict[OrderStatus, NoticeKind]] = {
    **{status: kind for status, kind in _STEPS.items() if kind is not K.AT_DOOR},
    OrderStatus.DELIVERED: K.AT_POINT,
}
"""Whoever collects an order need not be there when the courier is."""
_STEPS_AT_A_DEPOT: Final[dict[OrderStatus, NoticeKind]] = {
    OrderStatus.DELIVERED: K.COLLECTED,
    OrderStatus.HELD: K.HELD,
    OrderStatus.CANCELED: K.CANCELED,
}
_STEPS_WITH_A_CARRIER: Final[dict[OrderStatus, NoticeKind]] = {
    OrderStatus.WITH_CARRIER: K.WITH_CARRIER,
    OrderStatus.DELIVERED: K.DELIVERED,
    OrderStatus.HELD: K.HELD,
    OrderStatus.CANCELED: K.CANCELED,
}
_LIES_READY: Final = frozenset({OrderStatus.AT_DEPOT.value, READY})
"""By which changes an order may come to be ready for its customer."""
_COLLECTING: Final = {CollectionState.COLLECTED: K.COLLECTED, CollectionState.UNCOLLECTED: K.UNCOLLECTED}
_CUT_OFF: Final = "cut_off"
"""How an order is changed that no way leads to any more; it was put on hold by the event before."""


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to tell the shopper of an order: what event `seq` at `at_ms` (business time) meant for them.

    `order` is as it was then, `before_ms` the arrival time that was told before it, `case` what was answered.
    """

    kind: NoticeKind
    order: Order
    seq: int
    at_ms: int
    before_ms: int = 0
    case: Case | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """What a subscription was told: up to which event, which kinds since the order last began, and which arrival."""

    seq: int = 0
    kinds: tuple[str, ...] = ()
    eta_at_ms: int = 0


NOTHING: Final = Told()


def notices(state: ZoneState, recorded: Recorded) -> tuple[Notice, ...]:
    """What the event means for shoppers; `state` is the zone's after it."""
    match recorded.event:
        case e.OrderChanged(order=order, what=what):
            kind = K.HELD if what == _CUT_OFF else _step(order, what)
            return (Notice(kind, order, recorded.seq, recorded.at_ms),) if kind else ()
        case e.EtaChanged(order=order):
            return _moved(order, recorded)
        case e.CaseChanged(case=case) if case.status is CaseStatus.SOLVED and case.solved_at_ms == recorded.at_ms:
            of = state.orders.get(case.order_id)
            return (Notice(K.ANSWERED, of, recorded.seq, recorded.at_ms, case=case),) if of else ()
        case e.RouteChanged(route=route) if len(route.stops) > _STOPS_AHEAD:
            stop = route.stops[_STOPS_AHEAD]
            orders = (state.orders.get(order_id) for order_id in stop.order_ids)
            coming = (o for o in orders if o and o.courier_id == route.courier_id and is_awaited(o))
            near = (o for o in coming if not o.collection)
            return tuple(Notice(K.NEAR, o, recorded.seq, recorded.at_ms) for o in near if at_door(stop.kind, o))
        case _:
            return ()


def _step(order: Order, what: str) -> NoticeKind | None:
    if order.collection and what == order.collection.state.value:
        return _COLLECTING.get(order.collection.state)
    if what in _LIES_READY and is_ready_to_collect(order):
        return K.READY_TO_COLLECT
    if what != order.status.value:
        return None
    if order.status is OrderStatus.CANCELED and order.mode is Mode.SELF_PICKUP and order.reason == UNFETCHED:
        return K.NOT_COLLECTED
    return _steps_of(order).get(order.status)


def is_ready_to_collect(order: Order) -> bool:
    """Whether it lies packed at its depot, for its customer to fetch."""
    return order.collect_by_ms > 0 and is_packed(order)


def _steps_of(order: Order) -> dict[OrderStatus, NoticeKind]:
    if order.direction is Direction.RETURN:
        return _STEPS_OF_RETURNS
    if order.mode is not Mode.DELIVERY:
        return _STEPS_WITH_A_CARRIER if order.mode is Mode.CARRIER else _STEPS_AT_A_DEPOT
    return _STEPS_TO_A_POINT if order.collection else _STEPS


def _moved(order: Order, recorded: Recorded) -> tuple[Notice, ...]:
    if not order.courier_id or not order.eta_at_ms or len(order.etas) < 2:
        return ()
    return (Notice(K.DELAYED, order, recorded.seq, recorded.at_ms, order.etas[-2].eta_at_ms),)


def up_to_date(notice: Notice, newest: Order | None) -> Notice | None:
    """The notice with what is known of its order by now; None when it is no news any more."""
    if newest is None:
        return notice
    if (newest.status in FINISHED and notice.kind not in _ENDS) or _is_past(notice, newest):
        return None
    now = replace(notice.order, eta_at_ms=newest.eta_at_ms, eta_late_at_ms=newest.eta_late_at_ms, etas=newest.etas)
    return replace(notice, order=now)


def _is_past(notice: Notice, newest: Order) -> bool:
    """Whether it lay there, was to go back, or was under way, and is not any more."""
    if notice.kind is K.READY_TO_COLLECT:
        return not is_ready_to_collect(newest)
    if notice.kind is K.WITH_CARRIER:
        return newest.status is not OrderStatus.WITH_CARRIER
    waits = {K.AT_POINT: CollectionState.AT_POINT, K.UNCOLLECTED: CollectionState.UNCOLLECTED}.get(notice.kind)
    return waits is not None and newest.collection is not None and newest.collection.state is not waits


def due(told: Told, notice: Notice) -> Notice | None:
    """The notice for a subscription that was told this much; None when it need not hear of it."""
    if notice.seq <= told.seq:
        return None
    if notice.kind is K.DELAYED:
        moved_ms = notice.order.eta_at_ms - (told.eta_at_ms or notice.before_ms)
        if moved_ms >= LATER_MS:
            return notice
        return replace(notice, kind=K.SOONER) if moved_ms <= -SOONER_MS else None
    again = notice.kind in BEGINS_ANEW or notice.kind in REPEATS
    return notice if again or notice.kind not in told.kinds else None


def told_after(told: Told, notice: Notice) -> Told:
    """What the subscription was told once it has the notice."""
    kinds = () if notice.kind in BEGINS_ANEW else tuple(dict.fromkeys((*told.kinds, notice.kind.value)))
    return Told(notice.seq, kinds, notice.order.eta_at_ms or told.eta_at_ms)


def newest_due(told: Told, heard: Iterable[Notice]) -> Notice | None:
    """Of notices about one order, in the order of their events, the last that is due: it replaces those before it."""
    last: Notice | None = None
    for notice in filter(None, (due(told, each) for each in heard)):
        if last is None or overtakes(notice.kind, last.kind):
            last = notice
    return last


def overtakes(newer: NoticeKind, older: NoticeKind) -> bool:
    """Whether nobody need hear of the older one any more: a step says when, too, so a changed time is no news to it."""
    return newer not in TIMES or older in TIMES


def are_of_one_kind(a: NoticeKind, b: NoticeKind) -> bool:
    """Whether one of them may make the other needless: steps of an order, or answers."""
    return (a in REPEATS) == (b in REPEATS)


def known_at(order: Order, seq: int) -> Told:
    """What somebody knows who sees the order as it is at event `seq`: they need not be told of it."""
    steps = _steps_of(order)
    told = NOTHING
    for status, at_ms in order.timeline:
        if kind := steps.get(status):
            told = told_after(told, Notice(kind, order, seq, at_ms))
    if is_ready_to_collect(order):
        told = told_after(told, Notice(K.READY_TO_COLLECT, order, seq, order.ready_at_ms))
    return replace(told, seq=seq, eta_at_ms=order.eta_at_ms)
