"""What staff do and read beside the live channel: overrides, the event log, figures."""

import uuid
from urllib.parse import urlencode

import msgspec

from dispatch.application.hub import ZoneHub
from dispatch.application.overrides import MAX_LOOKS, Infeasible, OverrideWish, StaleVersion, decide
from dispatch.application.ports import Reply
from dispatch.application.records import encode_recorded
from dispatch.domain.invariants import violations
from dispatch.web.bodies import Events, EventShown, Overridden, Stats
from dispatch.web.call import Answer, Call
from dispatch.web.problems import FieldError, Problem, refusal
from dispatch.web.requests import ask, pending, seen, subject_mark

MAX_EVENTS = 1_000


async def override(call: Call) -> Answer:
    """`POST /v1/overrides`. A version that is no longer the current one is a 409 that names the current one."""
    body = call.body
    hub = call.zone(body.zone)
    await _heard_of(call, hub, body.order_id)
    wish = OverrideWish(
        action=body.action,
        order_id=body.order_id,
        reason=body.reason,
        courier_id=body.courier_id,
        expected_version=body.expected_version,
        force=body.force,
    )
    for look in range(MAX_LOOKS):
        asked = f"{subject_mark(call.subject)}-{uuid.uuid4().hex}"
        reply, against = await _try(call, hub, wish, asked)
        if reply is None:
            return pending(body.order_id, body.zone, asked)
        if reply.ok:
            return Answer(Overridden(plan_version=reply.result["plan_version"], violations=list(against)))
        if reply.code != "stale_plan" or body.expected_version is not None or look == MAX_LOOKS - 1:
            raise refusal(reply)
        await call.services.ticker.sleep(0.05)
    raise AssertionError("the last look either answers or raises")


async def _heard_of(call: Call, hub: ZoneHub, order_id: str) -> None:
    """An order that was placed a moment ago is known here as soon as its event has come around."""
    orders = hub.replica.state.orders
    if order_id not in orders and await call.services.store.find_order(order_id):
        await seen(call, lambda: order_id in orders)


async def _try(call: Call, hub: ZoneHub, wish: OverrideWish, asked: str) -> tuple[Reply | None, tuple[str, ...]]:
    services = call.services
    try:
        decision = await decide(wish, hub.replica, services.positions, services.travel_times, services.clock)
    except StaleVersion as stale:
        raise Problem(409, stale.code, stale.detail, current_version=stale.current_version) from None
    except Infeasible as infeasible:
        errors = tuple(FieldError(violation) for violation in infeasible.violations)
        version = hub.replica.state.plan_version
        raise Problem(409, infeasible.code, infeasible.detail, errors=errors, current_version=version) from None
    return await ask(call, hub.zone_id, asked, decision.command), decision.violations


async def read_events(call: Call) -> Answer:
    """`GET /v1/events`: recorded events after a sequence, oldest first."""
    hub = call.zone(call.query("zone", "default"))
    after, limit = call.query_int("after", 0, 2**53), call.query_int("limit", 200, MAX_EVENTS)
    recorded = await call.services.store.events(hub.zone_id, after, limit)
    shown = [msgspec.json.decode(encode_recorded(each), type=EventShown) for each in recorded]
    rest = {"zone": hub.zone_id, "after": shown[-1].seq, "limit": limit} if len(shown) == limit > 0 else None
    return Answer(Events(epoch=hub.here.epoch, events=shown, next=f"/v1/events?{urlencode(rest)}" if rest else ""))


async def read_stats(call: Call) -> Answer:
    """`GET /v1/stats`: figures since this process began, and the invariants as they stand now."""
    hub = call.zone(call.query("zone", "default"))
    counters: dict[str, float] = dict(hub.counters)
    for more in call.services.counters:
        counters |= more()
    return Answer(
        Stats(
            orders_created=int(counters["orders_created"]),
            orders_offered=int(counters["orders_offered"]),
            orders_delivered=int(counters["orders_delivered"]),
            plans_adopted=int(counters["plans_adopted"]),
            sessions=hub.sessions,
            counters=counters,
            invariant_violations=violations(hub.replica.state),
        )
    )
