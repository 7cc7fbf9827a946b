"""How an order is paid: before it goes, at the door, or not by us to know."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

HELD_FOR_PAYMENT: Final = "payment"
"""The reason of an order that waits for its money."""


class PaymentState(StrEnum):
    """Where the money is. `unpaid` holds the order; `waived`: a person let it go all the same. `cash`: the courier
    takes it at the door.
    """

    UNPAID = "unpaid"
    WAIVED = "waived"
    CASH = "cash"
    PAID = "paid"


@dataclass(frozen=True, slots=True)
class Payment:
    """`due_minor` is what the courier takes at the door, in the smallest unit of `currency` (ISO 4217)."""

    state: PaymentState
    due_minor: int = 0
    currency: str = ""
