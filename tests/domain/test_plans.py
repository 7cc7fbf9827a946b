"""Plans and overrides: what the zone lets happen, and what it refuses as a whole."""

import pytest

from dispatch.domain import commands as c
from dispatch.domain import events as e
from dispatch.domain.errors import Conflict, DomainError, InvalidInput
from dispatch.domain.invariants import violations
from dispatch.domain.order import Lock
from dispatch.domain.route import PlannedRoute, PlannedStop, StopKind, StopState
from tests.support.zones import MINUTE_MS, NOON_MS, ask, given, order, plan, planned, progress, zone

PICK, DROP = StopKind.PICKUP, StopKind.DROPOFF


def stop(kind: StopKind, *order_ids: str) -> PlannedStop:
    """A planned stop at any time."""
    return PlannedStop(kind, order_ids, NOON_MS + MINUTE_MS, NOON_MS + 2 * MINUTE_MS)


def route(courier_id: str, *stops: PlannedStop) -> PlannedRoute:
    """A planned route."""
    return PlannedRoute(courier_id, stops)


def test_a_plan_assigns_and_tells_each_order_its_arrival() -> None:
    """Adopting a plan sets routes, assignments and arrival times, and raises the plan version."""
    state = zone(orders=2)
    before = state.plan_version
    given(state, "c1", "o1", "o2")
    assert state.plan_version > before
    assert [s.kind for s in state.route("c1").stops] == [PICK, DROP, DROP]
    assert state.orders["o1"].eta_at_ms == NOON_MS + 10 * MINUTE_MS
    assert state.orders["o1"].eta_late_at_ms == NOON_MS + 12 * MINUTE_MS
    assert violations(state) == []


def test_a_plan_on_an_old_picture_is_refused_as_a_whole() -> None:
    """When an order of the plan changed after the plan's base, nothing of the plan happens."""
    state = zone(orders=2)
    base = state.plan_version
    given(state, "c1", "o1")
    with pytest.raises(Conflict, match="changed after version"):
        ask(state, plan(state, planned(state, "c1", ("o2",)), base=base))
    ask(state, plan(state, planned(state, "c2", ("o2",)), base=base))
    assert state.orders["o2"].courier_id == "c2"


def test_an_assigned_order_may_move_between_covered_routes_only() -> None:
    """Moving needs both routes in the plan; the order gets a new assignment number."""
    state = zone(orders=1)
    given(state, "c1", "o1")
    to_c2 = route("c2", stop(PICK, "o1"), stop(DROP, "o1"))
    with pytest.raises(InvalidInput, match="leaves out"):
        ask(state, plan(state, to_c2))
    events = ask(state, plan(state, route("c1"), to_c2))
    assert (state.orders["o1"].courier_id, state.orders["o1"].assignment_seq) == ("c2", 2)
    assert [event.moved for event in events if isinstance(event, e.PlanAdopted)] == [1]
    assert violations(state) == []


@pytest.mark.parametrize("how", ["locked", "offered", "en_route"])
def test_what_must_not_move_stays(how: str) -> None:
    """A locked, an offered and a started order stay with their courier."""
    state = zone(orders=1)
    if how == "offered":
        ask(state, plan(state, planned(state, "c1", ("o1",)), ttl_ms=MINUTE_MS))
    else:
        given(state, "c1", "o1")
    if how == "locked":
        ask(state, c.LockOrder("o1", Lock.COURIER, ""))
    if how == "en_route":
        progress(state, "c1", c.StopAction.DEPARTED)
    with pytest.raises(Conflict):
        ask(state, plan(state, route("c1"), route("c2", stop(PICK, "o1"), stop(DROP, "o1"))))
    assert state.orders["o1"].courier_id == "c1"


def test_a_started_stop_stays_in_front() -> None:
    """A plan may put stops behind a started one, never before it; the started stop keeps its state."""
    state = zone(orders=2)
    given(state, "c1", "o1")
    progress(state, "c1", c.StopAction.DEPARTED)
    first = [stop(PICK, "o1"), stop(DROP, "o1")]
    second = [stop(PICK, "o2"), stop(DROP, "o2")]
    with pytest.raises(Conflict, match="has started"):
        ask(state, plan(state, route("c1", *second, *first)))
    ask(state, plan(state, route("c1", first[0], second[0], second[1], first[1])))
    assert state.route("c1").stops[0].state is StopState.EN_ROUTE
    assert violations(state) == []


@pytest.mark.parametrize(
    ("stops", "complaint"),
    [
        ([stop(DROP, "o1")], "without having it"),
        ([stop(PICK, "o1")], "never drops off"),
        ([stop(PICK, "o1"), stop(PICK, "o1"), stop(DROP, "o1")], "twice"),
        ([stop(PICK, "o1"), stop(DROP, "o1"), stop(DROP, "o1")], "without having it"),
    ],
)
def test_a_plan_that_makes_no_sense_is_refused(stops: list[PlannedStop], complaint: str) -> None:
    """Each order is picked up once and then dropped off once."""
    state = zone(orders=1)
    with pytest.raises(InvalidInput, match=complaint):
        ask(state, plan(state, route("c1", *stops)))


def test_a_plan_gives_an_order_to_one_courier() -> None:
    """The same order on two routes is refused."""
    state = zone(orders=1)
    way = (stop(PICK, "o1"), stop(DROP, "o1"))
    with pytest.raises(InvalidInput, match="two couriers"):
        ask(state, plan(state, route("c1", *way), route("c2", *way)))


def test_goods_on_board_are_not_picked_up_again() -> None:
    """After pickup the plan may only resequence the drop-off."""
    state = zone(orders=1)
    given(state, "c1", "o1")
    progress(state, "c1", c.StopAction.COMPLETED)
    with pytest.raises(InvalidInput, match="twice"):
        ask(state, plan(state, route("c1", stop(PICK, "o1"), stop(DROP, "o1"))))
    ask(state, plan(state, route("c1", stop(DROP, "o1"))))
    with pytest.raises(Conflict, match="must not move"):
        ask(state, plan(state, route("c1")))


def test_a_route_says_why_it_is_as_it_is() -> None:
    """The reason of its last change, and the engines when a plan made it."""
    state = zone(orders=1)
    given(state, "c1", "o1")
    assert (state.route("c1").reason, state.route("c1").engines) == ("test", ("test",))
    progress(state, "c1", c.StopAction.DEPARTED)
    assert (state.route("c1").reason, state.route("c1").engines) == ("stop en_route", ())


def test_waiting_orders_say_why_once() -> None:
    """A reason is noted when it is news, and for waiting orders only."""
    state = zone(orders=2)
    given(state, "c1", "o2")
    told = c.NoteWaiting((("o1", "no_courier"), ("o2", "no_courier"), ("o9", "no_courier")))
    assert len(ask(state, told)) == 1
    assert state.orders["o1"].reason == "no_courier"
    assert ask(state, told) == []


def test_retiming_changes_times_and_tells_only_what_is_news() -> None:
    """New times on the same sequence; a shown arrival changes by a minute or more; an outdated route is left alone."""
    state = zone(orders=1)
    given(state, "c1", "o1")
    old = state.route("c1")
    version = state.plan_version

    def retimed(shift_ms: int, route_version: int = old.version) -> c.UpdateEtas:
        times = tuple((s.id, s.arrive_at_ms + shift_ms, s.depart_at_ms + shift_ms) for s in old.stops)
        return c.UpdateEtas((c.RetimedRoute("c1", route_version, times),), "traffic")

    assert [type(event) for event in ask(state, retimed(30_000))] == [e.RouteRetimed]
    events = ask(state, retimed(90_000))
    assert [event.cause for event in events if isinstance(event, e.EtaChanged)] == ["traffic"]
    assert ask(state, retimed(0, route_version=old.version - 1)) == []
    assert state.plan_version == version


@pytest.mark.parametrize(
    "bad",
    [
        c.CreateOrder(order("o1")),
        c.AcceptOffer("c1", "of-1"),
        c.ResolveAttempt("o1", "burn", ""),
        c.AdoptPlan(99, (route("c1", stop(PICK, "o2"), stop(DROP, "o2")), route("c2", stop(DROP, "o1"))), 0, ()),
    ],
)
def test_refusals_change_nothing(bad: c.Command) -> None:
    """A refused command leaves the state exactly as it was."""
    state = zone(orders=2)
    given(state, "c1", "o1")
    before = (dict(state.orders), dict(state.routes), dict(state.offers), state.plan_version)
    with pytest.raises(DomainError):
        ask(state, bad)
    assert (state.orders, state.routes, state.offers, state.plan_version) == before
