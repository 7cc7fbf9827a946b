"""What is told of, to whom, and by which channel: one table, as data. Pure.

A step of an order (`push_notices`) is told to its shopper, to the account that placed it (a shop, a group leader, an
integrator), to the leader of the pickup point where it is collected, and to the staff. What depots run out of is told
to the staff, and to programs that ask for it; what nobody has answered in time to the staff alone. Couriers stand in no
row: their apps hear of everything by the courier channel. Web Push has its own sender (`push_sending`), which asks this
table, too.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from dispatch.application.ports import Recorded
from dispatch.application.push_notices import BESIDE_ORDERS, Notice, NoticeKind, notices
from dispatch.domain import events as e
from dispatch.domain.claim import Claim, ClaimStatus
from dispatch.domain.order import OrderStatus
from dispatch.domain.zone import ZoneState


class Channel(StrEnum):
    """What brings a message."""

    WEBHOOK = "webhook"
    WEB_PUSH = "web_push"
    EMAIL = "email"
    SMS = "sms"
    WECHAT = "wechat"


class Audience(StrEnum):
    """Who is told. `ACCOUNT` is whoever placed the order: a shop, a group leader, a distributor, an integrator;
    `LEADER` whoever runs the pickup point.
    """

    SHOPPER = "shopper"
    ACCOUNT = "account"
    STAFF = "staff"
    LEADER = "leader"


_C, _A, K = Channel, Audience, NoticeKind
_SEEN = (_C.WEB_PUSH, _C.WECHAT)
"""Cheap and quiet: for what is nice to know."""
_WRITTEN = (*_SEEN, _C.EMAIL)
_NOW = (*_SEEN, _C.SMS)
"""For what somebody has to act on."""
_EVERY = (*_SEEN, _C.SMS, _C.EMAIL)
_PROGRAM = (_C.WEBHOOK,)
_TROUBLE = (_C.WEBHOOK, _C.EMAIL, _C.SMS, _C.WECHAT)
_END = (_C.WEBHOOK, _C.EMAIL, _C.WECHAT)

TABLE: Final[Mapping[NoticeKind, Mapping[Audience, tuple[Channel, ...]]]] = {
    K.ASSIGNED: {_A.SHOPPER: _SEEN, _A.ACCOUNT: _PROGRAM},
    K.ON_WAY: {_A.SHOPPER: _WRITTEN, _A.ACCOUNT: _PROGRAM},
    K.NEAR: {_A.SHOPPER: _SEEN, _A.ACCOUNT: _PROGRAM},
    K.AT_DOOR: {_A.SHOPPER: _NOW, _A.ACCOUNT: _PROGRAM},
    K.DELIVERED: {_A.SHOPPER: _EVERY, _A.ACCOUNT: _END},
    K.DELAYED: {_A.SHOPPER: _NOW, _A.ACCOUNT: _PROGRAM},
    K.SOONER: {_A.SHOPPER: _SEEN, _A.ACCOUNT: _PROGRAM},
    K.FAILED: {_A.SHOPPER: _EVERY, _A.ACCOUNT: _TROUBLE, _A.STAFF: (_C.EMAIL,)},
    K.RETURNING: {_A.SHOPPER: _WRITTEN, _A.ACCOUNT: _END},
    K.RETURNED: {_A.ACCOUNT: _END},
    K.HELD: {_A.SHOPPER: _WRITTEN, _A.ACCOUNT: _TROUBLE, _A.STAFF: (_C.EMAIL,)},
    K.ANSWERED: {_A.SHOPPER: _WRITTEN, _A.ACCOUNT: _PROGRAM},
    K.CANCELED: {_A.SHOPPER: _EVERY, _A.ACCOUNT: _END},
    K.EXPECTED: {_A.ACCOUNT: _PROGRAM, _A.LEADER: (_C.WECHAT, _C.EMAIL)},
    K.AT_POINT: {_A.SHOPPER: _EVERY, _A.ACCOUNT: _END, _A.LEADER: (_C.WECHAT,)},
    K.COLLECTED: {_A.SHOPPER: _SEEN, _A.ACCOUNT: _PROGRAM},
    K.UNCOLLECTED: {_A.SHOPPER: _EVERY, _A.ACCOUNT: _END, _A.LEADER: (_C.WECHAT, _C.EMAIL)},
    K.READY_TO_COLLECT: {_A.SHOPPER: _EVERY, _A.ACCOUNT: _PROGRAM},
    K.NOT_COLLECTED: {_A.SHOPPER: _EVERY, _A.ACCOUNT: _END},
    K.WITH_CARRIER: {_A.SHOPPER: _WRITTEN, _A.ACCOUNT: _PROGRAM},
    K.STOCK_LOW: {_A.ACCOUNT: _PROGRAM, _A.STAFF: (_C.EMAIL,)},
    K.CASE_LATE: {_A.STAFF: (_C.EMAIL,)},
    K.CLAIM_LATE: {_A.STAFF: (_C.EMAIL,)},
}

URGENT: Final = frozenset({K.NEAR, K.AT_DOOR, K.DELIVERED})
"""What is told in quiet hours as well: somebody has ordered for this hour, and waits."""


@dataclass(frozen=True, slots=True)
class StockNotice:
    """A shelf to tell of, as it was after event `seq` at `at_ms` (business time): so many pieces were free, and so many
    are the threshold.
    """

    kind: NoticeKind
    depot_id: str
    sku: str
    free: int
    low_at: int
    seq: int
    at_ms: int


@dataclass(frozen=True, slots=True)
class OverdueNotice:
    """A case or a claim to tell of (`thing_id`) that nobody had answered by `due_at_ms`, as of event `seq` at `at_ms`
    (business time). `what` is its kind; `order_id` and `ref` say which order it is about, `depot_id` whose that is
    (empty: nobody knows any more), and `assignee` looks after it.
    """

    kind: NoticeKind
    thing_id: str
    what: str
    order_id: str
    ref: str
    assignee: str
    due_at_ms: int
    seq: int
    at_ms: int
    depot_id: str = ""


News = Notice | StockNotice | OverdueNotice


def goes_by(kind: NoticeKind, audience: Audience, channel: Channel) -> bool:
    """Whether the table has it."""
    return channel in TABLE[kind].get(audience, ())


def template_of(audience: Audience, kind: NoticeKind) -> str:
    """By what name gateways know the text, such as `shopper.at_door`."""
    return f"{audience}.{kind}"


def event_type(kind: NoticeKind) -> str:
    """What a webhook calls it, such as `order.delivered`."""
    return kind.replace("_", ".", 1) if kind in BESIDE_ORDERS else f"order.{kind}"


def news(state: ZoneState, recorded: Recorded) -> tuple[News, ...]:
    """What the event means for anybody in the table; `state` is the zone's after it."""
    match recorded.event:
        case e.OrderChanged(order=order, what=what) if what == order.status == OrderStatus.RETURNED:
            return (Notice(K.RETURNED, order, recorded.seq, recorded.at_ms),)
        case e.OrderCreated(order=order) if order.collection:
            return (Notice(K.EXPECTED, order, recorded.seq, recorded.at_ms),)
        case e.StockChanged(shelf=shelf, went_low=True):
            low_at, free = shelf.threshold(state.skus[shelf.sku]), shelf.free(recorded.at_ms)
            return (StockNotice(K.STOCK_LOW, shelf.depot_id, shelf.sku, free, low_at, recorded.seq, recorded.at_ms),)
        case e.CaseChanged(case=case) if case.due_at_ms and case.escalated_at_ms == recorded.at_ms:
            ref = _ref(state, case.order_id)
            told = (case.id, case.kind.value, case.order_id, ref, case.assignee, case.due_at_ms)
            about = state.orders.get(case.order_id)
            depot_id = about.depot_id if about else ""
            return (OverdueNotice(K.CASE_LATE, *told, recorded.seq, recorded.at_ms, depot_id),)
        case e.ClaimChanged(claim=claim) if _is_overdue(claim, recorded.at_ms):
            told = (claim.id, claim.kind.value, claim.order_id, claim.ref, "", claim.answer_due_at_ms)
            return (OverdueNotice(K.CLAIM_LATE, *told, recorded.seq, recorded.at_ms, claim.depot_id),)
        case _:
            return notices(state, recorded)


def _is_overdue(claim: Claim, at_ms: int) -> bool:
    """Whether it was found then that nobody has answered it."""
    return claim.status is ClaimStatus.REQUESTED and claim.escalated_at_ms == at_ms


def _ref(state: ZoneState, order_id: str) -> str:
    """What the shop calls the order, while the zone knows it."""
    order = state.orders.get(order_id)
    return order.ref if order else ""
