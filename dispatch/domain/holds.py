"""The way out of a hold: one for everybody who may end one, so that no order goes on without its goods."""

from dataclasses import replace

from dispatch.domain.allotment import SHORT, missing_at, needs
from dispatch.domain.order import HoldState, Order
from dispatch.domain.payment import HELD_FOR_PAYMENT, PaymentState
from dispatch.domain.zone import Draft


def is_unpaid(order: Order) -> bool:
    """Whether the order has to wait for its money."""
    return order.payment is not None and order.payment.state is PaymentState.UNPAID


def let_go_by_hand(draft: Draft, order: Order) -> Order:
    """A person ends the hold. Where it was for the money, they let the order go without it."""
    if order.payment and is_unpaid(order) and order.reason == HELD_FOR_PAYMENT:
        order = replace(order, payment=replace(order.payment, state=PaymentState.WAIVED))
    return let_go_on(draft, order)


def let_go_on(draft: Draft, order: Order) -> Order:
    """A held order goes on; one that is not paid goes on waiting for its money, and one whose goods are not there for
    them.
    """
    if is_unpaid(order):
        return draft.change_order(replace(order, reason=HELD_FOR_PAYMENT))
    unpromised = order.stock is not None and order.stock.state is HoldState.RELEASED
    if unpromised and missing_at(needs(order), order.depot_id, draft.shelf, draft.now_ms):
        return draft.change_order(replace(order, reason=SHORT))
    return draft.move_order(order, order.at_rest)
