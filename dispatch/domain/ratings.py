"""Decisions about what a customer says of a delivery: stars, reasons, and a few words."""

from dataclasses import replace

from dispatch.domain import commands as c
from dispatch.domain import events as e
from dispatch.domain.cases import note_low_rating
from dispatch.domain.errors import Conflict, InvalidInput
from dispatch.domain.order import Order, OrderStatus
from dispatch.domain.rating import BAD_REASONS, GOOD_REASONS, MAX_STARS, MAX_TEXT_LENGTH, Rating
from dispatch.domain.zone import Draft

RATED = "rated"
"""What an `OrderChanged` calls it."""


def rate_order(draft: Draft, command: c.RateOrder) -> None:
    """The customer rates what was delivered, or tried to be; a later rating replaces the one before.

    Raises `InvalidInput` for a rating that is none, `Conflict` before there is anything to rate.
    """
    text = command.text.strip()
    known = GOOD_REASONS | BAD_REASONS
    if not 1 <= command.stars <= MAX_STARS or not set(command.reasons) <= known or len(text) > MAX_TEXT_LENGTH:
        raise InvalidInput("bad_rating", f"A rating has 1 to {MAX_STARS} stars, known reasons and a short text.")
    order = draft.order(command.order_id)
    if not can_be_rated(order):
        raise Conflict("not_delivered", "An order can be rated once somebody has been at the door.")
    reasons = tuple(dict.fromkeys(command.reasons))
    if order.rating and (order.rating.stars, order.rating.reasons, order.rating.text) == (command.stars, reasons, text):
        return
    rating = Rating(command.stars, reasons, text, draft.now_ms)
    draft.emit(e.OrderChanged(replace(order, rating=rating), RATED))
    note_low_rating(draft, order, rating)


def can_be_rated(order: Order) -> bool:
    """Whether it was delivered, or an attempt failed."""
    reached = {status for status, _ in order.timeline}
    return order.status is OrderStatus.DELIVERED or OrderStatus.ATTEMPT_FAILED in reached
