"""Goods that go back to their depot, returns that customers hand over, and many orders for one door."""

from dataclasses import replace

import pytest

from dispatch.domain import commands as c
from dispatch.domain.case import CaseKind
from dispatch.domain.commands import StopAction
from dispatch.domain.courier import Duty
from dispatch.domain.ends import BRING_BACK_WITHIN_MS, as_it_goes, at_door, is_awaited, place_of
from dispatch.domain.errors import Conflict, NotFound
from dispatch.domain.geo import Point
from dispatch.domain.invariants import violations
from dispatch.domain.order import Direction, OrderStatus, Proof, ProofKind
from dispatch.domain.route import PlannedRoute, PlannedStop, Stop, StopEnd, StopKind, StopState
from dispatch.domain.zone import ZoneState
from tests.support.zones import MINUTE_MS, NOON_MS, ask, depot, given, order, plan, planned, progress, zone

S = OrderStatus
COMPLETED, FAILED, DEPARTED, ARRIVED = StopAction.COMPLETED, StopAction.FAILED, StopAction.DEPARTED, StopAction.ARRIVED
PICKUP, DROPOFF = StopKind.PICKUP, StopKind.DROPOFF


def drop(state: ZoneState, courier_id: str, *order_ids: str) -> None:
    """A plan adds one drop-off of goods on board to the end of a route."""
    kept = planned(state, courier_id, ()).stops
    stop = PlannedStop(DROPOFF, order_ids, NOON_MS + 20 * MINUTE_MS, NOON_MS + 21 * MINUTE_MS)
    ask(state, plan(state, PlannedRoute(courier_id, (*kept, stop))))


def first(state: ZoneState, courier_id: str = "c1") -> Stop:
    return state.route(courier_id).stops[0]


def going_back(orders: int = 1) -> ZoneState:
    """c1 has orders on board that were canceled on the way, and one stop at their depot for all of them."""
    state = zone(couriers=2, orders=orders)
    order_ids = tuple(f"o{n}" for n in range(1, orders + 1))
    given(state, "c1", *order_ids)
    progress(state, "c1", COMPLETED)
    for order_id in order_ids:
        ask(state, c.CancelOrder(order_id, "customer called"))
    drop(state, "c1", *order_ids)
    return state


# --- goods that go back -------------------------------------------------------------------------------------------


def test_goods_that_go_back_get_a_stop_at_their_depot() -> None:
    """It names the depot, not the customer, is due in hours, and tells no customer an arrival time."""
    state = zone(couriers=1, orders=1)
    given(state, "c1", "o1")
    progress(state, "c1", COMPLETED)
    ask(state, c.CancelOrder("o1", "customer called"))
    eta_ms = state.orders["o1"].eta_at_ms
    assert state.route("c1").stops == ()
    drop(state, "c1", "o1")
    stop = first(state)
    assert (stop.place, stop.name, stop.address) == (depot("d1").place, "Depot d1", "Market 1")
    assert (stop.kind, stop.end, stop.note) == (DROPOFF, StopEnd.DEPOT, "")
    assert stop.latest_at_ms == NOON_MS + BRING_BACK_WITHIN_MS
    assert stop.service_s == state.orders["o1"].service_pickup_s
    assert state.orders["o1"].eta_at_ms == eta_ms
    assert violations(state) == []


def test_brought_back_goods_are_returned_by_the_couriers_report() -> None:
    """On the way and at the depot they are `returning`; done, they are `returned`, and the courier may go home."""
    state = going_back()
    for action in (DEPARTED, ARRIVED):
        progress(state, "c1", action)
        assert state.orders["o1"].status is S.RETURNING
    progress(state, "c1", COMPLETED)
    assert state.orders["o1"].status is S.RETURNED
    assert state.route("c1").stops == ()
    ask(state, c.SetDuty("c1", Duty.OFF_DUTY))
    assert state.couriers["c1"].duty is Duty.OFF_DUTY


def test_a_failed_attempt_that_is_to_go_back_gets_such_a_stop_too() -> None:
    """No proof is asked for at the depot, although the order wanted one at the door."""
    state = zone(couriers=1)
    ask(state, c.CreateOrder(replace(order("o1"), requires=(ProofKind.PHOTO,))))
    given(state, "c1", "o1")
    progress(state, "c1", COMPLETED)
    progress(state, "c1", FAILED, reason="nobody home")
    ask(state, c.ResolveAttempt("o1", "return", "moved away"))
    drop(state, "c1", "o1")
    progress(state, "c1", COMPLETED)
    assert (state.orders["o1"].status, state.orders["o1"].proofs) == (S.RETURNED, ())


def test_the_depots_word_still_ends_it() -> None:
    """Staff say that the goods are back: the order is returned, and the courier's own report is known already."""
    state = going_back()
    stop = first(state)
    ask(state, c.ResolveAttempt("o1", "returned", "seen"))
    assert state.orders["o1"].status is S.RETURNED
    assert state.route("c1").stops == ()
    report = c.ReportProgress("c1", stop.id, COMPLETED, NOON_MS, order_ids=("o1",), kind=DROPOFF)
    ask(state, report)
    assert (state.orders["o1"].status, state.cases) == (S.RETURNED, {})


def test_a_delivery_that_was_made_before_the_cancel_was_heard_of_counts() -> None:
    """The stop at the customer's door has another name than the one at the depot, so the report is not mistaken."""
    state = zone(couriers=1, orders=1)
    given(state, "c1", "o1")
    progress(state, "c1", COMPLETED)
    door = first(state)
    ask(state, c.CancelOrder("o1", "customer called"))
    drop(state, "c1", "o1")
    assert first(state).id != door.id
    ask(state, c.ReportProgress("c1", door.id, COMPLETED, NOON_MS, order_ids=("o1",), kind=DROPOFF))
    assert state.orders["o1"].status is S.DELIVERED
    assert [case.kind for case in state.cases.values()] == [CaseKind.DELIVERED_AFTER_CANCEL]
    assert state.route("c1").stops == ()


def test_what_cannot_be_brought_back_stays_on_the_route() -> None:
    """A closed depot: the stop goes behind the others, a dispatcher is told once, and the goods stay `returning`."""
    state = going_back()
    ask(state, c.CreateOrder(order("o9")))
    given(state, "c1", "o9")
    progress(state, "c1", FAILED, reason="closed")
    assert state.orders["o1"].status is S.RETURNING
    assert [(s.kind, s.order_ids) for s in state.route("c1").stops][-1] == (DROPOFF, ("o1",))
    progress(state, "c1", FAILED, stop=2, reason="closed")
    assert [case.kind for case in state.cases.values()] == [CaseKind.RETURN_FAILED]
    assert violations(state) == []


def test_a_bring_back_that_failed_and_is_gone_is_no_news() -> None:
    """The stop has left the route meanwhile: the app forgets the report."""
    state = going_back()
    stop = first(state)
    progress(state, "c1", COMPLETED)
    report = c.ReportProgress("c1", stop.id, FAILED, NOON_MS, "closed", ("o1",), DROPOFF)
    with pytest.raises(NotFound, match="not on your route"):
        ask(state, report)


def test_bringing_back_by_mistake_is_taken_back() -> None:
    """The goods are on board again in a new assignment, and the stop stands at the front."""
    state = going_back()
    stop, seq = first(state), state.orders["o1"].assignment_seq
    progress(state, "c1", COMPLETED)
    ask(state, c.UndoStop("c1", stop.id, NOON_MS + 1_000, 30_000), NOON_MS + 1_000)
    again = state.orders["o1"]
    assert (again.status, again.assignment_seq) == (S.RETURNING, seq + 1)
    assert (first(state).id, first(state).state) == (stop.id, StopState.ARRIVED)
    assert violations(state) == []


def test_what_goes_back_is_nobodys_meal_any_more() -> None:
    """Its window, priority and service are those of a depot; a promise that lies farther ahead stays."""
    state = going_back()
    far = NOON_MS + 2 * BRING_BACK_WITHIN_MS
    there = as_it_goes(replace(state.orders["o1"], priority=9, tier=2, max_ride_s=60, earliest_at_ms=far))
    assert (there.priority, there.tier, there.max_ride_s, there.earliest_at_ms) == (0, 0, 0, 0)
    assert as_it_goes(replace(state.orders["o1"], promise_at_ms=far)).promise_at_ms == far
    returned = replace(state.orders["o1"], direction=Direction.RETURN, service_dropoff_s=7)
    assert as_it_goes(returned).service_dropoff_s == 7
    fresh = order("o2")
    assert as_it_goes(fresh) is fresh


# --- returns ------------------------------------------------------------------------------------------------------


def a_return(order_id: str = "o1", *requires: ProofKind) -> c.CreateOrder:
    return c.CreateOrder(replace(order(order_id), direction=Direction.RETURN, requires=requires, pin="4711"))


def returning_zone(*requires: ProofKind) -> ZoneState:
    state = zone(couriers=2)
    ask(state, a_return("o1", *requires))
    given(state, "c1", "o1")
    return state


def test_a_return_goes_from_the_customer_to_the_depot() -> None:
    """The pickup is at the door with the customer's name, the drop-off at the depot; the ETA is the pickup's."""
    state = returning_zone()
    door, back = state.route("c1").stops
    assert (door.kind, door.end, door.name, door.place) == (PICKUP, StopEnd.DOOR, "Ada", Point(60.17, 24.94))
    assert (back.kind, back.end, back.name, back.place) == (DROPOFF, StopEnd.DEPOT, "Depot d1", depot("d1").place)
    assert state.orders["o1"].eta_at_ms == door.arrive_at_ms
    for action, status in ((DEPARTED, S.EN_ROUTE_PICKUP), (ARRIVED, S.AT_PICKUP), (COMPLETED, S.PICKED_UP)):
        progress(state, "c1", action)
        assert state.orders["o1"].status is status
    progress(state, "c1", COMPLETED)
    assert state.orders["o1"].status is S.DELIVERED


def test_a_return_is_proven_at_the_customers_door() -> None:
    """Without the PIN the pickup is refused while the courier stands there; the depot asks for nothing."""
    state = returning_zone(ProofKind.PIN)
    stop = first(state)
    with pytest.raises(Conflict, match="needs pin"):
        ask(state, c.ReportProgress("c1", stop.id, COMPLETED, NOON_MS))
    shown = (Proof(ProofKind.PIN, "o1", "4711"),)
    ask(state, c.ReportProgress("c1", stop.id, COMPLETED, NOON_MS, proofs=shown))
    assert [proof.kind for proof in state.orders["o1"].proofs] == [ProofKind.PIN]
    progress(state, "c1", COMPLETED)
    assert state.orders["o1"].status is S.DELIVERED


def test_a_return_that_was_fetched_offline_is_proven_as_well() -> None:
    """The plan had given it to somebody else; the pickup counts, and the missing photo is a case."""
    state = returning_zone(ProofKind.PHOTO)
    ask(state, c.ReportProgress("c2", "old", COMPLETED, NOON_MS, "", ("o1",), PICKUP), NOON_MS + 60 * MINUTE_MS)
    assert (state.orders["o1"].status, state.orders["o1"].courier_id) == (S.PICKED_UP, "c2")
    assert {case.kind for case in state.cases.values()} == {CaseKind.PROOF_MISSING, CaseKind.PICKUP_AFTER_REASSIGN}
    assert first(state, "c2").end is StopEnd.DEPOT


def test_nobody_at_the_door_of_a_return_is_a_persons_decision() -> None:
    """The next courier would stand there too: the order is held with the reason until somebody lets it go."""
    state = returning_zone()
    progress(state, "c1", FAILED, reason="nobody_there")
    assert (state.orders["o1"].status, state.orders["o1"].reason) == (S.HELD, "nobody_there")
    assert state.route("c1").stops == ()
    ask(state, c.ReleaseHold("o1"))
    assert state.orders["o1"].status is S.DISPATCHABLE


@pytest.mark.parametrize("fetched", [True, False])
def test_a_canceled_return_that_was_fetched_goes_to_the_depot_all_the_same(fetched: bool) -> None:
    """Canceled after the pickup, or fetched offline after the cancel: returned, wherever the report comes from."""
    state = returning_zone()
    back_id = state.route("c1").stops[1].id
    if fetched:
        progress(state, "c1", COMPLETED)
    ask(state, c.CancelOrder("o1", "customer keeps it"))
    if not fetched:
        ask(state, c.ReportProgress("c1", "old", COMPLETED, NOON_MS, "", ("o1",), PICKUP))
    assert state.orders["o1"].status is S.RETURNING
    report = c.ReportProgress("c1", back_id, COMPLETED, NOON_MS, "", ("o1",), DROPOFF)
    ask(state, report)
    assert state.orders["o1"].status is S.RETURNED
    kinds = [] if fetched else [CaseKind.PICKUP_AFTER_CANCEL]
    assert [case.kind for case in state.cases.values()] == kinds


def test_where_each_end_is_and_who_waits_for_the_courier() -> None:
    """A delivery's customer waits once the goods are on board, a return's while the courier comes for them."""
    shop = Point(60.165, 24.935)
    sent, back = order("o1"), replace(order("o2"), direction=Direction.RETURN)
    assert [at_door(kind, sent) for kind in (PICKUP, DROPOFF)] == [False, True]
    assert [at_door(kind, back) for kind in (PICKUP, DROPOFF)] == [True, False]
    assert place_of(DROPOFF, sent, shop) == place_of(PICKUP, back, shop) == sent.dropoff.place
    assert place_of(PICKUP, sent, shop) == place_of(DROPOFF, back, shop) == shop
    assert {s for s in S if is_awaited(replace(sent, status=s))} == {S.PICKED_UP, S.EN_ROUTE_DROPOFF, S.AT_DROPOFF}
    assert {s for s in S if is_awaited(replace(back, status=s))} == {S.EN_ROUTE_PICKUP, S.AT_PICKUP}


# --- many orders for one door -------------------------------------------------------------------------------------


def at_the_point(orders: int = 12) -> ZoneState:
    """c1 stands at a pickup point with orders for it on board, all of one stop."""
    state = zone(couriers=1, orders=orders)
    order_ids = tuple(f"o{n}" for n in range(1, orders + 1))
    both = (
        PlannedStop(PICKUP, order_ids, NOON_MS + 5 * MINUTE_MS, NOON_MS + 9 * MINUTE_MS),
        PlannedStop(DROPOFF, order_ids, NOON_MS + 15 * MINUTE_MS, NOON_MS + 22 * MINUTE_MS),
    )
    ask(state, plan(state, PlannedRoute("c1", both)))
    progress(state, "c1", COMPLETED)
    return state


def test_twelve_orders_for_one_point_are_one_stop_with_one_arrival() -> None:
    """The courier arrives once; all but a missing one are handed over; each order ends as it was."""
    state = at_the_point()
    stop = first(state)
    assert (len(state.route("c1").stops), len(stop.order_ids), stop.end) == (1, 12, StopEnd.DOOR)
    assert {state.orders[o].eta_at_ms for o in stop.order_ids} == {stop.arrive_at_ms}
    progress(state, "c1", ARRIVED)
    assert {state.orders[o].status for o in stop.order_ids} == {S.AT_DROPOFF}
    handed = stop.order_ids[:11]
    ask(state, c.ReportProgress("c1", stop.id, COMPLETED, NOON_MS, "", handed, DROPOFF))
    assert {state.orders[o].status for o in handed} == {S.DELIVERED}
    rest = first(state)
    assert (rest.order_ids, rest.state) == (("o12",), StopState.ARRIVED)
    assert state.orders["o12"].status is S.AT_DROPOFF
    assert violations(state) == []
    progress(state, "c1", FAILED, reason="missing")
    assert state.orders["o12"].status is S.ATTEMPT_FAILED
    assert [entry for entry, _ in state.orders["o12"].timeline].count(S.AT_DROPOFF) == 1


def test_each_order_of_a_point_has_its_own_proofs() -> None:
    """One missing photo refuses the report as a whole; with it each order keeps its own."""
    state = zone(couriers=1)
    for order_id in ("o1", "o2"):
        ask(state, c.CreateOrder(replace(order(order_id), requires=(ProofKind.PHOTO,))))
    given(state, "c1", "o1", "o2")
    progress(state, "c1", COMPLETED)
    merged = PlannedStop(DROPOFF, ("o1", "o2"), NOON_MS, NOON_MS + MINUTE_MS)
    ask(state, plan(state, PlannedRoute("c1", (merged,))))
    stop = first(state)
    photos = tuple(Proof(ProofKind.PHOTO, o, upload_id=f"up-{o}") for o in ("o1", "o2"))
    with pytest.raises(Conflict, match="needs photo"):
        ask(state, c.ReportProgress("c1", stop.id, COMPLETED, NOON_MS, proofs=photos[:1]))
    assert state.orders["o1"].status is S.PICKED_UP
    ask(state, c.ReportProgress("c1", stop.id, COMPLETED, NOON_MS, proofs=photos))
    kept = [[proof.upload_id for proof in state.orders[o].proofs] for o in ("o1", "o2")]
    assert kept == [["up-o1"], ["up-o2"]]


def test_the_rest_of_a_point_waits_while_another_stop_comes_first() -> None:
    """Whoever drives on leaves the rest planned, on board and not at the door any more."""
    state = at_the_point(3)
    progress(state, "c1", ARRIVED)
    ask(state, c.ReportProgress("c1", first(state).id, COMPLETED, NOON_MS, "", ("o1",), DROPOFF))
    ask(state, c.CreateOrder(order("o9")))
    given(state, "c1", "o9")
    progress(state, "c1", DEPARTED, stop=1)
    assert {state.orders[o].status for o in ("o2", "o3")} == {S.PICKED_UP}
    assert [s.state for s in state.route("c1").stops] == [StopState.EN_ROUTE, StopState.PLANNED, StopState.PLANNED]
    assert violations(state) == []
