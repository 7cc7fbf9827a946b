"""What a zone wants to reach: set by people, counted in versions, and bounded."""

from dataclasses import replace

import pytest

from dispatch.domain import commands as c
from dispatch.domain import events as e
from dispatch.domain.apply import apply
from dispatch.domain.courier import Duty
from dispatch.domain.errors import Conflict, InvalidInput
from dispatch.domain.goals import FIRST_GOALS, Goals
from dispatch.domain.zone import evolve, rebuilt
from tests.support.zones import MINUTE_MS, NOON_MS, ask, courier, zone


def test_goals_are_counted_in_versions() -> None:
    """The first change is version 1, whatever the command says; the audit keeps why. The same again is no change."""
    state = zone(couriers=0, orders=0)
    assert state.goals == FIRST_GOALS
    events = apply(state, c.SetGoals(Goals(7, on_time_pct=97.5), 0, "a new month"), NOON_MS)
    assert events == [e.GoalsChanged(Goals(1, on_time_pct=97.5)), e.Overridden("set_goals", "", "", "a new month")]
    for event in events:
        evolve(state, event)
    assert apply(state, c.SetGoals(Goals(on_time_pct=97.5), 0), NOON_MS) == []
    assert rebuilt("z", 0, state.take_dirty()).goals == Goals(1, on_time_pct=97.5)


def test_whoever_saw_older_goals_is_refused() -> None:
    """Without a version the last word counts."""
    state = zone(couriers=0, orders=0)
    ask(state, c.SetGoals(Goals(door_min=30)))
    with pytest.raises(Conflict, match="meanwhile"):
        apply(state, c.SetGoals(Goals(door_min=35), 0), NOON_MS)
    assert ask(state, c.SetGoals(Goals(door_min=35), 1)) and state.goals.version == 2


@pytest.mark.parametrize("wrong", [Goals(on_time_pct=100.5), Goals(door_min=-1), Goals(waiting_s=90_000)])
def test_a_goal_has_bounds(wrong: Goals) -> None:
    """The refusal names the goal and its bounds."""
    with pytest.raises(InvalidInput, match="is a number from 0 to"):
        apply(zone(couriers=0, orders=0), c.SetGoals(wrong), NOON_MS)


def test_a_shift_is_dated() -> None:
    """A shift begins when a courier comes on duty, and goes on over breaks; who registers a courier changes neither."""
    state = zone(couriers=1, orders=0)
    for minute, duty in enumerate((Duty.OFF_DUTY, Duty.AVAILABLE, Duty.ON_BREAK)):
        for event in apply(state, c.SetDuty("c1", duty), NOON_MS + minute * MINUTE_MS):
            evolve(state, event)
    at_work = state.couriers["c1"]
    assert at_work.shift_from_ms < at_work.duty_since_ms == NOON_MS + 2 * MINUTE_MS
    ask(state, c.RegisterCourier(replace(courier("c1"), name="Ann")))
    known = state.couriers["c1"]
    assert (known.name, known.duty, known.shift_from_ms) == ("Ann", Duty.ON_BREAK, at_work.shift_from_ms)


def test_a_dispatcher_who_sets_a_duty_says_why() -> None:
    """The courier's event has the reason, and the audit too; without one it was the courier."""
    state = zone(couriers=1, orders=0)
    changed, kept = apply(state, c.SetDuty("c1", Duty.ENDING, reason="flat tyre"), NOON_MS)
    assert isinstance(changed, e.DutyChanged) and changed.reason == "flat tyre"
    assert kept == e.Overridden("duty ending", "", "c1", "flat tyre")
    assert len(apply(state, c.SetDuty("c1", Duty.ENDING), NOON_MS)) == 1
