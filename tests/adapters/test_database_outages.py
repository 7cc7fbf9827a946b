"""What a database that hangs, or a process that is frozen in the middle of a transaction, costs everybody else."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import text

from dispatch.adapters.redis.connections import answered
from dispatch.adapters.sql import dialects
from dispatch.adapters.sql.database import Database, uninterrupted
from dispatch.application.ports import StoreUnavailable
from simulator.faults.toxics import TIMEOUT, ToxicProxy
from tests.support.stores import ZONE, open_store


@asynccontextmanager
async def behind_a_proxy(postgres_url: str) -> AsyncIterator[tuple[ToxicProxy, str]]:
    """A proxy before the database, and the URL through it."""
    parts = urlsplit(postgres_url)
    folder = parse_qs(parts.query)["host"][0]
    async with ToxicProxy([Path(folder, ".s.PGSQL.5432")]) as proxy:
        yield proxy, f"{parts.scheme}://postgres@127.0.0.1:{proxy.port}{parts.path}"


async def test_a_frozen_transaction_lets_go_of_the_zone(fresh_postgres_url: str) -> None:
    """Its process has stopped (SIGSTOP, a stalled machine) with the zone's row locked: who takes over does not wait
    until it goes on, and it commits nothing any more.
    """
    frozen = Database(fresh_postgres_url)
    async with open_store(fresh_postgres_url) as store:
        with pytest.raises(StoreUnavailable):
            async with frozen.write() as connection:
                await connection.execute(text("UPDATE zone SET head = head + 1"))
                began_s = time.monotonic()
                claim = await store.claim(ZONE, "successor", 5)
                took_s = time.monotonic() - began_s
        assert claim is not None and claim.head == 0
        assert took_s < dialects.IDLE_IN_TRANSACTION_S + 1
    await frozen.close()


async def test_a_silent_database_is_given_up_once(fresh_postgres_url: str) -> None:
    """A statement without an answer costs its time-out, not another one for the roll-back; the connection is not given
    to the next caller, who is served as soon as the database speaks again.
    """
    async with behind_a_proxy(fresh_postgres_url) as (proxy, url):
        database = Database(url, 0.5)
        async with database.write() as connection:
            await connection.execute(text("SELECT 1"))
        began_s = time.monotonic()
        with pytest.raises(StoreUnavailable):
            async with database.write() as connection:
                proxy.poison(TIMEOUT)
                await connection.execute(text("SELECT 1"))
        assert time.monotonic() - began_s < 3.5, "the statement's time-out, and a moment to hang up"
        proxy.poison(None)
        async with database.read() as connection:
            assert await connection.scalar(text("SELECT 1")) == 1
        await database.close()


async def test_what_waits_for_a_connection_is_told_to_come_back(
    fresh_postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All connections are taken: the next caller hears of it soon, not after half a minute."""
    monkeypatch.setattr(dialects, "POOL_TIMEOUT_S", 0.2)
    database = Database(fresh_postgres_url)
    taken = asyncio.Event()

    async def hold() -> None:
        async with database.read():
            await taken.wait()

    holding = [asyncio.create_task(hold()) for _ in range(3 * dialects.CONNECTIONS)]
    await asyncio.sleep(0.5)
    with pytest.raises(StoreUnavailable):
        async with database.read():
            raise AssertionError("there was another connection")
    taken.set()
    await asyncio.gather(*holding)
    await database.close()


async def test_a_link_that_ended_before_the_write_is_an_outage() -> None:
    """uvloop says RuntimeError then; it must not end the loop that wanted to write."""
    with pytest.raises(StoreUnavailable):
        async with answered():
            raise RuntimeError("unable to perform operation on <TCPTransport closed=True>; the handler is closed")


async def test_a_write_that_fails_after_its_caller_left_is_no_error_of_the_loop(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The caller was cancelled; nobody is left to be told, and nothing is logged as never retrieved."""
    going = asyncio.Event()

    @uninterrupted
    async def write() -> None:
        going.set()
        await asyncio.sleep(0.05)
        raise StoreUnavailable("away")

    caller = asyncio.create_task(write())
    await going.wait()
    caller.cancel()
    with caplog.at_level(logging.ERROR), pytest.raises(asyncio.CancelledError):
        await caller
    await asyncio.sleep(0)
    assert caplog.records == []
