"""What somebody at a depot should look at: goods that run low, that many ask for at once, or that nobody wants. Pure.

The rules, so that everybody can work them out with a pencil:

- low: fewer pieces are free than the threshold, as `Shelf.is_low` has it.
- spike: in the hour that runs, or in the one before it, at least `SPIKE_FLOOR` pieces were promised to orders, and at
  least `SPIKE_TIMES` as many as on average in the same hour of the `SPIKE_DAYS` days before. Days before the shelf's
  first hour do not count; a shelf of less than `SPIKE_LEAST_DAYS` days has no usual yet.
- slow: good pieces lie there, and none has been handed to a courier for the days that are asked for, nor has the first
  of them come since then.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from dispatch.domain.demand import DAY_H, HOUR_MS, ShelfHour, ShelfLife, hour_of
from dispatch.domain.shelf import Shelf, Sku, shelf_id

SPIKE_FLOOR: Final = 10
"""Pieces: below it a spike is two customers."""
SPIKE_TIMES: Final = 3.0
SPIKE_DAYS: Final = 14
SPIKE_LEAST_DAYS: Final = 3
SLOW_DAYS: Final = 14
COVER_DAYS: Final = 28
"""Over so many days what is asked for on a day is taken from, where days of cover are told."""


class AlertKind(StrEnum):
    """What is out of the ordinary."""

    LOW = "low"
    SPIKE = "spike"
    SLOW = "slow"


@dataclass(frozen=True, slots=True)
class StockAlert:
    """A shelf to look at. `since_ms`: since when it is so (epoch ms; 0: not known).

    Of spikes `pieces` were promised in the hour from `since_ms`, and `usual` are on average; of slow goods `pieces` lie
    there, and `cover_days` is how long they last at the pace of the last weeks (infinite where nobody asked at all).
    """

    kind: AlertKind
    depot_id: str
    sku: str
    since_ms: int
    pieces: int
    low_at: int = 0
    usual: float = 0.0
    cover_days: float = 0.0


def low_alerts(shelves: Iterable[Shelf], skus: Mapping[str, Sku], now_ms: int) -> list[StockAlert]:
    """The shelves that are low; `pieces` are free."""
    found = []
    for shelf in shelves:
        sku = skus[shelf.sku]
        if shelf.is_low(sku, now_ms):
            args = (shelf.depot_id, shelf.sku, shelf.low_since_ms, shelf.free(now_ms), shelf.threshold(sku))
            found.append(StockAlert(AlertKind.LOW, *args))
    return found


def spike_alerts(hours: Iterable[ShelfHour], lives: Iterable[ShelfLife], now_ms: int) -> list[StockAlert]:
    """Where suddenly many are asked for. `hours` are those of the last `SPIKE_DAYS` and one days, at least at the hours
    of the clock that are looked at (`spike_hours`); `lives` say since when shelves are known.
    """
    first = {shelf_id(each.depot_id, each.sku): each.first_hour for each in lives}
    by_shelf: dict[tuple[str, str], dict[int, int]] = {}
    for each in hours:
        by_shelf.setdefault((each.depot_id, each.sku), {})[each.hour] = each.reserved
    found = []
    for (depot_id, sku), reserved in by_shelf.items():
        for hour in spike_hours(now_ms):
            pieces, usual = reserved.get(hour, 0), _usual(reserved, hour, first.get(shelf_id(depot_id, sku), hour))
            if usual is not None and pieces >= max(SPIKE_FLOOR, SPIKE_TIMES * usual):
                found.append(StockAlert(AlertKind.SPIKE, depot_id, sku, hour * HOUR_MS, pieces, usual=usual))
                break
    return found


def spike_hours(now_ms: int) -> tuple[int, int]:
    """The hours in which a spike is looked for: the one that runs, and the one before it."""
    this = hour_of(now_ms)
    return this, this - 1


def _usual(reserved: Mapping[int, int], hour: int, first_hour: int) -> float | None:
    """The mean of the same hour over the days before; None where too few are known."""
    days = min(SPIKE_DAYS, (hour - first_hour) // DAY_H)
    if days < SPIKE_LEAST_DAYS:
        return None
    return sum(reserved.get(hour - DAY_H * day, 0) for day in range(1, days + 1)) / days


def slow_alerts(
    shelves: Iterable[Shelf], lives: Iterable[ShelfLife], now_ms: int, days: int = SLOW_DAYS
) -> list[StockAlert]:
    """Goods that lie and lie. `lives` are of at least `days` days, and ask for `COVER_DAYS`; what came before that came
    long ago.
    """
    this, found = hour_of(now_ms), []
    known = {shelf_id(each.depot_id, each.sku): each for each in lives}
    for shelf in shelves:
        good = sum(lot.quantity for lot in shelf.lots if lot.is_good(now_ms))
        life = known.get(shelf.id, ShelfLife(shelf.depot_id, shelf.sku, 0, 0, 0))
        since = life.left_hour or life.first_hour
        if good and since <= this - days * DAY_H:
            cover = good / (life.asked / COVER_DAYS) if life.asked > 0 else float("inf")
            args = (shelf.depot_id, shelf.sku, since * HOUR_MS, good)
            found.append(StockAlert(AlertKind.SLOW, *args, cover_days=cover))
    return found
