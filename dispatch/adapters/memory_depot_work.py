"""What was asked of depots, read out of a history in memory each time: for tests and the simulation."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence

from dispatch.adapters.commits import picks_of, shelf_hours_of
from dispatch.application.ports import Recorded
from dispatch.domain.demand import DAY_H, Asked, ShelfHour, ShelfLife, asked_by_shelf, lives
from dispatch.domain.picks import Pick


class DepotWorkInMemory(ABC):
    """The part of `ZoneStore` that is about depots' work, for a store that keeps its events in memory."""

    @abstractmethod
    def history(self, zone_id: str) -> Sequence[Recorded]:
        """Everything that has happened in the zone."""

    async def shelf_hours(
        self, zone_id: str, since_hour: int, depot_id: str = "", clock_hours: Sequence[int] = ()
    ) -> Sequence[ShelfHour]:
        """See `ZoneStore`."""
        found = (each for each in shelf_hours_of(self.history(zone_id)) if each.hour >= since_hour)
        here = (each for each in found if depot_id in ("", each.depot_id))
        return [each for each in here if not clock_hours or each.hour % DAY_H in clock_hours]

    async def shelf_lives(
        self, zone_id: str, since_hour: int, recent_hour: int, depot_id: str = ""
    ) -> Sequence[ShelfLife]:
        """See `ZoneStore`."""
        return lives(await self.shelf_hours(zone_id, since_hour, depot_id), recent_hour)

    async def asked_hours(self, zone_id: str, since_hour: int, sku: str = "") -> Mapping[str, Asked]:
        """See `ZoneStore`."""
        hours = await self.shelf_hours(zone_id, since_hour)
        return asked_by_shelf(each for each in hours if sku in ("", each.sku))

    async def picks(self, zone_id: str, depot_id: str, since_ms: int) -> Sequence[Pick]:
        """See `ZoneStore`."""
        found = picks_of(self.history(zone_id))
        return [each for each in found if each.depot_id == depot_id and each.arrived_at_ms >= since_ms]
