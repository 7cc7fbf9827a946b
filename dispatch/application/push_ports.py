"""What Web Push needs from outside: where subscriptions are kept, and what sends. Beside `ports`, with its rules."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from dispatch.application.push_notices import NOTHING, Told


@dataclass(frozen=True, slots=True)
class PushSubscription:
    """A browser that is told of an order's changes. `mark` is the SHA-256 of its endpoint, in hexadecimal digits.

    The endpoint is a capability and is never logged. `p256dh` and `auth` (base64url) encrypt for this browser alone.
    """

    zone_id: str
    order_id: str
    mark: str
    endpoint: str
    p256dh: str
    auth: str
    lang: str = "zh"
    utc_offset_min: int = 0
    told: Told = NOTHING


class PushStore(Protocol):
    """Subscriptions, and how far a zone's events were looked at. Every method may raise `StoreUnavailable`."""

    async def put(self, subscription: PushSubscription) -> None:
        """Keep a subscription; it replaces the one of the same order and mark."""
        ...

    async def find(self, zone_id: str, order_id: str, mark: str) -> PushSubscription | None:
        """The subscription; None when there is none."""
        ...

    async def of_orders(self, zone_id: str, order_ids: Collection[str]) -> Sequence[PushSubscription]:
        """Every subscription of these orders."""
        ...

    async def note_told(self, subscription: PushSubscription, told: Told) -> None:
        """Note what it was told, unless it was put anew or dropped meanwhile."""
        ...

    async def drop(self, zone_id: str, order_id: str, mark: str) -> bool:
        """Forget a subscription; whether there was one."""
        ...

    async def forget_ended(self, zone_id: str, before_ms: int) -> int:
        """Forget the subscriptions of orders that ended before a moment of business time; how many there were."""
        ...

    async def progress(self, zone_id: str) -> tuple[int, int] | None:
        """(stream epoch, sequence) up to which events were looked at; None when nobody ever did."""
        ...

    async def keep_progress(self, zone_id: str, epoch: int, seq: int) -> None:
        """Events up to this one need not be looked at again."""
        ...


class Receipt(Enum):
    """What a push service made of a message."""

    TAKEN = "taken"
    GONE = "gone"
    """The browser unsubscribed, or the subscription can never be sent to."""
    LATER = "later"
    """It failed, and may work in a while."""
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class PushMessage:
    """What is sent, and how: of those with one `topic` the push service keeps the newest, for `ttl_s` real seconds."""

    body: bytes
    topic: str
    ttl_s: int
    urgent: bool


class PushSender(Protocol):
    """What encrypts a message for a browser and hands it to the browser's push service."""

    async def send(self, to: PushSubscription, message: PushMessage) -> tuple[Receipt, float]:
        """(what became of it, real seconds that the service wants to be left alone for, 0: it did not say)."""
        ...
