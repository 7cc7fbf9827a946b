"""Who brings an order: its customer fetches it at its depot, or a carrier takes it, and no courier has to do."""

from dataclasses import replace

import pytest

from dispatch.domain import commands as c
from dispatch.domain import events as e
from dispatch.domain import mode_commands as m
from dispatch.domain import point_commands as p
from dispatch.domain import stock_commands as s
from dispatch.domain import wish_commands as w
from dispatch.domain.case import CaseKind
from dispatch.domain.collection import Collection
from dispatch.domain.depot import Depot
from dispatch.domain.fulfilment import KEEPS_MS, Mode, ShipmentState
from dispatch.domain.geo import Point
from dispatch.domain.invariants import violations
from dispatch.domain.mode_commands import CarrierSays
from dispatch.domain.mode_rules import brought_by
from dispatch.domain.order import Direction, HoldState, Lock, Order, OrderStatus, PreparationStep, ProofKind
from dispatch.domain.override import OverrideAction
from dispatch.domain.payment import Payment, PaymentState
from dispatch.domain.pickup_point import PickupPoint
from dispatch.domain.points import UNFETCHED
from dispatch.domain.route import StopKind
from dispatch.domain.waves import OPEN, waves
from dispatch.domain.wish import WishKind
from dispatch.domain.wishes import may_wish
from dispatch.domain.zone import ZoneState
from tests.domain.test_stock import figures, stocked, wanting
from tests.support.zones import MINUTE_MS, NOON_MS, ask, depot, given, order, plan, planned, progress, refused, zone

HOUR_MS = 60 * MINUTE_MS
S = OrderStatus
DHL = m.HandToCarrier("o1", "DHL", "00340", "https://dhl.example/00340")
PICK_UP = m.ChangeMode("o1", Mode.SELF_PICKUP, "called", "4711", by="dispatcher:ann")
BRING = m.ChangeMode("o1", Mode.DELIVERY, "called", by="dispatcher:ann")
SEND = m.ChangeMode("o1", Mode.CARRIER, "nobody rides there", by="dispatcher:ann")
BY_CUSTOMER = m.ChangeMode("o1", Mode.SELF_PICKUP, pin="4711")


def fetched(order_id: str = "o1", **more: object) -> Order:
    """An order that its customer fetches at d1, with a door where it could be brought."""
    kept = brought_by(wanting(order_id), Mode.SELF_PICKUP, depot("d1"), "4711")
    return replace(kept, **more)  # type: ignore[arg-type]


def sent(order_id: str = "o1", **more: object) -> Order:
    """An order for a carrier, to where no courier of ours could go."""
    far = replace(wanting(order_id).dropoff, place=Point(52.5, 13.4), address="Far Street 1")
    return replace(wanting(order_id), mode=Mode.CARRIER, dropoff=far, **more)  # type: ignore[arg-type]


def having(*orders: Order, pieces: int = 10) -> ZoneState:
    state = stocked(pieces)
    for each in orders:
        ask(state, c.CreateOrder(each))
    return state


def standing(state: ZoneState, order_id: str = "o1") -> OrderStatus:
    assert violations(state) == []
    return state.orders[order_id].status


# --- fetched at the depot -----------------------------------------------------------------------------------------


def test_what_its_customer_fetches_waits_at_its_depot_and_is_no_courier_s() -> None:
    """It goes to the depot, its goods are promised, and no plan may have it."""
    state = having(fetched())
    there = state.orders["o1"]
    assert standing(state) is S.AT_DEPOT and figures(state) == (10, 1, 9)
    assert (there.dropoff.address, there.dropoff.place) == ("Depot d1, Market 1", depot("d1").place)
    assert there.dropoff.name == "Ada" and there.door == wanting("o1").dropoff
    assert refused(state, plan(state, planned(state, "c1", ("o1",)))) == "wrong_state"
    by_hand = c.Overrule(OverrideAction.ASSIGN, ("o1",), "why", "c1", (planned(state, "c1", ("o1",)),))
    assert refused(state, by_hand) == "not_brought"
    assert refused(state, c.Overrule(OverrideAction.EXPEDITE, ("o1",), "why")) == "wrong_state"


def test_it_is_handed_out_with_its_code() -> None:
    """The goods leave the shelf, that the code was shown is kept and the code is not; a second time changes nothing."""
    state = having(fetched())
    assert refused(state, m.HandOut("o1", "0000")) == "wrong_code"
    ask(state, m.HandOut("o1", "4711"), NOON_MS + HOUR_MS)
    over = state.orders["o1"]
    assert standing(state) is S.DELIVERED and over.courier_id == "" and figures(state) == (9, 0, 9)
    assert [(proof.kind, proof.value, proof.at_ms) for proof in over.proofs] == [(ProofKind.PIN, "", NOON_MS + HOUR_MS)]
    assert ask(state, m.HandOut("o1", "4711")) == []


def test_staff_who_know_their_customer_need_no_code_and_the_audit_has_it() -> None:
    """Nothing was shown, so nothing is proven."""
    state = having(fetched())
    events = ask(state, m.HandOut("o1"))
    assert [each.action for each in events if isinstance(each, e.Overridden)] == ["hand_out"]
    assert state.orders["o1"].proofs == () and standing(state) is S.DELIVERED


def test_goods_for_adults_are_handed_out_after_a_look_at_a_document() -> None:
    """The depot is held to what a courier is held to at the door."""
    state = having(fetched(requires=(ProofKind.AGE,)))
    assert refused(state, m.HandOut("o1", "4711")) == "age_check_needed"
    ask(state, m.HandOut("o1", "4711", age_checked=True))
    assert {proof.kind for proof in state.orders["o1"].proofs} == {ProofKind.PIN, ProofKind.AGE}


def test_nothing_is_handed_out_that_is_brought_or_waits_for_its_money() -> None:
    """What waits stays until it is paid; then it lies there."""
    unpaid = Payment(PaymentState.UNPAID)
    state = having(wanting("o1"), fetched("o2", payment=unpaid))
    assert refused(state, m.HandOut("o1")) == "not_self_pickup"
    assert refused(state, m.HandOut("o2")) == "not_at_depot" and standing(state, "o2") is S.HELD
    ask(state, c.ReportPreparation("o2", PreparationStep.PAID))
    assert standing(state, "o2") is S.AT_DEPOT


def test_it_is_kept_for_two_days_after_it_is_ready_and_promised_then_its_goods_are_free() -> None:
    """Nobody has to remember it: time does it, for those that lie there only."""
    state = having(fetched("o1"), fetched("o2"), fetched("o3"))
    until_ms = state.orders["o1"].promise_at_ms + KEEPS_MS
    assert state.at_depots == dict.fromkeys(("o1", "o2", "o3"), until_ms)
    ask(state, m.HandOut("o2", "4711"))
    ask(state, c.Overrule(OverrideAction.HOLD, ("o3",), "why"))
    assert ask(state, c.PassTime(), until_ms - 1) == []
    ask(state, c.PassTime(), until_ms)
    assert (standing(state), state.orders["o1"].reason) == (S.CANCELED, UNFETCHED)
    assert standing(state, "o3") is S.HELD and state.at_depots == {}
    assert figures(state) == (9, 1, 8)
    ask(state, c.ReleaseHold("o3"), until_ms + HOUR_MS)
    assert state.at_depots == {"o3": until_ms + HOUR_MS + KEEPS_MS}, "nobody could fetch it before"


def test_packed_it_is_ready_sooner_and_leaves_the_depot_s_list() -> None:
    """There is nothing left to do for it but to hand it out."""
    state = having(fetched(), fetched("o2"))
    (wave,) = waves(state, state.depots["d1"])
    assert wave.id == OPEN and [each.id for each in wave.orders] == ["o1", "o2"]
    (event,) = ask(state, c.ReportPreparation("o1", PreparationStep.PACKED))
    assert isinstance(event, e.OrderChanged) and event.what == "ready" and event.order.ready_at_ms == NOON_MS
    ask(state, c.ReportPreparation("o2", PreparationStep.PACKED), NOON_MS + HOUR_MS)
    assert state.orders["o2"].ready_at_ms == NOON_MS + MINUTE_MS, "late is not sooner"
    assert waves(state, state.depots["d1"]) == []


def test_goods_that_are_missing_hold_it_back_like_any_other() -> None:
    """The newest waits, and lies there again when there is more; it does not move to another depot."""
    state = having(fetched("o1"), fetched("o2", created_at_ms=NOON_MS + 1, promise_at_ms=NOON_MS + HOUR_MS), pieces=2)
    ask(state, s.CountStock("d1", (s.StockLine("charger", 1, "A"),)))
    assert (standing(state, "o1"), standing(state, "o2"), state.orders["o2"].reason) == (S.AT_DEPOT, S.HELD, "stock")
    ask(state, s.ReceiveStock("d1", (s.StockLine("charger", 1, "B"),)))
    assert standing(state, "o2") is S.AT_DEPOT and figures(state) == (2, 2, 0)


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        (replace(order("o1"), mode=Mode.SELF_PICKUP, direction=Direction.RETURN), "mode_of_returns"),
        (replace(order("o1"), mode=Mode.CARRIER, collection=Collection("gate", "li", "1", 9)), "mode_of_points"),
        (replace(order("o1"), mode=Mode.CARRIER, payment=Payment(PaymentState.CASH, 500, "CNY")), "bad_payment"),
    ],
)
def test_what_nobody_could_bring_that_way_is_not_taken_in(wanted: Order, code: str) -> None:
    """Returns are fetched, points are ridden to, and no carrier takes our money."""
    state = zone()
    ask(state, p.RegisterPoint(PickupPoint("gate", "East gate", Point(60.17, 24.94))))
    assert refused(state, c.CreateOrder(wanted)) == code


# --- carriers -----------------------------------------------------------------------------------------------------


def test_a_carrier_takes_it_anywhere_and_says_what_becomes_of_it() -> None:
    """The goods leave the depot with the carrier; its end is the order's."""
    state = having(sent())
    assert standing(state) is S.AT_DEPOT and state.at_depots == {}, "no customer of ours comes for it"
    assert refused(state, m.ReportCarrier("o1", CarrierSays.DELIVERED)) == "not_with_carrier"
    ask(state, DHL)
    assert standing(state) is S.WITH_CARRIER and figures(state) == (9, 0, 9)
    assert ask(state, DHL) == [], "a second time changes nothing"
    ask(state, m.ReportCarrier("o1", CarrierSays.IN_TRANSIT, NOON_MS + HOUR_MS), NOON_MS + 2 * HOUR_MS)
    ask(state, m.ReportCarrier("o1", CarrierSays.DELIVERED, note="in the garage"), NOON_MS + 5 * HOUR_MS)
    over = state.orders["o1"]
    assert standing(state) is S.DELIVERED and over.timeline[-1] == (S.DELIVERED, NOON_MS + 5 * HOUR_MS)
    assert over.shipment and (over.shipment.state, over.shipment.note) == (ShipmentState.DELIVERED, "in the garage")
    assert ask(state, m.ReportCarrier("o1", CarrierSays.DELIVERED)) == []
    assert refused(state, m.ReportCarrier("o1", CarrierSays.RETURNED)) == "not_with_carrier"


def test_what_was_said_of_a_carrier_can_be_corrected_and_taken_back() -> None:
    """Another number while it is under way; or it never left."""
    state = having(sent())
    ask(state, DHL)
    ask(state, replace(DHL, tracking_number="00341"))
    now = state.orders["o1"].shipment
    assert now and now.tracking_number == "00341" and standing(state) is S.WITH_CARRIER
    ask(state, m.ReportCarrier("o1", CarrierSays.NOT_TAKEN, note="left behind"))
    assert standing(state) is S.AT_DEPOT and state.orders["o1"].shipment is None and figures(state) == (10, 1, 9)
    assert ask(state, m.ReportCarrier("o1", CarrierSays.NOT_TAKEN)) == []
    assert refused(state, m.ReportCarrier("o1", CarrierSays.FAILED)) == "not_with_carrier"


def test_a_carrier_s_failure_is_a_case_and_what_it_brings_back_lies_in_its_lot() -> None:
    """A person decides with the carrier what comes next."""
    state = having(sent())
    ask(state, DHL)
    ask(state, m.ReportCarrier("o1", CarrierSays.FAILED, NOON_MS + HOUR_MS, "nobody home"), NOON_MS + HOUR_MS)
    assert [case.kind for case in state.cases.values()] == [CaseKind.CARRIER_FAILED]
    assert standing(state) is S.WITH_CARRIER and refused(state, c.CancelOrder("o1", "x")) == "wrong_state"
    older = m.ReportCarrier("o1", CarrierSays.IN_TRANSIT, NOON_MS)
    assert ask(state, older, NOON_MS + 2 * HOUR_MS) == [], "what is older than what is known is no news"
    ask(state, m.ReportCarrier("o1", CarrierSays.RETURNED), NOON_MS + 9 * HOUR_MS)
    hold = state.orders["o1"].stock
    assert standing(state) is S.RETURNED and hold and hold.state is HoldState.BACK and figures(state) == (10, 0, 10)


def test_no_carrier_takes_what_is_not_for_one() -> None:
    """Nor what waits for something else."""
    state = having(wanting("o1"), sent("o2"))
    assert refused(state, DHL) == "not_by_carrier"
    ask(state, c.Overrule(OverrideAction.HOLD, ("o2",), "why"))
    assert refused(state, replace(DHL, order_id="o2")) == "not_at_depot"
    ask(state, c.Overrule(OverrideAction.RELEASE, ("o2",), "why"))
    assert standing(state, "o2") is S.AT_DEPOT


# --- another way --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("steps", [0, 1, 2])
def test_an_order_that_a_courier_was_to_bring_is_fetched_instead(steps: int) -> None:
    """Also when they are on their way or at the depot; they are told, and ride on without it."""
    state = having(wanting("o1"), wanting("o2"))
    given(state, "c1", "o1", "o2")
    for action in (c.StopAction.DEPARTED, c.StopAction.ARRIVED)[:steps]:
        progress(state, "c1", action)
    events = ask(state, PICK_UP)
    told = [each for each in events if isinstance(each, e.CourierNoticed)]
    assert [(each.courier_id, each.code, each.order_ids) for each in told] == [("c1", "mode", ("o1",))]
    assert standing(state) is S.AT_DEPOT and state.orders["o1"].pin == "4711"
    assert state.route("c1").order_ids() == ("o2",) and figures(state) == (10, 2, 8)
    assert ask(state, PICK_UP) == [], "the same once more changes nothing"
    assert [each.action for each in events if isinstance(each, e.Overridden)] == ["mode self_pickup"]


def test_an_offer_to_a_courier_ends_and_the_rest_of_it_stays_offered() -> None:
    """Who was only asked is told by the offer's end."""
    state = having(wanting("o1"), wanting("o2"))
    ask(state, plan(state, planned(state, "c1", ("o1", "o2")), ttl_ms=MINUTE_MS))
    events = ask(state, PICK_UP)
    assert not [each for each in events if isinstance(each, e.CourierNoticed)]
    assert (standing(state), standing(state, "o2")) == (S.AT_DEPOT, S.OFFERED)


def test_it_is_brought_after_all_to_its_own_door_with_a_promise_that_can_be_kept() -> None:
    """The code is nobody's any more; a shop's own PIN is."""
    state = having(fetched(), fetched("o2", requires=(ProofKind.PIN,)))
    ask(state, replace(BRING, promise_at_ms=NOON_MS + 3 * HOUR_MS))
    back = state.orders["o1"]
    assert (standing(state), back.dropoff, back.pin) == (S.DISPATCHABLE, wanting("o1").dropoff, "")
    assert back.promise_at_ms == NOON_MS + 3 * HOUR_MS and back.door is None
    ask(state, replace(BRING, order_id="o2"))
    assert state.orders["o2"].pin == "4711"
    given(state, "c1", "o1")
    assert standing(state) is S.ASSIGNED


def test_a_carrier_takes_over_where_nobody_rides_and_back() -> None:
    """The door is kept on the way, whoever brings it."""
    state = having(wanting("o1"))
    for command, status in ((SEND, S.AT_DEPOT), (PICK_UP, S.AT_DEPOT), (SEND, S.AT_DEPOT), (BRING, S.DISPATCHABLE)):
        ask(state, command)
        assert standing(state) is status
    assert state.orders["o1"].dropoff == wanting("o1").dropoff
    ask(state, SEND)
    ask(state, DHL)
    assert refused(state, PICK_UP) == "with_carrier" and may_wish(state.orders["o1"], state.route("")) == ()


def test_where_nobody_could_come_nobody_is_sent() -> None:
    """What was placed without a door can be fetched only; what goes far away is for a carrier, or to be fetched."""
    state = having(fetched(door=None), sent("o2"))
    assert refused(state, BRING) == refused(state, SEND) == "no_door"
    assert refused(state, replace(BRING, order_id="o2")) == "no_door"
    ask(state, replace(PICK_UP, order_id="o2"))
    assert state.orders["o2"].dropoff.address == "Depot d1, Market 1" and standing(state, "o2") is S.AT_DEPOT


def test_goods_on_board_returns_points_and_cash_stand_against_it() -> None:
    """Each with its own reason."""
    cash = Payment(PaymentState.CASH, 500, "CNY")
    state = having(wanting("o1"), replace(wanting("o2"), direction=Direction.RETURN), wanting("o3", payment=cash))
    given(state, "c1", "o1")
    for action in (c.StopAction.ARRIVED, c.StopAction.COMPLETED):
        progress(state, "c1", action)
    assert refused(state, PICK_UP) == "picked_up"
    assert refused(state, replace(PICK_UP, order_id="o2")) == "mode_of_returns"
    assert refused(state, replace(SEND, order_id="o3")) == "bad_payment"
    for action in (c.StopAction.ARRIVED, c.StopAction.COMPLETED):
        progress(state, "c1", action)
    assert refused(state, PICK_UP) == "order_finished"


def test_what_waits_for_an_address_needs_none_at_its_depot_and_what_waits_for_money_does() -> None:
    """A closed street holds up nobody who comes themselves."""
    unpaid = Payment(PaymentState.UNPAID)
    state = having(wanting("o1"), wanting("o2", payment=unpaid))
    ask(state, c.CutOff((("o1", "the bridge is closed"),)))
    ask(state, PICK_UP)
    assert standing(state) is S.AT_DEPOT and state.orders["o1"].cut_off == ""
    ask(state, replace(PICK_UP, order_id="o2"))
    assert (standing(state, "o2"), state.orders["o2"].reason) == (S.HELD, "payment")


# --- customers ----------------------------------------------------------------------------------------------------


def test_a_customer_fetches_their_own_order_and_may_think_better_of_it() -> None:
    """It stands with the order as their wish; who has paid for no delivery gets none."""
    state = having(wanting("o1"), fetched("o2"))
    assert WishKind.PICKUP in may_wish(state.orders["o1"], state.route(""))
    ask(state, BY_CUSTOMER)
    mine = state.orders["o1"]
    assert [wish.kind for wish in mine.wishes] == [WishKind.PICKUP] and standing(state) is S.AT_DEPOT
    assert set(may_wish(mine, state.route(""))) == {WishKind.NOTE, WishKind.CANCEL, WishKind.BRING}
    seen = mine.wish_version - 1
    assert refused(state, m.ChangeMode("o1", Mode.DELIVERY, seen_version=seen)) == "stale_order"
    ask(state, m.ChangeMode("o1", Mode.DELIVERY, seen_version=mine.wish_version))
    assert standing(state) is S.DISPATCHABLE
    assert refused(state, m.ChangeMode("o2", Mode.DELIVERY)) == "fetched"
    assert refused(state, m.ChangeMode("o1", Mode.CARRIER)) == "not_for_customers"


def test_a_customer_fetches_nothing_that_is_not_there_or_is_planned_by_hand() -> None:
    """Goods that are missing, a dispatcher's word, a carrier."""
    state = having(wanting("o1", 3), wanting("o2"), sent("o3"), pieces=2)
    assert refused(state, BY_CUSTOMER) == "goods_missing"
    given(state, "c1", "o2")
    ask(state, c.LockOrder("o2", Lock.COURIER, "why"))
    assert refused(state, replace(BY_CUSTOMER, order_id="o2")) == "planned_by_hand"
    assert refused(state, replace(BY_CUSTOMER, order_id="o3")) == "not_brought"


@pytest.mark.parametrize(
    "wish",
    [
        w.ChangeAddress("o1", Point(60.17, 24.95), "Street 2"),
        w.ChooseWindow("o1", NOON_MS + HOUR_MS, NOON_MS + 2 * HOUR_MS),
        w.ChooseWindow("o1", NOON_MS + HOUR_MS, NOON_MS + 2 * HOUR_MS, by="support:joe"),
        w.WriteInstructions("o1", "", leave_at_door=True),
        w.AcceptDelay("o1"),
    ],
)
def test_what_only_makes_sense_for_a_courier_is_not_wished_of_others(wish: c.Command) -> None:
    """No door, no window, no delay."""
    assert refused(having(fetched()), wish) == "not_brought"


# --- reality, overrides, after ------------------------------------------------------------------------------------


def test_a_courier_who_fetched_it_before_they_heard_brings_it() -> None:
    """Reality wins: it is a delivery again, to its own door, and a dispatcher hears of it."""
    state = having(wanting("o1"))
    given(state, "c1", "o1")
    ask(state, PICK_UP)
    report = c.ReportProgress("c1", "old", c.StopAction.COMPLETED, NOON_MS, "", ("o1",), StopKind.PICKUP)
    ask(state, report, NOON_MS + HOUR_MS)
    theirs = state.orders["o1"]
    assert standing(state) is S.PICKED_UP and (theirs.mode, theirs.courier_id) == (Mode.DELIVERY, "c1")
    assert theirs.dropoff == wanting("o1").dropoff and state.route("c1").stops[-1].address == "Street 1"
    assert [case.kind for case in state.cases.values()] == [CaseKind.PICKUP_AFTER_REASSIGN]


def test_what_a_courier_says_to_have_done_with_a_carrier_s_goods() -> None:
    """A pickup cannot be true and is a case; a delivery is what counts."""
    state = having(wanting("o1"))
    given(state, "c1", "o1")
    ask(state, SEND)
    ask(state, DHL)
    report = c.ReportProgress("c1", "old", c.StopAction.COMPLETED, NOON_MS, "", ("o1",), StopKind.PICKUP)
    ask(state, report, NOON_MS + HOUR_MS)
    assert standing(state) is S.WITH_CARRIER
    ask(state, replace(report, kind=StopKind.DROPOFF), NOON_MS + HOUR_MS)
    theirs = state.orders["o1"]
    assert standing(state) is S.DELIVERED and (theirs.mode, theirs.shipment) == (Mode.DELIVERY, None)
    assert {case.kind for case in state.cases.values()} == {CaseKind.TWO_PICKUPS, CaseKind.DELIVERED_BY_OTHER}


def test_goods_of_an_uncollected_order_that_a_courier_has_come_back() -> None:
    """It was canceled while their phone was away."""
    state = having(wanting("o1"))
    given(state, "c1", "o1")
    ask(state, PICK_UP)
    ask(state, c.CancelOrder("o1", "customer called"))
    report = c.ReportProgress("c1", "old", c.StopAction.COMPLETED, NOON_MS, "", ("o1",), StopKind.PICKUP)
    ask(state, report, NOON_MS + HOUR_MS)
    assert standing(state) is S.RETURNING and state.orders["o1"].mode is Mode.DELIVERY


def test_an_override_before_it_is_not_undone_and_one_about_it_is() -> None:
    """An order that no courier brings is given back to none."""
    state = having(wanting("o1"), fetched("o2"))
    given(state, "c1", "o1")
    ask(state, c.Overrule(OverrideAction.HOLD, ("o1",), "why", override_id="first"))
    ask(state, PICK_UP)
    assert refused(state, c.UndoOverride("first", "mistake")) == "changed_since"
    ask(state, c.Overrule(OverrideAction.HOLD, ("o2",), "why", override_id="second"))
    ask(state, c.UndoOverride("second", "mistake"))
    assert standing(state, "o2") is S.AT_DEPOT
    ask(state, c.Overrule(OverrideAction.RELEASE, ("o1",), "why", override_id="third"))
    assert standing(state) is S.AT_DEPOT
    ask(state, c.UndoOverride("third", "mistake"))
    assert standing(state) is S.HELD


def test_an_erased_order_forgets_its_door_and_its_number() -> None:
    """A carrier's page tells who lives where."""
    state = having(sent(), fetched("o2"))
    ask(state, DHL)
    ask(state, m.ReportCarrier("o1", CarrierSays.DELIVERED, note="at Mrs Li's"))
    ask(state, m.HandOut("o2"))
    ask(state, c.ErasePeople(("o1", "o2"), (), "asked"))
    gone = state.orders["o1"].shipment
    assert gone and (gone.carrier, gone.tracking_number, gone.tracking_url, gone.note) == ("DHL", "", "", "")
    assert state.orders["o2"].door is None and state.orders["o2"].pin == ""


def test_where_a_depot_has_no_address_its_name_is_where_to_go() -> None:
    """Nothing is made up."""
    there = brought_by(order("o1"), Mode.SELF_PICKUP, Depot("d1", "North", Point(60.1, 24.9)))
    assert there.dropoff.address == "North"
