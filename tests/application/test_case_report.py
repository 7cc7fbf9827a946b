"""What was at the root of cases, counted."""

from dataclasses import replace

from dispatch.application.case_report import CauseCount, causes_csv, count_causes, standing
from dispatch.domain import case_commands as k
from dispatch.domain import commands as c
from dispatch.domain.case import Case, CaseKind, Cause
from tests.support.zones import MINUTE_MS, NOON_MS, ask, zone

CASE = Case("k1", CaseKind.COMPLAINT, "o1", "c1", "", 1, 1, cause=Cause.LATE)


def test_the_most_frequent_come_first() -> None:
    """By kind and cause; a case that was late twice is one late case; where nobody knows yet the cause is empty."""
    question = replace(CASE, kind=CaseKind.QUESTION, cause="")
    counts = count_causes([question, CASE, replace(CASE, escalations=2)])
    assert counts == [CauseCount("complaint", "late", 2, 1), CauseCount("question", "", 1, 0)]
    assert count_causes([]) == []


def test_how_many_cases_wait() -> None:
    """A late one is told as late until it is answered, also where it comes back later; what is closed is not told."""
    state = zone(orders=1)
    for n in range(4):
        ask(state, k.OpenCase(f"k{n}", "o1", CaseKind.QUESTION, "x", "customer"))
    ask(state, k.SolveCase("k0", "x", "ann"))
    ask(state, k.ResolveCase("k1", "x", "ann"))
    assert standing(state) == {"open": 2, "late": 0, "solved": 1}
    ask(state, c.PassTime(), NOON_MS + 120 * MINUTE_MS)
    assert standing(state) == {"open": 0, "late": 2, "solved": 1}
    later_ms = NOON_MS + 180 * MINUTE_MS
    ask(state, k.SolveCase("k2", "x", "ann"), later_ms)
    ask(state, k.FollowUpCase("k2", later_ms + 1), later_ms)
    ask(state, c.PassTime(), later_ms + 1)
    assert standing(state) == {"open": 1, "late": 1, "solved": 1}


def test_a_table_has_a_heading() -> None:
    """And a line for each."""
    assert causes_csv(count_causes([CASE])).splitlines() == ["\ufeffkind,cause,cases,escalated", "complaint,late,1,0"]
