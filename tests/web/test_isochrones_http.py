"""Isochrones over HTTP: GeoJSON that grows with the limit, refusals in words, and who may ask."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import shapely

from dispatch.application.access import TABLE, Action, Role
from dispatch.application.isochrones import IsochroneDesk
from dispatch.roads.generate import generate_city
from dispatch.roads.travel_times import open_travel_times
from tests.support.web import House

TOWN = generate_city(2_000, seed=3)
STREETS = open_travel_times(TOWN)
MIDDLE = TOWN.box.centre


@pytest.fixture
async def s(h: House) -> AsyncIterator[House]:
    """The house with streets of its own."""
    h.services.isochrones = IsochroneDesk(STREETS)
    yield h


async def ask(s: House, role: str = "dispatcher", **params: Any) -> Any:
    asked = {"lat": MIDDLE.lat, "lon": MIDDLE.lon, "profile": "bike", "limits_s": "300,60"} | params
    wanted = {name: value for name, value in asked.items() if value is not None}
    return await s.http.get("/v1/isochrones", params=wanted, headers=s.headers(role))


async def test_areas_come_as_geojson_the_shortest_first(s: House) -> None:
    """Two features with their limits and sizes, the first inside the second, the place inside both."""
    answer = await ask(s)
    assert answer.status_code == 200, answer.text
    shown = answer.json()
    assert shown["type"] == "FeatureCollection"
    assert [feature["properties"]["limit_s"] for feature in shown["features"]] == [60, 300]
    small, large = (shapely.from_geojson(json.dumps(feature["geometry"])) for feature in shown["features"])
    assert small.geom_type == "MultiPolygon" and small.area < large.area
    assert large.buffer(2e-5).contains(small) and small.contains(shapely.Point(MIDDLE.lon, MIDDLE.lat))
    assert all(feature["properties"]["area_m2"] > 10_000 for feature in shown["features"])


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"profile": "rocket"}, "bad_profile"),
        ({"lat": None}, "bad_parameter"),
        ({"lon": "east"}, "bad_parameter"),
        ({"lat": "nan"}, "bad_coordinates"),
        ({"lat": "91"}, "bad_coordinates"),
        ({"limits_s": None}, "bad_limits"),
        ({"limits_s": "300,"}, "bad_limits"),
        ({"limits_s": "-300"}, "bad_limits"),
        ({"limits_s": "٣٠٠"}, "bad_limits"),
        ({"limits_s": "59"}, "bad_limits"),
        ({"limits_s": "3601"}, "bad_limits"),
        ({"limits_s": "9" * 400}, "bad_limits"),
        ({"limits_s": "60,120,180,240,300"}, "bad_limits"),
        ({"lat": MIDDLE.lat + 1}, "off_network"),
    ],
)
async def test_what_makes_no_sense_is_refused_in_words(s: House, params: dict[str, Any], code: str) -> None:
    """422 with a code for programs and a sentence for people."""
    answer = await ask(s, **params)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"].endswith(".")


@pytest.mark.parametrize("role", Role)
async def test_staff_and_integrators_may_ask(s: House, role: Role) -> None:
    """Everybody who sees traffic sees what it does to reach; couriers, customers and finance do not."""
    allowed = role in TABLE[Action.READ_TRAFFIC]
    assert (await ask(s, role)).status_code == (200 if allowed else 403)
    staff_and_shops = {Role.ADMIN, Role.DISPATCHER, Role.DEPOT, Role.SUPPORT, Role.INTEGRATOR}
    assert allowed == (role in staff_and_shops)


async def test_other_zones_and_servers_without_streets(s: House) -> None:
    """404 for a zone that is not here and where there are no streets; 403 for a token of another zone."""
    assert (await ask(s, zone="mars")).json()["code"] == "unknown_zone"
    headers = {"Authorization": f"Bearer {s.token('admin', zones=('mars',))}"}
    url = f"/v1/isochrones?lat={MIDDLE.lat}&lon={MIDDLE.lon}&limits_s=60"
    assert (await s.http.get(url, headers=headers)).status_code == 403
    s.services.isochrones = None
    assert ((await ask(s)).status_code, (await ask(s)).json()["code"]) == (404, "no_streets")
