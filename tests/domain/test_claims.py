"""Claims from the first word to the last: asked for, answered, fetched, received, and what is owed brought."""

from dataclasses import replace
from typing import Any

import pytest

from dispatch.domain import claim_commands as cc
from dispatch.domain import commands as c
from dispatch.domain import events as e
from dispatch.domain import stock_commands as s
from dispatch.domain.claim import Claim, ClaimKind, ClaimReason, ClaimStatus, ReceivedLine, Visit
from dispatch.domain.claim_orders import HELD_FOR_EXCHANGE
from dispatch.domain.claim_policy import DAY_MS, ClaimPolicy, PolicyRule
from dispatch.domain.claims import MAX_TEXT, MOST_OF_ORDER
from dispatch.domain.erasure import Gone, erased_event
from dispatch.domain.invariants import violations
from dispatch.domain.order import Direction, Line, Order, OrderStatus
from dispatch.domain.shelf import Sku, StockMove
from dispatch.domain.zone import ZoneState
from tests.support.zones import MINUTE_MS, NOON_MS, ask, given, order, progress, refused, zone

K, R, S = ClaimKind, ClaimReason, ClaimStatus
DONE = (c.StopAction.ARRIVED, c.StopAction.COMPLETED)
LATER_MS = NOON_MS + DAY_MS


def ridden(state: ZoneState, courier_id: str, order_id: str, stops: int = 2) -> None:
    """The courier fetches an order and brings it where it goes, or only the first of the two."""
    given(state, courier_id, order_id)
    for _ in range(stops):
        for action in DONE:
            progress(state, courier_id, action)


def sold(pieces: int = 3, **more: Any) -> ZoneState:
    """Ten chargers lay at d1; the order o1 has brought so many of them, and a card that nobody counts."""
    state = zone(2)
    ask(state, s.RegisterSkus((Sku("charger", "Charger", "electronics"), Sku("milk", "Milk", "fresh"))))
    ask(state, s.ReceiveStock("d1", (s.StockLine("charger", 10, "A"),)))
    lines = (Line("Charger", pieces, sku="charger"), Line("A card"))
    ask(state, c.CreateOrder(replace(order("o1"), lines=lines, placed_by="shop", ref="R1", **more)))
    ridden(state, "c1", "o1")
    assert state.orders["o1"].status is OrderStatus.DELIVERED
    return state


def wanted(kind: K = K.RETURN, reason: R = R.QUALITY, claim_id: str = "k1", **more: Any) -> cc.RequestClaim:
    return cc.RequestClaim(claim_id, "o1", kind, reason, more.pop("lines", ((0, 2),)), **more)


def fetching(claim_id: str = "k1", number: int = 1, **more: Any) -> cc.LinkedOrder:
    back = replace(order(f"p-{claim_id}-{number}"), direction=Direction.RETURN, **more)
    return cc.LinkedOrder(replace(back, lines=(Line("Charger", 2, sku="charger"),)))


def bringing(claim_id: str = "k1", number: int = 1, hold: str = HELD_FOR_EXCHANGE) -> cc.LinkedOrder:
    lines = (Line("Charger", 2, sku="charger"),)
    return cc.LinkedOrder(replace(order(f"x-{claim_id}-{number}"), lines=lines), hold)


def granted(kind: K = K.RETURN, **more: Any) -> ZoneState:
    """A claim k1 about two of the three chargers that is granted; its pickup is p-k1-1."""
    state = sold()
    ask(state, wanted(kind, **more))
    delivery = bringing() if kind is K.EXCHANGE else None
    ask(state, cc.ApproveClaim("k1", fetching(), delivery, "Sorry.", "ann"))
    return state


def arrived(kind: K = K.RETURN) -> ZoneState:
    state = granted(kind)
    ridden(state, "c2", "p-k1-1")
    return state


def the_claim(state: ZoneState, claim_id: str = "k1") -> Claim:
    assert violations(state) == []
    return state.claims[claim_id]


def on_hand(state: ZoneState) -> tuple[int, int]:
    """(pieces at d1, of them promised)."""
    shelf = state.shelves["d1/charger"]
    return shelf.on_hand, shelf.reserved


# --- asking -------------------------------------------------------------------------------------------------------


def test_a_customer_asks_within_the_time() -> None:
    """The claim has the goods as they stood in the order, and a day to be answered in."""
    state = sold()
    visit = Visit(LATER_MS, LATER_MS + 60 * MINUTE_MS)
    ask(state, wanted(lines=((0, 2), (1, 1)), text=" 充不了电 ", visit=visit))
    claim = the_claim(state)
    assert [(line.name, line.quantity, line.sku) for line in claim.lines] == [
        ("Charger", 2, "charger"),
        ("A card", 1, ""),
    ]
    assert (claim.status, claim.text, claim.visit, claim.depot_id) == (S.REQUESTED, "充不了电", visit, "d1")
    assert (claim.placed_by, claim.ref, claim.answer_due_at_ms) == ("shop", "R1", NOON_MS + DAY_MS)


def test_nothing_is_claimed_twice() -> None:
    """Only what is left; what was refused or withdrawn is left again."""
    state = sold()
    ask(state, wanted())
    assert refused(state, wanted(claim_id="k2")) == "claimed_already"
    ask(state, wanted(claim_id="k3", lines=((0, 1), (1, 1))))
    ask(state, cc.RefuseClaim("k1", "It was used.", "ann"))
    ask(state, wanted(claim_id="k4"))
    ask(state, cc.WithdrawClaim("k4"))
    ask(state, wanted(claim_id="k5"))
    assert refused(state, wanted(claim_id="k6", lines=((0, 1),))) == "claimed_already"


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        (wanted(lines=()), "bad_lines"),
        (wanted(lines=((0, 1), (0, 1))), "bad_lines"),
        (wanted(lines=((2, 1),)), "bad_lines"),
        (wanted(lines=((-1, 1),)), "bad_lines"),
        (wanted(lines=((0, 0),)), "bad_lines"),
        (wanted(lines=((0, 4),)), "claimed_already"),
        (wanted(text="x" * (MAX_TEXT + 1)), "text_too_long"),
        (wanted(K.REPAIR, R.WRONG_ITEM), "not_granted"),
        (wanted(visit=Visit(LATER_MS, LATER_MS + MINUTE_MS)), "bad_visit"),
        (wanted(visit=Visit(NOON_MS - DAY_MS, NOON_MS)), "bad_visit"),
        (wanted(visit=Visit(NOON_MS + 15 * DAY_MS, NOON_MS + 16 * DAY_MS)), "bad_visit"),
        (replace(wanted(), order_id="o9"), "unknown_order"),
    ],
)
def test_what_makes_no_sense_is_refused(wish: cc.RequestClaim, code: str) -> None:
    """By its code, and nothing changes."""
    assert refused(sold(), wish) == code


def test_the_policy_decides_by_category_and_time() -> None:
    """Seven days for a change of mind, fifteen for faults, none for what the zone excludes."""
    state = sold()
    ask(state, cc.SetClaimPolicy(ClaimPolicy(0, (PolicyRule(), PolicyRule("Electronics", 0, 3, 0)))))
    assert refused(state, wanted(reason=R.NO_REASON)) == "not_granted"
    ask(state, wanted(reason=R.NO_REASON, lines=((1, 1),)))
    delivered_ms = state.orders["o1"].timeline[-1][1]
    with pytest.raises(Exception, match="over for line 0"):
        ask(state, wanted(claim_id="k2"), delivered_ms + 3 * DAY_MS + 1)
    ask(state, wanted(claim_id="k2"), delivered_ms + 3 * DAY_MS)
    assert the_claim(state, "k2").delivered_at_ms == delivered_ms


def test_only_what_was_delivered_is_claimed() -> None:
    """Not what is under way, nor what a return fetched; an order without lines is one line."""
    state = zone(1, orders=1)
    assert refused(state, wanted(lines=((0, 1),))) == "not_claimable"
    ridden(state, "c1", "o1")
    ask(state, wanted(lines=((0, 1),)))
    ask(state, cc.ApproveClaim("k1", fetching()))
    ridden(state, "c1", "p-k1-1")
    assert refused(state, replace(wanted(claim_id="k2"), order_id="p-k1-1")) == "not_claimable"


def test_there_are_not_more_claims_than_somebody_can_read() -> None:
    """Of one order, refused ones counted; and an id is taken once."""
    state = sold()
    for n in range(MOST_OF_ORDER):
        ask(state, wanted(claim_id=f"k{n}"))
        assert refused(state, wanted(claim_id=f"k{n}")) == "duplicate_claim"
        ask(state, cc.WithdrawClaim(f"k{n}"))
    assert refused(state, wanted(claim_id="one-more")) == "too_many_claims"


def test_a_zone_takes_only_so_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond that some have to be answered first."""
    monkeypatch.setattr("dispatch.domain.claims.MOST_OPEN", 1)
    state = sold()
    ask(state, wanted())
    assert refused(state, wanted(claim_id="k2", lines=((1, 1),))) == "too_many_claims"
    ask(state, cc.RefuseClaim("k1", "no"))
    ask(state, wanted(claim_id="k2", lines=((1, 1),)))


# --- answering ----------------------------------------------------------------------------------------------------


def test_nobody_answers_in_time() -> None:
    """After a day it is pointed out, once; an answered one never is."""
    state = sold()
    ask(state, wanted())
    ask(state, wanted(claim_id="k2", lines=((1, 1),)))
    ask(state, cc.RefuseClaim("k2", "It is a card.", "ann"))
    due_ms = the_claim(state).answer_due_at_ms
    assert ask(state, c.PassTime(), due_ms - 1) == []
    (told,) = ask(state, c.PassTime(), due_ms)
    assert isinstance(told, e.ClaimChanged) and told.claim.id == "k1" and told.claim.escalated_at_ms == due_ms
    assert ask(state, c.PassTime(), due_ms + 1) == [] and not state.unanswered


def test_a_refusal_tells_why() -> None:
    """In the audit and to the customer; a second answer changes nothing of the first."""
    state = sold()
    ask(state, wanted())
    assert refused(state, cc.RefuseClaim("k1", "  ")) == "answer_missing"
    assert refused(state, cc.RefuseClaim("k1", "x" * (MAX_TEXT + 1))) == "text_too_long"
    told = ask(state, cc.RefuseClaim("k1", "It was used.", "ann"))
    claim = the_claim(state)
    assert (claim.status, claim.answer, claim.answered_by) == (S.REFUSED, "It was used.", "ann")
    assert e.Overridden("refuse_claim", "o1", "", "It was used.") in told
    assert refused(state, cc.RefuseClaim("k1", "no")) == "wrong_state"
    assert refused(state, cc.ApproveClaim("k1", fetching())) == "wrong_state"
    assert refused(state, cc.RefuseClaim("k9", "no")) == "unknown_claim"


def test_a_grant_makes_the_order_that_fetches_the_goods() -> None:
    """Linked both ways; for an exchange the other goods are promised at once, and wait."""
    state = granted(K.EXCHANGE)
    claim, back, other = the_claim(state), state.orders["p-k1-1"], state.orders["x-k1-1"]
    assert (claim.status, claim.pickup_order_id, claim.delivery_order_id) == (S.APPROVED, back.id, other.id)
    assert (back.claim_id, back.direction, back.status) == ("k1", Direction.RETURN, OrderStatus.DISPATCHABLE)
    assert (other.claim_id, other.status, other.reason) == ("k1", OrderStatus.HELD, HELD_FOR_EXCHANGE)
    assert on_hand(state) == (7, 2)


@pytest.mark.parametrize(
    ("kind", "pickup", "delivery", "code"),
    [
        (K.RETURN, bringing(hold=""), None, "pickup_missing"),
        (K.RETURN, fetching(), bringing(), "delivery_missing"),
        (K.EXCHANGE, fetching(), None, "delivery_missing"),
        (K.REPAIR, fetching(), bringing(), "delivery_missing"),
        (K.RETURN, fetching(depot_id="d9"), None, "unknown_depot"),
    ],
)
def test_a_grant_has_the_orders_that_it_needs(kind: K, pickup: Any, delivery: Any, code: str) -> None:
    """Neither less nor more."""
    state = sold()
    ask(state, wanted(kind))
    assert refused(state, cc.ApproveClaim("k1", pickup, delivery)) == code


def test_a_customer_thinks_better_of_it() -> None:
    """Until a courier has the goods: the orders end, and what was promised is free."""
    state = granted(K.EXCHANGE)
    given(state, "c2", "p-k1-1")
    ask(state, cc.WithdrawClaim("k1"))
    assert the_claim(state).status is S.WITHDRAWN and on_hand(state) == (7, 0)
    assert {state.orders[each].status for each in ("p-k1-1", "x-k1-1")} == {OrderStatus.CANCELED}
    assert ask(state, cc.WithdrawClaim("k1")) == []
    state = granted()
    ridden(state, "c2", "p-k1-1", stops=1)
    assert refused(state, cc.WithdrawClaim("k1")) == "wrong_state"


# --- the way back -------------------------------------------------------------------------------------------------


def test_a_claim_follows_the_order_that_fetches_the_goods() -> None:
    """Fetched, taken back, fetched again, and at the depot."""
    state = granted()
    given(state, "c2", "p-k1-1")
    progress(state, "c2", c.StopAction.ARRIVED)
    assert the_claim(state).status is S.APPROVED
    stop_id = state.route("c2").stops[0].id
    progress(state, "c2", c.StopAction.COMPLETED)
    assert the_claim(state).status is S.COLLECTING
    ask(state, c.UndoStop("c2", stop_id, NOON_MS, 60_000))
    assert the_claim(state).status is S.APPROVED
    for action in (c.StopAction.COMPLETED, *DONE):
        progress(state, "c2", action)
    claim = the_claim(state)
    assert claim.status is S.COLLECTING and claim.arrived_at_ms == NOON_MS


def test_a_pickup_that_is_called_off_brings_the_claim_back_to_the_desk() -> None:
    """With a day to answer it anew, and without the other goods; granted again it has other orders."""
    state = granted(K.EXCHANGE)
    ask(state, c.CancelOrder("p-k1-1", "nobody there"), LATER_MS)
    claim = the_claim(state)
    assert (claim.status, claim.pickup_order_id, claim.delivery_order_id) == (S.REQUESTED, "", "")
    assert claim.answer_due_at_ms == LATER_MS + DAY_MS and "k1" in state.unanswered
    assert state.orders["x-k1-1"].status is OrderStatus.CANCELED and on_hand(state) == (7, 0)
    ask(state, cc.ApproveClaim("k1", fetching(number=2), bringing(number=2)), LATER_MS)
    assert (the_claim(state).pickup_order_id, the_claim(state).rounds) == ("p-k1-2", 2)


def test_goods_that_were_fetched_after_all_are_on_their_way() -> None:
    """The phone was away while the claim was withdrawn: reality wins, and the depot will look at them."""
    state = granted()
    given(state, "c2", "p-k1-1")
    stop = state.route("c2").stops[0]
    ask(state, cc.WithdrawClaim("k1"))
    report = c.ReportProgress("c2", stop.id, c.StopAction.COMPLETED, NOON_MS, "", ("p-k1-1",), stop.kind)
    ask(state, report)
    claim = the_claim(state)
    assert (claim.status, claim.pickup_order_id) == (S.COLLECTING, "p-k1-1")


# --- at the depot -------------------------------------------------------------------------------------------------


def test_what_comes_back_lies_in_stock_again_or_is_written_off() -> None:
    """The ledger has the claim; a written-off piece comes in and goes out, so nothing is lost between the books."""
    state = arrived()
    assert on_hand(state) == (7, 0)
    events = ask(state, cc.ReceiveClaim("k1", (ReceivedLine(0, 1, 1, "B"),), LATER_MS, "scratched"))
    assert on_hand(state) == (8, 0) and [(lot.id, lot.quantity) for lot in state.shelves["d1/charger"].lots] == [
        ("A", 7),
        ("B", 1),
    ]
    moves = [(each.move, each.quantity, each.note) for each in events if isinstance(each, e.StockChanged)]
    assert moves == [(StockMove.RECEIVED, 2, "k1 scratched"), (StockMove.WRITTEN_OFF, 1, "k1 scratched")]
    claim = the_claim(state)
    assert (claim.status, claim.received, claim.received_at_ms) == (S.DONE, (ReceivedLine(0, 1, 1, "B"),), NOON_MS)
    assert refused(state, cc.ReceiveClaim("k1", (), LATER_MS)) == "wrong_state"


def test_what_was_written_off_never_was_for_sale() -> None:
    """An order that waits for goods does not get it."""
    state = arrived()
    ask(state, s.WriteOffStock("d1", (s.StockLine("charger", 7),), "fire"))
    ask(state, c.CreateOrder(replace(order("o2"), lines=(Line("Charger", 1, sku="charger"),))))
    ask(state, cc.ReceiveClaim("k1", (ReceivedLine(0, 0, 2),), LATER_MS))
    assert state.orders["o2"].status is OrderStatus.HELD and on_hand(state) == (0, 0)


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ((ReceivedLine(1, 1, 0),), "bad_lines"),
        ((ReceivedLine(0, 1, 0), ReceivedLine(0, 1, 0)), "bad_lines"),
        ((ReceivedLine(0, 2, 1),), "bad_quantity"),
        ((ReceivedLine(0, -1, 1),), "bad_quantity"),
    ],
)
def test_more_than_was_claimed_cannot_come_back(lines: tuple[ReceivedLine, ...], code: str) -> None:
    """Nor other goods; less can."""
    state = arrived()
    assert refused(state, cc.ReceiveClaim("k1", lines, LATER_MS)) == code
    ask(state, cc.ReceiveClaim("k1", (), LATER_MS))
    assert the_claim(state).status is S.DONE and on_hand(state) == (7, 0)


def test_a_customer_brings_the_goods_themselves() -> None:
    """No courier is sent for them any more."""
    state = granted()
    ask(state, cc.ReceiveClaim("k1", (ReceivedLine(0, 2, 0),), LATER_MS))
    assert the_claim(state).status is S.DONE and on_hand(state) == (9, 0)
    assert state.orders["p-k1-1"].status is OrderStatus.CANCELED


# --- what is owed -------------------------------------------------------------------------------------------------


def test_an_exchange_s_other_goods_leave_when_the_first_ones_were_received() -> None:
    """And the claim is done when they are there; a courier who takes that back takes the end back, too."""
    state = arrived(K.EXCHANGE)
    ask(state, cc.ReceiveClaim("k1", (ReceivedLine(0, 0, 2),), LATER_MS))
    other = state.orders["x-k1-1"]
    assert (other.status, other.promise_at_ms, the_claim(state).status) == (
        OrderStatus.DISPATCHABLE,
        LATER_MS,
        S.RECEIVED,
    )
    given(state, "c1", "x-k1-1")
    for action in (*DONE, c.StopAction.ARRIVED):
        progress(state, "c1", action)
    stop_id = state.route("c1").stops[0].id
    progress(state, "c1", c.StopAction.COMPLETED)
    assert the_claim(state).status is S.DONE and on_hand(state) == (5, 0)
    ask(state, c.UndoStop("c1", stop_id, NOON_MS, 60_000))
    assert the_claim(state).status is S.RECEIVED
    progress(state, "c1", c.StopAction.COMPLETED)
    assert the_claim(state).status is S.DONE


def test_a_change_of_mind_is_granted_once() -> None:
    """What an exchange brought can be claimed for its faults only."""
    state = arrived(K.EXCHANGE)
    ask(state, cc.ReceiveClaim("k1", (ReceivedLine(0, 2, 0),), LATER_MS))
    ridden(state, "c1", "x-k1-1")
    again = replace(wanted(claim_id="k2"), order_id="x-k1-1")
    assert refused(state, replace(again, reason=R.NO_REASON)) == "not_granted"
    ask(state, again)
    assert state.claims["k2"].order_id == "x-k1-1"


def test_other_goods_that_somebody_let_go_early_are_enough() -> None:
    """A dispatcher may release them; the claim is done when the first ones are received."""
    state = granted(K.EXCHANGE)
    ask(state, c.ReleaseHold("x-k1-1"))
    ridden(state, "c1", "x-k1-1")
    assert the_claim(state).status is S.APPROVED and the_claim(state).brought_at_ms == NOON_MS
    ridden(state, "c2", "p-k1-1")
    ask(state, cc.ReceiveClaim("k1", (), LATER_MS))
    assert the_claim(state).status is S.DONE


def test_other_goods_that_are_not_there_are_waited_for() -> None:
    """What comes back and is good is enough; what is written off is not."""
    for restocked, status in ((2, OrderStatus.DISPATCHABLE), (0, OrderStatus.HELD)):
        state = sold()
        ask(state, s.WriteOffStock("d1", (s.StockLine("charger", 7),), "fire"))
        ask(state, wanted(K.EXCHANGE))
        ask(state, cc.ApproveClaim("k1", fetching(), bringing()))
        assert state.orders["x-k1-1"].reason == HELD_FOR_EXCHANGE and on_hand(state) == (0, 0)
        ridden(state, "c2", "p-k1-1")
        ask(state, cc.ReceiveClaim("k1", (ReceivedLine(0, restocked, 2 - restocked),), LATER_MS))
        assert (state.orders["x-k1-1"].status, on_hand(state)) == (status, (restocked, restocked))
    assert (state.orders["x-k1-1"].reason, the_claim(state).status) == ("stock", S.RECEIVED)
    ask(state, s.ReceiveStock("d1", (s.StockLine("charger", 2),)))
    assert state.orders["x-k1-1"].status is OrderStatus.DISPATCHABLE


def test_repaired_goods_go_back_to_their_customer() -> None:
    """They are nobody's stock, neither on the way there nor back."""
    state = arrived(K.REPAIR)
    assert refused(state, cc.ReceiveClaim("k1", (ReceivedLine(0, 2, 0),), LATER_MS)) == "not_for_repairs"
    assert refused(state, cc.SendForClaim("k1", bringing(hold=""))) == "wrong_state"
    ask(state, cc.ReceiveClaim("k1", (), LATER_MS))
    assert (the_claim(state).status, on_hand(state)) == (S.RECEIVED, (7, 0))
    mended = cc.LinkedOrder(replace(order("x-k1-1"), lines=(Line("Charger", 2),)))
    assert refused(state, cc.SendForClaim("k1", fetching(number=2))) == "delivery_missing"
    ask(state, cc.SendForClaim("k1", mended))
    assert refused(state, cc.SendForClaim("k1", bringing(number=2))) == "sent_already"
    ridden(state, "c1", "x-k1-1")
    assert (the_claim(state).status, on_hand(state)) == (S.DONE, (7, 0))


def test_a_delivery_that_came_to_nothing_is_made_again() -> None:
    """Canceled, or brought back to the depot."""
    state = arrived(K.EXCHANGE)
    ask(state, cc.ReceiveClaim("k1", (ReceivedLine(0, 2, 0),), LATER_MS))
    ask(state, c.CancelOrder("x-k1-1", "not today"))
    assert (the_claim(state).status, the_claim(state).delivery_order_id) == (S.RECEIVED, "")
    ask(state, cc.SendForClaim("k1", bringing(number=2, hold="")))
    ridden(state, "c1", "x-k1-2")
    assert the_claim(state).status is S.DONE


# --- what is kept -------------------------------------------------------------------------------------------------


def test_closed_claims_are_forgotten_with_their_time() -> None:
    """Open ones never are; an order of a claim that was forgotten goes on by itself."""
    state = arrived()
    ask(state, cc.ReceiveClaim("k1", (), LATER_MS))
    ask(state, wanted(claim_id="k2", lines=((1, 1),)))
    state.forget_finished(LATER_MS)
    assert state.claims.keys() == {"k2"}
    brought_back: Order = replace(order("p-k1-1"), direction=Direction.RETURN, claim_id="k1")
    state.orders["p-k1-1"] = replace(brought_back, status=OrderStatus.DELIVERED, courier_id="c2")
    assert ask(state, c.ReplaceLink("p-k1-1", 1, "0" * 64))


def test_erasing_a_customer_blanks_what_they_wrote() -> None:
    """What was claimed stays."""
    state = sold()
    (told,) = ask(state, wanted(text="it burnt my hand", visit=Visit(LATER_MS, 2 * LATER_MS)))
    kept = erased_event(told, Gone(frozenset({"o1"})))
    assert isinstance(kept, e.ClaimChanged) and kept.claim.text == "" and kept.claim.visit == Visit()
    assert kept.claim.lines == the_claim(state).lines
    assert erased_event(told, Gone(frozenset({"o2"}))) == told
