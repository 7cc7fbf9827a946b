"""What was asked of a shelf, hour by hour: what alerts and advice are made of. Pure.

Hours are those of the epoch (UTC), whatever the zone's clock: the same hour of another day is a multiple of 24 away.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from dispatch.domain.events import StockChanged
from dispatch.domain.shelf import StockMove, shelf_id

HOUR_MS: Final = 3_600_000
DAY_H: Final = 24
WEEK_H: Final = 7 * DAY_H
KEPT_H: Final = 100 * DAY_H
"""How long hours are kept: a season's beginning shows, and a table stays small."""


@dataclass(frozen=True, slots=True)
class ShelfHour:
    """An hour of a depot's shelf of a good, in pieces: promised to orders, free again because an order ended, handed to
    couriers, and come in.
    """

    depot_id: str
    sku: str
    hour: int
    reserved: int = 0
    released: int = 0
    left: int = 0
    came: int = 0

    @property
    def asked(self) -> int:
        """Pieces that orders wanted and kept; below 0 where more orders ended than came."""
        return self.reserved - self.released

    def __add__(self, other: "ShelfHour") -> "ShelfHour":
        """Both together, as of the first one's hour."""
        return replace(
            self,
            reserved=self.reserved + other.reserved,
            released=self.released + other.released,
            left=self.left + other.left,
            came=self.came + other.came,
        )


Asked = Mapping[int, int]
"""Pieces that a shelf was asked for (`ShelfHour.asked`) by the hour of the epoch, from its first known hour on."""


@dataclass(frozen=True, slots=True)
class ShelfLife:
    """A stretch of a shelf's hours in short: the first of them, the last in which pieces were handed to a courier (0:
    none), and how many pieces were asked for in its later part.
    """

    depot_id: str
    sku: str
    first_hour: int
    left_hour: int
    asked: int


def asked_by_shelf(hours: Iterable[ShelfHour]) -> dict[str, dict[int, int]]:
    """What each shelf (`shelf_id`) was asked for."""
    found: dict[str, dict[int, int]] = {}
    for each in hours:
        asked = found.setdefault(shelf_id(each.depot_id, each.sku), {})
        asked[each.hour] = asked.get(each.hour, 0) + each.asked
    return found


def lives(hours: Iterable[ShelfHour], recent_hour: int) -> list[ShelfLife]:
    """The hours of each shelf in short; `asked` counts from `recent_hour` on."""
    found: dict[str, ShelfLife] = {}
    for each in hours:
        key = shelf_id(each.depot_id, each.sku)
        known = found.get(key) or ShelfLife(each.depot_id, each.sku, each.hour, 0, 0)
        found[key] = replace(
            known,
            first_hour=min(known.first_hour, each.hour),
            left_hour=max(known.left_hour, each.hour if each.left else 0),
            asked=known.asked + (each.asked if each.hour >= recent_hour else 0),
        )
    return list(found.values())


def hour_of(at_ms: int) -> int:
    """The hour of the epoch in which a moment (epoch ms) lies."""
    return at_ms // HOUR_MS


def shelf_hours(changes: Iterable[tuple[int, StockChanged]]) -> list[ShelfHour]:
    """What changes of shelves, each with its moment (epoch ms), add to which hours; moves that are no demand add none.

    An order that goes to another depot is released here and promised there, so its pieces are asked for once.
    """
    hours: dict[tuple[str, str, int], ShelfHour] = {}
    for at_ms, change in changes:
        key = (change.shelf.depot_id, change.shelf.sku, hour_of(at_ms))
        added = _counted(ShelfHour(*key), change)
        if added:
            hours[key] = hours[key] + added if key in hours else added
    return list(hours.values())


def _counted(hour: ShelfHour, change: StockChanged) -> ShelfHour | None:
    pieces = change.quantity
    match change.move:
        case StockMove.RESERVED:
            return replace(hour, reserved=pieces)
        case StockMove.RELEASED:
            return replace(hour, released=pieces)
        case StockMove.HANDED_OVER:
            return replace(hour, left=pieces)
        case StockMove.RECEIVED | StockMove.ARRIVED:
            return replace(hour, came=pieces)
        case StockMove.COUNTED if pieces > 0:
            return replace(hour, came=pieces)
        case _:
            return None
