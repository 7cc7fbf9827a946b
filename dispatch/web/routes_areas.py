"""Areas over HTTP."""

import uuid

from dispatch.application.hub import ZoneHub
from dispatch.domain.area import Area
from dispatch.domain.areas import with_clean_ring
from dispatch.domain.commands import RegisterArea, RemoveArea
from dispatch.domain.geo import Point
from dispatch.web.bodies import Latlon
from dispatch.web.bodies_areas import AreaRemoved, Areas, AreaShown
from dispatch.web.call import Answer, Call
from dispatch.web.problems import refusal
from dispatch.web.requests import ask, pending, subject_mark
from dispatch.web.routes_fleet import own_id, register


async def put_area(call: Call) -> Answer:
    """`PUT /v1/areas/{id}`: register or change."""
    area_id, body, hub = own_id(call), call.body, call.zone(call.body.zone)
    area = with_clean_ring(Area(area_id, body.name, tuple(Point(corner.lat, corner.lon) for corner in body.ring)))
    return await register(call, hub, RegisterArea(area), lambda: _known_area(hub, area))


def _known_area(hub: ZoneHub, wanted: Area) -> Answer | None:
    return Answer(_area(hub, wanted)) if hub.replica.state.areas.get(wanted.id) == wanted else None


async def remove_area(call: Call) -> Answer:
    """`DELETE /v1/areas/{id}`. Removing one twice changes nothing."""
    area_id, hub = own_id(call), call.zone(call.query("zone", "default"))
    asked = f"{subject_mark(call.subject)}-{uuid.uuid4().hex}"
    reply = await ask(call, hub.zone_id, asked, RemoveArea(area_id))
    if reply is None:
        return pending(area_id, hub.zone_id, asked)
    if not reply.ok:
        raise refusal(reply)
    return Answer(AreaRemoved(id=area_id, zone=hub.zone_id))


async def list_areas(call: Call) -> Answer:
    """`GET /v1/areas`."""
    hub = call.zone(call.query("zone", "default"))
    return Answer(Areas(areas=[_area(hub, area) for area in hub.replica.state.areas.values() if not area.removed]))


def _area(hub: ZoneHub, area: Area) -> AreaShown:
    ring = [Latlon(lat=corner.lat, lon=corner.lon) for corner in area.ring]
    return AreaShown(id=area.id, name=area.name, ring=ring, zone=hub.zone_id)
