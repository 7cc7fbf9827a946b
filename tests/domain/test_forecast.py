"""What a depot will be asked for: by the hour of the week, of the day, or at all, as far back as anybody knows."""

import pytest

from dispatch.domain.demand import DAY_H, WEEK_H, ShelfHour, asked_by_shelf
from dispatch.domain.forecast import HISTORY_H, Habit, Outlook, habit_of

MONDAY = WEEK_H * 3_000
"""An hour of the epoch at which a round of the week begins."""


def asked(*pieces: tuple[int, int], now: int = MONDAY, since: int = 0) -> list[ShelfHour]:
    """(hours ago, pieces); and the shelf's first hour, when nobody asked."""
    hours = [ShelfHour("d", "tea", now - ago, reserved=n) for ago, n in pieces]
    return [*hours, ShelfHour("d", "tea", now - since, came=1)] if since else hours


def taught(hours: list[ShelfHour]) -> Habit | None:
    return habit_of(asked_by_shelf(hours).get("d/tea", {}), MONDAY)


def weekly(weeks: int) -> list[ShelfHour]:
    """A piece an hour at noon of each day, ten on the sixth day."""
    start = MONDAY - weeks * WEEK_H
    noons = range(start + 12, MONDAY, DAY_H)
    return [ShelfHour("d", "tea", hour, reserved=10 if hour // DAY_H % 7 == 5 else 1) for hour in noons]


def test_three_weeks_teach_the_days_of_the_week() -> None:
    """Of the day with ten pieces ten are expected, of any other one; what is exact is as sure as single customers."""
    habit = taught(asked(since=3 * WEEK_H) + weekly(3))
    assert habit and len(habit.round_h) == WEEK_H
    assert habit.outlook(MONDAY, WEEK_H).mean == pytest.approx(16)
    assert habit.outlook(MONDAY + 5 * DAY_H, DAY_H).mean == pytest.approx(10)
    assert habit.outlook(MONDAY, DAY_H).mean == pytest.approx(1)
    assert habit.day_variance == pytest.approx(16 / 7 * (1 + 1 / 3))


@pytest.mark.parametrize(("days", "size"), [(20, DAY_H), (3, DAY_H), (2, 1), (1, 1)])
def test_less_teaches_less(days: int, size: int) -> None:
    """The hours of the day from three days on; a mean before that."""
    hours = asked(*((DAY_H * day - 12, 4) for day in range(1, days + 1)), since=days * DAY_H)
    habit = taught(hours)
    assert habit and len(habit.round_h) == size
    assert habit.outlook(MONDAY, DAY_H).mean == pytest.approx(4)


def test_less_than_a_day_says_nothing() -> None:
    """Neither does the hour that runs; what was too long ago says since when it is known, and nothing else."""
    assert taught([]) is None
    assert taught(asked((23, 9))) is None
    assert taught([ShelfHour("d", "tea", MONDAY, reserved=9)]) is None
    habit = taught(asked((HISTORY_H + 1, 9)))
    assert habit and habit.outlook(MONDAY, WEEK_H).mean == 0


def test_orders_that_ended_count_as_never_asked() -> None:
    """And never below nothing."""
    hours = [ShelfHour("d", "tea", MONDAY - 30, reserved=9), ShelfHour("d", "tea", MONDAY - 5, released=9)]
    habit = taught(hours)
    assert habit and habit.outlook(MONDAY, 10).mean == 0
    hours.append(ShelfHour("d", "tea", MONDAY - 4, released=5))
    habit = taught(hours)
    assert habit and habit.outlook(MONDAY, 10).mean == 0


def test_parts_of_hours_and_how_long_it_lasts() -> None:
    """Half an hour is half of what the hour brings; deviations grow with the root of the time."""
    habit = Habit((2.0, 0.0), 24.0)
    assert habit.outlook(0, 2.5) == Outlook(3.0, (24 * 2.5 / 24) ** 0.5)
    assert habit.outlook(1, 1.5).mean == 1.0
    assert [habit.lasts_h(0, pieces, 100) for pieces in (0, 1.9, 2, 4)] == [0, 0, 2, 4]
    assert Habit((0.0,), 0.0).lasts_h(0, 1, 48) == 48
    assert habit.outlook(0, 0) == Outlook(0, 0)
