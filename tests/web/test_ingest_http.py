"""The doors for GPS apps: each app in its own words, what comes back to it, and what is refused."""

import asyncio
import json
from base64 import b64encode
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from dispatch.application.ports import Position
from dispatch.domain.commands import RegisterCourier
from dispatch.domain.courier import Account, Courier
from dispatch.domain.vehicle import Load, Profile
from tests.support.web import House, listening
from tests.support.zones import NOON_MS

NOON_S = NOON_MS // 1000
OSMAND, GPSLOGGER, OWNTRACKS = "/v1/ingest/osmand", "/v1/ingest/gpslogger", "/v1/ingest/owntracks"
PLACE = {"lat": "60.166", "lon": "24.936"}
JSON = {"Content-Type": "application/json"}


@dataclass
class Door:
    """A server, and the key of a GPS app of courier c1."""

    h: House
    key: str

    async def osmand(self, **fields: Any) -> httpx.Response:
        return await self.h.http.get(OSMAND, params={"id": self.key, **PLACE, "timestamp": NOON_S, **fields})

    async def traccar(self, location: Any, **more: Any) -> httpx.Response:
        return await self.h.http.post(OSMAND, json={"location": location, "device_id": self.key, **more})

    async def owntracks(self, message: Any, user: str = "c1", password: str | None = None) -> httpx.Response:
        content = message if isinstance(message, bytes) else json.dumps(message).encode()
        credentials = f"{user}:{self.key if password is None else password}"
        headers = {"Authorization": f"Basic {b64encode(credentials.encode()).decode()}", "X-Limit-U": "c1"}
        return await self.h.http.post(OWNTRACKS, content=content, headers={**headers, **JSON})

    @property
    def shown(self) -> Position:
        return self.h.hub.sight.positions["c1"]

    @property
    def is_dark(self) -> bool:
        """Whether no place of the courier is known."""
        return "c1" not in self.h.hub.sight.positions

    @property
    def counted(self) -> Any:
        return self.h.services.ingest.counters


@pytest.fixture
async def door(h: House) -> Door:
    made = await h.http.post("/v1/couriers/c1/devices", json={"name": "Ada's phone"}, headers=h.headers())
    assert made.status_code == 201, made.text
    return Door(h, made.json()["key"])


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


# --- OsmAnd and Traccar ----------------------------------------------------------------------------------------


async def test_osmand_in_the_query(door: Door) -> None:
    """Knots, degrees, metres and percent become our units; 200 without a body clears the phone's queue."""
    answer = await door.osmand(
        speed="10", bearing="271.5", accuracy="4.5", batt="83", altitude="12", driverUniqueId="x"
    )
    assert (answer.status_code, answer.content) == (200, b"")
    shown = door.shown
    assert (shown.place.lat, shown.place.lon, shown.at_ms, shown.seq) == (60.166, 24.936, NOON_MS, NOON_MS)
    assert shown.speed_mps == pytest.approx(5.144, abs=0.001)
    assert (shown.heading_deg, shown.accuracy_m, shown.battery) == (271.5, 4.5, pytest.approx(0.83))


async def test_osmand_as_a_form(door: Door) -> None:
    """The older Traccar Client posts; `deviceid`, `location` and `heading` are other names for the same."""
    form = {"deviceid": door.key, "location": "60.167,24.937", "timestamp": NOON_MS, "heading": "90"}
    answer = await door.h.http.post(OSMAND, data=form)
    assert answer.status_code == 200
    assert (door.shown.place.lat, door.shown.place.lon, door.shown.heading_deg) == (60.167, 24.937, 90)


async def test_traccar_posts_its_query_with_an_empty_body(door: Door) -> None:
    """As Traccar Client below 9 does."""
    answer = await door.h.http.post(OSMAND, params={"id": door.key, **PLACE, "timestamp": NOON_S})
    assert answer.status_code == 200 and door.shown.place.lat == 60.166


async def test_traccar_json(door: Door) -> None:
    """Traccar Client 9 and newer: m/s, fractions, ISO times, -1 for unknown, fields of its own."""
    location = {
        "timestamp": "2026-11-22T12:00:00.500Z",
        "coords": {"latitude": 60.166, "longitude": 24.936, "accuracy": 5, "speed": 3.5, "heading": -1, "altitude": 1},
        "is_moving": True,
        "odometer": 5.5,
        "event": "motionchange",
        "battery": {"level": 0.5, "is_charging": False},
        "activity": {"type": "on_bicycle"},
        "extras": {"a": [1, {}]},
    }
    assert (await door.traccar(location, other="x")).status_code == 200
    assert door.shown.at_ms == NOON_MS + 500
    assert (door.shown.speed_mps, door.shown.heading_deg, door.shown.battery) == (3.5, None, 0.5)


@pytest.mark.parametrize(
    "time", [NOON_S, NOON_MS, f"{NOON_S}.0", "2026-11-22T12:00:00Z", "2026-11-22 12:00:00", "2026-11-22T14:00:00 02:00"]
)
async def test_times_in_every_form(door: Door, time: Any) -> None:
    """Seconds, milliseconds, ISO with an offset (whose + became a space in the query) and without."""
    assert (await door.osmand(timestamp=time)).status_code == 200
    assert door.shown.at_ms == NOON_MS


async def test_no_place_is_a_sign_of_life(door: Door) -> None:
    """A heartbeat, a place that the receiver does not believe, and JSON without coordinates: 200, nothing shown."""
    answers = [
        await door.h.http.get(OSMAND, params={"id": door.key}),
        await door.h.http.get(OSMAND, params={"id": door.key, "timestamp": NOON_S, "batt": "5"}),
        await door.osmand(valid="false"),
        await door.traccar({"timestamp": NOON_MS}),
        await door.traccar({"coords": None}),
    ]
    assert [answer.status_code for answer in answers] == [200] * 5 and door.is_dark
    assert door.counted == {"ingest_heartbeats": 5}
    assert door.h.hub.sight.links["c1"] == "live"


async def test_who_is_who(door: Door) -> None:
    """Without a key 400, with an unknown one 404: the app shows its owner what to mend."""
    for params in ({}, {"id": ""}, PLACE):
        assert code(await door.h.http.get(OSMAND, params=params)) == (400, "id_missing")
        assert code(await door.h.http.get(GPSLOGGER, params=params)) == (400, "id_missing")
    assert code(await door.h.http.post(OSMAND, json={"location": {}})) == (400, "id_missing")
    for key in ("c1", "a" * 32, "123456", door.key[:-1], door.key + "\0", "' OR 1=1 --", "é" * 32):
        assert code(await door.osmand(id=key)) == (404, "unknown_device")
        assert code(await door.traccar({}, device_id=key)) == (404, "unknown_device")
    assert door.is_dark and door.counted["ingest_unknown_device"] == 14


NO_NUMBERS = ("NaN", "inf", "-inf", "1e99999", "6O.1", "60,1", "1_0", "0x10", "\x00")
BAD_FIELDS: list[dict[str, Any]] = [
    *({name: bad} for name in ("lat", "lon", "speed", "bearing", "accuracy", "batt") for bad in NO_NUMBERS),
    *({"lat": bad} for bad in ("91", "-91", "1e9", "9" * 400, "")),
    *({"lon": bad} for bad in ("181", "-181", "")),
    *({"timestamp": bad} for bad in (*NO_NUMBERS, "-1", "0", "1", "9" * 20, "1e30", "yesterday", "2026-13-01")),
    *({"location": bad} for bad in ("60.1", "60.1,", ",", "a,b", "NaN,NaN", "60.1,24.9,7", "91,0")),
    *({"crs": bad} for bad in ("gcj02", "bd09", "mars")),
]


@pytest.mark.parametrize("bad", BAD_FIELDS, ids=lambda bad: "-".join(f"{k}={v}"[:24] for k, v in bad.items()))
async def test_bad_fields(door: Door, bad: dict[str, Any]) -> None:
    """422 with a sentence, and no trace of the report; a crs that is WGS-84 says nothing new."""
    assert code(await door.osmand(**bad)) == (422, "bad_report")
    assert door.is_dark
    assert (await door.osmand(crs="WGS84")).status_code == 200


BAD_BODIES: list[tuple[bytes, str, int]] = [
    (b"{", "application/json", 400),
    (b"null", "application/json", 422),
    (b"[]", "application/json", 422),
    (b'{"location": 5}', "application/json", 422),
    (b'{"location": {"coords": {"latitude": NaN, "longitude": 1}}}', "application/json", 400),
    (b'{"location": {"coords": {"latitude": 1e999, "longitude": 1}}}', "application/json", 422),
    (b'{"location": {"coords": {"latitude": 91, "longitude": 1}}}', "application/json", 422),
    (b'{"location": {"coords": {"latitude": "60", "longitude": 1}}}', "application/json", 422),
    (b'{"location": {"coords": {"latitude": 60}}}', "application/json", 422),
    (b'{"location": {"a":' + b"[" * 30_000 + b"]" * 30_000 + b"}}", "application/json", 400),
    (b'{"location": {}, "x": "' + b"x" * 70_000 + b'"}', "application/json", 413),
    (b"\xff\xfe\x00", "application/json", 400),
    (b"lat=\xff\xfe", "application/x-www-form-urlencoded", 400),
    (b"&".join(b"f%d=1" % n for n in range(100)), "application/x-www-form-urlencoded", 400),
    (b"<lat>60</lat>", "application/xml", 415),
    (b"--x\r\n\r\n--x--", "multipart/form-data; boundary=x", 415),
    (b"lat=60", "", 415),
]


@pytest.mark.parametrize(("body", "media_type", "status"), BAD_BODIES)
async def test_bad_bodies(door: Door, body: bytes, media_type: str, status: int) -> None:
    """A numbered problem, counted by its status, whatever is in it; the courier's place stays unknown."""
    answer = await door.h.http.post(f"{OSMAND}?id={door.key}", content=body, headers={"Content-Type": media_type})
    assert answer.status_code == status and answer.headers["content-type"] == "application/problem+json"
    assert door.is_dark and not door.counted["ingest_fixes"]
    metrics = (await door.h.http.get("/metrics")).text
    assert f'dispatch_http_requests_total{{operation="postOsmand",status="{status}"}} 1.0' in metrics


@pytest.mark.parametrize(
    "location",
    [
        {"timestamp": bad, "coords": {"latitude": 60, "longitude": 25}}
        for bad in ("", "soon", -5, 10**400, "\x00", True)
    ],
)
async def test_bad_times_in_json(door: Door, location: Any) -> None:
    """422 or 400, and no place."""
    assert (await door.traccar(location)).status_code in (400, 422)
    assert door.is_dark


# --- GPSLogger -------------------------------------------------------------------------------------------------


async def test_gpslogger(door: Door) -> None:
    """Its parameters, by query and by form: m/s, degrees, percent."""
    report = {
        "acc": "7",
        "spd": "2.5",
        "dir": "10",
        "batt": "40",
        "aid": "android-1",
        "time": "2026-11-22T12:00:01.000Z",
    }
    answer = await door.h.http.get(GPSLOGGER, params={"id": door.key, **PLACE, **report})
    assert answer.status_code == 200
    shown = door.shown
    assert (shown.at_ms, shown.accuracy_m, shown.speed_mps, shown.heading_deg) == (NOON_MS + 1_000, 7, 2.5, 10)
    form = {"id": door.key, "lat": "60.1661", "lon": "24.936", "time": "2026-11-22T12:00:02Z"}
    assert (await door.h.http.post(GPSLOGGER, data=form)).status_code == 200
    assert door.shown.place.lat == 60.1661
    assert (await door.h.http.post(GPSLOGGER, json=form)).status_code == 415
    assert code(await door.h.http.get(GPSLOGGER, params={"id": door.key, **PLACE, "time": "x"})) == (422, "bad_report")
    assert (await door.h.http.get(GPSLOGGER, params={"id": door.key, "time": ""})).status_code == 200


# --- OwnTracks -------------------------------------------------------------------------------------------------

LOCATION = {"_type": "location", "lat": 60.166, "lon": 24.936, "tst": NOON_S}


async def test_owntracks(door: Door) -> None:
    """km/h and percent; the courier's id and the key, or the key as the user; an empty list back."""
    whole = {
        **LOCATION,
        "acc": 12,
        "vel": 18,
        "cog": 90,
        "batt": 55,
        "bs": 1,
        "conn": "m",
        "t": "u",
        "topic": "x",
        "_id": "1",
    }
    answer = await door.owntracks(whole)
    assert (answer.status_code, answer.json()) == (200, [])
    shown = door.shown
    assert (shown.speed_mps, shown.heading_deg, shown.battery, shown.accuracy_m) == (5.0, 90, pytest.approx(0.55), 12)
    assert (await door.owntracks({**LOCATION, "tst": NOON_S + 1}, user=door.key, password="")).status_code == 200
    assert door.shown.at_ms == NOON_MS + 1_000


@pytest.mark.parametrize(
    "kind", ["transition", "waypoint", "waypoints", "status", "lwt", "card", "cmd", "encrypted", ""]
)
async def test_owntracks_other_messages(door: Door, kind: str) -> None:
    """200 and an empty list, whatever else they hold: else they would block the phone's queue."""
    answer = await door.owntracks({"_type": kind, "lat": "x", "tst": {}, "data": [1]})
    assert (answer.status_code, answer.json()) == (200, []) and door.is_dark
    for nothing in (b"", b" \n", b"{}"):
        assert (await door.owntracks(nothing)).json() == []


@pytest.mark.parametrize(
    ("user", "password"),
    [
        ("c1", "wrong"),
        ("c2", None),
        ("", None),
        ("", ""),
        ("c1", ""),
        ("wrong", ""),
        ("c1", "a" * 32),
        ("\u56fe", "\0"),
    ],
)
async def test_owntracks_strangers(door: Door, user: str, password: str | None) -> None:
    """401 asks for the right key: an unknown one, none, or one of somebody else."""
    answer = await door.owntracks(LOCATION, user, password)
    assert code(answer) == (401, "unknown_device") and answer.headers["www-authenticate"].startswith("Basic")
    assert door.is_dark


@pytest.mark.parametrize("header", ["", "Basic", "Basic !!!", "Basic /w==", "Bearer x", "Basic " + "A" * 5_000])
async def test_owntracks_headers_that_say_nothing(door: Door, header: str) -> None:
    """401, whatever the header holds."""
    answer = await door.h.http.post(OWNTRACKS, json=LOCATION, headers={"Authorization": header})
    assert answer.status_code == 401


BAD_LOCATIONS: list[Any] = [
    *(b"{", b"[]", b"\xff", b'{"_type":"location","lat":NaN}'),
    *({"_type": "location"}, {"_type": 5}),
    *({**LOCATION, "tst": bad} for bad in (5, "now", 10**30, None)),
    *({**LOCATION, "lat": bad} for bad in (91, "60", None)),
    {**LOCATION, "acc": "good"},
]


@pytest.mark.parametrize("message", BAD_LOCATIONS)
async def test_owntracks_bad_messages(door: Door, message: Any) -> None:
    """A numbered problem, and no place."""
    answer = await door.owntracks(message)
    assert answer.status_code in (400, 422) and answer.headers["content-type"] == "application/problem+json"
    assert door.is_dark


async def test_stops_go_back_as_waypoints(door: Door) -> None:
    """The courier's stops ahead, once; again only when they changed, and those that are gone are taken back."""
    from dispatch.domain.commands import StopAction

    first, second = await door.h.order(), await door.h.order()
    assert (await door.owntracks(LOCATION)).json() == []
    await door.h.plan("c1", first["id"], second["id"])
    (command,) = (await door.owntracks(LOCATION)).json()
    assert (command["_type"], command["action"], command["waypoints"]["_type"]) == ("cmd", "setWaypoints", "waypoints")
    listed = command["waypoints"]["waypoints"]
    assert [waypoint["desc"] for waypoint in listed] == ["1. Depot d1", "2. Grace", "3. Grace"]
    assert listed[1] == {
        "_type": "waypoint", "desc": "2. Grace", "tst": 1_000_000_002, "lat": 60.17, "lon": 24.94, "rad": 50,
    }  # fmt: skip
    assert (await door.owntracks(LOCATION)).json() == []
    await door.h.progress("c1", StopAction.COMPLETED)
    (changed,) = (await door.owntracks({"_type": "lwt"})).json()
    there = [(w["desc"], w["tst"] - 1_000_000_000, w["rad"]) for w in changed["waypoints"]["waypoints"]]
    assert there == [("1. Depot d1", 1, 0), ("3. Grace", 3, 0), ("1. Grace", 1, 50), ("2. Grace", 2, 50)]
    for _ in range(2):
        await door.h.progress("c1", StopAction.COMPLETED)
    (emptied,) = (await door.owntracks(b"")).json()
    assert {w["lat"] for w in emptied["waypoints"]["waypoints"]} == {-1_000_000}
    assert (await door.owntracks(b"")).json() == []


# --- keys and the courier's state ------------------------------------------------------------------------------


async def test_keys_end(door: Door) -> None:
    """Revoked keys and those of a courier whose account was suspended open nothing; the place stays as it was."""
    await door.osmand()
    suspended = Courier("c1", "Ada", Profile.EBIKE, Load(1, 1, 1), Account.SUSPENDED)
    assert (await door.h.do(RegisterCourier(suspended))).ok
    assert code(await door.osmand(lat="60.167")) == (404, "unknown_device")
    await door.h.courier()
    assert (await door.h.do(RegisterCourier(Courier("c1", "Ada", Profile.EBIKE, Load(1, 1, 1))))).ok
    revoked = await door.h.http.delete("/v1/couriers/c1/devices", headers=door.h.headers("dispatcher"))
    assert (revoked.status_code, revoked.json()) == (200, {"revoked": 1})
    assert code(await door.osmand(lat="60.167")) == (404, "unknown_device")
    assert door.shown.place.lat == 60.166


async def test_reports_have_a_rate(door: Door) -> None:
    """429 with Retry-After beyond the burst: the app keeps the report and sends it again."""
    seat = door.h.services.ingest._seat(await door.h.services.ingest.identify(door.key))  # type: ignore[arg-type]
    assert seat.bucket.take(5_000, door.h.services.ticker.mono_ms()) == 5_000
    answer = await door.osmand()
    assert code(answer) == (429, "too_many_fixes") and answer.headers["retry-after"] == "1"
    assert door.is_dark and door.counted["ingest_too_fast"] == 1


async def test_the_app_is_not_disturbed(door: Door) -> None:
    """While the courier's own app is connected, a GPS app gets its 200, and nothing of it is shown."""
    from tests.support.web import courier_client

    async with listening(door.h) as address, courier_client(door.h, address) as phone:
        await phone.wait_live()
        assert (await door.osmand()).status_code == 200
        assert door.is_dark and door.counted["ingest_dropped_app_is_live"] == 1


async def test_the_doors_over_real_sockets(door: Door) -> None:
    """As a phone's own small HTTP client speaks; a key without end is no key, if it gets so far."""
    async with listening(door.h) as address:
        good = f"GET {OSMAND}?id={door.key}&lat=60.166&lon=24.936&timestamp={NOON_S} HTTP/1.0"
        for line, status in ((good, b" 200 "), (f"GET {OSMAND}?id={'x' * 100_000} HTTP/1.0", b" 40")):
            reader, writer = await asyncio.open_connection(*address.split(":"))
            writer.write(f"{line}\r\n\r\n".encode())
            assert status in await reader.readline()
            writer.close()
    assert door.shown.place.lat == 60.166
