"""What a customer says about their own order over HTTP, and what they were answered: by the link, or by whoever placed
the order for them and passes on what they say.
"""

import math
from hashlib import sha256

import msgspec

from dispatch.application.hub import ZoneHub
from dispatch.application.ports import CaseQuery, Reply, Request
from dispatch.domain.case import Case, CaseKind
from dispatch.domain.case_commands import OpenCase, ReopenCase
from dispatch.domain.cases import is_told, may_reopen
from dispatch.domain.order import Order
from dispatch.web.auth import link_hash
from dispatch.web.bodies_cases import CaseTaken, OwnCase, OwnCases
from dispatch.web.call import Answer, Call
from dispatch.web.problems import Problem, refusal
from dispatch.web.requests import ANSWER_WITHIN_S, ask, idempotency_key, request_id
from dispatch.web.routes_orders import own_order
from dispatch.web.services import hub_of
from dispatch.web.tracking_links import find_tracked

BY_CUSTOMER = "customer"
MOST_SHOWN = 50


async def list_own_cases(call: Call) -> Answer:
    """`GET /v1/track/{token}/cases`."""
    hub, order = await _own(call, changes=False)
    return await _told(call, hub, order)


async def list_order_cases(call: Call) -> Answer:
    """`GET /v1/orders/{id}/cases`: as the order's customer sees them."""
    zone_id, order = await own_order(call)
    return await _told(call, hub_of(call.services, zone_id), order)


async def _told(call: Call, hub: ZoneHub, order: Order) -> Answer:
    found = await call.services.store.list_cases(hub.zone_id, CaseQuery(order.id, limit=MOST_SHOWN))
    now_ms = call.services.clock.now_ms()
    cases = [_shown(case, now_ms) for case in found if isinstance(case, Case) and is_told(case)]
    return Answer(OwnCases(cases=cases, currency=hub.pay.currency))


async def open_own_case(call: Call) -> Answer:
    """`POST /v1/track/{token}/cases`: the same Idempotency-Key opens one."""
    hub, order = await _own(call, changes=True)
    asked, body = _request_id(call, "cases"), call.body
    command = OpenCase(f"case-{asked}", order.id, CaseKind(body.kind), body.text, BY_CUSTOMER, body.wanted_minor)
    return await _answer(call, hub, asked, command)


async def reopen_own_case(call: Call) -> Answer:
    """`POST /v1/track/{token}/cases/{id}:not-solved`. Saying it twice changes nothing."""
    hub, order = await _own(call, changes=True)
    case_id = call.path("id")
    return await _answer(call, hub, _request_id(call, case_id), ReopenCase(case_id, order.id, call.body.text))


async def report_case(call: Call) -> Answer:
    """`POST /v1/orders/{id}/cases`: what the customer says, also long after the order's link is over."""
    (zone_id, order), body = await own_order(call), call.body
    asked = request_id(call.subject, f"orders/{order.id}/cases", idempotency_key(call), body).id
    command = OpenCase(f"case-{asked}"[:64], order.id, CaseKind(body.kind), body.text, BY_CUSTOMER, body.wanted_minor)
    return _taken(await ask(call, zone_id, asked, command), command)


async def reopen_case(call: Call) -> Answer:
    """`POST /v1/orders/{id}/cases/{case}:not-solved`."""
    zone_id, order = await own_order(call)
    command = ReopenCase(call.path("case"), order.id, call.body.text)
    route = f"orders/{order.id}/cases/{command.case_id}"
    asked = request_id(call.subject, route, idempotency_key(call), call.body).id
    return _taken(await ask(call, zone_id, asked, command), command)


async def _own(call: Call, *, changes: bool) -> tuple[ZoneHub, Order]:
    """The hub and the order of the link. Raises `NotFound`, `LinkExpired`, and `Problem` 429 to whoever asks a lot."""
    link, limits = call.path("token"), call.services.link_limits
    hub, order = await find_tracked(call.services, link)
    wait_s = await (limits.change(link_hash(link)) if changes else limits.look(link_hash(link)))
    if wait_s:
        sentence = "Too much was asked for by this link; wait a moment, then try again."
        raise Problem(429, "too_many_requests", sentence, headers={"Retry-After": str(math.ceil(wait_s))})
    return hub, order


def _request_id(call: Call, what: str) -> str:
    told = (link_hash(call.path("token")), what, idempotency_key(call), msgspec.json.encode(call.body).decode())
    return f"t-{sha256(chr(0).join(told).encode()).hexdigest()[:48]}"


async def _answer(call: Call, hub: ZoneHub, asked: str, command: OpenCase | ReopenCase) -> Answer:
    request = Request(asked, f"{BY_CUSTOMER}:{command.order_id}", command)
    return _taken(await call.services.bus.ask(hub.zone_id, request, ANSWER_WITHIN_S), command)


def _taken(reply: Reply | None, command: OpenCase | ReopenCase) -> Answer:
    if reply and not reply.ok:
        raise refusal(reply)
    return Answer(CaseTaken(id=command.case_id), 201 if reply else 202)


def _shown(case: Case, now_ms: int) -> OwnCase:
    """What staff wrote down as the customer's words is theirs; what the zone opened has the customer's own."""
    is_answered = bool(case.solution) and not case.due_at_ms
    return OwnCase(
        id=case.id,
        kind=case.kind.value,
        at_ms=case.at_ms,
        state="answered" if is_answered else "closed" if case.is_closed else "open",
        text=case.text if case.opened_by in ("", BY_CUSTOMER) else "",
        due_at_ms=case.due_at_ms,
        solution=case.solution,
        solved_at_ms=case.solved_at_ms,
        compensation_minor=case.compensation_minor,
        may_reopen=may_reopen(case, now_ms),
    )
