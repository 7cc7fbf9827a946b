"""HTTP bodies of messages to people and programs: how they want to be told, webhooks, and what was sent."""

from typing import Annotated, Literal

from msgspec import Meta, field

from dispatch.web.bodies import Body, Shown, Zone
from dispatch.web.bodies_reach import Lang

ChannelName = Literal["email", "sms", "wechat"]
EventName = Literal[
    "order.assigned",
    "order.on_way",
    "order.near",
    "order.at_door",
    "order.delivered",
    "order.delayed",
    "order.sooner",
    "order.failed",
    "order.returning",
    "order.returned",
    "order.held",
    "order.canceled",
    "order.expected",
    "order.at_point",
    "order.collected",
    "order.uncollected",
    "order.answered",
    "order.ready_to_collect",
    "order.not_collected",
    "order.with_carrier",
    "stock.low",
]
Off = Annotated[list[ChannelName], Meta(max_length=3)]
Email = Annotated[str, Meta(max_length=254)]


class ContactBody(Body):
    """How an order's shopper wants to be told. `email` left out: as it is; empty: none. `off`: not by these channels.

    What is off by number (`sms`, `wechat`) is off for that number in every order.
    """

    lang: Lang = "zh-CN"
    email: Email | None = None
    off: Off = field(default_factory=list)


class ContactShown(Shown):
    """How an order's shopper is told. Whoever has the link sees no whole address: `a***@example.com`."""

    lang: str
    email: str
    off: list[str]


class AccountContactBody(Body):
    """How an account wants to be told of what goes wrong and of ends, beside its webhooks; see `ContactBody`."""

    zone: Zone = "default"
    lang: Lang = "zh-CN"
    email: Email | None = None
    phone: Annotated[str, Meta(max_length=40)] | None = None
    off: Off = field(default_factory=list)


class AccountContactShown(Shown):
    """How an account is told, beside its webhooks."""

    zone: str
    lang: str
    email: str
    phone: str
    off: list[str]


class NewsBody(Body):
    """Where a member of the staff is told what they are responsible for in a zone; an empty `email`: nowhere."""

    email: Email
    lang: Lang = "zh-CN"
    zone: Zone = "default"


class NewsAddress(Shown):
    """Where they are told."""

    zone: str
    lang: str
    email: str


class WebhookBody(Body):
    """Where the events of an account's orders go. No `events`: all of them; news of stock have to be named. `on` false:
    none for now. `account`: whose orders; left out, the caller's own, and only admins name another.
    """

    url: Annotated[str, Meta(min_length=1, max_length=2_000)]
    zone: Zone = "default"
    events: Annotated[list[EventName], Meta(max_length=17)] = field(default_factory=list)
    on: bool = True
    account: Annotated[str, Meta(pattern=r"^([A-Za-z0-9][A-Za-z0-9._@-]{0,63})?$(?!\n)")] = ""


class WebhookShown(Shown):
    """A webhook but for its secret. `off`: why nothing is sent; `gone`: it answered 410. `made_at`: epoch ms."""

    id: str
    zone: str
    account: str
    url: str
    events: list[str]
    off: str
    made_at: int


class WebhookMade(Shown):
    """A webhook with a new secret, which is told here only."""

    secret: str
    webhook: WebhookShown


class WebhooksShown(Shown):
    """The account's webhooks, the oldest first; for admins everybody's."""

    webhooks: list[WebhookShown]


class WebhookRemoved(Shown):
    """The webhook that there is no more."""

    id: str


class MessageSent(Shown):
    """One message about one event to one recipient by one channel, and what became of it; without address and words.

    `state` is queued, claimed, sent, failed or skipped, `reason` why. Times are business time in epoch ms; 0: not yet.
    """

    id: str
    order_id: str
    seq: int
    event: str
    audience: str
    recipient: str
    channel: str
    lang: str
    state: str
    reason: str
    tries: int
    event_at_ms: int
    due_at_ms: int
    done_at_ms: int


class MessagesSent(Shown):
    """Messages, by event."""

    messages: list[MessageSent]


class MessageLog(Shown, omit_defaults=True):
    """Some messages of a zone, the newest event first, and where the next ones are."""

    messages: list[MessageSent]
    next_cursor: str = ""


class ChannelShown(Shown):
    """A way to people or programs: `on`, `record` (written to a file instead), `off`."""

    channel: str
    how: str


class ChannelsShown(Shown):
    """Every way that there is, and how the operator has set it up."""

    channels: list[ChannelShown]
