"""The schema and its history. `upgrade` brings a database to the newest version; a second call finds nothing to do.

A new version is one more file in `versions/`; `test_migrations.py` prints what it must contain when `tables.py` has
moved on. It must fit the servers that still run the version before it: add first, remove a release later.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from dispatch.adapters.sql.database import Database, translated_errors
from dispatch.adapters.sql.dialects import STATEMENT_TIMEOUT_S, begin_writing, open_engines

ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(7236124801)")
"""Servers that start together wait here for each other; the number is any that nobody else uses."""
RETRY_S = 0.01


class UnknownSchema(Exception):
    """The database is of a version that this one does not know, a newer one as a rule."""


async def upgrade(database_url: str) -> None:
    """Bring the database to the newest version: all of it or nothing, whoever else tries at the same time.

    `database_url` as in `Database`. A SQLite file is made when it is missing, with its folder. Raises `UnknownSchema`,
    and `StoreUnavailable` when the database does not answer.
    """
    if database_url.startswith("sqlite"):
        Path(database_url.partition(":///")[2]).parent.mkdir(parents=True, exist_ok=True)
    with translated_errors():
        writing, _ = open_engines(database_url)
        try:
            async with _connected(writing) as connection:
                await begin_writing(connection)
                if connection.dialect.name == "postgresql":
                    await connection.execute(ONE_AT_A_TIME)
                await connection.run_sync(_run)
                await connection.commit()
        finally:
            await writing.dispose()


@asynccontextmanager
async def _connected(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A connection, for which SQLite may have to switch a new file to WAL.

    Of several who do that at the same moment some are refused at once: SQLite's own wait for locks does not cover it.
    The first to succeed has done it for all.
    """
    async with asyncio.timeout(STATEMENT_TIMEOUT_S):
        while True:
            try:
                connection = await engine.connect()
                break
            except OperationalError as error:
                if "locked" not in str(error.orig):
                    raise
                await asyncio.sleep(RETRY_S)
    try:
        yield connection
    finally:
        await connection.close()


async def is_newest(database_url: str) -> bool:
    """Whether the database is at this version; False for one that is empty. Raises `StoreUnavailable`."""
    database = Database(database_url)
    try:
        async with database.read() as connection:
            current = await connection.run_sync(lambda sync: MigrationContext.configure(sync).get_current_revision())
    finally:
        await database.close()
    return current == ScriptDirectory.from_config(_config()).get_current_head()


def _run(connection: Connection) -> None:
    try:
        command.upgrade(_config(connection=connection), "head")
    except CommandError as error:
        raise UnknownSchema(str(error)) from error


def _config(**attributes: Connection) -> Config:
    config = Config(attributes=attributes)
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    return config
