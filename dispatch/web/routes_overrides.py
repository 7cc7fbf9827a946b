"""Overrides over HTTP: looked ahead, asked for, taken back, and judged."""

import asyncio
import uuid
from base64 import b64decode, urlsafe_b64encode
from dataclasses import asdict
from functools import partial
from urllib.parse import urlencode

from dispatch.application.hub import ZoneHub
from dispatch.application.overrides import (
    MAX_LOOKS,
    Infeasible,
    OverrideWish,
    StaleVersion,
    Surroundings,
    decide,
    preview,
    undoing,
)
from dispatch.application.ports import OverrideQuery, Reply
from dispatch.domain.commands import Overrule
from dispatch.domain.errors import Conflict, NotFound
from dispatch.domain.judgement import summarise
from dispatch.domain.order import Lock
from dispatch.domain.override import Override, OverrideAction
from dispatch.web.bodies_overrides import Overridden, OverridePage, OverrideSummary, SummaryRow
from dispatch.web.call import Answer, Call
from dispatch.web.depot_limits import check_depots
from dispatch.web.overrides_shown import effects_shown, override_shown
from dispatch.web.problems import FieldError, Problem, refusal
from dispatch.web.requests import ask, pending, seen, subject_mark

MAX_PAGE = 200
MOST_COUNTED = 5_000
DAY_MS = 24 * 3_600_000
TIME_OVER = "This override is settled and long past; it cannot be undone any more."


async def preview_override(call: Call) -> Answer:
    """`POST /v1/overrides:preview`: what the same body would do as an override. Nothing is changed."""
    hub = call.zone(call.body.zone)
    await _check_depots(call, hub)
    await _heard_of(call, hub)
    for left in reversed(range(MAX_LOOKS)):
        try:
            command = await preview(_wish(call, ""), _around(call, hub))
        except StaleVersion as stale:
            raise _stale(stale) from None
        except Conflict as conflict:
            # The plan moved on while the effects were looked for: whoever only asks is told of the plan as it is now.
            if conflict.code != "stale_plan" or not left:
                raise
            await call.services.ticker.sleep(0.05)
        else:
            return Answer(effects_shown(command.effects))
    raise AssertionError("the last look either answers or raises")


async def override(call: Call) -> Answer:
    """`POST /v1/overrides`. A version that is no longer the current one is a 409 that names the current one."""
    hub = call.zone(call.body.zone)
    await _check_depots(call, hub)
    await _heard_of(call, hub)
    for _ in range(MAX_LOOKS - 1):
        answer = await _attempt(call, hub)
        if answer:
            return answer
        await call.services.ticker.sleep(0.05)
    answer = await _attempt(call, hub, last=True)
    if answer is None:
        raise AssertionError("the last attempt either answers or raises")
    return answer


async def _attempt(call: Call, hub: ZoneHub, *, last: bool = False) -> Answer | None:
    """The answer; None when the plan has moved on meanwhile and the caller did not say which one they saw."""
    asked = f"{subject_mark(call.subject)}-{uuid.uuid4().hex}"
    again = call.body.expected_version is None and not last
    try:
        command = await _decided(call, hub, asked)
    except Conflict as conflict:
        if conflict.code != "stale_plan":
            raise
        if again:
            return None
        # It moved on while the effects were looked for: whoever asked can go on with the plan as it is now.
        version = hub.replica.state.plan_version
        raise Problem(409, conflict.code, conflict.detail, current_version=version) from None
    reply = await ask(call, hub.zone_id, asked, command)
    if reply is None:
        return pending(asked, hub.zone_id, asked)
    if not reply.ok and reply.code == "stale_plan" and again:
        return None
    return Answer(_done(command, reply))


def _done(command: Overrule, reply: Reply) -> Overridden:
    if not reply.ok:
        raise refusal(reply)
    effects = effects_shown(command.effects)
    version = reply.result["plan_version"]
    return Overridden(
        id=command.override_id, plan_version=version, violations=list(command.effects.violations), effects=effects
    )


async def _decided(call: Call, hub: ZoneHub, asked: str) -> Overrule:
    try:
        return await decide(_wish(call, asked), _around(call, hub))
    except StaleVersion as stale:
        raise _stale(stale) from None
    except Infeasible as infeasible:
        errors = tuple(FieldError(violation) for violation in infeasible.violations)
        version = infeasible.current_version
        raise Problem(409, infeasible.code, infeasible.detail, errors=errors, current_version=version) from None


async def undo_override(call: Call) -> Answer:
    """`POST /v1/overrides/{id}:undo`. What has changed since is a 409 that says so."""
    hub, services = call.zone(call.body.zone), call.services
    known = hub.replica.state.overrides
    made = await _override(call, hub, call.path("id"))
    await check_depots(call, made.order_ids)
    found = await seen(call, lambda: known.get(made.id))
    if found is None:
        raise Problem(409, "undo_too_late", TIME_OVER)
    asked = f"{subject_mark(call.subject)}-{uuid.uuid4().hex}"
    command = await undoing(found, call.body.reason, call.subject.actor, _around(call, hub))
    reply = await ask(call, hub.zone_id, asked, command)
    if reply is None:
        return pending(found.id, hub.zone_id, asked)
    if not reply.ok:
        raise refusal(reply)
    undone = await services.store.find_override(hub.zone_id, found.id)
    return Answer(override_shown(undone if isinstance(undone, Override) else found, hub.replica.state))


async def read_override(call: Call) -> Answer:
    """`GET /v1/overrides/{id}`: one override and how it turned out."""
    hub = call.zone(call.query("zone", "default"))
    return Answer(override_shown(await _override(call, hub, call.path("id")), hub.replica.state))


async def list_overrides(call: Call) -> Answer:
    """`GET /v1/overrides`: the newest first, a page at a time."""
    hub = call.zone(call.query("zone", "default"))
    limit = call.query_int("limit", 50, MAX_PAGE) or 1
    action = call.query("action")
    if action and action not in set(OverrideAction):
        raise Problem(422, "bad_parameter", f"The parameter action is one of {', '.join(OverrideAction)}.")
    wanted = OverrideQuery(
        by=call.query("by"),
        action=action,
        order_id=call.query("order_id"),
        since_ms=call.query_int("since_ms", 0, 2**53),
        before=_cursor(call.query("cursor")),
        limit=limit,
    )
    found = [o for o in await call.services.store.list_overrides(hub.zone_id, wanted) if isinstance(o, Override)]
    shown = [override_shown(each, hub.replica.state) for each in found]
    if len(found) < limit:
        return Answer(OverridePage(overrides=shown))
    asked = {"by": wanted.by, "action": action, "order_id": wanted.order_id, "since_ms": wanted.since_ms}
    cursor = urlsafe_b64encode(f"{found[-1].at_ms} {found[-1].id}".encode()).decode()
    rest = {"zone": hub.zone_id, "limit": limit, "cursor": cursor, **{k: v for k, v in asked.items() if v}}
    return Answer(OverridePage(overrides=shown, next=f"/v1/overrides?{urlencode(rest)}"))


async def summarise_overrides(call: Call) -> Answer:
    """`GET /v1/overrides/summary`: by person and action, how often and by how much the human was right."""
    hub = call.zone(call.query("zone", "default"))
    since_ms = call.query_int("since_ms", max(0, call.services.clock.now_ms() - 7 * DAY_MS), 2**53)
    wanted = OverrideQuery(since_ms=since_ms, limit=MOST_COUNTED)
    found = [o for o in await call.services.store.list_overrides(hub.zone_id, wanted) if isinstance(o, Override)]
    rows = await asyncio.to_thread(summarise, found)
    return Answer(
        OverrideSummary(since_ms=since_ms, counted=len(found), rows=[SummaryRow(**asdict(row)) for row in rows])
    )


async def _check_depots(call: Call, hub: ZoneHub) -> None:
    """Who is limited to depots changes what is theirs: the orders that are named, and all that are on a route whose
    order of stops they change. Raises `Forbidden` or `NotFound`.
    """
    body = call.body
    on_route = body.action == OverrideAction.RESEQUENCE and body.courier_id
    route = hub.replica.state.route(body.courier_id).order_ids() if on_route else ()
    await check_depots(call, (*_wish(call, "").order_ids, *route))


def _wish(call: Call, asked: str) -> OverrideWish:
    body = call.body
    one = (body.order_id,) if body.order_id else ()
    return OverrideWish(
        action=OverrideAction(body.action),
        order_ids=tuple(dict.fromkeys((*one, *body.order_ids))),
        reason=body.reason,
        courier_id=body.courier_id or "",
        stop_ids=tuple(body.stop_ids),
        lock=Lock(body.lock),
        expected_version=body.expected_version,
        force=body.force,
        by=call.subject.actor,
        override_id=asked,
    )


def _around(call: Call, hub: ZoneHub) -> Surroundings:
    services = call.services
    return Surroundings(hub.replica, services.positions, services.travel_times, services.clock)


async def _heard_of(call: Call, hub: ZoneHub) -> None:
    """An order that was placed a moment ago is known here as soon as its event has come around."""
    orders, named = hub.replica.state.orders, set(_wish(call, "").order_ids)
    for order_id in named - orders.keys():
        if await call.services.store.find_order(order_id):
            await seen(call, partial(orders.get, order_id))


async def _override(call: Call, hub: ZoneHub, override_id: str) -> Override:
    found = await call.services.store.find_override(hub.zone_id, override_id)
    if not isinstance(found, Override):
        raise NotFound("unknown_override", f"There is no override {override_id}.")
    return found


def _stale(stale: StaleVersion) -> Problem:
    return Problem(409, stale.code, stale.detail, current_version=stale.current_version)


def _cursor(given: str) -> tuple[int, str] | None:
    if not given:
        return None
    try:
        at_ms, _, override_id = b64decode(given, altchars=b"-_", validate=True).decode().partition(" ")
        return int(at_ms), override_id
    except ValueError:
        raise Problem(422, "bad_cursor", "The cursor is not one of ours; start without one.") from None
