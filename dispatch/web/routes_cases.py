"""The inbox of support over HTTP: cases are listed, opened, given to somebody, solved, looked at again and closed."""

import asyncio
import uuid

from starlette.responses import Response

from dispatch.application.access import Resource, allow
from dispatch.application.case_report import MOST_CASES, MOST_DAYS, causes_csv, count_causes
from dispatch.application.narrowed import own_order
from dispatch.application.ports import CaseQuery, Reply
from dispatch.application.views import case_view
from dispatch.domain.case import Case, CaseKind, CaseStatus
from dispatch.domain.case_commands import (
    AssignCase,
    CaseCommand,
    FollowUpCase,
    OpenCase,
    ResolveCase,
    SolveCase,
)
from dispatch.domain.errors import NotFound
from dispatch.domain.order import Order
from dispatch.web.bodies_cases import CasesShown, CauseRow, CausesShown
from dispatch.web.call import Answer, Call
from dispatch.web.depot_limits import check_depots
from dispatch.web.problems import Problem, refusal
from dispatch.web.requests import ask, idempotency_key, pending, request_id, subject_mark

DAY_MS = 24 * 3_600_000
MOST_OF_ORDER = 200
CSV = "text/csv"


async def list_cases(call: Call) -> Answer:
    """`GET /v1/cases`: what is not closed, and what was opened in the last hours; of one `order`, everything."""
    status, order_id = call.query("status"), call.query("order")
    if status and status not in set(CaseStatus):
        raise Problem(422, "bad_parameter", f"The parameter status is one of {', '.join(CaseStatus)}.")
    if order_id:
        zone_id = await _zone_of(call, order_id)
        found = await call.services.store.list_cases(zone_id, CaseQuery(order_id, limit=MOST_OF_ORDER))
        known = [case for case in found if isinstance(case, Case)]
    else:
        hub = call.zone(call.query("zone", "default"))
        cases, depots = hub.replica.state.cases.values(), call.subject.depots
        is_own = own_order(hub.replica.state, depots)
        known = sorted((c for c in cases if not depots or is_own(c.order_id)), key=lambda case: -case.at_ms)
    return Answer(CasesShown(cases=[case_view(case) for case in known if status in ("", case.status)]))


async def _zone_of(call: Call, order_id: str) -> str:
    """The zone of an order, however long ago it ended, if the caller may. Raises `NotFound`."""
    found = await call.services.store.find_order(order_id)
    if found is None or not isinstance(found[1], Order):
        raise NotFound("unknown_order", f"There is no order {order_id}.")
    allow(call.subject, call.action, Resource(found[0], found[1].placed_by, found[1].depot_id))
    return found[0]


async def read_causes(call: Call) -> Answer | Response:
    """`GET /v1/cases/causes`: of the cases opened in the last `days`; `format=csv` as a table."""
    hub, days = call.zone(call.query("zone", "default")), max(1, call.query_int("days", 30, MOST_DAYS))
    shape = call.query("format", "json")
    if shape not in ("json", "csv"):
        raise Problem(422, "bad_parameter", "The parameter format is json or csv.")
    since_ms = call.services.clock.now_ms() - days * DAY_MS
    found = await call.services.store.list_cases(hub.zone_id, CaseQuery(since_ms=since_ms, limit=MOST_CASES))
    counts = await asyncio.to_thread(count_causes, [case for case in found if isinstance(case, Case)])
    if shape == "csv":
        headers = {"Content-Disposition": 'attachment; filename="causes.csv"'}
        return Response(causes_csv(counts), 200, headers, f"{CSV}; charset=utf-8")
    rows = [CauseRow(kind=c.kind, cause=c.cause, cases=c.cases, escalated=c.escalated) for c in counts]
    return Answer(CausesShown(zone=hub.zone_id, since_ms=since_ms, causes=rows))


# --- what is done about a case ----------------------------------------------------------------------------------


async def open_case(call: Call) -> Answer:
    """`POST /v1/cases`, for an order's customer; the same Idempotency-Key opens one."""
    body, zone_id = call.body, await _zone_of(call, call.body.order_id)
    asked = request_id(call.subject, "cases", idempotency_key(call), body).id
    case_id = f"case-{asked}"[:64]
    command = OpenCase(case_id, body.order_id, CaseKind(body.kind), body.text, call.subject.actor, body.wanted_minor)
    return await _answer(call, zone_id, asked, command, 201)


async def solve_case(call: Call) -> Answer:
    """`POST /v1/cases/{id}:solve`."""
    command = SolveCase(call.path("id"), call.body.solution, call.subject.id, call.body.compensation_minor)
    return await _asked(call, command)


async def assign_case(call: Call) -> Answer:
    """`POST /v1/cases/{id}:assign`."""
    to = call.body.assignee
    return await _asked(call, AssignCase(call.path("id"), call.subject.id if to is None else to))


async def follow_up(call: Call) -> Answer:
    """`POST /v1/cases/{id}:follow-up`."""
    return await _asked(call, FollowUpCase(call.path("id"), call.body.at_ms, call.body.note))


async def resolve_case(call: Call) -> Answer:
    """`POST /v1/cases/{id}/resolve`. Resolving twice changes nothing."""
    body = call.body
    return await _asked(call, ResolveCase(call.path("id"), body.resolution, call.subject.id, body.cause or ""))


async def _asked(call: Call, command: CaseCommand) -> Answer:
    zone_id = call.query("zone", "default")
    hub = call.zone(zone_id)
    if call.subject.depots:
        case = hub.replica.state.cases.get(command.case_id)
        if case is None:
            raise NotFound("unknown_case", f"There is no case {command.case_id} under way.")
        await check_depots(call, [case.order_id])
    return await _answer(call, zone_id, f"{subject_mark(call.subject)}-{uuid.uuid4().hex}", command)


async def _answer(call: Call, zone_id: str, asked: str, command: CaseCommand, status: int = 200) -> Answer:
    """The case as it now stands; 202 when the zone does not answer in time. Raises `Problem`."""
    reply: Reply | None = await ask(call, zone_id, asked, command)
    if reply is None:
        return pending(command.case_id, zone_id, asked)
    if not reply.ok:
        raise refusal(reply)
    case = await call.services.store.find_case(zone_id, command.case_id)
    if not isinstance(case, Case):
        raise NotFound("unknown_case", f"There is no case {command.case_id}.")
    return Answer(case_view(case), status)
