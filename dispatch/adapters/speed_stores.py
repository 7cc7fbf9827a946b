"""Measured speeds: in Redis for processes that share a zone, in memory for tests."""

from typing import Any

import msgspec
import numpy as np

from dispatch.adapters.redis.connections import Client, answered
from dispatch.application.measured_speeds import FEED_LIFE_MS
from dispatch.roads.conditions import LiveSpeeds


class _Packed(msgspec.Struct, array_like=True):
    at_ms: int
    edge: bytes
    factor: bytes
    weight: bytes


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(_Packed).decode


class RedisSpeedStore:
    """See `SpeedStore`: one value a zone and source, which ends by itself."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def put(self, zone_id: str, source: str, speeds: LiveSpeeds) -> None:
        """See `SpeedStore`."""
        arrays = (speeds.edge.astype("<i4"), speeds.factor.astype("<f4"), speeds.weight.astype("<f4"))
        packed = _encode(_Packed(speeds.at_ms, *(array.tobytes() for array in arrays)))
        async with answered():
            await self._client.set(_key(zone_id, source), packed, px=FEED_LIFE_MS)

    async def get(self, zone_id: str, source: str) -> LiveSpeeds | None:
        """See `SpeedStore`."""
        async with answered():
            packed: Any = await self._client.get(_key(zone_id, source))
        if packed is None:
            return None
        held = _decode(packed)
        return LiveSpeeds(
            np.frombuffer(held.edge, "<i4"), np.frombuffer(held.factor, "<f4"), np.frombuffer(held.weight, "<f4"),
            held.at_ms,
        )  # fmt: skip


class MemorySpeedStore:
    """See `SpeedStore`."""

    def __init__(self) -> None:
        self._held: dict[tuple[str, str], LiveSpeeds] = {}

    def flush(self) -> None:
        """Lose everything, as FLUSHALL does."""
        self._held.clear()

    async def put(self, zone_id: str, source: str, speeds: LiveSpeeds) -> None:
        """See `SpeedStore`."""
        self._held[zone_id, source] = speeds

    async def get(self, zone_id: str, source: str) -> LiveSpeeds | None:
        """See `SpeedStore`."""
        return self._held.get((zone_id, source))


def _key(zone_id: str, source: str) -> str:
    return f"{{zone:{zone_id}}}:speeds:{source}"
