"""The edges of the chosen ride, one after the other, and where on them each fix lies."""

import numpy as np

from dispatch.roads.tracks.compiled import compiled, inlined
from dispatch.roads.tracks.hops import search
from dispatch.roads.tracks.layout import HOPS, TURNS_ROUND, UNMATCHED, Fixes, Lattice, Ride, Scalar, Scratch, States
from dispatch.roads.tracks.viterbi import bound_m


@compiled
def write_ride(g: Lattice, w: Scratch, t: Fixes, s: States, r: Ride) -> int:
    """Fill the rows; how many they are, or -1 when there is no room for them."""
    rows, part = 0, 0
    for f in range(t.x.shape[0]):
        if s.link[f] == UNMATCHED:
            continue
        edge, fraction, how = s.edge[f, s.chosen[f]], s.fraction[f, s.chosen[f]], s.how[f, s.chosen[f]]
        if s.link[f] < 0:
            part = f
            rows = _row(r, rows, edge, fraction, part)
        elif how == HOPS:
            rows = _hop(g, w, t, s, r, rows, f, part)
        elif how == TURNS_ROUND:
            rows = _row(r, rows, edge, 1.0 - r.ends[rows - 1], part)
        if rows < 0 or rows >= r.edge.shape[0]:
            return -1
        r.ends[rows - 1] = max(r.ends[rows - 1], fraction)
        r.row[f], r.fraction[f] = rows - 1, fraction
    return rows


@inlined
def _row(r: Ride, rows: int, edge: Scalar, begins: Scalar, part: int) -> int:
    r.edge[rows], r.begins[rows], r.ends[rows], r.fix[rows] = edge, begins, begins, part
    return rows + 1


@inlined
def _hop(g: Lattice, w: Scratch, t: Fixes, s: States, r: Ride, rows: int, f: int, part: int) -> int:
    """The rows of the way from the fix before; -1 when there is no room for them."""
    before = s.link[f]
    source, target = s.edge[before, s.chosen[before]], s.edge[f, s.chosen[f]]
    w.stamp[0] += 1
    w.wanted[target] = w.stamp[0]
    search(g, w, source, bound_m(g, t, before, f), w.stamp[0], np.int32(1))
    count, edge = 1, target
    while w.parent[edge] >= 0:
        edge = w.parent[edge]
        count += 1
    if rows + count >= r.edge.shape[0]:
        return -1
    r.ends[rows - 1] = 1.0
    edge = target
    for at in range(rows + count - 1, rows - 1, -1):
        r.edge[at], r.begins[at], r.ends[at], r.fix[at] = edge, 0.0, 1.0, part
        edge = w.parent[edge]
    r.ends[rows + count - 1] = 0.0
    return rows + count
