"""Newest positions in Redis: one script call a zone and batch writes them, one subscription a zone and process reads.

The script compares inside, so two gateways never overwrite newer with older. Losing all of it costs one reporting
interval: the next fixes and heartbeats fill it again, and a reader who was cut off reads what is held and goes on.

What a process puts reaches its own followers directly, also while Redis is away. It is published only when another
process listens, begins with the mark of whoever published it, and is not looked into by that one. What could not be put
waits, one position a courier, and goes with the next call.
"""

import asyncio
import contextlib
import logging
import secrets
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from itertools import compress
from typing import Any

from redis.asyncio import RedisCluster

from dispatch.adapters.lanes import Lanes
from dispatch.adapters.redis.connections import Channels, Client, Heard, Script, answered
from dispatch.adapters.redis.packing import pack_many, unpack_all, unpack_many
from dispatch.application.ports import Position, StoreUnavailable

log = logging.getLogger(__name__)

RETRY_S = 0.2
BATCH = 1_000
"""Positions a call: below what Lua may unpack onto its stack (8,000 values), and short enough to stall nobody."""
LASTING_MS = 1_000
"""So often at most a courier's position is written into the geo index, and onto the disk of a Redis that has one."""


class RedisPositionStore:
    """See `PositionStore`. `put` and `latest` raise `StoreUnavailable`; `follow` never does, it heals by itself."""

    def __init__(self, client: Client) -> None:
        self.counters: Counter[str] = Counter({"positions_put": 0, "position_outages": 0})
        self._client = client
        self._script = Script(client, "put_positions")
        self._sharded = "S" if isinstance(client, RedisCluster) else ""
        self._mark = secrets.token_urlsafe(6).encode()
        self._writings: dict[str, _Writing] = {}
        self._subscriptions: dict[str, _Subscription] = {}

    @property
    def away(self) -> bool:
        """Whether processes do not see what others put, because Redis does not answer or refuses to write."""
        reading = any(subscription.away for subscription in self._subscriptions.values())
        return reading or any(writing.failed for writing in self._writings.values())

    def degraded(self) -> list[str]:
        """For those who run the server: what does not work as it should, in a sentence; nothing when all is well."""
        return ["positions are not shared: Redis is away"] if self.away else []

    async def put(self, zone_id: str, positions: Sequence[Position]) -> bool:
        """See `PositionStore`. Those who follow in this process see them first, and also while Redis is away."""
        if subscription := self._subscriptions.get(zone_id):
            subscription.lanes.offer(positions, self)
        writing = self._writings.setdefault(zone_id, _Writing())
        batch = writing.take(positions)
        try:
            for start in range(0, len(batch), BATCH):
                await self._write(zone_id, writing, batch[start : start + BATCH])
        except StoreUnavailable:
            self.count_outage()
            writing.put_off(batch)
            raise
        return writing.others_listen

    async def _write(self, zone_id: str, writing: "_Writing", batch: Sequence[Position]) -> None:
        keys = [_key(zone_id), _geo_key(zone_id), *_channels(zone_id, self._mark)]
        lasting = writing.lasting(batch)
        async with answered():
            others = await self._script(keys, [self._mark, self._sharded, *pack_many(batch), bytes(lasting)])
        writing.written(batch, lasting, others_listen=others > 0)
        self.counters["positions_put"] += len(batch)

    async def put_late(self, zone_id: str) -> None:
        """Put what could not be put before. Raises `StoreUnavailable`."""
        if (writing := self._writings.get(zone_id)) and writing.failed:
            await self.put(zone_id, ())

    def count_outage(self) -> None:
        """Count that Redis does not answer, unless that was known."""
        self.counters["position_outages"] += not self.away

    def channels(self, zone_id: str) -> Channels:
        """The channels that bring the positions that others put, not opened yet."""
        return Channels(self._client, *_channels(zone_id, self._mark))

    async def latest(self, zone_id: str) -> dict[str, Position]:
        """See `PositionStore`."""
        async with answered():
            held: Any = await self._client.hvals(_key(zone_id))
        return {position.courier_id: position for position in unpack_all(held)}

    async def follow(self, zone_id: str, *, others_only: bool = False) -> AsyncIterator[Sequence[Position]]:
        """See `PositionStore`."""
        subscription = self._subscriptions.get(zone_id)
        if subscription is None:
            subscription = self._subscriptions[zone_id] = _Subscription(self, zone_id, self._mark)
        try:
            async with contextlib.aclosing(subscription.lanes.follow(self, others_only=others_only)) as batches:
                async for batch in batches:
                    yield batch
        finally:
            if not subscription.lanes.readers and self._subscriptions.get(zone_id) is subscription:
                del self._subscriptions[zone_id]
                subscription.close()


class _Writing:
    """How the writing of one zone stands."""

    def __init__(self) -> None:
        self.others_listen = False
        self.failed = False
        self._late: dict[str, Position] = {}
        self._lasting_ms: dict[str, int] = {}

    def take(self, positions: Sequence[Position]) -> list[Position]:
        """The newest of each courier, of these and of what was put off."""
        late, self._late = self._late, {}
        return list(_newest([*late.values(), *positions]).values())

    def put_off(self, batch: Sequence[Position]) -> None:
        """These could not be written; they wait, and are given up for newer ones."""
        self.failed = True
        self._late = _newest([*batch, *self._late.values()])

    def lasting(self, batch: Sequence[Position]) -> list[bool]:
        """For each, whether it is time to write its courier into the index and onto the disk again."""
        written_ms = self._lasting_ms.get
        return [position.received_at_ms - written_ms(position.courier_id, 0) >= LASTING_MS for position in batch]

    def written(self, batch: Sequence[Position], lasting: Sequence[bool], *, others_listen: bool) -> None:
        """Redis has them."""
        self.failed = False
        self.others_listen = others_listen
        self._lasting_ms.update({each.courier_id: each.received_at_ms for each in compress(batch, lasting)})


class _Subscription:
    """Feeds a zone's lanes from its channel, until closed."""

    def __init__(self, store: RedisPositionStore, zone_id: str, mark: bytes) -> None:
        self.lanes = Lanes()
        self.away = False
        self._store = store
        self._zone_id = zone_id
        self._mark = mark
        self._task = asyncio.create_task(self._run(), name=f"positions of zone {zone_id}")

    def close(self) -> None:
        """Stop listening."""
        self._task.cancel()

    async def _run(self) -> None:
        while True:
            try:
                async with contextlib.aclosing(self._store.channels(self._zone_id)) as channels:
                    async for heard in channels.listen():
                        await self._take(heard)
            except StoreUnavailable as error:
                if not self.away:
                    log.warning("zone %s: no positions until the store answers again: %s", self._zone_id, error)
                self._store.count_outage()
                self.away = True
            except Exception:
                log.exception("zone %s: a position cannot be read", self._zone_id)
            await asyncio.sleep(RETRY_S)

    async def _take(self, heard: bytes | Heard) -> None:
        if isinstance(heard, bytes):
            if not heard.startswith(self._mark):
                self.lanes.offer(unpack_many(memoryview(heard)[len(self._mark) :]))
        elif heard is Heard.SUBSCRIBED:
            self.lanes.offer((await self._store.latest(self._zone_id)).values())
            self.away = False
        await self._store.put_late(self._zone_id)


def _key(zone_id: str) -> str:
    return f"{{zone:{zone_id}}}:pos"


def _geo_key(zone_id: str) -> str:
    return f"{{zone:{zone_id}}}:geo"


def _channels(zone_id: str, mark: bytes) -> tuple[str, str]:
    """(the zone's channel, the one that only the process with this mark listens to, which counts it)."""
    channel = f"{{zone:{zone_id}}}:moves"
    return channel, f"{channel}:{mark.decode()}"


def _newest(positions: Sequence[Position]) -> dict[str, Position]:
    newest = {position.courier_id: position for position in positions}
    if len(newest) == len(positions):  # as nearly always: the caller has one a courier
        return newest
    for position in positions:
        if position.is_newer(newest.get(position.courier_id)):
            newest[position.courier_id] = position
    return newest
