"""Places: what heartbeats do for a phone that stands, and what goes into the track."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from courier_protocol.messages import Fix
from dispatch.application import places as places_module
from dispatch.application.places import PUT_AGAIN_MS, Places
from dispatch.application.ports import Position
from dispatch.application.tracking import TrackingPolicy, dated_ms
from dispatch.domain.geo import METRES_PER_DEGREE, Box
from dispatch.domain.vehicle import Profile
from tests.support.zones import NOON_MS

POLICY = TrackingPolicy(Box(60.1, 24.8, 60.3, 25.1))


def fix(after_s: float = 0.0, north_m: float = 0.0, **more: object) -> Fix:
    at_ms = NOON_MS + int(after_s * 1000)
    return Fix(at_ms=at_ms, lat=60.2 + north_m / METRES_PER_DEGREE, lon=24.95, **more)  # type: ignore[arg-type]


def report(places: Places, first_seq: int, *fixes: Fix, generation: int = 1, after_s: float = 0.0) -> Position | None:
    received_at_ms = max(NOON_MS + int(after_s * 1000), *(each.at_ms for each in fixes))
    return places.report("c1", Profile.EBIKE, generation, first_seq, fixes, received_at_ms=received_at_ms)


def stand(places: Places, last: Fix, after_s: float, generation: int = 1) -> Position | None:
    return places.stand("c1", Profile.EBIKE, generation, last, NOON_MS + int(after_s * 1000))


def order(position: Position) -> tuple[int, int, int]:
    return position.generation, position.seq, position.at_ms


# --- heartbeats ------------------------------------------------------------------------------------------------


def test_a_standing_phone_is_heard_at_its_place() -> None:
    """The place keeps its number and its moment; only when it was heard there moves, and nobody is shown it again."""
    places = Places(POLICY)
    report(places, 4, fix())
    places.take_unwritten()
    assert not stand(places, fix(), 8)
    latest = places.latest["c1"]
    assert order(latest) == (1, 4, NOON_MS) and latest.received_at_ms == NOON_MS + 8_000
    assert places.take_unwritten() == []


def test_a_standing_place_is_stored_again_now_and_then() -> None:
    """Every half a minute: enough for a store that was emptied, and for those who ask when it was heard last."""
    places = Places(POLICY)
    report(places, 4, fix())
    places.take_unwritten()
    stored = {}
    for s in range(8, 130, 8):
        assert not stand(places, fix(), s)
        if puts := places.take_unwritten():
            (stored[s],) = puts
    assert list(stored) == [32, 64, 96, 128] and PUT_AGAIN_MS == 30_000
    put = stored[128]
    assert order(put) == (1, 4, NOON_MS) and put.received_at_ms == NOON_MS + 128_000


def test_a_heartbeat_gives_a_new_session_its_place() -> None:
    """Before its first fix: under number 0, so that the session's numbered fixes go on from there."""
    places = Places(POLICY)
    report(places, 7, fix())
    assert stand(places, fix(20), 21, generation=2)
    assert order(places.latest["c1"]) == (2, 0, NOON_MS + 20_000)
    assert report(places, 3, fix(25), generation=2)
    assert order(places.latest["c1"]) == (2, 3, NOON_MS + 25_000)


def test_a_backlog_after_the_first_heartbeat_is_late() -> None:
    """The phone pings at once with its last fix, then sends what it kept: the marker is right and stays so."""
    places = Places(POLICY)
    stand(places, fix(100, 500), 100, generation=2)
    assert not report(places, 1, *(fix(10 * n, 50 * n) for n in range(1, 10)), generation=2, after_s=101)
    assert order(places.latest["c1"]) == (2, 0, NOON_MS + 100_000)
    assert [position.seq for position in places.take_untracked(100)] == list(range(1, 10))


def test_a_heartbeat_shows_a_newer_place_of_its_session() -> None:
    """A phone that moved less than it must report still says where it is."""
    places = Places(POLICY)
    report(places, 4, fix())
    shown = stand(places, fix(8, 10), 8)
    assert shown and order(shown) == (1, 4, NOON_MS + 8_000)


@pytest.mark.parametrize(
    ("last", "reason"),
    [(fix(9, acc_m=2_000.0), "inaccurate"), (fix(9, mock=True), "mock"), (fix(900), "future_dated")],
)
def test_a_heartbeat_s_fix_passes_the_chain(last: Fix, reason: str) -> None:
    """What is not shown as a fix is not shown as a heartbeat."""
    places = Places(POLICY)
    report(places, 4, fix())
    before = places.latest["c1"]
    assert not stand(places, last, 10)
    assert places.latest["c1"] == before and places.counters[f"positions_dropped_{reason}"] == 1


def test_an_older_session_s_heartbeat_changes_nothing() -> None:
    """The newer session is somewhere else."""
    places = Places(POLICY)
    report(places, 1, fix(), generation=2)
    before = places.latest["c1"]
    assert not stand(places, fix(60, 50), 60, generation=1)
    assert places.latest["c1"] == before


def test_what_another_process_heard_is_taken_without_being_shown_again() -> None:
    """The same fix heard later says that the phone is there; the dot does not move."""
    places = Places(POLICY)
    report(places, 4, fix())
    heard = replace(places.latest["c1"], received_at_ms=NOON_MS + 40_000)
    assert places.take_stored([heard]) == ([heard], []) and places.take_stored([heard]) == ([], [])
    assert places.latest["c1"] == heard
    moved = replace(heard, seq=5, lat=60.21)
    assert places.take_stored([moved]) == ([moved], [moved])


sayings = st.tuples(
    st.booleans(), st.integers(1, 3), st.integers(1, 9), st.integers(-30, 30), st.integers(0, 200), st.booleans()
)


@given(st.lists(sayings, max_size=40))
def test_fixes_and_heartbeats_together_never_move_the_marker_back(
    said: list[tuple[bool, int, int, int, int, bool]],
) -> None:
    """In any mixture and order: what is shown rises in (generation, seq), and within a generation in time."""
    places, shown = Places(POLICY), []
    for n, (is_fix, generation, seq, off_s, north_m, mock) in enumerate(said):
        each = fix(40 + 2 * n + off_s, north_m, mock=mock)
        received_ms = NOON_MS + (40 + 2 * n) * 1000
        if is_fix:
            position = places.report("c1", Profile.EBIKE, generation, seq, [each], received_at_ms=received_ms)
        else:
            position = places.stand("c1", Profile.EBIKE, generation, each, received_ms)
        shown += [position] if position else []
    for before, after in pairwise(shown):
        assert (before.generation, before.seq) <= (after.generation, after.seq)
        assert before.generation < after.generation or dated_ms(before) <= dated_ms(after)


# --- the track -------------------------------------------------------------------------------------------------


def test_a_ride_goes_into_the_track_thinned() -> None:
    """Two fixes a second make a point every 20 m."""
    places = Places(POLICY)
    report(places, 1, *(fix(n / 2, 2.6 * n) for n in range(200)))
    assert len(places.take_untracked(1_000)) == 25
    assert places.take_untracked(1_000) == []


def test_late_and_mock_places_go_into_the_track_and_unsound_ones_do_not() -> None:
    """Late ones repair it, made-up ones are evidence; neither is shown."""
    places = Places(POLICY)
    report(places, 9, fix(100, 300))
    report(places, 1, fix(10), fix(20, 30), fix(30, 0.0, mock=True), after_s=100)
    report(places, 4, Fix(at_ms=NOON_MS + 40_000, lat=0.0, lon=0.0), fix(50, 900_000), after_s=100)
    assert order(places.latest["c1"]) == (1, 9, NOON_MS + 100_000)
    assert [(p.seq, p.mock) for p in places.take_untracked(9)] == [(9, False), (1, False), (2, False), (3, True)]
    dropped = {what: n for what, n in places.counters.items() if n and what != "positions_in"}
    assert dropped == {
        "positions_dropped_out_of_order": 2,
        "positions_dropped_mock": 1,
        "positions_mock": 1,
        "positions_dropped_null_island": 1,
        "positions_dropped_outside_city": 1,
    }


def test_shown_mock_places_are_counted() -> None:
    """A fleet that wants them still sees how many there are."""
    places = Places(TrackingPolicy(POLICY.city, shows_mock=True))
    assert report(places, 1, fix(mock=True)) and places.latest["c1"].mock
    assert places.counters["positions_mock"] == 1 and len(places.take_untracked(9)) == 1


def test_what_waits_for_the_track_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """While its store is away the oldest points are lost, and counted; what was put back comes first again."""
    monkeypatch.setattr(places_module, "MAX_UNTRACKED", 10)
    places = Places(POLICY)
    report(places, 1, *(fix(10 * n, 50 * n) for n in range(12)))
    first = places.take_untracked(4)
    assert [position.seq for position in first] == [3, 4, 5, 6] and places.counters["track_points_lost"] == 2
    places.put_back(first)
    assert [position.seq for position in places.take_untracked(100)] == list(range(3, 13))
