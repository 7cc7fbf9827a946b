"""What was at the root of cases: how many of each kind and cause, and how many were not solved in time. Pure."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from dispatch.application.csv_text import csv_text
from dispatch.domain.case import Case
from dispatch.domain.zone import ZoneState

MOST_CASES: Final = 50_000
MOST_DAYS: Final = 366


@dataclass(frozen=True, slots=True)
class CauseCount:
    """Cases of a kind with a cause (empty: not known yet), and how many of them were escalated."""

    kind: str
    cause: str
    cases: int
    escalated: int


def count_causes(cases: Iterable[Case]) -> list[CauseCount]:
    """The most frequent first."""
    found, late = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for case in cases:
        key = (case.kind.value, case.cause)
        found[key] += 1
        late[key] += case.escalations > 0
    return [
        CauseCount(*key, number, late[key]) for key, number in sorted(found.items(), key=lambda row: (-row[1], row[0]))
    ]


def standing(state: ZoneState) -> dict[str, int]:
    """How many cases wait: `open`, `late` (open, and escalated) and `solved` ones."""
    found = {"open": 0, "late": 0, "solved": 0}
    for case in map(state.cases.__getitem__, state.open_cases):
        is_late = case.due_at_ms > 0 and case.escalated_at_ms > 0
        found["late" if is_late else case.status.value] += 1
    return found


def causes_csv(counts: Iterable[CauseCount]) -> str:
    """The same as a table, with a heading."""
    heading = ("kind", "cause", "cases", "escalated")
    return csv_text([heading, *((each.kind, each.cause, str(each.cases), str(each.escalated)) for each in counts)])
