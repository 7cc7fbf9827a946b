"""Traffic over HTTP: incidents reported, listed and ended; measured speeds taken in."""

import uuid
from collections.abc import Sequence

from dispatch.application.hub import ZoneHub
from dispatch.application.traffic_desk import UNKNOWN_EXTENT, Extent, Measured, TrafficDesk
from dispatch.domain.commands import EndIncident, ReportIncident
from dispatch.domain.errors import InvalidInput, NotFound
from dispatch.domain.geo import Point
from dispatch.domain.incident import Incident, IncidentKind, ShapeKind
from dispatch.domain.vehicle import Profile
from dispatch.web.bodies_traffic import (
    IncidentBody,
    Incidents,
    IncidentShown,
    LineString,
    Polygon,
    SpeedBody,
    SpeedsTaken,
)
from dispatch.web.call import Answer, Call
from dispatch.web.problems import refusal
from dispatch.web.requests import ask, idempotency_key, pending, request_id, seen


async def report_incident(call: Call) -> Answer:
    """`POST /v1/traffic`: an incident takes effect at once; one with a known id is changed."""
    body, hub, desk = call.body, call.zone(call.body.zone), _desk(call)
    asked = request_id(call.subject, "/v1/traffic", idempotency_key(call), body)
    wanted = _incident(body, body.id or f"in-{asked.id.rpartition('-')[2]}", call)
    others = [each for each in hub.replica.state.incidents.values() if not each.is_over(wanted.from_ms)]
    extent = await desk.judge(wanted, others)
    reply = await ask(call, hub.zone_id, asked.id, ReportIncident(wanted))
    if reply is None:
        return pending(wanted.id, hub.zone_id, asked.id)
    if not reply.ok:
        raise refusal(reply)
    known = await seen(call, lambda: hub.replica.state.incidents.get(wanted.id))
    return Answer(_shown(hub, known or wanted, extent), 201)


async def end_incident(call: Call) -> Answer:
    """`DELETE /v1/traffic/{id}`: the incident is over now."""
    hub, incident_id = call.zone(call.query("zone", "default")), call.path("id")
    known = hub.replica.state.incidents.get(incident_id)
    if known is None:
        raise NotFound("unknown_incident", f"There is no incident {incident_id}.")
    asked = f"{uuid.uuid4().hex}"
    reply = await ask(call, hub.zone_id, asked, EndIncident(incident_id))
    if reply is None:
        return pending(incident_id, hub.zone_id, asked)
    if not reply.ok:
        raise refusal(reply)
    ended = await seen(call, lambda: _if_over(hub, incident_id, call.services.clock.now_ms()))
    return Answer(_shown(hub, ended or known, await _desk(call).extent(ended or known)))


def _if_over(hub: ZoneHub, incident_id: str, now_ms: int) -> Incident | None:
    known = hub.replica.state.incidents.get(incident_id)
    return known if known and known.is_over(now_ms) else None


async def list_incidents(call: Call) -> Answer:
    """`GET /v1/traffic`."""
    hub, now_ms, desk = call.zone(call.query("zone", "default")), call.services.clock.now_ms(), _desk(call)
    current = [each for each in hub.replica.state.incidents.values() if not each.is_over(now_ms)]
    current.sort(key=lambda each: (-each.from_ms, each.id))
    return Answer(Incidents(incidents=[_shown(hub, each, await desk.extent(each)) for each in current]))


async def take_speeds(call: Call) -> Answer:
    """`POST /v1/traffic/speeds`."""
    body, hub = call.body, call.zone(call.body.zone)
    now_ms = call.services.clock.now_ms()
    measured = [_measured(each) for each in body.speeds]
    at_ms = min(now_ms, now_ms if body.at_ms is None else body.at_ms)
    return Answer(SpeedsTaken(edges=await _desk(call).take_speeds(hub.zone_id, measured, at_ms)))


def _desk(call: Call) -> TrafficDesk:
    if call.services.traffic is None:
        raise NotFound("no_streets", "This server has no streets of its own to put traffic on.")
    return call.services.traffic


def _incident(body: IncidentBody, incident_id: str, call: Call) -> Incident:
    if (body.geometry is None) == (not body.edges):
        raise InvalidInput("bad_geometry", "Give a geometry or the numbers of edges, and only one of them.")
    shape, corners = ShapeKind.EDGES, tuple[Point, ...]()
    match body.geometry:
        case LineString(coordinates=line):
            shape, corners = ShapeKind.LINE, _corners(line)
        case Polygon(coordinates=rings):
            shape, corners = ShapeKind.POLYGON, _corners(rings[0])
    now_ms = call.services.clock.now_ms()
    return Incident(
        incident_id, IncidentKind(body.kind), shape, corners, now_ms if body.from_ms is None else body.from_ms,
        body.reason, tuple(body.edges), body.until_ms or 0, body.factor, body.both_ways,
        tuple(Profile(name) for name in dict.fromkeys(body.profiles)), call.subject.actor,
    )  # fmt: skip


def _corners(coordinates: Sequence[Sequence[float]]) -> tuple[Point, ...]:
    if not all(-180 <= lon <= 180 and -90 <= lat <= 90 for lon, lat, *_ in coordinates):
        raise InvalidInput("bad_geometry", "Coordinates are longitude and latitude in degrees, in this order.")
    return tuple(Point(lat, lon) for lon, lat, *_ in coordinates)


def past_incident(hub: ZoneHub, incident: Incident) -> IncidentShown:
    """An incident of the past; how far it reached was not kept."""
    return _shown(hub, incident, UNKNOWN_EXTENT)


def _shown(hub: ZoneHub, incident: Incident, extent: Extent) -> IncidentShown:
    line = [[corner.lon, corner.lat] for corner in incident.corners]
    geometry: LineString | Polygon | None = None
    if incident.shape is ShapeKind.LINE:
        geometry = LineString(coordinates=line)
    elif incident.shape is ShapeKind.POLYGON:
        geometry = Polygon(coordinates=[line])
    return IncidentShown(
        id=incident.id, kind=incident.kind.value, reason=incident.reason, geometry=geometry, factor=incident.factor,
        both_ways=incident.both_ways, profiles=[profile.value for profile in incident.profiles],
        from_ms=incident.from_ms, until_ms=incident.ended_at_ms or incident.until_ms, by=incident.by,
        edges=len(extent.edges), length_m=round(extent.length_m, 1), zone=hub.zone_id,
    )  # fmt: skip


def _measured(body: SpeedBody) -> Measured:
    if (body.speed_kmh is None) == (body.factor is None):
        raise InvalidInput("bad_speed", "Each entry has a speed or a factor, and only one of them.")
    if (body.edge is None) == (body.lat is None or body.lon is None):
        raise InvalidInput("bad_speed", "A speed names an edge, or a place and the size of its square.")
    place = None if body.lat is None or body.lon is None else Point(body.lat, body.lon)
    edge = -1 if body.edge is None else body.edge
    return Measured(edge, place, body.size_m, body.speed_kmh or 0.0, body.factor or 0.0)
