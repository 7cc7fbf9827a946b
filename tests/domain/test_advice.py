"""Advice to wait somewhere: for those who have nothing to do, and for them only."""

import pytest

from dispatch.domain import commands as c
from dispatch.domain import events as e
from dispatch.domain.courier import Duty
from dispatch.domain.errors import NotFound
from tests.support.zones import ask, given, zone


def test_an_idle_courier_hears_where_to_wait() -> None:
    """The notice names the depot as people call it; nothing else of the zone changes."""
    state = zone(couriers=1)
    version = state.plan_version
    assert ask(state, c.AdviseCourier("c1", "d2")) == [e.CourierNoticed("c1", "wait_near", (), "Depot d2")]
    assert state.plan_version == version


def test_who_has_something_to_do_meanwhile_hears_nothing() -> None:
    """An order was faster than the advice; or the courier has a break."""
    state = zone(couriers=2, orders=1)
    given(state, "c1", "o1")
    ask(state, c.SetDuty("c2", Duty.ON_BREAK))
    assert ask(state, c.AdviseCourier("c1", "d1")) == []
    assert ask(state, c.AdviseCourier("c2", "d1")) == []


@pytest.mark.parametrize(("courier_id", "depot_id"), [("ghost", "d1"), ("c1", "nowhere")])
def test_nobody_is_sent_nowhere(courier_id: str, depot_id: str) -> None:
    """Unknown couriers and depots are refused."""
    with pytest.raises(NotFound):
        ask(zone(couriers=1), c.AdviseCourier(courier_id, depot_id))
