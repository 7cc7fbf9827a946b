"""`LearningStore` in SQL."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import ColumnElement, delete, select

from dispatch.adapters.sql.database import Database, uninterrupted
from dispatch.adapters.sql.dialects import upsert
from dispatch.adapters.sql.tables import door_visits, learnt
from dispatch.application.learning_ports import DoorVisits

AT_ONCE: Final = 500
"""Names in one statement: databases bound their parameters."""
_decoder = msgspec.json.Decoder(DoorVisits)


class SqlLearningStore:
    """See `LearningStore`. The schema must be there: see `migrations.upgrade`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._keep_doors = upsert(door_visits, database.dialect)
        self._keep_notes = upsert(learnt, database.dialect)

    async def doors(self, zone_id: str, doors: Collection[str]) -> dict[str, DoorVisits]:
        """See `LearningStore`."""
        return {found.door: found for found in await self._find(zone_id, door_visits.c.door, doors)}

    async def served_from(self, zone_id: str, cells: Collection[str]) -> Sequence[DoorVisits]:
        """See `LearningStore`."""
        return sorted(await self._find(zone_id, door_visits.c.stood, cells), key=lambda found: found.door)

    async def _find(self, zone_id: str, column: ColumnElement[Any], names: Collection[str]) -> list[DoorVisits]:
        wanted, found = sorted(names), list[DoorVisits]()
        async with self._database.read() as connection:
            for first in range(0, len(wanted), AT_ONCE):
                some = column.in_(wanted[first : first + AT_ONCE])
                rows = await connection.execute(
                    select(door_visits.c.body).where(door_visits.c.zone_id == zone_id, some)
                )
                found += map(_decoder.decode, rows.scalars())
        return found

    @uninterrupted
    async def keep(
        self, zone_id: str, doors: Sequence[DoorVisits], notes: Mapping[str, str], forget_before_ms: int
    ) -> None:
        """See `LearningStore`."""
        door_rows = [_row(zone_id, each) for each in doors]
        note_rows = [{"zone_id": zone_id, "name": name, "body": body} for name, body in notes.items()]
        old = (door_visits.c.zone_id == zone_id, door_visits.c.at_ms < forget_before_ms)
        async with self._database.write() as connection:
            if door_rows:
                await connection.execute(self._keep_doors, door_rows)
            if note_rows:
                await connection.execute(self._keep_notes, note_rows)
            await connection.execute(delete(door_visits).where(*old))

    async def note(self, zone_id: str, name: str) -> str:
        """See `LearningStore`."""
        wanted = select(learnt.c.body).where(learnt.c.zone_id == zone_id, learnt.c.name == name)
        async with self._database.read() as connection:
            return (await connection.execute(wanted)).scalar_one_or_none() or ""


def _row(zone_id: str, visits: DoorVisits) -> dict[str, Any]:
    return {
        "zone_id": zone_id,
        "door": visits.door,
        "stood": visits.stood,
        "at_ms": visits.at_ms,
        "body": msgspec.json.encode(visits).decode(),
    }
