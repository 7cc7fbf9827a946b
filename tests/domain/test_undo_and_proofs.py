"""Taking back a mistake, proving a delivery, writing about an order, and dealing with cases."""

from dataclasses import replace
from typing import Any

import pytest

from dispatch.domain import case_commands as k
from dispatch.domain import commands as c
from dispatch.domain import events as e
from dispatch.domain.case import CaseKind, CaseStatus
from dispatch.domain.commands import StopAction
from dispatch.domain.errors import Conflict, Forbidden, InvalidInput, NotFound
from dispatch.domain.invariants import violations
from dispatch.domain.order import OrderStatus, Proof, ProofKind
from dispatch.domain.order_message import MAX_MESSAGES, Party
from dispatch.domain.route import StopKind, StopState
from dispatch.domain.zone import ZoneState
from tests.support.zones import MINUTE_MS, NOON_MS, ask, given, order, plan, planned, progress, refused, zone

S = OrderStatus
COMPLETED, FAILED, DEPARTED = StopAction.COMPLETED, StopAction.FAILED, StopAction.DEPARTED
WITHIN_MS = 30_000


def undo(stop_id: str, at_ms: int = NOON_MS + 10_000) -> c.UndoStop:
    return c.UndoStop("c1", stop_id, at_ms, WITHIN_MS)


def done(state: ZoneState, stops: int) -> str:
    """Complete so many stops of c1; returns the id of the last one."""
    stop_id = ""
    for _ in range(stops):
        stop_id = state.route("c1").stops[0].id
        progress(state, "c1", COMPLETED)
    return stop_id


# --- undo -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("stops", "status"), [(1, S.AT_PICKUP), (2, S.AT_DROPOFF)])
def test_a_stop_that_was_completed_by_mistake_is_open_again(stops: int, status: OrderStatus) -> None:
    """The courier stands there again, the order is not handed over, and the real completion counts afterwards."""
    state = zone(couriers=1, orders=1)
    given(state, "c1", "o1")
    stop_id = done(state, stops)
    events = ask(state, undo(stop_id), NOON_MS + 11_000)
    assert [event.what for event in events if isinstance(event, e.OrderChanged)] == ["undone"]
    assert state.orders["o1"].status is status
    first = state.route("c1").stops[0]
    assert (first.id, first.state, first.order_ids) == (stop_id, StopState.ARRIVED, ("o1",))
    assert violations(state) == []
    assert ask(state, undo(stop_id), NOON_MS + 12_000) == []
    progress(state, "c1", COMPLETED)
    assert state.orders["o1"].status in (S.PICKED_UP, S.DELIVERED)


def test_an_undone_delivery_is_a_new_assignment() -> None:
    """The books closed the old one; an active one must be there while the order is on board."""
    state = zone(couriers=1, orders=1)
    given(state, "c1", "o1")
    stop_id = done(state, 2)
    before = state.orders["o1"].assignment_seq
    ask(state, undo(stop_id))
    assert state.orders["o1"].assignment_seq == before + 1


def test_a_failure_by_mistake_is_taken_back() -> None:
    """Also while another stop has been started since: that one is planned again."""
    state = zone(couriers=1, orders=2)
    given(state, "c1", "o1", "o2")
    done(state, 1)
    stop_id = state.route("c1").stops[0].id
    progress(state, "c1", FAILED, reason="nobody home")
    progress(state, "c1", DEPARTED)
    ask(state, undo(stop_id))
    assert (state.orders["o1"].status, state.orders["o2"].status) == (S.AT_DROPOFF, S.PICKED_UP)
    assert [s.state for s in state.route("c1").stops] == [StopState.ARRIVED, StopState.PLANNED]
    assert violations(state) == []


def test_part_of_a_pickup_is_taken_back_for_what_was_taken() -> None:
    """Of two orders one was ticked by mistake: it is at the depot again, beside the other."""
    state = zone(couriers=1, orders=2)
    given(state, "c1", "o1", "o2")
    stop_id = state.route("c1").stops[0].id
    ask(state, c.ReportProgress("c1", stop_id, COMPLETED, NOON_MS, "", ("o1",), StopKind.PICKUP))
    assert (state.orders["o1"].status, state.orders["o2"].status) == (S.PICKED_UP, S.ASSIGNED)
    ask(state, undo(stop_id))
    assert [s.order_ids for s in state.route("c1").stops] == [("o1",), ("o2",), ("o1",), ("o2",)]
    assert violations(state) == []


@pytest.mark.parametrize(
    ("device_ms", "heard_ms", "taken"),
    [
        (WITHIN_MS, WITHIN_MS, True),
        (WITHIN_MS + 1, WITHIN_MS + 1, False),
        (10, 2 * WITHIN_MS, True),
        (10, 2 * WITHIN_MS + 1, False),
    ],
)
def test_the_time_to_take_it_back_is_short(device_ms: int, heard_ms: int, taken: bool) -> None:
    """By the courier's clock it is 30 s, by ours twice that: what people were told hours ago is not taken back."""
    state = zone(couriers=1, orders=1)
    given(state, "c1", "o1")
    stop_id = done(state, 2)
    if taken:
        assert ask(state, undo(stop_id, NOON_MS + device_ms), NOON_MS + heard_ms)
    else:
        with pytest.raises(Conflict, match="over"):
            ask(state, undo(stop_id, NOON_MS + device_ms), NOON_MS + heard_ms)


def test_a_mistake_and_its_undoing_may_both_be_made_offline() -> None:
    """Both reports arrive an hour later, one after the other."""
    state = zone(couriers=1, orders=1)
    given(state, "c1", "o1")
    done(state, 1)
    stop_id, heard_ms = state.route("c1").stops[0].id, NOON_MS + 60 * MINUTE_MS
    ask(state, c.ReportProgress("c1", stop_id, COMPLETED, NOON_MS), heard_ms)
    ask(state, undo(stop_id), heard_ms)
    assert state.orders["o1"].status is S.AT_DROPOFF


def test_what_cannot_be_taken_back() -> None:
    """Another stop was done since; a failed pickup, whose order is free; an order that has moved on."""
    state = zone(couriers=1, orders=2)
    given(state, "c1", "o1")
    first = done(state, 1)
    done(state, 1)
    with pytest.raises(Conflict, match="Another stop"):
        ask(state, undo(first))
    given(state, "c1", "o2")
    second = state.route("c1").stops[0].id
    progress(state, "c1", FAILED, reason="closed")
    with pytest.raises(Conflict, match="Another stop"):
        ask(state, undo(second))
    moved = zone(couriers=1, orders=1)
    given(moved, "c1", "o1")
    stop_id = done(moved, 1)
    ask(moved, c.CancelOrder("o1", "customer called"))
    with pytest.raises(Conflict, match="moved on"):
        ask(moved, undo(stop_id))


# --- proofs -----------------------------------------------------------------------------------------------------


def at_the_door(**more: Any) -> ZoneState:
    """A zone whose one order is on board of c1."""
    state = zone(couriers=1)
    ask(state, c.CreateOrder(replace(order("o1"), **more)))
    given(state, "c1", "o1")
    done(state, 1)
    return state


def deliver(state: ZoneState, *proofs: Proof, heard_ms: int = NOON_MS + 1_000) -> list[e.Event]:
    stop_id = state.route("c1").stops[0].id
    report = c.ReportProgress("c1", stop_id, COMPLETED, NOON_MS, "", ("o1",), StopKind.DROPOFF, proofs)
    return ask(state, report, heard_ms)


PHOTO = Proof(ProofKind.PHOTO, "o1", upload_id="u-1", at_ms=NOON_MS)
PIN = Proof(ProofKind.PIN, "o1", "4821", at_ms=NOON_MS)


def test_what_the_order_demands_is_shown_and_kept() -> None:
    """All five kinds; the PIN itself is not kept, only that it was told."""
    state = at_the_door(requires=tuple(ProofKind), pin="4821", barcode="P-7")
    proofs = (PHOTO, PIN, Proof(ProofKind.SIGNATURE, "o1", upload_id="u-2"), Proof(ProofKind.AGE, "o1"))
    deliver(state, *proofs, Proof(ProofKind.BARCODE, "o1", "P-7"))
    kept = state.orders["o1"].proofs
    assert state.orders["o1"].status is S.DELIVERED and state.cases == {}
    assert {proof.kind for proof in kept} == set(ProofKind)
    assert {proof.kind: proof.value for proof in kept if proof.value} == {ProofKind.BARCODE: "P-7"}


@pytest.mark.parametrize(
    ("requires", "proofs", "code"),
    [
        ((ProofKind.PHOTO,), (), CaseKind.PROOF_MISSING),
        ((ProofKind.PHOTO,), (replace(PHOTO, upload_id=""),), CaseKind.PROOF_MISSING),
        ((ProofKind.PHOTO,), (replace(PHOTO, order_id="o2"),), CaseKind.PROOF_MISSING),
        ((ProofKind.PIN,), (replace(PIN, value="0000"),), CaseKind.WRONG_PIN),
        ((ProofKind.BARCODE,), (Proof(ProofKind.BARCODE, "o1", "P-8"),), CaseKind.WRONG_BARCODE),
    ],
)
def test_a_fault_is_refused_at_the_door_and_noted_afterwards(
    requires: tuple[ProofKind, ...], proofs: tuple[Proof, ...], code: CaseKind
) -> None:
    """While the courier still stands there it can be put right; a report from an hour ago counts, with a case."""
    state = at_the_door(requires=requires, pin="4821", barcode="P-7")
    with pytest.raises(Conflict) as refused:
        deliver(state, *proofs)
    assert refused.value.code == code.value
    assert state.orders["o1"].status is S.PICKED_UP
    deliver(state, *proofs, heard_ms=NOON_MS + 60 * MINUTE_MS)
    assert state.orders["o1"].status is S.DELIVERED
    assert [case.kind for case in state.cases.values()] == [code]


@pytest.mark.parametrize("code", ["REF-1", "o1"])
def test_a_parcel_without_a_code_of_its_own_is_known_by_its_reference(code: str) -> None:
    """Labels often carry the shop's number."""
    state = at_the_door(requires=(ProofKind.BARCODE,), ref="REF-1")
    deliver(state, Proof(ProofKind.BARCODE, "o1", code))
    assert state.orders["o1"].status is S.DELIVERED


# --- messages ---------------------------------------------------------------------------------------------------


def say(sender: Party, to: Party, text: str = "hello", courier_id: str = "", order_id: str = "o1") -> c.PostMessage:
    return c.PostMessage("m", order_id, sender, to, text, courier_id)


def test_customer_courier_and_dispatcher_write_to_each_other() -> None:
    """One thread an order, numbered, in the order of writing; the courier is whoever has the order."""
    state = zone(couriers=1, orders=1)
    given(state, "c1", "o1")
    ask(state, say(Party.CUSTOMER, Party.COURIER, "  at the back door "))
    ask(state, say(Party.COURIER, Party.CUSTOMER, "ok", "c1"))
    ask(state, say(Party.DISPATCHER, Party.COURIER))
    thread = state.messages["o1"]
    assert [(m.number, m.sender, m.text, m.courier_id) for m in thread] == [
        (1, Party.CUSTOMER, "at the back door", "c1"),
        (2, Party.COURIER, "ok", "c1"),
        (3, Party.DISPATCHER, "hello", "c1"),
    ]


def test_who_may_not_write() -> None:
    """A courier about another's order; anybody to a courier that there is not; to oneself; nothing; a novel."""
    state = zone(couriers=2, orders=1)
    with pytest.raises(Conflict, match="No courier"):
        ask(state, say(Party.CUSTOMER, Party.COURIER))
    ask(state, plan(state, planned(state, "c1", ("o1",)), ttl_ms=MINUTE_MS))
    with pytest.raises(Forbidden):
        ask(state, say(Party.COURIER, Party.CUSTOMER, courier_id="c1"))
    ask(state, c.AcceptOffer("c1", state.orders["o1"].offer_id))
    with pytest.raises(Forbidden):
        ask(state, say(Party.COURIER, Party.CUSTOMER, courier_id="c2"))
    for bad in (say(Party.CUSTOMER, Party.CUSTOMER), say(Party.CUSTOMER, Party.COURIER, "  "),
                say(Party.CUSTOMER, Party.COURIER, "x" * 501)):  # fmt: skip
        with pytest.raises(InvalidInput):
            ask(state, bad)


def test_a_thread_has_an_end() -> None:
    """Nothing of a zone grows for ever."""
    state = zone(couriers=1, orders=1)
    for _ in range(MAX_MESSAGES):
        ask(state, say(Party.CUSTOMER, Party.DISPATCHER))
    with pytest.raises(Conflict, match="at most"):
        ask(state, say(Party.CUSTOMER, Party.DISPATCHER))


# --- cases ------------------------------------------------------------------------------------------------------


def test_a_case_is_dealt_with_once_and_audited() -> None:
    """Resolving names how; a second time changes nothing; a new disagreement opens it again."""
    state = at_the_door(requires=(ProofKind.PHOTO,))
    deliver(state, heard_ms=NOON_MS + 60 * MINUTE_MS)
    case_id = next(iter(state.cases))
    with pytest.raises(InvalidInput):
        ask(state, k.ResolveCase(case_id, " "))
    events = ask(state, k.ResolveCase(case_id, "customer confirmed"))
    assert [type(event) for event in events] == [e.CaseChanged, e.Overridden]
    assert state.cases[case_id].status is CaseStatus.RESOLVED
    assert ask(state, k.ResolveCase(case_id, "again")) == []
    with pytest.raises(NotFound):
        ask(state, k.ResolveCase("unknown", "x"))


def test_what_is_over_is_forgotten() -> None:
    """Threads go with their orders, resolved cases after a while; an open case stays."""
    state = at_the_door(requires=(ProofKind.PHOTO,))
    ask(state, say(Party.CUSTOMER, Party.COURIER))
    deliver(state, heard_ms=NOON_MS + 60 * MINUTE_MS)
    state.forget_finished(NOON_MS + 10 * 60 * MINUTE_MS)
    assert state.orders == state.messages == {} and len(state.cases) == 1
    ask(state, k.ResolveCase(next(iter(state.cases)), "done"))
    state.forget_finished(NOON_MS + 10 * 60 * MINUTE_MS)
    assert state.cases == {}


def test_a_failure_that_somebody_has_decided_about_is_not_taken_back() -> None:
    """The dispatcher had it tried again: the stop that failed is history, and the goods are on board."""
    state = zone(couriers=1, orders=1)
    given(state, "c1", "o1")
    for action in (c.StopAction.ARRIVED, c.StopAction.COMPLETED, c.StopAction.ARRIVED):
        progress(state, "c1", action)
    progress(state, "c1", c.StopAction.FAILED, reason="nobody there")
    failed = state.route("c1").finished
    assert failed
    ask(state, c.ResolveAttempt("o1", "retry", "back home"))
    assert refused(state, c.UndoStop("c1", failed.stop.id, NOON_MS, 60_000)) == "undo_too_late"
    assert state.orders["o1"].status.value == "picked_up" and violations(state) == []
