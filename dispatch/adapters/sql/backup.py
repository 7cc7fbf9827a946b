"""Backups: every row of one moment of a database in a SQLite file, and back from there into a database of either kind.

The theory. A copy of rows in one transaction needs nothing but our own package, looks the same for SQLite and
PostgreSQL, and can be looked into with any SQLite tool. Readers block no writer in either, so the server goes on.

What a restore changes beside that, so that nobody takes the old history for the new one, is in `restored`.
"""

import asyncio
import os
import shutil
import sqlite3
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from dispatch.adapters.sql import append_only, tables
from dispatch.adapters.sql.database import Database
from dispatch.adapters.sql.dialects import now
from dispatch.adapters.sql.migrations import UnknownSchema, is_newest, upgrade
from dispatch.adapters.sql.restored import begin_anew, remembered
from dispatch.adapters.sql.store import SqlZoneStore
from dispatch.application.ports import StoreUnavailable
from dispatch.domain.errors import Conflict, InvalidInput
from dispatch.domain.invariants import violations

ROWS_AT_ONCE: Final = 1_000
PATIENCE_S: Final = 600
"""A statement of a restore may take so long: it writes and deletes whole tables."""
LOCKS_WITHIN_S: Final = 60
LOCKS_AGAIN_S: Final = 0.02
LOCK_NOT_AVAILABLE: Final = "55P03"
"""https://www.postgresql.org/docs/current/errcodes-appendix.html"""


@dataclass(frozen=True, slots=True)
class Kept:
    """What a backup holds of a zone: events up to `head`, and so many orders and couriers."""

    zone_id: str
    head: int
    orders: int
    couriers: int


async def back_up(url: str, file: Path) -> list[Kept]:
    """Write one moment of the database into a new file, readable by its owner only; the server may run meanwhile.

    The file appears when it is whole. Raises `Conflict` when there is one by that name, `InvalidInput` for a database
    of another version, `StoreUnavailable`.
    """
    _refuse_to_overwrite(file)
    if not await is_newest(url):
        raise InvalidInput(
            "other_version", "The database is not of this version; use the version that runs, or `dispatch db upgrade`."
        )
    with tempfile.TemporaryDirectory(dir=file.parent, prefix=".backup-") as folder:
        scratch = Path(folder) / "backup.sqlite"
        await upgrade(_url_of(scratch))
        async with _copying(url, _url_of(scratch)) as (reading, writing):
            await _copy(reading, writing)
        _seal(scratch)
        scratch.replace(file)
    return _kept_in(file)


async def restore(url: str, file: Path, *, forced: bool = False) -> list[Kept]:
    """Make the database what the backup holds, in one transaction. See `restored` for what is not as it was.

    Raises `Conflict` while a server holds a zone, unless `forced`; `InvalidInput` for a file that is no backup or of a
    newer version; `StoreUnavailable`. Nothing was changed then.
    """
    async with _at_this_version(file) as scratch:
        await upgrade(url)
        async with _copying(scratch, url) as (reading, writing):
            if not forced:
                await _refuse_while_held(writing)
            await _keep_others_out(writing)
            if not forced:  # one may have begun while we waited
                await _refuse_while_held(writing)
            before = await remembered(writing)
            async with append_only.lifted(writing):
                for table in reversed(tables.metadata.sorted_tables):
                    await writing.execute(table.delete())
                await _copy(reading, writing)
            await begin_anew(writing, before)
    return _kept_in(file)


async def verify(file: Path) -> list[Kept]:
    """What a backup holds, once every page, event and entity of it was read. Raises `InvalidInput` for what is no
    backup, or not a whole one.
    """
    async with _at_this_version(file) as scratch, _opened(scratch) as database:
        store = SqlZoneStore(database)
        for zone_id in await store.zones():
            state, _, head = await store.load(zone_id, 0)
            seqs = select(func.count(), func.min(tables.outbox.c.seq), func.max(tables.outbox.c.seq))
            async with database.read() as connection:
                found = (await connection.execute(seqs.where(tables.outbox.c.zone_id == zone_id))).one()
            if head and tuple(found) != (head, 1, head):
                raise InvalidInput("bad_backup", f"The events of zone {zone_id} have gaps.")
            if broken := violations(state):
                raise InvalidInput("bad_backup", f"The zone {zone_id} contradicts itself: {broken[0]}.")
    return _kept_in(file)


# --- files --------------------------------------------------------------------------------------------------------


def _url_of(file: Path) -> str:
    return f"sqlite+aiosqlite:///{file.resolve()}"


def _refuse_to_overwrite(file: Path) -> None:
    if file.exists():
        raise Conflict("file_exists", f"There is a file {file.name} already; a backup overwrites nothing.")
    file.parent.mkdir(parents=True, exist_ok=True)


def _seal(file: Path) -> None:
    """One file without others beside it, on the disk."""
    connection = sqlite3.connect(file)
    connection.execute("PRAGMA journal_mode=DELETE")
    connection.close()
    file.chmod(0o600)
    with file.open("rb") as written:
        os.fsync(written.fileno())


@asynccontextmanager
async def _at_this_version(file: Path) -> AsyncIterator[str]:
    """The URL of a copy of the backup, brought to this version's schema: the backup itself is never written."""
    _check(file)
    with tempfile.TemporaryDirectory(prefix="dispatch-backup-") as folder:
        scratch = Path(folder) / "backup.sqlite"
        shutil.copyfile(file, scratch)
        scratch.chmod(0o600)
        try:
            await upgrade(_url_of(scratch))
        except UnknownSchema:
            raise InvalidInput(
                "newer_backup", f"{file.name} was made by a newer version; restore it by that."
            ) from None
        yield _url_of(scratch)


def _check(file: Path) -> None:
    """Raises `InvalidInput` for what is no backup, or a broken one."""
    if not file.is_file():
        raise InvalidInput("no_backup", f"There is no file {file.name}.")
    try:
        connection = sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)
        try:
            connection.execute("SELECT version_num FROM alembic_version")
            sound = connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        finally:
            connection.close()
    except sqlite3.Error:
        raise InvalidInput("no_backup", f"{file.name} is not a backup.") from None
    if not sound:
        raise InvalidInput("bad_backup", f"{file.name} is damaged.")


def _kept_in(file: Path) -> list[Kept]:
    connection = sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)
    try:
        zones = connection.execute("SELECT id, head FROM zone ORDER BY id").fetchall()
        counts = [
            dict(connection.execute(f"SELECT zone_id, count(*) FROM {name} GROUP BY zone_id"))  # noqa: S608
            for name in ("orders", "couriers")
        ]
    finally:
        connection.close()
    return [Kept(zone_id, head, *(count.get(zone_id, 0) for count in counts)) for zone_id, head in zones]


# --- rows ---------------------------------------------------------------------------------------------------------


@asynccontextmanager
async def _opened(url: str) -> AsyncIterator[Database]:
    database = Database(url, PATIENCE_S)
    try:
        yield database
    finally:
        await database.close()


@asynccontextmanager
async def _copying(source_url: str, target_url: str) -> AsyncIterator[tuple[AsyncConnection, AsyncConnection]]:
    """(one moment of the source, a transaction of the target), which is committed at the end."""
    async with (
        _opened(source_url) as source,
        _opened(target_url) as target,
        source.snapshot() as reading,
        target.write() as writing,
    ):
        yield reading, writing


async def _copy(source: AsyncConnection, target: AsyncConnection) -> None:
    for table in tables.metadata.sorted_tables:
        result = await source.stream(select(table))
        async for page in result.mappings().partitions(ROWS_AT_ONCE):
            await target.execute(table.insert(), [dict(row) for row in page])


async def _keep_others_out(connection: AsyncConnection) -> None:
    """Nobody else writes until this transaction ends; SQLite's began with IMMEDIATE. Raises `StoreUnavailable`.

    All tables at one moment or none: who waits for one while it holds another is a deadlock with whoever took them in
    another order, and PostgreSQL might end either.
    """
    if connection.dialect.name != "postgresql":
        return
    names = ", ".join(table.name for table in tables.metadata.sorted_tables)
    for _ in range(int(LOCKS_WITHIN_S / LOCKS_AGAIN_S)):
        try:
            async with connection.begin_nested():
                await connection.execute(text(f"LOCK TABLE {names} IN EXCLUSIVE MODE NOWAIT"))
            return
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) != LOCK_NOT_AVAILABLE:
                raise
        await asyncio.sleep(LOCKS_AGAIN_S)
    raise StoreUnavailable(f"Others wrote to the database for {LOCKS_WITHIN_S} s without a pause; stop them first.")


async def _refuse_while_held(connection: AsyncConnection) -> None:
    held = select(tables.zone.c.id, (tables.zone.c.lease_until - now()).label("ms"))
    running = (await connection.execute(held.where(tables.zone.c.lease_until > now()))).first()
    if running:
        sentence = (
            f"A server holds the zone {running.id}: stop it first (of a killed one the zone is free within "
            f"{running.ms // 1000 + 1} s), or restore with --force, which makes every running server end."
        )
        raise Conflict("zone_held", sentence)
