"""Everything in which SQLite and PostgreSQL differ.

SQLite: one writer connection, whose transactions begin with IMMEDIATE (so they never fail half-way for a lock), and
read-only connections beside it; the pool of size one is the writers' queue. WAL with synchronous FULL: a commit that
returned survives a power cut. PostgreSQL: snapshots are REPEATABLE READ, single reads need no transaction.
"""

from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    ColumnElement,
    Insert,
    Table,
    any_,
    bindparam,
    event,
    func,
    select,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Engine
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

CONNECT_TIMEOUT_S = 3
STATEMENT_TIMEOUT_S = 5
IDLE_IN_TRANSACTION_S = 2
"""A process that is frozen or cut off within a transaction keeps its locks no longer than this: the shortest lease that
makes sense is longer, so nobody who takes a zone over has to wait for the one who lost it. Who lets statements take
long (a backup, a restore: they hold no zone's locks that anybody waits for) may also take long between them."""
POOL_TIMEOUT_S = 3
"""When every connection is taken for so long, callers are told to come back; waiting in line would hide it."""
CONNECTIONS = 5

_INSERTS: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


class now(FunctionElement[int]):  # noqa: N801 (it reads as the SQL function that it is)
    """The database's own clock at this very moment, in epoch ms: leases are measured by nothing else."""

    type = BigInteger()
    inherit_cache = True


@compiles(now, "sqlite")
def _sqlite_now(element: now, compiler: SQLCompiler, **options: Any) -> str:
    del element, compiler, options
    return "CAST(round((julianday('now') - 2440587.5) * 86400000) AS INTEGER)"


@compiles(now, "postgresql")
def _postgresql_now(element: now, compiler: SQLCompiler, **options: Any) -> str:
    del element, compiler, options
    return "CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)"


def insert_into(table: Table, dialect: str) -> Any:
    """An INSERT of this dialect, with its `on_conflict_do_...` methods."""
    return _INSERTS[dialect](table)


def upsert(table: Table, dialect: str) -> Insert:
    """INSERT, or UPDATE of every other column when the primary key is there."""
    insert = insert_into(table, dialect)
    keys = [column.name for column in table.primary_key]
    rest = {column.name: insert.excluded[column.name] for column in table.columns if column.name not in keys}
    statement: Insert = insert.on_conflict_do_update(index_elements=keys, set_=rest)
    return statement


def one_of(column: Column[str], name: str, dialect: str) -> ColumnElement[bool]:
    """Whether the column has one of the values in the parameter of this name, a list: a statement with a parameter for
    each of them is compiled, sent and planned anew for every number of values, which costs more than to execute it.
    """
    values = bindparam(name, type_=postgresql.ARRAY(column.type).with_variant(JSON(), "sqlite"))
    if dialect == "sqlite":
        return column.in_(select(func.json_each(values).table_valued("value").c.value))
    return column == any_(values)


def open_engines(url: str, timeout_s: float = STATEMENT_TIMEOUT_S) -> tuple[AsyncEngine, AsyncEngine]:
    """(for writing, for reading); a statement, or the wait for SQLite's lock, may take `timeout_s`. No error of theirs
    carries parameters, which may be personal data.
    """
    if url.startswith("sqlite"):
        writing = _sqlite_engine(url, 1, "synchronous=FULL", timeout_s)
        return writing, _sqlite_engine(url, CONNECTIONS, "query_only=ON", timeout_s)
    return _postgresql_engine(url, timeout_s), _postgresql_engine(url, timeout_s, isolation_level="AUTOCOMMIT")


def _postgresql_engine(url: str, timeout_s: float, **options: Any) -> AsyncEngine:
    idle_s = IDLE_IN_TRANSACTION_S if timeout_s <= STATEMENT_TIMEOUT_S else timeout_s
    limits = {
        "timeout": CONNECT_TIMEOUT_S,
        "command_timeout": timeout_s,
        "server_settings": {"idle_in_transaction_session_timeout": f"{idle_s}s"},
    }
    pool = {"pool_size": CONNECTIONS, "pool_timeout": POOL_TIMEOUT_S}
    return create_async_engine(url, hide_parameters=True, connect_args=limits, **pool, **options)


def _sqlite_engine(url: str, connections: int, habit: str, timeout_s: float) -> AsyncEngine:
    limits = {"timeout": timeout_s, "isolation_level": None}
    engine = create_async_engine(url, hide_parameters=True, pool_size=connections, max_overflow=0, connect_args=limits)
    _on_connect(engine.sync_engine, ("journal_mode=WAL", "foreign_keys=ON", habit))
    return engine


def _on_connect(engine: Engine, habits: tuple[str, ...]) -> None:
    @event.listens_for(engine, "connect")
    def apply_habits(connection: Any, record: object) -> None:
        del record
        cursor = connection.cursor()
        for habit in habits:
            cursor.execute(f"PRAGMA {habit}")
        cursor.close()


async def begin_writing(connection: AsyncConnection) -> None:
    """SQLite's drivers begin nothing by themselves here, so that this transaction is IMMEDIATE."""
    if connection.dialect.name == "sqlite":
        await connection.exec_driver_sql("BEGIN IMMEDIATE")


async def one_at_a_time(connection: AsyncConnection, number: int) -> None:
    """Wait for every other transaction that has taken this number; SQLite's writers wait for each other anyway."""
    if connection.dialect.name == "postgresql":
        await connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": number})


async def count_on(connection: AsyncConnection, column: Column[Any]) -> None:
    """Let the numbers of a column go on behind those that were written with the rows; SQLite's do so by themselves."""
    if connection.dialect.name == "postgresql":
        sequence = func.pg_get_serial_sequence(column.table.name, column.name)
        following = select(func.coalesce(func.max(column), 0) + 1).scalar_subquery()
        await connection.execute(select(func.setval(sequence, following, False)))


async def begin_snapshot(connection: AsyncConnection) -> None:
    """All reads of this connection see one moment, until it is given back."""
    if connection.dialect.name == "sqlite":
        await connection.exec_driver_sql("BEGIN")
    else:
        await connection.execution_options(isolation_level="REPEATABLE READ")
