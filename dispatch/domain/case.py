"""Cases: the one inbox of everything that a person has to look at and to answer for.

Some are opened by the zone: what a courier did and what the zone had decided do not agree, or a rating is low. Others
are asked: a customer complains, asks, or wants compensation. Whoever asks is to have a proposed solution in time.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

MINUTE_MS: Final = 60_000
MAX_CASE_TEXT: Final = 500
"""Of what somebody says at once, in characters; who is not content may add as much each time."""
MAX_NOTE: Final = 200


class CaseKind(StrEnum):
    """What does not agree (the table is in `reality`), or what somebody wants."""

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
    MISSING_AT_POINT = "missing_at_point"
    CARRIER_FAILED = "carrier_failed"
    COMPLAINT = "complaint"
    QUESTION = "question"
    COMPENSATION = "compensation"
    LOW_RATING = "low_rating"


SLA_MS: Final[Mapping[CaseKind, int]] = {
    CaseKind.COMPLAINT: 120 * MINUTE_MS,
    CaseKind.QUESTION: 120 * MINUTE_MS,
    CaseKind.COMPENSATION: 120 * MINUTE_MS,
    CaseKind.LOW_RATING: 120 * MINUTE_MS,
}
"""Within what time somebody is to have a proposed solution; the other kinds wait for nobody's answer."""
ASKED: Final = frozenset({CaseKind.COMPLAINT, CaseKind.QUESTION, CaseKind.COMPENSATION})
"""What customers open, and support for them."""


class Cause(StrEnum):
    """What was at the root of a case: stable codes, pages have the words."""

    LATE = "late"
    DAMAGED = "damaged"
    MISSING = "missing"
    WRONG_ITEM = "wrong_item"
    COURIER_CONDUCT = "courier_conduct"
    PACKING = "packing"
    ADDRESS = "address"
    STOCK = "stock"
    APP = "app"
    OTHER = "other"


class CaseStatus(StrEnum):
    """Whether somebody has dealt with it: `SOLVED` has a solution that the customer may still refuse."""

    OPEN = "open"
    SOLVED = "solved"
    RESOLVED = "resolved"


NOT_CLOSED: Final = (CaseStatus.OPEN, CaseStatus.SOLVED)


@dataclass(frozen=True, slots=True)
class Case:
    """Something about one order. Of a disagreement: `courier_id`'s report raised it, `other_courier_id` had the order.

    `at_ms` is when the zone learnt of it, `happened_at_ms` when it happened by the courier's clock. `text` is what was
    said (personal: never logged) and `opened_by` by whom: an actor, `customer`, or empty where the zone opened it.

    `due_at_ms` is until when a solution is owed (0: none is), `escalated_at_ms` when that passed, `escalations` how
    often it has. `solution` is what the customer was last told, with `compensation_minor` in the smallest unit of
    money. At `follow_up_at_ms` (0: never) somebody looks again at what `follow_up_note` says; from then on it
    `follows_up`. `reopened` counts how often the customer was not content. `cause` is one of `Cause`; empty: unknown.
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
    text: str = ""
    opened_by: str = ""
    assignee: str = ""
    due_at_ms: int = 0
    escalated_at_ms: int = 0
    escalations: int = 0
    solution: str = ""
    solved_at_ms: int = 0
    solved_by: str = ""
    wanted_minor: int = 0
    compensation_minor: int = 0
    follow_up_at_ms: int = 0
    follow_up_note: str = ""
    follows_up: bool = False
    reopened: int = 0
    cause: str = ""

    @property
    def is_closed(self) -> bool:
        """Whether nothing is left to do about it."""
        return self.status is CaseStatus.RESOLVED
