"""A courier's track as GeoJSON (RFC 7946), with the moments beside the coordinates as maps' tools expect them."""

from typing import Literal

import msgspec

from dispatch.web.bodies import Shown


class LineString(Shown, kw_only=True):
    """The places in the order of time, as [longitude, latitude]; at least two."""

    type: Literal["LineString"] = "LineString"
    coordinates: list[tuple[float, float]]


class TrackProperties(Shown, kw_only=True, omit_defaults=True):
    """Whose track it is and how long the way was, in metres, without the noise of standing.

    `coordTimes` has the moment of each coordinate (ISO 8601, business time by the device), `mock` the indices of
    those that an app made up. There is more from `next_from_ms` on, unless that is 0.
    """

    courier_id: str
    distance_m: int
    coord_times: list[str] = msgspec.field(name="coordTimes")
    mock: list[int] = msgspec.field(default_factory=list)
    next_from_ms: int = 0


class TrackFeature(Shown, kw_only=True):
    """The track. Fewer than two places make no line: then the geometry is null."""

    type: Literal["Feature"] = "Feature"
    geometry: LineString | None
    properties: TrackProperties
