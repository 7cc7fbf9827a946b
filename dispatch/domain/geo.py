"""Places on the earth, WGS-84, and the distances between them."""

from dataclasses import dataclass
from math import asin, atan2, cos, degrees, isfinite, radians, sin, sqrt

from dispatch.domain.errors import InvalidInput

EARTH_RADIUS_M = 6_371_008.8
"""Mean radius R1 of the IUGG (GRS-80)."""
METRES_PER_DEGREE = radians(EARTH_RADIUS_M)
"""Of latitude; of longitude at the equator, and less elsewhere."""


@dataclass(frozen=True, slots=True)
class Point:
    """A place, in degrees of WGS-84. Raises `InvalidInput` outside the globe or when not finite."""

    lat: float
    lon: float

    def __post_init__(self) -> None:
        if not (isfinite(self.lat) and isfinite(self.lon) and -90 <= self.lat <= 90 and -180 <= self.lon <= 180):
            raise InvalidInput("bad_coordinates", f"({self.lat}, {self.lon}) is not a place on the earth.")


@dataclass(frozen=True, slots=True)
class Box:
    """A bounding box, in degrees; edges belong to it. It never crosses the antimeridian."""

    south: float
    west: float
    north: float
    east: float

    def contains(self, place: Point) -> bool:
        """Whether the place lies in the box."""
        return self.south <= place.lat <= self.north and self.west <= place.lon <= self.east

    @property
    def centre(self) -> Point:
        """The middle of the box."""
        return Point((self.south + self.north) / 2, (self.west + self.east) / 2)


def distance_m(a: Point, b: Point) -> float:
    """Great-circle distance in metres (haversine: R. W. Sinnott, Sky & Telescope 68, 1984)."""
    lat_a, lat_b = radians(a.lat), radians(b.lat)
    half_lat = sin((lat_b - lat_a) / 2)
    half_lon = sin(radians(b.lon - a.lon) / 2)
    return 2 * EARTH_RADIUS_M * asin(min(1.0, sqrt(half_lat**2 + cos(lat_a) * cos(lat_b) * half_lon**2)))


def bearing_deg(a: Point, b: Point) -> float:
    """Initial course from a to b, in degrees clockwise from north, in [0, 360)."""
    lat_a, lat_b, d_lon = radians(a.lat), radians(b.lat), radians(b.lon - a.lon)
    east = sin(d_lon) * cos(lat_b)
    north = cos(lat_a) * sin(lat_b) - sin(lat_a) * cos(lat_b) * cos(d_lon)
    return degrees(atan2(east, north)) % 360
