"""The edges near a fix, from a grid of cells: the nearest point of each of the nearest segments."""

from dispatch.roads.tracks.compiled import compiled, inlined
from dispatch.roads.tracks.layout import NEAREST, Fixes, Lattice, Scalar, States

CELL_M = 50.0
LEAST_REACH_M, MOST_REACH_M = 35.0, 120.0
REACH_SIGMAS = 4.0


@compiled
def find_states(g: Lattice, t: Fixes, s: States, f: Scalar) -> None:
    """The states of fix f: each nearest segment in each of its open directions."""
    reach_m = min(MOST_REACH_M, max(LEAST_REACH_M, REACH_SIGMAS * t.sigma_m[f]))
    found = _segments(g, s, f, t.x[f], t.y[f], reach_m)
    count = found
    # The rows hold segments and metres so far; from behind, so that none is overwritten before it is read.
    for k in range(found - 1, -1, -1):
        segment, fraction, away_m = s.edge[f, k], s.fraction[f, k], s.away[f, k]
        z = away_m / t.sigma_m[f]
        s.edge[f, k], s.away[f, k] = 2 * segment, 0.5 * z * z
        if not g.is_open[2 * segment]:
            s.edge[f, k], s.fraction[f, k] = 2 * segment + 1, 1.0 - fraction
        elif g.is_open[2 * segment + 1]:
            s.edge[f, count], s.fraction[f, count], s.away[f, count] = 2 * segment + 1, 1.0 - fraction, 0.5 * z * z
            count += 1
    s.many[f] = count


@inlined
def _segments(g: Lattice, s: States, f: int, x: Scalar, y: Scalar, reach_m: Scalar) -> int:
    """How many; their numbers, fractions as drawn and metres away are left in the rows of fix f."""
    found, nearest_m = 0, reach_m
    for row in range(_cell(y - reach_m - g.south, g.rows), _cell(y + reach_m - g.south, g.rows) + 1):
        for column in range(_cell(x - reach_m - g.west, g.columns), _cell(x + reach_m - g.west, g.columns) + 1):
            cell = row * g.columns + column
            for at in range(g.cell_first[cell], g.cell_first[cell + 1]):
                leg = g.cell_leg[at]
                along, away_m = _foot(g, leg, x, y)
                if away_m <= nearest_m:
                    found = _take(s, f, found, g.leg_segment[leg], g.leg_from[leg] + along * g.leg_share[leg], away_m)
                    if found == NEAREST:
                        nearest_m = s.away[f, _farthest(s, f)]
    return found


@inlined
def _cell(away_m: Scalar, cells: int) -> int:
    return int(min(max(away_m / CELL_M, 0.0), cells - 1.0))


@inlined
def _foot(g: Lattice, leg: Scalar, x: Scalar, y: Scalar) -> tuple[Scalar, Scalar]:
    """(share of the leg, metres away) of its nearest point."""
    dx, dy, off_x, off_y = g.leg_dx[leg], g.leg_dy[leg], x - g.leg_x[leg], y - g.leg_y[leg]
    squared = dx * dx + dy * dy
    along = min(1.0, max(0.0, (off_x * dx + off_y * dy) / squared)) if squared > 0.0 else 0.0
    off_x, off_y = off_x - along * dx, off_y - along * dy
    return along, (off_x * off_x + off_y * off_y) ** 0.5


@inlined
def _take(s: States, f: int, found: int, segment: Scalar, fraction: Scalar, away_m: Scalar) -> int:
    """Note a segment, once and by its nearest point; when there is no room, instead of the farthest."""
    at = found
    for k in range(found):
        if s.edge[f, k] == segment:
            at = k
            break
    if at == found:
        if found == NEAREST:
            at = _farthest(s, f)
        else:
            found += 1
    elif s.away[f, at] <= away_m:
        return found
    s.edge[f, at], s.fraction[f, at], s.away[f, at] = segment, min(1.0, max(0.0, fraction)), away_m
    return found


@inlined
def _farthest(s: States, f: int) -> int:
    worst = 0
    for k in range(1, NEAREST):
        if s.away[f, k] > s.away[f, worst]:
            worst = k
    return worst
