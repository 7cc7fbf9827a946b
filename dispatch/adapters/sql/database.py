"""Connections and transactions, and the one place where a database's errors become ours."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection

from dispatch.adapters.sql.dialects import begin_snapshot, begin_writing, open_engines
from dispatch.application.ports import StoreConflict, StoreUnavailable

_OUTAGES = {"08", "25", "40", "53", "55", "57", "58"}
"""Classes of PostgreSQL's error codes that say "not now": connection, transaction state, rollback, resources, locks,
an operator, the system (https://www.postgresql.org/docs/current/errcodes-appendix.html)."""


class Database:
    """A database by its URL: `sqlite+aiosqlite:///FILE` or `postgresql+asyncpg://...`. Connects when first needed.

    Every method raises `StoreUnavailable` when the database does not answer. When that happens to a commit, the
    transaction was written either as a whole or not at all; which of both, only a later look can tell.
    """

    def __init__(self, url: str) -> None:
        self._writing, self._reading = open_engines(url)
        self.dialect = self._writing.dialect.name

    async def close(self) -> None:
        """Give all connections back."""
        await self._writing.dispose()
        await self._reading.dispose()

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that is committed at the end. Raises `StoreConflict` when a constraint forbids it."""
        with translated_errors():
            async with self._writing.connect() as connection:
                await begin_writing(connection)
                yield connection
                await connection.commit()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """For single statements."""
        with translated_errors():
            async with self._reading.connect() as connection:
                yield connection

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[AsyncConnection]:
        """For several statements that must see one moment."""
        with translated_errors():
            async with self._reading.connect() as connection:
                await begin_snapshot(connection)
                yield connection


@contextmanager
def translated_errors() -> Iterator[None]:
    """Turn the database's errors into ours. They name no values: what is written may be personal data."""
    try:
        yield
    except (OSError, TimeoutError, PoolTimeout) as error:
        raise StoreUnavailable(f"The database does not answer ({type(error).__name__}).") from None
    except DBAPIError as error:
        code = str(getattr(error.orig, "sqlstate", None) or type(error.orig).__name__)
        if _is_outage(error, code):
            raise StoreUnavailable(f"The database does not answer ({code}).") from None
        if isinstance(error, IntegrityError):
            raise StoreConflict(f"The database refuses the write: {_constraint(error)} ({code}).") from None
        raise
    except Exception as error:
        code = str(getattr(error, "sqlstate", ""))  # asyncpg's own, from before there is a connection
        if code[:2] in _OUTAGES:
            raise StoreUnavailable(f"The database does not answer ({code}).") from None
        raise


def _is_outage(error: DBAPIError, code: str) -> bool:
    return isinstance(error, (OperationalError, InterfaceError)) or error.connection_invalidated or code[:2] in _OUTAGES


def _constraint(error: IntegrityError) -> str:
    """PostgreSQL names the constraint, SQLite its columns; neither tells the values."""
    cause = error.orig.__cause__ if error.orig else None
    return getattr(cause, "constraint_name", None) or str(error.orig)
