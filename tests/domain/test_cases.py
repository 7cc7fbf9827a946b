"""The inbox of support: who opens a case, until when a solution is owed, and what becomes of it."""

from dataclasses import replace

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from dispatch.domain import case_commands as k
from dispatch.domain import commands as c
from dispatch.domain import events as e
from dispatch.domain.apply import apply
from dispatch.domain.case import ASKED, MAX_CASE_TEXT, SLA_MS, Case, CaseKind, CaseStatus, Cause
from dispatch.domain.cases import (
    FARTHEST_FOLLOW_UP_MS,
    MOST_MINOR,
    MOST_OPEN_OF_ORDER,
    MOST_REOPENED,
    REOPENS_WITHIN_MS,
)
from dispatch.domain.errors import Conflict, DomainError, InvalidInput, NotFound
from dispatch.domain.invariants import violations
from dispatch.domain.route import StopKind
from dispatch.domain.zone import ZoneState, evolve
from tests.support.zones import MINUTE_MS, NOON_MS, ask, given, progress, zone

HOUR_MS = 60 * MINUTE_MS
DUE_MS = NOON_MS + 2 * HOUR_MS
K = CaseKind
COMPLAINT = k.OpenCase("k1", "o1", K.COMPLAINT, "The soup is cold.", "customer")


def delivered() -> ZoneState:
    """A zone whose order o1 was brought by c1."""
    state = zone(couriers=1, orders=1)
    given(state, "c1", "o1")
    for _ in range(2):
        progress(state, "c1", c.StopAction.COMPLETED)
    return state


def complained() -> ZoneState:
    """Its customer complains at noon."""
    state = delivered()
    ask(state, COMPLAINT)
    return state


def solved(at_ms: int = NOON_MS + HOUR_MS) -> ZoneState:
    """And is told a solution."""
    state = complained()
    ask(state, k.SolveCase("k1", "We pay the soup.", "ann", 1_200), at_ms)
    return state


def passed(state: ZoneState, at_ms: int) -> list[Case]:
    """The cases that the time alone has changed."""
    return [event.case for event in ask(state, c.PassTime(), at_ms) if isinstance(event, e.CaseChanged)]


# --- opening ----------------------------------------------------------------------------------------------------


def test_a_complaint_says_until_when_a_solution_is_owed() -> None:
    """Two hours, as of every kind that somebody asks; the same id a second time opens nothing."""
    state = complained()
    case = state.cases["k1"]
    assert (case.kind, case.text, case.opened_by, case.status) == (
        K.COMPLAINT, "The soup is cold.", "customer", CaseStatus.OPEN,
    )  # fmt: skip
    assert (case.courier_id, case.due_at_ms) == ("c1", DUE_MS)
    assert ask(state, replace(COMPLAINT, text="again")) == []
    assert {SLA_MS[kind] for kind in ASKED} == {2 * HOUR_MS} and not violations(state)


@pytest.mark.parametrize(
    "bad",
    [
        replace(COMPLAINT, text="  "),
        replace(COMPLAINT, text="x" * (MAX_CASE_TEXT + 1)),
        replace(COMPLAINT, kind=K.LOW_RATING),
        replace(COMPLAINT, kind=K.WRONG_PIN),
        replace(COMPLAINT, wanted_minor=-1),
        replace(COMPLAINT, wanted_minor=MOST_MINOR + 1),
    ],
    ids=["nothing", "too long", "a rating's", "a courier's", "negative", "too much"],
)
def test_what_is_no_case_is_refused(bad: k.OpenCase) -> None:
    """Only what somebody can ask, in a few words, and for a sum that can be meant."""
    with pytest.raises(InvalidInput):
        apply(delivered(), bad, NOON_MS)
    with pytest.raises(NotFound):
        apply(delivered(), replace(COMPLAINT, order_id="elsewhere"), NOON_MS)


def test_an_order_has_a_few_open_cases() -> None:
    """One that is closed makes room."""
    state = delivered()
    for number in range(MOST_OPEN_OF_ORDER):
        ask(state, replace(COMPLAINT, case_id=f"k{number}"))
    with pytest.raises(Conflict, match="at most"):
        ask(state, replace(COMPLAINT, case_id="one more"))
    ask(state, k.ResolveCase("k0", "answered on the phone", "ann"))
    assert ask(state, replace(COMPLAINT, case_id="one more"))


@pytest.mark.parametrize(
    ("reasons", "cause"), [((), ""), (("late", "damaged"), Cause.DAMAGED), (("late", "rude"), Cause.COURIER_CONDUCT)]
)
def test_a_low_rating_is_a_case_once_while_it_is_open(reasons: tuple[str, ...], cause: str) -> None:
    """One or two stars; the reasons say what is guessed to be at its root. Better ones open nothing."""
    state = delivered()
    ask(state, c.RateOrder("o1", 3, reasons))
    assert state.cases == {}
    ask(state, c.RateOrder("o1", 2, reasons, "雨"))
    ask(state, c.RateOrder("o1", 1, reasons))
    (case,) = state.cases.values()
    assert (case.kind, case.text, case.cause, case.due_at_ms) == (K.LOW_RATING, "雨", cause, DUE_MS)
    ask(state, k.ResolveCase(case.id, "called them", "ann"), NOON_MS + 1)
    ask(state, c.RateOrder("o1", 2, reasons), NOON_MS + 1)
    assert len(state.cases) == 2


# --- the timer --------------------------------------------------------------------------------------------------


def test_a_solution_that_is_late_is_escalated_exactly_once() -> None:
    """At the moment it is due, not before, and never again however much time passes."""
    state = complained()
    assert passed(state, DUE_MS - 1) == []
    (late,) = passed(state, DUE_MS)
    assert (late.escalated_at_ms, late.escalations, late.due_at_ms, late.status) == (
        DUE_MS, 1, DUE_MS, CaseStatus.OPEN,
    )  # fmt: skip
    assert passed(state, DUE_MS + 1) == passed(state, DUE_MS + 100 * HOUR_MS) == []


@pytest.mark.parametrize(
    "answer", [k.SolveCase("k1", "We pay.", "ann"), k.ResolveCase("k1", "a mistake", "ann")], ids=["solved", "closed"]
)
def test_an_answer_in_time_stops_the_timer(answer: c.Command) -> None:
    """Also for good."""
    state = complained()
    ask(state, answer, DUE_MS - 1)
    assert passed(state, DUE_MS) == passed(state, DUE_MS + 100 * HOUR_MS) == []
    assert state.cases["k1"].escalations == 0


def test_what_does_not_agree_waits_for_nobody() -> None:
    """A disagreement has no timer, and no customer to whom a solution could be told."""
    state = zone(couriers=1, orders=1)
    claim = c.ReportProgress("c1", "old", c.StopAction.COMPLETED, NOON_MS, "", ("o1",), StopKind.DROPOFF)
    ask(state, claim)
    (case,) = state.cases.values()
    assert passed(state, NOON_MS + 100 * HOUR_MS) == []
    with pytest.raises(Conflict, match="Nobody waits"):
        ask(state, k.SolveCase(case.id, "sorry", "ann"))


# --- solving ----------------------------------------------------------------------------------------------------


def test_a_solution_is_told_with_what_is_paid() -> None:
    """Whoever solves it looks after it; another solution replaces the first, the same one changes nothing."""
    state = solved()
    case = state.cases["k1"]
    assert (case.status, case.solution, case.solved_by, case.compensation_minor, case.assignee) == (
        CaseStatus.SOLVED, "We pay the soup.", "ann", 1_200, "ann",
    )  # fmt: skip
    assert (case.solved_at_ms, case.due_at_ms) == (NOON_MS + HOUR_MS, 0)
    assert ask(state, k.SolveCase("k1", "We pay the soup.", "bob", 1_200)) == []
    ask(state, k.SolveCase("k1", "We pay all of it.", "bob", 3_000))
    assert (state.cases["k1"].solution, state.cases["k1"].assignee) == ("We pay all of it.", "ann")
    for bad in (k.SolveCase("k1", " ", "ann"), k.SolveCase("k1", "x", "ann", -1)):
        with pytest.raises(InvalidInput):
            ask(state, bad)


def test_a_customer_who_is_not_content_starts_the_timer_anew() -> None:
    """What they add is kept; asking twice changes nothing; being late again is escalated again."""
    state = solved()
    again_ms = NOON_MS + 2 * HOUR_MS
    ask(state, k.ReopenCase("k1", "o1", "The soup was for six."), again_ms)
    case = state.cases["k1"]
    assert (case.status, case.due_at_ms, case.reopened) == (CaseStatus.OPEN, again_ms + 2 * HOUR_MS, 1)
    assert case.text == "The soup is cold.\nThe soup was for six."
    assert ask(state, k.ReopenCase("k1", "o1"), again_ms + 1) == []
    (late,) = passed(state, again_ms + 2 * HOUR_MS)
    assert late.escalations == 1 and not violations(state)


def test_a_closed_case_is_reopened_by_its_customer_within_a_limit() -> None:
    """Three times, and within three days of the last answer; by the link of its own order only."""
    state = solved()
    for _ in range(MOST_REOPENED):
        ask(state, k.ResolveCase("k1", "done", "ann", "late"), NOON_MS + HOUR_MS)
        ask(state, k.ReopenCase("k1", "o1"), NOON_MS + HOUR_MS)
        assert (state.cases["k1"].status, state.cases["k1"].resolution) == (CaseStatus.OPEN, "")
        ask(state, k.SolveCase("k1", "Sorry.", "ann"), NOON_MS + HOUR_MS)
    with pytest.raises(Conflict, match="for good"):
        ask(state, k.ReopenCase("k1", "o1"), NOON_MS + HOUR_MS)
    with pytest.raises(Conflict, match="for good"):
        ask(solved(), k.ReopenCase("k1", "o1"), NOON_MS + HOUR_MS + REOPENS_WITHIN_MS + 1)
    with pytest.raises(InvalidInput):
        ask(solved(), k.ReopenCase("k1", "o1", "x" * (MAX_CASE_TEXT + 1)))
    for unknown in (k.ReopenCase("k1", "o2"), k.ReopenCase("k2", "o1")):
        with pytest.raises(NotFound):
            ask(solved(), unknown)
    with pytest.raises(NotFound):
        ask(complained(), k.ReopenCase("k1", "o1"))


# --- following up, closing --------------------------------------------------------------------------------------


def test_a_follow_up_falls_due_once() -> None:
    """The solved case is open again, without a timer; looking again later puts it back among the solved."""
    state, tomorrow_ms = solved(), NOON_MS + 24 * HOUR_MS
    ask(state, k.FollowUpCase("k1", tomorrow_ms, "Was the money paid?"))
    assert passed(state, tomorrow_ms - 1) == []
    (due,) = passed(state, tomorrow_ms)
    assert (due.status, due.follows_up, due.follow_up_at_ms, due.due_at_ms) == (CaseStatus.OPEN, True, 0, 0)
    assert due.follow_up_note == "Was the money paid?"
    assert passed(state, tomorrow_ms + 100 * HOUR_MS) == []
    ask(state, k.FollowUpCase("k1", tomorrow_ms + HOUR_MS), tomorrow_ms)
    assert (state.cases["k1"].status, state.cases["k1"].follows_up) == (CaseStatus.SOLVED, False)
    ask(state, k.FollowUpCase("k1", 0), tomorrow_ms)
    assert passed(state, tomorrow_ms + 2 * HOUR_MS) == [] and not violations(state)


def test_a_follow_up_lies_ahead() -> None:
    """And not for ever; of a closed case there is none."""
    state = complained()
    for at_ms in (NOON_MS, NOON_MS - 1, NOON_MS + FARTHEST_FOLLOW_UP_MS + 1):
        with pytest.raises(InvalidInput):
            ask(state, k.FollowUpCase("k1", at_ms))
    with pytest.raises(InvalidInput):
        ask(state, k.FollowUpCase("k1", NOON_MS + 1, "x" * 201))
    ask(state, k.FollowUpCase("k1", NOON_MS + HOUR_MS))
    ask(state, k.ResolveCase("k1", "done", "ann"))
    assert passed(state, NOON_MS + 2 * HOUR_MS) == [] and not violations(state)
    for closed in (k.FollowUpCase("k1", NOON_MS + 1), k.AssignCase("k1", "bob"), k.SolveCase("k1", "Sorry.", "ann")):
        with pytest.raises(Conflict, match="closed"):
            ask(state, closed)


def test_an_open_case_that_is_followed_up_still_owes_a_solution() -> None:
    """Both fall due in one step of time, each once."""
    state = complained()
    ask(state, k.FollowUpCase("k1", NOON_MS + HOUR_MS, "call again"))
    (both,) = passed(state, DUE_MS + 1)
    assert both.follows_up and both.escalated_at_ms == DUE_MS + 1
    ask(state, k.FollowUpCase("k1", 0), DUE_MS + 2)
    assert (state.cases["k1"].status, state.cases["k1"].due_at_ms) == (CaseStatus.OPEN, DUE_MS)


def test_somebody_looks_after_a_case() -> None:
    """The same name changes nothing; it can be given back."""
    state = complained()
    assert len(ask(state, k.AssignCase("k1", "bob"))) == 1
    assert ask(state, k.AssignCase("k1", "bob")) == []
    ask(state, k.AssignCase("k1", ""))
    assert state.cases["k1"].assignee == ""
    with pytest.raises(NotFound):
        ask(state, k.AssignCase("unknown", "bob"))


def test_a_case_is_closed_with_its_cause() -> None:
    """A cause that was guessed stays unless another is named; words of one's own are none."""
    state = delivered()
    ask(state, c.RateOrder("o1", 1, ("late",)))
    ask(state, COMPLAINT)
    low = next(case_id for case_id, case in state.cases.items() if case.kind is K.LOW_RATING)
    ask(state, k.ResolveCase(low, "called them", "ann"))
    ask(state, k.ResolveCase("k1", "paid", "ann", "packing"))
    assert (state.cases[low].cause, state.cases["k1"].cause) == (Cause.LATE, Cause.PACKING)
    with pytest.raises(InvalidInput, match="one of late"):
        ask(complained(), k.ResolveCase("k1", "paid", "ann", "the weather"))


def test_an_erased_customer_is_erased_from_their_cases() -> None:
    """What was said goes; that there was a case, and its cause, stays."""
    state = solved()
    ask(state, k.FollowUpCase("k1", NOON_MS + 2 * HOUR_MS, "call Ms. Li"))
    ask(state, c.ErasePeople(("o1",), (), "asked"))
    case = state.cases["k1"]
    assert case.text == case.solution == case.follow_up_note == ""
    assert (case.kind, case.compensation_minor) == (K.COMPLAINT, 1_200)


# --- histories --------------------------------------------------------------------------------------------------

STEPS = st.one_of(
    st.builds(k.OpenCase, st.sampled_from(["k1", "k2"]), st.just("o1"), st.sampled_from(sorted(ASKED)), st.just("x"),
              st.just("customer")),
    st.builds(k.SolveCase, st.sampled_from(["k1", "k2"]), st.sampled_from(["a", "b"]), st.just("ann")),
    st.builds(k.ReopenCase, st.sampled_from(["k1", "k2"]), st.just("o1")),
    st.builds(k.FollowUpCase, st.sampled_from(["k1", "k2"]), st.sampled_from([0, NOON_MS + 3 * HOUR_MS])),
    st.builds(k.ResolveCase, st.sampled_from(["k1", "k2"]), st.just("done"), st.just("ann")),
    st.builds(c.RateOrder, st.just("o1"), st.integers(1, 5)),
    st.just(c.PassTime()),
)  # fmt: skip


@for_all(st.lists(st.tuples(STEPS, st.integers(0, 90)), max_size=40))
def test_whatever_happens_a_late_solution_is_told_once_for_each_time_it_was_owed(
    steps: list[tuple[c.Command, int]],
) -> None:
    """In any history: as often as a case was opened or opened anew at most, never before its time, and after time has
    passed nothing is late without being told so.
    """
    state, now_ms = delivered(), NOON_MS
    for command, minutes in steps:
        now_ms += minutes * MINUTE_MS
        try:
            events = apply(state, command, now_ms)
        except DomainError:
            continue
        for event in events:
            before = state.cases.get(event.case.id) if isinstance(event, e.CaseChanged) else None
            evolve(state, event)
            if isinstance(event, e.CaseChanged) and before and event.case.escalations > before.escalations:
                assert before.due_at_ms <= now_ms and not before.escalated_at_ms
        assert not violations(state)
    for case in state.cases.values():
        assert case.escalations <= 1 + case.reopened
    ask(state, c.PassTime(), now_ms)
    open_cases = [case for case in state.cases.values() if case.status is CaseStatus.OPEN and case.due_at_ms]
    assert all(bool(case.escalated_at_ms) == (case.due_at_ms <= now_ms) for case in open_cases)
