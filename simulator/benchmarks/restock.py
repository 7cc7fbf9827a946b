"""Restocking: sixty days of three depots and twelve goods, with the server's advice followed, and with thresholds.

Needs no data and no server: the advice is the server's own function. Demand has hours, weekdays, busy and quiet depots,
goods that come and go, and a seed. Both policies look once a day, wait a day for what they order, see the same
customers, and lose whoever finds nothing. The first four weeks teach and are not counted.

The thresholds are as good as thresholds can be: of all pairs of a threshold and a level to fill up to (in days of a
good's mean demand at a depot, one pair for all), the one with the best turnover is taken, with hindsight, among those
that lose no more than `TOLERATED` of the pieces. The advice has to lose no more than that one.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from math import exp, sin, tau
from pathlib import Path
from random import Random
from typing import Final

from dispatch.domain.demand import DAY_H, HOUR_MS, WEEK_H
from dispatch.domain.restocking import Books, Policy, advise
from dispatch.domain.shelf import Lot, Shelf, shelf_id
from simulator.benchmarks.results import Results

SEED: Final = 20_261_130
DEPOTS: Final = {"centre": 1.6, "suburb": 1.0, "station": 0.6}
SKUS: Final = tuple(f"good-{n:02}" for n in range(12))
WARM_DAYS: Final = 28
DAYS: Final = 60
LEAD_DAYS: Final = 1
POLICY: Final = Policy(days=1.0, lead_h=24.0 * LEAD_DAYS, service=0.975)
TOLERATED: Final = 0.0125
GOALS: Final = {"turnover_gain_percent": ">= 20", "lost_percent_more": "<= 0"}
_HOURS: Final = (*(0.0,) * 7, 0.5, 1.0, 1.2, 1.0, 1.6, 1.8, 1.0, 0.8, 0.8, 1.2, 1.9, 2.4, 1.8, 1.0, 0.6, 0.0, 0.0)
_WEEK: Final = (0.8, 0.8, 0.85, 0.95, 1.25, 1.5, 1.3)
_MONDAY: Final = WEEK_H * 2_950
Keep = Callable[["World", int], Mapping[str, int]]
"""(the world, the hour) -> what is ordered by shelf; it may move goods between depots at once."""


def customers(seed: int) -> dict[str, list[int]]:
    """How many pieces each shelf is asked for in each hour of all days."""
    chance, found = Random(seed), dict[str, list[int]]()  # noqa: S311 - a simulation
    for n, sku in enumerate(SKUS):
        pace = 4.0 * 1.35**n
        for depot_id, busy in DEPOTS.items():
            taste = chance.uniform(0.7, 1.3)
            season = chance.uniform(0, tau)
            hours = []
            for hour in range((WARM_DAYS + DAYS) * DAY_H):
                wave = 1 + 0.25 * sin(season + tau * hour / (45 * DAY_H))
                mean = pace * busy * taste * wave * _HOURS[hour % DAY_H] * _WEEK[hour // DAY_H % 7] / sum(_HOURS)
                hours.append(_poisson(chance, mean))
            found[shelf_id(depot_id, sku)] = hours
    return found


def _poisson(chance: Random, mean: float) -> int:
    """Knuth's method: as many as there are before a product of chances falls below exp(-mean)."""
    limit, product, n = exp(-mean), chance.random(), 0
    while product > limit:
        product *= chance.random()
        n += 1
    return n


@dataclass
class World:
    """Shelves, what is coming by day, and the figures of the days that count."""

    asked: Mapping[str, list[int]]
    stock: dict[str, int]
    coming: dict[int, dict[str, int]] = field(default_factory=dict)
    history: dict[str, dict[int, int]] = field(default_factory=dict)
    sold: int = 0
    lost: int = 0
    lying: float = 0.0

    def due(self) -> dict[str, int]:
        """What was ordered and has not come, by shelf."""
        pending: dict[str, int] = {}
        for some in self.coming.values():
            for shelf, pieces in some.items():
                pending[shelf] = pending.get(shelf, 0) + pieces
        return pending

    def lost_share(self) -> float:
        """Of the pieces that were wanted, those that were not there."""
        return self.lost / (self.sold + self.lost)

    def turnover(self) -> float:
        """How often a year what lies on the shelves is sold."""
        return self.sold / DAYS * 365 / (self.lying / (DAYS * DAY_H))


def lived(asked: Mapping[str, list[int]], keep: Keep) -> World:
    """All days with a policy. While it learns, shelves are full."""
    world = World(asked, {shelf: 5 * sum(hours[: 7 * DAY_H]) for shelf, hours in asked.items()})
    for day in range(WARM_DAYS + DAYS):
        if day == WARM_DAYS:
            world.stock = {shelf: sum(hours[: WARM_DAYS * DAY_H]) // 14 for shelf, hours in asked.items()}
        for shelf, pieces in world.coming.pop(day, {}).items():
            world.stock[shelf] += pieces
        if day >= WARM_DAYS:
            ordered = {shelf: pieces for shelf, pieces in keep(world, day * DAY_H).items() if pieces}
            world.coming[day + LEAD_DAYS] = ordered
        for hour in range(day * DAY_H, (day + 1) * DAY_H):
            _hour(world, hour, counts=day >= WARM_DAYS)
    return world


def _hour(world: World, hour: int, *, counts: bool) -> None:
    for shelf, hours in world.asked.items():
        pieces = min(hours[hour], world.stock[shelf])
        world.stock[shelf] -= pieces
        if pieces or hour == 0:
            world.history.setdefault(shelf, {})[_MONDAY + hour] = pieces
        if counts:
            world.sold += pieces
            world.lost += hours[hour] - pieces
            world.lying += world.stock[shelf]


def by_advice(world: World, hour: int) -> Mapping[str, int]:
    """What the server says: transfers at once, orders for the rest."""
    shelves = {}
    for each, pieces in world.stock.items():
        depot_id, sku = each.split("/")
        shelves[each] = Shelf(depot_id, sku, (Lot("", pieces),))
    books = Books(shelves, coming=world.due())
    advice = advise(books, world.history, POLICY, (_MONDAY + hour) * HOUR_MS)
    for move in advice.transfers:
        world.stock[shelf_id(move.from_depot_id, move.sku)] -= move.quantity
        world.stock[shelf_id(move.to_depot_id, move.sku)] += move.quantity
    return {shelf_id(order.need.depot_id, order.need.sku): order.quantity for order in advice.orders}


def by_threshold(low_days: float, full_days: float) -> Keep:
    """Below a threshold a shelf is filled up to a level, both in days of what it was asked for in the first weeks."""

    def keep(world: World, hour: int) -> Mapping[str, int]:
        del hour
        due, ordered = world.due(), dict[str, int]()
        for shelf, pieces in world.stock.items():
            daily, has = sum(world.asked[shelf][: WARM_DAYS * DAY_H]) / WARM_DAYS, pieces + due.get(shelf, 0)
            if has < low_days * daily:
                ordered[shelf] = max(0, round(full_days * daily) - has)
        return ordered

    return keep


def _pairs() -> Iterator[tuple[float, float]]:
    for tenths in range(15, 61, 5):
        for more in (0, 5, 10, 20):
            yield tenths / 10, (tenths + more) / 10


def best_thresholds(asked: Mapping[str, list[int]]) -> tuple[float, float, World]:
    """(threshold, level, how it went) of the pair that turns goods over most and loses no more than is tolerated."""
    tried = [(low, full, lived(asked, by_threshold(low, full))) for low, full in _pairs()]
    fair = [each for each in tried if each[2].lost_share() <= TOLERATED]
    return max(fair, key=lambda each: each[2].turnover())


def compared(seed: int) -> dict[str, float]:
    """Both policies before the same customers."""
    asked = customers(seed)
    advised = lived(asked, by_advice)
    low, full, fixed = best_thresholds(asked)
    return {
        "turnover_advice": advised.turnover(),
        "turnover_threshold": fixed.turnover(),
        "turnover_gain_percent": 100 * (advised.turnover() / fixed.turnover() - 1),
        "lost_percent_advice": 100 * advised.lost_share(),
        "lost_percent_threshold": 100 * fixed.lost_share(),
        "lost_percent_more": 100 * (advised.lost_share() - fixed.lost_share()),
        "threshold_days": low,
        "level_days": full,
    }


def run(data: Path | None) -> Results:
    """Both policies, some seconds."""
    del data
    return Results(metrics=compared(SEED), goals=dict(GOALS))
