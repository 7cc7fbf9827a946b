"""The stores under test, each behind its port: in memory, SQLite, PostgreSQL, and Valkey beside them."""

import contextlib
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from redis.asyncio import Redis, RedisCluster

from dispatch.adapters.clocks import SystemTicker
from dispatch.adapters.memory import MemoryEventFeed, MemoryPositionStore, MemoryZoneStore
from dispatch.adapters.redis.connections import Client, connect
from dispatch.adapters.redis.positions import RedisPositionStore
from dispatch.adapters.redis.streams import RedisEventCopy, RedisEventStream
from dispatch.adapters.sql.database import Database
from dispatch.adapters.sql.migrations import upgrade
from dispatch.adapters.sql.store import SqlZoneStore
from dispatch.application.event_feed import CopiedFeed
from dispatch.application.ports import Claim, EventFeed, Outcome, PositionStore, Reply, Request
from dispatch.application.relay import Relay
from dispatch.domain.apply import apply
from dispatch.domain.commands import Command
from dispatch.domain.errors import DomainError
from dispatch.domain.zone import ZoneState, evolve
from tests.support.valkey_cluster import ValkeyCluster
from tests.support.zones import NOON_MS

ZONE = "test"

Store = MemoryZoneStore | SqlZoneStore


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: object) -> str:
    """URL of an empty database of either kind."""
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path}/dispatch.sqlite"
    url: str = request.getfixturevalue("fresh_postgres_url")
    return url


@pytest.fixture
async def sql_store(database_url: str) -> AsyncIterator[SqlZoneStore]:
    """A store in SQL, with one zone."""
    async with open_store(database_url) as store:
        yield store


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def any_url(request: pytest.FixtureRequest, tmp_path: object) -> str:
    """URL of an empty database of either kind; empty for memory."""
    if request.param == "memory":
        return ""
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path}/dispatch.sqlite"
    url: str = request.getfixturevalue("fresh_postgres_url")
    return url


@pytest.fixture
async def store(any_url: str) -> AsyncIterator[Store]:
    """Every kind of store in turn, with one zone."""
    if any_url:
        async with open_store(any_url) as sql:
            yield sql
    else:
        memory = MemoryZoneStore(SystemTicker())
        await memory.ensure_zone(ZONE)
        yield memory


@pytest.fixture
async def redis_client(empty_valkey_url: str) -> AsyncIterator[Redis]:
    """A client of an empty Valkey, as the server uses it."""
    async with connect(empty_valkey_url) as client:
        assert isinstance(client, Redis)
        yield client


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def valkey_cluster(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ValkeyCluster]:
    """A cluster that all tests of the session share."""
    async with ValkeyCluster(tmp_path_factory.mktemp("cluster")) as cluster:
        yield cluster


@pytest.fixture
async def cluster_client(valkey_cluster: ValkeyCluster) -> AsyncIterator[RedisCluster]:
    """A client of the shared cluster, emptied, as the server uses it."""
    await valkey_cluster.empty()
    async with connect(valkey_cluster.url) as client:
        assert isinstance(client, RedisCluster)
        yield client


@pytest.fixture(params=["valkey", "cluster"])
def any_redis(request: pytest.FixtureRequest) -> Client:
    """A client of an empty Valkey of either kind."""
    client: Client = request.getfixturevalue("redis_client" if request.param == "valkey" else "cluster_client")
    return client


@pytest.fixture(params=["memory", "valkey", "cluster"])
def positions(request: pytest.FixtureRequest) -> PositionStore:
    """Every kind of position store in turn."""
    if request.param == "memory":
        return MemoryPositionStore()
    client: Client = request.getfixturevalue("redis_client" if request.param == "valkey" else "cluster_client")
    return RedisPositionStore(client)


def beside(positions: PositionStore) -> PositionStore:
    """The store of another process, which shares what this one holds."""
    if isinstance(positions, MemoryPositionStore):
        return MemoryPositionStore(beside=positions)
    assert isinstance(positions, RedisPositionStore)
    return RedisPositionStore(positions._client)


@contextlib.asynccontextmanager
async def open_store(url: str) -> AsyncIterator[SqlZoneStore]:
    """A SQL store at the newest schema, with one zone."""
    await upgrade(url)
    sql = SqlZoneStore(Database(url))
    try:
        await sql.ensure_zone(ZONE)
        yield sql
    finally:
        await sql.close()


@pytest.fixture
def feed(store: Store, request: pytest.FixtureRequest) -> EventFeed:
    """The feed that belongs to the store: memory has its own, SQL is followed through Valkey."""
    if isinstance(store, MemoryZoneStore):
        return MemoryEventFeed(store)
    return CopiedFeed(RedisEventCopy(request.getfixturevalue("redis_client")), store)


@pytest.fixture
def relay(store: Store, request: pytest.FixtureRequest) -> Relay | None:
    """What fills the feed's stream; memory needs none."""
    if isinstance(store, MemoryZoneStore):
        return None
    return Relay(store, RedisEventStream(request.getfixturevalue("redis_client")), ZONE)


def decided(state: ZoneState, request_id: str, command: Command, at_ms: int = NOON_MS) -> Outcome:
    """What the writer makes of a request: the state moves on, or the request is refused."""
    request = Request(request_id, "staff:ann", command)
    try:
        events = apply(state, command, at_ms)
    except DomainError as refusal:
        return Outcome(request, at_ms, (), Reply(False, refusal.code, refusal.detail, "refused"))
    for event in events:
        evolve(state, event)
    return Outcome(request, at_ms, tuple(events), Reply(True, result={"plan_version": state.plan_version}))


async def committed(store: Store, claim: Claim, state: ZoneState, *outcomes: Outcome) -> int:
    """Commit outcomes of that state; the new head."""
    return await store.commit(claim, outcomes, state.take_dirty(), state.plan_version)


async def claimed(store: Store, holder: str = "writer-1", lease_s: float = 60) -> Claim:
    """The zone's claim, which must be free."""
    claim = await store.claim(ZONE, holder, lease_s)
    assert claim is not None
    return claim
