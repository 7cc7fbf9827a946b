"""Incidents and measured speeds over HTTP: what is taken in, what is refused, and who may."""

from collections.abc import AsyncIterator
from typing import Any

import numpy as np
import pytest

from dispatch.adapters.speed_stores import MemorySpeedStore
from dispatch.application.measured_speeds import FEED, FEED_LIFE_MS
from dispatch.application.traffic_desk import TrafficDesk
from dispatch.domain.geo import Point
from dispatch.roads.generate import generate_city
from dispatch.roads.travel_times import open_travel_times
from tests.support.web import ZONE, House, eventually
from tests.support.zones import MINUTE_MS, NOON_MS

TOWN = generate_city(2_000, seed=3)
STREETS = open_travel_times(TOWN)
SPEEDS = MemorySpeedStore()


@pytest.fixture
async def t(h: House) -> AsyncIterator[House]:
    """The house with streets of its own."""
    h.services.traffic = TrafficDesk(STREETS, SPEEDS)
    yield h


def along(segment: int) -> dict[str, Any]:
    """A GeoJSON line along a segment."""
    network = TOWN.network
    part = slice(*network.point_offset[segment : segment + 2])
    points = zip(network.point_lon[part].tolist(), network.point_lat[part].tolist(), strict=True)
    return {"type": "LineString", "coordinates": [list(point) for point in points]}


def around(share: float) -> dict[str, Any]:
    """A GeoJSON square around the middle of the town; 1 covers all of it."""
    box = TOWN.box
    lat, lon = (box.south + box.north) / 2, (box.west + box.east) / 2
    high, wide = share * (box.north - box.south) / 2 + 1e-5, share * (box.east - box.west) / 2 + 1e-5
    ring = [[lon - wide, lat - high], [lon + wide, lat - high], [lon + wide, lat + high], [lon - wide, lat + high]]
    return {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}


async def report(t: House, role: str = "admin", **body: Any) -> Any:
    return await t.http.post(
        "/v1/traffic", json={"kind": "closure", "reason": "works", **body}, headers=t.headers(role)
    )


async def test_an_incident_is_reported_listed_and_ended(t: House) -> None:
    """A closed street: both directions, its length, in force from now on; ended twice is ended once."""
    answer = await report(t, geometry=along(5), until_ms=NOON_MS + 30 * MINUTE_MS)
    assert answer.status_code == 201, answer.text
    shown = answer.json()
    assert shown["kind"] == "closure" and shown["edges"] >= 2 and shown["length_m"] > 10
    assert (shown["from_ms"], shown["until_ms"], shown["by"]) == (NOON_MS, NOON_MS + 30 * MINUTE_MS, "admin:someone")
    await eventually(lambda: t.hub.replica.state.incidents)
    listed = (await t.http.get("/v1/traffic", headers=t.headers("support"))).json()["incidents"]
    assert [each["id"] for each in listed] == [shown["id"]] and listed[0]["geometry"]["type"] == "LineString"
    for _ in range(2):
        ended = await t.http.delete(f"/v1/traffic/{shown['id']}", headers=t.headers())
        assert ended.status_code == 200 and ended.json()["until_ms"] == NOON_MS
    assert (await t.http.get("/v1/traffic", headers=t.headers())).json() == {"incidents": []}
    assert (await t.http.delete("/v1/traffic/nothing", headers=t.headers())).status_code == 404


async def test_the_same_report_twice_is_one_and_a_known_one_can_be_changed(t: House) -> None:
    """By its Idempotency-Key; by its id."""
    body = {"kind": "slowdown", "factor": 2.0, "reason": "jam", "geometry": along(7)}
    keyed = t.headers() | {"Idempotency-Key": "k1"}
    first, again = [(await t.http.post("/v1/traffic", json=body, headers=keyed)).json() for _ in range(2)]
    assert first["id"] == again["id"] and len(t.hub.replica.state.incidents) == 1
    changed = await report(t, id=first["id"], geometry=along(7))
    assert changed.status_code == 201 and changed.json()["kind"] == "closure"
    await eventually(lambda: t.hub.replica.state.incidents[first["id"]].reason == "works")
    assert len(t.hub.replica.state.incidents) == 1


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"kind": "slowdown", "factor": -3.0, "geometry": along(5)}, "bad_field"),
        ({"kind": "slowdown", "factor": 1e6, "geometry": along(5)}, "bad_field"),
        ({"geometry": {"type": "LineString", "coordinates": [[0, 0], [0.001, 0.001]]}}, "off_map"),
        ({"geometry": {"type": "LineString", "coordinates": [[400, 0], [0, 0]]}}, "bad_geometry"),
        ({"geometry": {"type": "LineString", "coordinates": [[-30.0, 44.0], [-30.0, 44.0]]}}, "bad_geometry"),
        ({"geometry": {"type": "Circle", "coordinates": []}}, "bad_field"),
        ({"edges": [10**7]}, "off_map"),
        ({}, "bad_geometry"),
        ({"edges": [1], "geometry": along(5)}, "bad_geometry"),
        ({"geometry": along(5), "until_ms": NOON_MS - 1}, "bad_window"),
        ({"geometry": around(1.0)}, "cuts_network"),
    ],
)
async def test_nonsense_is_refused_with_a_sentence(t: House, wrong: dict[str, Any], code: str) -> None:
    """422 with a stable code; nothing is on the streets afterwards."""
    answer = await report(t, **wrong)
    assert answer.status_code == 422, answer.text
    assert answer.json()["code"] == code and len(answer.json()["detail"]) > 20
    assert not t.hub.replica.state.incidents


async def test_closures_that_cut_the_network_together_are_refused(t: House) -> None:
    """Each alone is taken; the one that would cut off more than a quarter together with the others is not."""
    lat = (TOWN.box.south + TOWN.box.north) / 2
    strips = []
    for k in range(5):
        west = TOWN.box.west + (TOWN.box.east - TOWN.box.west) * (0.05 + 0.18 * k)
        ring = [[west, TOWN.box.south], [west + 0.0016, TOWN.box.south], [west + 0.0016, lat], [west, lat]]
        strips.append({"type": "Polygon", "coordinates": [[*ring, ring[0]]]})
    answers = []
    for strip in strips:
        answers.append(await report(t, geometry=strip))
        expected = sum(answer.status_code == 201 for answer in answers)
        await eventually(lambda expected=expected: len(t.hub.replica.state.incidents) == expected)
    codes = [answer.status_code for answer in answers]
    assert codes[0] == 201 and codes[-1] == 422
    assert answers[-1].json()["code"] == "cuts_network" and "together with" in answers[-1].json()["detail"]


async def test_weather_over_everything_is_fine(t: House) -> None:
    """It slows, it does not cut."""
    answer = await report(t, kind="weather", factor=1.4, geometry=around(1.0), reason="heavy rain")
    assert answer.status_code == 201 and answer.json()["edges"] == 2 * TOWN.network.segment_count


async def test_speeds_by_edge_and_by_cell(t: House) -> None:
    """A cell covers its streets, an edge of its own counts more, and a slow speed is a large factor."""
    network = TOWN.network
    edge = int(np.flatnonzero(network.is_open(list(network_profiles())[4]))[0])
    middle = Point(float(network.node_lat.mean()), float(network.node_lon.mean()))
    kmh = float(network.speed_kmh[4, edge])
    body = {"speeds": [
        {"edge": edge, "speed_kmh": kmh / 4},
        {"lat": middle.lat, "lon": middle.lon, "size_m": 400, "factor": 1.5},
    ]}  # fmt: skip
    answer = await t.http.post("/v1/traffic/speeds", json=body, headers=t.headers("integrator"))
    assert answer.status_code == 200 and answer.json()["edges"] > 10
    held = await SPEEDS.get(ZONE, FEED)
    assert held is not None
    factor, weight = (
        dict(zip(held.edge.tolist(), values.tolist(), strict=True)) for values in (held.factor, held.weight)
    )
    assert factor[edge] == pytest.approx(4.0, rel=1e-3) and weight[edge] == pytest.approx(0.9)
    others = [factor[other] for other in factor if other != edge]
    assert set(np.round(others, 3)) == {1.5}
    t.clock.pass_ms(FEED_LIFE_MS)
    more = {"speeds": [{"edge": edge, "factor": 2.0}]}
    await t.http.post("/v1/traffic/speeds", json=more, headers=t.headers("integrator"))
    held = await SPEEDS.get(ZONE, FEED)
    assert held is not None and held.edge.tolist() == [edge]


def network_profiles() -> Any:
    from dispatch.domain.vehicle import Profile

    return Profile


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        ({"edge": 1}, "bad_speed"),
        ({"edge": 1, "speed_kmh": 20, "factor": 2}, "bad_speed"),
        ({"lat": 44.0, "factor": 2}, "bad_speed"),
        ({"edge": 10**8, "factor": 2}, "unknown_edge"),
        ({"lat": 10.0, "lon": 10.0, "factor": 2}, "off_map"),
        ({"edge": 1, "speed_kmh": 0}, "bad_field"),
        ({"edge": 1, "factor": 1000}, "bad_field"),
    ],
)
async def test_wrong_speeds_are_refused(t: House, entry: dict[str, Any], code: str) -> None:
    """As a whole: an entry that means nothing says that the rest cannot be trusted either."""
    answer = await t.http.post("/v1/traffic/speeds", json={"speeds": [entry]}, headers=t.headers())
    assert answer.status_code == 422 and answer.json()["code"] == code


@pytest.mark.parametrize(
    ("role", "may"), [("dispatcher", True), ("integrator", True), ("support", False), ("courier", False)]
)
async def test_who_may_report(t: House, role: str, may: bool) -> None:
    """Dispatchers and integrators report; everybody of the staff reads."""
    answer = await report(t, role, geometry=along(5))
    assert answer.status_code == (201 if may else 403)
