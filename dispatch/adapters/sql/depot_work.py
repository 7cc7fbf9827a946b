"""What was asked of depots, in SQL: written with the events that say so, in the same transaction.

What is older than the figures need goes away with the first commit of each business day that a process makes.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, String, case, cast, delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from dispatch.adapters.commits import picks_of, shelf_hours_of
from dispatch.adapters.sql.database import Database
from dispatch.adapters.sql.dialects import insert_into, upsert
from dispatch.adapters.sql.tables import picks, shelf_hours
from dispatch.application.patience import patiently
from dispatch.application.ports import Recorded
from dispatch.domain.demand import DAY_H, HOUR_MS, KEPT_H, Asked, ShelfHour, ShelfLife, hour_of
from dispatch.domain.picks import Pick
from dispatch.domain.shelf import shelf_id

_FIGURES: Final = ("reserved", "released", "left_pieces", "came")
_ASKED: Final = shelf_hours.c.reserved - shelf_hours.c.released


class DepotWork:
    """Both tables of a database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        fresh = insert_into(shelf_hours, database.dialect)
        more = {name: shelf_hours.c[name] + fresh.excluded[name] for name in _FIGURES}
        keys = list(shelf_hours.primary_key.columns)
        self._add = fresh.on_conflict_do_update(index_elements=keys, set_=more)
        self._pick = upsert(picks, database.dialect)
        self._tidied: dict[str, int] = {}

    async def keep(self, connection: AsyncConnection, zone_id: str, recorded: Sequence[Recorded]) -> None:
        """Note what the events of a commit mean, within its transaction."""
        hours, picked = shelf_hours_of(recorded), picks_of(recorded)
        if hours:
            await connection.execute(self._add, [_hour_row(zone_id, each) for each in hours])
        if picked:
            await connection.execute(self._pick, [_pick_row(zone_id, each) for each in picked])
        if hours or picked:
            await self._tidy(connection, zone_id, hour_of(recorded[-1].at_ms))

    async def _tidy(self, connection: AsyncConnection, zone_id: str, hour: int) -> None:
        if self._tidied.get(zone_id) == hour // DAY_H:
            return
        self._tidied[zone_id] = hour // DAY_H
        oldest = hour - KEPT_H
        await connection.execute(
            delete(shelf_hours).where(shelf_hours.c.zone_id == zone_id, shelf_hours.c.hour < oldest)
        )
        old = (picks.c.zone_id == zone_id, picks.c.arrived_at_ms < oldest * HOUR_MS)
        await connection.execute(delete(picks).where(*old))

    async def shelf_hours(
        self, zone_id: str, since_hour: int, depot_id: str, clock_hours: Sequence[int]
    ) -> Sequence[ShelfHour]:
        """See `ZoneStore`."""
        wanted = select(shelf_hours).where(*_since(zone_id, since_hour, depot_id))
        if clock_hours:
            wanted = wanted.where((shelf_hours.c.hour % DAY_H).in_(clock_hours))
        async with self._database.read() as connection:
            found = (await connection.execute(wanted)).all()
        return await patiently(lambda row: ShelfHour(*row[1:]), found)

    async def shelf_lives(self, zone_id: str, since_hour: int, recent_hour: int, depot_id: str) -> Sequence[ShelfLife]:
        """See `ZoneStore`."""
        hour = shelf_hours.c.hour
        left = func.max(case((shelf_hours.c.left_pieces > 0, hour), else_=0))
        asked = func.sum(case((hour >= recent_hour, _ASKED), else_=0))
        shelf = (shelf_hours.c.depot_id, shelf_hours.c.sku)
        wanted = select(*shelf, func.min(hour), left, asked).where(*_since(zone_id, since_hour, depot_id))
        async with self._database.read() as connection:
            found = (await connection.execute(wanted.group_by(*shelf))).all()
        return [ShelfLife(depot, sku, first, last, int(pieces)) for depot, sku, first, last, pieces in found]

    async def asked_hours(self, zone_id: str, since_hour: int, sku: str) -> Mapping[str, Asked]:
        """See `ZoneStore`. A shelf's hours come as one text: a row for each would cost ten times as much."""
        shelf = (shelf_hours.c.depot_id, shelf_hours.c.sku)
        told = func.aggregate_strings(cast(shelf_hours.c.hour, String) + "," + cast(_ASKED, String), ",")
        wanted = select(*shelf, told).where(*_since(zone_id, since_hour, ""))
        if sku:
            wanted = wanted.where(shelf_hours.c.sku == sku)
        async with self._database.read() as connection:
            found = (await connection.execute(wanted.group_by(*shelf))).all()
        return dict(await patiently(_asked_of, found))

    async def picks(self, zone_id: str, depot_id: str, since_ms: int) -> Sequence[Pick]:
        """See `ZoneStore`."""
        mine = (picks.c.zone_id == zone_id, picks.c.depot_id == depot_id, picks.c.arrived_at_ms >= since_ms)
        async with self._database.read() as connection:
            found = (await connection.execute(select(picks).where(*mine))).all()
        return await patiently(lambda row: Pick(*row[1:]), found)


def _since(zone_id: str, since_hour: int, depot_id: str) -> list[ColumnElement[bool]]:
    here = [shelf_hours.c.zone_id == zone_id, shelf_hours.c.hour >= since_hour]
    return [*here, shelf_hours.c.depot_id == depot_id] if depot_id else here


def _asked_of(row: Any) -> tuple[str, Asked]:
    depot_id, sku, told = row
    numbers = map(int, told.split(","))
    return shelf_id(depot_id, sku), dict(zip(numbers, numbers, strict=True))


def _hour_row(zone_id: str, hour: ShelfHour) -> dict[str, Any]:
    figures = {"reserved": hour.reserved, "released": hour.released, "left_pieces": hour.left, "came": hour.came}
    return {"zone_id": zone_id, "depot_id": hour.depot_id, "sku": hour.sku, "hour": hour.hour, **figures}


def _pick_row(zone_id: str, pick: Pick) -> dict[str, Any]:
    took = {"picking_ms": pick.picking_ms, "early_ms": pick.early_ms}
    here = {"zone_id": zone_id, "order_id": pick.order_id, "depot_id": pick.depot_id}
    return {**here, "arrived_at_ms": pick.arrived_at_ms, **took}
