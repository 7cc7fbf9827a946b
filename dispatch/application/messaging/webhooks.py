"""Webhooks of accounts: made, changed, rotated and ended by whoever owns them; deliveries looked at and sent again."""

import secrets
from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from dispatch.application.access import Resource
from dispatch.application.messaging.ports import DirectoryStore, Endpoint, MessageStore, OutgoingMessage
from dispatch.application.messaging.table import Channel
from dispatch.application.ports import Clock
from dispatch.application.push_desk import is_target
from dispatch.application.push_notices import NoticeKind
from dispatch.domain.errors import Conflict, InvalidInput, NotFound

SECRET_PREFIX: Final = "whsec_"  # noqa: S105 - how every secret begins
SECRET_BYTES: Final = 32
MOST_WEBHOOKS: Final = 10
"""Of an account in a zone."""
MOST_SHOWN: Final = 100
OLD_SECRET_MS: Final = 24 * 3_600_000
"""How long a secret that was replaced signs beside the new one."""
PAUSED: Final = "paused"
GONE: Final = "gone"
"""Why a webhook is off: its owner wants it so, or it answered 410."""


@dataclass(frozen=True, slots=True)
class HookWish:
    """Where events go, which (none named: all), and whether at all."""

    url: str
    kinds: tuple[NoticeKind, ...] = ()
    on: bool = True


class Webhooks:
    """See the module. `wall_ms` dates secrets; `any_target`: URLs may be private, and without TLS."""

    def __init__(
        self,
        directory: DirectoryStore,
        messages: MessageStore,
        clock: Clock,
        wall_ms: Callable[[], int],
        *,
        any_target: bool = False,
    ) -> None:
        self._directory = directory
        self._messages = messages
        self._clock = clock
        self._wall_ms = wall_ms
        self._any_target = any_target
        self.counters: Counter[str] = Counter(webhooks_made=0, webhooks_replayed=0)

    async def make(self, zone_id: str, account: str, wish: HookWish) -> Endpoint:
        """A new webhook with its secret. Raises `InvalidInput`, and `Conflict` for one too many."""
        self._check(wish.url)
        if len(await self._directory.endpoints(zone_id, account)) >= MOST_WEBHOOKS:
            raise Conflict("too_many_webhooks", f"There are {MOST_WEBHOOKS} webhooks already; remove one first.")
        made = Endpoint(
            id=f"wh_{secrets.token_hex(8)}",
            zone_id=zone_id,
            account=account,
            url=wish.url,
            secret=new_secret(),
            made_at_ms=self._wall_ms(),
            kinds=wish.kinds,
            off="" if wish.on else PAUSED,
        )
        await self._directory.put_endpoint(made)
        self.counters["webhooks_made"] += 1
        return made

    async def of(self, zone_id: str, account: str) -> Sequence[Endpoint]:
        """The account's webhooks; empty account: everybody's."""
        return await self._directory.endpoints(zone_id, account)

    async def find(self, endpoint_id: str) -> Endpoint:
        """The webhook. Raises `NotFound`."""
        found = await self._directory.endpoint(endpoint_id)
        if found is None:
            raise NotFound("unknown_webhook", "There is no webhook of this id.")
        return found

    async def change(self, endpoint: Endpoint, wish: HookWish) -> Endpoint:
        """The webhook as it is wanted now; what was off because it was gone is tried again. Raises `InvalidInput`."""
        self._check(wish.url)
        changed = replace(endpoint, url=wish.url, kinds=wish.kinds, off="" if wish.on else PAUSED)
        await self._directory.put_endpoint(changed)
        return changed

    async def rotate(self, endpoint: Endpoint) -> Endpoint:
        """With a new secret; the old one signs as well for a day."""
        until_ms = self._wall_ms() + OLD_SECRET_MS
        rotated = replace(endpoint, secret=new_secret(), old_secret=endpoint.secret, old_until_ms=until_ms)
        await self._directory.put_endpoint(rotated)
        return rotated

    async def remove(self, endpoint: Endpoint) -> None:
        """Nothing is sent to it any more."""
        await self._directory.drop_endpoint(endpoint.id)

    async def deliveries(self, endpoint: Endpoint, limit: int) -> Sequence[OutgoingMessage]:
        """What was sent to it, or should have been; the newest first."""
        return await self._messages.of_recipient(endpoint.zone_id, endpoint.id, min(limit, MOST_SHOWN))

    async def delivery(self, message_id: str) -> tuple[OutgoingMessage, Endpoint]:
        """A delivery and its webhook. Raises `NotFound`."""
        message = await self._messages.find(message_id)
        if message is None or message.channel is not Channel.WEBHOOK:
            raise NotFound("unknown_delivery", "There is no delivery of this id.")
        return message, await self.find(message.recipient)

    async def replay(self, message: OutgoingMessage) -> OutgoingMessage:
        """Send it again, with the same `webhook-id`. Raises `Conflict` while it goes on."""
        if not await self._messages.replay(message.id, self._clock.now_ms()):
            raise Conflict("delivery_goes_on", "This delivery has not ended; it is tried again by itself.")
        self.counters["webhooks_replayed"] += 1
        return await self._messages.find(message.id) or message

    def _check(self, url: str) -> None:
        if not is_target(url, any_target=self._any_target):
            raise InvalidInput("bad_webhook_url", "A webhook is an https address of a public server, without a port.")


def resource_of(endpoint: Endpoint) -> Resource:
    """What it is to the access table."""
    return Resource(endpoint.zone_id, endpoint.account)


def new_secret() -> str:
    """`whsec_` and 32 random bytes in base64."""
    return SECRET_PREFIX + b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def signing_secrets(endpoint: Endpoint, wall_ms: int) -> tuple[str, ...]:
    """What signs now: the secret, and the one before while it is good."""
    return (endpoint.secret, endpoint.old_secret) if endpoint.old_until_ms > wall_ms else (endpoint.secret,)
