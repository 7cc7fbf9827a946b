"""Decisions about cases: opened where reality and the plan disagree, closed by a dispatcher."""

from dataclasses import replace

from dispatch.domain import commands as c
from dispatch.domain import events as e
from dispatch.domain.case import Case, CaseKind, CaseStatus
from dispatch.domain.errors import InvalidInput, NotFound
from dispatch.domain.zone import Draft


def open_case(draft: Draft, kind: CaseKind, order_id: str, courier_id: str, other_courier_id: str = "") -> None:
    """Put a case into the dispatchers' inbox, once: the same disagreement is not told again while it is open."""
    case_id = f"{kind}-{order_id}-{courier_id}"
    known = draft.base.cases.get(case_id)
    if known and known.status is CaseStatus.OPEN:
        return
    happened_at_ms = min(draft.device_at_ms or draft.now_ms, draft.now_ms)
    draft.emit(e.CaseChanged(Case(case_id, kind, order_id, courier_id, other_courier_id, draft.now_ms, happened_at_ms)))


def resolve_case(draft: Draft, command: c.ResolveCase) -> None:
    """A dispatcher has dealt with it; a second time changes nothing."""
    case = draft.base.cases.get(command.case_id)
    if case is None:
        raise NotFound("unknown_case", f"There is no case {command.case_id}.")
    if not command.resolution.strip():
        raise InvalidInput("resolution_missing", "Say how the case was dealt with.")
    if case.status is CaseStatus.RESOLVED:
        return
    resolved = replace(case, status=CaseStatus.RESOLVED, resolution=command.resolution, resolved_by=command.by)
    draft.emit(e.CaseChanged(resolved))
    draft.emit(e.Overridden("resolve_case", case.order_id, case.courier_id, command.resolution))
