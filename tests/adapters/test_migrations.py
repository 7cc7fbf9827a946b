"""The schema's history ends where the tables are, on both databases, whoever runs it and how often."""

import asyncio
import re
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import pytest
from alembic.autogenerate import produce_migrations, render_python_code
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine

from dispatch.adapters.sql.database import Database
from dispatch.adapters.sql.migrations import upgrade
from dispatch.adapters.sql.store import SqlZoneStore
from dispatch.adapters.sql.tables import metadata
from dispatch.application.ports import StoreUnavailable
from dispatch.domain.collection import Collection, CollectionState
from dispatch.domain.order import OrderStatus
from tests.support.zones import order

SCHEMA = {
    "sqlite": "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL",
    "postgresql": """
        SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
        UNION ALL SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
            WHERE connamespace = 'public'::regnamespace
        UNION ALL SELECT table_name || '.' || column_name,
            concat_ws(' ', data_type, collation_name, is_nullable, column_default, is_identity)
            FROM information_schema.columns WHERE table_schema = 'public'
    """,
}


def schema(connection: Connection) -> dict[str, str]:
    """Every object of the database in the database's own words, but for Alembic's table."""
    found = connection.execute(text(SCHEMA[connection.dialect.name]))
    return {name: re.sub(r"\s+", "", sql) for name, sql in found if "alembic" not in name}


def missing(connection: Connection) -> str:
    """What a next version would have to do, as the code of its `upgrade`."""
    context = MigrationContext.configure(connection, opts={"target_metadata": metadata})
    operations = produce_migrations(context, metadata).upgrade_ops
    assert operations is not None
    return "" if operations.is_empty() else render_python_code(operations)


async def test_the_versions_lead_to_the_tables(database_url: str) -> None:
    """When this fails after a change of `tables.py`, its message is the draft of the version that is missing."""
    await upgrade(database_url)
    engine = create_async_engine(database_url)
    async with engine.begin() as connection:
        assert await connection.run_sync(missing) == ""
        migrated = await connection.run_sync(schema)
        await connection.run_sync(metadata.drop_all)
        await connection.run_sync(metadata.create_all)
        assert migrated == await connection.run_sync(schema)
    await engine.dispose()


async def test_a_second_upgrade_finds_nothing_to_do(database_url: str) -> None:
    """And keeps what is there."""
    await upgrade(database_url)
    engine = create_async_engine(database_url)
    async with engine.begin() as connection:
        await connection.execute(text("INSERT INTO courier_sessions VALUES ('c1', 7)"))
    await upgrade(database_url)
    async with engine.connect() as connection:
        assert await connection.scalar(text("SELECT generation FROM courier_sessions")) == 7
    await engine.dispose()


async def test_orders_of_an_older_version_are_found(database_url: str) -> None:
    """Version 25 knows which of them were collected when and where, and who placed them."""
    await upgrade(database_url)
    database = Database(database_url)
    store = SqlZoneStore(database)
    await store.ensure_zone("z")
    claim = await store.claim("z", "writer", 60)
    assert claim
    there = Collection("gate", "li", "123456", 3_600, CollectionState.COLLECTED, 70)
    done = replace(order("o1"), status=OrderStatus.DELIVERED, collection=there, placed_by="shop")
    await store.commit(claim, [], (done, order("o2")), 0)
    version = import_module("dispatch.adapters.sql.migrations.versions.v0024_collected")
    engine = create_async_engine(database_url)
    async with engine.begin() as connection:
        await connection.execute(text(f"DROP INDEX {version.INDEX}"))
        for column in ("collected_from", "collected_at_ms"):
            await connection.execute(text(f"ALTER TABLE orders DROP COLUMN {column}"))
        await connection.execute(text("UPDATE orders SET placed_by = ''"))
        before = {"before": version.down_revision}
        await connection.execute(text("UPDATE alembic_version SET version_num = :before"), before)
    await engine.dispose()
    await upgrade(database_url)
    assert await store.orders_collected("z", "gate", 0, 9) == [done]
    assert await store.orders_placed("z", "shop", 0, None, 9) == [done]
    await database.close()


async def test_servers_that_start_together_do_not_collide(database_url: str) -> None:
    """One of them upgrades, the others wait for it, and none is refused."""
    results = await asyncio.gather(*(upgrade(database_url) for _ in range(4)), return_exceptions=True)
    assert results == [None] * 4
    engine = create_async_engine(database_url)
    async with engine.connect() as connection:
        assert await connection.scalar(text("SELECT count(*) FROM alembic_version")) == 1
    await engine.dispose()


async def test_an_upgrade_that_fails_leaves_nothing_behind(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """All tables or none: the next start begins from the same place."""
    with monkeypatch.context() as broken:
        broken.setattr("alembic.op.create_index", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            await upgrade(database_url)
    engine = create_async_engine(database_url)
    async with engine.connect() as connection:
        assert await connection.run_sync(schema) == {}
    await engine.dispose()
    await upgrade(database_url)


async def test_the_folder_of_the_file_is_made(tmp_path: Path) -> None:
    """A first start needs no preparation."""
    await upgrade(f"sqlite+aiosqlite:///{tmp_path}/deep/er/dispatch.sqlite")
    assert (tmp_path / "deep" / "er" / "dispatch.sqlite").exists()


async def test_a_file_that_is_no_database_is_said_to_be_one(tmp_path: Path) -> None:
    """Not an endless wait, not a stack of errors of the driver."""
    (tmp_path / "dispatch.sqlite").write_text("certainly no database, and long enough to be seen as none" * 20)
    with pytest.raises(StoreUnavailable):
        await upgrade(f"sqlite+aiosqlite:///{tmp_path}/dispatch.sqlite")
