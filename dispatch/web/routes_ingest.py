"""`/v1/ingest/...`: the doors for GPS apps. A device key opens them; what comes in passes the usual tracking chain.

Apps keep a report until it was answered with 200, and send it again. So whatever a courier cannot help (their other
app is the source now, the message is of a kind that says nothing to us) is 200, and only what is wrong is refused.
"""

import hashlib
import math
from base64 import b64decode
from collections.abc import Mapping
from urllib.parse import parse_qsl

import msgspec
from starlette.responses import Response

from dispatch.application.channel_ports import Device
from dispatch.application.hub import ZoneHub
from dispatch.application.ingest import GpsReport
from dispatch.domain.courier import MAY_RIDE
from dispatch.domain.route import Route
from dispatch.web.call import Call, decode
from dispatch.web.gps_apps import (
    OwnTracksKind,
    OwnTracksLocation,
    TraccarBody,
    gpslogger_report,
    osmand_report,
    owntracks_report,
    traccar_report,
)
from dispatch.web.limits import MAX_BODY_BYTES, read_body
from dispatch.web.problems import Problem

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
MAX_FIELDS = 64
WAYPOINT_RADIUS_M = 50
NOWHERE_DEG = -1_000_000
"""OwnTracks on iOS deletes a waypoint that is sent with such coordinates (its booklet, "JSON"); on Android, where a
waypoint is known by its `tst`, the next stop of that number takes its place."""
FIRST_TST = 1_000_000_000


async def osmand(call: Call) -> Response:
    """`GET` and `POST /v1/ingest/osmand`: OsmAnd and every Traccar Client."""
    body, kind = await _body(call)
    if kind == JSON:
        posted: TraccarBody = decode(TraccarBody, body)
        key = posted.device_id or call.query("id")
        hub, device = await _device(call, key, 404)
        report = traccar_report(posted.location)
    else:
        fields = _fields(call, body)
        hub, device = await _device(call, fields.get("id") or fields.get("deviceid", ""), 404)
        report = osmand_report(fields)
    await _take(call, hub, device, report)
    return Response(None, 200)


async def gpslogger(call: Call) -> Response:
    """`GET` and `POST /v1/ingest/gpslogger`: GPSLogger's custom URL."""
    body, kind = await _body(call)
    if kind == JSON:
        raise Problem(415, "not_a_form", "GPSLogger sends its fields in the query or as a form.")
    fields = _fields(call, body)
    hub, device = await _device(call, fields.get("id", ""), 404)
    await _take(call, hub, device, gpslogger_report(fields))
    return Response(None, 200)


async def owntracks(call: Call) -> Response:
    """`POST /v1/ingest/owntracks`: positions in, the courier's stops ahead back as waypoints when they changed."""
    hub, device = await _basic_device(call)
    body = await read_body(call.request, MAX_BODY_BYTES)
    if body.strip():
        kind: OwnTracksKind = decode(OwnTracksKind, body)
        if kind.type == "location":
            await _take(call, hub, device, owntracks_report(decode(OwnTracksLocation, body)))
        else:
            call.services.ingest.counters["ingest_other_messages"] += 1
    commands = _waypoints(call, hub.replica.state.route(device.courier_id), device)
    return Response(msgspec.json.encode(commands), 200, media_type=JSON)


# --- who reports -----------------------------------------------------------------------------------------------


async def _device(call: Call, key: str, unknown_status: int) -> tuple[ZoneHub, Device]:
    """The device and its courier's zone. Raises `Problem` 400 without a key, `unknown_status` for one that is none."""
    if not key:
        raise Problem(400, "id_missing", "Put the device key into the app's device identifier (id).")
    device = await call.services.ingest.identify(key)
    hub = call.services.hubs.get(device.zone_id) if device else None
    courier = hub.replica.state.couriers.get(device.courier_id) if device and hub else None
    if device is None or hub is None or courier is None or courier.account not in MAY_RIDE:
        call.services.ingest.counters["ingest_unknown_device"] += 1
        raise _unknown(unknown_status)
    return hub, device


def _unknown(status: int) -> Problem:
    headers = {"WWW-Authenticate": 'Basic realm="dispatch"'} if status == 401 else {}
    return Problem(status, "unknown_device", "The device key is not known here.", headers=headers)


async def _basic_device(call: Call) -> tuple[ZoneHub, Device]:
    """By Basic auth: user = courier and password = key, or the key as the user. Raises `Problem` 401."""
    user, password = _basic(call.request.headers.get("authorization", ""))
    hub, device = await _device(call, password or user or "-", 401)
    if password and user != device.courier_id:
        raise _unknown(401)
    return hub, device


def _basic(header: str) -> tuple[str, str]:
    """(user, password); empty for what is no Basic auth."""
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        user, _, password = b64decode(encoded.strip(), validate=True).decode().partition(":")
    except ValueError:
        return "", ""
    return user, password


# --- what is reported ------------------------------------------------------------------------------------------


async def _body(call: Call) -> tuple[bytes, str]:
    """(body, media type). Raises `Problem` 413 and 415."""
    body = await read_body(call.request, MAX_BODY_BYTES)
    kind = call.request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if body and kind not in (FORM, JSON):
        raise Problem(415, "bad_media_type", f"Send a report as {FORM} or {JSON}.")
    return body, kind if body else ""


def _fields(call: Call, body: bytes) -> Mapping[str, str]:
    """The query's fields and the form's, which wins. Raises `Problem` 400."""
    try:
        form = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MAX_FIELDS)
    except ValueError:
        raise Problem(400, "malformed_form", "The form is not well-formed.") from None
    fields = {**dict(call.request.query_params.multi_items()), **dict(form)}
    if len(fields) > MAX_FIELDS:
        raise Problem(400, "malformed_form", f"A report has at most {MAX_FIELDS} fields.")
    return fields


async def _take(call: Call, hub: ZoneHub, device: Device, report: GpsReport) -> None:
    ingest = call.services.ingest
    if wait_s := ingest.admit(device):
        retry_after_s = str(math.ceil(wait_s))
        raise Problem(429, "too_many_fixes", "This device reports too fast.", headers={"Retry-After": retry_after_s})
    await ingest.take(hub, device, report)


# --- what goes back --------------------------------------------------------------------------------------------


def _waypoints(call: Call, route: Route, device: Device) -> list[dict[str, object]]:
    """The command that puts the stops ahead onto an OwnTracks map; none when they are there already."""
    stops = [(f"{n}. {stop.name or stop.address}"[:120], stop.place) for n, stop in enumerate(route.stops, 1)]
    mark = hashlib.sha256(repr(stops).encode()).hexdigest() if stops else ""
    told = call.services.ingest.news(device, (mark, *(name for name, _ in stops)) if stops else ())
    if told is None:
        return []
    names = {name for name, _ in stops}
    gone = [(n, name) for n, name in enumerate(told[1:], 1) if name not in names]
    waypoints = [_waypoint(n, name, NOWHERE_DEG, NOWHERE_DEG, 0) for n, name in gone]
    waypoints += [_waypoint(n, name, at.lat, at.lon, WAYPOINT_RADIUS_M) for n, (name, at) in enumerate(stops, 1)]
    listed = {"_type": "waypoints", "waypoints": waypoints}
    return [{"_type": "cmd", "action": "setWaypoints", "waypoints": listed}]


def _waypoint(number: int, name: str, lat: float, lon: float, radius_m: int) -> dict[str, object]:
    where = {"lat": lat, "lon": lon, "rad": radius_m}
    return {"_type": "waypoint", "desc": name, "tst": FIRST_TST + number, **where}
