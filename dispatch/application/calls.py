"""Calls between people who do not learn each other's numbers: a gateway joins them by a number of its own.

Who may call whom follows from the order: its courier and its customer each other while the goods are on their way to
the door (or to be fetched there), the staff both as long as the order is under way.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

from dispatch.domain.courier import Courier
from dispatch.domain.ends import is_awaited
from dispatch.domain.errors import Conflict
from dispatch.domain.order import Order

NOT_NOW: Final = "A call is possible while a courier is on the way."


class CallFailed(Exception):
    """The gateway did not join them; the message says how, and nobody's number."""


class Called(StrEnum):
    """Who is to be called."""

    CUSTOMER = "customer"
    COURIER = "courier"


@dataclass(frozen=True, slots=True)
class CallWish:
    """`caller` and `callee` are numbers (personal: never logged); `caller` empty: whoever dials. `id` is the same for
    the same wish: asked again, the gateway joins the same two.
    """

    id: str
    order_id: str
    caller: str
    callee: str


@dataclass(frozen=True, slots=True)
class Bridge:
    """The number that the caller dials, good for so many seconds."""

    number: str
    good_for_s: int


class CallGateway(Protocol):
    """Joins two people by a number that is neither's."""

    async def join(self, wish: CallWish) -> Bridge:
        """The number to dial. Raises `CallFailed`."""
        ...


def numbers(order: Order, courier: Courier | None, to: Called, *, by_staff: bool) -> tuple[str, str]:
    """(who calls, who is called); the staff dials from whatever phone. Raises `Conflict` where there is nobody."""
    customer, rider = order.dropoff.phone, courier.phone if courier and not order.is_over else ""
    if order.is_over or not (by_staff or is_awaited(order)):
        raise Conflict("no_call_now", NOT_NOW)
    caller, callee = (rider, customer) if to is Called.CUSTOMER else (customer, rider)
    if not callee:
        raise Conflict("no_number", f"There is no phone number of the {to}.")
    return "" if by_staff else caller, callee
