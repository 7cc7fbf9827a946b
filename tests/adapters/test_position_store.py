"""Newest positions: never backwards in (generation, seq), shared by all gateways, and healing after any loss."""

import asyncio
import contextlib
import itertools
import random
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace
from redis.asyncio import Redis

from dispatch.adapters.embedded import EmbeddedValkey
from dispatch.adapters.redis.connections import connect
from dispatch.adapters.redis.packing import unpack_many
from dispatch.adapters.redis.positions import RedisPositionStore
from dispatch.application.ports import Position, PositionStore, StoreUnavailable
from tests.support.stores import ZONE, beside
from tests.support.zones import NOON_MS

CHANNEL = "{zone:test}:moves"


def fix(courier_id: str = "c1", generation: int = 1, seq: int = 1, lat: float = 60.17) -> Position:
    """A position; the time says nothing about its order."""
    return Position(courier_id, generation, seq, NOON_MS - seq, NOON_MS, lat, 24.94)


def facts(positions: list[Position]) -> list[tuple[str, int, int]]:
    return [(p.courier_id, p.generation, p.seq) for p in positions]


class Watcher:
    """Reads a store's positions into a list, for ever."""

    def __init__(self, store: PositionStore, zone_id: str = ZONE, *, others_only: bool = False) -> None:
        self.seen: list[Position] = []
        self._task = asyncio.create_task(self._read(store.follow(zone_id, others_only=others_only)))

    async def _read(self, batches: AsyncIterator[Sequence[Position]]) -> None:
        async for batch in batches:
            assert len({position.courier_id for position in batch}) == len(batch)
            self.seen.extend(batch)

    async def saw(self, position: Position, within_s: float = 5) -> None:
        async with asyncio.timeout(within_s):
            while position not in self.seen:
                if self._task.done():
                    self._task.result()
                await asyncio.sleep(0.002)

    async def stop(self) -> None:
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task


async def test_a_position_comes_back_whole(positions: PositionStore) -> None:
    """Every field, those that are unknown too."""
    full = replace(fix(), accuracy_m=4.5, speed_mps=6.0, heading_deg=271.0, battery=0.83, mock=True)
    bare = fix("c2")
    await positions.put(ZONE, [full, bare])
    assert await positions.latest(ZONE) == {"c1": full, "c2": bare}
    assert await positions.latest("another") == {}


async def test_older_positions_are_ignored(positions: PositionStore) -> None:
    """A new phone (generation) begins at 1 again and wins; what the old one sends late does not."""
    for generation, seq in ((1, 8), (1, 7), (2, 1), (1, 9), (2, 1)):
        await positions.put(ZONE, [fix("c1", generation, seq, lat=60 + seq / 100)])
    assert facts(list((await positions.latest(ZONE)).values())) == [("c1", 2, 1)]


async def test_the_same_fix_heard_again_is_newer(positions: PositionStore) -> None:
    """A heartbeat of a phone that stands says when it was heard there last; an older one of them changes nothing."""
    watcher = Watcher(positions)
    again, earlier = replace(fix(), received_at_ms=NOON_MS + 8_000), replace(fix(), received_at_ms=NOON_MS + 4_000)
    for position in (fix(), again, earlier):
        await positions.put(ZONE, [position])
    await watcher.saw(again)
    assert await positions.latest(ZONE) == {"c1": again} and earlier not in watcher.seen
    await watcher.stop()


async def test_a_batch_may_hold_several_positions_of_a_courier(positions: PositionStore) -> None:
    """The newest of them counts, wherever it stands."""
    await positions.put(ZONE, [fix(seq=2), fix(seq=9), fix(seq=3), fix("c2", seq=1)])
    assert facts(list((await positions.latest(ZONE)).values())) == [("c1", 1, 9), ("c2", 1, 1)]
    await positions.put(ZONE, [])


async def test_large_batches_are_kept_whole(positions: PositionStore) -> None:
    """More couriers than one script call takes."""
    await positions.put(ZONE, [fix(f"c{n}", seq=n) for n in range(2500)])
    latest = await positions.latest(ZONE)
    assert len(latest) == 2500
    assert latest["c1999"].seq == 1999


async def test_watchers_never_see_a_courier_go_back(positions: PositionStore) -> None:
    """Whatever the order in which gateways write, each watcher sees (generation, seq) only rise, and ends newest."""
    watchers = [Watcher(positions), Watcher(positions)]
    shuffled = [fix(f"c{c}", g, s) for c in range(3) for g in (1, 2) for s in range(1, 40)]
    random.Random(7).shuffle(shuffled)
    for start in range(0, len(shuffled), 5):
        await positions.put(ZONE, shuffled[start : start + 5])
        await asyncio.sleep(0)
    for watcher in watchers:
        for courier_id in ("c0", "c1", "c2"):
            await watcher.saw(fix(courier_id, 2, 39))
            order = [(p.generation, p.seq) for p in watcher.seen if p.courier_id == courier_id]
            assert order == sorted(set(order))
        await watcher.stop()


async def test_a_watcher_begins_with_what_is_held(positions: PositionStore) -> None:
    """Nothing falls between asking for the newest and following, for the first watcher and for later ones."""
    await positions.put(ZONE, [fix("c1")])
    first = Watcher(positions)
    await first.saw(fix("c1"))
    second = Watcher(positions)
    await second.saw(fix("c1"))
    await positions.put("another", [fix("c1", seq=50)])
    await positions.put(ZONE, [fix("c1", seq=2)])
    await second.saw(fix("c1", seq=2))
    assert facts(second.seen) == [("c1", 1, 1), ("c1", 1, 2)]
    await first.stop()
    await second.stop()


async def test_a_slow_watcher_misses_only_older_ones(positions: PositionStore) -> None:
    """What waits for a reader is one position a courier, however long the reader sleeps."""
    reader = positions.follow(ZONE)
    await positions.put(ZONE, [fix("c1"), fix("c2")])
    assert sorted(facts(list(await anext(reader)))) == [("c1", 1, 1), ("c2", 1, 1)]
    for seq in range(2, 200):
        await positions.put(ZONE, [fix("c1", seq=seq)])
    await positions.put(ZONE, [fix("c2", seq=2)])
    seen = []
    async with asyncio.timeout(5):
        while not seen or seen[-1] != ("c2", 1, 2):
            seen.extend(facts(list(await anext(reader))))
            await asyncio.sleep(0.05)
    assert ("c1", 1, 199) in seen
    assert len(seen) < 20
    await reader.aclose()


async def test_put_says_whether_another_process_follows(positions: PositionStore) -> None:
    """Followers in the same process do not count; the answer changes when others come and go."""
    seq = itertools.count(1)

    async def says(answer: bool) -> None:
        async with asyncio.timeout(5):
            while await positions.put(ZONE, [fix(seq=next(seq))]) is not answer:
                await asyncio.sleep(0.01)

    mine = Watcher(positions)
    await positions.put(ZONE, [fix(seq=next(seq))])
    await mine.saw(fix(seq=1))
    await says(False)
    theirs = Watcher(beside(positions))
    await says(True)
    elsewhere = Watcher(beside(positions), "another")
    await theirs.stop()
    await says(False)
    await mine.stop()
    await elsewhere.stop()


async def test_who_wants_those_of_others_does_not_get_its_own(positions: PositionStore) -> None:
    """It begins with all that is held, whoever put it; in the same process others may follow all of them."""
    await positions.put(ZONE, [fix("c1")])
    others, every = Watcher(positions, others_only=True), Watcher(positions)
    await others.saw(fix("c1"))
    await every.saw(fix("c1"))
    await positions.put(ZONE, [fix("c1", seq=2)])
    await beside(positions).put(ZONE, [fix("c2")])
    await others.saw(fix("c2"))
    await every.saw(fix("c2"))
    assert facts(others.seen) == [("c1", 1, 1), ("c2", 1, 1)]
    assert sorted(facts(every.seen)) == [("c1", 1, 1), ("c1", 1, 2), ("c2", 1, 1)]
    await others.stop()
    await every.stop()


# --- Valkey ----------------------------------------------------------------------------------------------------


@contextlib.asynccontextmanager
async def gateway(url: str) -> AsyncIterator[RedisPositionStore]:
    """Another process on the same server."""
    async with connect(url) as client:
        yield RedisPositionStore(client)


async def test_gateways_share_positions_and_one_subscription_each(redis_client: Redis, empty_valkey_url: str) -> None:
    """What one writes the watchers of the other see; a process subscribes once a zone, and only while it is watched."""
    async with gateway(empty_valkey_url) as other:
        watchers = [Watcher(other) for _ in range(3)]
        await RedisPositionStore(redis_client).put(ZONE, [fix()])
        for watcher in watchers:
            await watcher.saw(fix())
        assert await redis_client.pubsub_numsub(CHANNEL) == [(CHANNEL.encode(), 1)]
        for watcher in watchers:
            await watcher.stop()
        async with asyncio.timeout(2):
            while (await redis_client.pubsub_numsub(CHANNEL))[0][1]:
                await asyncio.sleep(0.01)


async def test_the_keys_of_a_zone_share_a_slot_and_couriers_are_in_the_geo_index(redis_client: Redis) -> None:
    """Where the Web Mercator index ends, near the poles, positions are kept all the same."""
    store = RedisPositionStore(redis_client)
    await store.put(ZONE, [fix("c1"), fix("c2", lat=61.0), fix("polar", lat=89.0)])
    near = await redis_client.geosearch("{zone:test}:geo", longitude=24.94, latitude=60.17, radius=5, unit="km")
    assert near == [b"c1"]
    assert set(await store.latest(ZONE)) == {"c1", "c2", "polar"}
    assert len({await redis_client.execute_command("CLUSTER KEYSLOT", key) for key in await redis_client.keys()}) == 1


async def test_the_index_is_a_second_old_at_most(redis_client: Redis) -> None:
    """Nobody reads it fifty times a second: a courier is taken once a second, also after a flush."""
    store = RedisPositionStore(redis_client)

    async def indexed_at(after_ms: int, lat: float) -> float | None:
        await store.put(ZONE, [replace(fix(seq=after_ms, lat=lat), received_at_ms=NOON_MS + after_ms)])
        (place,) = await redis_client.geopos("{zone:test}:geo", "c1")
        return round(place[1], 2) if place else None

    assert await indexed_at(1, 60.11) == 60.11
    assert await indexed_at(1000, 60.12) == 60.11
    assert await indexed_at(1001, 60.13) == 60.13
    await redis_client.flushall()
    assert await indexed_at(2000, 60.14) is None
    assert await indexed_at(2001, 60.15) == 60.15


async def test_what_changes_every_tick_costs_no_disk(tmp_path: Path) -> None:
    """A position goes into the append-only file once a second; a restart brings that one back, the next fix a newer."""
    async with EmbeddedValkey(tmp_path) as url, gateway(url) as store:
        await store.put(ZONE, [fix()])
        before = (await store._client.info("persistence"))["aof_current_size"]
        for seq in range(2, 102):
            await store.put(ZONE, [fix(seq=seq)])
        assert (await store._client.info("persistence"))["aof_current_size"] - before < 500
        assert (await store.latest(ZONE))["c1"] == fix(seq=101)
    async with EmbeddedValkey(tmp_path) as url, gateway(url) as store:
        assert (await store.latest(ZONE))["c1"] == fix()


async def test_nothing_is_published_when_nobody_else_listens(redis_client: Redis) -> None:
    """The process's own followers are served without Redis; with a listener elsewhere each batch is published once."""

    async def published() -> int:
        counted: int = (await redis_client.info("commandstats")).get("cmdstat_publish", {}).get("calls", 0)
        return counted

    store, before = RedisPositionStore(redis_client), await published()
    watcher = Watcher(store)
    for seq in range(1, 100):
        await store.put(ZONE, [fix(seq=seq)])
    await watcher.saw(fix(seq=99))
    assert await published() == before
    async with redis_client.pubsub() as listener:
        await listener.subscribe(CHANNEL)
        await listener.get_message(timeout=1)
        assert await store.put(ZONE, [fix(seq=100)])
    assert await published() == before + 1
    await watcher.stop()


async def test_a_process_does_not_look_into_what_it_published(
    redis_client: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its own payloads come back on the channel, marked, and are left alone; those of others are unpacked."""
    looked_into: list[list[Position]] = []

    def noted(data: memoryview) -> list[Position]:
        looked_into.append(unpack_many(data))
        return looked_into[-1]

    monkeypatch.setattr("dispatch.adapters.redis.positions.unpack_many", noted)
    store = RedisPositionStore(redis_client)
    watcher = Watcher(store)
    async with redis_client.pubsub() as listener:
        await listener.subscribe(CHANNEL)
        await store.put(ZONE, [fix(seq=1)])
        await watcher.saw(fix(seq=1))
        while not await store.put(ZONE, [fix(seq=2)]):
            await asyncio.sleep(0.01)
        await beside(store).put(ZONE, [fix("c2")])
        await watcher.saw(fix("c2"))
    assert looked_into == [[fix("c2")]]
    await watcher.stop()


async def test_two_gateways_never_overwrite_newer_with_older(redis_client: Redis, empty_valkey_url: str) -> None:
    """They write the same courier at the same time in different order; the comparison is done inside Redis."""
    async with gateway(empty_valkey_url) as other:
        store = RedisPositionStore(redis_client)
        for n in range(0, 200, 2):
            await asyncio.gather(store.put(ZONE, [fix(seq=n + 1)]), other.put(ZONE, [fix(seq=n)]))
            assert (await store.latest(ZONE))["c1"].seq == n + 1


async def test_flushing_redis_costs_one_reporting_interval(redis_client: Redis) -> None:
    """Positions are gone until the next fixes come; watchers go on and see nothing twice."""
    store = RedisPositionStore(redis_client)
    watcher = Watcher(store)
    await store.put(ZONE, [fix("c1", seq=1), fix("c2", seq=1)])
    await watcher.saw(fix("c2", seq=1))
    await redis_client.flushall()
    assert await store.latest(ZONE) == {}
    await store.put(ZONE, [fix("c1", seq=2)])
    await watcher.saw(fix("c1", seq=2))
    assert sorted(facts(watcher.seen)) == [("c1", 1, 1), ("c1", 1, 2), ("c2", 1, 1)]
    await watcher.stop()


async def test_what_another_version_wrote_is_read(redis_client: Redis) -> None:
    """An older server wrote no mock flag, a newer one may write more; both are positions."""
    order = ["c1", 1, 1, NOON_MS, NOON_MS, 60.17, 24.94]
    for field, extra in (("c1", [None, 2.0, None, None]), ("c2", [None, 2.0, None, None, True, "more"])):
        await redis_client.hset("{zone:test}:pos", field, msgspec.msgpack.encode([field, *order[1:], *extra]))
    latest = await RedisPositionStore(redis_client).latest(ZONE)
    assert (latest["c1"].mock, latest["c2"].mock, latest["c2"].speed_mps) == (False, True, 2.0)


async def test_what_is_no_position_does_no_harm(redis_client: Redis) -> None:
    """Whatever stands under a courier's name: readers pass it over, and the courier's next fix replaces it."""
    store = RedisPositionStore(redis_client)
    for courier_id, value in (("c1", b""), ("c2", b"\xc1 nonsense"), ("c3", msgspec.msgpack.encode(["c3", "old"]))):
        await redis_client.hset("{zone:test}:pos", courier_id, value)
    await store.put(ZONE, [fix("c4")])
    assert set(await store.latest(ZONE)) == {"c4"}
    await store.put(ZONE, [fix("c1"), fix("c2"), fix("c3")])
    assert set(await store.latest(ZONE)) == {"c1", "c2", "c3", "c4"}


async def test_long_and_foreign_names_of_couriers(redis_client: Redis) -> None:
    """The script finds the end of a name of any length, in any script."""
    store = RedisPositionStore(redis_client)
    names = ["", "c", "骑手" * 5, "x" * 31, "x" * 32, "é" * 100, "x" * 300]
    for seq in (2, 1, 3):
        await store.put(ZONE, [fix(name, seq=seq) for name in names])
        assert facts(sorted((await store.latest(ZONE)).values(), key=lambda each: names.index(each.courier_id))) == [
            (name, 1, max(seq, 2)) for name in names
        ]


async def test_a_restart_of_redis_is_healed(tmp_path: Path) -> None:
    """While it is away, writing and reading say so and following waits; then all of it works again by itself."""
    async with EmbeddedValkey(tmp_path) as url:
        client = connect(url)
        store = RedisPositionStore(client)
        watcher = Watcher(store)
        await store.put(ZONE, [fix(seq=1)])
        await watcher.saw(fix(seq=1))
    with pytest.raises(StoreUnavailable):
        await store.put(ZONE, [fix(seq=2)])
    with pytest.raises(StoreUnavailable):
        await store.latest(ZONE)
    async with EmbeddedValkey(tmp_path) as url, gateway(url) as other:
        await other.put(ZONE, [fix(seq=3)])
        await watcher.saw(fix(seq=3))
        await store.put(ZONE, [fix(seq=4)])
        await watcher.saw(fix(seq=4))
        await watcher.stop()
        await client.aclose()


async def test_positions_flow_in_the_process_while_redis_is_away_and_are_shared_later(tmp_path: Path) -> None:
    """The followers here see each one; what could not be put waits, the newest of a courier, and needs no further call.

    The store says that it is away, and counts one outage however many calls fail.
    """
    async with EmbeddedValkey(tmp_path) as url:
        client = connect(url)
        store = RedisPositionStore(client)
        watcher = Watcher(store)
        await store.put(ZONE, [fix(seq=1)])
        await watcher.saw(fix(seq=1))
        assert not store.away
    for batch in ([fix(seq=2), fix("c2")], [fix(seq=4)], [fix(seq=3)]):
        with pytest.raises(StoreUnavailable):
            await store.put(ZONE, batch)
        assert store.away
    await watcher.saw(fix(seq=4))
    async with EmbeddedValkey(tmp_path) as url, gateway(url) as other:
        theirs = Watcher(other)
        await theirs.saw(fix(seq=4))
        await theirs.saw(fix("c2"))
        async with asyncio.timeout(5):
            while store.away:
                await asyncio.sleep(0.01)
        assert store.counters["position_outages"] == 1
        await theirs.stop()
        await watcher.stop()
        await client.aclose()


async def test_a_reader_alone_knows_that_redis_is_away(tmp_path: Path) -> None:
    """A process that only follows says so, too, and knows when it is over."""
    async with EmbeddedValkey(tmp_path) as url:
        client = connect(url)
        store = RedisPositionStore(client)
        watcher = Watcher(store)
        await store.put(ZONE, [fix()])
        await watcher.saw(fix())
    async with asyncio.timeout(5):
        while not store.away:
            await asyncio.sleep(0.01)
        async with EmbeddedValkey(tmp_path):
            while store.away:
                await asyncio.sleep(0.01)
            await watcher.stop()
            await client.aclose()


async def test_a_broken_payload_is_skipped(redis_client: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    """Something else on the channel (a newer version) is logged, and the watchers get what comes after it."""
    monkeypatch.setattr("dispatch.adapters.redis.positions.RETRY_S", 0.01)
    store = RedisPositionStore(redis_client)
    watcher = Watcher(store)
    await store.put(ZONE, [fix(seq=1)])
    await watcher.saw(fix(seq=1))
    await redis_client.publish(CHANNEL, b"\x91\x01")
    await store.put(ZONE, [fix(seq=2)])
    await watcher.saw(fix(seq=2))
    await watcher.stop()
