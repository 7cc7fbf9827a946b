"""Session generations of couriers, handed out in groups: whoever asks while a group is being written is in the next.

The theory. A generation costs a commit, and a commit costs a disk's word. When thousands of phones come back at once, a
commit each would keep the last of them waiting until it gives up and asks anew. With group commit the disk is asked
once for all who came in the meantime, so that its slowness only makes the groups larger.
"""

import asyncio
from collections.abc import Sequence

from sqlalchemy import case

from dispatch.adapters.sql import tables
from dispatch.adapters.sql.database import Database
from dispatch.adapters.sql.dialects import insert_into, now

MAX_GROUP = 500
"""Rows of one statement; every database takes that many."""

Waiting = tuple[str, asyncio.Future[int]]


class Generations:
    """Hands out generations. A courier's only rise, and no two callers get the same one."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: list[Waiting] = []
        self._writing: asyncio.Task[None] | None = None

    async def next(self, courier_id: str) -> int:
        """The courier's next generation, committed.

        At least the database's clock: so they also rise over a restore, or with a new database, and never stay behind
        the places in a Redis that has outlived both. Raises `StoreUnavailable`, everybody in the
        group alike.
        """
        future: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._waiting.append((courier_id, future))
        if self._writing is None:
            self._writing = asyncio.create_task(self._write())
        return await future

    async def _write(self) -> None:
        """Write group after group until nobody waits."""
        try:
            while self._waiting:
                group, self._waiting = _next_group(self._waiting)
                await self._write_group(group)
        finally:
            self._writing = None

    async def _write_group(self, group: Sequence[Waiting]) -> None:
        try:
            generations = await self._commit(sorted(courier_id for courier_id, _ in group))
        except Exception as error:
            for _, future in group:
                if not future.done():
                    future.set_exception(error)
            return
        for courier_id, future in group:
            if not future.done():
                future.set_result(generations[courier_id])

    async def _commit(self, courier_ids: Sequence[str]) -> dict[str, int]:
        """In one order everywhere, so that two processes never wait for each other's rows."""
        session = insert_into(tables.courier_sessions, self._database.dialect)
        known = tables.courier_sessions.c
        rising = case((known.generation < now(), now()), else_=known.generation + 1)
        fresh = session.values([{"courier_id": courier_id, "generation": now()} for courier_id in courier_ids])
        statement = fresh.on_conflict_do_update(index_elements=["courier_id"], set_={"generation": rising})
        async with self._database.write() as connection:
            rows = await connection.execute(statement.returning(known.courier_id, known.generation))
            generations = {row.courier_id: row.generation for row in rows}
        return generations


def _next_group(waiting: Sequence[Waiting]) -> tuple[list[Waiting], list[Waiting]]:
    """(the next group, the rest): a courier who asks twice is in two groups, for one statement changes a row once."""
    group: dict[str, Waiting] = {}
    rest: list[Waiting] = []
    for asked in waiting:
        if len(group) < MAX_GROUP and asked[0] not in group:
            group[asked[0]] = asked
        else:
            rest.append(asked)
    return list(group.values()), rest
