"""The dispatchers' inbox of cases over HTTP."""

import uuid

from dispatch.application.ports import Reply
from dispatch.application.views import case_view
from dispatch.domain.case import Case, CaseStatus
from dispatch.domain.commands import ResolveCase
from dispatch.domain.errors import NotFound
from dispatch.web.bodies_desk import CasesShown
from dispatch.web.call import Answer, Call
from dispatch.web.problems import Problem, refusal
from dispatch.web.requests import ask, pending, subject_mark


async def list_cases(call: Call) -> Answer:
    """`GET /v1/cases`: the open ones, and those that were resolved in the last hours."""
    hub, status = call.zone(call.query("zone", "default")), call.query("status")
    if status and status not in set(CaseStatus):
        raise Problem(422, "bad_parameter", f"The parameter status is one of {', '.join(CaseStatus)}.")
    cases = [case for case in hub.replica.state.cases.values() if status in ("", case.status)]
    return Answer(CasesShown(cases=[case_view(case) for case in sorted(cases, key=lambda case: -case.at_ms)]))


async def resolve_case(call: Call) -> Answer:
    """`POST /v1/cases/{id}/resolve`. Resolving twice changes nothing."""
    zone_id, case_id = call.query("zone", "default"), call.path("id")
    call.zone(zone_id)
    asked = f"{subject_mark(call.subject)}-{uuid.uuid4().hex}"
    reply = await ask(call, zone_id, asked, ResolveCase(case_id, call.body.resolution, call.subject.id))
    if reply is None:
        return pending(case_id, zone_id, asked)
    return Answer(case_view(await _decided(call, zone_id, case_id, reply)))


async def _decided(call: Call, zone_id: str, case_id: str, reply: Reply) -> Case:
    if not reply.ok:
        raise refusal(reply)
    case = await call.services.store.find_case(zone_id, case_id)
    if not isinstance(case, Case):
        raise NotFound("unknown_case", f"There is no case {case_id}.")
    return case
