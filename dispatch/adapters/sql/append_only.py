"""What people did is written once: the database refuses to change or to empty an audit, whatever statement asks.

A restore of a backup is the one exception: it replaces everything, and does so between `lifted` and the end of its
transaction.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

AUDITS: Final = ("audit", "staff_acts")
_VERBS: Final = ("UPDATE", "DELETE")
_FUNCTION: Final = """
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'the audit is append-only' USING ERRCODE = 'restrict_violation'; END $$
"""


def refusing(table: str, dialect: str) -> tuple[str, ...]:
    """The statements that make a table append-only."""
    if dialect == "sqlite":
        return tuple(
            f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
            "BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END"
            for verb in _VERBS
        )
    when = "BEFORE UPDATE OR DELETE OR TRUNCATE"
    return (_FUNCTION, f"CREATE TRIGGER {table}_append_only {when} ON {table} EXECUTE FUNCTION refuse_change()")


@asynccontextmanager
async def lifted(connection: AsyncConnection) -> AsyncIterator[None]:
    """Within this transaction the audits may be replaced; at the block's end they are append-only again."""
    dialect = connection.dialect.name
    for table in AUDITS:
        if dialect == "sqlite":
            for verb in _VERBS:
                await connection.exec_driver_sql(f"DROP TRIGGER {table}_no_{verb.lower()}")
        else:
            await connection.exec_driver_sql(f"DROP TRIGGER {table}_append_only ON {table}")
    yield
    for table in AUDITS:
        for statement in refusing(table, dialect):
            await connection.exec_driver_sql(statement)
