"""Incidents: what closes or slows streets for a while, as somebody reported it."""

from dataclasses import dataclass
from enum import StrEnum

from dispatch.domain.errors import InvalidInput
from dispatch.domain.geo import Point
from dispatch.domain.vehicle import Profile

LEAST_FACTOR, MOST_FACTOR = 0.2, 20.0
"""A ride may be said to take so many times as long; what lies beyond is an error of whoever sent it."""
MOST_CORNERS = 2_000
MOST_EDGES = 5_000


class IncidentKind(StrEnum):
    """What it does: `closure` nobody passes, `slowdown` it takes longer, `weather` the same for a whole area."""

    CLOSURE = "closure"
    SLOWDOWN = "slowdown"
    WEATHER = "weather"


class ShapeKind(StrEnum):
    """How it is drawn: along streets, around them, or by the numbers of their edges."""

    LINE = "line"
    POLYGON = "polygon"
    EDGES = "edges"


@dataclass(frozen=True, slots=True)
class Incident:
    """One incident. Times are business time in epoch ms; `until_ms` 0: nobody knows yet.

    Rides on what it means take `factor` times as long; for a closure it is of no account. `profiles` are whom it
    concerns (none: everybody). `both_ways`: a line means both directions of its streets, else the one it is drawn in.
    `reason` is told to staff, couriers and shoppers; `by` reported it. `ended_at_ms` is when somebody called it over.
    """

    id: str
    kind: IncidentKind
    shape: ShapeKind
    corners: tuple[Point, ...]
    from_ms: int
    reason: str
    edges: tuple[int, ...] = ()
    until_ms: int = 0
    factor: float = 1.0
    both_ways: bool = True
    profiles: tuple[Profile, ...] = ()
    by: str = ""
    ended_at_ms: int = 0

    def is_over(self, at_ms: int) -> bool:
        """Whether nothing of it is left at that moment."""
        return bool(self.ended_at_ms and self.ended_at_ms <= at_ms) or bool(self.until_ms and self.until_ms <= at_ms)


def check_incident(incident: Incident) -> None:
    """Raises `InvalidInput` for what makes no sense wherever the streets are."""
    if not LEAST_FACTOR <= incident.factor <= MOST_FACTOR:
        raise InvalidInput(
            "bad_factor", f"A factor says how many times as long rides take, {LEAST_FACTOR} to {MOST_FACTOR:.0f}."
        )
    if incident.until_ms and incident.until_ms <= incident.from_ms:
        raise InvalidInput("bad_window", "An incident ends after it begins.")
    least = {ShapeKind.LINE: 2, ShapeKind.POLYGON: 3, ShapeKind.EDGES: 0}[incident.shape]
    if not least <= len(incident.corners) <= MOST_CORNERS or len(incident.edges) > MOST_EDGES:
        raise InvalidInput("bad_geometry", "A line has two places at least and a polygon three; neither has thousands.")
    if incident.shape is ShapeKind.EDGES and not incident.edges:
        raise InvalidInput("bad_geometry", "No edge is named.")
