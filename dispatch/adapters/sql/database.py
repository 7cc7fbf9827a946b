"""Connections and transactions, and the one place where a database's errors become ours."""

import asyncio
import functools
import sqlite3
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, ParamSpec, TypeVar

from sqlalchemy.exc import DatabaseError, DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from dispatch.adapters.sql.dialects import STATEMENT_TIMEOUT_S, begin_snapshot, begin_writing, open_engines
from dispatch.application.ports import StoreConflict, StoreUnavailable

P = ParamSpec("P")
T = TypeVar("T")

_OUTAGES = {"08", "25", "28", "3D", "40", "53", "55", "57", "58"}
"""Classes of PostgreSQL's error codes that say "not now": connection, transaction state, login, unknown database,
rollback, resources, locks, an operator, the system (https://www.postgresql.org/docs/current/errcodes-appendix.html)."""


class Database:
    """A database by its URL: `sqlite+aiosqlite:///FILE` or `postgresql+asyncpg://...`. Connects when first needed.

    Every method raises `StoreUnavailable` when the database does not answer. When that happens to a commit, the
    transaction was written either as a whole or not at all; which of both, only a later look can tell.
    """

    def __init__(self, url: str, statement_timeout_s: float = STATEMENT_TIMEOUT_S) -> None:
        self._writing, self._reading = open_engines(url, statement_timeout_s)
        self.dialect = self._writing.dialect.name

    async def close(self) -> None:
        """Give all connections back."""
        await self._writing.dispose()
        await self._reading.dispose()

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that is committed at the end. Raises `StoreConflict` when a constraint forbids it."""
        with translated_errors():
            async with _connected(self._writing) as connection:
                await begin_writing(connection)
                yield connection
                await connection.commit()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """For single statements."""
        with translated_errors():
            async with _connected(self._reading) as connection:
                yield connection

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[AsyncConnection]:
        """For several statements that must see one moment."""
        with translated_errors():
            async with _connected(self._reading) as connection:
                await begin_snapshot(connection)
                yield connection


@asynccontextmanager
async def _connected(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A connection of the pool. One that has not answered in time is thrown away: to be asked to roll back, it would
    be silent for as long again, and so would the next who gets it.
    """
    async with engine.connect() as connection:
        try:
            yield connection
        except TimeoutError:
            await connection.invalidate()
            raise


def uninterrupted(method: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, Coroutine[Any, Any, T]]:
    """Let a write end before its caller's cancellation goes on.

    A driver that is cancelled in the middle would keep its transaction, and with SQLite the lock of all writers.
    """

    @functools.wraps(method)
    async def run(*args: P.args, **kwargs: P.kwargs) -> T:
        task = asyncio.create_task(method(*args, **kwargs))
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            await asyncio.wait([task])
            _ = task.cancelled() or task.exception()  # whoever would have heard of it is gone
            raise

    return run


@contextmanager
def translated_errors() -> Iterator[None]:
    """Turn the database's errors into ours. They name no values: what is written may be personal data."""
    try:
        yield
    except (OSError, TimeoutError, PoolTimeout) as error:
        raise _unavailable(type(error).__name__) from None
    except DBAPIError as error:
        reason = _reason(error.orig)
        if _is_outage(error, reason):
            raise _unavailable(reason) from None
        raise StoreConflict(f"The database refuses the write: {reason}.") from None
    except Exception as error:
        reason = str(getattr(error, "sqlstate", ""))  # asyncpg's own, from before there is a connection
        if reason[:2] in _OUTAGES:
            raise _unavailable(reason) from None
        raise


def _unavailable(reason: str) -> StoreUnavailable:
    return StoreUnavailable(f"The database cannot be used now: {reason}.")


def _is_outage(error: DBAPIError, reason: str) -> bool:
    kinds = (OperationalError, InterfaceError)
    broken_file = type(error) is DatabaseError
    return isinstance(error, kinds) or broken_file or error.connection_invalidated or reason[:2] in _OUTAGES


def _reason(cause: object) -> str:
    """PostgreSQL's code and constraint; SQLite's own words, which name tables and columns but never values."""
    if isinstance(cause, sqlite3.Error):
        return str(cause)
    name = getattr(getattr(cause, "__cause__", None), "constraint_name", None)
    return " ".join(filter(None, (getattr(cause, "sqlstate", None), name))) or type(cause).__name__
