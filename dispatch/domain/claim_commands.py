"""What may be asked of a zone after a delivery; see `commands`. Orders that are linked come ready made: the zone looks
at them as at any order, and links them to the claim.
"""

from dataclasses import dataclass

from dispatch.domain.claim import ANY_TIME, ClaimKind, ClaimReason, ReceivedLine, Visit
from dispatch.domain.claim_policy import ClaimPolicy
from dispatch.domain.order import Order


@dataclass(frozen=True, slots=True)
class RequestClaim:
    """A customer, or somebody for them (`by`), asks for something after a delivery. `lines` are (number of the order's
    line from 0, pieces).
    """

    claim_id: str
    order_id: str
    kind: ClaimKind
    reason: ClaimReason
    lines: tuple[tuple[int, int], ...]
    text: str = ""
    visit: Visit = ANY_TIME
    by: str = ""


@dataclass(frozen=True, slots=True)
class WithdrawClaim:
    """The customer does not want it any more."""

    claim_id: str


@dataclass(frozen=True, slots=True)
class LinkedOrder:
    """An order that is made for a claim. `hold` is why it must wait; empty: dispatch it."""

    order: Order
    hold: str = ""


@dataclass(frozen=True, slots=True)
class ApproveClaim:
    """Somebody (`by`) grants a claim: `pickup` fetches the goods, `delivery` brings others for them."""

    claim_id: str
    pickup: LinkedOrder
    delivery: LinkedOrder | None = None
    answer: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class RefuseClaim:
    """Somebody (`by`) does not grant a claim, and tells the customer why."""

    claim_id: str
    answer: str
    by: str = ""


@dataclass(frozen=True, slots=True)
class ReceiveClaim:
    """A depot has the goods and has looked at them. Until `promise_at_ms` an exchange's other goods are to be there."""

    claim_id: str
    lines: tuple[ReceivedLine, ...]
    promise_at_ms: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class SendForClaim:
    """What is owed leaves the depot: goods that were repaired, or others whose first delivery came to nothing."""

    claim_id: str
    delivery: LinkedOrder


@dataclass(frozen=True, slots=True)
class SetClaimPolicy:
    """The zone grants other things from now on. `base_version` is the one that was seen (None: whatever it is)."""

    policy: ClaimPolicy
    base_version: int | None = None
    reason: str = ""


ClaimCommand = RequestClaim | WithdrawClaim | ApproveClaim | RefuseClaim | ReceiveClaim | SendForClaim | SetClaimPolicy
