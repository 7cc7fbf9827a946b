"""The tracking chain: what is dropped, why, and how a courier that was misplaced comes back."""

from dataclasses import replace

import pytest

from dispatch.application.ports import Position
from dispatch.application.tracking import MAX_SPEED_MPS, Track, TrackingPolicy, judge
from dispatch.domain.geo import Box, Point
from dispatch.domain.vehicle import Profile

POLICY = TrackingPolicy(Box(60.1, 24.8, 60.3, 25.1))
NOW_MS = 1_000_000
KM_LAT = 1 / 111.2


def at(seq: int, north_km: float = 0.0, *, after_s: float = 0.0, generation: int = 1) -> Position:
    at_ms = NOW_MS + int(after_s * 1000)
    return Position("c1", generation, seq, at_ms, at_ms, Point(60.2 + north_km * KM_LAT, 24.95))


def tracked(*positions: Position, profile: Profile = Profile.BIKE) -> Track:
    track = Track(profile)
    for position in positions:
        assert judge(position, track, POLICY) == ""
    return track


def test_a_ride_passes() -> None:
    """Fixes of a plausible ride all pass, and the last one is the newest place."""
    track = tracked(*(at(n, 0.03 * n, after_s=5 * n) for n in range(1, 20)))
    assert track.last == at(19, 0.57, after_s=95)


def test_the_order_is_generation_and_sequence_never_time() -> None:
    """A repeated or older number is dropped, whatever its clock says; a new session begins at 1 again."""
    track = tracked(at(5))
    assert judge(at(5), track, POLICY) == "older"
    assert judge(at(4, after_s=60), track, POLICY) == "older"
    assert judge(at(1, generation=2), track, POLICY) == ""
    assert judge(at(6, after_s=60), track, POLICY) == "older"


def test_an_older_device_clock_is_no_reason() -> None:
    """A phone whose clock is set back goes on being shown: its numbers rise."""
    track = tracked(at(1, after_s=100))
    assert judge(at(2), track, POLICY) == ""


def test_future_dated_is_dropped_and_freezes_nothing() -> None:
    """A fix from tomorrow is dropped; the next sane one passes."""
    track = tracked(at(1))
    assert judge(replace(at(2), at_ms=NOW_MS + 90_000), track, POLICY) == "future_dated"
    assert judge(at(3, after_s=5), track, POLICY) == ""


@pytest.mark.parametrize(
    ("place", "reason"),
    [
        (Point(0.0, 0.0), "null_island"),
        (Point(61.0, 24.95), "outside_city"),
        (Point(60.2, 26.0), "outside_city"),
        (Point(60.35, 24.95), ""),
    ],
)
def test_places_that_cannot_be(place: Point, reason: str) -> None:
    """0/0 is a receiver without a fix; the city has a margin around it, and an end."""
    assert judge(replace(at(1), place=place), Track(Profile.BIKE), POLICY) == reason


def test_a_poor_place_is_better_than_none_only() -> None:
    """A cell tower's guess serves as a first place and never replaces a good one."""
    poor = replace(at(1), accuracy_m=2_000.0)
    track = tracked(poor)
    assert judge(replace(poor, seq=2), track, POLICY) == "inaccurate"


@pytest.mark.parametrize("profile", Profile)
def test_nobody_jumps(profile: Profile) -> None:
    """Each vehicle has its limit, with some slack for noise; just below it passes."""
    reach_km = (POLICY.slack_m + 10 * MAX_SPEED_MPS[profile]) / 1000
    assert judge(at(2, reach_km * 0.99, after_s=10), tracked(at(1), profile=profile), POLICY) == ""
    assert judge(at(2, reach_km * 1.05, after_s=10), tracked(at(1), profile=profile), POLICY) == "implausible"


def test_a_wrong_place_does_not_last_for_ever() -> None:
    """Three positions that agree with each other win over the one that they all contradict."""
    track = tracked(at(1))
    assert [judge(at(n, 8 + 0.01 * n, after_s=n), track, POLICY) for n in (2, 3, 4, 5)] == [
        "implausible",
        "implausible",
        "",
        "",
    ]


def test_wild_jumps_never_agree() -> None:
    """A receiver that jumps to and fro never gets believed."""
    track = tracked(at(1))
    wild = [judge(at(n, 8.0 if n % 2 else -8.0, after_s=n), track, POLICY) for n in range(2, 12)]
    assert set(wild) == {"implausible"}
    assert judge(at(12, 0.01, after_s=12), track, POLICY) == ""
    assert track.doubts == 0
