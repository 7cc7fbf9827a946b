"""Ways that are looked up once for many orders are those that each would have been told by itself."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from dispatch.application.known_ways import KnownWays
from dispatch.domain.depot import Depot
from dispatch.domain.geo import Point
from dispatch.domain.vehicle import Profile
from tests.support.web import DEPOT, HOME, ISLAND, Beeline

NEAR, FAR = Depot("near", "Near", DEPOT, ""), Depot("far", "Far", Point(60.2, 25.0), "")
DOORS = [HOME, Point(60.18, 24.95), ISLAND, Point(60.19, 24.96)]


class Counted(Beeline):
    """Roads that count how often they are asked."""

    asked = 0

    def matrix_s(self, profile: Profile, sources: Sequence[Point], targets: Sequence[Point]) -> npt.NDArray[np.float32]:
        self.asked += 1
        return super().matrix_s(profile, sources, targets)


def test_known_ways_are_the_ways() -> None:
    """Also beside a door that is on no road; and nobody asks the roads again."""
    roads = Counted()
    known = KnownWays(roads, Profile.BIKE, (NEAR, FAR), DOORS)
    asked = roads.asked
    for door in (HOME, DOORS[1], DOORS[3]):
        told = known.matrix_s(Profile.BIKE, [FAR.place, NEAR.place], [door])
        assert np.array_equal(told, Beeline().matrix_s(Profile.BIKE, [FAR.place, NEAR.place], [door]))
    assert np.isinf(known.matrix_s(Profile.BIKE, [NEAR.place], [ISLAND])).all() and roads.asked == asked


def test_other_ways_are_asked_for() -> None:
    """By another vehicle, from elsewhere, or to a door that nobody named."""
    roads = Counted()
    known = KnownWays(roads, Profile.BIKE, (NEAR,), [HOME])
    asked = roads.asked
    known.matrix_s(Profile.CAR, [NEAR.place], [HOME])
    known.matrix_s(Profile.BIKE, [FAR.place], [HOME])
    known.matrix_s(Profile.BIKE, [NEAR.place], [DOORS[1]])
    assert roads.asked == asked + 3
    assert known.version == 0 and known.pace(Profile.BIKE) == () and known.at(0) is roads
    assert known.route(Profile.BIKE, DEPOT, HOME).distance_m > 0


def test_a_zone_without_depots_has_no_ways() -> None:
    """Nothing to ask for."""
    roads = Counted()
    KnownWays(roads, Profile.BIKE, (), [HOME])
    assert roads.asked == 0
