"""From lines that cross to streets that share nodes."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import shapely

from dispatch.roads.network import FloatArray
from dispatch.roads.town_plan import PlanLine

Shapes = npt.NDArray[np.object_]
Indexes = npt.NDArray[np.int64]

_MERGE_M = 7.0
"""Crossings closer together than this are one junction."""
_STEP_M = 45.0
"""Longest straight stretch of a street, so that it can be bent."""


@dataclass(frozen=True, eq=False)
class Noded:
    """Streets as lists of nodes: `nodes[i]` are the node ids of `lines[i]`, `xy` [N, 2] their places in metres."""

    lines: list[PlanLine]
    nodes: list[tuple[int, ...]]
    xy: FloatArray


def node_lines(lines: Sequence[PlanLine]) -> Noded:
    """Join the lines wherever they cross. What sticks out beyond a street's first and last crossing is cut off."""
    shapes = np.array([each.line for each in lines], dtype=object)
    owner, crossing_xy = _crossings(shapes)
    junction, junction_xy = _junctions(crossing_xy)
    at_m = shapely.line_locate_point(shapes[owner], shapely.points(crossing_xy))
    order = np.lexsort((at_m, owner))
    bounds = np.searchsorted(owner[order], np.arange(len(lines) + 1))
    kept, nodes, extra = [], [], [junction_xy]
    count = len(junction_xy)
    for index, each in enumerate(lines):
        mine = order[bounds[index] : bounds[index + 1]]
        stops = _without_repeats(at_m[mine], junction[mine])
        if len(stops) < 2:
            continue
        ids, between = _with_points_between(each.line, stops, count)
        count += len(between)
        extra.append(between)
        kept.append(each)
        nodes.append(ids)
    return Noded(kept, nodes, np.concatenate(extra))


def _crossings(shapes: Shapes) -> tuple[Indexes, FloatArray]:
    """Which line and where, twice for each crossing of two lines."""
    one, other = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    pairs = one < other
    one, other = one[pairs], other[pairs]
    points, pair = shapely.get_coordinates(shapely.intersection(shapes[one], shapes[other]), return_index=True)
    return np.concatenate([one[pair], other[pair]]), np.concatenate([points, points])


def _junctions(crossing_xy: FloatArray) -> tuple[Indexes, FloatArray]:
    """The junction of each crossing, and where the junctions are: crossings close together are one."""
    from scipy.sparse import coo_array  # noqa: PLC0415 - 0.4 s to import, and a stored city needs none of it
    from scipy.sparse.csgraph import connected_components  # noqa: PLC0415
    from scipy.spatial import cKDTree  # noqa: PLC0415

    close = cKDTree(crossing_xy).query_pairs(_MERGE_M, output_type="ndarray")
    n = len(crossing_xy)
    count, label = connected_components(
        coo_array((np.ones(len(close)), (close[:, 0], close[:, 1])), shape=(n, n)), False
    )
    weight = np.bincount(label, minlength=count)
    middle = [np.bincount(label, crossing_xy[:, axis], minlength=count) / weight for axis in (0, 1)]
    return label, np.stack(middle, axis=1)


def _without_repeats(at_m: FloatArray, junction: Indexes) -> list[tuple[float, int]]:
    stops: list[tuple[float, int]] = []
    for place, node in zip(at_m.tolist(), junction.tolist(), strict=True):
        if not stops or stops[-1][1] != node:
            stops.append((place, node))
    return stops


def _with_points_between(
    line: shapely.LineString, stops: Sequence[tuple[float, int]], first_free: int
) -> tuple[tuple[int, ...], FloatArray]:
    """Node ids along a line with fresh ones between the junctions, and the places of the fresh ones."""
    ids = [stops[0][1]]
    places: list[float] = []
    for (begin, _), (end, node) in pairwise(stops):
        inner = np.linspace(begin, end, max(1, int(np.ceil((end - begin) / _STEP_M))) + 1)[1:-1].tolist()
        ids.extend(range(first_free + len(places), first_free + len(places) + len(inner)))
        places.extend(inner)
        ids.append(node)
    between = shapely.get_coordinates(shapely.line_interpolate_point(line, places)) if places else np.empty((0, 2))
    return tuple(ids), between
