"""Where couriers have been, over HTTP."""

from collections.abc import Sequence
from datetime import UTC, datetime

from dispatch.application.access import Reach, reach
from dispatch.application.hub import ZoneHub
from dispatch.application.ports import Position
from dispatch.application.tracks import KEEP_MS, way_m
from dispatch.domain.errors import InvalidInput, NotFound
from dispatch.web.bodies_track import LineString, TrackFeature, TrackProperties
from dispatch.web.call import Answer, Call

MAX_SHOWN = 5_000
"""Places an answer: about 300 KiB, and half a shift of riding without a stop."""
MAX_MS = 2**53 - 1


async def read_courier_track(call: Call) -> Answer:
    """`GET /v1/couriers/{id}/track`: within [from_ms, to_ms] of business time; a courier reads their own only."""
    courier_id, hub = call.path("id"), _zone_of(call)
    now_ms = call.services.clock.now_ms()
    from_ms = call.query_int("from_ms", max(0, now_ms - KEEP_MS), MAX_MS)
    to_ms = call.query_int("to_ms", MAX_MS, MAX_MS)
    if from_ms > to_ms:
        raise InvalidInput("bad_period", "The parameter from_ms must not be after to_ms.")
    positions = await hub.track(courier_id, from_ms, to_ms, MAX_SHOWN + 1)
    return Answer(_feature(courier_id, positions[:MAX_SHOWN], positions[MAX_SHOWN:]))


def _zone_of(call: Call) -> ZoneHub:
    """The courier's zone. Raises `NotFound`, also for a courier who asks for another one."""
    courier_id = call.path("id")
    if reach(call.subject, call.action) is Reach.ANY or courier_id == call.subject.id:
        for hub in call.services.hubs.values():
            if courier_id in hub.replica.state.couriers:
                return call.zone(hub.zone_id, owner_id=courier_id)
    raise NotFound("unknown_courier", f"There is no courier {courier_id}.")


def _feature(courier_id: str, shown: Sequence[Position], more: Sequence[Position]) -> TrackFeature:
    line = LineString(coordinates=[(each.place.lon, each.place.lat) for each in shown])
    return TrackFeature(
        geometry=line if len(shown) > 1 else None,
        properties=TrackProperties(
            courier_id=courier_id,
            distance_m=round(way_m(shown)),
            coord_times=[_iso(each.at_ms) for each in shown] if len(shown) > 1 else [],
            mock=[index for index, each in enumerate(shown) if each.mock],
            next_from_ms=more[0].at_ms if more else 0,
        ),
    )


def _iso(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
