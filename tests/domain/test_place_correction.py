"""Pins against the places where couriers stood."""

from math import cos, radians
from random import Random

import pytest

from dispatch.domain.gcj02 import shifted, unshifted
from dispatch.domain.geo import METRES_PER_DEGREE, Point, distance_m
from dispatch.domain.place_correction import DOUBTED, Fix, Pattern, Stay, geometric_median, judge_pin, last_stay

SHANGHAI = Point(31.2304, 121.4737)
HELSINKI = Point(60.1699, 24.9384)
NOON_MS = 1_795_348_800_000


def off(place: Point, north_m: float, east_m: float = 0.0) -> Point:
    """A place so many metres away."""
    degrees_east = east_m / (METRES_PER_DEGREE * cos(radians(place.lat)))
    return Point(place.lat + north_m / METRES_PER_DEGREE, place.lon + degrees_east)


def stays(door: Point, visits: int, noise_m: float = 10.0, couriers: int = 3, seed: int = 1) -> list[Stay]:
    """Visits that end at a door, as phones see it."""
    random = Random(seed)
    return [
        Stay(f"v{n}", f"c{n % couriers}", NOON_MS + n, off(door, random.gauss(0, noise_m), random.gauss(0, noise_m)))
        for n in range(visits)
    ]


WRONG = {
    Pattern.SHIFTED: shifted(SHANGHAI),
    Pattern.UNSHIFTED: unshifted(SHANGHAI),
    Pattern.DOUBLE_SHIFTED: shifted(shifted(SHANGHAI)),
}


@pytest.mark.parametrize("pattern", list(WRONG))
@pytest.mark.parametrize("visits", [1, 2, 5])
def test_a_pin_that_went_wrongly_through_gcj02_is_told_by_its_shift(pattern: Pattern, visits: int) -> None:
    """From the first visit on; the proposal is the true place to a metre, surer with every visit."""
    found = judge_pin(WRONG[pattern], stays(SHANGHAI, visits, noise_m=7))
    assert found and found.pattern is pattern and found.visits == visits
    assert distance_m(found.place, SHANGHAI) < 1
    assert found.confidence >= 0.7 + (visits > 1) * 0.1 and 300 < found.distance_m < 1_200
    assert "GCJ-02" in found.reason_en and f"{found.distance_m:.0f} 米" in found.reason_zh


@pytest.mark.parametrize("city", [Point(39.9042, 116.4074), Point(22.5431, 114.0579), Point(30.5728, 104.0668)])
def test_the_patterns_hold_in_other_cities(city: Point) -> None:
    """Beijing, Shenzhen, Chengdu."""
    found = judge_pin(shifted(city), stays(city, 2, noise_m=7))
    assert found and found.pattern is Pattern.SHIFTED and distance_m(found.place, city) < 1


def test_outside_china_the_formula_means_nothing() -> None:
    """The same shift in Helsinki is just another place, and needs as many witnesses as any."""
    pin = shifted(HELSINKI)
    assert judge_pin(pin, stays(HELSINKI, 2, noise_m=5)) is None
    found = judge_pin(pin, stays(HELSINKI, 3, noise_m=5))
    assert found and found.pattern is Pattern.MOVED


@pytest.mark.parametrize(("visits", "proposed"), [(1, False), (2, False), (3, True), (8, True)])
def test_a_pin_somewhere_else_needs_three_visits(visits: int, proposed: bool) -> None:
    """Then the proposal is the middle of the visits, and says how far off the pin is."""
    found = judge_pin(off(SHANGHAI, 0, 150), stays(SHANGHAI, visits))
    assert bool(found) is proposed
    if found:
        assert found.pattern is Pattern.MOVED and distance_m(found.place, SHANGHAI) < 12
        assert found.distance_m == pytest.approx(150, abs=12)
        assert (
            found.confidence == pytest.approx(1 - 1 / visits, abs=0.01)
            and "always at the same place" in found.reason_en
        )


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("away_m", [0, 30, 60, 80])
def test_a_gate_near_the_door_is_no_wrong_pin(away_m: float, seed: int) -> None:
    """Couriers who all park at one gate 60 m off propose nothing, however many they are."""
    assert judge_pin(SHANGHAI, stays(off(SHANGHAI, away_m), 30, noise_m=8, seed=seed)) is None


def test_a_gate_farther_off_is_doubted_when_other_doors_are_served_from_there() -> None:
    """Two other doors with pins of their own: low confidence, and the reason says why; one other is no gate yet."""
    gate = off(SHANGHAI, 140)
    others = [off(SHANGHAI, 0, 120), off(SHANGHAI, 30, -120)]
    sure, doubted = judge_pin(SHANGHAI, stays(gate, 6), others[:1]), judge_pin(SHANGHAI, stays(gate, 6), others)
    assert sure and sure.confidence > 0.8
    assert doubted and doubted.confidence <= DOUBTED and "gate" in doubted.reason_en and "大门" in doubted.reason_zh
    same_house = judge_pin(SHANGHAI, stays(gate, 6), [off(SHANGHAI, 5), off(SHANGHAI, 0, 9)])
    assert same_house == sure


def test_one_courier_alone_may_only_have_a_habit() -> None:
    """Six visits by the same one: low confidence, and the reason says so."""
    found = judge_pin(SHANGHAI, stays(off(SHANGHAI, 150), 6, couriers=1))
    assert (
        found and found.confidence <= DOUBTED and "one courier" in found.reason_en and "同一位骑手" in found.reason_zh
    )


def test_visits_that_do_not_agree_prove_nothing() -> None:
    """Some at the pin and some elsewhere; or all over the place."""
    apart = [*stays(off(SHANGHAI, 200), 3), *stays(SHANGHAI, 3, seed=2)]
    assert judge_pin(SHANGHAI, apart) is None
    assert judge_pin(SHANGHAI, stays(off(SHANGHAI, 300), 8, noise_m=90)) is None
    assert judge_pin(SHANGHAI, []) is None


def test_a_late_tap_does_not_matter() -> None:
    """One visit of six that ended a kilometre on is outvoted."""
    found = judge_pin(off(SHANGHAI, 150), [*stays(SHANGHAI, 5), *stays(off(SHANGHAI, 1_000), 1)])
    assert found and found.visits == 5 and distance_m(found.place, SHANGHAI) < 15
    assert found.confidence < 0.8


def test_bad_phones_ask_for_a_longer_distance() -> None:
    """What is 110 m off by phones that are sure of 10 m is nothing by phones that are off by 45."""
    good = stays(off(SHANGHAI, 110), 6, noise_m=4)
    bad = [Stay(s.visit_id, s.courier, s.at_ms, s.place, 45.0) for s in good]
    assert judge_pin(SHANGHAI, good) and judge_pin(SHANGHAI, bad) is None


def test_false_alarms_are_rare() -> None:
    """Of a thousand right pins with ten noisy visits each, some of them tapped late, none is called wrong."""
    random, alarms = Random(3), 0
    for n in range(1_000):
        seen = stays(SHANGHAI, 10, noise_m=20, seed=n)
        late = random.randrange(4)
        seen[:late] = stays(off(SHANGHAI, random.gauss(0, 400), random.gauss(0, 400)), late, noise_m=60, seed=n)
        alarms += judge_pin(SHANGHAI, seen) is not None
    assert alarms == 0


# --- where a visit ended ------------------------------------------------------------------------------------------


def walk(*legs: tuple[float, float]) -> list[Fix]:
    """A fix every 20 s: (metres north of the start, seconds there) a leg."""
    fixes, at_ms = [], NOON_MS
    for north_m, seconds in legs:
        for _ in range(int(seconds // 20)):
            fixes.append(Fix(at_ms, off(SHANGHAI, north_m), 8.0, 0.3))
            at_ms += 20_000
    return fixes


def test_only_the_end_of_a_visit_counts() -> None:
    """First at the wrong pin, then on the way, then at the door: the door."""
    fixes = walk((0, 120), (150, 20), (300, 100))
    found = last_stay(fixes, NOON_MS, fixes[-1].at_ms + 200_000)
    assert found and distance_m(found[0], off(SHANGHAI, 300)) < 1 and found[1] == 8.0


def test_where_the_phone_does_not_tell_there_is_no_place() -> None:
    """Nothing heard, nothing since the arrival, only fixes that are too bad, or a tap while riding on."""
    fixes = walk((0, 120))
    done_ms = fixes[-1].at_ms
    assert last_stay([], NOON_MS, done_ms) is None
    assert last_stay(fixes, done_ms + 31_000, done_ms + 60_000) is None
    assert last_stay(fixes, 0, done_ms + 61_000) is None and last_stay(fixes, 0, done_ms + 60_000)
    assert last_stay([Fix(f.at_ms, f.place, 200.0) for f in fixes], NOON_MS, done_ms) is None
    assert last_stay([Fix(f.at_ms, f.place, 8.0, 5.0) for f in fixes], NOON_MS, done_ms) is None
    plain = last_stay([Fix(f.at_ms, f.place) for f in fixes], NOON_MS, done_ms)
    assert plain and plain[1] == 15.0


def test_the_median_of_places_withstands_strays() -> None:
    """Two of five lie a kilometre off; one place alone is its own median."""
    near = [SHANGHAI, off(SHANGHAI, 5), off(SHANGHAI, 0, 5)]
    assert distance_m(geometric_median([*near, off(SHANGHAI, 1_000), off(SHANGHAI, 0, 1_000)]), SHANGHAI) < 15
    assert distance_m(geometric_median([HELSINKI]), HELSINKI) < 0.01
