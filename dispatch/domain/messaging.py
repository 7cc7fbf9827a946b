"""Decisions about messages on an order: who may write to whom, and when."""

from dispatch.domain import commands as c
from dispatch.domain import events as e
from dispatch.domain.errors import Conflict, Forbidden, InvalidInput
from dispatch.domain.order import WAITING, Order, OrderStatus
from dispatch.domain.order_message import MAX_MESSAGES, MAX_TEXT_LENGTH, OrderMessage, Party
from dispatch.domain.zone import Draft


def post_message(draft: Draft, command: c.PostMessage) -> None:
    """Somebody writes about an order. A courier writes, and is written to, only about an order that is theirs."""
    text = command.text.strip()
    if not 0 < len(text) <= MAX_TEXT_LENGTH or command.sender is command.to:
        raise InvalidInput("bad_message", f"A message has 1 to {MAX_TEXT_LENGTH} characters, for somebody else.")
    order = draft.order(command.order_id)
    _check_parties(order, command)
    thread = draft.base.messages.get(order.id, ())
    if len(thread) >= MAX_MESSAGES:
        raise Conflict("too_many_messages", f"An order has at most {MAX_MESSAGES} messages; call instead.")
    draft.emit(
        e.MessagePosted(
            OrderMessage(
                id=command.message_id,
                number=len(thread) + 1,
                order_id=order.id,
                courier_id=_courier_of(order),
                sender=command.sender,
                to=command.to,
                text=text,
                at_ms=draft.now_ms,
            )
        )
    )


def _check_parties(order: Order, command: c.PostMessage) -> None:
    if command.sender is Party.COURIER and _courier_of(order) != command.courier_id:
        raise Forbidden("not_your_order", "This order is not yours; write to the dispatcher about one that is.")
    if command.to is Party.COURIER and not _courier_of(order):
        raise Conflict("no_courier", "No courier has this order now; write to the dispatcher.")


def _courier_of(order: Order) -> str:
    """Who has the order, or had it at its end; not who is only being asked."""
    return "" if order.status in WAITING or order.status is OrderStatus.OFFERED else order.courier_id
