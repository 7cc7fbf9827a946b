"""What anybody may ask: one's own order by its link, the city, the documents, and whether the server is well."""

from starlette.responses import JSONResponse, Response

from courier_protocol.spec import asyncapi
from dispatch.web.bodies import BoxShown, CityShown, Health, Latlon
from dispatch.web.call import Answer, Call
from dispatch.web.tracking_links import find_tracked


async def read_track(call: Call) -> Answer:
    """`GET /v1/track/{token}`: what the live channel would begin with."""
    hub, order = await find_tracked(call.services, call.path("token"))
    return Answer(hub.watchers.track_view(order))


async def read_city(call: Call) -> Answer:
    """`GET /v1/city`."""
    city = call.services.city
    box, centre = city.box, city.box.centre
    return Answer(
        CityShown(
            id=city.id,
            name=city.name,
            box=BoxShown(south=box.south, west=box.west, north=box.north, east=box.east),
            centre=Latlon(lat=centre.lat, lon=centre.lon),
            attribution=city.attribution,
            basemap=f"/maps/{city.id}.pmtiles" if city.basemap else "",
        )
    )


async def read_health(call: Call) -> Answer:
    """`GET /healthz`: the process answers. What is degraded heals by itself, so it is no reason to start it again."""
    return Answer(_health(call))


async def read_readiness(call: Call) -> Answer:
    """`GET /readyz`: 503 and the reasons until every part runs, and again from the moment it shuts down.

    A server that is degraded still serves: 200, and says so.
    """
    reasons = call.services.not_ready()
    if call.request.app.state.connections.draining:
        reasons = [*reasons, "the server is going down"]
    if reasons:
        return Answer(Health(status="not_ready", reasons=reasons), 503, {"Retry-After": "1"})
    return Answer(_health(call))


def _health(call: Call) -> Health:
    degraded = call.services.degraded()
    return Health(status="degraded" if degraded else "ok", degraded=degraded, version=call.services.version)


async def read_metrics(call: Call) -> Response:
    """`GET /metrics`, in Prometheus' text format."""
    body, media_type = call.request.app.state.metrics.text()
    return Response(body, media_type=media_type)


async def read_openapi(call: Call) -> Response:
    """`GET /openapi.json`."""
    return JSONResponse(call.request.app.state.openapi)


async def read_asyncapi(call: Call) -> Response:
    """`GET /asyncapi.json`."""
    del call
    return JSONResponse(asyncapi())
