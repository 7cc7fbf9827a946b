"""Which area can be reached from a place within so many seconds, at the weights of the moment.

What is reached is exact: times to every junction, turns included, and edges that are ridden in part end where the time
is up. The area is everything up to `NEAR_M` from a reached stretch. It is drawn from the distances on a grid: buffering
the stretches one by one and joining them took 370 ms of computing for 7,255 segments of Porto, this a tenth of that.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from dispatch.domain.errors import InvalidInput
from dispatch.domain.geo import Point
from dispatch.roads.contours import NEIGHBOURS, Grid, area_below
from dispatch.roads.network import CLOSED_MS, FloatArray, IntArray
from dispatch.roads.rides import Rides, Streets
from dispatch.roads.snapper import Snaps

NEAR_M = 60.0
"""The houses along a street belong to it."""
LARGEST_HOLE_M2 = 10_000.0
"""A smaller block in the middle of what is reached is reached too."""
LEAST_S, MOST_S, MOST_LIMITS = 60, 3_600, 4

_CELL_M = 20.0
_LARGEST_CELL_M = 60.0
"""With larger ones a lonely street could fall between the points of the grid."""
_FINE_CELLS = 400_000
"""For an area that needs more, cells are larger."""
_STEP_M = 10.0
_SIMPLER_CELLS = 0.4
"""Bends that cut off less than a square of so many cells a side are left out; `simplify` takes five times as long."""
_DECIMALS = 6

Ring = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Isochrone:
    """What can be reached within a time; it holds what can be reached in less."""

    limit_s: int
    area_m2: float
    polygons: tuple[tuple[Ring, ...], ...]
    """Each an outer ring, anticlockwise, and its holes, of (longitude, latitude)."""


@dataclass(frozen=True, eq=False)
class Stretches:
    """S parts of edges in the direction of travel, as shares of their lengths; an edge may come twice."""

    edge: IntArray
    """[S]"""
    begins: FloatArray
    """[S]"""
    ends: FloatArray
    """[S]"""


def isochrones(rides: Rides, place: Point, limits_s: Sequence[int]) -> tuple[Isochrone, ...]:
    """The areas within each limit, the shortest first.

    Raises `InvalidInput`: "bad_limits" (not 1 to 4 of 60 to 3,600 s), "off_network".
    """
    if not 0 < len(limits_s) <= MOST_LIMITS or not all(LEAST_S <= limit <= MOST_S for limit in limits_s):
        raise InvalidInput("bad_limits", f"Give 1 to {MOST_LIMITS} limits of {LEAST_S} to {MOST_S} seconds.")
    source = rides.streets.snapper.snap([place])
    there_ms = rides.arrivals_ms(source)
    found: list[Isochrone] = []
    area: BaseGeometry = shapely.MultiPolygon()
    for limit_s in sorted(set(limits_s)):
        more = _area(rides.streets, reached(rides, source, there_ms, 1000 * limit_s))
        area = shapely.union(area, more)
        found.append(_drawn(rides.streets, limit_s, area))
    return tuple(found)


def reached(rides: Rides, source: Snaps, there_ms: FloatArray, limit_ms: float) -> Stretches:
    """What can be ridden within the limit; `there_ms` [2K] is when each edge is begun (`Rides.arrivals_ms`)."""
    edge_ms = rides.edge_ms
    edges = np.flatnonzero((there_ms <= limit_ms) & (edge_ms < CLOSED_MS)).astype(np.int32)
    share = np.minimum(1.0, (limit_ms - there_ms[edges]) / edge_ms[edges])
    own = 2 * source.segment[0] + np.arange(2, dtype=np.int32)
    begins = np.array([source.fraction[0], 1 - source.fraction[0]])
    ends = np.minimum(1.0, begins + limit_ms / edge_ms[own])
    ends = np.where(edge_ms[own] < CLOSED_MS, ends, begins)
    return Stretches(
        np.concatenate([own, edges]),
        np.concatenate([begins, np.zeros(len(edges))]),
        np.concatenate([ends, share]),
    )


def _area(streets: Streets, stretches: Stretches) -> BaseGeometry:
    """Everything near the stretches, in metres, without small holes."""
    x, y = _along(streets, stretches)
    margin_m = NEAR_M + 2 * _LARGEST_CELL_M
    west, south = float(x.min()) - margin_m, float(y.min()) - margin_m
    width, height = float(x.max()) + margin_m - west, float(y.max()) + margin_m - south
    cell = float(np.clip(np.sqrt(width * height / _FINE_CELLS), _CELL_M, _LARGEST_CELL_M))
    grid = Grid(west, south, cell, (int(height / cell) + 3, int(width / cell) + 3))
    distance_m = _without_holes(_distance_m(grid, x, y), LARGEST_HOLE_M2 / cell**2)
    return shapely.coverage_simplify(area_below(grid, distance_m, NEAR_M), _SIMPLER_CELLS * cell)


def _along(streets: Streets, stretches: Stretches) -> tuple[FloatArray, FloatArray]:
    """Places along the stretches in metres, both ends and one every `_STEP_M`."""
    edge, begins, ends = _each_once(stretches)
    segment, against = np.divmod(edge, 2)
    length_m = streets.ground.network.length_m[segment] * (ends - begins)
    steps = np.ceil(length_m / _STEP_M).astype(np.int64) + 1
    which = np.repeat(np.arange(len(steps)), steps)
    within = np.arange(len(which)) - np.repeat(np.cumsum(steps) - steps, steps)
    share = within / np.maximum(steps - 1, 1)[which]
    fraction = begins[which] + share * (ends - begins)[which]
    fraction = np.where(against[which], 1 - fraction, fraction)
    return streets.places_m(segment[which], fraction)


def _each_once(stretches: Stretches) -> tuple[IntArray, FloatArray, FloatArray]:
    """The stretches without those of segments that are ridden from end to end the other way."""
    is_whole = stretches.ends - stretches.begins >= 1
    drawn = np.unique(stretches.edge[is_whole & (stretches.edge % 2 == 0)])
    kept = (stretches.edge % 2 == 0) | ~np.isin(stretches.edge ^ 1, drawn)
    return stretches.edge[kept], stretches.begins[kept], stretches.ends[kept]


def _distance_m(grid: Grid, x: FloatArray, y: FloatArray) -> FloatArray:
    """[R, C] from each point of the grid to the nearest place, to a few metres."""
    from scipy.ndimage import distance_transform_edt  # noqa: PLC0415 - 0.4 s to import, and most servers draw no areas

    row, column = grid.cell_of(x, y)
    place = np.full((*grid.shape, 2), np.nan)
    place[row, column] = np.stack([x, y], axis=1)
    nearest = distance_transform_edt(np.isnan(place[..., 0]), return_distances=False, return_indices=True)
    distance_m: FloatArray = np.linalg.norm(place[nearest[0], nearest[1]] - grid.points(), axis=2)
    return distance_m


def _without_holes(distance_m: FloatArray, points: float) -> FloatArray:
    """The distances, with nothing far away where fewer points than so many hang together."""
    from scipy.ndimage import label  # noqa: PLC0415

    hole, _ = label(distance_m >= NEAR_M, NEIGHBOURS)
    is_small = np.bincount(hole.reshape(-1)) < points
    is_small[0] = False  # what is near
    return np.where(is_small[hole], 0.0, distance_m)


def _drawn(streets: Streets, limit_s: int, area: BaseGeometry) -> Isochrone:
    parts = shapely.orient_polygons(shapely.get_parts(area))
    polygons = tuple(tuple(_ring(streets, ring) for ring in (part.exterior, *part.interiors)) for part in parts)
    return Isochrone(limit_s, float(shapely.area(area)), polygons)


def _ring(streets: Streets, ring: BaseGeometry) -> Ring:
    lat, lon = streets.snapper.degrees(*shapely.get_coordinates(ring).T)
    return tuple(zip(lon.round(_DECIMALS).tolist(), lat.round(_DECIMALS).tolist(), strict=True))
