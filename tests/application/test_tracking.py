"""The tracking chain: what is dropped, why, and how a courier that was misplaced comes back."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from dispatch.application.ports import Position
from dispatch.application.tracking import (
    CHAIN,
    MAX_SPEED_MPS,
    REASONS,
    Track,
    TrackingPolicy,
    dated_ms,
    is_ordinary,
    judge,
)
from dispatch.domain.geo import Box, Point
from dispatch.domain.vehicle import Profile

POLICY = TrackingPolicy(Box(60.1, 24.8, 60.3, 25.1))
NOW_MS = 1_000_000
KM_LAT = 1 / 111.2


def at(seq: int, north_km: float = 0.0, *, after_s: float = 0.0, generation: int = 1) -> Position:
    at_ms = NOW_MS + int(after_s * 1000)
    return Position("c1", generation, seq, at_ms, at_ms, 60.2 + north_km * KM_LAT, 24.95)


def tracked(*positions: Position, profile: Profile = Profile.BIKE) -> Track:
    track = Track(profile)
    for position in positions:
        assert judge(position, track, POLICY) == ""
    return track


def test_a_ride_passes() -> None:
    """Fixes of a plausible ride all pass, and the last one is the newest place."""
    track = tracked(*(at(n, 0.03 * n, after_s=5 * n) for n in range(1, 20)))
    assert track.last == at(19, 0.57, after_s=95)


def test_the_order_is_generation_and_sequence() -> None:
    """The same number is a duplicate, a lower one is late, whatever its clock says; a new session begins at 1 again."""
    track = tracked(at(5))
    assert judge(at(5, after_s=60), track, POLICY) == "duplicate"
    assert judge(at(4, after_s=60), track, POLICY) == "out_of_order"
    assert judge(at(1, generation=2), track, POLICY) == ""
    assert judge(at(6, after_s=60), track, POLICY) == "out_of_order"


def test_time_does_not_go_back_within_a_session() -> None:
    """A higher number with an older moment is late; another phone may have another clock."""
    track = tracked(at(1, after_s=100))
    assert judge(at(2), track, POLICY) == "out_of_order"
    assert judge(at(1, generation=2), track, POLICY) == ""


def test_a_late_place_must_be_sound() -> None:
    """What is late is judged as well: nobody was 50 km away ten seconds before."""
    track = tracked(at(9, after_s=100))
    assert judge(at(3, 0.2, after_s=70), track, POLICY) == "out_of_order"
    assert judge(at(4, 14.0, after_s=90), track, POLICY) == "implausible"
    assert judge(replace(at(5, after_s=80), lat=0.0, lon=0.0), track, POLICY) == "null_island"
    assert track.last == at(9, after_s=100)


def test_a_clock_that_is_ahead_freezes_nothing() -> None:
    """Within what clocks may differ a fix is shown, and the good ones after it, too, although they look older."""
    track = tracked(replace(at(1), at_ms=NOW_MS + 50_000))
    assert judge(at(2, after_s=5), track, POLICY) == ""


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
    assert judge(replace(at(1), lat=place.lat, lon=place.lon), Track(Profile.BIKE), POLICY) == reason


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


# --- what receivers and apps make up ---------------------------------------------------------------------------


def test_a_mock_place_is_not_shown_unless_wanted() -> None:
    """An app made it up: the last honest place stays. A fleet with external receivers may want them."""
    mock = replace(at(2, 0.01, after_s=5), mock=True)
    track = tracked(at(1))
    assert judge(mock, track, POLICY) == "mock" and track.last == at(1)
    assert judge(mock, track, TrackingPolicy(POLICY.city, shows_mock=True)) == "" and track.last == mock


def moving(seq: int, after_s: float, north_km: float = 0.0) -> Position:
    return replace(at(seq, north_km, after_s=after_s), speed_mps=6.0)


def test_a_frozen_receiver_is_found_out() -> None:
    """The same centimetre again and again although it moves; the next other place is taken at once."""
    track = tracked(moving(1, 0))
    assert [judge(moving(n, 5 * n), track, POLICY) for n in (2, 3, 4, 5)] == ["", "", "frozen", "frozen"]
    assert judge(moving(6, 30, 0.1), track, POLICY) == ""
    assert track.repeats == 0


def test_the_same_moment_again_and_again_is_frozen() -> None:
    """A phone that hands out its last known place under new numbers."""
    track = tracked(at(1))
    assert [judge(at(n), track, POLICY) for n in (2, 3, 4, 5)] == ["", "", "frozen", "frozen"]


def test_a_phone_at_rest_is_not_frozen() -> None:
    """Fused receivers repeat the place of a phone on a table, and say that it does not move."""
    track = tracked(at(0))
    rests = [replace(at(n, after_s=5 * n), speed_mps=0.2) for n in range(1, 20)]
    assert [judge(each, track, POLICY) for each in rests] == [""] * 19
    assert track.last == rests[-1]


# --- all of it -------------------------------------------------------------------------------------------------


def test_every_reason_has_its_check_and_the_other_way_round() -> None:
    """The counters begin with every reason at 0: the table and the chain must not part."""
    assert tuple(check.__name__.lstrip("_") for check in CHAIN) == REASONS


reports = st.builds(
    lambda generation, seq, at_s, late_s, north_m, mock: Position(
        "c1", generation, seq, NOW_MS + 1000 * at_s, NOW_MS + 1000 * (at_s + late_s),
        60.2 + north_m / 111_200, 24.95, mock=mock,
    ),
    st.integers(1, 3), st.integers(1, 9), st.integers(0, 120), st.integers(-90, 60), st.integers(0, 400), st.booleans(),
)  # fmt: skip


@given(st.lists(reports, max_size=40))
def test_what_is_ordinary_would_pass_the_chain(stream: list[Position]) -> None:
    """The short look and the chain agree: what the one lets by, the other passes, and leaves the same behind."""
    for profile in (Profile.FOOT, Profile.CAR):
        short, whole = Track(profile), Track(profile)
        for position in stream:
            if is_ordinary(position, short, POLICY):
                short.last = position
                assert judge(position, whole, POLICY) == ""
            else:
                assert judge(position, short, POLICY) == judge(position, whole, POLICY)
            assert short == whole


@given(st.lists(reports, max_size=40))
def test_what_is_shown_never_goes_back(stream: list[Position]) -> None:
    """Whatever comes in whatever order: (generation, seq) only rise, and time does within a generation."""
    track, shown = Track(Profile.EBIKE), []
    for position in stream:
        if not judge(position, track, POLICY):
            shown.append(position)
            assert track.last is position
    for before, after in pairwise(shown):
        assert (before.generation, before.seq) < (after.generation, after.seq)
        assert before.generation < after.generation or dated_ms(before) <= dated_ms(after)


@given(st.lists(reports, max_size=20), st.integers(0, 60))
def test_nothing_that_was_reported_holds_up_a_good_fix(stream: list[Position], after_s: int) -> None:
    """After anything at all, the next number with the right time is shown, once it could have ridden there."""
    track = Track(Profile.EBIKE)
    for position in stream:
        judge(position, track, POLICY)
    now_ms = NOW_MS + 1000 * (180 + after_s)
    good = Position("c1", 3, 10, now_ms, now_ms, 60.2, 24.95, speed_mps=0.0)
    assert judge(good, track, POLICY) == ""
