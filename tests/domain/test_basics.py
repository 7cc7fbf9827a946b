"""Places, loads, and the parts of a zone's memory."""

from dataclasses import replace

import pytest

from dispatch.domain import commands as c
from dispatch.domain.errors import InvalidInput
from dispatch.domain.geo import Box, Point, bearing_deg, distance_m
from dispatch.domain.invariants import violations
from dispatch.domain.offer import Offer
from dispatch.domain.order import Order, OrderStatus
from dispatch.domain.route import Route, StopState
from dispatch.domain.vehicle import Load
from dispatch.domain.zone import evolve, rebuilt
from tests.support.zones import MINUTE_MS, NOON_MS, ask, depot, given, progress, zone


@pytest.mark.parametrize(("lat", "lon"), [(91, 0), (0, 181), (float("nan"), 0), (0, float("inf"))])
def test_a_place_is_on_the_earth(lat: float, lon: float) -> None:
    """Coordinates off the globe, and what is no number, are refused."""
    with pytest.raises(InvalidInput):
        Point(lat, lon)


def test_distance_and_bearing() -> None:
    """Paris to London is 343.5 km (great circle), heading north-west; a box holds its centre."""
    paris, london = Point(48.8566, 2.3522), Point(51.5074, -0.1278)
    assert distance_m(paris, london) == pytest.approx(343_560, rel=1e-3)
    assert bearing_deg(paris, london) == pytest.approx(330.0, abs=1)
    box = Box(48, -1, 52, 3)
    assert box.contains(box.centre)
    assert not box.contains(Point(52.1, 0))


def test_loads_add_up_in_every_dimension() -> None:
    """A load fits only when no dimension is over."""
    two = Load(1, 2, 3) + Load(1, 2, 3)
    assert two - Load(1, 2, 3) == Load(1, 2, 3)
    assert Load(2, 4, 6).fits(two)
    assert not any(Load(*over).fits(two) for over in ((3, 4, 6), (2, 5, 6), (2, 4, 7)))


def test_the_zone_forgets_what_ended_long_ago() -> None:
    """Finished orders and closed offers leave memory; what is open stays."""
    state = zone(orders=2)
    given(state, "c1", "o1")
    for _ in range(2):
        progress(state, "c1", c.StopAction.COMPLETED)
    state.offers["of-1"] = replace(Offer("of-1", "c1", ("o1",), 0, NOON_MS), status="accepted")
    assert state.forget_finished(NOON_MS) == 0
    assert state.forget_finished(NOON_MS + MINUTE_MS) == 2
    assert list(state.orders) == ["o2"]


def test_what_changed_is_taken_once() -> None:
    """The newest value of each entity that changed, then nothing."""
    state = zone(couriers=1, orders=1)
    kinds = {type(entity) for entity in state.take_dirty()}
    assert Order in kinds
    assert state.take_dirty() == ()
    ask(state, c.RegisterDepot(depot("d9")))
    assert state.take_dirty() == (depot("d9"),)
    again = rebuilt("test", 3, [*state.orders.values(), *state.couriers.values()])
    assert (again.orders, again.plan_version) == (state.orders, 3)


def test_every_kind_of_breach_is_found() -> None:
    """The invariants can fail: each planted breach is named."""
    state = zone(orders=3)
    given(state, "c1", "o1", "o2")
    route = state.route("c1")
    assert violations(state) == []

    def planted(**changes: object) -> str:
        broken = rebuilt("test", 0, [*state.orders.values(), *state.couriers.values(), *state.routes.values()])
        for kind, value in changes.items():
            getattr(broken, kind).update(value)
        return " ".join(violations(broken))

    assert "is on 2 routes" in planted(routes={"c2": Route("c2", 1, route.stops)})
    assert "not on the route" in planted(routes={"c1": Route("c1", 1)})
    waiting = replace(state.orders["o1"], status=OrderStatus.DISPATCHABLE)
    assert "waits, yet" in planted(orders={"o1": waiting})
    late_start = (*route.stops[:-1], replace(route.stops[-1], state=StopState.EN_ROUTE))
    assert "behind others" in planted(routes={"c1": Route("c1", 1, late_start)})
    assert "before its pickup" in planted(routes={"c1": Route("c1", 1, route.stops[1:])})
    strange = replace(route.stops[0], order_ids=("o9",))
    assert "unknown order o9" in planted(routes={"c1": Route("c1", 1, (strange, *route.stops))})
    assert "not offered by it" in planted(offers={"of": Offer("of", "c1", ("o1",), 0, 1)})
    assert "which offers are open" in planted(open_offers={"of": None})
    assert "no door any more" in planted(stranded={"o1": None})


def test_a_plan_without_changes_only_raises_the_version() -> None:
    """An adopted plan is on record even when it carries no entity."""
    state = zone()
    events = ask(state, c.AdoptPlan(state.plan_version, (), 0, ("test",)))
    assert len(events) == 1
    before = state.plan_version
    evolve(state, events[0])
    assert state.plan_version == before
