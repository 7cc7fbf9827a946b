"""Riding the streets: from any place to any other, whatever engine finds the way between the junctions.

A place is snapped to the nearest point of a segment that its profile may use. From there the ride goes along the
segment to one of its ends, from junction to junction, and along part of the goal's segment; or straight along, when
both lie on one segment and its direction allows. Parts of a segment take their share of its time, in milliseconds.
"""

from collections.abc import Callable, Sequence
from functools import cached_property
from threading import Lock

import numpy as np
import numpy.typing as npt

from dispatch.domain.errors import InvalidInput
from dispatch.domain.geo import Point, distance_m
from dispatch.domain.vehicle import Profile
from dispatch.roads.network import CLOSED_MS, FloatArray, IntArray, Network
from dispatch.roads.ordering import order_within
from dispatch.roads.polyline import Piece, point_fractions, route_along
from dispatch.roads.route import RoadRoute, Snap
from dispatch.roads.shortest_paths import Gates, Graph, Millis, ShortestPaths
from dispatch.roads.snapper import Snapper, Snaps

_SAMPLE_RIDES = 64
"""Rides across the city that tell how many metres a second of riding is worth."""


class RoadTravelTimes:
    """`TravelTimes` over a network; each profile is prepared when it is first asked for."""

    def __init__(self, network: Network, engine: Callable[[Graph], ShortestPaths]) -> None:
        self._network = network
        self._engine = engine
        self._lock = Lock()
        self._rides: dict[Profile, _Rides] = {}

    def matrix_s(self, profile: Profile, sources: Sequence[Point], targets: Sequence[Point]) -> npt.NDArray[np.float32]:
        """See `TravelTimes`."""
        rides = self._of(profile)
        if not sources or not targets:
            return np.empty((len(sources), len(targets)), dtype=np.float32)
        found = rides.snapper.snap([*sources, *targets])
        return (rides.times_ms(*_split(found, len(sources))) / 1000).astype(np.float32)

    def distances_m(
        self, profile: Profile, sources: Sequence[Point], targets: Sequence[Point]
    ) -> npt.NDArray[np.float32]:
        """See `TravelTimes`.

        The hierarchy knows times only, and walking 250,000 paths to add up their metres takes a minute. So metres are
        a weighted sum of the time and of the straight line, the weights fitted to rides across the city.
        """
        if not sources or not targets:
            return np.empty((len(sources), len(targets)), dtype=np.float32)
        rides = self._of(profile)
        found = rides.snapper.snap([*sources, *targets])
        return rides.metres(*_split(found, len(sources))).astype(np.float32)

    def route(self, profile: Profile, a: Point, b: Point) -> RoadRoute:
        """See `TravelTimes`."""
        rides = self._of(profile)
        return rides.route(*_split(rides.snapper.snap([a, b]), 1))

    def snap(self, profile: Profile, place: Point) -> Snap:
        """See `TravelTimes`."""
        found = self._of(profile).snapper.snap([place])
        segment, fraction = int(found.segment[0]), float(found.fraction[0])
        on_street = self._of(profile).point_at(segment, fraction)
        return Snap(on_street, float(found.distance_m[0]), segment, fraction, self._network.street(2 * segment))

    def _of(self, profile: Profile) -> "_Rides":
        rides = self._rides.get(profile)
        if rides is None:
            with self._lock:
                rides = self._rides.get(profile)
                if rides is None:
                    rides = self._rides[profile] = _Rides(self._network, profile, self._engine)
        return rides


class _Rides:
    """One profile's part of the network, with its engine. Immutable once built."""

    def __init__(self, network: Network, profile: Profile, engine: Callable[[Graph], ShortestPaths]) -> None:
        self._network = network
        self._edge_ms: Millis = network.travel_ms(profile)
        self._edges = np.flatnonzero(self._edge_ms < CLOSED_MS)
        if not len(self._edges):
            raise InvalidInput("no_network", f"This city has no streets for the vehicle '{profile}'; choose another.")
        self.snapper = Snapper(network, np.unique(self._edges // 2).astype(np.int32))
        nodes = np.unique(network.tail[self._edges])
        self._local = np.full(network.node_count, -1, dtype=np.int32)
        self._local[nodes] = np.arange(len(nodes), dtype=np.int32)
        tail, head = self._local[network.tail[self._edges]], self._local[network.head[self._edges]]
        lat, lon, order = network.node_lat[nodes], network.node_lon[nodes], order_within(network.order, self._local)
        self._paths = engine(Graph(lat, lon, tail, head, self._edge_ms[self._edges], order))
        self._point_fraction = point_fractions(network)

    def times_ms(self, sources: Snaps, targets: Snaps) -> FloatArray:
        """[S, T] milliseconds; infinite where no way leads."""
        times = self._paths.times_ms(self._starts(sources), self._goals(targets))
        s, t = np.nonzero(sources.segment[:, None] == targets.segment[None, :])
        straight_ms = self._straight_ms(sources.segment[s], sources.fraction[s], targets.fraction[t])
        times[s, t] = np.minimum(times[s, t], straight_ms.min(axis=1, initial=np.inf))
        return times

    def route(self, source: Snaps, target: Snaps) -> RoadRoute:
        """The fastest way between one place and another."""
        segment, leaves_at, arrives_at = int(source.segment[0]), float(source.fraction[0]), float(target.fraction[0])
        if self._straight_is_best(source, target):
            straight_ms = self._straight_ms(source.segment, source.fraction, target.fraction)[0]
            against = int(np.argmin(straight_ms))
            ends = (1 - leaves_at, 1 - arrives_at) if against else (leaves_at, arrives_at)
            pieces = [Piece(2 * segment + against, *ends, int(straight_ms[against]))]
        else:
            pieces = self._pieces_by_junctions(source, target)
        return route_along(self._network, self._point_fraction, pieces)

    def point_at(self, segment: int, fraction: float) -> Point:
        """The place on a segment."""
        piece = Piece(2 * segment, fraction, fraction, 0)
        return route_along(self._network, self._point_fraction, [piece]).line[0]

    def metres(self, sources: Snaps, targets: Snaps) -> FloatArray:
        """[S, T] estimated metres of the fastest ways; infinite where none leads."""
        per_second, per_straight_m = self._metres_fit
        estimate_m = self.times_ms(sources, targets) / 1000 * per_second
        straight_m = np.hypot(*(sources.plane_m[:, :, None] - targets.plane_m[:, None, :]))
        estimate_m += straight_m * per_straight_m
        return np.maximum(estimate_m, straight_m, dtype=np.float64)

    @cached_property
    def _metres_fit(self) -> tuple[float, float]:
        """Metres for each second and for each straight metre: least squares over `_SAMPLE_RIDES` rides."""
        chosen = self._edges[np.linspace(0, len(self._edges) - 1, 2 * _SAMPLE_RIDES).astype(int)] // 2
        middles = [self.point_at(segment, 0.5) for segment in np.random.default_rng(0).permutation(chosen).tolist()]
        rides = [
            self.route(*_split(self.snapper.snap([a, b]), 1)) for a, b in zip(middles[::2], middles[1::2], strict=True)
        ]
        asked = np.array([(ride.duration_s, distance_m(ride.line[0], ride.line[-1])) for ride in rides])
        ridden_m = np.array([ride.distance_m for ride in rides])
        per_second, per_straight_m = np.linalg.lstsq(asked, ridden_m)[0].clip(min=0).tolist()
        return per_second, per_straight_m

    def _pieces_by_junctions(self, source: Snaps, target: Snaps) -> list[Piece]:
        """The first part segment, whole edges, the last part segment."""
        starts, goals = self._starts(source), self._goals(target)
        found = self._paths.path(starts, goals)
        if found is None:
            raise InvalidInput("unreachable", "No street leads from the one place to the other for this vehicle.")
        nodes, arcs = found
        out, back = _gate_of(starts, nodes[0]), _gate_of(goals, nodes[-1])
        leaves_at, arrives_at = float(source.fraction[0]), float(target.fraction[0])
        first = Piece(2 * int(source.segment[0]) + out, (leaves_at, 1 - leaves_at)[out], 1.0, int(starts.ms[0, out]))
        last = Piece(2 * int(target.segment[0]) + back, 0.0, (arrives_at, 1 - arrives_at)[back], int(goals.ms[0, back]))
        edges = self._edges[np.asarray(arcs, dtype=np.int64)]
        return [first, *(Piece(int(edge), 0.0, 1.0, int(self._edge_ms[edge])) for edge in edges), last]

    def _straight_is_best(self, source: Snaps, target: Snaps) -> bool:
        if source.segment[0] != target.segment[0]:
            return False
        straight_ms = self._straight_ms(source.segment, source.fraction, target.fraction).min()
        by_junctions_ms = self._paths.times_ms(self._starts(source), self._goals(target))[0, 0]
        return bool(np.isfinite(straight_ms) and straight_ms <= by_junctions_ms)

    def _straight_ms(self, segment: IntArray, leaves_at: FloatArray, arrives_at: FloatArray) -> FloatArray:
        """[., 2] milliseconds along one segment, as drawn and against it; infinite where that is not the way."""
        ahead = np.stack([arrives_at - leaves_at, leaves_at - arrives_at], axis=1)
        edge_ms = self._both_ms(segment)
        return np.where((ahead >= 0) & (edge_ms < CLOSED_MS), np.rint(ahead * edge_ms), np.inf)

    def _starts(self, places: Snaps) -> Gates:
        """The ends of the segments: the one ahead as drawn, then the one behind."""
        nodes = np.stack([self._network.end[places.segment], self._network.start[places.segment]], axis=1)
        return self._gates(nodes, places, np.stack([1 - places.fraction, places.fraction], axis=1))

    def _goals(self, places: Snaps) -> Gates:
        """The ends of the segments: the one that riding as drawn comes from, then the other."""
        nodes = np.stack([self._network.start[places.segment], self._network.end[places.segment]], axis=1)
        return self._gates(nodes, places, np.stack([places.fraction, 1 - places.fraction], axis=1))

    def _gates(self, nodes: IntArray, places: Snaps, share: FloatArray) -> Gates:
        edge_ms = self._both_ms(places.segment)
        own_ms = np.where(edge_ms < CLOSED_MS, np.rint(share * edge_ms), CLOSED_MS).astype(np.int64)
        return Gates(self._local[nodes], own_ms)

    def _both_ms(self, segment: IntArray) -> Millis:
        """[., 2] whole-segment milliseconds as drawn and against."""
        return self._edge_ms[np.stack([2 * segment, 2 * segment + 1], axis=1)]


def _split(found: Snaps, at: int) -> tuple[Snaps, Snaps]:
    return found[:at], found[at:]


def _gate_of(gates: Gates, node: int) -> int:
    """Which gate of the one place the way uses: its direction, 0 as drawn and 1 against."""
    return int(np.argmin(np.where(gates.node[0] == node, gates.ms[0], np.iinfo(np.int64).max)))
