"""What can be asked of a zone about orders that no courier of ours brings, and about who brings an order."""

from dataclasses import dataclass
from enum import StrEnum

from dispatch.domain.fulfilment import Mode


@dataclass(frozen=True, slots=True)
class ChangeMode:
    """An order comes to its customer another way.

    `pin` is what the customer shows at the depot, where the order has none yet. `promise_at_ms` is what is promised
    from now on, where that is later (0: as before). `by` is the member of staff who decided it; empty: the customer
    themselves, for whom `seen_version` is the `wish_version` that they saw.
    """

    order_id: str
    mode: Mode
    reason: str = ""
    pin: str = ""
    promise_at_ms: int = 0
    by: str = ""
    seen_version: int | None = None


@dataclass(frozen=True, slots=True)
class HandOut:
    """The depot gives an order to its customer. `code` is what they show; None: the staff knows them without.

    `age_checked`: somebody has looked at a document for the customer's age.
    """

    order_id: str
    code: str | None = None
    age_checked: bool = False


@dataclass(frozen=True, slots=True)
class HandToCarrier:
    """The depot gives an order to a carrier; once more, with other words, it corrects what was said."""

    order_id: str
    carrier: str
    tracking_number: str
    tracking_url: str = ""


class CarrierSays(StrEnum):
    """What a carrier reports; `not_taken`: the goods are at their depot still, whatever was said before."""

    IN_TRANSIT = "in_transit"
    DELIVERED = "delivered"
    FAILED = "failed"
    RETURNED = "returned"
    NOT_TAKEN = "not_taken"


@dataclass(frozen=True, slots=True)
class ReportCarrier:
    """What became of an order that a carrier has; `at_ms` is when, by the carrier (0: now)."""

    order_id: str
    state: CarrierSays
    at_ms: int = 0
    note: str = ""


ModeCommand = ChangeMode | HandOut | HandToCarrier | ReportCarrier
