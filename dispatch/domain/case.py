"""Cases: where what a courier did and what the zone had decided do not agree, for a dispatcher to look at."""

from dataclasses import dataclass
from enum import StrEnum


class CaseKind(StrEnum):
    """What does not agree; the table is in `reality`."""

    PICKUP_AFTER_REASSIGN = "pickup_after_reassign"
    PICKUP_AFTER_CANCEL = "pickup_after_cancel"
    TWO_PICKUPS = "two_pickups"
    DELIVERED_AFTER_REASSIGN = "delivered_after_reassign"
    DELIVERED_AFTER_CANCEL = "delivered_after_cancel"
    DELIVERED_AFTER_RETURN = "delivered_after_return"
    DELIVERED_BY_OTHER = "delivered_by_other"
    DELIVERED_TWICE = "delivered_twice"
    FAILED_AFTER_DELIVERY = "failed_after_delivery"
    RETURNED_UNASKED = "returned_unasked"
    RETURNED_AFTER_DELIVERY = "returned_after_delivery"
    RETURN_FAILED = "return_failed"
    HANDOVER_FAILED = "handover_failed"
    HANDOVER_UNCONFIRMED = "handover_unconfirmed"
    HANDED_OVER_UNASKED = "handed_over_unasked"
    PROOF_MISSING = "proof_missing"
    WRONG_PIN = "wrong_pin"
    WRONG_BARCODE = "wrong_barcode"


class CaseStatus(StrEnum):
    """Whether somebody has dealt with it."""

    OPEN = "open"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True)
class Case:
    """One disagreement about one order: `courier_id`'s report raised it, `other_courier_id` had the order by then.

    `at_ms` is when the zone learnt of it, `happened_at_ms` when it happened by the courier's clock.
    """

    id: str
    kind: CaseKind
    order_id: str
    courier_id: str
    other_courier_id: str
    at_ms: int
    happened_at_ms: int
    status: CaseStatus = CaseStatus.OPEN
    resolution: str = ""
    resolved_by: str = ""
