"""Decisions about cases: opened where reality and the plan disagree or where somebody asks, solved, and closed.

    open  --solve-->  solved  --resolve-->  resolved
      ^                  |                     |
      +---- the customer is not content, or a follow-up falls due (of a solved one)

Where a solution is owed (`SLA_MS`), a timer runs while the case is open. When it is over without a solution the case is
escalated, once; a customer who is not content starts it anew.
"""

from dataclasses import replace
from typing import Final

from dispatch.domain import case_commands as k
from dispatch.domain import events as e
from dispatch.domain.case import (
    ASKED,
    MAX_CASE_TEXT,
    MAX_NOTE,
    SLA_MS,
    Case,
    CaseKind,
    CaseStatus,
    Cause,
)
from dispatch.domain.errors import Conflict, InvalidInput, NotFound
from dispatch.domain.order import Order
from dispatch.domain.rating import Rating
from dispatch.domain.zone import Draft

MOST_OPEN_OF_ORDER: Final = 5
MOST_MINOR: Final = 10_000_000
"""Of a compensation: more is a slip of the pen."""
MOST_REOPENED: Final = 3
REOPENS_WITHIN_MS: Final = 72 * 3_600_000
FARTHEST_FOLLOW_UP_MS: Final = 30 * 24 * 3_600_000
LOW_STARS: Final = 2
_CAUSES_BY_REASON: Final = {
    "damaged": Cause.DAMAGED,
    "missing": Cause.MISSING,
    "wrong_place": Cause.ADDRESS,
    "rude": Cause.COURIER_CONDUCT,
    "late": Cause.LATE,
    "badly_informed": Cause.APP,
}
"""What a rating's reasons say of the root of it, the gravest first: a first guess, for support to correct."""


def open_case(draft: Draft, kind: CaseKind, order_id: str, courier_id: str, other_courier_id: str = "") -> None:
    """Put a case into the inbox, once: the same disagreement is not told again while it is open."""
    case_id = f"{kind}-{order_id}-{courier_id}"
    known = draft.base.cases.get(case_id)
    if known and not known.is_closed:
        return
    happened_at_ms = min(draft.device_at_ms or draft.now_ms, draft.now_ms)
    draft.emit(e.CaseChanged(Case(case_id, kind, order_id, courier_id, other_courier_id, draft.now_ms, happened_at_ms)))


def ask_case(draft: Draft, command: k.OpenCase) -> None:
    """Somebody wants an answer about an order. The same id once more changes nothing."""
    if command.case_id in draft.base.cases:
        return
    text, order = command.text.strip(), draft.order(command.order_id)
    if command.kind not in ASKED or not 0 < len(text) <= MAX_CASE_TEXT or not 0 <= command.wanted_minor <= MOST_MINOR:
        raise _bad_case()
    if len(_open_of(draft, order.id)) >= MOST_OPEN_OF_ORDER:
        raise Conflict("too_many_cases", f"An order has at most {MOST_OPEN_OF_ORDER} open cases; write to support.")
    asked = _asked(draft, command.case_id, command.kind, order)
    draft.emit(e.CaseChanged(replace(asked, text=text, opened_by=command.by, wanted_minor=command.wanted_minor)))


def note_low_rating(draft: Draft, order: Order, rating: Rating) -> None:
    """A bad rating is a case, once while that is open."""
    if rating.stars > LOW_STARS or any(case.kind is CaseKind.LOW_RATING for case in _open_of(draft, order.id)):
        return
    cause = next((cause for reason, cause in _CAUSES_BY_REASON.items() if reason in rating.reasons), "")
    case = _asked(draft, f"{CaseKind.LOW_RATING}-{order.id}-{draft.now_ms}", CaseKind.LOW_RATING, order)
    draft.emit(e.CaseChanged(replace(case, text=rating.text, cause=str(cause))))


def assign_case(draft: Draft, command: k.AssignCase) -> None:
    """Somebody looks after it; the same once more changes nothing."""
    case = _known(draft, command.case_id)
    _check_not_closed(case)
    if case.assignee != command.assignee:
        draft.emit(e.CaseChanged(replace(case, assignee=command.assignee)))


def solve_case(draft: Draft, command: k.SolveCase) -> None:
    """The customer is told a solution, and the timer stops. Another solution replaces it, the same one changes nothing.

    Whoever solves a case that nobody looks after looks after it from then on.
    """
    case, solution = _known(draft, command.case_id), command.solution.strip()
    if case.kind not in SLA_MS:
        raise Conflict("nothing_to_solve", "Nobody waits for an answer about this case; resolve it.")
    if not 0 < len(solution) <= MAX_CASE_TEXT or not 0 <= command.compensation_minor <= MOST_MINOR:
        raise InvalidInput("bad_solution", f"Say in 1 to {MAX_CASE_TEXT} characters what the customer is told.")
    _check_not_closed(case)
    told = (CaseStatus.SOLVED, solution, command.compensation_minor)
    if (case.status, case.solution, case.compensation_minor) == told:
        return
    solved = replace(
        _settled(case),
        status=CaseStatus.SOLVED,
        solution=solution,
        solved_at_ms=draft.now_ms,
        solved_by=command.by,
        compensation_minor=command.compensation_minor,
        assignee=case.assignee or command.by,
    )
    order = draft.base.orders.get(case.order_id)
    if order:  # whoever tells the customer may have forgotten an order that ended long ago
        draft.emit(e.OrderChanged(order, e.ANSWERED))
    draft.emit(e.CaseChanged(solved))


def follow_up(draft: Draft, command: k.FollowUpCase) -> None:
    """Somebody looks again later, or (0) not any more. What was due to be looked at is looked at by this."""
    case, note = _known(draft, command.case_id), command.note.strip()
    _check_not_closed(case)
    lies_ahead = draft.now_ms < command.at_ms <= draft.now_ms + FARTHEST_FOLLOW_UP_MS
    if (command.at_ms and not lies_ahead) or len(note) > MAX_NOTE:
        raise InvalidInput("bad_follow_up", "A follow-up lies ahead, within 30 days, with a short note.")
    planned = replace(case, follow_up_at_ms=command.at_ms, follow_up_note=note, follows_up=False)
    if case.follows_up and case.solution and not case.due_at_ms:
        planned = replace(planned, status=CaseStatus.SOLVED)
    if planned != case:
        draft.emit(e.CaseChanged(planned))


def reopen_case(draft: Draft, command: k.ReopenCase) -> None:
    """The customer is not content with the solution: it is open again, and a new one is owed as soon as the first was.

    A second time before there is a new one changes nothing.
    """
    case, text = _known(draft, command.case_id), command.text.strip()
    if case.order_id != command.order_id or not case.solution:
        raise NotFound("unknown_case", f"There is no case {command.case_id}.")
    if len(text) > MAX_CASE_TEXT:
        raise _bad_case()
    if case.due_at_ms:
        return
    if not may_reopen(case, draft.now_ms):
        raise Conflict("not_reopened", "This was answered for good; write to support if something new came up.")
    again = replace(
        case,
        status=CaseStatus.OPEN,
        text="\n".join(filter(None, (case.text, text))),
        due_at_ms=draft.now_ms + SLA_MS[case.kind],
        escalated_at_ms=0,
        follows_up=False,
        reopened=case.reopened + 1,
        resolution="",
        resolved_by="",
    )
    draft.emit(e.CaseChanged(again))


def may_reopen(case: Case, now_ms: int) -> bool:
    """Whether the customer can still say that the solution is none."""
    is_answered = bool(case.solution) and not case.due_at_ms
    return is_answered and case.reopened < MOST_REOPENED and now_ms <= case.solved_at_ms + REOPENS_WITHIN_MS


def is_told(case: Case) -> bool:
    """Whether the order's customer sees it: what they asked; of what the zone opened by itself, what has an answer."""
    return case.kind in SLA_MS and bool(case.opened_by or case.solution)


def is_awaited(case: Case, now_ms: int) -> bool:
    """Whether the customer waits for an answer, or got one of late."""
    return is_told(case) and (case.due_at_ms > 0 or now_ms <= case.solved_at_ms + REOPENS_WITHIN_MS)


def resolve_case(draft: Draft, command: k.ResolveCase) -> None:
    """Somebody has dealt with it; a second time changes nothing."""
    case = _known(draft, command.case_id)
    if not command.resolution.strip():
        raise InvalidInput("resolution_missing", "Say how the case was dealt with.")
    if command.cause and command.cause not in set(Cause):
        raise InvalidInput("unknown_cause", f"A cause is one of {', '.join(Cause)}.")
    if case.is_closed:
        return
    resolved = replace(
        _settled(case),
        status=CaseStatus.RESOLVED,
        resolution=command.resolution,
        resolved_by=command.by,
        cause=command.cause or case.cause,
        follow_up_at_ms=0,
    )
    draft.emit(e.CaseChanged(resolved))
    draft.emit(e.Overridden("resolve_case", case.order_id, case.courier_id, command.resolution))


def pass_time(draft: Draft) -> None:
    """What was owed by now is escalated, what was to be looked at again is open again; each once."""
    for case_id in draft.base.open_cases:
        case = draft.base.cases[case_id]
        rung = _rung(case, draft.now_ms)
        if rung is not case:
            draft.emit(e.CaseChanged(rung))


# --- parts ------------------------------------------------------------------------------------------------------


def _rung(case: Case, now_ms: int) -> Case:
    if 0 < case.due_at_ms <= now_ms and not case.escalated_at_ms:
        case = replace(case, escalated_at_ms=now_ms, escalations=case.escalations + 1)
    if 0 < case.follow_up_at_ms <= now_ms:
        case = replace(case, status=CaseStatus.OPEN, follow_up_at_ms=0, follows_up=True)
    return case


def _asked(draft: Draft, case_id: str, kind: CaseKind, order: Order) -> Case:
    now_ms = draft.now_ms
    return Case(case_id, kind, order.id, order.courier_id, "", now_ms, now_ms, due_at_ms=now_ms + SLA_MS[kind])


def _settled(case: Case) -> Case:
    """No timer runs any more. That it was escalated stays."""
    return replace(case, due_at_ms=0, follows_up=False)


def _open_of(draft: Draft, order_id: str) -> list[Case]:
    """The cases of an order that somebody waits for."""
    cases = (draft.base.cases[case_id] for case_id in draft.base.open_cases)
    return [case for case in cases if case.order_id == order_id and case.kind in SLA_MS]


def _bad_case() -> InvalidInput:
    return InvalidInput("bad_case", f"Say in 1 to {MAX_CASE_TEXT} characters what is wrong, and of which kind it is.")


def _known(draft: Draft, case_id: str) -> Case:
    case = draft.base.cases.get(case_id)
    if case is None:
        raise NotFound("unknown_case", f"There is no case {case_id}.")
    return case


def _check_not_closed(case: Case) -> None:
    if case.is_closed:
        raise Conflict("case_closed", "This case is closed.")
