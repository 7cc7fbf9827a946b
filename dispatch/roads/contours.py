"""Where values on a square grid lie below a level, as polygons: marching triangles.

A square of the grid is cut into two triangles, so that there is one way only to draw the border through each. The
border keeps what is below on its left, from the side of a triangle where it comes in to the one where it goes out;
there the next triangle goes on. So outer rings run anticlockwise and holes clockwise.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from dispatch.roads.network import FloatArray

Ints = npt.NDArray[np.int64]

NEIGHBOURS = np.array([[1, 1, 0], [1, 1, 1], [0, 1, 1]])
"""Which points around one hang together with it: those at the other end of a triangle's side."""


@dataclass(frozen=True, slots=True)
class Grid:
    """R by C points: `x = west + cell * column`, `y = south + cell * row`."""

    west: float
    south: float
    cell: float
    shape: tuple[int, int]

    def cell_of(self, x: FloatArray, y: FloatArray) -> tuple[Ints, Ints]:
        """The row and the column of the grid's point nearest to each place."""
        row, column = (np.rint((at - first) / self.cell) for at, first in ((y, self.south), (x, self.west)))
        return row.astype(np.int64), column.astype(np.int64)

    def points(self) -> FloatArray:
        """[R, C, 2] x and y."""
        rows, columns = (np.arange(size) * self.cell for size in self.shape)
        return np.stack(np.meshgrid(self.west + columns, self.south + rows), axis=2)


def area_below(grid: Grid, values: FloatArray, level: float) -> BaseGeometry:
    """The polygons of `values` [R, C] below the level, straight between the points; the rim must not be below it."""
    values = np.where(values == level, level + 1e-9, values).reshape(-1)
    side_in, side_out = _borders(grid, values < level)
    # A side is known by its two points. Each is come in by once and gone out by once.
    sides, where = np.unique(np.concatenate([side_in, side_out]), return_inverse=True)
    following = np.empty(len(sides), dtype=np.int64)
    following[where[: len(side_in)]] = where[len(side_in) :]
    a, b = np.divmod(sides, len(values))
    share = (level - values[a]) / (values[b] - values[a])
    points = grid.points().reshape(-1, 2)
    crossing = points[a] + share[:, None] * (points[b] - points[a])
    return _assembled([crossing[ring] for ring in _cycles(following.tolist())])


def _borders(grid: Grid, is_below: npt.NDArray[np.bool_]) -> tuple[Ints, Ints]:
    """[B] the sides by which the border comes into triangles and [B] those by which it leaves them."""
    index = np.arange(is_below.size).reshape(grid.shape)
    here, right, up, aslant = index[:-1, :-1], index[:-1, 1:], index[1:, :-1], index[1:, 1:]
    triangles = np.concatenate([
        np.stack(corners, axis=2).reshape(-1, 3) for corners in ((here, right, aslant), (here, aslant, up))
    ])  # fmt: skip
    below = is_below[triangles]
    crossed = below.any(axis=1) & ~below.all(axis=1)
    triangles, below = triangles[crossed], below[crossed]
    ahead, ahead_below = np.roll(triangles, -1, axis=1), np.roll(below, -1, axis=1)
    side = np.minimum(triangles, ahead) * is_below.size + np.maximum(triangles, ahead)
    return side[below & ~ahead_below], side[~below & ahead_below]


def _cycles(following: list[int]) -> list[list[int]]:
    """The cycles of a permutation."""
    seen, cycles = bytearray(len(following)), []
    for first in range(len(following)):
        if seen[first]:
            continue
        cycle, at = [], first
        while not seen[at]:
            seen[at] = 1
            cycle.append(at)
            at = following[at]
        cycles.append(cycle)
    return cycles


def _assembled(rings: list[FloatArray]) -> BaseGeometry:
    """Polygons from rings that do not touch: each hole belongs to the smallest outer ring around it."""
    is_outer = [_signed_area(ring) > 0 for ring in rings]
    outers = [shapely.Polygon(ring) for ring, outer in zip(rings, is_outer, strict=True) if outer]
    outers.sort(key=lambda outer: -float(outer.area))
    holes = [ring for ring, outer in zip(rings, is_outer, strict=True) if not outer]
    inside = np.array([ring[0] for ring in holes]).reshape(-1, 2)
    owner = np.zeros(len(holes), dtype=np.int64)
    for index, outer in enumerate(outers):
        shapely.prepare(outer)
        owner[shapely.contains_xy(outer, inside)] = index
    owned: list[list[FloatArray]] = [[] for _ in outers]
    for index, hole in zip(owner.tolist(), holes, strict=True):
        owned[index].append(hole)
    return shapely.MultiPolygon([
        shapely.Polygon(outer.exterior, inner) for outer, inner in zip(outers, owned, strict=True)
    ])  # fmt: skip


def _signed_area(ring: FloatArray) -> float:
    """Positive for a ring that runs anticlockwise."""
    x, y = (ring - ring[0]).T
    return float(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2
