"""A courier at work: stops in and out of turn, failures, breaks, going home."""

from dataclasses import replace

import pytest

from dispatch.domain import commands as c
from dispatch.domain.commands import StopAction
from dispatch.domain.courier import Duty
from dispatch.domain.errors import Conflict, InvalidInput, NotFound
from dispatch.domain.invariants import violations
from dispatch.domain.order import OrderStatus
from dispatch.domain.route import PlannedRoute, PlannedStop, StopKind, StopState
from tests.support.zones import MINUTE_MS, NOON_MS, ask, given, plan, planned, progress, zone

S = OrderStatus
DEPARTED, ARRIVED, COMPLETED, FAILED = StopAction.DEPARTED, StopAction.ARRIVED, StopAction.COMPLETED, StopAction.FAILED


def test_a_delivery_from_start_to_end() -> None:
    """Depart, arrive, complete at the depot, then at the door: the order passes every status, in order."""
    state = zone(orders=1)
    given(state, "c1", "o1")
    for action in (DEPARTED, ARRIVED, COMPLETED) * 2:
        progress(state, "c1", action)
    passed = [status for status, _ in state.orders["o1"].timeline]
    assert passed == [
        S.DISPATCHABLE, S.ASSIGNED, S.EN_ROUTE_PICKUP, S.AT_PICKUP, S.PICKED_UP,
        S.EN_ROUTE_DROPOFF, S.AT_DROPOFF, S.DELIVERED,
    ]  # fmt: skip
    assert state.route("c1").stops == ()
    assert violations(state) == []


def test_saying_it_twice_changes_nothing() -> None:
    """A repeated departure or arrival has no effect; a stop that is done is gone."""
    state = zone(orders=1)
    given(state, "c1", "o1")
    stop_id = state.route("c1").stops[0].id
    progress(state, "c1", DEPARTED)
    assert progress(state, "c1", DEPARTED) == []
    progress(state, "c1", ARRIVED)
    assert progress(state, "c1", ARRIVED) == []
    assert progress(state, "c1", DEPARTED) == []
    progress(state, "c1", COMPLETED)
    with pytest.raises(NotFound, match="not on your route"):
        ask(state, c.ReportProgress("c1", stop_id, COMPLETED, 0))


def test_a_stop_out_of_turn_comes_first() -> None:
    """Reality wins: the courier goes elsewhere first, and what was started is planned again."""
    state = zone(orders=2)
    given(state, "c1", "o1")
    given(state, "c1", "o2")
    progress(state, "c1", DEPARTED)
    progress(state, "c1", ARRIVED, stop=2)
    route = state.route("c1")
    assert [s.order_ids[0] for s in route.stops] == ["o2", "o1", "o1", "o2"]
    assert [s.state for s in route.stops[:2]] == [StopState.ARRIVED, StopState.PLANNED]
    assert (state.orders["o1"].status, state.orders["o2"].status) == (S.ASSIGNED, S.AT_PICKUP)
    progress(state, "c1", DEPARTED, stop=1)
    assert (state.orders["o1"].status, state.orders["o2"].status) == (S.EN_ROUTE_PICKUP, S.ASSIGNED)
    assert violations(state) == []


def test_nothing_is_done_before_its_time() -> None:
    """An offered order cannot be picked up before it is accepted, nor dropped off before it is picked up."""
    state = zone(orders=1)
    ask(state, plan(state, planned(state, "c1", ("o1",)), ttl_ms=MINUTE_MS))
    with pytest.raises(Conflict, match="Accept"):
        progress(state, "c1", DEPARTED)
    ask(state, c.AcceptOffer("c1", state.orders["o1"].offer_id))
    with pytest.raises(Conflict, match="not been picked up"):
        progress(state, "c1", COMPLETED, stop=1)


def test_a_depot_visit_may_hold_offered_orders() -> None:
    """The courier works on what is accepted; what is only offered stays behind as a stop of its own, or goes."""
    state = zone(orders=2)
    given(state, "c1", "o1")
    pickup, dropoff = planned(state, "c1", ()).stops
    shared = PlannedStop(pickup.kind, ("o1", "o2"), pickup.arrive_at_ms, pickup.depart_at_ms)
    second = PlannedStop(dropoff.kind, ("o2",), dropoff.arrive_at_ms, dropoff.depart_at_ms)
    ask(state, plan(state, PlannedRoute("c1", (shared, dropoff, second)), ttl_ms=MINUTE_MS))
    for action in (DEPARTED, ARRIVED, COMPLETED):
        progress(state, "c1", action)
        assert violations(state) == []
    assert (state.orders["o1"].status, state.orders["o2"].status) == (S.PICKED_UP, S.OFFERED)
    again = state.route("c1").stops[0]
    assert (again.order_ids, again.state) == (("o2",), StopState.PLANNED)
    ask(state, c.DeclineOffer("c1", state.orders["o2"].offer_id, ""))
    assert [s.order_ids for s in state.route("c1").stops] == [("o1",)]


def test_an_offered_order_at_a_stop_that_is_left_stays_offered() -> None:
    """Going elsewhere first puts the accepted orders back; the offer is still open."""
    state = zone(orders=3)
    given(state, "c1", "o1", "o3")
    both, first, last = planned(state, "c1", ()).stops
    alone = replace(both, order_ids=("o3",))
    shared = replace(both, order_ids=("o1", "o2"))
    ask(
        state, plan(state, PlannedRoute("c1", (alone, shared, first, last, replace(last, order_ids=("o2",)))), ttl_ms=9)
    )
    progress(state, "c1", DEPARTED, stop=1)
    progress(state, "c1", DEPARTED, stop=1)
    assert [state.orders[o].status for o in ("o1", "o2", "o3")] == [S.ASSIGNED, S.OFFERED, S.EN_ROUTE_PICKUP]
    assert violations(state) == []


@pytest.mark.parametrize("before", [(), (DEPARTED,), (ARRIVED,), (DEPARTED, ARRIVED)])
def test_what_is_left_of_a_stop_can_be_begun_again(before: tuple[StopAction, ...]) -> None:
    """One of two orders is picked up: the other is planned again, and every step to it is open."""
    state = zone(orders=2)
    given(state, "c1", "o1", "o2")
    for action in before:
        progress(state, "c1", action)
    ask(state, c.ReportProgress("c1", state.route("c1").stops[0].id, COMPLETED, 0, order_ids=("o1",)))
    assert [state.orders[o].status for o in ("o1", "o2")] == [S.PICKED_UP, S.ASSIGNED]
    for action, status in ((DEPARTED, S.EN_ROUTE_PICKUP), (ARRIVED, S.AT_PICKUP), (COMPLETED, S.PICKED_UP)):
        progress(state, "c1", action)
        assert state.orders["o2"].status is status
    assert violations(state) == []


def test_a_failed_pickup_frees_the_orders() -> None:
    """The orders wait for somebody else; a failure needs a reason."""
    state = zone(orders=1)
    given(state, "c1", "o1")
    with pytest.raises(InvalidInput, match="why"):
        progress(state, "c1", FAILED)
    progress(state, "c1", FAILED, reason="shop closed")
    assert (state.orders["o1"].status, state.orders["o1"].declined_by) == (S.DISPATCHABLE, ("c1",))
    assert violations(state) == []


@pytest.mark.parametrize(("resolutions", "ends"), [(("retry",), S.PICKED_UP), (("return", "returned"), S.RETURNED)])
def test_a_failed_attempt_waits_for_a_decision(resolutions: tuple[str, ...], ends: OrderStatus) -> None:
    """Nobody home: a dispatcher has it tried again or brought back."""
    state = zone(orders=1)
    given(state, "c1", "o1")
    progress(state, "c1", COMPLETED)
    progress(state, "c1", FAILED, reason="nobody home")
    assert (state.orders["o1"].status, state.orders["o1"].reason) == (S.ATTEMPT_FAILED, "nobody home")
    with pytest.raises(InvalidInput, match="Choose"):
        ask(state, c.ResolveAttempt("o1", "burn", ""))
    for resolution in resolutions:
        ask(state, c.ResolveAttempt("o1", resolution, "asked the customer"))
    assert state.orders["o1"].status is ends
    assert violations(state) == []


def test_whoever_takes_a_break_gives_back_what_is_not_picked_up() -> None:
    """Assigned orders and open offers are free again; goods on board stay."""
    state = zone(orders=3)
    given(state, "c1", "o1")
    progress(state, "c1", COMPLETED)
    given(state, "c1", "o2")
    ask(state, plan(state, planned(state, "c1", ("o3",)), ttl_ms=MINUTE_MS))
    ask(state, c.SetDuty("c1", Duty.ON_BREAK))
    assert [o.status for o in state.orders.values()] == [S.PICKED_UP, S.DISPATCHABLE, S.DISPATCHABLE]
    assert ask(state, c.SetDuty("c1", Duty.ON_BREAK)) == []
    assert violations(state) == []


def test_nobody_goes_home_with_goods_on_board() -> None:
    """Ending keeps the route and takes nothing new; going home needs empty hands."""
    state = zone(orders=1)
    given(state, "c1", "o1")
    ask(state, c.SetDuty("c1", Duty.ENDING))
    progress(state, "c1", COMPLETED)
    with pytest.raises(Conflict, match="goods on board"):
        ask(state, c.SetDuty("c1", Duty.OFF_DUTY))
    progress(state, "c1", COMPLETED)
    ask(state, c.SetDuty("c1", Duty.OFF_DUTY))
    assert state.couriers["c1"].duty is Duty.OFF_DUTY


def test_who_goes_to_a_door_before_fetching_what_is_to_be_brought_there_too_brings_the_rest_later() -> None:
    """A simulation found it (seed 5000269): the plan had added an order to the stop that the courier set off to."""
    state = zone(couriers=1, orders=2)
    given(state, "c1", "o1")
    for action in (c.StopAction.ARRIVED, c.StopAction.COMPLETED):
        progress(state, "c1", action)
    fetch = PlannedStop(StopKind.PICKUP, ("o2",), NOON_MS, NOON_MS)
    both = PlannedStop(StopKind.DROPOFF, ("o1", "o2"), NOON_MS, NOON_MS)
    ask(state, plan(state, PlannedRoute("c1", (fetch, both))))
    ask(state, c.ReportProgress("c1", state.route("c1").stops[1].id, DEPARTED, NOON_MS, order_ids=("o1",)))
    shown = [(stop.kind.value, stop.order_ids, stop.state.value) for stop in state.route("c1").stops]
    assert shown == [
        ("dropoff", ("o1",), "en_route"),
        ("pickup", ("o2",), "planned"),
        ("dropoff", ("o2",), "planned"),
    ]
    assert violations(state) == []
    for _ in range(3):
        for action in (c.StopAction.ARRIVED, c.StopAction.COMPLETED):
            progress(state, "c1", action)
    assert {order.status.value for order in state.orders.values()} == {"delivered"} and violations(state) == []
