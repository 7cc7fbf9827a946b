"""What locks keep of a route, and from which depot a plan may fetch goods."""

from dataclasses import replace

import pytest

from dispatch.domain import commands as c
from dispatch.domain.ends import Direction
from dispatch.domain.errors import Conflict, DomainError, InvalidInput
from dispatch.domain.order import Lock, OrderStatus
from dispatch.domain.route import PlannedRoute, PlannedStop, StopKind
from dispatch.domain.zone import ZoneState
from tests.support.zones import MINUTE_MS, NOON_MS, ask, given, order, plan, planned, progress, zone

Visits = list[tuple[str, tuple[str, ...]]]


def riding() -> ZoneState:
    """c1 fetches a, b and c one by one, and brings each to its door before the next: pu a, do a, pu b, do b, ..."""
    state = zone()
    for order_id in ("a", "b", "c"):
        ask(state, c.CreateOrder(replace(order(order_id), depot_options=("d2",))))
        given(state, "c1", order_id)
    return state


def lock(state: ZoneState, order_id: str, kind: Lock) -> None:
    """Lock an order, as a dispatcher has done before."""
    state.orders[order_id] = replace(state.orders[order_id], lock=kind)


def route_of(*visits: str, courier_id: str = "c1", depots: dict[str, str] | None = None) -> PlannedRoute:
    """A route from words like `pu a` and `do a+b`, ten minutes apart; `depots` says where a word is done."""
    stops = []
    for n, word in enumerate(visits):
        kind, orders = word.split()
        at_ms = NOON_MS + 10 * n * MINUTE_MS
        what = StopKind.PICKUP if kind == "pu" else StopKind.DROPOFF
        stops.append(PlannedStop(what, tuple(orders.split("+")), at_ms, at_ms + 1, (depots or {}).get(word, "")))
    return PlannedRoute(courier_id, tuple(stops))


def refusal(state: ZoneState, *routes: PlannedRoute) -> str:
    """The code with which the zone refuses a plan of these routes; empty when it adopts it."""
    try:
        ask(state, plan(state, *routes))
    except DomainError as refused:
        return refused.code
    return ""


AS_IT_IS = ("pu a", "do a", "pu b", "do b", "pu c", "do c")


@pytest.mark.parametrize("kind", [Lock.COURIER, Lock.SEQUENCE, Lock.POSITION, Lock.FULL])
def test_every_lock_keeps_the_courier(kind: Lock) -> None:
    """Not even the front of the route may go to somebody else."""
    state = riding()
    lock(state, "a", kind)
    moved = (route_of(*AS_IT_IS[2:]), route_of("pu a", "do a", courier_id="c2"))
    assert refusal(state, *moved) in {"not_movable", "locked_sequence"}
    assert refusal(state, route_of(*AS_IT_IS)) == ""


@pytest.mark.parametrize(
    ("locked", "visits", "code"),
    [
        ({"b": Lock.COURIER}, ("pu b", "do b", "pu a", "do a", "pu c", "do c"), ""),
        ({"a": Lock.SEQUENCE}, ("pu b", "pu a", "do a", "do b", "pu c", "do c"), ""),
        ({"a": Lock.SEQUENCE, "b": Lock.SEQUENCE}, ("pu a", "do a", "pu c", "pu b", "do c", "do b"), ""),
        (
            {"a": Lock.SEQUENCE, "b": Lock.SEQUENCE},
            ("pu a", "pu b", "do a", "do b", "pu c", "do c"),
            "locked_sequence",
        ),
        ({"a": Lock.SEQUENCE, "b": Lock.FULL}, ("pu b", "do b", "pu a", "do a", "pu c", "do c"), "locked_sequence"),
        ({"b": Lock.POSITION}, ("pu a", "do a", "pu b", "do b", "do c"), "bad_sequence"),
        ({"b": Lock.POSITION}, ("pu b", "do b", "pu a", "do a", "pu c", "do c"), "locked_position"),
        ({"b": Lock.POSITION}, ("pu a", "do a", "pu b+c", "do b", "do c"), "locked_position"),
        ({"b": Lock.POSITION}, ("pu a", "do a", "pu b", "do b", "pu c", "do c"), ""),
        ({"a": Lock.POSITION}, ("pu a", "do a", "pu c", "do c", "pu b", "do b"), ""),
        ({"a": Lock.FULL}, ("pu a", "do a", "pu c", "do c", "pu b", "do b"), ""),
        ({"b": Lock.FULL}, ("pu a", "do a", "pu c", "do c", "pu b", "do b"), "locked_position"),
    ],
)
def test_what_a_lock_keeps(locked: dict[str, Lock], visits: tuple[str, ...], code: str) -> None:
    """A sequence holds among locked orders only, a position holds everything in front of it; what is behind is free."""
    state = riding()
    for order_id, kind in locked.items():
        lock(state, order_id, kind)
    assert refusal(state, route_of(*visits)) == code


def test_a_full_lock_keeps_the_very_stops() -> None:
    """Another order may join the last stop of an order whose position is locked, but not of one locked in full."""
    state = zone()
    for order_id in ("a", "b"):
        ask(state, c.CreateOrder(order(order_id)))
    given(state, "c1", "a", "b")
    joined = route_of("pu a+b", "do a+b")
    for kind, code in ((Lock.FULL, "locked_position"), (Lock.POSITION, "")):
        lock(state, "a", kind)
        assert refusal(state, joined) == code


# --- depots ----------------------------------------------------------------------------------------------------


def test_a_plan_may_fetch_from_another_depot_that_has_the_goods() -> None:
    """The order is then that depot's, the stop is there, and the old depot remains a choice."""
    state = riding()
    state.depots["d2"] = replace(state.depots["d2"], name="Second")
    assert refusal(state, route_of(*AS_IT_IS, depots={"pu b": "d2"})) == ""
    assert (state.orders["b"].depot_id, state.orders["b"].depot_options) == ("d2", ("d1",))
    assert [stop.name for stop in state.route("c1").stops if stop.kind is StopKind.PICKUP] == [
        *("Depot d1", "Second", "Depot d1"),
    ]
    assert refusal(state, route_of(*AS_IT_IS)) == ""
    assert state.orders["b"].depot_id == "d2"
    assert refusal(state, route_of(*AS_IT_IS, depots={"pu b": "d1"})) == ""
    assert (state.orders["b"].depot_id, state.orders["b"].depot_options) == ("d1", ("d2",))


def test_a_new_order_is_offered_with_its_depot() -> None:
    """The choice is made in the same decision as the assignment."""
    state = riding()
    ask(state, c.CreateOrder(replace(order("n"), depot_options=("d2",))))
    route = route_of("pu n", "do n", courier_id="c2", depots={"pu n": "d2"})
    ask(state, plan(state, route, ttl_ms=60_000))
    assert (state.orders["n"].status, state.orders["n"].depot_id) == (OrderStatus.OFFERED, "d2")
    again = route_of("pu n", "do n", courier_id="c2", depots={"pu n": "d1"})
    assert refusal(state, again) == "depot_fixed"


def test_a_depot_without_the_goods_is_refused() -> None:
    """And so are two depots at one stop, and another depot for goods that the courier is fetching already."""
    state = riding()
    with pytest.raises(InvalidInput) as refused:
        ask(state, plan(state, route_of(*AS_IT_IS, depots={"pu b": "moon"})))
    assert refused.value.code == "no_goods"
    state.orders["b"] = replace(state.orders["b"], depot_id="d2", depot_options=())
    assert refusal(state, route_of("pu a+b", "do a", "do b", "pu c", "do c")) == "two_depots"
    assert refusal(state, route_of("pu a+b", "do a", "do b", "pu c", "do c", depots={"pu a+b": "d2"})) == ""
    progress(state, "c1", c.StopAction.DEPARTED)
    with pytest.raises(Conflict) as moved:
        ask(state, plan(state, replace_depot(planned(state, "c1", ()), "d1")))
    assert moved.value.code in {"depot_fixed", "no_goods"}


@pytest.mark.parametrize("kind", [Lock.POSITION, Lock.FULL])
def test_a_lock_in_place_keeps_the_depot(kind: Lock) -> None:
    """Elsewhere would be another stop."""
    state = riding()
    lock(state, "b", kind)
    assert refusal(state, route_of(*AS_IT_IS, depots={"pu b": "d2"})) == "depot_fixed"


def test_what_a_customer_gives_back_has_no_depot_at_its_pickup() -> None:
    """Two returns for two depots may be fetched at one door."""
    state = zone()
    for order_id, depot_id in (("a", "d1"), ("b", "d2")):
        ask(state, c.CreateOrder(replace(order(order_id), depot_id=depot_id, direction=Direction.RETURN)))
    assert refusal(state, route_of("pu a+b", "do a", "do b")) == ""


def replace_depot(route: PlannedRoute, depot_id: str) -> PlannedRoute:
    """The same route with every pickup at this depot."""
    stops = (replace(s, depot_id=depot_id) if s.kind is StopKind.PICKUP else s for s in route.stops)
    return PlannedRoute(route.courier_id, tuple(stops))
