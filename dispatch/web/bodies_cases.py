"""HTTP bodies of cases: what staff and customers say in them, and what each of them sees."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from courier_protocol.live import CaseView
from dispatch.domain.case import MAX_CASE_TEXT, MAX_NOTE
from dispatch.domain.cases import MOST_MINOR
from dispatch.web.bodies import Body, Millis, Shown

Said = Annotated[str, Meta(min_length=1, max_length=MAX_CASE_TEXT)]
Money = Annotated[int, Meta(ge=0, le=MOST_MINOR)]
AskedKind = Literal["complaint", "question", "compensation"]
CauseWord = Literal[
    "late",
    "damaged",
    "missing",
    "wrong_item",
    "courier_conduct",
    "packing",
    "address",
    "stock",
    "app",
    "other",
]


class CasesShown(Shown):
    """Cases of a zone or an order, the newest first."""

    cases: list[CaseView]


class CaseBody(Body):
    """What somebody wants about an order, as staff have heard it; `wanted_minor` in the smallest unit of money."""

    order_id: Annotated[str, Meta(min_length=1, max_length=64)]
    kind: AskedKind
    text: Said
    wanted_minor: Money = 0


class SolutionBody(Body):
    """What the customer is told, and what the shop pays them, in the smallest unit of money."""

    solution: Said
    compensation_minor: Money = 0


class AssigneeBody(Body):
    """Who looks after the case: left out, whoever asks; empty, nobody."""

    assignee: Annotated[str, Meta(max_length=64)] | None = None


class FollowUpBody(Body):
    """When somebody looks at it again, business time, and why; 0: not any more."""

    at_ms: Millis
    note: Annotated[str, Meta(max_length=MAX_NOTE)] = ""


class ResolutionBody(Body):
    """How a case was dealt with, and what was at its root, where that is known."""

    resolution: Annotated[str, Meta(min_length=1, max_length=200)]
    cause: CauseWord | None = None


class CauseRow(Shown):
    """Cases of a kind with a cause (empty: not known yet), and how many of them had no solution in time."""

    kind: str
    cause: str
    cases: int
    escalated: int


class CausesShown(Shown):
    """Of the cases opened since then, business time."""

    zone: str
    since_ms: int
    causes: list[CauseRow]


# --- the customer -----------------------------------------------------------------------------------------------


class OwnCaseBody(Body):
    """What the customer wants about their own order."""

    kind: AskedKind
    text: Said
    wanted_minor: Money = 0


class NotSolvedBody(Body):
    """Why the customer is not content."""

    text: Annotated[str, Meta(max_length=MAX_CASE_TEXT)] = ""


class CaseTaken(Shown):
    """The case is in the inbox."""

    id: str


class OwnCase(Shown):
    """A case as the order's customer sees it; `text` is what they said, `due_at_ms` until when an answer is owed.

    `solution` is the last that they were told. `may_reopen`: they may say that it does not solve it.
    """

    id: str
    kind: str
    at_ms: int
    state: Literal["open", "answered", "closed"]
    text: str = ""
    due_at_ms: int = 0
    solution: str = ""
    solved_at_ms: int = 0
    compensation_minor: int = 0
    may_reopen: bool = False


class OwnCases(Shown):
    """The order's cases, the newest first; amounts are in the smallest unit of `currency` (ISO 4217; may be empty)."""

    cases: list[OwnCase] = msgspec.field(default_factory=list)
    currency: str = ""
