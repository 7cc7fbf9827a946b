"""`LearningStore` in memory: for tests and the simulation."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from dispatch.application.learning_ports import DoorVisits


class MemoryLearningStore:
    """See `LearningStore`."""

    def __init__(self) -> None:
        self._doors: defaultdict[str, dict[str, DoorVisits]] = defaultdict(dict)
        self._notes: dict[tuple[str, str], str] = {}

    async def doors(self, zone_id: str, doors: Collection[str]) -> dict[str, DoorVisits]:
        """See `LearningStore`."""
        held = self._doors[zone_id]
        return {door: held[door] for door in doors if door in held}

    async def served_from(self, zone_id: str, cells: Collection[str]) -> Sequence[DoorVisits]:
        """See `LearningStore`."""
        found = [visits for visits in self._doors[zone_id].values() if visits.stood in cells]
        return sorted(found, key=lambda visits: visits.door)

    async def keep(
        self, zone_id: str, doors: Sequence[DoorVisits], notes: Mapping[str, str], forget_before_ms: int
    ) -> None:
        """See `LearningStore`."""
        held = self._doors[zone_id] | {visits.door: visits for visits in doors}
        self._doors[zone_id] = {door: visits for door, visits in held.items() if visits.at_ms >= forget_before_ms}
        self._notes |= {(zone_id, name): body for name, body in notes.items()}

    async def note(self, zone_id: str, name: str) -> str:
        """See `LearningStore`."""
        return self._notes.get((zone_id, name), "")
