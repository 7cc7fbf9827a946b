"""Newest positions in Redis: one script call a zone and batch writes them, one subscription a zone and process reads.

The script compares inside, so two gateways never overwrite newer with older. Losing all of it costs one reporting
interval: the next fixes and heartbeats fill it again, and a reader who was cut off reads what is held and goes on.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Iterable, Sequence
from pathlib import Path
from typing import Any

from redis.asyncio import Redis

from dispatch.adapters.lanes import Lanes
from dispatch.adapters.redis.connections import ANSWER_TIMEOUT_S, answered
from dispatch.adapters.redis.packing import pack, unpack, unpack_many
from dispatch.application.ports import Position, StoreUnavailable

log = logging.getLogger(__name__)

RETRY_S = 0.2
BATCH = 1_000
"""Positions a call: below what Lua may unpack onto its stack (8,000 values), and short enough to stall nobody."""
_SCRIPT = Path(__file__).with_name("put_positions.lua").read_text()


class RedisPositionStore:
    """See `PositionStore`. `put` and `latest` raise `StoreUnavailable`; `follow` never does, it heals by itself."""

    def __init__(self, client: Redis) -> None:
        self._client = client
        self._script = client.register_script(_SCRIPT)
        self._subscriptions: dict[str, _Subscription] = {}

    async def put(self, zone_id: str, positions: Sequence[Position]) -> None:
        """See `PositionStore`. Those who follow in this process see them first, and also while Redis is away."""
        if subscription := self._subscriptions.get(zone_id):
            subscription.lanes.offer(positions)
        packed = [pack(position) for position in _newest(positions)]
        async with answered():
            for start in range(0, len(packed), BATCH):
                await self._script(keys=[_key(zone_id), _geo_key(zone_id)], args=packed[start : start + BATCH])

    async def latest(self, zone_id: str) -> dict[str, Position]:
        """See `PositionStore`."""
        async with answered():
            held: Any = await self._client.hvals(_key(zone_id))
        return {position.courier_id: position for position in map(unpack, held)}

    async def follow(self, zone_id: str) -> AsyncIterator[Sequence[Position]]:
        """See `PositionStore`; begins with what is held."""
        subscription = self._subscriptions.get(zone_id)
        if subscription is None:
            subscription = self._subscriptions[zone_id] = _Subscription(self, self._client, zone_id)
        try:
            async with contextlib.aclosing(subscription.lanes.follow()) as batches:
                async for batch in batches:
                    yield batch
        finally:
            if not subscription.lanes.readers and self._subscriptions.get(zone_id) is subscription:
                del self._subscriptions[zone_id]
                subscription.close()


class _Subscription:
    """Feeds a zone's lanes from its channel, until closed."""

    def __init__(self, store: RedisPositionStore, client: Redis, zone_id: str) -> None:
        self.lanes = Lanes()
        self._store = store
        self._client = client
        self._zone_id = zone_id
        self._away = False
        self._task = asyncio.create_task(self._run(), name=f"positions of zone {zone_id}")

    def close(self) -> None:
        """Stop listening."""
        self._task.cancel()

    async def _run(self) -> None:
        while True:
            try:
                await self._listen()
            except StoreUnavailable as error:
                if not self._away:
                    log.warning("zone %s: no positions until the store answers again: %s", self._zone_id, error)
                self._away = True
            except Exception:
                log.exception("zone %s: a position cannot be read", self._zone_id)
            await asyncio.sleep(RETRY_S)

    async def _listen(self) -> None:
        """Take what comes until the server is away: `StoreUnavailable`. Silence is broken by a ping, to notice that."""
        async with self._client.pubsub() as pubsub:
            async with answered():
                await pubsub.subscribe(_key(self._zone_id))
            asked = False
            while True:
                async with answered(2 * ANSWER_TIMEOUT_S):
                    message = await pubsub.get_message(timeout=ANSWER_TIMEOUT_S)
                    if not message and asked:
                        raise TimeoutError
                    if not message:
                        await pubsub.ping()
                asked = not message
                if message:
                    await self._take(message)

    async def _take(self, message: dict[str, Any]) -> None:
        if message["type"] == "message":
            self.lanes.offer(unpack_many(message["data"]))
        elif message["type"] == "subscribe":  # at the start and whenever the client had to connect again
            self.lanes.offer((await self._store.latest(self._zone_id)).values())
            self._away = False


def _key(zone_id: str) -> str:
    return f"{{zone:{zone_id}}}:pos"


def _geo_key(zone_id: str) -> str:
    return f"{{zone:{zone_id}}}:geo"


def _newest(positions: Iterable[Position]) -> Iterable[Position]:
    newest: dict[str, Position] = {}
    for position in positions:
        if position.is_newer(newest.get(position.courier_id)):
            newest[position.courier_id] = position
    return newest.values()
