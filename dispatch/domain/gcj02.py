"""The GCJ-02 shift of Chinese map services, there and back.

A pin that was shifted twice, or never shifted back, lies some hundreds of metres off its door in a direction
which this formula tells. The law keeps the real one secret; this is the approximation that leaked, on the Krasovsky
1940 ellipsoid. Sources of the figures: Wikipedia, "Restrictions on geographic data in China", section "GCJ-02"
(https://en.wikipedia.org/wiki/Restrictions_on_geographic_data_in_China#GCJ-02), and the published implementation
`eviltransform` (https://github.com/googollee/eviltransform), with whose own test pairs ours agrees to a metre.

Services shift what lies in mainland China only (Wikipedia names Hong Kong, Macau and Taiwan as exceptions for most), so
`in_mainland` says where the formula means anything.
"""

from math import cos, pi, radians, sin, sqrt
from typing import Final

from dispatch.domain.geo import Point

_AXIS_M: Final = 6_378_245.0
"""Half the long axis of the Krasovsky 1940 ellipsoid."""
_ECCENTRICITY_SQUARED = 0.00669342162296594323
_MIDDLE_LAT, _MIDDLE_LON = 35.0, 105.0
_ROUNDS = 5
"""Each round of the inverse leaves less than a hundredth of the error; five reach the rounding of a float."""

_OUTLINE: Final = (
    (21.4, 108.0), (22.6, 106.6), (22.4, 105.0), (22.7, 103.6), (22.3, 101.7), (21.1, 101.2), (22.0, 99.3),
    (24.0, 97.6), (28.2, 97.3), (27.8, 92.0), (27.9, 86.0), (30.3, 81.2), (32.6, 78.7), (35.5, 77.8), (37.2, 74.7),
    (39.5, 73.6), (42.0, 80.2), (45.1, 82.5), (47.2, 83.0), (49.1, 87.3), (46.6, 91.0), (44.4, 95.3), (42.7, 97.0),
    (42.6, 101.5), (41.8, 105.0), (42.4, 109.0), (43.6, 111.8), (45.1, 112.0), (46.7, 118.0), (49.8, 116.7),
    (53.4, 120.8), (53.5, 124.0), (49.9, 127.5), (47.8, 131.0), (48.4, 135.0), (45.0, 132.9), (44.9, 131.0),
    (42.5, 130.6), (42.9, 129.7), (41.5, 127.9), (40.05, 124.4), (38.5, 121.6), (37.5, 122.9), (35.0, 119.8),
    (31.7, 122.4), (29.9, 122.9), (27.0, 121.2), (24.3, 118.6), (23.0, 116.7), (22.61, 114.35), (22.53, 114.1),
    (22.52, 113.98), (22.45, 113.85), (22.22, 113.6), (22.216, 113.532), (22.1, 113.538), (22.07, 113.53),
    (21.8, 113.1), (21.1, 110.9), (18.1, 110.0), (18.0, 108.7), (20.2, 108.9),
)  # fmt: skip
"""(lat, lon) of a coarse line around the mainland, read off a map by us: to some tens of kilometres, but to about one
at Hong Kong and Macau, which are outside."""


def shifted(true: Point) -> Point:
    """Where a service that speaks GCJ-02 shows the true (WGS-84) place; the caller asks only about China."""
    x, y = true.lon - _MIDDLE_LON, true.lat - _MIDDLE_LAT
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x))
    north += _waves(x, (20.0, 6.0), (20.0, 2.0)) + _waves(
        y, (20.0, 1.0), (40.0, 1 / 3), (160.0, 1 / 12), (320.0, 1 / 30)
    )
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x))
    east += _waves(x, (20.0, 6.0), (20.0, 2.0), (20.0, 1.0), (40.0, 1 / 3), (150.0, 1 / 12), (300.0, 1 / 30))
    flatness = 1.0 - _ECCENTRICITY_SQUARED * sin(radians(true.lat)) ** 2
    meridian_m = _AXIS_M * (1.0 - _ECCENTRICITY_SQUARED) / flatness**1.5
    parallel_m = _AXIS_M / sqrt(flatness) * cos(radians(true.lat))
    return Point(true.lat + north / meridian_m * 180.0 / pi, true.lon + east / parallel_m * 180.0 / pi)


def unshifted(shown: Point) -> Point:
    """The true place which GCJ-02 shows there, by repeated correction."""
    guess = shown
    for _ in range(_ROUNDS):
        seen = shifted(guess)
        guess = Point(guess.lat + shown.lat - seen.lat, guess.lon + shown.lon - seen.lon)
    return guess


def in_mainland(place: Point) -> bool:
    """Whether the place lies in mainland China, coarsely: where map services shift it.

    By the crossing number: how often a line due east from the place meets the outline.
    """
    inside = False
    for (lat_a, lon_a), (lat_b, lon_b) in zip(_OUTLINE, (*_OUTLINE[1:], _OUTLINE[0]), strict=True):
        if (lat_a > place.lat) != (lat_b > place.lat):
            crossing = lon_a + (place.lat - lat_a) / (lat_b - lat_a) * (lon_b - lon_a)
            inside ^= crossing > place.lon
    return inside


def _waves(at: float, *heights: tuple[float, float]) -> float:
    """The sum of sines (height, half waves a degree), two thirds of it, as the formula has them."""
    return sum(height * sin(at * rate * pi) for height, rate in heights) * 2.0 / 3.0
