"""The words of messages, in Chinese and English. Pure.

A shopper reads what Web Push would tell (`push_texts`); accounts and the staff read which order it is about. Nothing
stands in a message that somebody typed, but for the shop's own number of the order, the depot where it is fetched and a
carrier's number, and those only if they look like that.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from dispatch.application.messaging.table import Audience
from dispatch.application.push_notices import Notice, NoticeKind
from dispatch.application.push_texts import clock_time, language, words
from dispatch.domain.order import Order

K = NoticeKind
_NUMBER: Final = re.compile(r"[\w#/ -]{1,40}")
"""No dots and no colons: a number must not become a link in somebody's inbox."""
_PLACE: Final = re.compile(r"[\w#/ ,，()（）-]{1,120}")

OTHERS: Final[Mapping[str, Mapping[NoticeKind, tuple[str, str]]]] = {
    "en": {
        K.DELIVERED: ("Order {order} was delivered", "Delivered at {time}."),
        K.FAILED: ("Order {order} could not be delivered", "Tried at {time}. Decide what comes next."),
        K.RETURNING: ("Order {order} goes back", "On its way back since {time}."),
        K.RETURNED: ("Order {order} is back", "Back at its depot at {time}."),
        K.HELD: ("Order {order} is on hold", "On hold since {time}. Look at what keeps it."),
        K.CANCELED: ("Order {order} was canceled", "Canceled at {time}."),
        K.EXPECTED: ("Order {order} comes to your pickup point", "Placed at {time}."),
        K.AT_POINT: ("Order {order} lies at its pickup point", "Brought at {time}."),
        K.UNCOLLECTED: ("Order {order} was not collected", "To be fetched from its pickup point since {time}."),
        K.NOT_COLLECTED: ("Order {order} was not fetched", "Canceled at {time}; its goods are free again."),
    },
    "zh": {
        K.DELIVERED: ("订单 {order} 已送达", "{time} 送达。"),
        K.FAILED: ("订单 {order} 未能送达", "{time} 尝试配送。请决定下一步。"),
        K.RETURNING: ("订单 {order} 正在退回", "{time} 起退回途中。"),
        K.RETURNED: ("订单 {order} 已退回", "{time} 回到仓库。"),
        K.HELD: ("订单 {order} 已暂停", "{time} 起暂停。请查看原因。"),
        K.CANCELED: ("订单 {order} 已取消", "{time} 取消。"),
        K.EXPECTED: ("订单 {order} 将送到您的自提点", "{time} 下单。"),
        K.AT_POINT: ("订单 {order} 已到自提点", "{time} 送到。"),
        K.UNCOLLECTED: ("订单 {order} 无人取货", "{time} 起等待从自提点取回。"),
        K.NOT_COLLECTED: ("订单 {order} 逾期未取", "{time} 取消，商品已释放。"),
    },
}
"""(subject, text) for whoever is not the shopper; `time` is when it happened."""
FIELDS: Final = frozenset({"order", "time"})


@dataclass(frozen=True, slots=True)
class Words:
    """What is read: a subject, a text, and the words that a gateway's template puts in, by name."""

    subject: str
    text: str
    fields: Mapping[str, str]


def message_words(audience: Audience, notice: Notice, lang: str, utc_offset_min: int) -> Words:
    """The words of a message; times by a clock that is so many minutes ahead of UTC."""
    order = _plain(notice.order)
    happened = clock_time(notice.at_ms, utc_offset_min)
    if audience is Audience.SHOPPER:
        subject, text = words(replace(notice, order=order), lang, utc_offset_min)
    else:
        shown = {"order": order.ref or order.id, "time": happened}
        subject, text = (each.format(**shown) for each in OTHERS[language(lang)][notice.kind])
    fields = {"order": order.ref or order.id, "time": happened, "title": subject, "detail": text}
    return Words(subject, text, fields)


def plain(ref: str) -> str:
    """The shop's number of an order, if it can be nothing else than a number."""
    return ref if _NUMBER.fullmatch(ref) else ""


def _plain(order: Order) -> Order:
    """The order with nothing in it that could be taken for anything else."""
    address = order.dropoff.address if _PLACE.fullmatch(order.dropoff.address) else ""
    had = order.shipment
    if had and not _NUMBER.fullmatch(f"{had.carrier} {had.tracking_number}"):
        had = replace(had, carrier="", tracking_number="")
    return replace(order, ref=plain(order.ref), dropoff=replace(order.dropoff, address=address), shipment=had)
