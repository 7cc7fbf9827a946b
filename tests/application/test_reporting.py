"""How often a phone reports, from everything that it depends on."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courier_protocol.codec import check
from courier_protocol.messages import Policy
from dispatch.application.reporting import LEAST_REAL_S, TABLE, Reporting, Situation, wanted
from dispatch.domain.courier import Duty

FREE = Situation(Duty.AVAILABLE)


def working(**more: object) -> Situation:
    return Situation(Duty.AVAILABLE, stops_ahead=2, **({"to_next_stop_m": 2_000.0} | more))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("seen", "interval_s", "reason"),
    [
        (Situation(Duty.OFF_DUTY), 300, "off_duty"),
        (Situation(Duty.ON_BREAK), 60, "on_break"),
        (FREE, 15, "waiting"),
        (Situation(Duty.ENDING), 15, "waiting"),
        (Situation(Duty.AVAILABLE, staff_watch=True), 10, "waiting_seen"),
        (Situation(Duty.OFF_DUTY, staff_watch=True), 300, "off_duty"),
        (working(), 5, "working"),
        (working(to_next_stop_m=None), 5, "working"),
        (working(staff_watch=True), 5, "working"),
        (Situation(Duty.OFF_DUTY, stops_ahead=1), 5, "working"),
        (working(to_next_stop_m=250.0), 3, "near_stop"),
        (working(to_next_stop_m=500.0, speed_mps=10.0), 3, "near_stop"),
        (working(shopper_watches=True), 3, "watched"),
        (working(at_stop=True, to_next_stop_m=5.0), 15, "at_stop"),
        (working(at_stop=True, to_next_stop_m=5.0, shopper_watches=True), 15, "at_stop"),
        (working(at_stop=True, to_next_stop_m=90.0, speed_mps=3.0), 3, "near_stop"),
        (working(battery=0.5), 5, "working"),
        (working(battery=0.14), 10, "working"),
        (working(battery=0.04), 20, "working"),
    ],
)
def test_the_table(seen: Situation, interval_s: float, reason: str) -> None:
    """Whoever works or is watched reports often, whoever waits seldom, and an empty battery less than that."""
    policy = wanted(seen, 1.0)
    assert (policy.fix_interval_s, policy.reason) == (interval_s, reason)


@pytest.mark.parametrize(("rate", "interval_s"), [(1, 3), (6, 3), (10, 5), (100, 50)])
def test_no_phone_is_asked_for_more_than_two_fixes_a_real_second(rate: float, interval_s: float) -> None:
    """Intervals are business time; in a city that runs faster the floor is real."""
    assert wanted(working(shopper_watches=True), rate).fix_interval_s == interval_s


def test_a_distance_that_flickers_makes_no_policies() -> None:
    """Whoever was near stays so until well beyond; whoever was far becomes so at the limit."""
    far = wanted(working(to_next_stop_m=310.0), 1.0)
    near = wanted(working(to_next_stop_m=295.0), 1.0, far)
    assert (far.reason, near.reason) == ("working", "near_stop")
    assert wanted(working(to_next_stop_m=380.0), 1.0, near) == near
    assert wanted(working(to_next_stop_m=395.0), 1.0, near) == far


def test_a_battery_that_flickers_makes_no_policies() -> None:
    """A phone that was told to save goes on until it is clearly charged again."""
    low = wanted(working(battery=0.149), 1.0)
    assert low.fix_interval_s == 10
    assert wanted(working(battery=0.151), 1.0, low) == low
    assert wanted(working(battery=0.181), 1.0, low).fix_interval_s == 5
    assert wanted(working(battery=0.151), 1.0).fix_interval_s == 5


situations = st.builds(
    Situation,
    st.sampled_from(Duty),
    st.integers(0, 3),
    st.booleans(),
    st.none() | st.floats(0, 1e5),
    st.none() | st.floats(0, 60),
    st.none() | st.floats(0, 1),
    st.booleans(),
    st.booleans(),
)


@given(st.lists(situations, min_size=1, max_size=8), st.floats(0.1, 1_000))
def test_every_policy_can_be_sent_and_settles(seen: list[Situation], rate: float) -> None:
    """Whatever came before: within the protocol's bounds, not below the floor, and the same in the same situation."""
    before: Policy | None = None
    for each in seen:
        before = wanted(each, rate, before)
        check(before)
        assert before.fix_interval_s >= LEAST_REAL_S * rate and before.reason in TABLE
        assert wanted(each, rate, before) == before


def test_a_phone_is_told_at_once_then_only_of_changes_and_not_too_often() -> None:
    """The first policy at once; the same one never again; another one after three seconds at the earliest."""
    reporting = Reporting(1.0)
    first = reporting.due("c1", lambda: FREE, 0)
    assert first and first.reason == "waiting"
    assert reporting.due("c1", working, 2_999) is None
    assert reporting.due("c1", lambda: FREE, 5_000) is None
    second = reporting.due("c1", working, 5_000)
    assert second and second.reason == "working"
    reporting.forget("c1")
    assert reporting.due("c1", working, 5_001) == second
