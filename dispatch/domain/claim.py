"""Claims: what customers ask for after a delivery, and how far that is. A return, an exchange, or a repair."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from dispatch.domain.order import Line


class ClaimKind(StrEnum):
    """What is asked for: the goods go back, others come for them, or they come back repaired."""

    RETURN = "return"
    EXCHANGE = "exchange"
    REPAIR = "repair"


class ClaimReason(StrEnum):
    """Why. All but `no_reason` are faults of ours."""

    NO_REASON = "no_reason"
    QUALITY = "quality"
    DAMAGED = "damaged"
    WRONG_ITEM = "wrong_item"


class ClaimStatus(StrEnum):
    """Where a claim stands.

    `requested`: somebody has to answer it. `approved`: a courier will fetch the goods. `collecting`: they are on their
    way to the depot, or lie there. `received`: the depot has looked at them, and other or repaired ones are to come.
    """

    REQUESTED = "requested"
    APPROVED = "approved"
    COLLECTING = "collecting"
    RECEIVED = "received"
    DONE = "done"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


CLOSED: Final = frozenset({ClaimStatus.DONE, ClaimStatus.REFUSED, ClaimStatus.WITHDRAWN})
"""Nothing more happens to it, unless a courier takes back that its last order was delivered."""
GIVEN_UP: Final = frozenset({ClaimStatus.REFUSED, ClaimStatus.WITHDRAWN})
"""What it was about can be claimed again."""
FETCHED: Final = frozenset({ClaimStatus.APPROVED, ClaimStatus.COLLECTING})
"""The goods are to come to the depot, or have come and nobody has looked at them."""


@dataclass(frozen=True, slots=True)
class ClaimedLine:
    """So many pieces of the order's line number `line` (from 0); `name` and `sku` as they stand there."""

    line: int
    quantity: int
    name: str = ""
    sku: str = ""


@dataclass(frozen=True, slots=True)
class ReceivedLine:
    """What came back of a line: pieces that lie in stock again (in lot `lot_id`), and pieces that were written off."""

    line: int
    restocked: int
    written_off: int
    lot_id: str = ""
    expires_at_ms: int = 0


@dataclass(frozen=True, slots=True)
class Visit:
    """When the customer can be visited, business epoch ms; 0 where they leave it open."""

    earliest_at_ms: int = 0
    latest_at_ms: int = 0


ANY_TIME: Final = Visit()


@dataclass(frozen=True, slots=True)
class Claim:
    """One claim about one delivered order. Times are business time in epoch ms; 0 means not yet.

    `answer_due_at_ms` is until when somebody has to answer it, and `escalated_at_ms` when nobody had by then. Its goods
    go to `depot_id`. `by` is the member of staff or the shop that asked for its customer; empty: they did so.
    `text` is the customer's, `answer` what they are told. `pickup_order_id` brings the goods to the depot,
    `delivery_order_id` brings the others, or the repaired ones; `rounds` counts how often such orders were made.
    `arrived_at_ms` and `brought_at_ms` are when they had. `replacement` is what an exchange brings.
    `changed_at_ms` is when it last changed.
    """

    id: str
    order_id: str
    kind: ClaimKind
    reason: ClaimReason
    lines: tuple[ClaimedLine, ...]
    at_ms: int
    answer_due_at_ms: int
    depot_id: str
    delivered_at_ms: int
    text: str = ""
    visit: Visit = ANY_TIME
    ref: str = ""
    placed_by: str = ""
    by: str = ""
    status: ClaimStatus = ClaimStatus.REQUESTED
    answer: str = ""
    answered_by: str = ""
    answered_at_ms: int = 0
    escalated_at_ms: int = 0
    rounds: int = 0
    pickup_order_id: str = ""
    delivery_order_id: str = ""
    arrived_at_ms: int = 0
    brought_at_ms: int = 0
    replacement: tuple[Line, ...] = ()
    received: tuple[ReceivedLine, ...] = ()
    received_at_ms: int = 0
    changed_at_ms: int = 0
