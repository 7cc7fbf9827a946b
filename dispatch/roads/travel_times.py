"""Travel times, routes and snapping on a city's streets: the interface that the rest of the project sees.

Two engines stand behind it and answer alike to the millisecond: `cch` (customizable contraction hierarchies, compiled)
and `scipy_engine` (plain Dijkstra), which takes over by itself where the compiled wheel cannot be imported.
"""

from collections.abc import Callable, Sequence
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt

from dispatch.domain.geo import Point
from dispatch.domain.vehicle import Profile
from dispatch.roads.city import City
from dispatch.roads.kerbs import Doors
from dispatch.roads.live import LiveTravelTimes
from dispatch.roads.route import MAX_SNAP_M, UNREACHABLE_S, RoadRoute, Snap
from dispatch.roads.shortest_paths import Graph, ShortestPaths

__all__ = ["MAX_SNAP_M", "UNREACHABLE_S", "EngineName", "RoadRoute", "Snap", "TravelTimes", "open_travel_times"]

EngineName = Literal["auto", "cch", "scipy"]


class TravelTimes(Protocol):
    """Times and ways on one city's streets, per profile. Safe to use from any thread.

    A known address is reached on its own street and at its entrance; see `kerbs`. Times count riding, and crossing a
    busy street on foot; the steps from the kerb to the door belong to the stop's service time.
    Every method raises `InvalidInput("off_network")` for a place farther than `MAX_SNAP_M` from the profile's streets
    and `InvalidInput("no_network")` when the city has no street at all for the profile.
    """

    @property
    def version(self) -> int:
        """Changes whenever present times do; then whatever was kept of older answers is old."""
        ...

    def at(self, at_ms: int) -> "TravelTimes":
        """The streets as they are (0) or will be at a moment, as far as anybody knows; it never changes."""
        ...

    def pace(self, profile: Profile) -> tuple[tuple[int, float], ...]:
        """(from ms, factor): how many times as long as now rides take that set off then; empty: always the same."""
        ...

    def matrix_s(self, profile: Profile, sources: Sequence[Point], targets: Sequence[Point]) -> npt.NDArray[np.float32]:
        """Seconds [sources, targets], to the millisecond; `UNREACHABLE_S` where no way leads."""
        ...

    def distances_m(
        self, profile: Profile, sources: Sequence[Point], targets: Sequence[Point]
    ) -> npt.NDArray[np.float32]:
        """Metres [sources, targets] along the fastest way, estimated from its time; `route` gives exact ones."""
        ...

    def route(self, profile: Profile, a: Point, b: Point) -> RoadRoute:
        """The fastest way; it lasts what the matrix says. Raises `InvalidInput("unreachable")` where none leads."""
        ...

    def snap(self, profile: Profile, place: Point) -> Snap:
        """The point of the profile's network where the place is reached."""
        ...


def open_travel_times(city: City, engine: EngineName = "auto") -> LiveTravelTimes:
    """Travel times for a city, on empty streets until they are told otherwise.

    Each profile is prepared when it is first asked for (0.1 s for a large city).

    Raises `ImportError` when the engine is named and its library is missing; "auto" falls back to scipy.
    """
    return LiveTravelTimes(city.network, _engine(engine), Doors.of(city))


def _engine(name: EngineName) -> Callable[[Graph], ShortestPaths]:
    if name != "scipy":
        try:
            from dispatch.roads.cch import CchPaths  # noqa: PLC0415 - the wheel is missing on some platforms

            return CchPaths
        except ImportError:
            if name == "cch":
                raise
    from dispatch.roads.scipy_engine import ScipyPaths  # noqa: PLC0415 - scipy's graph module is slow to import

    return ScipyPaths
