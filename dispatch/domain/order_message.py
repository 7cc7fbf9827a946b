"""Messages about an order, between its customer, its courier and the dispatchers."""

from dataclasses import dataclass
from enum import StrEnum

MAX_MESSAGES = 200
"""Of one order; nobody reads more, and a thread must not grow without end."""
MAX_TEXT_LENGTH = 500


class Party(StrEnum):
    """Who writes, and who is written to."""

    COURIER = "courier"
    CUSTOMER = "customer"
    DISPATCHER = "dispatcher"


@dataclass(frozen=True, slots=True)
class OrderMessage:
    """One message, the `number`th about its order. The text is personal data: never logged.

    `courier_id` had the order when it was written (empty: nobody).
    """

    id: str
    number: int
    order_id: str
    courier_id: str
    sender: Party
    to: Party
    text: str
    at_ms: int
