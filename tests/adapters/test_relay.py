"""The relay copies each event once, in order, wherever it was stopped and however many of it run."""

import asyncio
import logging
from collections.abc import Sequence

import pytest

from dispatch.adapters.clocks import SystemTicker
from dispatch.adapters.memory import MemoryZoneStore
from dispatch.adapters.redis.connections import Client
from dispatch.adapters.redis.streams import RedisEventStream, stream_key
from dispatch.application.ports import Claim, Recorded, StoreUnavailable
from dispatch.application.records import decode_recorded
from dispatch.application.relay import Relay
from tests.adapters.test_event_feed import running, write
from tests.adapters.test_zone_store import note
from tests.support.stores import ZONE, claimed

KEY = stream_key(ZONE, 1)


async def zone() -> tuple[MemoryZoneStore, Claim]:
    store = MemoryZoneStore(SystemTicker())
    await store.ensure_zone(ZONE)
    return store, await claimed(store)


async def copied(client: Client) -> list[int]:
    """The sequence numbers in the stream; each entry's id and content agree."""
    entries = await client.xrange(KEY)
    recorded = [decode_recorded(fields[b"e"]) for _, fields in entries]
    assert [entry_id for entry_id, _ in entries] == [b"%d-0" % each.seq for each in recorded]
    return [each.seq for each in recorded]


async def test_it_goes_on_from_the_streams_own_last_event(any_redis: Client) -> None:
    """A relay that is new, with no memory of what the one before it copied."""
    store, claim = await zone()
    stream = RedisEventStream(any_redis)
    await write(store, claim, 1, 7)
    await Relay(store, stream, ZONE).copy()
    await write(store, claim, 8, 9)
    await Relay(store, stream, ZONE).copy()
    assert await copied(any_redis) == list(range(1, 10))


async def test_repeats_are_refused_one_by_one(any_redis: Client) -> None:
    """A retry after a lost answer: what is there stays, what is missing is added."""
    store, claim = await zone()
    stream = RedisEventStream(any_redis)
    await write(store, claim, 1, 5)
    events = await store.events(ZONE, 0, 10)
    await stream.append(ZONE, 1, events[:3])
    await stream.append(ZONE, 1, events)
    await stream.append(ZONE, 1, events)
    assert await copied(any_redis) == [1, 2, 3, 4, 5]


async def test_several_relays_do_no_harm(any_redis: Client) -> None:
    """Two processes that both believe to be the relay."""
    store, claim = await zone()
    relays = [Relay(store, RedisEventStream(any_redis), ZONE) for _ in range(3)]
    for start in range(1, 200, 10):
        await write(store, claim, start, start + 9, at_once=4)
        await asyncio.gather(*(relay.copy() for relay in relays))
    assert await copied(any_redis) == list(range(1, 201))


async def test_a_lost_stream_is_begun_again_with_the_newest(any_redis: Client) -> None:
    """Not with all of history: that would take minutes, and readers get older events from the store anyway."""
    store, claim = await zone()
    relay = Relay(store, RedisEventStream(any_redis), ZONE, keep_events=20)
    await write(store, claim, 1, 100, at_once=50)
    await relay.copy()
    assert await copied(any_redis) == list(range(81, 101))
    await any_redis.flushall()
    await write(store, claim, 101, 101)
    await relay.copy()
    assert await copied(any_redis) == list(range(82, 102))


async def test_the_stream_is_trimmed(any_redis: Client) -> None:
    """It keeps about as much as it is told to, the newest."""
    store, claim = await zone()
    await write(store, claim, 1, 1500, at_once=500)
    await Relay(store, RedisEventStream(any_redis, keep_events=200), ZONE).copy()
    kept = await copied(any_redis)
    assert 200 <= len(kept) < 400
    assert kept == list(range(1501 - len(kept), 1501))


async def test_another_epoch_is_another_stream(any_redis: Client) -> None:
    """After a restore the numbers begin lower; they must not meet the old stream, which would refuse them."""
    store, claim = await zone()
    relay = Relay(store, RedisEventStream(any_redis), ZONE)
    await write(store, claim, 1, 10)
    await relay.copy()
    store.lose_history(ZONE, 4)
    await store.commit(claim, [note("after the restore")], (), 0)
    await relay.copy()
    assert [entry for entry, _ in await any_redis.xrange(stream_key(ZONE, 2))] == [b"%d-0" % n for n in range(1, 6)]


@pytest.mark.parametrize(("woken", "poll_s"), [(True, 3600.0), (False, 0.01)])
async def test_it_copies_when_woken_and_else_at_the_next_poll(
    any_redis: Client, monkeypatch: pytest.MonkeyPatch, woken: bool, poll_s: float
) -> None:
    """Waking alone is enough, and so is the poll."""
    monkeypatch.setattr("dispatch.application.relay.POLL_S", poll_s)
    store, claim = await zone()
    relay = Relay(store, RedisEventStream(any_redis), ZONE)
    with running(relay):
        for n in range(1, 11):
            await write(store, claim, n, n)
            if woken:
                relay.wake()
            async with asyncio.timeout(5):
                while await RedisEventStream(any_redis).last_seq(ZONE, 1) < n:
                    await asyncio.sleep(0)


class Flaky(RedisEventStream):
    """Fails after a part of each batch, as a connection that breaks half-way does."""

    failures = 3

    async def append(self, zone_id: str, epoch: int, events: Sequence[Recorded]) -> None:
        if self.failures:
            self.failures -= 1
            await super().append(zone_id, epoch, events[:2])
            raise StoreUnavailable("Redis does not answer.")
        await super().append(zone_id, epoch, events)


async def test_it_outlives_failures_and_says_so_once(
    any_redis: Client, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It goes on where the stream stands, and an outage is one line in the log, not one a try."""
    monkeypatch.setattr("dispatch.application.relay.RETRY_S", 0.01)
    store, claim = await zone()
    await write(store, claim, 1, 9, at_once=9)
    with caplog.at_level(logging.WARNING), running(Relay(store, Flaky(any_redis), ZONE)):
        async with asyncio.timeout(5):
            while await any_redis.xlen(KEY) < 9:
                await asyncio.sleep(0.01)
    assert await copied(any_redis) == list(range(1, 10))
    assert len(caplog.records) == 1
