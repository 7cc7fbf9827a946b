"""The most probable ride through the states of a track: Newson and Krumm (ACM GIS 2009), by Viterbi's recursion.

A fix is normal around its place; a ride between two fixes is the less probable the more its length differs from the
straight line, exponentially. Turns count as metres of detour, or the noise of a fix would be taken for a side street.
Standing still shifts a place back by its noise, so an edge may be ridden backwards for the metres that it seems.
"""

import numpy as np

from dispatch.roads.tracks.compiled import compiled, inlined
from dispatch.roads.tracks.hops import reached, search
from dispatch.roads.tracks.layout import (
    BEGINS,
    HOPS,
    STAYS,
    TURNS_ROUND,
    UNMATCHED,
    Fixes,
    Lattice,
    Scalar,
    Scratch,
    States,
)
from dispatch.roads.tracks.near import find_states

LONGEST_GAP_S = 90.0
"""After a longer silence the ride between is a guess, and the track is continued as another."""
MOST_OUTLIERS = 1
"""A fix that no ride reaches is an error; two in a row are a jump."""
SCALE_M, SCALE_SIGMAS, SCALE_PER_M = 3.0, 0.3, 0.03
"""Scale of the exponential: grows with noise and with the straight line between the fixes."""
BEAM = 18.0
"""A ride that is e^18 times less probable than the best so far is not pursued."""
DETOUR, DETOUR_M = 2.0, 250.0
"""A ride is at most so many times the straight line, and so much more."""
ROUND_M = 60.0
"""Turning round between two junctions counts as much detour."""
INFINITE = 1e30


@compiled
def find_ride(g: Lattice, w: Scratch, t: Fixes, s: States) -> None:
    """Fill the states; `s.link` and `s.chosen` say what was made of each fix."""
    # Literals would be types of their own, and everything below would be compiled for them, too.
    last: Scalar = np.int64(-1)
    failed: Scalar = np.int64(0)
    f: Scalar = np.int64(0)
    while f < t.x.shape[0]:
        find_states(g, t, s, f)
        s.link[f] = UNMATCHED
        if s.many[f] > 0:
            if last < 0 or t.at_s[f] - t.at_s[last] > LONGEST_GAP_S or failed > MOST_OUTLIERS:
                _begin(s, f)
                last, failed = f, 0
            elif _step(g, w, t, s, last, f):
                s.link[f] = last
                last, failed = f, 0
            else:
                failed += 1
                if failed > MOST_OUTLIERS:
                    # Not an outlier but a jump: the track goes on where the first of them was.
                    f = _first_after(s, last)
                    continue
        f += 1
    _choose(t, s)


@inlined
def _first_after(s: States, last: Scalar) -> Scalar:
    f = last + 1
    while s.many[f] == 0:
        f += 1
    return f


@inlined
def _begin(s: States, f: Scalar) -> None:
    s.link[f] = BEGINS
    for j in range(s.many[f]):
        s.cost[f, j], s.before[f, j] = s.away[f, j], -1


@compiled
def _choose(t: Fixes, s: States) -> None:
    """From the best end of each part back to its beginning."""
    for f in range(t.x.shape[0] - 1, -1, -1):
        if s.link[f] == UNMATCHED:
            continue
        if s.chosen[f] < 0:
            best = 0
            for j in range(1, s.many[f]):
                if s.cost[f, j] < s.cost[f, best]:
                    best = j
            s.chosen[f] = best
        if s.link[f] >= 0:
            s.chosen[s.link[f]] = s.before[f, s.chosen[f]]


@inlined
def straight_m(t: Fixes, a: int, b: int) -> Scalar:
    """Between two fixes."""
    return ((t.x[a] - t.x[b]) ** 2 + (t.y[a] - t.y[b]) ** 2) ** 0.5


@inlined
def bound_m(g: Lattice, t: Fixes, a: int, b: int) -> Scalar:
    """No ride between two fixes is longer."""
    in_time_m = g.most_mps * (t.at_s[b] - t.at_s[a]) + 3.0 * (t.sigma_m[a] + t.sigma_m[b])
    return min(in_time_m, DETOUR * straight_m(t, a, b) + DETOUR_M)


@compiled
def _step(g: Lattice, w: Scratch, t: Fixes, s: States, a: Scalar, b: Scalar) -> bool:
    """The best ride to each state of fix b from those of fix a; false when none is possible."""
    line_m, most_m = straight_m(t, a, b), bound_m(g, t, a, b)
    scale_m = SCALE_M + SCALE_SIGMAS * 0.5 * (t.sigma_m[a] + t.sigma_m[b]) + SCALE_PER_M * line_m
    if line_m > most_m:
        return False
    w.stamp[0] += 1
    wanted_stamp, wanted = w.stamp[0], _want(w, s, b, w.stamp[0])
    best = INFINITE
    for rank in range(_sorted(w, s, a)):
        i = w.order[rank]
        spare = best + BEAM - s.cost[a, i]
        if spare < 0.0:
            break
        to_head_m = (1.0 - s.fraction[a, i]) * g.length_m[s.edge[a, i] >> 1]
        search(g, w, s.edge[a, i], min(most_m, line_m + scale_m * spare) - to_head_m, wanted_stamp, wanted)
        for j in range(s.many[b]):
            ride_m, how = _ride_m(g, w, s, a, i, b, j)
            if ride_m <= most_m:
                cost = s.cost[a, i] + abs(ride_m - line_m) / scale_m + s.away[b, j]
                if cost < s.cost[b, j]:
                    s.cost[b, j], s.before[b, j], s.how[b, j] = cost, i, how
                    best = min(best, cost)
    return best < INFINITE


@inlined
def _want(w: Scratch, s: States, f: int, stamp: Scalar) -> int:
    for j in range(s.many[f]):
        w.wanted[s.edge[f, j]] = stamp
        s.cost[f, j] = INFINITE
    return int(s.many[f])


@inlined
def _sorted(w: Scratch, s: States, f: int) -> int:
    """Put the reachable states of a fix in the order of their costs; how many they are."""
    size = 0
    for j in range(s.many[f]):
        if s.cost[f, j] < INFINITE:
            at = size
            while at > 0 and s.cost[f, w.order[at - 1]] > s.cost[f, j]:
                w.order[at] = w.order[at - 1]
                at -= 1
            w.order[at] = j
            size += 1
    return size


@inlined
def _ride_m(g: Lattice, w: Scratch, s: States, a: int, i: Scalar, b: int, j: Scalar) -> tuple[Scalar, int]:
    """(metres, how) from state i of fix a to state j of fix b, after the search from the former's edge."""
    from_edge, to_edge, leaves_at, arrives_at = s.edge[a, i], s.edge[b, j], s.fraction[a, i], s.fraction[b, j]
    length_m = g.length_m[to_edge >> 1]
    ride_m, how = INFINITE, HOPS
    if reached(w, to_edge):
        ride_m = (1.0 - leaves_at) * g.length_m[from_edge >> 1] + w.label_m[to_edge] + arrives_at * length_m
    if from_edge == to_edge and max(0.0, arrives_at - leaves_at) * length_m <= ride_m:
        ride_m, how = max(0.0, arrives_at - leaves_at) * length_m, STAYS
    elif from_edge == to_edge ^ 1 and abs(1.0 - leaves_at - arrives_at) * length_m + ROUND_M < ride_m:
        ride_m, how = abs(1.0 - leaves_at - arrives_at) * length_m + ROUND_M, TURNS_ROUND
    return ride_m, how
