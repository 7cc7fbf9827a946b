"""Measured speeds in Redis and in memory: what is put is what is read; of a source the newest counts."""

import numpy as np
import pytest
from redis.asyncio import Redis

from dispatch.adapters.speed_stores import MemorySpeedStore, RedisSpeedStore
from dispatch.application.measured_speeds import FEED, FEED_LIFE_MS, SpeedStore, merged, probes_of
from dispatch.domain.vehicle import Profile
from dispatch.roads.conditions import LiveSpeeds
from tests.support.stores import ZONE
from tests.support.zones import NOON_MS


@pytest.fixture(params=["memory", "valkey", "cluster"])
def speeds(request: pytest.FixtureRequest) -> SpeedStore:
    """Every kind."""
    if request.param == "memory":
        return MemorySpeedStore()
    return RedisSpeedStore(request.getfixturevalue("redis_client" if request.param == "valkey" else "cluster_client"))


def some(*edges: int, factor: float = 2.0, at_ms: int = NOON_MS) -> LiveSpeeds:
    ones = np.ones(len(edges), dtype=np.float32)
    return LiveSpeeds(np.array(edges, dtype=np.int32), factor * ones, 0.5 * ones, at_ms)


async def test_what_is_put_is_read(speeds: SpeedStore) -> None:
    """By zone and source; the newest replaces the one before."""
    assert await speeds.get(ZONE, FEED) is None
    await speeds.put(ZONE, FEED, some(1, 2, 3))
    await speeds.put(ZONE, FEED, some(7, 9, factor=3.0))
    held = await speeds.get(ZONE, FEED)
    assert held is not None
    assert (held.edge.tolist(), held.factor.tolist(), held.weight.tolist(), held.at_ms) == (
        [7, 9], [3.0, 3.0], [0.5, 0.5], NOON_MS
    )  # fmt: skip
    assert await speeds.get(ZONE, probes_of(Profile.CAR)) is None and await speeds.get("other", FEED) is None


async def test_they_end_by_themselves(redis_client: Redis) -> None:
    """Nobody has to take back what a feed said before it died."""
    await RedisSpeedStore(redis_client).put(ZONE, FEED, some(1))
    (key,) = await redis_client.keys("*speeds*")
    assert 0 < await redis_client.pttl(key) <= FEED_LIFE_MS


def test_merging_keeps_what_is_not_said_again() -> None:
    """The older entry fades; the edge that both name takes the newer word; what is too old is gone."""
    both = merged(some(1, 2), some(2, 3, factor=4.0, at_ms=NOON_MS + FEED_LIFE_MS // 2))
    assert dict(zip(both.edge.tolist(), both.factor.tolist(), strict=True)) == {1: 2.0, 2: 4.0, 3: 4.0}
    weight = dict(zip(both.edge.tolist(), both.weight.tolist(), strict=True))
    assert weight[1] < 0.5 == weight[2]
    assert merged(some(1), some(2, at_ms=NOON_MS + FEED_LIFE_MS)).edge.tolist() == [2]
