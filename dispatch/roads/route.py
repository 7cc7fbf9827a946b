"""What a question about the streets is answered with."""

from dataclasses import dataclass

from dispatch.domain.geo import Point

MAX_SNAP_M = 2_000.0
"""A place farther than this from every street that the profile may use is off the network."""

UNREACHABLE_S = float("inf")
"""What a matrix holds where no way leads; a profile's network is strongly connected, so only closures bring it."""


@dataclass(frozen=True, slots=True)
class Snap:
    """The nearest point on a street that the profile may use."""

    place: Point
    distance_m: float
    """From the place asked for, in a straight line."""
    segment: int
    """Index into the network's segments."""
    fraction: float
    """How far along the segment as drawn, 0 to 1."""
    street: str


@dataclass(frozen=True, slots=True)
class RoadRoute:
    """A way along streets from one snapped place to another."""

    duration_s: float
    distance_m: float
    line: tuple[Point, ...]
    """At least two points, from snapped place to snapped place."""
    at_s: tuple[float, ...]
    """When each point of the line is reached, in seconds from the start; as long as the line, never decreasing."""
