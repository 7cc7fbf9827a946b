"""A zone has room for so many depots, areas, couriers and incidents; what it knows can change all the same."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from dispatch.domain import commands as c
from dispatch.domain import intake, traffic
from dispatch.domain.area import Area
from dispatch.domain.geo import Point
from dispatch.domain.incident import Incident
from dispatch.domain.zone import ZoneState
from tests.domain.test_traffic import WORKS
from tests.support.zones import NOON_MS, ask, courier, depot, refused, zone

RING = (Point(60.1, 24.9), Point(60.2, 24.9), Point(60.2, 25.0))


def area(area_id: str) -> Area:
    return Area(area_id, f"Area {area_id}", RING)


def closure(incident_id: str) -> Incident:
    return replace(WORKS, id=incident_id)


@pytest.mark.parametrize(
    ("where", "most", "make"),
    [
        (intake, "MOST_DEPOTS", lambda name: c.RegisterDepot(depot(name))),
        (intake, "MOST_AREAS", lambda name: c.RegisterArea(area(name))),
        (intake, "MOST_COURIERS", lambda name: c.RegisterCourier(courier(name))),
        (traffic, "MOST_INCIDENTS", lambda name: c.ReportIncident(closure(name))),
    ],
)
def test_no_more_than_there_is_room_for(
    where: object, most: str, make: Callable[[str], c.Command], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next one is refused in words; one that is known may still be told again."""
    monkeypatch.setattr(where, most, 2)
    state = ZoneState("test")
    for name in ("a1", "a2"):
        ask(state, make(name))
    assert refused(state, make("a3")).startswith("too_many_")
    ask(state, make("a2"))


def test_what_has_gone_makes_room(monkeypatch: pytest.MonkeyPatch) -> None:
    """Areas that were removed and incidents that are over count no more."""
    monkeypatch.setattr(intake, "MOST_AREAS", 1)
    monkeypatch.setattr(traffic, "MOST_INCIDENTS", 1)
    state = ZoneState("test")
    ask(state, c.RegisterArea(area("a1")))
    ask(state, c.RemoveArea("a1"))
    ask(state, c.RegisterArea(area("a2")))
    ask(state, c.ReportIncident(closure("i1")))
    ask(state, c.EndIncident("i1"))
    ask(state, c.ReportIncident(closure("i2")))


def test_open_orders_are_known_without_a_look_at_all() -> None:
    """Those that have not ended; one that ends is counted no more, and is forgotten later."""
    state = zone(orders=3)
    assert list(state.unfinished) == ["o1", "o2", "o3"]
    ask(state, c.CancelOrder("o2", "test"))
    assert list(state.unfinished) == ["o1", "o3"]
    state.forget_finished(NOON_MS + 10**9)
    assert list(state.unfinished) == list(state.orders) == ["o1", "o3"]
