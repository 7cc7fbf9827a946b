"""`TravelTimes` over a network: each profile is prepared when it is first asked for, on empty streets."""

from collections.abc import Callable, Sequence
from threading import Lock

import numpy as np
import numpy.typing as npt

from dispatch.domain.geo import Point
from dispatch.domain.vehicle import Profile
from dispatch.roads.ground import Ground
from dispatch.roads.kerbs import NO_DOORS, Doors
from dispatch.roads.network import Network
from dispatch.roads.rides import Rides, Streets, split
from dispatch.roads.route import RoadRoute, Snap
from dispatch.roads.shortest_paths import Graph, ShortestPaths

Engine = Callable[[Graph], ShortestPaths]


class RoadTravelTimes:
    """Times on empty streets."""

    version = 0

    def __init__(self, network: Network, engine: Engine, doors: Doors = NO_DOORS) -> None:
        self._network = network
        self._engine = engine
        self._doors = doors
        self._lock = Lock()
        self._rides: dict[Profile, Rides] = {}

    def at(self, at_ms: int) -> "RoadTravelTimes":
        """See `TravelTimes`: empty streets are always the same."""
        del at_ms
        return self

    def pace(self, profile: Profile) -> tuple[tuple[int, float], ...]:
        """See `TravelTimes`."""
        del profile
        return ()

    def matrix_s(self, profile: Profile, sources: Sequence[Point], targets: Sequence[Point]) -> npt.NDArray[np.float32]:
        """See `TravelTimes`."""
        return matrix_s(self.free(profile), sources, targets)

    def distances_m(
        self, profile: Profile, sources: Sequence[Point], targets: Sequence[Point]
    ) -> npt.NDArray[np.float32]:
        """See `TravelTimes`.

        The hierarchy knows times only, and walking 250,000 paths to add up their metres takes a minute. So metres are
        a weighted sum of the time and of the straight line, the weights fitted to rides across the city.
        """
        if not sources or not targets:
            return np.empty((len(sources), len(targets)), dtype=np.float32)
        rides = self.free(profile)
        found = rides.streets.snapper.snap([*sources, *targets])
        return rides.metres(*split(found, len(sources))).astype(np.float32)

    def route(self, profile: Profile, a: Point, b: Point) -> RoadRoute:
        """See `TravelTimes`."""
        rides = self.free(profile)
        return rides.route(*split(rides.streets.snapper.snap([a, b]), 1))

    def snap(self, profile: Profile, place: Point) -> Snap:
        """See `TravelTimes`."""
        streets = self.free(profile).streets
        found = streets.snapper.snap([place])
        segment, fraction = int(found.segment[0]), float(found.fraction[0])
        on_street = streets.point_at(segment, fraction)
        return Snap(on_street, float(found.distance_m[0]), segment, fraction, self._network.street(2 * segment))

    def free(self, profile: Profile) -> Rides:
        """Rides on empty streets. Raises `InvalidInput("no_network")`."""
        rides = self._rides.get(profile)
        if rides is None:
            with self._lock:
                rides = self._rides.get(profile)
                if rides is None:
                    ground = Ground(self._network, profile)
                    paths = self._engine(ground.graph(ground.free_ms))
                    rides = self._rides[profile] = Rides(Streets(ground, self._doors), paths, ground.free_ms)
        return rides


def matrix_s(rides: Rides, sources: Sequence[Point], targets: Sequence[Point]) -> npt.NDArray[np.float32]:
    """Seconds [sources, targets] to the millisecond; infinite where no way leads."""
    if not sources or not targets:
        return np.empty((len(sources), len(targets)), dtype=np.float32)
    found = rides.streets.snapper.snap([*sources, *targets])
    return (rides.times_ms(*split(found, len(sources))) / 1000).astype(np.float32)
