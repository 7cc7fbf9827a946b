"""How an order comes to its customer: a courier of ours brings it, they fetch it at its depot, or a carrier takes it.

Of the last two the planner knows nothing: their goods wait at the depot for somebody who is not one of our couriers. A
pickup point is no mode: our courier brings the order there (`collection`).
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

KEEPS_MS: Final = 48 * 3_600_000
"""So long after it is ready and promised a depot keeps what its customer is to fetch (house figure)."""


class Mode(StrEnum):
    """Who brings it."""

    DELIVERY = "delivery"
    SELF_PICKUP = "self_pickup"
    CARRIER = "carrier"


class ShipmentState(StrEnum):
    """What is known of goods that a carrier has: it took them over, and what it said last."""

    TAKEN = "taken"
    IN_TRANSIT = "in_transit"
    DELIVERED = "delivered"
    FAILED = "failed"
    RETURNED = "returned"


@dataclass(frozen=True, slots=True)
class Shipment:
    """What a carrier (its name) took over under a number of its own. `at_ms` is when it came to `state`; `note` is what
    it said (may be personal: never logged).
    """

    carrier: str
    tracking_number: str
    tracking_url: str = ""
    state: ShipmentState = ShipmentState.TAKEN
    at_ms: int = 0
    note: str = ""
