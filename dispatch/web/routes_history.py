"""The past over HTTP: a zone as it was, where its couriers were, and what happened to one order or courier."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from functools import partial
from urllib.parse import urlencode

import msgspec
from starlette.responses import Response

from dispatch.application.entity_history import Page, courier_history, order_history
from dispatch.application.hub import ZoneHub
from dispatch.application.replay import Replayed
from dispatch.domain.errors import NotFound
from dispatch.web.bodies_history import AsOfShown, EntryShown, HistoryShown, TrackShown, TracksShown
from dispatch.web.call import Answer, Call
from dispatch.web.routes_traffic import past_incident

MAX_MS = 2**53 - 1
MAX_PAGE = 200


async def read_as_of(call: Call) -> Response:
    """`GET /v1/zones/{id}/as-of`: encoded beside the event loop, for it may be megabytes."""
    hub = call.zone(call.path("id"))
    at_ms = call.query_int("at_ms", call.services.clock.now_ms(), MAX_MS)
    until_ms = call.query_int("until_ms", at_ms, MAX_MS)
    found = await hub.replay.as_of(at_ms, until_ms)
    encoded = await asyncio.to_thread(_as_of, hub, found)
    return Response(encoded, media_type="application/json")


def _as_of(hub: ZoneHub, found: Replayed) -> bytes:
    return msgspec.json.encode(
        AsOfShown(
            at_ms=found.at_ms,
            until_ms=found.until_ms,
            first_at_ms=found.first_at_ms,
            event_at_ms=found.event_at_ms,
            next_at_ms=found.next_at_ms,
            zone_snapshot=found.snapshot,
            changes=list(found.changes),
            incidents=[past_incident(hub, each) for each in found.incidents],
        )
    )


async def read_tracks(call: Call) -> Response:
    """`GET /v1/zones/{id}/tracks`: where couriers were within [from_ms, to_ms] of business time."""
    hub = call.zone(call.path("id"))
    to_ms = call.query_int("to_ms", call.services.clock.now_ms(), MAX_MS)
    from_ms = call.query_int("from_ms", to_ms, MAX_MS)
    end_ms, tracks = await hub.replay.tracks(list(hub.replica.state.couriers), from_ms, to_ms)
    shown = [
        TrackShown(courier_id=each, places=[(p.at_ms, p.lat, p.lon, p.heading_deg, p.speed_mps) for p in track])
        for each, track in tracks.items()
    ]
    body = TracksShown(zone=hub.zone_id, from_ms=from_ms, to_ms=end_ms, tracks=shown)
    return Response(await asyncio.to_thread(msgspec.json.encode, body), media_type="application/json")


async def read_order_history(call: Call) -> Answer:
    """`GET /v1/orders/{id}/history`."""
    order_id, store = call.path("id"), call.services.store
    found = await store.find_order(order_id)
    if found is None:
        raise NotFound("unknown_order", f"There is no order {order_id}.")
    hub = call.zone(found[0])
    return await _history(call, hub, partial(order_history, store, hub.zone_id, order_id))


async def read_courier_history(call: Call) -> Answer:
    """`GET /v1/couriers/{id}/history`."""
    courier_id, store = call.path("id"), call.services.store
    for known in call.services.hubs.values():
        if courier_id in known.replica.state.couriers:
            hub = call.zone(known.zone_id)
            return await _history(call, hub, partial(courier_history, store, hub.zone_id, courier_id))
    raise NotFound("unknown_courier", f"There is no courier {courier_id}.")


async def _history(call: Call, hub: ZoneHub, read: Callable[[int, int], Awaitable[Page]]) -> Answer:
    before = call.query_int("before", MAX_MS, MAX_MS) or MAX_MS
    limit = call.query_int("limit", 50, MAX_PAGE) or 1
    page = await read(before, limit)
    rest = {"before": page.before_seq, "limit": limit}
    path = call.request.url.path
    return Answer(
        HistoryShown(
            zone=hub.zone_id,
            id=call.path("id"),
            entries=[msgspec.convert(asdict(each), EntryShown) for each in page.entries],
            next=f"{path}?{urlencode(rest)}" if page.before_seq else "",
        )
    )
