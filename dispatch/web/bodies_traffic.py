"""What goes over the wire about traffic; see `bodies`."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from dispatch.domain.incident import LEAST_FACTOR, MOST_CORNERS, MOST_EDGES, MOST_FACTOR
from dispatch.web.bodies import Body, Id, Lat, Lon, Millis, Reason, Shown, Zone

LonLat = Annotated[list[float], Meta(min_length=2, max_length=3)]
ProfileName = Literal["foot", "bike", "ebike", "motorbike", "car", "van"]
EdgeNumber = Annotated[int, Meta(ge=0, le=2**31 - 1)]
Factor = Annotated[float, Meta(ge=LEAST_FACTOR, le=MOST_FACTOR)]
MAX_SPEEDS = 10_000


class LineString(Body, tag_field="type", tag="LineString"):
    """A GeoJSON line: what it runs along is meant."""

    coordinates: Annotated[list[LonLat], Meta(min_length=2, max_length=MOST_CORNERS)]


class Polygon(Body, tag_field="type", tag="Polygon"):
    """A GeoJSON polygon: every street that it touches is meant. One ring, without holes."""

    coordinates: Annotated[
        list[Annotated[list[LonLat], Meta(min_length=4, max_length=MOST_CORNERS)]], Meta(min_length=1, max_length=1)
    ]


class IncidentBody(Body):
    """An incident to report: a `closure`, a `slowdown` or `weather` (rides take `factor` times as long).

    Where: a line along the streets (`both_ways`, or only as it is drawn), a polygon, or the numbers of edges.
    `from_ms` left out: now; `until_ms` left out: until somebody ends it. `profiles` left out: everybody.
    """

    kind: Literal["closure", "slowdown", "weather"]
    reason: Reason
    geometry: LineString | Polygon | None = None
    edges: Annotated[list[EdgeNumber], Meta(max_length=MOST_EDGES)] = msgspec.field(default_factory=list)
    factor: Factor = 1.0
    both_ways: bool = True
    profiles: Annotated[list[ProfileName], Meta(max_length=6)] = msgspec.field(default_factory=list)
    from_ms: Millis | None = None
    until_ms: Millis | None = None
    id: Id | None = None
    zone: Zone = "default"


class IncidentShown(Shown):
    """An incident, and how much street it means. `geometry` is GeoJSON; null for one that names edges."""

    id: str
    kind: str
    reason: str
    geometry: LineString | Polygon | None
    factor: float
    both_ways: bool
    profiles: list[str]
    from_ms: int
    until_ms: int
    by: str
    edges: int
    length_m: float
    zone: str


class Incidents(Shown):
    """The incidents of a zone that are not over, those to come included."""

    incidents: list[IncidentShown]


class SpeedBody(Body):
    """A measured speed: on an `edge`, or in the square of `size_m` around `lat`, `lon`.

    Either `speed_kmh` of motor traffic, or `factor`: how many times as long as on an empty street rides take.
    """

    edge: EdgeNumber | None = None
    lat: Lat | None = None
    lon: Lon | None = None
    size_m: Annotated[float, Meta(ge=20, le=5_000)] = 500.0
    speed_kmh: Annotated[float, Meta(ge=1, le=200)] | None = None
    factor: Factor | None = None


class SpeedsBody(Body):
    """Measured speeds; each counts for a quarter of an hour at most, and less as it gets older."""

    speeds: Annotated[list[SpeedBody], Meta(min_length=1, max_length=MAX_SPEEDS)]
    at_ms: Millis | None = None
    zone: Zone = "default"


class SpeedsTaken(Shown):
    """How many edges are covered by what was sent."""

    edges: int
