"""Stored tracks: in the order of time however they come, thinned, bounded, and gone after two days."""

import random
from pathlib import Path

import pytest
from redis.asyncio import Redis

from dispatch.adapters.embedded import EmbeddedValkey
from dispatch.adapters.memory_tracks import MemoryTrackStore
from dispatch.adapters.redis.connections import connect
from dispatch.adapters.redis.tracks import RedisTrackStore, track_key
from dispatch.application.ports import Position, StoreUnavailable, TrackStore
from dispatch.application.tracks import KEEP_MS
from dispatch.domain.geo import METRES_PER_DEGREE, Point
from tests.support.stores import ZONE
from tests.support.zones import NOON_MS


@pytest.fixture(params=["memory", "valkey", "cluster"])
def tracks(request: pytest.FixtureRequest) -> TrackStore:
    """Every kind, with room for 50 positions a courier."""
    if request.param == "memory":
        return MemoryTrackStore(max_points=50)
    client = request.getfixturevalue("redis_client" if request.param == "valkey" else "cluster_client")
    return RedisTrackStore(client, max_points=50)


def at(n: int, courier_id: str = "c1", *, north_m: float | None = None, mock: bool = False) -> Position:
    """Every 5 s, 30 m further."""
    at_ms = NOON_MS + 5_000 * n
    place = Point(60.17 + (30 * n if north_m is None else north_m) / METRES_PER_DEGREE, 24.94)
    return Position(courier_id, 1, n, at_ms, at_ms + 40, place.lat, place.lon, 8.0, 6.0, 0.0, 0.5, mock)


async def whole(tracks: TrackStore, courier_id: str = "c1") -> list[Position]:
    return list(await tracks.read(ZONE, courier_id, 0, 2**53 - 1, 1_000))


async def test_what_comes_late_falls_into_its_place(tracks: TrackStore) -> None:
    """The newest first, then the backlog from its end, some of it twice: the track is the ride, every field of it."""
    ride = [at(n, mock=n == 4) for n in range(40)]
    await tracks.append(ZONE, ride[30:])
    await tracks.append(ZONE, random.Random(3).sample(ride[:35], 35))
    assert await whole(tracks) == ride


async def test_what_says_nothing_new_is_not_kept(tracks: TrackStore) -> None:
    """Less than 5 s and 20 m from its neighbour, whichever of the two came first."""
    near = Position("c1", 1, 9, NOON_MS + 4_000, NOON_MS + 9_000, 60.17 + 5 / METRES_PER_DEGREE, 24.94)
    await tracks.append(ZONE, [near])
    await tracks.append(ZONE, [at(0), at(1)])
    assert await whole(tracks) == [at(0), at(1)]


async def test_a_period_of_a_courier_of_a_zone(tracks: TrackStore) -> None:
    """Both ends belong to it; the limit keeps the oldest; other couriers and zones are others."""
    await tracks.append(ZONE, [*(at(n) for n in range(20)), at(3, "c2")])
    await tracks.append("another", [at(7)])
    read = await tracks.read(ZONE, "c1", at(5).at_ms, at(8).at_ms, 100)
    assert list(read) == [at(n) for n in (5, 6, 7, 8)]
    assert list(await tracks.read(ZONE, "c1", at(5).at_ms, at(8).at_ms, 2)) == [at(5), at(6)]
    assert await whole(tracks, "c2") == [at(3, "c2")] and await whole(tracks, "c9") == []
    await tracks.append(ZONE, [])


async def test_a_track_is_bounded(tracks: TrackStore) -> None:
    """The oldest go: beyond the number, and beyond two days."""
    await tracks.append(ZONE, [at(n) for n in range(80)])
    assert await whole(tracks) == [at(n) for n in range(30, 80)]
    later_ms = at(70).at_ms + KEEP_MS
    await tracks.append(ZONE, [Position("c1", 2, 1, later_ms, later_ms, 60.2, 24.94)])
    assert [position.seq for position in await whole(tracks)] == [*range(71, 80), 1]


# --- Valkey ----------------------------------------------------------------------------------------------------


async def test_tracks_expire_and_share_the_zone_s_slot(redis_client: Redis) -> None:
    """A courier who left leaves nothing behind after 48 hours; all keys of a zone are in one slot."""
    await RedisTrackStore(redis_client).append(ZONE, [at(0), at(0, "c2")])
    keys = [track_key(ZONE, "c1"), track_key(ZONE, "c2"), f"{{zone:{ZONE}}}:pos"]
    assert 0 < await redis_client.ttl(keys[0]) <= 48 * 3_600
    assert len({await redis_client.execute_command("CLUSTER KEYSLOT", key) for key in keys}) == 1


async def test_the_end_of_a_track_is_put_off(redis_client: Redis) -> None:
    """Every ten minutes while something is added; a track that was lost and begins again has an end at once, too."""
    tracks, key = RedisTrackStore(redis_client), track_key(ZONE, "c1")
    await tracks.append(ZONE, [at(0)])
    for n, put_off in ((1, False), (119, False), (120, True), (121, False)):
        await redis_client.expire(key, 1_000)
        await tracks.append(ZONE, [at(n)])
        assert (await redis_client.ttl(key) > 1_000) is put_off
    await redis_client.flushall()
    await tracks.append(ZONE, [at(122)])
    assert await redis_client.ttl(key) > 47 * 3_600


async def test_a_store_that_is_away_says_so(tmp_path: Path) -> None:
    """Writing and reading raise; nothing hangs."""
    async with EmbeddedValkey(tmp_path) as url:
        client = connect(url)
        await RedisTrackStore(client).append(ZONE, [at(0)])
    with pytest.raises(StoreUnavailable):
        await RedisTrackStore(client).append(ZONE, [at(1)])
    with pytest.raises(StoreUnavailable):
        await RedisTrackStore(client).read(ZONE, "c1", 0, 1, 1)
    await client.aclose()


async def test_where_everybody_was_at_a_moment_and_in_a_period(tracks: TrackStore) -> None:
    """The last place at or before the moment, where there is one; of a period, both ends belong to it."""
    await tracks.append(ZONE, [*(at(n) for n in range(20)), *(at(n, "c2") for n in range(10, 20))])
    asked = ["c1", "c2", "nobody"]
    assert await tracks.last_before(ZONE, asked, at(7).at_ms + 4_999) == {"c1": at(7)}
    assert await tracks.last_before(ZONE, asked, at(10).at_ms) == {"c1": at(10), "c2": at(10, "c2")}
    assert await tracks.last_before(ZONE, asked, at(0).at_ms - 1) == {}
    assert await tracks.last_before(ZONE, [], NOON_MS) == {}
    period = await tracks.read_all(ZONE, asked, at(8).at_ms, at(10).at_ms)
    assert {who: list(track) for who, track in period.items()} == {
        "c1": [at(8), at(9), at(10)],
        "c2": [at(10, "c2")],
    }
