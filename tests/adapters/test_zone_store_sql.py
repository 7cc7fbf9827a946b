"""What only the SQL stores have: tables for people and reports, outages, and several processes on one database."""

import asyncio
import contextlib
import signal
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from dispatch.adapters.sql.database import Database
from dispatch.adapters.sql.migrations import upgrade
from dispatch.adapters.sql.store import SqlZoneStore
from dispatch.application.ports import FenceLost, Outcome, Reply, Request, StoreConflict, StoreUnavailable
from dispatch.domain import commands as c
from dispatch.domain import events as e
from dispatch.domain.courier import Duty
from dispatch.domain.zone import ZoneState
from tests.support import zones
from tests.support.stores import ZONE, claimed, committed, decided, open_store
from tests.support.zones import MINUTE_MS, NOON_MS, courier, depot, order, planned

SECRET = "Ada Lovelace, +44 20 7946 0000"

KILLED_WRITER = """
import asyncio, sys
from tests.support.stores import claimed, open_store
from tests.adapters.test_zone_store import note

async def main():
    async with open_store(sys.argv[1]) as store:
        claim = await claimed(store, "killed", 0.2)
        for n in range(100_000):
            await store.commit(claim, [note(f"r{n}")], (), n)
            print(n, flush=True)

asyncio.run(main())
"""


async def rows(url: str, query: str) -> list[tuple[object, ...]]:
    database = Database(url)
    async with database.read() as connection:
        found = [tuple(row) for row in await connection.execute(text(query))]
    await database.close()
    return found


@contextlib.asynccontextmanager
async def second_process(url: str) -> AsyncIterator[SqlZoneStore]:
    """Another set of connections on the same database."""
    store = SqlZoneStore(Database(url))
    yield store
    await store.close()


async def test_the_history_of_assignments_is_kept(sql_store: SqlZoneStore, database_url: str) -> None:
    """Who held which order from when to when, and what came after; at most one row of an order is open."""
    claim, state = await claimed(sql_store), ZoneState(ZONE)
    steps: list[c.Command] = [
        c.RegisterDepot(depot("d1")),
        c.RegisterCourier(courier("c1")),
        c.CreateOrder(order("o1")),
    ]
    await committed(sql_store, claim, state, *(decided(state, f"s{n}", step) for n, step in enumerate(steps)))
    offered = decided(state, "p1", zones.plan(state, planned(state, "c1", ("o1",)), ttl_ms=15_000))
    await committed(sql_store, claim, state, offered)
    declined = decided(state, "no", c.DeclineOffer("c1", f"of-{state.plan_version}-c1", "far"), NOON_MS + 1)
    await committed(sql_store, claim, state, declined)
    given = decided(state, "p2", zones.plan(state, planned(state, "c1", ("o1",))), NOON_MS + 2)
    await committed(sql_store, claim, state, given)
    for n, action in enumerate((c.StopAction.COMPLETED, c.StopAction.COMPLETED)):
        stop_id = state.route("c1").stops[0].id
        done = decided(state, f"done-{n}", c.ReportProgress("c1", stop_id, action, NOON_MS), NOON_MS + MINUTE_MS)
        await committed(sql_store, claim, state, done)
    query = "SELECT assignment_seq, courier_id, started_at_ms, ended_at_ms, outcome FROM assignments ORDER BY 1"
    assert await rows(database_url, query) == [
        (1, "c1", NOON_MS, NOON_MS + 1, "dispatchable"),
        (2, "c1", NOON_MS + 2, NOON_MS + MINUTE_MS, "delivered"),
    ]


async def test_overrides_are_audited_with_who_and_why(sql_store: SqlZoneStore, database_url: str) -> None:
    """The audit's row is written by the transaction of the act itself."""
    claim, state = await claimed(sql_store), ZoneState(ZONE)
    setup = (c.RegisterDepot(depot("d1")), c.RegisterCourier(courier("c1")), c.CreateOrder(order("o1")))
    await committed(sql_store, claim, state, *(decided(state, f"s{n}", step) for n, step in enumerate(setup)))
    route = planned(state, "c1", ("o1",))
    by_hand = decided(state, "request-7", c.AssignByHand("o1", route, state.plan_version, "knows the house"))
    head = await committed(sql_store, claim, state, by_hand)
    query = "SELECT seq, at_ms, actor, request_id, action, order_id, courier_id, reason FROM audit"
    assert await rows(database_url, query) == [
        (head, NOON_MS, "staff:ann", "request-7", "assign", "o1", "c1", "knows the house")
    ]


async def test_a_writer_that_lost_its_zone_to_another_process_stops(sql_store: SqlZoneStore, database_url: str) -> None:
    """The takeover happens while the old writer's transaction waits for the zone's lock: it finds its fence gone."""
    old = await claimed(sql_store, "writer-1", lease_s=0)
    async with second_process(database_url) as other:
        taking = asyncio.create_task(other.claim(ZONE, "writer-2", 60))
        outcome = Outcome(Request("r1", "staff:ann", c.PassTime()), NOON_MS, (), Reply(True))
        results = await asyncio.gather(
            taking, *(sql_store.commit(old, [outcome], (), 0) for _ in range(5)), return_exceptions=True
        )
        assert not isinstance(results[0], BaseException)
        assert await other.replies(ZONE, ["r1"]) in ({}, {"r1": Reply(True)})
    applied = [result for result in results[1:] if not isinstance(result, BaseException)]
    assert len(applied) <= 1
    assert {type(result) for result in results[1:]} <= {int, FenceLost, StoreConflict}
    with pytest.raises(FenceLost):
        await sql_store.commit(old, [], (), 0)


async def test_a_killed_writer_loses_nothing_that_it_acknowledged(tmp_path: Path) -> None:
    """SIGKILL in the middle of commits: the next writer finds every acknowledged event, and no half of one."""
    url = f"sqlite+aiosqlite:///{tmp_path}/dispatch.sqlite"
    writer = subprocess.Popen([sys.executable, "-c", KILLED_WRITER, url], stdout=subprocess.PIPE, text=True)
    with writer:
        assert writer.stdout is not None
        acknowledged = [int(writer.stdout.readline()) for _ in range(50)]
        writer.send_signal(signal.SIGKILL)
        acknowledged += [int(line) for line in writer.stdout.read().splitlines()]
    async with open_store(url) as store:
        await asyncio.sleep(0.25)
        claim = await claimed(store, "next")
        assert claim.head - 1 - acknowledged[-1] in (0, 1)
        events = await store.events(ZONE, 0, claim.head + 1)
        assert [recorded.request_id for recorded in events] == [f"r{n}" for n in range(claim.head)]


# --- outages ---------------------------------------------------------------------------------------------------


async def test_no_postgresql_is_an_outage(tmp_path: Path) -> None:
    """Every method says that the store is unavailable; nothing hangs."""
    store = SqlZoneStore(Database(f"postgresql+asyncpg://nobody@/none?host={tmp_path}"))
    for asked in (store.zones(), store.load(ZONE, 0), store.ensure_zone(ZONE), store.next_generation("c1")):
        with pytest.raises(StoreUnavailable):
            await asked
    await store.close()


async def test_connections_that_the_server_closed_are_replaced(postgres_url: str, fresh_postgres_url: str) -> None:
    """One attempt fails with an outage, nothing of it is written, and the next one works."""
    async with open_store(fresh_postgres_url) as store:
        claim = await claimed(store)
        await store.commit(claim, [], (order("o1"),), 1)
        await rows(postgres_url, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname LIKE 'test_%'")
        with pytest.raises(StoreUnavailable):
            await store.commit(claim, [], (order("o2"),), 2)
        assert await store.commit(claim, [], (order("o3"),), 3) == 0
        with contextlib.suppress(StoreUnavailable):
            await store.find_order("o2")
        assert await store.find_order("o2") is None
        assert await store.find_order("o3") is not None


async def test_a_database_locked_by_somebody_else_is_an_outage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite: the wait for another process's lock ends, with nothing written."""
    monkeypatch.setattr("dispatch.adapters.sql.dialects.STATEMENT_TIMEOUT_S", 0.05)
    async with open_store(f"sqlite+aiosqlite:///{tmp_path}/dispatch.sqlite") as store:
        claim = await claimed(store)
        blocker = sqlite3.connect(tmp_path / "dispatch.sqlite", isolation_level=None)
        with contextlib.closing(blocker):
            blocker.execute("BEGIN IMMEDIATE")
            with pytest.raises(StoreUnavailable):
                await store.commit(claim, [], (order("o1"),), 1)
            assert await store.find_order("o1") is None  # readers do not wait for writers
        assert await store.commit(claim, [], (order("o1"),), 1) == 0


async def test_readers_cannot_write(tmp_path: Path) -> None:
    """SQLite: the connections for reading refuse it, whatever the statement."""
    url = f"sqlite+aiosqlite:///{tmp_path}/dispatch.sqlite"
    async with open_store(url):
        database = Database(url)
        with pytest.raises(StoreUnavailable):
            async with database.read() as connection:
                await connection.execute(text("DELETE FROM zone"))
        await database.close()


async def test_a_power_cut_after_a_commit_loses_nothing(tmp_path: Path) -> None:
    """SQLite: write-ahead log, and a commit waits until it is on the disk (synchronous = FULL = 2)."""
    url = f"sqlite+aiosqlite:///{tmp_path}/dispatch.sqlite"
    await upgrade(url)
    database = Database(url)
    async with database.write() as connection:
        assert await connection.scalar(text("PRAGMA journal_mode")) == "wal"
        assert await connection.scalar(text("PRAGMA synchronous")) == 2
        assert await connection.scalar(text("PRAGMA foreign_keys")) == 1
    await database.close()


async def test_a_cancelled_commit_leaves_the_store_usable(sql_store: SqlZoneStore) -> None:
    """A shutdown in the middle of a commit writes all of it or nothing, and blocks nobody."""
    claim = await claimed(sql_store)
    async with asyncio.timeout(5):  # a lock that a dead commit left behind would last longer
        for n in range(80):
            many = [Outcome(None, NOON_MS, (e.Overridden("note", "", "", ""),), Reply(True))] * 10
            commit = asyncio.create_task(sql_store.commit(claim, many, (), n))
            await asyncio.sleep(n * 0.0001)
            commit.cancel()
            await asyncio.wait([commit])
        _, head = await sql_store.stream_head(ZONE)
        assert head % 10 == 0
        assert len(await sql_store.events(ZONE, 0, 1000)) == head
        assert await sql_store.commit(claim, [], (), 99) == head


# --- what errors tell ------------------------------------------------------------------------------------------


async def test_errors_carry_no_personal_data(sql_store: SqlZoneStore) -> None:
    """A refused write names its constraint, not the order's customer, nor their street."""
    claim = await claimed(sql_store)
    await sql_store.ensure_zone("another")
    other = await sql_store.claim("another", "writer-1", 60)
    assert other is not None
    personal = replace(order("o1"), dropoff=replace(order("o1").dropoff, name=SECRET, address=SECRET))
    await sql_store.commit(claim, [], (personal,), 1)
    with pytest.raises(StoreConflict, match="orders") as refusal:
        await sql_store.commit(other, [], (personal,), 1)
    assert_silent(refusal.value)


@pytest.mark.parametrize("unfit", [{"promise_at_ms": 2**80}, {"depot_id": "d\x00"}, {"depot_id": "\ud800"}])
async def test_values_that_no_column_holds_block_nobody(sql_store: SqlZoneStore, unfit: dict[str, object]) -> None:
    """Numbers beyond 64 bits and broken text are kept or refused, without telling more, but are no outage."""
    claim = await claimed(sql_store)
    personal = replace(order("o1"), dropoff=replace(order("o1").dropoff, name=SECRET), **unfit)
    try:
        await sql_store.commit(claim, [], (personal,), 1)
    except StoreUnavailable:
        pytest.fail("an outage is retried for ever")
    except (StoreConflict, SQLAlchemyError, ValueError, OverflowError) as refusal:
        assert_silent(refusal)
    assert await sql_store.commit(claim, [], (order("o2"),), 2) == 0


def assert_silent(error: BaseException) -> None:
    """Neither the error nor what a log would print of its causes has the secret."""
    seen: BaseException | None = error
    while seen:
        assert SECRET not in str(seen)
        seen = seen.__cause__ or (None if seen.__suppress_context__ else seen.__context__)


async def test_events_of_an_older_version_are_looked_into(sql_store: SqlZoneStore, database_url: str) -> None:
    """Its rows do not say whom they told; a resume finds what is the courier's, never only a part of it."""
    claim, state = await claimed(sql_store), ZoneState(ZONE)
    await committed(sql_store, claim, state, decided(state, "r", c.RegisterCourier(courier("c1"))))
    await committed(sql_store, claim, state, decided(state, "r2", c.RegisterCourier(courier("c2"))))
    for n in range(6):
        who, duty = f"c{n % 3 // 2 + 1}", (Duty.ON_BREAK, Duty.AVAILABLE)[n // 3 % 2]
        await committed(sql_store, claim, state, decided(state, f"d{n}", c.SetDuty(who, duty)))
    whole = await sql_store.events_told(ZONE, "c2", 0, 100)
    assert len(whole) == 2
    database = Database(database_url)
    async with database.write() as connection:
        await connection.execute(text("UPDATE outbox SET courier_id = NULL"))
    await database.close()
    assert await sql_store.events_told(ZONE, "c2", 0, 2) == whole
