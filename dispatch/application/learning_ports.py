"""What learning from visits needs to keep: not business state, so beside the zone's store and without its fence.

Whoever learns twice from one visit (two processes for a moment, a crash between two steps) loses nothing by it: visits
have ids.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from dispatch.domain.geo import Point
from dispatch.domain.place_correction import Stay


@dataclass(frozen=True, slots=True)
class DoorVisits:
    """The last visits at one door (`door`: see `doors.door_of`), the oldest first, as far as phones told where.

    `stood` names the cell of the place where they ended, by which other doors that are served from there are found.
    `address` is personal data: never logged.
    """

    door: str
    address: str
    pin: Point
    stood: str
    stays: tuple[Stay, ...]

    @property
    def at_ms(self) -> int:
        """When the last visit was."""
        return self.stays[-1].at_ms


class LearningStore(Protocol):
    """Where visits are counted over weeks. Every method may raise `StoreUnavailable`."""

    async def doors(self, zone_id: str, doors: Collection[str]) -> dict[str, DoorVisits]:
        """What is kept of these doors, by their names."""
        ...

    async def served_from(self, zone_id: str, cells: Collection[str]) -> Sequence[DoorVisits]:
        """The doors whose visits ended in one of these cells, by name."""
        ...

    async def keep(
        self, zone_id: str, doors: Sequence[DoorVisits], notes: Mapping[str, str], forget_before_ms: int
    ) -> None:
        """In one transaction: these doors and notes in their newest value; doors not visited since are forgotten."""
        ...

    async def note(self, zone_id: str, name: str) -> str:
        """A note, how far learning has come for example; empty when there is none."""
        ...
