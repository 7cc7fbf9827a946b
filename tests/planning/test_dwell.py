"""Service times learnt from stops, against a made-up truth that is known."""

import json
from collections.abc import Iterator
from math import exp, log
from random import Random

import pytest

from dispatch.domain.geo import Point
from dispatch.domain.route import StopKind
from dispatch.planning.dwell import (
    HALF_LIFE_MS,
    HOUSE_S,
    LEAST_S,
    MOST_S,
    Served,
    ServiceTimes,
    Spread,
    Visit,
    service_began_ms,
)
from tests.support.zones import MINUTE_MS, NOON_MS

HOUR_MS = 60 * MINUTE_MS
CHANCE = 0.35
EVERY_EFFECT = {"area": 0.2, "building": 0.35, "courier": 0.15, "hour": 0.1, "depot": 0.25}
"""Standard deviations of the true effects, in logarithms."""
DOOR = Visit(StopKind.DROPOFF, "d1", Point(31.2, 121.4), 12, "c1", 1, "Market Street 1")


class Town:
    """A town with 80 buildings in 8 areas, 12 couriers and 3 depots: the truth that is to be found out."""

    def __init__(self, seed: int, wild: float = 0.02) -> None:
        self.random, self._truth = Random(seed), Random(seed + 1_000)
        self.wild = wild
        self._effects: dict[str, float] = {}

    def visit(self) -> Visit:
        number = self.random.randrange(80)
        place = Point(31.2 + 0.02 * (number % 8), 121.4 + 0.0004 * number)
        kind = self.random.choice(list(StopKind))
        orders = self.random.choice((1, 1, 1, 2, 3))
        hour, courier_id = self.random.randrange(10, 22), f"c{self.random.randrange(12)}"
        return Visit(kind, f"d{number % 3}", place, hour, courier_id, orders, f"Street {number}, apt {orders}")

    def median_s(self, visit: Visit) -> float:
        number = visit.address.partition(",")[0].rpartition(" ")[2]
        names = [("area", f"{int(number) % 8}"), ("building", number), ("courier", visit.courier_id)]
        names += [("hour", str(visit.hour)), ("depot", visit.depot_id)]
        base = {StopKind.PICKUP: 150.0, StopKind.DROPOFF: 70.0}[visit.kind] + 25.0 * (visit.orders - 1)
        return base * exp(sum(self._effect(kind, f"{visit.kind} {name}") for kind, name in names))

    def _effect(self, kind: str, name: str) -> float:
        key = f"{kind} {name}"
        if key not in self._effects:
            self._effects[key] = self._truth.gauss(0, EVERY_EFFECT[kind])
        return self._effects[key]

    def took_s(self, visit: Visit) -> float:
        return self.median_s(visit) * exp(self.random.gauss(0, CHANCE))

    def days(self, stops: int, every_ms: int = 2 * MINUTE_MS) -> Iterator[Served]:
        """Stops one after the other; some of them are wild: somebody forgot to tap, or had lunch."""
        for n in range(stops):
            visit, ended_at_ms = self.visit(), NOON_MS + n * every_ms
            wild = 10.0 if self.random.random() < self.wild else 1.0
            yield Served(visit, ended_at_ms - round(self.took_s(visit) * wild * 1000), ended_at_ms)


def error(times: ServiceTimes, town: Town) -> float:
    """The mean distance of what is expected from the true median, in logarithms."""
    visits = [town.visit() for _ in range(400)]
    return sum(abs(log(times.expected_s(v).p50_s / town.median_s(v))) for v in visits) / len(visits)


def covered(times: ServiceTimes, town: Town, draws: int = 4_000) -> float:
    """Which share of fresh stops took at most what was said of nine in ten."""
    visits = [town.visit() for _ in range(draws)]
    return sum(town.took_s(v) <= times.expected_s(v).p90_s for v in visits) / draws


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_error_falls_as_stops_come(seed: int) -> None:
    """From what the house says, to half of it after a few hundred stops, to a ninth of the time after twenty days."""
    town, times, errors = Town(seed), ServiceTimes(), []
    errors.append(error(times, town))
    for stops in (300, 3_000, 9_000):
        times.learn(town.days(stops))
        errors.append(error(times, town))
    assert errors == sorted(errors, reverse=True)
    assert errors[1] < 0.65 * errors[0] and errors[3] < 0.13, errors


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("stops", [600, 3_000, 9_000])
def test_nine_stops_in_ten_take_no_longer_than_said(seed: int, stops: int) -> None:
    """Of fresh stops 87 to 93 % do, with few stops learnt and with many; the wild ones do not widen it."""
    town, times = Town(seed), ServiceTimes()
    times.learn(town.days(stops))
    assert 0.87 <= covered(times, town) <= 0.93


def test_one_wild_stop_does_not_move_it() -> None:
    """Two hours at a door that takes a minute: the next expectation is within a tenth of the one before."""
    times = ServiceTimes()
    times.learn(Served(DOOR, at_ms, at_ms + MINUTE_MS) for at_ms in range(NOON_MS, NOON_MS + 20 * HOUR_MS, HOUR_MS))
    before = times.expected_s(DOOR)
    times.learn([Served(DOOR, NOON_MS + 30 * HOUR_MS, NOON_MS + 32 * HOUR_MS)])
    after = times.expected_s(DOOR)
    assert before.p50_s == pytest.approx(60, rel=0.1)
    assert after.p50_s == pytest.approx(before.p50_s, rel=0.1)


def test_nothing_learnt_is_what_the_house_says() -> None:
    """So an empty learner changes nothing; more orders take longer, and nine in ten is more than half."""
    times = ServiceTimes()
    one = times.expected_s(DOOR)
    three = times.expected_s(Visit(StopKind.DROPOFF, "d1", DOOR.place, 12, "c1", 3))
    assert one.p50_s == pytest.approx(HOUSE_S[StopKind.DROPOFF]) and one.p90_s > one.p50_s
    assert three.p50_s == pytest.approx(HOUSE_S[StopKind.DROPOFF] + 60)


def test_a_new_building_speaks_like_its_area() -> None:
    """Where the neighbours take long, so does a door that nobody was at yet; another flat is the same building."""
    times = ServiceTimes()
    slow = [Visit(StopKind.DROPOFF, "d1", DOOR.place, 12, "c1", 1, f"Street {n}") for n in range(10)]
    quick = [Visit(StopKind.DROPOFF, "d1", Point(31.3, 121.4), 12, "c1", 1, f"Lane {n}") for n in range(10)]
    for n in range(200):
        at_ms = NOON_MS + n * HOUR_MS
        times.learn(
            [Served(slow[n % 10], at_ms, at_ms + 5 * MINUTE_MS), Served(quick[n % 10], at_ms, at_ms + MINUTE_MS)]
        )
    fresh = Visit(StopKind.DROPOFF, "d1", DOOR.place, 12, "c1", 1, "Street 99")
    assert times.expected_s(fresh).p50_s > 2 * times.expected_s(quick[0]).p50_s
    other_flat = Visit(StopKind.DROPOFF, "d1", DOOR.place, 12, "c1", 1, "street 3, Apt. 7")
    assert times.expected_s(other_flat) == times.expected_s(slow[3])


def test_what_was_long_ago_is_forgotten() -> None:
    """A gate that is quick since it was mended is believed after some weeks, and old news cannot undo that."""
    times = ServiceTimes()
    times.learn(Served(DOOR, NOON_MS + n * HOUR_MS, NOON_MS + n * HOUR_MS + 8 * MINUTE_MS) for n in range(100))
    later_ms = NOON_MS + 3 * HALF_LIFE_MS
    times.learn(Served(DOOR, later_ms + n * HOUR_MS, later_ms + n * HOUR_MS + MINUTE_MS) for n in range(40))
    mended = times.expected_s(DOOR).p50_s
    assert mended < 110
    times.learn([Served(DOOR, NOON_MS, NOON_MS + 8 * MINUTE_MS)])
    assert times.expected_s(DOOR).p50_s == pytest.approx(mended, rel=0.02)


def test_years_do_not_overflow() -> None:
    """The weight of now stays a number, and what is expected goes on as it was."""
    times = ServiceTimes()
    for n in range(600):
        at_ms = NOON_MS + n * HALF_LIFE_MS // 4
        times.learn([Served(DOOR, at_ms, at_ms + 3 * MINUTE_MS)])
    assert 90 < times.expected_s(DOOR).p50_s < 200


def test_what_cannot_be_a_service_is_not_learnt() -> None:
    """Arrived and done in one tap, done before it began, or forgotten for an afternoon."""
    times, before = ServiceTimes(), ServiceTimes().expected_s(DOOR)
    for seconds in (0, 5, -60, 3 * 3_600):
        assert times.learn([Served(DOOR, NOON_MS, NOON_MS + seconds * 1000)]) == 0
    assert times.expected_s(DOOR) == before


@pytest.mark.parametrize(("seconds", "bound"), [(11, LEAST_S), (7_000, MOST_S)])
def test_expectations_have_bounds(seconds: int, bound: float) -> None:
    """Whatever was seen, a stop takes a quarter of a minute and no more than an hour."""
    times = ServiceTimes()
    for n in range(4_000):
        at_ms = NOON_MS + n * MINUTE_MS
        times.learn([Served(DOOR, at_ms, at_ms + seconds * 1000)])
    spread = times.expected_s(DOOR)
    assert bound in (spread.p50_s, spread.p90_s)


def test_waiting_is_no_service() -> None:
    """It begins when the courier is there and the goods are ready, or the window is open."""
    assert service_began_ms(NOON_MS, NOON_MS + MINUTE_MS) == NOON_MS + MINUTE_MS
    assert service_began_ms(NOON_MS, 0) == NOON_MS


def test_it_outlives_the_process() -> None:
    """Through JSON and back it expects the same, and learns on the same; another version is refused."""
    town, times = Town(5), ServiceTimes()
    times.learn(town.days(500))
    again = ServiceTimes.from_record(json.loads(json.dumps(times.to_record())))
    more = list(town.days(50))
    for each in (times, again):
        each.learn(more)
    visits = [town.visit() for _ in range(50)]
    assert [times.expected_s(v) for v in visits] == [again.expected_s(v) for v in visits]
    assert "Street" not in json.dumps(times.to_record())
    with pytest.raises(ValueError, match="another version"):
        ServiceTimes.from_record({"version": 2})


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond so many names the lightest are forgotten."""
    monkeypatch.setattr("dispatch.planning.dwell.MOST_BUILDINGS", 100)
    times = ServiceTimes()
    for n in range(500):
        visit = Visit(StopKind.DROPOFF, "d1", Point(31.2, 121.4), 12, "c1", 1, f"Street {n}")
        times.learn([Served(visit, NOON_MS + n * HOUR_MS, NOON_MS + n * HOUR_MS + 2 * MINUTE_MS)])
    assert len(times.to_record()["effects"]) <= 101
    assert isinstance(times.expected_s(DOOR), Spread)
