"""HTTP bodies of the desk's inbox, of messages on orders, and of a courier's day."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from courier_protocol.live import MessageView
from dispatch.domain.order_message import MAX_TEXT_LENGTH
from dispatch.web.bodies import Body, Shown

Saying = Annotated[str, Meta(min_length=1, max_length=MAX_TEXT_LENGTH)]


class StaffMessageBody(Body):
    """What a dispatcher writes about an order, and to whom."""

    to: Literal["courier", "customer"]
    text: Saying


class ShopperMessageBody(Body):
    """What a shopper writes about their order, and to whom."""

    to: Literal["courier", "dispatcher"]
    text: Saying


class MessagesShown(Shown):
    """Messages about an order, the oldest first."""

    messages: list[MessageView]


class MessageTaken(Shown):
    """The message is part of the order's thread now."""

    id: str


class DayOrder(Shown):
    """An order that was delivered."""

    order_id: str
    ref: str
    address: str
    at_ms: int


class DayShown(Shown):
    """What a courier has done since a moment of business time; the way is that of the stored track."""

    from_ms: int
    deliveries: int
    distance_m: int
    earnings_minor: int
    currency: str
    orders: list[DayOrder] = msgspec.field(default_factory=list)
