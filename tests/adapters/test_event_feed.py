"""Whoever follows a zone gets every event once and in order, whatever happens to the copy in Redis."""

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from itertools import accumulate
from pathlib import Path

import pytest
from redis.asyncio import Redis

from dispatch.adapters.clocks import SystemTicker
from dispatch.adapters.embedded import EmbeddedValkey
from dispatch.adapters.memory import MemoryZoneStore
from dispatch.adapters.redis.connections import Client, connect
from dispatch.adapters.redis.streams import RedisEventCopy, RedisEventStream, stream_key
from dispatch.adapters.sql.store import SqlZoneStore
from dispatch.application.event_feed import CopiedFeed
from dispatch.application.ports import Claim, EventFeed, HistoryLost, Outcome, Reply, StoreUnavailable
from dispatch.application.relay import Relay
from tests.adapters.test_zone_store import note
from tests.support.stores import ZONE, Store, claimed, open_store
from tests.support.zones import NOON_MS

KEY = stream_key(ZONE, 1)


@contextlib.contextmanager
def running(relay: Relay | None) -> Iterator[None]:
    """The relay, beside the test."""
    task = asyncio.create_task(relay.run()) if relay else None
    try:
        yield
    finally:
        if task:
            task.cancel()


class Follower:
    """Reads a feed into a list, for ever."""

    def __init__(self, feed: EventFeed, after_seq: int = 0) -> None:
        self.seen: list[int] = []
        self.ends: list[int] = []
        self._task = asyncio.create_task(self._read(feed, after_seq))

    async def _read(self, feed: EventFeed, after_seq: int) -> None:
        async for batch in feed.follow(ZONE, after_seq):
            assert batch
            self.seen.extend(recorded.seq for recorded in batch)
            self.ends.append(batch[-1].seq)

    async def reached(self, seq: int, within_s: float = 10) -> None:
        async with asyncio.timeout(within_s):
            while not self.seen or self.seen[-1] < seq:
                if self._task.done():
                    self._task.result()
                await asyncio.sleep(0.005)

    async def stop(self) -> None:
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task


async def write(store: Store, claim: Claim, first: int, last: int, at_once: int = 1) -> None:
    """Make the zone's head `last`."""
    for seq in range(first, last + 1, at_once):
        await store.commit(claim, [note(f"r{n}") for n in range(seq, min(seq + at_once, last + 1))], (), 0)


async def test_followers_get_what_was_and_what_comes(store: Store, feed: EventFeed, relay: Relay | None) -> None:
    """From the beginning, from the middle, and from the end; a late one reads more than one batch of history."""
    claim = await claimed(store)
    await write(store, claim, 1, 1200, at_once=400)
    with running(relay):
        followers = [Follower(feed, after) for after in (0, 1000, 1200)]
        await asyncio.sleep(0.1)
        await write(store, claim, 1201, 1230)
        for follower, after in zip(followers, (0, 1000, 1200), strict=True):
            await follower.reached(1230)
            assert follower.seen == list(range(after + 1, 1231))
            await follower.stop()


SIZES = (3, 300, 300, 1, 1300, 499, 2, 500, 40)
"""Events of requests in a row: some fit a batch together, some straddle its end, one is larger than two batches."""
ENDS = list(accumulate(SIZES))


def request_of(name: str, size: int) -> Outcome:
    """A request that had many consequences."""
    one = note(name)
    return replace(one, events=one.events * size)


async def test_a_batch_never_ends_within_a_request(store: Store, feed: EventFeed, relay: Relay | None) -> None:
    """Neither history nor what comes live is cut where a request is half applied, however large the request is."""
    claim = await claimed(store)
    own_act = Outcome(None, NOON_MS, note("").events * 7, Reply(True))
    history = [request_of(f"r{n}", size) for n, size in enumerate(SIZES)]
    await store.commit(claim, [*history, own_act], (), 0)
    boundaries = {*ENDS, ENDS[-1] + 7}
    with running(relay):
        live, late = Follower(feed), Follower(feed, ENDS[3])
        for follower in (live, late):
            await follower.reached(ENDS[-1] + 7)
        for n, size in enumerate(SIZES):
            head = await store.commit(claim, [request_of(f"live-{n}", size)], (), 0)
            boundaries.add(head)
            await asyncio.sleep(0.02)
        for follower in (live, late):
            await follower.reached(head)
            assert follower.seen == list(range(follower.seen[0], head + 1))
            assert set(follower.ends) <= boundaries
            await follower.stop()


async def test_a_restored_zone_is_not_followed_any_further(store: Store, feed: EventFeed) -> None:
    """History was lost: the events that follow belong to another past, so the reader is told to load again."""
    claim = await claimed(store)
    await write(store, claim, 1, 10, at_once=10)
    follower = Follower(feed)
    await follower.reached(10)
    if isinstance(store, MemoryZoneStore):
        store.lose_history(ZONE, 5)
    else:
        await restored(store)
    with pytest.raises(HistoryLost):
        await follower.reached(11, within_s=2)
    assert follower.seen == list(range(1, 11))


async def test_a_copy_that_outlived_its_database_is_not_followed(redis_client: Redis, tmp_path: Path) -> None:
    """The database was made anew and Redis was not: the events of the old one never reach a reader of the new one."""
    for name in ("old", "new"):
        async with open_store(f"sqlite+aiosqlite:///{tmp_path / name}.sqlite") as store:
            follower = Follower(CopiedFeed(RedisEventCopy(redis_client), store))
            await asyncio.sleep(0.1)
            assert follower.seen == []
            await write(store, await claimed(store), 1, 3)
            await Relay(store, RedisEventStream(redis_client), ZONE).copy()
            await follower.reached(3)
            assert follower.seen == [1, 2, 3]
            await follower.stop()


async def restored(store: SqlZoneStore) -> None:
    async with store._database.write() as connection:
        await connection.exec_driver_sql("UPDATE zone SET head = 5, stream_epoch = 2")


async def test_a_follower_may_come_before_its_zone(feed: EventFeed, store: Store) -> None:
    """It waits, and then reads from the first event on."""
    seen = []

    async def read() -> None:
        async for batch in feed.follow("unborn", 0):
            seen.extend(recorded.seq for recorded in batch)

    reading = asyncio.create_task(read())
    await asyncio.sleep(0.05)
    await store.ensure_zone("unborn")
    claim = await store.claim("unborn", "writer-1", 60)
    assert claim is not None
    await store.commit(claim, [note("r1")], (), 0)
    async with asyncio.timeout(5):
        while not seen:
            await asyncio.sleep(0.01)
    reading.cancel()
    assert seen == [1]


# --- through Valkey --------------------------------------------------------------------------------------------


@contextlib.asynccontextmanager
async def memory_through(client: Client) -> AsyncIterator[tuple[MemoryZoneStore, Claim, Relay, CopiedFeed]]:
    """A zone in memory (the quickest store) whose events go through a real Valkey."""
    store = MemoryZoneStore(SystemTicker())
    await store.ensure_zone(ZONE)
    relay = Relay(store, RedisEventStream(client), ZONE)
    with running(relay):
        yield store, await claimed(store), relay, CopiedFeed(RedisEventCopy(client), store)


class Deaf(MemoryZoneStore):
    """A store whose history nobody may read: what arrives came through the stream."""

    async def events(self, zone_id: str, after_seq: int, limit: int) -> list[object]:  # type: ignore[override]
        raise AssertionError("read from the store")


async def test_events_come_through_the_stream(any_redis: Client) -> None:
    """A follower that is up to date needs no store, and hears of an event as soon as it is in the stream."""
    source, deaf = MemoryZoneStore(SystemTicker()), Deaf(SystemTicker())
    for store in (source, deaf):
        await store.ensure_zone(ZONE)
    claim = await claimed(source)
    follower = Follower(CopiedFeed(RedisEventCopy(any_redis), deaf))
    await asyncio.sleep(0.05)
    await write(source, claim, 1, 5)
    await RedisEventStream(any_redis).append(ZONE, 1, await source.events(ZONE, 0, 10))
    await follower.reached(5)
    assert follower.seen == [1, 2, 3, 4, 5]
    await follower.stop()


async def test_a_request_comes_through_the_stream_in_one_piece(any_redis: Client) -> None:
    """A follower that waits on the stream is not woken by the first event of a request, but by all of them."""
    source, deaf = MemoryZoneStore(SystemTicker()), Deaf(SystemTicker())
    for store in (source, deaf):
        await store.ensure_zone(ZONE)
    claim = await claimed(source)
    follower = Follower(CopiedFeed(RedisEventCopy(any_redis), deaf))
    await asyncio.sleep(0.05)
    for n, size in enumerate(SIZES):
        await source.commit(claim, [request_of(f"r{n}", size)], (), 0)
    relay = Relay(source, RedisEventStream(any_redis), ZONE)
    await relay.copy()
    await follower.reached(ENDS[-1])
    assert set(follower.ends) <= set(ENDS)
    await follower.stop()


async def test_flushing_redis_at_any_moment_loses_and_repeats_nothing(any_redis: Client) -> None:
    """While a writer, a relay and three readers work, everything in Redis is thrown away again and again."""
    async with memory_through(any_redis) as (store, claim, relay, feed):
        followers = [Follower(feed), Follower(feed), Follower(feed, 0)]
        for n in range(1, 301):
            await write(store, claim, n, n)
            relay.wake()
            if n % 7 == 0:
                await any_redis.flushall()
            await asyncio.sleep(0.002 if n % 50 else 0.3)
        for follower in followers:
            await follower.reached(300)
            assert follower.seen == list(range(1, 301))
            await follower.stop()


async def test_a_trimmed_stream_leaves_no_gap(any_redis: Client) -> None:
    """A reader who slept while the stream forgot the older events gets them from the store."""
    async with memory_through(any_redis) as (store, claim, relay, feed):
        await write(store, claim, 1, 10)
        await relay.copy()
        reader = feed.follow(ZONE, 0)
        assert (await anext(reader))[-1].seq == 10
        await write(store, claim, 11, 60)
        await relay.copy()
        await any_redis.xtrim(KEY, maxlen=5, approximate=False)
        seen: list[int] = []
        async with asyncio.timeout(5):
            while not seen or seen[-1] < 60:
                seen.extend(recorded.seq for recorded in await anext(reader))
        assert seen == list(range(11, 61))
        await reader.aclose()


async def test_a_stream_that_nobody_fills_does_not_stop_the_readers(redis_client: Redis) -> None:
    """Without a relay, readers notice the silence and ask the store."""
    store = MemoryZoneStore(SystemTicker())
    await store.ensure_zone(ZONE)
    claim = await claimed(store)
    follower = Follower(CopiedFeed(RedisEventCopy(redis_client), store))
    await asyncio.sleep(0.05)
    await write(store, claim, 1, 3)
    await follower.reached(3, within_s=5)
    await write(store, claim, 4, 6)
    await follower.reached(6, within_s=5)
    assert follower.seen == [1, 2, 3, 4, 5, 6]
    await follower.stop()


async def test_events_flow_while_redis_is_away_and_when_it_is_back(tmp_path: Path) -> None:
    """Stopped for a while and started empty: readers poll the store meanwhile, then return to the stream."""
    async with contextlib.AsyncExitStack() as stack:
        async with EmbeddedValkey(tmp_path) as url:
            client = await stack.enter_async_context(connect(url))
            store, claim, relay, feed = await stack.enter_async_context(memory_through(client))
            follower = Follower(feed)
            await write(store, claim, 1, 5)
            await follower.reached(5)
        await write(store, claim, 6, 10)
        await follower.reached(10, within_s=5)
        with pytest.raises(StoreUnavailable):
            await relay.copy()
        async with EmbeddedValkey(tmp_path):
            await client.flushall()
            await write(store, claim, 11, 15)
            await follower.reached(15, within_s=5)
            async with asyncio.timeout(5):
                while not await client.xlen(KEY):
                    await asyncio.sleep(0.01)
            async with asyncio.timeout(5):
                while not any(each["cmd"] == "xread" for each in await client.client_list()):
                    await asyncio.sleep(0.01)
            await write(store, claim, 16, 20)
            await follower.reached(20)
            await follower.stop()
        assert follower.seen == list(range(1, 21))


async def test_a_frozen_redis_is_given_up(tmp_path: Path) -> None:
    """A server that accepts connections and never answers counts as away."""
    async with EmbeddedValkey(tmp_path) as url, connect(url) as client, memory_through(client) as zone:
        store, claim, relay, feed = zone
        follower = Follower(feed)
        await write(store, claim, 1, 3)
        relay.wake()
        await follower.reached(3)
        pid = int((await client.info("server"))["process_id"])
        os.kill(pid, signal.SIGSTOP)
        try:
            await write(store, claim, 4, 6)
            await follower.reached(6, within_s=5)
        finally:
            os.kill(pid, signal.SIGCONT)
        await write(store, claim, 7, 9)
        await follower.reached(9)
        await follower.stop()
        assert follower.seen == list(range(1, 10))
