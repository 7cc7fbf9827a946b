"""Goods on board change courier: a pair of stops, two words in any order, and what happens when one is missing."""

from dataclasses import replace

import pytest

from dispatch.domain import case_commands as k
from dispatch.domain import commands as c
from dispatch.domain import events as e
from dispatch.domain.case import CaseKind
from dispatch.domain.commands import StopAction
from dispatch.domain.courier import Duty
from dispatch.domain.ends import end_of, needs_dropoff, place_of
from dispatch.domain.errors import Conflict, InvalidInput, NotFound
from dispatch.domain.geo import Point
from dispatch.domain.handover import (
    CONFIRM_WITHIN_MS,
    HANDED_OVER,
    call_off,
    confirm,
    missed,
    speaks_of,
    take_back,
)
from dispatch.domain.invariants import violations
from dispatch.domain.order import Handover, Lock, Order, OrderStatus
from dispatch.domain.route import PlannedRoute, PlannedStop, Stop, StopEnd, StopKind, StopState
from dispatch.domain.vehicle import Load
from dispatch.domain.zone import Draft, ZoneState, rebuilt
from tests.support.zones import MINUTE_MS, NOON_MS, ask, courier, given, order, plan, planned, progress, zone

S = OrderStatus
COMPLETED, FAILED, DEPARTED, ARRIVED = StopAction.COMPLETED, StopAction.FAILED, StopAction.DEPARTED, StopAction.ARRIVED
PICKUP, DROPOFF = StopKind.PICKUP, StopKind.DROPOFF
BRIDGE = Point(60.168, 24.938)
HAND_OVER = c.HandOver(("o1",), "c2", "flat tyre", BRIDGE, "Long Bridge")


def meeting_zone(command: c.HandOver = HAND_OVER, orders: int = 1) -> ZoneState:
    """c1 has orders on board and is to give them to c2 at the bridge."""
    state = zone(couriers=2, orders=orders)
    given(state, "c1", *(f"o{n}" for n in range(1, orders + 1)))
    progress(state, "c1", COMPLETED)
    ask(state, command)
    return state


def stop_of(state: ZoneState, courier_id: str) -> Stop:
    return next(stop for stop in state.route(courier_id).stops if stop.end is StopEnd.MEETING)


def says(courier_id: str, kind: StopKind, stop_id: str, action: StopAction = COMPLETED) -> c.ReportProgress:
    return c.ReportProgress(courier_id, stop_id, action, NOON_MS, "not there", ("o1",), kind)


def hand(state: ZoneState) -> list[e.Event]:
    return ask(state, says("c1", DROPOFF, stop_of(state, "c1").id))


def take(state: ZoneState) -> list[e.Event]:
    return ask(state, says("c2", PICKUP, stop_of(state, "c2").id))


def with_c2(state: ZoneState) -> bool:
    """Whether o1 is c2's, on board, with nothing left of the meeting, and free to be planned to its customer."""
    o1 = state.orders["o1"]
    clean = not any(stop.end is StopEnd.MEETING for each in ("c1", "c2") for stop in state.route(each).stops)
    return (o1.courier_id, o1.status, o1.handover) == ("c2", S.PICKED_UP, None) and clean and violations(state) == []


# --- planned ------------------------------------------------------------------------------------------------------


def test_a_hand_over_is_a_pair_of_stops_at_one_place() -> None:
    """Each knows whom to meet and where; the drop-off at the customer's door has left the giver's route, and the order
    is still the giver's.
    """
    state = meeting_zone()
    ours, theirs = stop_of(state, "c1"), stop_of(state, "c2")
    assert (ours.kind, ours.place, ours.address, ours.name) == (DROPOFF, BRIDGE, "Long Bridge", "Courier c2")
    assert (theirs.kind, theirs.place, theirs.name) == (PICKUP, BRIDGE, "Courier c1")
    assert (state.route("c1").order_ids(), state.route("c2").order_ids()) == (("o1",), ())
    assert state.route("c2").to_take_over() == ("o1",)
    assert (state.orders["o1"].courier_id, state.orders["o1"].status) == ("c1", S.PICKED_UP)
    assert len(state.route("c1").stops) == 1
    assert violations(state) == []


def test_whoever_comes_first_waits_for_the_other() -> None:
    """Each stop begins not before the other courier is planned to be there, also when that changes by minutes."""
    state = meeting_zone()
    meeting = state.orders["o1"].handover
    assert meeting is not None
    assert meeting.giver_at_ms == stop_of(state, "c1").arrive_at_ms
    late_ms = meeting.giver_at_ms + 9 * MINUTE_MS
    times = ((stop_of(state, "c1").id, late_ms, late_ms + MINUTE_MS),)
    retimed = c.RetimedRoute("c1", state.route("c1").version, times)
    events = ask(state, c.UpdateEtas((retimed,), "riding"))
    assert [event.what for event in events if isinstance(event, e.OrderChanged)] == ["meeting"]
    ask(state, plan(state, planned(state, "c2", ())))
    assert stop_of(state, "c2").earliest_at_ms == late_ms
    near = c.RetimedRoute("c1", state.route("c1").version, ((times[0][0], late_ms + 1_000, late_ms + MINUTE_MS),))
    assert not any(isinstance(event, e.OrderChanged) for event in ask(state, c.UpdateEtas((near,), "riding")))


def test_without_a_named_place_they_meet_where_it_suits_both() -> None:
    """Of all their stops the one that lies nearest to the other courier's way."""
    state = zone(couriers=2)
    for order_id, north in (("o1", 60.20), ("o2", 60.171), ("o3", 60.1705)):
        there = replace(order(order_id).dropoff, place=Point(north, 24.94), address=f"door of {order_id}")
        ask(state, c.CreateOrder(replace(order(order_id), dropoff=there)))
    given(state, "c1", "o1", "o2")
    progress(state, "c1", COMPLETED)
    given(state, "c2", "o3")
    progress(state, "c2", COMPLETED)
    ask(state, replace(HAND_OVER, place=None))
    assert stop_of(state, "c1").address in ("door of o2", "door of o3")
    assert stop_of(state, "c1").place == stop_of(state, "c2").place


def test_the_only_stop_of_the_two_will_do_and_none_will_not() -> None:
    """The giver's own drop-off is a place to meet, even though it leaves the route; two idle couriers need a place."""
    state = zone(couriers=2, orders=1)
    given(state, "c1", "o1")
    progress(state, "c1", COMPLETED)
    ask(state, replace(HAND_OVER, place=None))
    assert stop_of(state, "c2").place == state.orders["o1"].dropoff.place
    ask(state, c.SettleHandOver("o1", False, "no"))
    with pytest.raises(InvalidInput, match="name a place"):
        ask(state, replace(HAND_OVER, place=None))


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (replace(HAND_OVER, order_ids=()), "order_missing"),
        (replace(HAND_OVER, order_ids=("o1", "o2")), "two_givers"),
        (replace(HAND_OVER, order_ids=("o3",)), "wrong_state"),
        (replace(HAND_OVER, to_courier_id="c1"), "same_courier"),
        (replace(HAND_OVER, to_courier_id="c3"), "not_on_duty"),
        (replace(HAND_OVER, to_courier_id="c4"), "too_heavy"),
    ],
)
def test_what_cannot_be_handed_over(command: c.HandOver, code: str) -> None:
    """No goods, two givers, the giver themselves, somebody off duty, or with too small a bag."""
    state = zone(couriers=4, orders=3)
    given(state, "c1", "o1")
    given(state, "c2", "o2")
    for courier_id in ("c1", "c2"):
        progress(state, courier_id, COMPLETED)
    ask(state, c.SetDuty("c3", Duty.OFF_DUTY))
    ask(state, c.RegisterCourier(replace(courier("c4"), capacity=Load(100, 100, 1))))
    with pytest.raises((Conflict, InvalidInput)) as refused:
        ask(state, command)
    assert refused.value.code == code


def test_a_bag_has_room_for_what_is_promised_to_it() -> None:
    """What is on board and what is still to come from others counts; what was handed away does not."""
    state = zone(couriers=3, orders=3)
    small = replace(courier("c2"), capacity=Load(2_000, 4_000, 2))
    ask(state, c.RegisterCourier(small))
    given(state, "c1", "o1", "o2", "o3")
    progress(state, "c1", COMPLETED)
    ask(state, replace(HAND_OVER, order_ids=("o1", "o2")))
    with pytest.raises(Conflict, match="cannot carry"):
        ask(state, replace(HAND_OVER, order_ids=("o3",)))
    with pytest.raises(Conflict, match="planned already"):
        ask(state, HAND_OVER)


# --- two words ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("order_of_words", [(hand, take), (take, hand)])
def test_the_goods_change_hands_when_both_have_said_so(order_of_words: tuple[object, object]) -> None:
    """In either order; after the first word nothing has moved, after the second the order is the taker's."""
    state = meeting_zone()
    seq = state.orders["o1"].assignment_seq
    first, second = order_of_words
    first(state)  # type: ignore[operator]
    assert (state.orders["o1"].courier_id, state.orders["o1"].assignment_seq) == ("c1", seq)
    assert violations(state) == []
    events = second(state)  # type: ignore[operator]
    assert with_c2(state)
    assert HANDED_OVER in [event.what for event in events if isinstance(event, e.OrderChanged)]
    assert (state.orders["o1"].assignment_seq, state.orders["o1"].lock) == (seq + 1, Lock.NONE)
    drop = PlannedStop(DROPOFF, ("o1",), NOON_MS, NOON_MS)
    ask(state, plan(state, PlannedRoute("c2", (drop,))))
    progress(state, "c2", COMPLETED)
    assert (state.orders["o1"].status, state.orders["o1"].courier_id) == (S.DELIVERED, "c2")


def test_words_that_come_late_and_twice_count_once() -> None:
    """Both phones were away: the stops have other names by then, or are gone; nobody is suspected of anything."""
    state = meeting_zone()
    for report in (says("c1", DROPOFF, "hand-old-1"), says("c1", DROPOFF, "hand-old-1")):
        ask(state, report)
    assert state.route("c1").stops == ()
    for report in (says("c2", PICKUP, "take-old-1"), says("c2", PICKUP, "take-old-1")):
        ask(state, report)
    assert with_c2(state)
    ask(state, says("c1", DROPOFF, "hand-old-1"))
    assert state.cases == {}


def test_on_the_way_to_a_meeting_customers_are_told_nothing() -> None:
    """Setting off and arriving moves the stops, not the order, and the giver's customer keeps the old arrival time."""
    state = meeting_zone()
    eta_ms = state.orders["o1"].eta_at_ms
    for courier_id in ("c1", "c2"):
        progress(state, courier_id, DEPARTED)
        progress(state, courier_id, ARRIVED)
        assert state.route(courier_id).stops[0].state is StopState.ARRIVED
    assert (state.orders["o1"].status, state.orders["o1"].eta_at_ms) == (S.PICKED_UP, eta_ms)


def test_goods_that_go_back_can_be_handed_over_too() -> None:
    """The taker brings them back; on board they stay `returning`."""
    state = zone(couriers=2, orders=1)
    given(state, "c1", "o1")
    progress(state, "c1", COMPLETED)
    ask(state, c.CancelOrder("o1", "customer called"))
    ask(state, HAND_OVER)
    hand(state)
    take(state)
    assert (state.orders["o1"].courier_id, state.orders["o1"].status) == ("c2", S.RETURNING)
    drop = PlannedStop(DROPOFF, ("o1",), NOON_MS, NOON_MS)
    ask(state, plan(state, PlannedRoute("c2", (drop,))))
    progress(state, "c2", COMPLETED)
    assert state.orders["o1"].status is S.RETURNED


def test_only_a_part_may_be_passed_on_at_first() -> None:
    """Two orders, one word each for one of them: that one has changed hands, the other still can."""
    state = meeting_zone(replace(HAND_OVER, order_ids=("o1", "o2")), orders=2)
    hand(state)
    take(state)
    assert with_c2(state) is False
    assert state.orders["o1"].courier_id == "c2"
    assert (state.orders["o2"].courier_id, state.route("c2").to_take_over()) == ("c1", ("o2",))
    assert violations(state) == []


# --- one word only ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("word", "speaker", "silent"), [(hand, "c1", "c2"), (take, "c2", "c1")])
def test_a_dispatcher_is_asked_when_the_other_word_does_not_come(word: object, speaker: str, silent: str) -> None:
    """Once, after ten minutes; what they decide is done."""
    state = meeting_zone()
    word(state)  # type: ignore[operator]
    assert ask(state, c.PassTime(), NOON_MS + CONFIRM_WITHIN_MS - 1) == []
    ask(state, c.PassTime(), NOON_MS + CONFIRM_WITHIN_MS)
    (case,) = state.cases.values()
    assert (case.kind, case.courier_id, case.other_courier_id) == (CaseKind.HANDOVER_UNCONFIRMED, speaker, silent)
    ask(state, k.ResolveCase(case.id, "called them"))
    assert ask(state, c.PassTime(), NOON_MS + 2 * CONFIRM_WITHIN_MS) == []
    ask(state, c.SettleHandOver("o1", True, "both say so on the phone"))
    assert with_c2(state)


def test_a_hand_over_that_nobody_has_spoken_of_is_nobodys_case() -> None:
    """The stops are still ahead: time alone asks no one."""
    state = meeting_zone()
    assert ask(state, c.PassTime(), NOON_MS + 2 * CONFIRM_WITHIN_MS) == []


def test_a_called_off_hand_over_leaves_the_goods_with_the_giver() -> None:
    """Both stops go, and the order needs its drop-off at the door again; there is nothing to settle twice."""
    state = meeting_zone()
    events = ask(state, c.SettleHandOver("o1", False, "tyre is mended"))
    told = [e.RouteChanged, e.OrderChanged, e.RouteChanged]
    assert [type(event) for event in events][:3] == told, "who hears of the order finds it on no route"
    assert (state.orders["o1"].handover, state.orders["o1"].courier_id) == (None, "c1")
    assert (state.route("c1").stops, state.route("c2").stops) == ((), ())
    assert needs_dropoff(state.orders["o1"])
    assert violations(state) == []
    with pytest.raises(Conflict, match="No hand-over"):
        ask(state, c.SettleHandOver("o1", False, "again"))


@pytest.mark.parametrize("courier_id", ["c1", "c2"])
def test_who_says_that_they_did_not_meet_calls_it_off(courier_id: str) -> None:
    """A case tells a dispatcher, and the giver keeps the goods."""
    state = meeting_zone()
    kind = DROPOFF if courier_id == "c1" else PICKUP
    ask(state, says(courier_id, kind, stop_of(state, courier_id).id, FAILED))
    assert [case.kind for case in state.cases.values()] == [CaseKind.HANDOVER_FAILED]
    assert state.orders["o1"].handover is None
    assert violations(state) == []


def test_who_denies_what_the_other_says_leaves_it_to_a_dispatcher() -> None:
    """One says "given", the other "never came": the hand-over is neither done nor off."""
    state = meeting_zone()
    hand(state)
    ask(state, says("c2", PICKUP, stop_of(state, "c2").id, FAILED))
    assert [case.kind for case in state.cases.values()] == [CaseKind.HANDOVER_FAILED]
    meeting = state.orders["o1"].handover
    assert meeting is not None and meeting.given_at_ms and not needs_dropoff(state.orders["o1"])
    with pytest.raises(NotFound):
        ask(state, says("c2", PICKUP, "take-old-1", FAILED))
    ask(state, c.SettleHandOver("o1", False, "c1 has them still"))
    assert needs_dropoff(state.orders["o1"])


@pytest.mark.parametrize("kind", [DROPOFF, PICKUP])
def test_a_word_that_was_given_by_mistake_is_taken_back(kind: StopKind) -> None:
    """Until the other has spoken: then the goods are where both say, and undoing comes too late."""
    state = meeting_zone()
    courier_id, other, word = ("c1", take, hand) if kind is DROPOFF else ("c2", hand, take)
    stop_id = stop_of(state, courier_id).id
    word(state)
    undo = c.UndoStop(courier_id, stop_id, NOON_MS + 1_000, 30_000)
    ask(state, undo, NOON_MS + 1_000)
    meeting = state.orders["o1"].handover
    assert meeting is not None and not meeting.begun
    assert stop_of(state, courier_id).state is StopState.ARRIVED
    assert violations(state) == []
    word(state)
    other(state)
    with pytest.raises(Conflict, match="moved on"):
        ask(state, undo, NOON_MS + 2_000)


# --- when something else comes between ------------------------------------------------------------------------------


def test_a_cancel_calls_off_what_has_not_begun() -> None:
    """The giver brings the goods back themselves."""
    state = meeting_zone()
    ask(state, c.CancelOrder("o1", "customer called"))
    assert (state.orders["o1"].status, state.orders["o1"].handover) == (S.RETURNING, None)
    assert (state.route("c1").stops, state.route("c2").stops) == ((), ())


def test_a_cancel_in_the_midst_of_it_lets_it_end() -> None:
    """The goods have left the giver: the taker brings them back."""
    state = meeting_zone()
    hand(state)
    ask(state, c.CancelOrder("o1", "customer called"))
    take(state)
    assert (state.orders["o1"].status, state.orders["o1"].courier_id) == (S.RETURNING, "c2")
    assert violations(state) == []


def test_a_delivery_by_the_giver_overtakes_it() -> None:
    """They were at the door before they heard of the meeting: delivered, and nobody meets."""
    state = meeting_zone()
    ask(state, says("c1", DROPOFF, "do-o1-1"))
    assert (state.orders["o1"].status, state.orders["o1"].handover) == (S.DELIVERED, None)
    assert state.route("c2").stops == ()
    assert violations(state) == []


def test_a_pickup_that_was_a_mistake_takes_the_hand_over_with_it() -> None:
    """The goods are at the depot: nothing can be handed over."""
    state = zone(couriers=2, orders=1)
    given(state, "c1", "o1")
    stop_id = state.route("c1").stops[0].id
    progress(state, "c1", COMPLETED)
    ask(state, HAND_OVER)
    ask(state, c.UndoStop("c1", stop_id, NOON_MS + 1_000, 30_000), NOON_MS + 1_000)
    assert (state.orders["o1"].status, state.orders["o1"].handover) == (S.AT_PICKUP, None)
    assert state.route("c2").stops == ()


def test_who_goes_home_takes_nothing_over_but_keeps_what_they_hold() -> None:
    """Off duty before the meeting: it is off. With the goods in their hands, by their own word, nobody goes home."""
    state = meeting_zone()
    ask(state, c.SetDuty("c2", Duty.OFF_DUTY))
    assert (state.orders["o1"].handover, state.route("c2").stops) == (None, ())
    state = meeting_zone()
    take(state)
    with pytest.raises(Conflict, match="goods on board"):
        ask(state, c.SetDuty("c2", Duty.OFF_DUTY))
    hand_away = meeting_zone()
    hand(hand_away)
    ask(hand_away, c.SetDuty("c1", Duty.OFF_DUTY))
    assert hand_away.couriers["c1"].duty is Duty.OFF_DUTY


def test_goods_that_the_depot_has_are_not_handed_over_any_more() -> None:
    """Depot staff say that they are back while a hand-over is planned: it is off, and the order returned."""
    state = zone(couriers=2, orders=1)
    given(state, "c1", "o1")
    progress(state, "c1", COMPLETED)
    ask(state, c.CancelOrder("o1", "customer called"))
    ask(state, HAND_OVER)
    ask(state, c.ResolveAttempt("o1", "returned", "seen"))
    assert (state.orders["o1"].status, state.orders["o1"].handover) == (S.RETURNED, None)
    assert (state.route("c1").stops, state.route("c2").stops) == ((), ())


# --- plans and stored states ----------------------------------------------------------------------------------------


def test_a_plan_keeps_a_meeting_where_a_dispatcher_put_it() -> None:
    """It may move the stop along the route, but neither drop it nor give it to somebody else."""
    state = meeting_zone()
    ask(state, c.CreateOrder(order("o9")))
    ask(state, plan(state, planned(state, "c2", ("o9",))))
    assert [stop.end for stop in state.route("c2").stops] == [StopEnd.MEETING, StopEnd.DEPOT, StopEnd.DOOR]
    behind = planned(state, "c2", ()).stops
    ask(state, plan(state, PlannedRoute("c2", (*behind[1:], behind[0]))))
    assert state.route("c2").stops[-1].takes_over
    dropped = PlannedRoute("c2", tuple(stop for stop in behind if not stop.takes_over))
    stolen = PlannedRoute("c1", (*planned(state, "c1", ()).stops, behind[0]))
    for route in (dropped, stolen):
        with pytest.raises(Conflict, match="takes over from others"):
            ask(state, plan(state, route))


def test_a_stored_zone_knows_its_hand_overs() -> None:
    """Made again from what is stored, the zone asks about the same orders."""
    state = meeting_zone()
    again = rebuilt("test", state.plan_version, [*state.orders.values(), *state.routes.values()])
    assert again.handovers == {"o1": None}
    again.routes["c2"] = replace(again.routes["c2"], courier_id="c3")
    assert "meets nobody" in violations(again)[-1]
    lost = rebuilt("test", state.plan_version, [replace(state.orders["o1"], status=S.DELIVERED)])
    assert violations(lost) == ["I5: an order without goods on board is to change courier"]


def test_whose_word_counts() -> None:
    """Only the giver gives and only the taker takes; an order without a hand-over is left alone by every word."""
    bridge = Handover("c2", BRIDGE)
    with_it: Order = replace(order("o1"), status=S.PICKED_UP, courier_id="c1", handover=bridge)
    without = replace(with_it, handover=None)
    assert (speaks_of(with_it, "c1", DROPOFF), speaks_of(with_it, "c1", PICKUP)) == (True, False)
    assert (speaks_of(with_it, "c2", PICKUP), speaks_of(without, "c1", DROPOFF)) == (True, False)
    assert (end_of(PICKUP, with_it), place_of(DROPOFF, with_it, Point(0, 0))) == (StopEnd.MEETING, BRIDGE)
    draft = Draft(zone(), NOON_MS)
    confirm(draft, "c1", without, DROPOFF)
    missed(draft, "c1", without)
    take_back(draft, without, DROPOFF)
    assert call_off(draft, without, "") is without
    assert draft.events == []
