"""Orders that wait for their money, that a person lets go without it, and that are paid at the door."""

from dataclasses import replace

import pytest

from courier_protocol.messages import CardChanged
from dispatch.application.courier_facts import card, courier_facts, told_to
from dispatch.application.ports import Recorded
from dispatch.domain import commands as c
from dispatch.domain import events as e
from dispatch.domain.errors import Conflict
from dispatch.domain.order import Order, OrderStatus, PreparationStep
from dispatch.domain.override import OverrideAction
from dispatch.domain.payment import Payment, PaymentState
from dispatch.domain.wish_commands import ChangeAddress
from dispatch.domain.zone import ZoneState
from tests.support.zones import NOON_MS, ask, given, order, zone

PAID = PreparationStep.PAID
UNPAID = Payment(PaymentState.UNPAID)
CASH = Payment(PaymentState.CASH, 1_250, "CNY")


def taken(payment: Payment, hold: str = "") -> ZoneState:
    state = zone(couriers=1)
    ask(state, c.CreateOrder(replace(order("o1"), payment=payment), hold))
    return state


def stands(state: ZoneState) -> tuple[str, str, str]:
    """(status, reason, where the money is)."""
    found: Order = state.orders["o1"]
    assert found.payment
    return found.status.value, found.reason, found.payment.state.value


def test_an_unpaid_order_waits_until_it_is_paid() -> None:
    """Held with its reason; paid, it goes on, and a second confirmation changes nothing."""
    state = taken(UNPAID)
    assert stands(state) == ("held", "payment", "unpaid")
    ask(state, c.ReportPreparation("o1", PAID))
    assert stands(state) == ("dispatchable", "", "paid")
    assert state.orders["o1"].preparation == ((PAID, NOON_MS),)
    assert ask(state, c.ReportPreparation("o1", PAID)) == []


def test_other_steps_do_not_end_the_wait() -> None:
    """What is packed is not paid."""
    state = taken(UNPAID)
    ask(state, c.ReportPreparation("o1", PreparationStep.PACKED))
    assert stands(state) == ("held", "payment", "unpaid")


def test_an_order_waits_for_its_address_and_for_its_money() -> None:
    """Whichever comes first: it goes on with both."""
    paid_first = taken(UNPAID, hold="address")
    ask(paid_first, c.ReportPreparation("o1", PAID))
    assert stands(paid_first) == ("held", "address", "paid")
    found_first = taken(UNPAID, hold="address")
    ask(found_first, ChangeAddress("o1", order("o1").dropoff.place, "Street 2"))
    assert stands(found_first) == ("held", "payment", "unpaid")
    ask(found_first, c.ReportPreparation("o1", PAID))
    assert stands(found_first) == ("dispatchable", "", "paid")


@pytest.mark.parametrize(
    "release", [c.ReleaseHold("o1"), c.Overrule(OverrideAction.RELEASE, ("o1",), "known customer")]
)
def test_a_person_may_let_it_go_without_the_money(release: c.Command) -> None:
    """It is known that they did, and a payment that comes later is noted."""
    state = taken(UNPAID)
    ask(state, release)
    assert stands(state) == ("dispatchable", "", "waived")
    ask(state, c.ReportPreparation("o1", PAID))
    assert stands(state) == ("dispatchable", "", "paid")


def test_what_is_canceled_is_not_paid_for() -> None:
    """In words that say where the money goes."""
    state = taken(UNPAID)
    ask(state, c.CancelOrder("o1", "changed my mind"))
    with pytest.raises(Conflict, match="goes back to the customer"):
        ask(state, c.ReportPreparation("o1", PAID))


def test_cash_is_taken_at_the_door_unless_it_was_paid_before() -> None:
    """The order is dispatched at once; its courier sees the amount, and hears when nothing is due any more."""
    state = taken(CASH)
    assert stands(state) == ("dispatchable", "", "cash")
    given(state, "c1", "o1")
    shown = card(state.orders["o1"])
    assert (shown.cash_minor, shown.currency) == (1_250, "CNY")
    (paid,) = ask(state, c.ReportPreparation("o1", PAID))
    assert isinstance(paid, e.OrderChanged) and paid.order.status is OrderStatus.ASSIGNED
    facts = courier_facts(state, Recorded(9, NOON_MS, "", "", paid))
    assert told_to(paid) == "c1" and CardChanged(card(paid.order)) in facts and card(paid.order).cash_minor == 0
