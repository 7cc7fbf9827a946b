"""Ways that are looked up once for many orders: one question to the roads instead of one for each order."""

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from dispatch.application.orders import ways_s
from dispatch.application.ports import RoadRoute, TravelTimes
from dispatch.domain.depot import Depot
from dispatch.domain.errors import InvalidInput
from dispatch.domain.geo import Point
from dispatch.domain.vehicle import Profile


class KnownWays:
    """`TravelTimes` that has the ways from depots to doors at hand, and asks the roads for all others."""

    def __init__(
        self, travel_times: TravelTimes, profile: Profile, depots: Iterable[Depot], doors: Iterable[Point]
    ) -> None:
        """Asks the roads; not to be called where nobody may wait."""
        self._roads, self._profile = travel_times, profile
        sources, targets = list(depots), list(dict.fromkeys(doors))
        self._column = {door: n for n, door in enumerate(targets)}
        self._row = {depot.place: n for n, depot in enumerate(sources)}
        self._s = np.full((len(sources), len(targets)), np.inf, dtype=np.float32)
        if sources and targets:
            self._s[:] = np.array(_all_s(travel_times, profile, sources, targets)).T

    @property
    def version(self) -> int:
        """See `TravelTimes`."""
        return self._roads.version

    def at(self, at_ms: int) -> TravelTimes:
        """See `TravelTimes`."""
        return self._roads.at(at_ms)

    def pace(self, profile: Profile) -> tuple[tuple[int, float], ...]:
        """See `TravelTimes`."""
        return self._roads.pace(profile)

    def matrix_s(self, profile: Profile, sources: Sequence[Point], targets: Sequence[Point]) -> npt.NDArray[np.float32]:
        """See `TravelTimes`; inf, too, where a door is on no road."""
        known = self._row.keys() >= set(sources) and self._column.keys() >= set(targets)
        if profile is not self._profile or not known:
            return self._roads.matrix_s(profile, sources, targets)
        rows, columns = [self._row[place] for place in sources], [self._column[place] for place in targets]
        return self._s[rows][:, columns]

    def route(self, profile: Profile, a: Point, b: Point) -> RoadRoute:
        """See `TravelTimes`."""
        return self._roads.route(profile, a, b)


def _all_s(roads: TravelTimes, profile: Profile, depots: list[Depot], doors: list[Point]) -> list[list[float]]:
    """Seconds [doors, depots]. One door off the roads is no reason to ask for each of the others by itself, so they are
    halved until only that one is left.
    """
    if len(doors) > 1:
        try:
            found = roads.matrix_s(profile, [depot.place for depot in depots], doors)
        except InvalidInput:
            half = len(doors) // 2
            return _all_s(roads, profile, depots, doors[:half]) + _all_s(roads, profile, depots, doors[half:])
        return [[float(way_s) for way_s in column] for column in found.T]
    return [ways_s(roads, profile, depots, doors[0])]
