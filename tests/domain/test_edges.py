"""Rules at their very edge: what is just inside, what is just outside, and figures as they are told."""

import re
from dataclasses import replace

import pytest

from dispatch.domain import commands as c
from dispatch.domain import events as e
from dispatch.domain.area import Area
from dispatch.domain.areas import AreaMap
from dispatch.domain.errors import Conflict, DomainError, InvalidInput, NotFound
from dispatch.domain.geo import Box, Point, bearing_deg
from dispatch.domain.goals import Goals
from dispatch.domain.incident import LEAST_FACTOR, MOST_FACTOR, ShapeKind
from dispatch.domain.judgement import Judgement, Verdict, judge, summarise
from dispatch.domain.order import Lock
from dispatch.domain.order_message import Party
from dispatch.domain.override import EtaEffect, OverrideAction
from dispatch.domain.place_correction import AT_REST_MPS, WORST_ACCURACY_M, Fix, last_stay, seen_since_ms
from dispatch.domain.windows import AHEAD_MS, SLOT_MS, windows_ahead, works_until_ms
from dispatch.domain.zone import ZoneState
from tests.domain.test_judgement import override
from tests.domain.test_traffic import WORKS
from tests.support.zones import MINUTE_MS, NOON_MS, ask, courier, given, zone

HERE = Point(60.0, 25.0)
RING = (Point(60.0, 25.0), Point(61.0, 25.0), Point(60.0, 26.0))
MOST = {
    "on_time_pct": 100, "at_risk_pct": 100, "late_pct": 100, "door_min": 1_440, "orders_per_courier_hour": 100,
    "waiting_orders": 100_000, "waiting_s": 86_400,
}  # fmt: skip


def said(state: ZoneState, command: c.Command) -> tuple[type[DomainError], str, str]:
    """(kind, code, words) of a refusal."""
    with pytest.raises(DomainError) as refusal:
        ask(state, command)
    return type(refusal.value), refusal.value.code, refusal.value.detail


@pytest.mark.parametrize("name", MOST)
def test_a_goal_is_named_with_its_bounds(name: str) -> None:
    """0 and the most are goals; beyond them the refusal names which goal it is."""
    for value in (0, MOST[name]):
        ask(zone(couriers=0), c.SetGoals(Goals(**{name: value})))
    wanted = (InvalidInput, "bad_goal", f"The goal {name} is a number from 0 to {MOST[name]}.")
    assert said(zone(couriers=0), c.SetGoals(Goals(**{name: MOST[name] + 1}))) == wanted


@pytest.mark.parametrize(
    ("at_home", "names"),
    [(1, "c1"), (2, "c1, c2"), (5, "c1, c2, c3, c4, c5"), (6, "c1, c2, c3, c4, c5 and others")],
)
def test_an_area_that_is_home_to_somebody_stays(at_home: int, names: str) -> None:
    """Five of them are named; nobody else is."""
    state = zone(couriers=0)
    assert said(state, c.RemoveArea("a")) == (NotFound, "unknown_area", "There is no area a.")
    ask(state, c.RegisterArea(Area("a", "A", RING)))
    for number in range(1, at_home + 1):
        ask(state, c.RegisterCourier(replace(courier(f"c{number}"), home_areas=("a",))))
    ask(state, c.RegisterCourier(courier("z")))
    words = f"The area is home to {names}; give them other areas first."
    assert said(state, c.RemoveArea("a")) == (Conflict, "area_in_use", words)


def test_an_area_is_its_ring_and_not_the_box_around_it() -> None:
    """A place in the box beyond the ring is in no area; one on the border is in it."""
    areas = AreaMap([Area("a", "A", RING)])
    assert areas.areas_of([Point(60.2, 25.2), Point(60.9, 25.9), Point(60.0, 25.5)]) == ["a", "", "a"]


def test_the_edges_of_a_box_belong_to_it() -> None:
    """All four, and nothing beyond."""
    box = Box(60.0, 24.0, 61.0, 25.0)
    for lat, lon in ((60.0, 24.5), (61.0, 24.5), (60.5, 24.0), (60.5, 25.0)):
        assert box.contains(Point(lat, lon))
    for lat, lon in ((59.999, 24.5), (61.001, 24.5), (60.5, 23.999), (60.5, 25.001)):
        assert not box.contains(Point(lat, lon))


@pytest.mark.parametrize(
    ("to", "course"), [((60.1, 25.2), 44.8), ((61.0, 27.0), 43.6), ((59.0, 24.0), 207.3), ((60.0, 85.0), 63.4)]
)
def test_a_course_over_the_globe(to: tuple[float, float], course: float) -> None:
    """Not the flat angle: over 60 degrees of longitude one sets out far north of east."""
    assert round(bearing_deg(HERE, Point(*to)), 1) == pytest.approx(course, abs=0.2)


def test_what_nobody_feels_is_the_same() -> None:
    """Less than a minute either way; a minute is felt."""

    def verdict(better_ms: int) -> Verdict:
        at_ms = NOON_MS + 10 * MINUTE_MS
        return judge(override(EtaEffect("o1", at_ms, at_ms, at_ms, at_ms - better_ms, "delivered"))).verdict

    assert [verdict(ms) for ms in (59_999, -59_999, 0)] == [Verdict.SAME] * 3
    assert [verdict(ms) for ms in (60_000, -60_000)] == [Verdict.BETTER, Verdict.WORSE]


def test_minutes_are_told_with_one_place() -> None:
    """In a judgement and in the sums of many."""
    one = EtaEffect("o1", NOON_MS, NOON_MS + 1_000_000, NOON_MS + 800_000, NOON_MS + 100_000, "delivered")
    assert judge(override(one)) == Judgement(Verdict.BETTER, 1, 15.0, 3.3, 15.0)
    other = replace(one, with_at_ms=NOON_MS + 500_000, actual_at_ms=NOON_MS + 111_111)
    (row,) = summarise([override(one), override(other), override(replace(other, with_at_ms=NOON_MS + 1))])
    assert (row.better_min, row.predicted_min, row.late_saved_min) == (14.9, 9.4, 44.6)
    on_time = EtaEffect("o1", NOON_MS + MINUTE_MS, NOON_MS + 1, NOON_MS + 1, NOON_MS + 1, "delivered")
    assert judge(override(on_time)).late_saved_min == 0.0


def test_a_visit_is_told_by_sound_fixes_at_rest() -> None:
    """The worst accuracy that counts still counts, as does the greatest speed of somebody at rest; each fix once."""
    far = Point(60.001, 25.0)
    at = [Fix(1_000 * n, HERE, WORST_ACCURACY_M) for n in range(3)]
    assert last_stay(at, 1, 2_000) == (HERE, WORST_ACCURACY_M)
    assert last_stay([Fix(0, HERE, WORST_ACCURACY_M + 1)], 1, 0) is None
    assert last_stay([Fix(0, HERE, 5.0, AT_REST_MPS)], 1, 0) == (HERE, 5.0)
    assert last_stay([Fix(0, HERE, 5.0, AT_REST_MPS + 0.1)], 1, 0) is None
    assert last_stay([Fix(0, HERE, 5.0), Fix(1, HERE, 9.0)], 1, 1) == (HERE, 7.0)
    assert last_stay([Fix(0, far, 1.0), Fix(1, HERE, 5.0), Fix(2, HERE, 9.0)], 1, 2) == (HERE, 7.0)
    assert seen_since_ms(100_000, 500_000) == 70_000
    assert seen_since_ms(0, 500_000) == 440_000


def test_windows_begin_within_what_can_be_known() -> None:
    """The last one begins at the end of a shift, or eight hours ahead, and not a moment later."""
    ahead = windows_ahead(NOON_MS, NOON_MS, NOON_MS + 2 * SLOT_MS)
    assert [window.earliest_at_ms - NOON_MS for window in ahead] == [SLOT_MS, 2 * SLOT_MS]
    assert len(windows_ahead(NOON_MS, NOON_MS, NOON_MS + 2 * SLOT_MS - 1)) == 1
    assert len(windows_ahead(NOON_MS, NOON_MS, 0)) == AHEAD_MS // SLOT_MS
    ends = [replace(courier("c1"), shift_end_at_ms=NOON_MS)]
    assert works_until_ms(ends, NOON_MS) == NOON_MS and works_until_ms(ends, NOON_MS - 1) == NOON_MS


def test_an_incident_is_over_at_its_end() -> None:
    """At the very moment, whichever end it has; the factor's bounds are factors."""
    assert replace(WORKS, until_ms=NOON_MS + 5).is_over(NOON_MS + 5)
    assert not replace(WORKS, until_ms=NOON_MS + 5).is_over(NOON_MS + 4)
    assert replace(WORKS, ended_at_ms=NOON_MS + 5).is_over(NOON_MS + 5)
    assert not replace(WORKS, ended_at_ms=NOON_MS + 5).is_over(NOON_MS + 4)
    for factor in (LEAST_FACTOR, MOST_FACTOR):
        ask(zone(), c.ReportIncident(replace(WORKS, factor=factor)))
    bad = said(zone(), c.ReportIncident(replace(WORKS, factor=MOST_FACTOR + 1)))
    assert bad[1] == "bad_factor" and re.fullmatch(r"A factor says .*, 0\.2 to 20\.", bad[2])


def test_a_lock_is_set_and_lifted_under_its_own_name() -> None:
    """The audit tells them apart."""
    state = zone(orders=1)
    given(state, "c1", "o1")
    for lock, action in ((Lock.COURIER, "lock"), (Lock.NONE, "unlock")):
        ask(state, c.LockOrder("o1", lock, "because"))
        assert list(state.overrides.values())[-1].action.value == action


def test_who_is_asked_again_and_who_is_not_is_a_step_of_its_own() -> None:
    """Excluding and including are told under their names."""
    state = zone(couriers=2, orders=1)
    told = []
    for action in (OverrideAction.EXCLUDE, OverrideAction.INCLUDE):
        events = ask(state, c.Overrule(action, ("o1",), "because", "c1"))
        told += [event.what for event in events if isinstance(event, e.OrderChanged)]
    assert told == ["excluded", "included"]


def test_a_courier_who_is_registered_anew_keeps_the_shift() -> None:
    """Duty, since when, and when the shift began."""
    state = zone(couriers=1)
    before = state.couriers["c1"]
    ask(state, c.RegisterCourier(courier("c1")), NOON_MS + MINUTE_MS)
    after = state.couriers["c1"]
    assert (after.duty, after.duty_since_ms, after.shift_from_ms) == (
        before.duty,
        before.duty_since_ms,
        before.shift_from_ms,
    )
    assert before.duty_since_ms == NOON_MS


def test_one_character_is_a_message_and_an_area_of_three_corners_a_ring() -> None:
    """The least of each."""
    state = zone(orders=1)
    ask(state, c.PostMessage("m1", "o1", Party.CUSTOMER, Party.DISPATCHER, "?"))
    ask(state, c.ReportIncident(replace(WORKS, shape=ShapeKind.POLYGON, corners=RING)))
    assert len(state.messages["o1"]) == 1 and state.incidents
