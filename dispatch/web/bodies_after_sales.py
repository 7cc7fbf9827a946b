"""What goes over the wire about claims after a delivery; see `bodies`."""

from typing import Annotated, Literal

from msgspec import Meta, field

from dispatch.web.bodies import Body, Id, LineBody, Millis, Reason, Shown, Zone
from dispatch.web.bodies_stock import LotId

Kind = Literal["return", "exchange", "repair"]
Why = Literal["no_reason", "quality", "damaged", "wrong_item"]
Status = Literal["requested", "approved", "collecting", "received", "done", "refused", "withdrawn"]
Words = Annotated[str, Meta(max_length=1_000)]
Number = Annotated[int, Meta(ge=0, le=9_999)]
Count = Annotated[int, Meta(ge=1, le=100_000)]
Pieces = Annotated[int, Meta(ge=0, le=100_000)]
Days = Annotated[int, Meta(ge=0, le=1_100)]
MAX_LINES = 100


class ClaimedLineBody(Body):
    """So many pieces of the order's line number `line`, counted from 0."""

    line: Number
    quantity: Count


class ClaimBody(Body):
    """What is asked for. `earliest_at_ms` to `latest_at_ms` is when somebody is there for the courier; 0: any time."""

    kind: Kind
    reason: Why
    lines: Annotated[list[ClaimedLineBody], Meta(min_length=1, max_length=MAX_LINES)]
    text: Words = ""
    earliest_at_ms: Millis = 0
    latest_at_ms: Millis = 0


class ClaimForBody(ClaimBody, kw_only=True):
    """What is asked for on behalf of a customer, of this order."""

    order_id: Annotated[str, Meta(min_length=1, max_length=64)]


class ApproveBody(Body):
    """It is granted. `depot_id`: where the goods go (left out: where they came from); `replacement`: what is exchanged
    for them (left out: the same goods). `answer` is told to the customer.
    """

    answer: Words = ""
    depot_id: Id | None = None
    replacement: Annotated[list[LineBody], Meta(max_length=MAX_LINES)] | None = None


class RefuseBody(Body):
    """It is not granted, and the customer is told why."""

    answer: Annotated[str, Meta(min_length=1, max_length=1_000)]


class ReceivedLineBody(Body):
    """What came back of a line: pieces for the stock (in this lot), and pieces that are no good any more."""

    line: Number
    restocked: Pieces = 0
    written_off: Pieces = 0
    lot: LotId = ""
    expires_at_ms: Millis = 0


class ReceiveBody(Body):
    """A depot has the goods. What is not named here did not come."""

    lines: Annotated[list[ReceivedLineBody], Meta(max_length=MAX_LINES)] = field(default_factory=list)
    note: Annotated[str, Meta(max_length=150)] = ""


class NothingBody(Body):
    """Nothing more is to be said."""


class RuleBody(Body):
    """For how many days after the delivery goods of a category may be claimed; 0: never. Category empty: all others."""

    category: Annotated[str, Meta(max_length=100)] = ""
    no_reason_days: Days = 7
    fault_days: Days = 15
    repair_days: Days = 365


class PolicyBody(Body):
    """What a zone grants. `expected_version` is the one that was seen; left out: whatever it is."""

    rules: Annotated[list[RuleBody], Meta(min_length=1, max_length=200)]
    reason: Reason
    expected_version: Annotated[int, Meta(ge=0, le=2**53 - 1)] | None = None
    zone: Zone = "default"


class RuleShown(Shown):
    """See `RuleBody`."""

    category: str
    no_reason_days: int
    fault_days: int
    repair_days: int


class PolicyShown(Shown):
    """What a zone grants; `version` counts the changes."""

    version: int
    rules: list[RuleShown]
    zone: str


class ClaimedLineShown(Shown):
    """What is claimed of a line, and what came back of it."""

    line: int
    name: str
    sku: str
    quantity: int
    restocked: int = 0
    written_off: int = 0


class ClaimShown(Shown, omit_defaults=True):
    """A claim as staff and its shop see it. Times are business epoch ms; 0 or left out: not yet."""

    id: str
    order_id: str
    kind: Kind
    reason: Why
    status: Status
    lines: list[ClaimedLineShown]
    at_ms: int
    answer_due_at_ms: int
    depot_id: str
    zone: str
    delivered_at_ms: int
    ref: str = ""
    text: str = ""
    earliest_at_ms: int = 0
    latest_at_ms: int = 0
    by: str = ""
    answer: str = ""
    answered_by: str = ""
    answered_at_ms: int = 0
    escalated_at_ms: int = 0
    pickup_order_id: str = ""
    delivery_order_id: str = ""
    arrived_at_ms: int = 0
    received_at_ms: int = 0
    brought_at_ms: int = 0
    changed_at_ms: int = 0


class ClaimPage(Shown, omit_defaults=True):
    """Claims, the newest first; `before` asks for the next page."""

    claims: list[ClaimShown]
    before: str = ""


class OptionShown(Shown):
    """What can be claimed, why, and until when."""

    kind: Kind
    reason: Why
    until_ms: int


class ClaimableShown(Shown):
    """A line of the order: pieces that were delivered, those that can still be claimed, and for what."""

    line: int
    name: str
    quantity: int
    left: int
    options: list[OptionShown]


class MyLineShown(Shown):
    """What the customer claims of a line."""

    line: int
    name: str
    quantity: int


class MyClaimShown(Shown, omit_defaults=True):
    """A claim as its customer sees it. The addresses are of the pages on which the linked orders are followed."""

    id: str
    kind: Kind
    reason: Why
    status: Status
    lines: list[MyLineShown]
    at_ms: int
    answer_due_at_ms: int
    text: str = ""
    answer: str = ""
    earliest_at_ms: int = 0
    latest_at_ms: int = 0
    arrived_at_ms: int = 0
    may_withdraw: bool = False
    pickup_url: str = ""
    delivery_url: str = ""


class ClaimableOrder(Shown):
    """What may be claimed of a delivered order, line by line."""

    order_id: str
    now_ms: int
    lines: list[ClaimableShown]


class AfterSalesShown(Shown):
    """What the customer of a delivered order may claim, and what they have claimed. Nothing of where they live."""

    order_id: str
    ref: str
    delivered_at_ms: int
    now_ms: int
    lines: list[ClaimableShown]
    claims: list[MyClaimShown]
