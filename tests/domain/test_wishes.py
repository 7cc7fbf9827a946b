"""What customers change about their own order: each rule, and its last moment."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given as for_any
from hypothesis import strategies as st

from dispatch.domain import commands as c
from dispatch.domain import events as e
from dispatch.domain import wish_commands as w
from dispatch.domain.case import CaseKind
from dispatch.domain.corrections import PLACE_CHANGED
from dispatch.domain.errors import Conflict, InvalidInput
from dispatch.domain.eta import EtaCause
from dispatch.domain.geo import Point
from dispatch.domain.invariants import violations
from dispatch.domain.order import Direction, Lock, Order, OrderStatus, Proof, ProofKind
from dispatch.domain.override import OverrideAction
from dispatch.domain.route import PlannedRoute, PlannedStop, StopKind
from dispatch.domain.wish import Wish, WishKind
from dispatch.domain.wishes import MOST_WISHES, PATIENCE_MS, may_wish, why_not
from dispatch.domain.zone import ZoneState
from tests.support.zones import (
    MINUTE_MS,
    NOON_MS,
    ask,
    given,
    offered_to_many,
    order,
    plan,
    planned,
    progress,
    refused,
    window_wish,
    zone,
)

S, K, A = OrderStatus, WishKind, c.StopAction
ELSEWHERE = Point(60.18, 24.95)
EVERYTHING = tuple(kind for kind in WishKind if kind is not WishKind.BRING)
Step = Callable[[ZoneState], None]


def carried(*order_ids: str) -> ZoneState:
    """c1 has these orders on board and is on no stop."""
    state = zone(orders=len(order_ids))
    given(state, "c1", *order_ids)
    progress(state, "c1", A.ARRIVED)
    progress(state, "c1", A.COMPLETED)
    return state


def moved(state: ZoneState, order_id: str = "o1", **more: object) -> w.ChangeAddress:
    """The wish to go elsewhere, as of now."""
    courier_id = state.orders[order_id].courier_id
    return w.ChangeAddress(order_id, ELSEWHERE, " Street 2 ", courier_id, base_version=state.plan_version, **more)  # type: ignore[arg-type]


def same_route(state: ZoneState, courier_id: str = "c1") -> PlannedRoute:
    """The courier's route as it is."""
    return planned(state, courier_id, ())


# --- the last moment of each wish -------------------------------------------------------------------------------


def last_moments(status: OrderStatus) -> ZoneState:
    """o1 in this status, alone with c1."""
    state = zone(orders=1)
    steps: dict[OrderStatus, Step] = {
        S.HELD: lambda s: None,
        S.DISPATCHABLE: lambda s: None,
        S.OFFERED: lambda s: ask(s, plan(s, planned(s, "c1", ("o1",)), ttl_ms=60_000)) and None,
    }
    if status in steps:
        steps[status](state)
        if status is S.HELD:
            ask(state, c.Overrule(OverrideAction.HOLD, ("o1",), "look"))
        return state
    given(state, "c1", "o1")
    for action, reached in (
        (A.DEPARTED, S.EN_ROUTE_PICKUP),
        (A.ARRIVED, S.AT_PICKUP),
        (A.COMPLETED, S.PICKED_UP),
        (A.DEPARTED, S.EN_ROUTE_DROPOFF),
        (A.ARRIVED, S.AT_DROPOFF),
        (A.COMPLETED, S.DELIVERED),
    ):
        if state.orders["o1"].status is status:
            return state
        progress(state, "c1", action)
        assert state.orders["o1"].status is reached
    return state


@pytest.mark.parametrize(
    ("status", "left"),
    [
        *((status, EVERYTHING) for status in (S.HELD, S.DISPATCHABLE, S.OFFERED, S.ASSIGNED)),
        *((status, EVERYTHING) for status in (S.EN_ROUTE_PICKUP, S.AT_PICKUP)),
        (S.PICKED_UP, (K.NOTE, K.DOOR, K.WAIT)),
        (S.EN_ROUTE_DROPOFF, (K.NOTE, K.DOOR, K.WAIT)),
        (S.AT_DROPOFF, ()),
        (S.DELIVERED, ()),
    ],
)
def test_every_wish_has_its_last_moment(status: OrderStatus, left: tuple[WishKind, ...]) -> None:
    """Before pickup everything, with the goods on the way to this very door its instructions, at the door nothing."""
    state = last_moments(status)
    found = state.orders["o1"]
    assert found.status is status
    assert may_wish(found, state.route(found.courier_id)) == left


def test_what_is_offered_is_what_is_taken() -> None:
    """In every status, the zone takes exactly the wishes that are shown, and refuses the others with a code."""
    for status in S:
        try:
            state = last_moments(status)
        except KeyError:
            continue
        found = state.orders["o1"]
        if found.status is not status:
            continue
        for kind, command in (
            (K.NOTE, w.WriteInstructions("o1", "ring")),
            (K.DOOR, w.WriteInstructions("o1", "", leave_at_door=True)),
            (K.ADDRESS, moved(state)),
            (K.WINDOW, w.ChooseWindow("o1", 0, NOON_MS + 60 * MINUTE_MS)),
            (K.CANCEL, w.CancelAsCustomer("o1")),
            (K.WAIT, w.AcceptDelay("o1")),
        ):
            fresh = last_moments(status)
            if why_not(found, state.route(found.courier_id), kind) is None:
                ask(fresh, command)
                assert violations(fresh) == []
            else:
                assert refused(fresh, command) in {"order_finished", "at_the_door", "next_stop", "picked_up"}


def test_on_board_the_address_is_open_until_one_is_next() -> None:
    """Two orders on board: the second can still go elsewhere, the first not; nor once a courier goes to the second."""
    state = carried("o1", "o2")
    assert refused(state, moved(state, "o1", route=same_route(state))) == "next_stop"
    assert K.ADDRESS in may_wish(state.orders["o2"], state.route("c1"))
    progress(state, "c1", A.DEPARTED, stop=1)
    assert refused(state, moved(state, "o2", route=same_route(state))) == "next_stop"


def test_goods_that_go_back_are_for_the_dispatchers() -> None:
    """After a failed attempt nothing is changed by the link."""
    state = carried("o1")
    progress(state, "c1", A.ARRIVED)
    progress(state, "c1", A.FAILED, reason="nobody_there")
    assert refused(state, w.WriteInstructions("o1", "ring")) == "goes_back"


def test_a_planned_hand_over_keeps_the_address() -> None:
    """Two couriers are about to meet; where they go on to is theirs to know."""
    state = carried("o1", "o2")
    ask(state, c.HandOver(("o2",), "c2", "flat tyre"))
    assert refused(state, moved(state, "o2", route=same_route(state))) == "handover_planned"


# --- instructions -----------------------------------------------------------------------------------------------


def test_instructions_reach_the_courier_s_stop() -> None:
    """The order, the stop on the route and the courier's phone say it; the same once more changes nothing."""
    state = zone(orders=1)
    given(state, "c1", "o1")
    events = ask(state, w.WriteInstructions("o1", "  Ring twice ", leave_at_door=True))
    found, door = state.orders["o1"], state.route("c1").stops[1]
    assert (found.dropoff.note, found.leave_at_door, door.note) == ("Ring twice", True, "Ring twice")
    assert [wish.kind for wish in found.wishes] == [K.DOOR, K.NOTE]
    assert e.CourierNoticed("c1", "note_changed", ("o1",)) in events
    assert ask(state, w.WriteInstructions("o1", "Ring twice", leave_at_door=True)) == []
    assert violations(state) == []


def test_what_is_left_at_the_door_is_proven_by_a_photo() -> None:
    """Without one the report is refused; with one it is delivered. Taken back, no photo is asked for."""
    state = carried("o1")
    ask(state, w.WriteInstructions("o1", "", leave_at_door=True))
    assert state.orders["o1"].proven_by == (ProofKind.PHOTO,)
    progress(state, "c1", A.ARRIVED)
    stop = state.route("c1").stops[0]
    report = c.ReportProgress("c1", stop.id, A.COMPLETED, NOON_MS)
    assert refused(state, report) == CaseKind.PROOF_MISSING.value
    ask(state, replace(report, proofs=(Proof(ProofKind.PHOTO, "o1", upload_id="u-1"),)))
    assert state.orders["o1"].status is S.DELIVERED
    other = zone(orders=1)
    ask(other, w.WriteInstructions("o1", "", leave_at_door=True))
    ask(other, w.WriteInstructions("o1", ""))
    assert other.orders["o1"].proven_by == ()


def test_a_photo_that_the_shop_asks_for_is_asked_for_once() -> None:
    """Leaving it at the door adds nothing to it."""
    already = replace(order("o9"), requires=(ProofKind.PHOTO, ProofKind.BARCODE), leave_at_door=True)
    assert already.proven_by == (ProofKind.PHOTO, ProofKind.BARCODE)


@pytest.mark.parametrize("kind", [ProofKind.PIN, ProofKind.SIGNATURE, ProofKind.AGE])
def test_what_needs_a_person_is_not_left_at_the_door(kind: ProofKind) -> None:
    """A PIN, a signature and an age check are somebody's at the door; instructions may be written all the same."""
    state = zone()
    ask(state, c.CreateOrder(replace(order("o9"), requires=(kind,), pin="1234")))
    assert refused(state, w.WriteInstructions("o9", "", leave_at_door=True)) == "proof_in_person"
    ask(state, w.WriteInstructions("o9", "Ring"))
    assert state.orders["o9"].dropoff.note == "Ring"


def test_a_return_is_handed_over_in_person_and_its_door_is_a_pickup() -> None:
    """Instructions reach the pickup; at the door and once it is picked up the address stays."""
    state = zone()
    ask(state, c.CreateOrder(replace(order("o1"), direction=Direction.RETURN)))
    given(state, "c1", "o1")
    assert refused(state, w.WriteInstructions("o1", "", leave_at_door=True)) == "not_for_returns"
    ask(state, w.WriteInstructions("o1", "Third floor"))
    assert [stop.note for stop in state.route("c1").stops] == ["Third floor", ""]
    progress(state, "c1", A.ARRIVED)
    assert refused(state, w.WriteInstructions("o1", "Fourth floor")) == "at_the_door"
    progress(state, "c1", A.COMPLETED)
    assert refused(state, moved(state, route=same_route(state))) == "picked_up"


def test_instructions_have_an_end() -> None:
    """500 characters, whatever a client checks."""
    assert refused(zone(orders=1), w.WriteInstructions("o1", "x" * 501)) == "note_too_long"


# --- address ----------------------------------------------------------------------------------------------------


def test_an_order_that_waits_goes_elsewhere_at_once() -> None:
    """With the note it had; what was before is kept for the desk."""
    state = zone(orders=1)
    ask(state, w.WriteInstructions("o1", "Ring"))
    events = ask(state, moved(state))
    found = state.orders["o1"]
    assert (found.dropoff.place, found.dropoff.address, found.dropoff.note) == (ELSEWHERE, "Street 2", "Ring")
    assert found.wishes[-1] == Wish(K.ADDRESS, NOON_MS, was="Street 1")
    assert [event.what for event in events if isinstance(event, e.OrderChanged)] == ["wish"] != [PLACE_CHANGED]
    assert refused(state, replace(moved(state), address="  ")) == "address_missing"


def test_a_courier_who_can_take_it_keeps_the_order() -> None:
    """Their route has the new door, they hear of it, and the customer is told the new time with its reason."""
    state = zone(orders=2)
    given(state, "c1", "o1", "o2")
    route = same_route(state)
    later = tuple(replace(s, arrive_at_ms=s.arrive_at_ms + 9 * MINUTE_MS) for s in route.stops)
    promise_ms = NOON_MS + 99 * MINUTE_MS
    command = moved(state, route=replace(route, stops=later), promise_at_ms=promise_ms)
    events = ask(state, command)
    found, door = state.orders["o1"], state.route("c1").stops[1]
    assert (found.courier_id, found.status, found.promise_at_ms) == ("c1", S.ASSIGNED, promise_ms)
    assert (door.place, door.address, door.order_ids) == (ELSEWHERE, "Street 2", ("o1",))
    assert e.CourierNoticed("c1", "address_changed", ("o1",), "Street 2") in events
    told = {event.order.id: event.cause for event in events if isinstance(event, e.EtaChanged)}
    assert told == {"o1": EtaCause.ADDRESS, "o2": EtaCause.QUEUE}
    assert violations(state) == []


def test_a_route_of_before_is_refused() -> None:
    """Another courier, a route that moved on, other orders on it: the planner looks again."""
    state = zone(orders=2)
    given(state, "c1", "o1")
    seen = moved(state, route=same_route(state))
    assert refused(state, replace(seen, courier_id="c2")) == "stale_plan"
    assert refused(state, replace(seen, route=PlannedRoute("c2", ()))) == "stale_plan"
    assert refused(state, replace(seen, base_version=0)) == "stale_plan"
    assert refused(state, replace(seen, route=PlannedRoute("c1", ()))) == "stale_plan"
    given(state, "c1", "o2")
    assert refused(state, seen) == "stale_plan"


def test_an_order_that_no_longer_fits_is_planned_again() -> None:
    """The courier loses it, before pickup; a dispatcher's lock keeps it where it is, and goods on board do, too."""
    state = zone(orders=1)
    given(state, "c1", "o1")
    ask(state, moved(state))
    found = state.orders["o1"]
    assert (found.status, found.courier_id, found.dropoff.place) == (S.DISPATCHABLE, "", ELSEWHERE)
    assert state.route("c1").stops == ()
    given(state, "c1", "o1")
    ask(state, c.Overrule(OverrideAction.LOCK, ("o1",), "vip", lock=Lock.COURIER))
    assert refused(state, moved(state)) == "planned_by_hand"
    aboard = carried("o1", "o2")
    assert refused(aboard, moved(aboard, "o2")) == "address_does_not_fit"


def test_an_offer_for_the_old_address_ends() -> None:
    """For the one who was asked, or for all of them; nobody accepts a trip that is another one by now."""
    state = zone(orders=1)
    ask(state, plan(state, planned(state, "c1", ("o1",)), ttl_ms=60_000))
    offer_id = state.orders["o1"].offer_id
    ask(state, moved(state))
    assert state.orders["o1"].status is S.DISPATCHABLE
    assert refused(state, c.AcceptOffer("c1", offer_id)) == "offer_revoked"
    shared = zone(orders=1)
    offers = offered_to_many(shared, ("o1",), "c1", "c2")
    ask(shared, moved(shared))
    assert all(shared.offers[each].status.value == "revoked" for each in offers)


def test_an_order_that_is_held_for_its_address_goes_on_with_a_better_one() -> None:
    """Held because nobody reaches it: a new address sets it free. Held for a review: it waits on."""
    state = zone()
    ask(state, c.CreateOrder(order("o1"), hold="address"))
    ask(state, moved(state))
    assert state.orders["o1"].status is S.DISPATCHABLE
    wish = state.orders["o1"].wishes[-1]
    assert (wish.kind, wish.was, wish.by) == (K.ADDRESS, "Street 1", "")
    ask(state, c.CutOff((("o1", "flood"),)))
    ask(state, moved(state))
    assert (state.orders["o1"].status, state.orders["o1"].cut_off) == (S.DISPATCHABLE, "")
    ask(state, c.CreateOrder(order("o2"), hold="review"))
    ask(state, moved(state, "o2"))
    assert state.orders["o2"].status is S.HELD


def test_staff_give_an_order_its_address_for_the_customer() -> None:
    """It goes on as with the customer's own word; the order says who did it, and why."""
    state = zone()
    ask(state, c.CreateOrder(order("o1"), hold="address"))
    ask(state, moved(state, by="support:ann", reason=" called "))
    found = state.orders["o1"]
    assert (found.status, found.dropoff.place) == (S.DISPATCHABLE, ELSEWHERE)
    assert (found.wishes[-1].by, found.wishes[-1].reason) == ("support:ann", "called")


# --- cancel, and wait -------------------------------------------------------------------------------------------


def test_a_customer_cancels_before_pickup() -> None:
    """The order ends, the courier loses it, the desk sees by whom; a second time changes nothing, later is too late."""
    state = zone(orders=1)
    given(state, "c1", "o1")
    ask(state, w.CancelAsCustomer("o1"))
    found = state.orders["o1"]
    assert (found.status, found.reason, found.wishes[-1].kind) == (S.CANCELED, "customer", K.CANCEL)
    assert state.route("c1").stops == ()
    assert ask(state, w.CancelAsCustomer("o1")) == []
    assert refused(carried("o1"), w.CancelAsCustomer("o1")) == "picked_up"


def test_who_waits_is_left_alone_for_a_while() -> None:
    """Until it is ten minutes later than they were told; a second word changes nothing."""
    state = zone(orders=1)
    ask(state, w.AcceptDelay("o1"), NOON_MS + 50 * MINUTE_MS)
    assert state.orders["o1"].waits_until_ms == NOON_MS + 50 * MINUTE_MS + PATIENCE_MS
    assert ask(state, w.AcceptDelay("o1"), NOON_MS + 50 * MINUTE_MS) == []
    ask(state, window_wish(60, 90))
    assert state.orders["o1"].waits_until_ms == 0


# --- two windows of one customer --------------------------------------------------------------------------------


def test_another_tab_s_wish_is_not_overwritten() -> None:
    """Who has not seen the last change is refused; what others do (an assignment) does not disturb."""
    state = zone(orders=1)
    seen = state.orders["o1"].wish_version
    ask(state, w.WriteInstructions("o1", "Ring", seen_version=seen))
    given(state, "c1", "o1")
    assert refused(state, w.WriteInstructions("o1", "Knock", seen_version=seen)) == "stale_order"
    assert refused(state, replace(moved(state, route=same_route(state)), seen_version=seen)) == "stale_order"
    ask(state, w.WriteInstructions("o1", "Knock", seen_version=state.orders["o1"].wish_version))
    assert state.orders["o1"].dropoff.note == "Knock"


def test_only_the_newest_wishes_are_kept() -> None:
    """An order does not grow for ever."""
    state = zone(orders=1)
    for n in range(MOST_WISHES + 5):
        ask(state, w.WriteInstructions("o1", f"note {n}"))
    assert len(state.orders["o1"].wishes) == MOST_WISHES


ANY_WISH = st.one_of(
    st.builds(lambda text, door: ("note", text, door), st.text(max_size=20), st.booleans()),
    st.tuples(st.just("address"), st.floats(60.1, 60.2), st.booleans()),
    st.tuples(st.just("window"), st.integers(-60, 600), st.integers(-60, 700)),
    st.tuples(st.just("cancel")),
    st.tuples(st.just("wait")),
    st.tuples(st.just("step"), st.sampled_from(list(A))),
    st.tuples(st.just("give")),
)


def _do(state: ZoneState, wish: tuple[object, ...]) -> None:
    found: Order = state.orders["o1"]
    match wish:
        case ("note", str(text), bool(door)):
            ask(state, w.WriteInstructions("o1", text, door))
        case ("address", float(lat), bool(keep)):
            route = planned(state, found.courier_id, ()) if keep and found.courier_id else None
            ask(state, replace(moved(state, route=route), place=Point(lat, 24.95)))
        case ("window", int(earliest), int(promise)):
            ask(state, window_wish(max(0, earliest), promise))
        case ("cancel",):
            ask(state, w.CancelAsCustomer("o1"))
        case ("wait",):
            ask(state, w.AcceptDelay("o1"))
        case ("step", c.StopAction() as action) if state.route("c1").stops:
            progress(state, "c1", action)
        case ("give",) if found.status is S.DISPATCHABLE:
            given(state, "c1", "o1")
        case _:
            return


@for_any(st.lists(ANY_WISH, max_size=12))
def test_no_sequence_of_wishes_breaks_an_invariant(wishes: list[tuple[object, ...]]) -> None:
    """Whatever customers and couriers do in whatever order: refused, or the zone still holds together."""
    state = zone(orders=2)
    given(state, "c1", "o2")
    for wish in wishes:
        with suppress(Conflict, InvalidInput):
            _do(state, wish)
        assert violations(state) == []
        stops = [s for s in state.route("c1").stops if "o1" in s.order_ids and s.kind is StopKind.DROPOFF]
        assert all(stop.place == state.orders["o1"].dropoff.place or stop.started for stop in stops)


def test_a_plan_for_the_old_place_is_no_longer_adopted() -> None:
    """The planner that had not heard of the new address is told to look again."""
    state = zone(orders=1)
    old = plan(
        state,
        PlannedRoute("c1", (PlannedStop(StopKind.PICKUP, ("o1",), 1, 2), PlannedStop(StopKind.DROPOFF, ("o1",), 3, 4))),
    )
    ask(state, moved(state))
    assert refused(state, old) == "stale_plan"
