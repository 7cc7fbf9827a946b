"""Streets that cost nothing: as the crow flies, with a detour, at each vehicle's usual speed.

Where a courier turns off is not what a run is about; with the real streets the roads would take most of its time. Some
seeds ride the real ones all the same, see `Topology`.
"""

from collections.abc import Sequence
from math import cos, radians
from typing import Final

import numpy as np
import numpy.typing as npt

from dispatch.domain.geo import Point, distance_m
from dispatch.domain.vehicle import Profile
from dispatch.roads.conditions import Conditions
from dispatch.roads.live import LiveTravelTimes, Swap
from dispatch.roads.route import RoadRoute

DETOUR: Final = 1.3
SPEED_MPS: Final = {Profile.FOOT: 1.4, Profile.BIKE: 4.2, Profile.EBIKE: 5.0, Profile.MOTORBIKE: 7.0}
OTHER_MPS: Final = 7.0
METRES_PER_DEGREE: Final = 111_195.0
LATITUDE_DEG: Final = 44.0
"""Generated cities lie here."""
MEAN_COS: Final = cos(radians(LATITUDE_DEG))


class QuickStreets(LiveTravelTimes):
    """Of a real city, whose network only gives the places their names."""

    @classmethod
    def over(cls, streets: LiveTravelTimes) -> "QuickStreets":
        """The same city without its streets."""
        quick = cls.__new__(cls)
        quick.__dict__ = dict(streets.__dict__)
        return quick

    def at(self, at_ms: int) -> "QuickStreets":  # type: ignore[override] # it needs no view: nothing ever changes
        """See `TravelTimes`: at every moment the same."""
        del at_ms
        return self

    def pace(self, profile: Profile) -> tuple[tuple[int, float], ...]:
        """See `TravelTimes`."""
        del profile
        return ()

    def matrix_s(self, profile: Profile, sources: Sequence[Point], targets: Sequence[Point]) -> npt.NDArray[np.float32]:
        """See `TravelTimes`."""
        one, other = _plane_m(sources), _plane_m(targets)
        metres = np.hypot(one[:, None, 0] - other[None, :, 0], one[:, None, 1] - other[None, :, 1])
        return (metres * (DETOUR / SPEED_MPS.get(profile, OTHER_MPS))).astype(np.float32)

    def route(self, profile: Profile, a: Point, b: Point) -> RoadRoute:
        """See `TravelTimes`."""
        metres = DETOUR * distance_m(a, b)
        seconds = metres / SPEED_MPS.get(profile, OTHER_MPS)
        return RoadRoute.through(seconds, metres, (a, b), (0.0, seconds))

    def update(self, conditions: Conditions, now_ms: int, *, later: bool = True) -> Swap:
        """See `LiveTravelTimes`: nothing ever changes."""
        del conditions, now_ms, later
        return Swap(0, (), 0)


def _plane_m(places: Sequence[Point]) -> npt.NDArray[np.float64]:
    """[n, 2] metres; what lies between two places of one city is as long as on a map of that city."""
    if not places:
        return np.zeros((0, 2))
    degrees = np.array([(place.lat, place.lon) for place in places])
    return degrees * (METRES_PER_DEGREE, METRES_PER_DEGREE * MEAN_COS)
