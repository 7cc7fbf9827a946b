"""What may be asked of a zone about cases; see `commands`."""

from dataclasses import dataclass

from dispatch.domain.case import CaseKind


@dataclass(frozen=True, slots=True)
class OpenCase:
    """Somebody (`by`: `customer`, or an actor) complains, asks, or wants compensation of `wanted_minor`."""

    case_id: str
    order_id: str
    kind: CaseKind
    text: str
    by: str
    wanted_minor: int = 0


@dataclass(frozen=True, slots=True)
class AssignCase:
    """A member of staff looks after a case from now on; empty: nobody in particular."""

    case_id: str
    assignee: str


@dataclass(frozen=True, slots=True)
class SolveCase:
    """Staff (`by`) propose a solution: what the customer is told, and what the shop pays them."""

    case_id: str
    solution: str
    by: str
    compensation_minor: int = 0


@dataclass(frozen=True, slots=True)
class FollowUpCase:
    """Somebody is to look again at `at_ms`, business time, and why; 0: not any more."""

    case_id: str
    at_ms: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class ReopenCase:
    """The customer of the order is not content with what they were told."""

    case_id: str
    order_id: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class ResolveCase:
    """Staff (`by`) have dealt with a case, and say how; and what was at its root, where that is known."""

    case_id: str
    resolution: str
    by: str = ""
    cause: str = ""


CaseCommand = OpenCase | AssignCase | SolveCase | FollowUpCase | ReopenCase | ResolveCase


def named_case(command: object) -> str:
    """The case that a command names, which may have been closed long ago; empty: none."""
    match command:
        case AssignCase() | SolveCase() | FollowUpCase() | ReopenCase() | ResolveCase():
            return command.case_id
        case _:
            return ""
