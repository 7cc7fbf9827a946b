"""Where a courier is at a moment: standing somewhere, or riding along a way. Pure."""

from bisect import bisect_right
from dataclasses import dataclass
from math import cos, radians
from typing import Protocol

from dispatch.domain.geo import Point, bearing_deg, distance_m
from dispatch.roads.route import RoadRoute
from simulator.chance import Stream

METRES_PER_DEGREE = 111_195.0
"""Of latitude, on a sphere of mean radius."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A place with the movement there; the heading of someone who stands is unknown."""

    place: Point
    speed_mps: float = 0.0
    heading_deg: float | None = None


class Motion(Protocol):
    """Where someone is, as a function of business time."""

    def spot_at(self, at_ms: int) -> Spot:
        """The spot at that moment."""
        ...


@dataclass(frozen=True, slots=True)
class Standing:
    """Not going anywhere."""

    place: Point

    def spot_at(self, at_ms: int) -> Spot:
        """The same place at every moment."""
        del at_ms
        return Spot(self.place)


@dataclass(frozen=True, slots=True)
class Ride:
    """Riding a way from `started_at_ms` on, `pace` times as fast as the roads' own times say."""

    way: RoadRoute
    started_at_ms: int
    pace: float = 1.0

    @property
    def arrives_at_ms(self) -> int:
        """When the end of the way is reached."""
        return self.started_at_ms + round(self.way.duration_s / self.pace * 1000)

    def spot_at(self, at_ms: int) -> Spot:
        """Along the way by its own times; before the start and after the end, at the ends."""
        line, at_s = self.way.line, self.way.at_s
        ridden_s = (at_ms - self.started_at_ms) / 1000 * self.pace
        if ridden_s >= at_s[-1]:
            return Spot(line[-1])
        ahead = min(max(1, bisect_right(at_s, ridden_s)), len(line) - 1)
        leg_s = at_s[ahead] - at_s[ahead - 1]
        share = min(1.0, max(0.0, (ridden_s - at_s[ahead - 1]) / leg_s)) if leg_s > 0 else 1.0
        a, b = line[ahead - 1], line[ahead]
        place = Point(a.lat + (b.lat - a.lat) * share, a.lon + (b.lon - a.lon) * share)
        return Spot(place, distance_m(a, b) / leg_s * self.pace if leg_s > 0 else 0.0, bearing_deg(a, b))


def blurred(place: Point, sigma_m: float, chance: Stream) -> Point:
    """The place as a satellite receiver sees it: a Gaussian error of `sigma_m` metres in each direction."""
    north_m, east_m = chance.normal(0.0, sigma_m, 2).tolist()
    lon = place.lon + east_m / (METRES_PER_DEGREE * cos(radians(place.lat)))
    return Point(place.lat + north_m / METRES_PER_DEGREE, lon)
