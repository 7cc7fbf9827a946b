"""Pins to check over HTTP: listed, accepted, rejected."""

import uuid
from collections import Counter

from dispatch.application.hub import ZoneHub
from dispatch.domain.commands import JudgeCorrection
from dispatch.domain.correction import Correction, CorrectionState
from dispatch.domain.corrections import doors_of
from dispatch.domain.errors import NotFound
from dispatch.domain.geo import Point
from dispatch.domain.order import WAITING
from dispatch.web.bodies import Latlon
from dispatch.web.bodies_corrections import Corrections, CorrectionShown
from dispatch.web.call import Answer, Call
from dispatch.web.problems import Problem, refusal
from dispatch.web.requests import ask, pending, subject_mark

MAX_LISTED = 500


async def list_corrections(call: Call) -> Answer:
    """`GET /v1/corrections`: the surest first."""
    hub, state = call.zone(call.query("zone", "default")), call.query("state")
    if state and state not in set(CorrectionState):
        raise Problem(422, "bad_parameter", f"The parameter state is one of {', '.join(CorrectionState)}.")
    limit = call.query_int("limit", 100, MAX_LISTED) or 1
    wanted = [each for each in hub.replica.state.corrections.values() if state in ("", each.state)]
    waiting = _waiting_by_door(hub)
    first = sorted(wanted, key=lambda each: (-each.confidence, -each.visits, each.id))[:limit]
    return Answer(Corrections(corrections=[_shown(each, waiting) for each in first], total=len(wanted)))


async def accept_correction(call: Call) -> Answer:
    """`POST /v1/corrections/{id}:accept`. Twice changes nothing."""
    return await _judge(call, accept=True)


async def reject_correction(call: Call) -> Answer:
    """`POST /v1/corrections/{id}:reject`. Twice changes nothing; an accepted one is taken back."""
    return await _judge(call, accept=False)


async def _judge(call: Call, *, accept: bool) -> Answer:
    hub, correction_id = call.zone(call.query("zone", "default")), call.path("id")
    asked = f"{subject_mark(call.subject)}-{uuid.uuid4().hex}"
    reply = await ask(call, hub.zone_id, asked, JudgeCorrection(correction_id, accept, call.subject.actor))
    if reply is None:
        return pending(correction_id, hub.zone_id, asked)
    if not reply.ok:
        raise refusal(reply)
    found = await call.services.store.find_correction(hub.zone_id, correction_id)
    if not isinstance(found, Correction):
        raise NotFound("unknown_correction", f"There is no correction {correction_id}.")
    return Answer(_shown(found, _waiting_by_door(hub)))


def _waiting_by_door(hub: ZoneHub) -> Counter[str]:
    """How many orders that nobody has yet are for each door."""
    orders = hub.replica.state.orders.values()
    return Counter(door for order in orders if order.status in WAITING for door in doors_of(order.dropoff))


def _shown(correction: Correction, waiting: Counter[str]) -> CorrectionShown:
    return CorrectionShown(
        id=correction.id,
        address=correction.address,
        pin=_latlon(correction.pin),
        place=_latlon(correction.place),
        pattern=correction.pattern.value,
        visits=correction.visits,
        distance_m=correction.distance_m,
        spread_m=correction.spread_m,
        confidence=correction.confidence,
        reason_en=correction.reason_en,
        reason_zh=correction.reason_zh,
        stays=[_latlon(stay) for stay in correction.stays],
        state=correction.state.value,
        at_ms=correction.at_ms,
        decided_by=correction.decided_by,
        decided_at_ms=correction.decided_at_ms,
        waiting_orders=waiting[correction.id],
    )


def _latlon(place: Point) -> Latlon:
    return Latlon(lat=place.lat, lon=place.lon)
