"""A zone's goals over HTTP."""

import uuid

from dispatch.application.hub import ZoneHub
from dispatch.application.views import goals_view
from dispatch.domain.commands import SetGoals
from dispatch.domain.goals import Goals
from dispatch.web.call import Answer, Call
from dispatch.web.problems import Problem, refusal
from dispatch.web.requests import ask, pending, seen, subject_mark


async def read_goals(call: Call) -> Answer:
    """`GET /v1/zones/{id}/goals`."""
    return Answer(goals_view(call.zone(call.path("id")).replica.state.goals))


async def set_goals(call: Call) -> Answer:
    """`PUT /v1/zones/{id}/goals`. The same goals again change nothing; a version that is no longer the current one is a
    409 that names the current one.
    """
    hub, body = call.zone(call.path("id")), call.body
    wanted = Goals(
        on_time_pct=body.on_time_pct,
        at_risk_pct=body.at_risk_pct,
        late_pct=body.late_pct,
        door_min=body.door_min,
        orders_per_courier_hour=body.orders_per_courier_hour,
        waiting_orders=body.waiting_orders,
        waiting_s=body.waiting_s,
    )
    asked = f"{subject_mark(call.subject)}-{uuid.uuid4().hex}"
    reply = await ask(call, hub.zone_id, asked, SetGoals(wanted, body.expected_version, body.reason))
    if reply is None:
        return pending(hub.zone_id, hub.zone_id, asked)
    if not reply.ok and reply.code == "stale_goals":
        raise Problem(409, reply.code, reply.detail, current_version=hub.replica.state.goals.version)
    if not reply.ok:
        raise refusal(reply)
    await seen(call, lambda: _same(hub, wanted))
    return Answer(goals_view(hub.replica.state.goals))


def _same(hub: ZoneHub, wanted: Goals) -> bool:
    known = goals_view(hub.replica.state.goals)
    return all(getattr(known, name) == getattr(wanted, name) for name in known.__struct_fields__ if name != "version")
