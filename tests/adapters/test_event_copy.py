"""Resuming from the stream's copy and from SQL, on the real ones: whole or not at all, also after a flush."""

from pathlib import Path

import pytest
from sqlalchemy import update

from courier_protocol.messages import StreamPosition
from dispatch.adapters.embedded import EmbeddedValkey
from dispatch.adapters.redis.connections import Client, connect
from dispatch.adapters.redis.streams import RedisEventCopy, RedisEventStream, stream_key
from dispatch.adapters.sql.store import SqlZoneStore
from dispatch.adapters.sql.tables import outbox
from dispatch.application.event_feed import CopiedFeed
from dispatch.application.history import History
from dispatch.application.ports import StoreUnavailable
from dispatch.application.replica import ZoneReplica
from dispatch.domain import commands as c
from dispatch.domain.courier import Duty
from dispatch.domain.zone import ZoneState
from tests.support.clocks import HandClock
from tests.support.stores import ZONE, claimed, committed, decided
from tests.support.zones import NOON_MS, courier

MOST = 50


async def zone_of_duties(store: SqlZoneStore, times: int) -> int:
    """A zone in which two couriers change their duty so many times each; the head."""
    state, claim, head = ZoneState(ZONE), await claimed(store), 0
    for courier_id in ("c1", "c2"):
        registered = decided(state, f"r-{courier_id}", c.RegisterCourier(courier(courier_id)))
        head = await committed(store, claim, state, registered)
    for n in range(times):
        duty = Duty.AVAILABLE if n % 2 == 0 else Duty.ON_BREAK
        outcomes = [decided(state, f"{courier_id}-{n}", c.SetDuty(courier_id, duty)) for courier_id in ("c1", "c2")]
        head = await committed(store, claim, state, *outcomes)
    return head


async def copied(store: SqlZoneStore, client: Client) -> int:
    """The copy as the relay makes it; its epoch."""
    epoch, _ = await store.stream_head(ZONE)
    await RedisEventStream(client).append(ZONE, epoch, await store.events(ZONE, 0, 1_000))
    return epoch


async def test_a_whole_stretch_or_nothing(sql_store: SqlZoneStore, any_redis: Client) -> None:
    """Everything between two numbers; nothing when the stretch begins before, ends behind, or lies in another epoch."""
    head = await zone_of_duties(sql_store, 4)
    epoch = await copied(sql_store, any_redis)
    copy = RedisEventCopy(any_redis)
    assert await copy.between(ZONE, epoch, 2, head) == await sql_store.events(ZONE, 2, 100)
    assert await copy.between(ZONE, epoch, 2, head + 1) is None
    assert await copy.between(ZONE, epoch + 1, 2, head) is None
    await any_redis.xtrim(stream_key(ZONE, epoch), minid="5-0", approximate=False)
    assert await copy.between(ZONE, epoch, 3, head) is None
    assert await copy.between(ZONE, epoch, 4, head) == await sql_store.events(ZONE, 4, 100)
    await any_redis.xdel(stream_key(ZONE, epoch), "7-0")
    assert await copy.between(ZONE, epoch, 4, head) is None
    await any_redis.flushall()
    assert await copy.between(ZONE, epoch, 4, head) is None


async def test_a_copy_that_is_away_says_so(tmp_path: Path) -> None:
    """Whoever asks then asks the database."""
    async with EmbeddedValkey(tmp_path) as url:
        client = connect(url)
        assert await RedisEventCopy(client).between(ZONE, 1, 0, 1) is None
    with pytest.raises(StoreUnavailable):
        await RedisEventCopy(client).between(ZONE, 1, 0, 1)
    await client.aclose()


async def test_a_flush_between_two_resumes_costs_nothing(sql_store: SqlZoneStore, any_redis: Client) -> None:
    """A process that has just begun has nothing in memory: first the stream serves, then, flushed, the database."""
    await zone_of_duties(sql_store, 6)
    epoch = await copied(sql_store, any_redis)
    feed = CopiedFeed(RedisEventCopy(any_redis), sql_store)
    replica = await ZoneReplica.open(ZONE, sql_store, feed, HandClock(NOON_MS))
    history = History(replica, sql_store, RedisEventCopy(any_redis))
    position, found = StreamPosition(epoch, 3), []
    for _ in range(2):
        older = await history.older(position, "c1", MOST)
        found.append(history.missed(position, older, "c1", MOST))
        await any_redis.flushall()
    assert found[0] == found[1] == list(await sql_store.events_told(ZONE, "c1", 3, MOST))
    assert history.counters["resumes_from_stream"] == history.counters["resumes_from_store"] == 1


async def test_events_of_an_older_version_are_looked_into_to_the_end(sql_store: SqlZoneStore) -> None:
    """Rows that do not say whom they were told: many of other couriers must not hide one's own behind the limit."""
    head = await zone_of_duties(sql_store, 6)
    whole = list(await sql_store.events_told(ZONE, "c1", 0, MOST))
    async with sql_store._database.write() as connection:
        await connection.execute(update(outbox).where(outbox.c.seq < head - 2).values(courier_id=None))
    assert len(whole) == 6
    assert list(await sql_store.events_told(ZONE, "c1", 0, MOST)) == whole
    for limit in (1, 2, 3, 5):
        assert list(await sql_store.events_told(ZONE, "c1", 0, limit)) == whole[:limit]
