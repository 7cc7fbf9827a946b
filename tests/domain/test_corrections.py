"""Pins proposed, accepted and rejected, and the orders whose door they move."""

from dataclasses import replace

import pytest

from dispatch.domain import commands as c
from dispatch.domain import events as e
from dispatch.domain.correction import CorrectionState
from dispatch.domain.corrections import PLACE_CHANGED, corrected
from dispatch.domain.errors import NotFound
from dispatch.domain.geo import Point
from dispatch.domain.order import Dropoff
from dispatch.domain.zone import ZoneState
from tests.support.corrections import DOOR, PIN, PLACE, correction
from tests.support.zones import MINUTE_MS, NOON_MS, ask, given, order, zone

ACCEPT, REJECT = c.JudgeCorrection(DOOR, True, "dispatcher:ann"), c.JudgeCorrection(DOOR, False, "dispatcher:bob")


def proposed(orders: int = 0, couriers: int = 1) -> ZoneState:
    """A zone whose orders' door has a proposal."""
    state = zone(couriers, orders)
    ask(state, c.ProposeCorrection(correction()))
    return state


def test_a_proposal_moves_nothing() -> None:
    """It waits for a dispatcher; the same again is no news, a further visit is."""
    state = proposed(orders=1)
    assert state.corrections[DOOR].state is CorrectionState.PROPOSED
    ask(state, c.CreateOrder(order("o2")))
    assert {o.dropoff.place for o in state.orders.values()} == {PIN}
    assert ask(state, c.ProposeCorrection(correction(at_ms=NOON_MS + MINUTE_MS))) == []
    ask(state, c.ProposeCorrection(correction(visits=5)))
    assert state.corrections[DOOR].visits == 5


def test_an_accepted_one_moves_later_and_waiting_orders() -> None:
    """The shop's pin is kept; who accepted it, when, and each moved door stand in the history."""
    state = proposed(orders=1)
    events = ask(state, ACCEPT, NOON_MS + MINUTE_MS)
    judged = state.corrections[DOOR]
    assert (judged.state, judged.decided_by) == (CorrectionState.ACCEPTED, "dispatcher:ann")
    assert judged.decided_at_ms == NOON_MS + MINUTE_MS
    assert [event.what for event in events if isinstance(event, e.OrderChanged)] == [PLACE_CHANGED]
    assert [event.action for event in events if isinstance(event, e.Overridden)] == ["accept_correction"]
    ask(state, c.CreateOrder(order("o2")))
    elsewhere = replace(order("o3"), dropoff=Dropoff(PIN, "Street 2"))
    ask(state, c.CreateOrder(elsewhere))
    assert all(state.orders[o].dropoff.place == PLACE and state.orders[o].dropoff.marked == PIN for o in ("o1", "o2"))
    assert state.orders["o3"].dropoff == elsewhere.dropoff
    assert state.orders["o1"].changed_version > 0


def test_a_held_order_is_moved_too_but_not_one_that_a_courier_has() -> None:
    """The courier was told where to go."""
    state = proposed(orders=2)
    ask(state, c.CreateOrder(order("o3"), hold="address"))
    given(state, "c1", "o1")
    ask(state, ACCEPT)
    assert state.orders["o1"].dropoff.place == PIN and state.orders["o1"].dropoff.marked is None
    assert state.orders["o2"].dropoff.place == state.orders["o3"].dropoff.place == PLACE
    assert state.orders["o3"].status == "held"


def test_deciding_twice_changes_nothing() -> None:
    """Neither a second time, nor by somebody else."""
    for judge in (ACCEPT, REJECT):
        state = proposed(orders=1)
        ask(state, judge)
        assert ask(state, judge) == ask(state, replace(judge, by="dispatcher:eve")) == []


def test_an_acceptance_can_be_taken_back() -> None:
    """Waiting orders go back to the shop's pin, later ones are taken in there; those of other doors stay."""
    state = proposed()
    ask(state, ACCEPT)
    ask(state, c.CreateOrder(order("o1")))
    other = replace(order("o2"), dropoff=Dropoff(PLACE, "Street 9", marked=Point(60.2, 24.9)))
    ask(state, c.CreateOrder(other))
    ask(state, REJECT)
    ask(state, c.CreateOrder(order("o3")))
    assert state.orders["o1"].dropoff == state.orders["o3"].dropoff == order("o1").dropoff
    assert state.orders["o2"].dropoff == other.dropoff


@pytest.mark.parametrize(("further_m", "again"), [(0, False), (90, False), (120, True)])
def test_a_rejected_one_comes_back_only_when_the_evidence_has_moved(further_m: float, again: bool) -> None:
    """By more than a hundred metres; then it is a proposal like any other."""
    state = proposed()
    ask(state, REJECT)
    moved = Point(PLACE.lat + further_m / 111_195, PLACE.lon)
    ask(state, c.ProposeCorrection(correction(moved, visits=9)))
    now = state.corrections[DOOR]
    assert (now.state is CorrectionState.PROPOSED) is again
    assert now.decided_by == ("" if again else "dispatcher:bob")


def test_an_accepted_one_stands_whatever_is_proposed() -> None:
    """Visits at its place are another door's."""
    state = proposed()
    ask(state, ACCEPT)
    assert ask(state, c.ProposeCorrection(correction(Point(60.3, 24.9)))) == []


def test_a_place_that_was_corrected_itself_keeps_the_first_pin() -> None:
    """What the shop said stays known, however often its door is moved."""
    second = replace(correction(Point(60.3, 24.9), pin=PLACE), state=CorrectionState.ACCEPTED)
    moved = corrected(Dropoff(PLACE, "Street 1", marked=PIN), {second.id: second})
    assert (moved.place, moved.marked) == (Point(60.3, 24.9), PIN)


def test_an_unknown_one_is_unknown() -> None:
    """A wrong id is refused."""
    with pytest.raises(NotFound):
        ask(zone(), ACCEPT)
