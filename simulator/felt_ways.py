"""Ways as couriers feel them: chosen by somebody's map, ridden at the hidden speeds."""

from dataclasses import replace

import numpy as np

from dispatch.domain.geo import Point
from dispatch.roads.network import IntArray
from dispatch.roads.rides import Rides, split
from dispatch.roads.route import RoadRoute
from dispatch.roads.shortest_paths import Millis
from simulator.speed_field import Floats, SpeedField

STUCK = 10.0
"""What a street that is closed without anybody knowing costs: pushing through, or round the corner."""
BLOCK_S = 60.0
"""The hidden speeds of a ride are looked up minute by minute."""


def felt_way(
    rides: Rides, free_ms: Millis, truth: SpeedField, a: Point, b: Point, *, pace: float, depart_ms: int
) -> RoadRoute:
    """The way from a to b that `rides` chooses, timed by the truth for somebody of this pace.

    `free_ms` [2K] are the edges on empty streets, `depart_ms` is as the field counts. Turns and their waits are as the
    map has them. Raises `InvalidInput` (see `Rides.route`).
    """
    pieces = rides.pieces(*split(rides.streets.snapper.snap([a, b]), 1))
    edges = np.array([piece.edge for piece in pieces], dtype=np.int32)
    share = np.array([piece.ends - piece.begins for piece in pieces])
    taken_s = np.array([piece.time_ms for piece in pieces]) / 1000
    turn_s = np.maximum(0.0, taken_s - share * rides.edge_ms[edges] / 1000)
    felt_s = _felt_s(rides, truth, edges, share * free_ms[edges] / 1000, turn_s, depart_ms=depart_ms) / pace
    real = [replace(piece, time_ms=round(1000 * s)) for piece, s in zip(pieces, felt_s.tolist(), strict=True)]
    return rides.streets.along(real)


def _felt_s(
    rides: Rides, truth: SpeedField, edges: IntArray, free_s: Floats, turn_s: Floats, *, depart_ms: int
) -> Floats:
    """[.] what each piece really takes at a usual pace."""
    profile, felt_s, at_s, begun = rides.streets.ground.profile, np.zeros(len(edges)), 0.0, 0
    while begun < len(edges):
        factor = truth.factor(profile, edges[begun:], depart_ms + round(1000 * at_s))
        block = free_s[begun:] * np.where(np.isinf(factor), STUCK, factor) + turn_s[begun:]
        ends = np.cumsum(block)
        taken = max(1, int(np.searchsorted(ends, BLOCK_S, side="right")))
        felt_s[begun : begun + taken] = block[:taken]
        at_s += float(ends[taken - 1])
        begun += taken
    return felt_s
