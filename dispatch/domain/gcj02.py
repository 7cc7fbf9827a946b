"""The GCJ-02 shift of Chinese map services, there and back.

A pin that was shifted twice, or never shifted back, lies some hundreds of metres off its door in a direction
which this formula tells. Source of the figures: the publicly known approximation on the Krasovsky 1940 ellipsoid.
"""

from math import cos, pi, radians, sin, sqrt

from dispatch.domain.geo import Point

_AXIS_M = 6_378_245.0
"""Half the long axis of the Krasovsky 1940 ellipsoid."""
_ECCENTRICITY_SQUARED = 0.00669342162296594323
_MIDDLE_LAT, _MIDDLE_LON = 35.0, 105.0
_ROUNDS = 5
"""Each round of the inverse leaves less than a hundredth of the error; five reach the rounding of a float."""


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


def _waves(at: float, *heights: tuple[float, float]) -> float:
    """The sum of sines (height, half waves a degree), two thirds of it, as the formula has them."""
    return sum(height * sin(at * rate * pi) for height, rate in heights) * 2.0 / 3.0
