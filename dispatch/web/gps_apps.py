"""What GPS apps send, in their own words, turned into reports: Traccar Client, OsmAnd, OwnTracks, GPSLogger.

Places are WGS-84, as every GPS app has them. Each name and unit below is that app's:

    OsmAnd, Traccar Client < 9   query or form: lat, lon or location=lat,lon; timestamp (s, ms, ISO); speed in knots
    Traccar Client >= 9          JSON: speed in m/s, battery 0-1, -1 for what it does not know
    OwnTracks                    JSON: vel in km/h, batt in %
    GPSLogger                    query or form: time (ISO), spd in m/s, batt in %

A number that is none, or that no place or time can be, is refused (422); a figure beside the place that cannot be
(a heading of -1) is unknown. `hdop` says nothing here: OsmAnd puts metres under that name, receivers a ratio.
"""

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from dispatch.application.ingest import GpsReport
from dispatch.web.problems import Problem

KNOT_MPS: Final = 1852 / 3600
KMH_MPS: Final = 1 / 3.6
FIRST_S: Final = 1_000_000_000
LAST_S: Final = 4_102_444_800
"""2001 to 2100: an older or later moment is a broken clock."""
_MS_FROM: Final = 100_000_000_000
_NUMBER: Final = re.compile(r"[+-]?\d{1,20}(\.\d{0,20})?([eE][+-]?\d{1,2})?", re.ASCII)
_PLUS_LOST: Final = re.compile(r" (\d\d:\d\d)$")
_NO: Final = frozenset({"0", "false", "no"})

Lat = Annotated[float, Meta(ge=-90, le=90)]
Lon = Annotated[float, Meta(ge=-180, le=180)]


class TraccarCoords(msgspec.Struct):
    """A place of Traccar Client's JSON; negative figures are unknown."""

    latitude: Lat
    longitude: Lon
    accuracy: float | None = None
    speed: float | None = None
    heading: float | None = None


class TraccarBattery(msgspec.Struct):
    """`level` from 0 to 1."""

    level: float | None = None


class TraccarLocation(msgspec.Struct):
    """One location of Traccar Client's JSON; without `coords` a sign of life."""

    timestamp: str | int | float | None = None
    coords: TraccarCoords | None = None
    battery: TraccarBattery | None = None
    mock: bool = False


class TraccarBody(msgspec.Struct):
    """What Traccar Client 9 and newer post. Other fields are its own affair."""

    location: TraccarLocation
    device_id: str = ""


class OwnTracksKind(msgspec.Struct):
    """The one field that every message of OwnTracks has."""

    type: str = msgspec.field(default="", name="_type")


class OwnTracksLocation(msgspec.Struct):
    """A `location` message of OwnTracks."""

    tst: int
    lat: Lat
    lon: Lon
    acc: float | None = None
    vel: float | None = None
    cog: float | None = None
    batt: float | None = None


def osmand_report(fields: Mapping[str, str]) -> GpsReport:
    """A report from the query or form of OsmAnd or Traccar Client. Raises `Problem` 422."""
    _only_wgs84(fields)
    at_ms = moment_ms(fields["timestamp"]) if fields.get("timestamp") else None
    lat, lon = _place(fields)
    if lat is None or lon is None or fields.get("valid", "").lower() in _NO:
        return GpsReport(wall_ms=at_ms)
    return GpsReport(
        wall_ms=at_ms,
        lat=lat,
        lon=lon,
        acc_m=_number(fields, "accuracy"),
        speed_mps=_times(_number(fields, "speed"), KNOT_MPS),
        heading_deg=_first(_number(fields, "bearing"), _number(fields, "heading")),
        battery=_times(_number(fields, "batt"), 0.01),
        mock=fields.get("mock", "").lower() in {"1", "true"},
    )


def traccar_report(location: TraccarLocation) -> GpsReport:
    """A report from Traccar Client's JSON. Raises `Problem` 422."""
    at_ms = None if location.timestamp is None else moment_ms(location.timestamp)
    coords = location.coords
    if coords is None:
        return GpsReport(wall_ms=at_ms)
    return GpsReport(
        wall_ms=at_ms,
        lat=coords.latitude,
        lon=coords.longitude,
        acc_m=coords.accuracy,
        speed_mps=coords.speed,
        heading_deg=coords.heading,
        battery=location.battery.level if location.battery else None,
        mock=location.mock,
    )


def owntracks_report(location: OwnTracksLocation) -> GpsReport:
    """A report from OwnTracks. Raises `Problem` 422."""
    return GpsReport(
        wall_ms=moment_ms(location.tst),
        lat=location.lat,
        lon=location.lon,
        acc_m=location.acc,
        speed_mps=_times(location.vel, KMH_MPS),
        heading_deg=location.cog,
        battery=_times(location.batt, 0.01),
    )


def gpslogger_report(fields: Mapping[str, str]) -> GpsReport:
    """A report from GPSLogger's custom URL. Raises `Problem` 422."""
    _only_wgs84(fields)
    at_ms = moment_ms(fields["time"]) if fields.get("time") else None
    lat, lon = _place(fields)
    if lat is None or lon is None:
        return GpsReport(wall_ms=at_ms)
    return GpsReport(
        wall_ms=at_ms,
        lat=lat,
        lon=lon,
        acc_m=_number(fields, "acc"),
        speed_mps=_number(fields, "spd"),
        heading_deg=_number(fields, "dir"),
        battery=_times(_number(fields, "batt"), 0.01),
    )


def moment_ms(given: str | float) -> int:
    """Epoch ms, from seconds, milliseconds or ISO 8601 (UTC when it names no offset). Raises `Problem` 422."""
    text = str(given).strip()
    seconds = float(text) if _NUMBER.fullmatch(text) else _iso_s(text)
    if abs(seconds) >= _MS_FROM:
        seconds /= 1000
    if not FIRST_S <= seconds <= LAST_S:
        raise _bad("The time is not one of this century.")
    return round(seconds * 1000)


def _iso_s(text: str) -> float:
    try:
        moment = datetime.fromisoformat(_PLUS_LOST.sub(r"+\1", text))  # in a query, an unescaped + is a space
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        raise _bad("The time is no number of seconds or milliseconds, and no ISO 8601.") from None


def _only_wgs84(fields: Mapping[str, str]) -> None:
    if fields.get("crs", "wgs84").lower() != "wgs84":
        raise _bad("GPS apps report WGS-84; leave crs out.")


def _place(fields: Mapping[str, str]) -> tuple[float | None, float | None]:
    lat, lon = _number(fields, "lat"), _number(fields, "lon")
    if fields.get("location"):
        both = dict(zip(("lat", "lon"), fields["location"].split(",", 1), strict=False))
        lat, lon = _number(both, "lat"), _number(both, "lon")
        if lat is None or lon is None:
            raise _bad("The location is two numbers: lat,lon.")
    if (lat is None) != (lon is None):
        raise _bad("A place has both lat and lon.")
    if lat is not None and lon is not None and not (abs(lat) <= 90 and abs(lon) <= 180):
        raise _bad("The place is not on the earth.")
    return lat, lon


def _number(fields: Mapping[str, str], name: str) -> float | None:
    """A field as a finite number; None when it is not there, or empty. Raises `Problem` 422."""
    text = fields.get(name, "").strip()
    if not text:
        return None
    number = float(text) if _NUMBER.fullmatch(text) else math.nan
    if not math.isfinite(number):
        raise _bad(f"The field {name} is no number.")
    return number


def _times(number: float | None, factor: float) -> float | None:
    return None if number is None or number < 0 else number * factor


def _first(number: float | None, other: float | None) -> float | None:
    return other if number is None else number


def _bad(sentence: str) -> Problem:
    return Problem(422, "bad_report", sentence)
