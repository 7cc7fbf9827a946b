"""GPS apps as couriers: their keys, and duty for those who have no app to go on duty with."""

import uuid
from urllib.parse import quote, urlsplit

from dispatch.domain.commands import SetDuty
from dispatch.domain.courier import Duty
from dispatch.web.bodies_channel import DeviceKey, DutyShown, Revoked
from dispatch.web.call import Answer, Call
from dispatch.web.couriers import find_courier
from dispatch.web.problems import refusal
from dispatch.web.requests import ask, pending, subject_mark

OSMAND = "&lat={0}&lon={1}&timestamp={2}&accuracy={3}&bearing={6}"
"""OsmAnd's numbered parts. Not its speed, {5}: that is in m/s where the protocol means knots. {3} is metres."""
GPSLOGGER = "&lat=%LAT&lon=%LON&time=%TIME&acc=%ACC&spd=%SPD&dir=%DIR&batt=%BATT&aid=%AID"


async def add_device(call: Call) -> Answer:
    """`POST /v1/couriers/{id}/devices`."""
    hub, courier = find_courier(call, call.path("id"))
    key = await call.services.ingest.add_device(hub.zone_id, courier.id, call.body.name)
    base = call.services.public_url.rstrip("/") or str(call.request.base_url).rstrip("/")
    where, door = urlsplit(base), f"{base}/v1/ingest"
    userinfo = f"{quote(courier.id)}:{key}"
    shown = DeviceKey(
        key=key,
        osmand_url=f"{door}/osmand?id={key}{OSMAND}",
        traccar_url=f"{door}/osmand",
        owntracks_url=f"{where.scheme}://{userinfo}@{where.netloc}{where.path}/v1/ingest/owntracks",
        gpslogger_url=f"{door}/gpslogger?id={key}{GPSLOGGER}",
    )
    return Answer(shown, 201)


async def revoke_devices(call: Call) -> Answer:
    """`DELETE /v1/couriers/{id}/devices`: none of the courier's keys opens anything any more."""
    hub, courier = find_courier(call, call.path("id"))
    return Answer(Revoked(revoked=await call.services.ingest.revoke(hub.zone_id, courier.id)))


async def set_duty(call: Call) -> Answer:
    """`POST /v1/couriers/{id}/duty`."""
    hub, courier = find_courier(call, call.path("id"))
    asked = f"{subject_mark(call.subject)}-{uuid.uuid4().hex}"
    reply = await ask(call, hub.zone_id, asked, SetDuty(courier.id, Duty(call.body.duty), reason=call.body.reason))
    if reply is None:
        return pending(courier.id, hub.zone_id, asked)
    if not reply.ok:
        raise refusal(reply)
    return Answer(DutyShown(courier_id=courier.id, duty=call.body.duty))
