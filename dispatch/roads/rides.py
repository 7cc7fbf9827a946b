"""Rides of one profile under one set of weights: from any place to any other.

A place is snapped to a point of a segment that its profile may use. From there the ride goes along the segment to one
of its ends, through the graph, and along part of the goal's segment; or straight along, when both lie on one segment
and its direction allows. Parts of a segment take their share of its time, in milliseconds. A ride that arrives on the
far side of a busy street ends with crossing it.
"""

from functools import cached_property

import numpy as np

from dispatch.domain.errors import InvalidInput
from dispatch.domain.geo import Point, distance_m
from dispatch.roads.ground import Ground
from dispatch.roads.kerbs import NO_DOORS, Doors, Kerbs
from dispatch.roads.network import CLOSED_MS, FloatArray, IntArray
from dispatch.roads.polyline import Piece, point_fractions, route_along
from dispatch.roads.route import RoadRoute
from dispatch.roads.shortest_paths import Gates, Millis, ShortestPaths
from dispatch.roads.snapper import Snapper, Snaps

_HAIR = 1e-9
"""Keeps the end of a segment apart from the beginning of the next."""
_SAMPLE_RIDES = 64
"""Rides across the city that tell how many metres a second of riding is worth."""


class Streets:
    """Where places lie for one profile, and what its ways look like; whatever the weights are."""

    def __init__(self, ground: Ground, doors: Doors = NO_DOORS) -> None:
        self.ground = ground
        kerbs = Kerbs(ground.network, ground.profile, doors)
        self.snapper = Snapper(ground.network, np.unique(ground.edges // 2).astype(np.int32), kerbs)
        self.point_fraction = point_fractions(ground.network)

    def along(self, pieces: list[Piece], crossing_ms: int = 0) -> RoadRoute:
        """The line along the pieces, and the time to cross the street at its end."""
        return route_along(self.ground.network, self.point_fraction, pieces).staying(crossing_ms / 1000)

    def point_at(self, segment: int, fraction: float) -> Point:
        """The place on a segment."""
        return self.along([Piece(2 * segment, fraction, fraction, 0)]).line[0]

    def places_m(self, segment: IntArray, fraction: FloatArray) -> tuple[FloatArray, FloatArray]:
        """[S] metres east and [S] north of the middle of the city, for places on segments."""
        measure, east_m, north_m = self._measured
        wanted = segment + fraction.clip(_HAIR, 1 - _HAIR)
        return np.interp(wanted, measure, east_m), np.interp(wanted, measure, north_m)

    @cached_property
    def _measured(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """[P] segment + fraction, which rises from point to point, and where the points are in metres."""
        network = self.ground.network
        owner = np.repeat(np.arange(network.segment_count), np.diff(network.point_offset))
        return owner + self.point_fraction, *self.snapper.plane(network.point_lat, network.point_lon)


class Rides:
    """Immutable: a question that is being answered never sees other weights than the first that it saw."""

    def __init__(self, streets: Streets, paths: ShortestPaths, edge_ms: Millis) -> None:
        self.streets = streets
        self.edge_ms = edge_ms
        """[2K]; `CLOSED_MS` where nobody of the profile may go just now"""
        self._ground = streets.ground
        self._paths = paths

    def with_times(self, edge_ms: Millis) -> "Rides":
        """The same streets at other speeds."""
        return Rides(self.streets, self._paths.with_weights(self._ground.weights(edge_ms)), edge_ms)

    def times_ms(self, sources: Snaps, targets: Snaps) -> FloatArray:
        """[S, T] milliseconds; infinite where no way leads."""
        times = self._paths.times_ms(self._starts(sources), self._goals(targets))
        s, t = np.nonzero(sources.segment[:, None] == targets.segment[None, :])
        straight_ms = self._straight_ms(sources.segment[s], sources.fraction[s], targets.fraction[t])
        straight_ms += targets.far_side_ms[t]
        times[s, t] = np.minimum(times[s, t], straight_ms.min(axis=1, initial=np.inf))
        return times

    def route(self, source: Snaps, target: Snaps) -> RoadRoute:
        """The fastest way between one place and another. Raises `InvalidInput("unreachable")`."""
        pieces = self.pieces(source, target)
        return self.streets.along(pieces, int(target.far_side_ms[0, pieces[-1].edge % 2]))

    def pieces(self, source: Snaps, target: Snaps) -> list[Piece]:
        """The stretches that the fastest way rides. Raises `InvalidInput("unreachable")`."""
        segment, leaves_at, arrives_at = int(source.segment[0]), float(source.fraction[0]), float(target.fraction[0])
        if not self._straight_is_best(source, target):
            return self._pieces_by_junctions(source, target)
        straight_ms = self._straight_ms(source.segment, source.fraction, target.fraction)[0]
        against = int(np.argmin(straight_ms + target.far_side_ms[0]))
        ends = (1 - leaves_at, 1 - arrives_at) if against else (leaves_at, arrives_at)
        return [Piece(2 * segment + against, *ends, int(straight_ms[against]))]

    def gates(self, sources: Snaps, targets: Snaps) -> tuple[Gates, Gates]:
        """How places hang on the graph, as starts and as goals."""
        return self._starts(sources), self._goals(targets)

    def arrivals_ms(self, source: Snaps) -> FloatArray:
        """[2K] milliseconds from one place until each edge is begun; infinite where no way leads to it."""
        every = np.arange(self._ground.node_count, dtype=np.int32)
        goals = Gates(np.stack([every, every], axis=1), np.broadcast_to([0, CLOSED_MS], (len(every), 2)))
        there_ms = self._paths.times_ms(self._starts(source), goals)[0]
        leaves = self._ground.leaves
        return np.where(leaves >= 0, there_ms[leaves], np.inf)

    def metres(self, sources: Snaps, targets: Snaps) -> FloatArray:
        """[S, T] estimated metres of the fastest ways; infinite where none leads."""
        per_second, per_straight_m = self._metres_fit
        estimate_m = self.times_ms(sources, targets.in_the_road()) / 1000 * per_second
        straight_m = np.hypot(*(sources.plane_m[:, :, None] - targets.plane_m[:, None, :]))
        estimate_m += straight_m * per_straight_m
        return np.maximum(estimate_m, straight_m, dtype=np.float64)

    @cached_property
    def _metres_fit(self) -> tuple[float, float]:
        """Metres for each second and for each straight metre: least squares over `_SAMPLE_RIDES` rides."""
        edges, rng, point_at = self._ground.edges, np.random.default_rng(0), self.streets.point_at
        chosen = edges[np.linspace(0, len(edges) - 1, 2 * _SAMPLE_RIDES).astype(int)] // 2
        middles = [point_at(segment, 0.5) for segment in rng.permutation(chosen).tolist()]
        rides = [ride for a, b in zip(middles[::2], middles[1::2], strict=True) if (ride := self._ride(a, b))]
        asked = np.array([(ride.duration_s, distance_m(ride.line[0], ride.line[-1])) for ride in rides])
        ridden_m = np.array([ride.distance_m for ride in rides])
        per_second, per_straight_m = np.linalg.lstsq(asked.reshape(-1, 2), ridden_m)[0].clip(min=0).tolist()
        return per_second, per_straight_m

    def _ride(self, a: Point, b: Point) -> RoadRoute | None:
        try:
            return self.route(*split(self.streets.snapper.snap([a, b]), 1))
        except InvalidInput:
            return None  # closures may cut a street off; the others tell enough

    def _pieces_by_junctions(self, source: Snaps, target: Snaps) -> list[Piece]:
        """The first part segment, whole edges with the turns before them, the last part segment."""
        starts, goals = self._starts(source), self._goals(target)
        found = self._paths.path(starts, goals)
        if found is None:
            raise InvalidInput("unreachable", "No street leads from the one place to the other for this vehicle.")
        nodes, arcs = found
        out, back = _gate_of(starts, nodes[0]), _gate_of(goals, nodes[-1])
        leaves_at, arrives_at = float(source.fraction[0]), float(target.fraction[0])
        first = Piece(2 * int(source.segment[0]) + out, (leaves_at, 1 - leaves_at)[out], 1.0, int(starts.ms[0, out]))
        edges, taken_ms = self._ridden(np.asarray(arcs, dtype=np.int64))
        whole = [Piece(edge, 0.0, 1.0, ms) for edge, ms in zip(edges.tolist(), taken_ms.tolist(), strict=False)]
        riding_ms = int(goals.ms[0, back] - target.far_side_ms[0, back])
        last_ms, arrives = int(taken_ms[-1]) + riding_ms, (arrives_at, 1 - arrives_at)[back]
        return [first, *whole, Piece(2 * int(target.segment[0]) + back, 0.0, arrives, last_ms)]

    def _ridden(self, arcs: Millis) -> tuple[IntArray, Millis]:
        """The edges [R] among the arcs, and [R + 1] what each takes with the turns before it, the last turns alone."""
        edges = self._ground.edges
        on_edge = arcs < len(edges)
        ridden = edges[arcs[on_edge]]
        taken_ms = np.append(self.edge_ms[ridden], 0)
        before = np.cumsum(on_edge)[~on_edge]
        np.add.at(taken_ms, before, self._ground.turns.ms[arcs[~on_edge] - len(edges)])
        return ridden, taken_ms

    def _straight_is_best(self, source: Snaps, target: Snaps) -> bool:
        if source.segment[0] != target.segment[0]:
            return False
        straight_ms = (self._straight_ms(source.segment, source.fraction, target.fraction) + target.far_side_ms).min()
        by_junctions_ms = self._paths.times_ms(self._starts(source), self._goals(target))[0, 0]
        return bool(np.isfinite(straight_ms) and straight_ms <= by_junctions_ms)

    def _straight_ms(self, segment: IntArray, leaves_at: FloatArray, arrives_at: FloatArray) -> FloatArray:
        """[., 2] milliseconds along one segment, as drawn and against it; infinite where that is not the way."""
        ahead = np.stack([arrives_at - leaves_at, leaves_at - arrives_at], axis=1)
        edge_ms = self._both_ms(segment)
        return np.where((ahead >= 0) & (edge_ms < CLOSED_MS), np.rint(ahead * edge_ms), np.inf)

    def _starts(self, places: Snaps) -> Gates:
        """The ends of the segments: the one ahead as drawn, then the one behind."""
        share = np.stack([1 - places.fraction, places.fraction], axis=1)
        return self._gates(self._ground.reaches, places, share)

    def _goals(self, places: Snaps) -> Gates:
        """The ends of the segments: the one that riding as drawn comes from, then the other."""
        gates = self._gates(self._ground.leaves, places, np.stack([places.fraction, 1 - places.fraction], axis=1))
        return Gates(gates.node, np.minimum(gates.ms + places.far_side_ms, CLOSED_MS))

    def _gates(self, node_of: IntArray, places: Snaps, share: FloatArray) -> Gates:
        edge_ms = self._both_ms(places.segment)
        own_ms = np.where(edge_ms < CLOSED_MS, np.rint(share * edge_ms), CLOSED_MS).astype(np.int64)
        return Gates(np.maximum(node_of[_both(places.segment)], 0), own_ms)

    def _both_ms(self, segment: IntArray) -> Millis:
        """[., 2] whole-segment milliseconds as drawn and against."""
        return self.edge_ms[_both(segment)]


def split(found: Snaps, at: int) -> tuple[Snaps, Snaps]:
    """The first `at` places and the others."""
    return found[:at], found[at:]


def _both(segment: IntArray) -> IntArray:
    """[., 2] the edges of segments, as drawn and against."""
    return np.stack([2 * segment, 2 * segment + 1], axis=1)


def _gate_of(gates: Gates, node: int) -> int:
    """Which gate of the one place the way uses: its direction, 0 as drawn and 1 against."""
    return int(np.argmin(np.where(gates.node[0] == node, gates.ms[0], np.iinfo(np.int64).max)))
