"""Where shoppers' browsers are signed up for notices, and signed off."""

from base64 import urlsafe_b64decode
from collections import Counter
from hashlib import sha256
from typing import Final
from urllib.parse import urlsplit

from dispatch.application.callers import is_public
from dispatch.application.push_ports import PushStore, PushSubscription
from dispatch.domain.errors import Conflict, InvalidInput

MOST_OF_AN_ORDER: Final = 8
"""A household shares a link; more are not a household."""
_KEY_BYTES, _POINT, _AUTH_BYTES = 65, 4, 16
"""An uncompressed point of P-256 begins with 4 (RFC 8291)."""


class PushDesk:
    """`vapid_key` is what browsers subscribe with. `any_target`: push services may be private, and without TLS."""

    def __init__(self, store: PushStore, vapid_key: str, *, any_target: bool = False) -> None:
        self._store = store
        self.vapid_key = vapid_key
        self._any_target = any_target
        self.counters: Counter[str] = Counter(push_subscribed=0, push_unsubscribed=0)

    async def subscribe(self, wanted: PushSubscription) -> None:
        """Keep it. Raises `InvalidInput` for one that can never be sent to, `Conflict` for one too many."""
        if not is_target(wanted.endpoint, any_target=self._any_target):
            raise InvalidInput("bad_push_endpoint", "The push endpoint is no https address of a public push service.")
        key, auth = _bytes(wanted.p256dh), _bytes(wanted.auth)
        if len(key) != _KEY_BYTES or key[0] != _POINT or len(auth) != _AUTH_BYTES:
            raise InvalidInput("bad_push_keys", "The keys of the push subscription are not those of a browser.")
        others = await self._store.of_orders(wanted.zone_id, [wanted.order_id])
        if sum(each.mark != wanted.mark for each in others) >= MOST_OF_AN_ORDER:
            sentence = f"This order has {MOST_OF_AN_ORDER} devices that are told already; stop one of them first."
            raise Conflict("too_many_subscriptions", sentence)
        await self._store.put(wanted)
        self.counters["push_subscribed"] += 1

    async def is_subscribed(self, zone_id: str, order_id: str, mark: str) -> bool:
        """Whether the browser with this mark is told of the order's changes."""
        return bool(mark) and await self._store.find(zone_id, order_id, mark) is not None

    async def unsubscribe(self, zone_id: str, order_id: str, mark: str) -> None:
        """Tell it nothing more; twice is the same as once."""
        if await self._store.drop(zone_id, order_id, mark):
            self.counters["push_unsubscribed"] += 1


def mark_of(endpoint: str) -> str:
    """What a subscription is known by."""
    return sha256(endpoint.encode()).hexdigest()


def is_target(url: str, *, any_target: bool) -> bool:
    """A first look, without asking for names; who sends looks at the address behind the name (`public_http`)."""
    if not url.isascii() or not url.isprintable() or " " in url:
        return False
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    if not host or parts.username is not None or parts.fragment:
        return False
    if any_target:
        return parts.scheme in ("https", "http")
    return parts.scheme == "https" and port in (None, 443) and _may_be_public(host)


def _may_be_public(host: str) -> bool:
    try:
        return is_public(host)
    except ValueError:
        return "." in host.rstrip(".") and not host.rstrip(".").endswith((".localhost", ".local", ".internal"))


def _bytes(text: str) -> bytes:
    try:
        return urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return b""
