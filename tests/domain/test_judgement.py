"""Was the human right: the measure, on orders whose ends are known."""

from dataclasses import replace

import pytest

from dispatch.domain.judgement import Judgement, Summary, Verdict, judge, summarise
from dispatch.domain.override import Effects, EtaEffect, Override, OverrideAction
from tests.support.zones import MINUTE_MS, NOON_MS

A = OverrideAction


def eta(without_min: float, with_min: float, actual_min: float, end: str = "delivered") -> EtaEffect:
    """An order promised within 20 minutes from noon; 0 minutes: not known."""
    without_ms, with_ms, actual_ms = (
        NOON_MS + round(minutes * MINUTE_MS) if minutes else 0 for minutes in (without_min, with_min, actual_min)
    )
    return EtaEffect("o1", NOON_MS + 20 * MINUTE_MS, without_ms, with_ms, actual_ms, end)


def override(*etas: EtaEffect, action: OverrideAction = A.ASSIGN, by: str = "dispatcher:ann") -> Override:
    """An override with these effects."""
    return Override("ov", action, ("o1",), "c1", "because", by, NOON_MS, 7, Effects(6, etas))


@pytest.mark.parametrize(
    ("etas", "wanted"),
    [
        ([eta(30, 15, 12)], Judgement(Verdict.BETTER, 1, 18.0, 15.0, 10.0)),
        ([eta(15, 12, 26)], Judgement(Verdict.WORSE, 1, -11.0, 3.0, -6.0)),
        ([eta(15, 12, 15.9)], Judgement(Verdict.SAME, 1, -0.9, 3.0, 0.0)),
        ([eta(30, 10, 10), eta(10, 14, 24)], Judgement(Verdict.BETTER, 2, 3.0, 8.0, 6.0)),
        ([eta(30, 10, 10), eta(10, 14, 0, "canceled")], Judgement(Verdict.BETTER, 1, 20.0, 20.0, 10.0)),
        ([eta(30, 10, 0, "")], Judgement(Verdict.OPEN)),
        ([eta(30, 10, 10), eta(30, 10, 0, "")], Judgement(Verdict.OPEN, 1)),
        ([eta(0, 10, 10)], Judgement(Verdict.UNJUDGED)),
        ([eta(30, 0, 60)], Judgement(Verdict.UNJUDGED)),
        ([], Judgement(Verdict.UNJUDGED)),
    ],
)
def test_the_measure(etas: list[EtaEffect], wanted: Judgement) -> None:
    """Mean minutes sooner than without, what was predicted, lateness saved; undelivered or held orders do not count."""
    assert judge(override(*etas)) == wanted


def test_what_was_taken_back_is_not_judged() -> None:
    """Whatever became of its orders."""
    assert judge(replace(override(eta(30, 10, 10)), undone_at_ms=NOON_MS)) == Judgement(Verdict.UNDONE)


def test_the_summary() -> None:
    """A row for each person and action: counts of each end, minutes as means over the judged, lateness in sum."""
    annas = [
        override(eta(30, 15, 10)),
        override(eta(15, 12, 25)),
        override(eta(15, 12, 15)),
        override(eta(9, 9, 0, "")),
    ]
    undone = replace(override(eta(30, 10, 10)), undone_at_ms=NOON_MS)
    bobs = override(eta(30, 15, 0, "canceled"), action=A.HOLD, by="dispatcher:bob")
    assert summarise([bobs, *annas, undone]) == [
        Summary("dispatcher:ann", "assign", 5, 1, 3, 1, 1, 1, 3.3, 7.0, 5.0),
        Summary("dispatcher:bob", "hold", 1, 0, 0, 0, 0, 0, 0.0, 0.0, 0.0),
    ]
    assert summarise([]) == []
