"""Incidents, and orders whose doors they cut off."""

from dataclasses import replace

import pytest

from dispatch.domain import commands as c
from dispatch.domain import events as e
from dispatch.domain.errors import Conflict, InvalidInput, NotFound
from dispatch.domain.geo import Point
from dispatch.domain.incident import Incident, IncidentKind, ShapeKind
from dispatch.domain.order import OrderStatus
from dispatch.domain.override import OverrideAction
from tests.support.zones import MINUTE_MS, NOON_MS, ask, given, zone

LINE = (Point(60.16, 24.93), Point(60.17, 24.94))
WORKS = Incident("i1", IncidentKind.CLOSURE, ShapeKind.LINE, LINE, NOON_MS, "road works")


def test_an_incident_is_reported_changed_and_ended() -> None:
    """The same report twice is one; ended once, it stays ended, and cannot be changed any more."""
    state = zone()
    assert [type(event) for event in ask(state, c.ReportIncident(WORKS))] == [e.IncidentChanged]
    assert ask(state, c.ReportIncident(WORKS)) == []
    longer = replace(WORKS, until_ms=NOON_MS + 30 * MINUTE_MS)
    ask(state, c.ReportIncident(longer))
    assert state.incidents == {"i1": longer}
    ask(state, c.EndIncident("i1"), NOON_MS + MINUTE_MS)
    assert state.incidents["i1"].ended_at_ms == NOON_MS + MINUTE_MS
    assert ask(state, c.EndIncident("i1"), NOON_MS + 2 * MINUTE_MS) == []
    with pytest.raises(Conflict, match="is over"):
        ask(state, c.ReportIncident(WORKS), NOON_MS + 2 * MINUTE_MS)
    with pytest.raises(NotFound):
        ask(state, c.EndIncident("i9"))


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (replace(WORKS, factor=-1.0), "bad_factor"),
        (replace(WORKS, factor=float("nan")), "bad_factor"),
        (replace(WORKS, factor=1e9), "bad_factor"),
        (replace(WORKS, until_ms=NOON_MS), "bad_window"),
        (replace(WORKS, corners=LINE[:1]), "bad_geometry"),
        (replace(WORKS, shape=ShapeKind.EDGES, corners=()), "bad_geometry"),
        (replace(WORKS, corners=LINE * 2_000), "bad_geometry"),
    ],
)
def test_nonsense_is_refused(wrong: Incident, code: str) -> None:
    """With a code and a sentence; nothing changes."""
    state = zone()
    with pytest.raises(InvalidInput) as refused:
        ask(state, c.ReportIncident(wrong))
    assert refused.value.code == code and not state.incidents


def test_what_is_over_is_forgotten() -> None:
    """An incident lives as long as finished orders do; one without an end lives on."""
    state = zone()
    ask(state, c.ReportIncident(replace(WORKS, until_ms=NOON_MS + MINUTE_MS)))
    ask(state, c.ReportIncident(replace(WORKS, id="i2")))
    state.forget_finished(NOON_MS + 2 * MINUTE_MS)
    assert set(state.incidents) == {"i2"}


def test_an_order_that_cannot_be_reached_waits_and_comes_back_by_itself() -> None:
    """Waiting or assigned, it is held for its address and says why; it leaves its courier's route; then it is free."""
    state = zone(couriers=1, orders=2)
    given(state, "c1", "o1")
    ask(state, c.CutOff((("o1", "flooded underpass"), ("o2", "flooded underpass"), ("o9", "?"))))
    for order_id in ("o1", "o2"):
        held = state.orders[order_id]
        assert (held.status, held.reason, held.cut_off) == (OrderStatus.HELD, "address", "flooded underpass")
        assert held.courier_id == ""
    assert [(note.cause, note.eta_at_ms) for note in state.orders["o1"].etas[1:]] == [("address", 0)]
    assert state.orders["o2"].etas == ()
    assert state.route("c1").stops == ()
    assert ask(state, c.CutOff((("o1", "again"),))) == []
    ask(state, c.Reconnect(("o1", "o2", "o9")))
    assert {(o.status, o.cut_off) for o in state.orders.values()} == {(OrderStatus.DISPATCHABLE, "")}
    given(state, "c1", "o1")
    assert [note.cause for note in state.orders["o1"].etas] == ["plan", "address", "address"]


def test_goods_on_the_way_and_orders_held_by_hand_are_left_alone() -> None:
    """Who has set off goes on; what a dispatcher holds is not released because a street is free."""
    state = zone(couriers=1, orders=2)
    given(state, "c1", "o1")
    ask(state, c.ReportProgress("c1", state.route("c1").stops[0].id, c.StopAction.DEPARTED, NOON_MS))
    ask(state, c.Overrule(OverrideAction.HOLD, ("o2",), "customer called"))
    before = dict(state.orders)
    assert ask(state, c.CutOff((("o1", "flood"), ("o2", "flood")))) == []
    assert ask(state, c.Reconnect(("o1", "o2"))) == []
    assert state.orders == before


def test_couriers_under_way_are_warned() -> None:
    """Who has nothing to ride hears nothing."""
    state = zone(couriers=2, orders=1)
    given(state, "c1", "o1")
    warned = ask(state, c.WarnCouriers(("c1", "c2"), "road works"))
    assert warned == [e.CourierNoticed("c1", "street_closed", (), "road works")]
