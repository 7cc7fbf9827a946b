"""How many pieces of a good a depot will be asked for, from what it was asked for so far. Pure.

By the hour of the week where there are three weeks to learn from, by the hour of the day where there are three days,
else the mean of all hours; less than a day says nothing. Only whole hours count: the one that runs is not over. Pieces
that were asked for while there were none are not in the books, so after a stock-out this says too little.
"""

from dataclasses import dataclass
from math import ceil
from typing import Final

from dispatch.domain.demand import DAY_H, WEEK_H, Asked

HISTORY_H: Final = 8 * WEEK_H
"""How far back is looked: longer ago it was another season."""
WEEKS_ENOUGH: Final = 3
DAYS_ENOUGH: Final = 3


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is expected: mean and standard deviation, in pieces."""

    mean: float
    deviation: float


@dataclass(frozen=True, slots=True)
class Habit:
    """How a shelf is asked: pieces in each hour of a round (a week, a day, or one hour), and how far a day is off.

    The round's first hour is the hour 0 of the epoch. `day_variance` is of whole days, about what the habit says.
    """

    round_h: tuple[float, ...]
    day_variance: float

    def outlook(self, from_hour: int, hours: float) -> Outlook:
        """What is expected in so many hours from an hour of the epoch on."""
        whole = int(hours)
        rounds, rest = divmod(whole, len(self.round_h))
        mean = rounds * sum(self.round_h) + sum(self._at(from_hour + n) for n in range(rest))
        mean += (hours - whole) * self._at(from_hour + whole)
        return Outlook(mean, (self.day_variance * hours / DAY_H) ** 0.5)

    def lasts_h(self, from_hour: int, pieces: float, most_h: int) -> int:
        """After how many hours so many pieces are gone, as expected; at most `most_h`."""
        for n in range(most_h):
            pieces -= self._at(from_hour + n)
            if pieces < 0:
                return n
        return most_h

    def _at(self, hour: int) -> float:
        return self.round_h[hour % len(self.round_h)]


def habit_of(known: Asked, this_hour: int) -> Habit | None:
    """What one shelf was asked for teaches; None where there is less than a day of it."""
    asked = {hour: pieces for hour, pieces in known.items() if this_hour - HISTORY_H <= hour < this_hour}
    first = min((hour for hour in known if hour < this_hour), default=this_hour)
    known_h = min(HISTORY_H, this_hour - first)
    if known_h < DAY_H:
        return None
    size = _round_of(known_h)
    since = this_hour - known_h // size * size
    counted = (this_hour - since) // size
    round_h = [0.0] * size
    for hour, pieces in asked.items():
        if hour >= since:
            round_h[hour % size] += pieces / counted
    usual = tuple(max(0.0, pieces) for pieces in round_h)
    # Of n rounds the mean itself is off, by the n-th part of the variance.
    return Habit(usual, _day_variance(asked, usual, this_hour, known_h // DAY_H) * (1 + 1 / counted))


def _round_of(known_h: int) -> int:
    if known_h >= WEEKS_ENOUGH * WEEK_H:
        return WEEK_H
    return DAY_H if known_h >= DAYS_ENOUGH * DAY_H else 1


def _day_variance(asked: dict[int, int], usual: tuple[float, ...], this_hour: int, days: int) -> float:
    """The mean square of what whole days were off, but never less than that of customers who come one by one: so many
    as their mean (a Poisson process).
    """
    size = len(usual)
    off = 0.0
    for day in range(1, days + 1):
        start = this_hour - day * DAY_H
        pieces = sum(asked.get(hour, 0) - usual[hour % size] for hour in range(start, start + DAY_H))
        off += pieces * pieces
    fitted = ceil(size / DAY_H)
    daily = sum(usual) * DAY_H / size
    return max(off / max(1, days - fitted), daily)
