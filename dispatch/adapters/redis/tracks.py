"""Tracks in Redis: a sorted set a courier, by device time. What comes late falls into its place, whatever its order.

A member is the packed position itself, so that the same one put in twice is one. Each write also trims by number.
By age a track is trimmed, and its end put off, every ten minutes: those two cost as much as all else together.
"""

import struct
from collections import defaultdict
from collections.abc import Sequence
from itertools import compress
from typing import Any

from dispatch.adapters.redis.connections import Client, Script, answered
from dispatch.adapters.redis.packing import pack_many, unpack_all
from dispatch.application.ports import Position
from dispatch.application.tracks import KEEP_MS, MAX_POINTS, thinned

TIDY_MS = 600_000
"""So often, by the time of receipt, a track loses what is too old. It ends when nothing was added for 48 hours, or up
to so much sooner."""
BATCH = 200
"""Couriers a call: it stalls the server for a millisecond at most."""


class RedisTrackStore:
    """See `TrackStore`."""

    def __init__(self, client: Client, max_points: int = MAX_POINTS) -> None:
        self._client = client
        self._append = Script(client, "append_tracks")
        self._max_points = max_points
        self._tidied_ms: dict[str, int] = {}

    async def append(self, zone_id: str, positions: Sequence[Position]) -> None:
        """See `TrackStore`. One script call for some hundred couriers."""
        by_courier: defaultdict[str, list[Position]] = defaultdict(list)
        for position in positions:
            by_courier[position.courier_id].append(position)
        tracks = list(by_courier.items())
        for start in range(0, len(tracks), BATCH):
            await self._write(zone_id, tracks[start : start + BATCH])

    async def _write(self, zone_id: str, tracks: Sequence[tuple[str, Sequence[Position]]]) -> None:
        packed, lengths = pack_many([position for _, theirs in tracks for position in theirs])
        counts = struct.pack(f">{len(tracks)}H", *(len(theirs) for _, theirs in tracks))
        keys = [track_key(zone_id, courier_id) for courier_id, _ in tracks]
        newest_ms = [max(position.received_at_ms for position in theirs) for _, theirs in tracks]
        tidy = [ms - self._tidied_ms.get(key, 0) >= TIDY_MS for key, ms in zip(keys, newest_ms, strict=True)]
        async with answered():
            await self._append(keys, [KEEP_MS, self._max_points, packed, lengths, counts, bytes(tidy)])
        self._tidied_ms.update(compress(zip(keys, newest_ms, strict=True), tidy))

    async def read(self, zone_id: str, courier_id: str, from_ms: int, to_ms: int, limit: int) -> Sequence[Position]:
        """See `TrackStore`."""
        async with answered():
            found: Any = await self._client.zrange(
                track_key(zone_id, courier_id), from_ms, to_ms, byscore=True, offset=0, num=self._max_points
            )
        return thinned(unpack_all(found))[:limit]

    async def last_before(self, zone_id: str, courier_ids: Sequence[str], at_ms: int) -> dict[str, Position]:
        """See `TrackStore`. One round trip for some hundred couriers."""
        found: dict[str, Position] = {}
        for ids in _batches(courier_ids):
            calls = self._client.pipeline(transaction=False)
            for courier_id in ids:
                calls.zrange(track_key(zone_id, courier_id), at_ms, 0, byscore=True, desc=True, offset=0, num=1)
            async with answered():
                lasts: Any = await calls.execute()
            last = [position for packed in lasts for position in unpack_all(packed)]
            found |= {position.courier_id: position for position in last}
        return found

    async def read_all(
        self, zone_id: str, courier_ids: Sequence[str], from_ms: int, to_ms: int
    ) -> dict[str, Sequence[Position]]:
        """See `TrackStore`. One round trip for some hundred couriers."""
        found: dict[str, Sequence[Position]] = {}
        for ids in _batches(courier_ids):
            calls = self._client.pipeline(transaction=False)
            for courier_id in ids:
                calls.zrange(track_key(zone_id, courier_id), from_ms, to_ms, byscore=True)
            async with answered():
                tracks: Any = await calls.execute()
            found |= {each: thinned(unpack_all(packed)) for each, packed in zip(ids, tracks, strict=True) if packed}
        return found


def _batches(courier_ids: Sequence[str]) -> list[Sequence[str]]:
    return [courier_ids[start : start + BATCH] for start in range(0, len(courier_ids), BATCH)]


def track_key(zone_id: str, courier_id: str) -> str:
    """The track's key, in the slot of its zone."""
    return f"{{zone:{zone_id}}}:track:{courier_id}"
