"""Tracks in Redis: a sorted set a courier, by device time. What comes late falls into its place, whatever its order.

A member is the packed position itself, so that the same one put in twice is one. Each write also trims: by age, by
number, and the whole key when nothing was added for as long as tracks are kept.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from redis.asyncio import Redis

from dispatch.adapters.redis.connections import answered
from dispatch.adapters.redis.packing import pack, unpack
from dispatch.application.ports import Position
from dispatch.application.tracks import KEEP_MS, MAX_POINTS, thinned


class RedisTrackStore:
    """See `TrackStore`."""

    def __init__(self, client: Redis, max_points: int = MAX_POINTS) -> None:
        self._client = client
        self._max_points = max_points

    async def append(self, zone_id: str, positions: Sequence[Position]) -> None:
        """See `TrackStore`. One round trip, however many couriers."""
        if not positions:
            return
        by_courier: defaultdict[str, list[Position]] = defaultdict(list)
        for position in positions:
            by_courier[position.courier_id].append(position)
        pipeline = self._client.pipeline(transaction=False)
        for courier_id, theirs in by_courier.items():
            key = track_key(zone_id, courier_id)
            members: dict[Any, float] = {pack(position): float(position.at_ms) for position in theirs}
            pipeline.zadd(key, members)
            pipeline.zremrangebyscore(key, "-inf", max(position.received_at_ms for position in theirs) - KEEP_MS)
            pipeline.zremrangebyrank(key, 0, -self._max_points - 1)
            pipeline.expire(key, KEEP_MS // 1000)
        async with answered():
            await pipeline.execute()

    async def read(self, zone_id: str, courier_id: str, from_ms: int, to_ms: int, limit: int) -> Sequence[Position]:
        """See `TrackStore`."""
        async with answered():
            found: Any = await self._client.zrange(
                track_key(zone_id, courier_id), from_ms, to_ms, byscore=True, offset=0, num=self._max_points
            )
        return thinned(map(unpack, found))[:limit]


def track_key(zone_id: str, courier_id: str) -> str:
    """The track's key, in the slot of its zone."""
    return f"{{zone:{zone_id}}}:track:{courier_id}"
