"""Tracks over HTTP, and what the server knows of a phone's clock."""

import time

import pytest
from websockets.asyncio.client import ClientConnection

from courier_protocol import messages as m
from dispatch.domain.geo import METRES_PER_DEGREE
from dispatch.web import routes_tracks
from tests.support.web import House, eventually
from tests.support.zones import NOON_MS
from tests.web.test_courier_socket import hear, hello, raw, say


def ride(n: int, **more: bool) -> m.Fix:
    at_ms = NOON_MS - 100_000 + 5_000 * n
    return m.Fix(at_ms=at_ms, lat=round(60.166 + 40 * n / METRES_PER_DEGREE, 6), lon=24.936, **more)


async def track(h: House, query: str = "", role: str = "dispatcher", subject: str = "someone") -> tuple[int, dict]:  # type: ignore[type-arg]
    answer = await h.http.get(f"/v1/couriers/c1/track{query}", headers=h.headers(role, subject))
    return answer.status_code, answer.json()


async def test_a_track_is_geojson(h: House) -> None:
    """Longitude first, a moment beside each place, the length of the way; late fixes stand where they belong."""
    h.hub.report("c1", 1, 3, [ride(3), ride(4)])
    h.hub.report("c1", 1, 1, [ride(1, mock=True), ride(2)])
    status, feature = await track(h)
    assert status == 200 and feature["type"] == "Feature"
    assert feature["geometry"] == {"type": "LineString", "coordinates": [[24.936, ride(n).lat] for n in (1, 2, 3, 4)]}
    properties = feature["properties"]
    assert properties["coordTimes"][0] == "2026-11-22T11:58:25.000Z" and len(properties["coordTimes"]) == 4
    assert (properties["courier_id"], properties["mock"], properties["distance_m"]) == ("c1", [0], 80)


async def test_a_period_of_a_track(h: House) -> None:
    """Both ends belong to it; one place is no line, and neither is none."""
    h.hub.report("c1", 1, 1, [ride(n) for n in range(1, 9)])
    _, feature = await track(h, f"?from_ms={ride(3).at_ms}&to_ms={ride(5).at_ms}")
    assert [lat for _, lat in feature["geometry"]["coordinates"]] == [ride(n).lat for n in (3, 4, 5)]
    for query in (f"?from_ms={ride(3).at_ms}&to_ms={ride(3).at_ms}", f"?from_ms={NOON_MS + 1}"):
        status, feature = await track(h, query)
        assert (status, feature["geometry"], feature["properties"]["coordTimes"]) == (200, None, [])
    for query in ("?from_ms=2&to_ms=1", "?from_ms=-1", "?to_ms=NaN", "?from_ms=99999999999999999999"):
        assert (await track(h, query))[0] == 422


async def test_a_long_track_comes_in_pages(h: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """The answer says where the next one begins; the last one does not."""
    monkeypatch.setattr(routes_tracks, "MAX_SHOWN", 3)
    h.hub.report("c1", 1, 1, [ride(n) for n in range(1, 6)])
    _, first = await track(h)
    _, second = await track(h, f"?from_ms={first['properties']['next_from_ms']}")
    lats = [lat for page in (first, second) for _, lat in page["geometry"]["coordinates"]]
    assert lats == [ride(n).lat for n in range(1, 6)] and "next_from_ms" not in second["properties"]


@pytest.mark.parametrize(
    ("role", "subject", "status"),
    [
        ("courier", "c1", 200),
        ("courier", "c2", 404),
        ("dispatcher", "ann", 200),
        ("support", "ann", 200),
        ("integrator", "shop", 403),
        ("finance", "ann", 403),
    ],
)
async def test_who_may_see_a_track(h: House, role: str, subject: str, status: int) -> None:
    """Staff anyone's, a courier their own; to anybody else it is not even said whether there is one."""
    assert (await track(h, "", role, subject))[0] == status


async def test_an_unknown_courier_has_no_track(h: House) -> None:
    """404, as everywhere."""
    assert (await h.http.get("/v1/couriers/c9/track", headers=h.headers())).status_code == 404


async def offset(h: House) -> int | None:
    courier = (await h.http.get("/v1/couriers/c1", headers=h.headers())).json()
    found: int | None = courier.get("clock_offset_ms")
    return found


async def greet(h: House, socket: ClientConnection, device_ms: int) -> None:
    await say(socket, hello(h, device_ms=device_ms))
    await hear(socket, m.Resync)


async def test_how_far_a_phone_s_clock_is_off(h: House, address: str) -> None:
    """From hello and heartbeats; gone with the session; a phone that does not tell has none."""
    assert await offset(h) is None
    async with raw(address) as socket:
        await greet(h, socket, round(time.time() * 1000) + 90_000 - 400)
        assert await offset(h) == pytest.approx(89_600, abs=300)
        await say(socket, m.Ping(n=1, device_ms=round(time.time() * 1000) + 90_000))
        await hear(socket, m.Pong)
        assert await offset(h) == pytest.approx(90_000, abs=300)
    await eventually(lambda: not h.hub.sessions["couriers"])
    async with raw(address) as socket:
        await greet(h, socket, 0)
        assert await offset(h) is None


async def test_a_heartbeat_places_a_phone_that_stands(h: House, address: str) -> None:
    """A session whose only word of its place is the fix in its heartbeat is on the map."""
    async with raw(address) as socket:
        await greet(h, socket, 0)
        await say(socket, m.Ping(n=1, fix=ride(4)))
        await hear(socket, m.Pong)
        place = h.hub.sight.positions["c1"]
        assert (place.generation, place.seq, place.place.lat) == (1, 0, ride(4).lat)


async def test_the_first_policy_follows_the_welcome(h: House, address: str) -> None:
    """A phone knows from the start how often to report, and why."""
    async with raw(address) as socket:
        await say(socket, hello(h))
        policy = await hear(socket, m.Policy)
        assert (policy.fix_interval_s, policy.min_move_m, policy.reason) == (300.0, 100.0, "off_duty")
