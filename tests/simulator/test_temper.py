"""Couriers differ, but in the same way in every run with the same seed."""

from statistics import mean

import pytest

from simulator.temper import Habits, Temper


def draws(temper: Temper) -> list[object]:
    """A little of everything."""
    return [temper.pace, *(temper.answer() for _ in range(5)), temper.dwell_s(60), temper.next_outage()]


def test_the_seed_decides_everything() -> None:
    """The same seed and courier give the same temper; another seed or another courier another one."""
    assert draws(Temper(7, "sim-1")) == draws(Temper(7, "sim-1"))
    assert draws(Temper(7, "sim-1")) != draws(Temper(8, "sim-1"))
    assert draws(Temper(7, "sim-1")) != draws(Temper(7, "sim-2"))


def test_purposes_do_not_disturb_each_other() -> None:
    """How often a courier was at a door says nothing about the next answer."""
    busy, idle = Temper(7, "sim-1"), Temper(7, "sim-1")
    for _ in range(100):
        busy.dwell_s(60)
    assert busy.answer() == idle.answer()


def test_shares_of_answers() -> None:
    """About 3 % decline and 1 % say nothing; people take 3 to 15 s."""
    temper = Temper(7, "sim-1")
    answers = [temper.answer() for _ in range(20_000)]
    words = [word for word, _ in answers]
    assert words.count("decline") / len(words) == pytest.approx(0.03, abs=0.005)
    assert words.count("silence") / len(words) == pytest.approx(0.01, abs=0.003)
    assert all(3 <= delay_s <= 15 for _, delay_s in answers)


def test_the_mean_stop_takes_as_long_as_planned() -> None:
    """The log-normal time at a stop is unbiased, and never negative."""
    temper = Temper(7, "sim-1")
    stays_s = [temper.dwell_s(90) for _ in range(20_000)]
    assert mean(stays_s) == pytest.approx(90, rel=0.02)
    assert min(stays_s) > 0


def test_outages_come_as_often_as_the_habits_say() -> None:
    """Exponential waits with the given mean, lengths within the given range."""
    temper = Temper(7, "sim-1", Habits(outage_every_s=600, outage_s=(20, 30)))
    outages = [temper.next_outage() for _ in range(5_000)]
    assert mean(wait_s for wait_s, _ in outages) == pytest.approx(600, rel=0.05)
    assert all(20 <= lasts_s <= 30 for _, lasts_s in outages)
