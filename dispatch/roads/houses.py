"""Houses along the streets of a city that does not exist, each with a number; shops in some of them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from dispatch.roads.network import FloatArray
from dispatch.roads.noding import Shapes
from dispatch.roads.town_plan import Plan

_SETBACK_M = {"primary": 15.0, "secondary": 13.0, "tertiary": 10.0}
_FROM_CORNER_M = 16.0
_MAX_HOUSES = 60_000

HOUSE_SHOPS = (
    ("supermarket", "Market"), ("convenience", "Corner Shop"), ("alcohol", "Wine & Spirits"), ("mall", "Arcade"),
    ("mobile_phone", "Phones"), ("bakery", "Bakery"), ("greengrocer", "Greens"),
)  # fmt: skip
"""Kind of shop, and what its sign says after the name of its street."""
SHOP_TURN = (0, 1, 0, 2, 1, 0, 4, 5, 2, 6, 3)
"""In which turn the kinds of `HOUSE_SHOPS` are handed out."""


@dataclass(frozen=True, slots=True)
class Frontage:
    """One street's centre line on the ground, [P, 2] metres."""

    xy: FloatArray
    highway: str
    name: str


@dataclass(frozen=True, eq=False)
class Houses:
    """H buildings: `shape` in metres, `height_m`, the street's name and the house number, and the door."""

    shape: Shapes
    height_m: FloatArray
    street: list[str]
    number: list[str]
    door_xy: FloatArray


def build_houses(
    streets: Sequence[Frontage], plan: Plan, no_go: Sequence[shapely.Geometry], rng: np.random.Generator
) -> Houses:
    """Houses on both sides of every named street, none on another street, on another house or on `no_go`."""
    named = [street for street in streets if street.name]
    total_m = sum(float(np.hypot(*np.diff(street.xy, axis=0).T).sum()) for street in named)
    stretch = max(1.0, 2 * total_m / 30 / _MAX_HOUSES)
    last_number: Counter[str] = Counter()
    rows = [row for street in named for row in _both_sides(street, plan.size_m, stretch, last_number, rng)]
    if not rows:
        return Houses(np.empty(0, dtype=object), np.empty(0), [], [], np.empty((0, 2)))
    figures = np.array([row[0] for row in rows])
    shape = _rectangles(figures)
    kept = _standing(shape, streets, no_go)
    return Houses(
        shape[kept],
        figures[kept, 6],
        [rows[index][1] for index in kept],
        [rows[index][2] for index in kept],
        figures[kept, :2],
    )


_Row = tuple[tuple[float, ...], str, str]


def _both_sides(
    street: Frontage, size_m: float, stretch: float, last_number: Counter[str], rng: np.random.Generator
) -> list[_Row]:
    """(centre x, y, direction x, y, half width, half depth, height), street, number for each house along a street."""
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(street.xy, axis=0).T))])
    rows = []
    for side in (1, -1):
        at = _FROM_CORNER_M + 8
        number = last_number[street.name] + (1 if side > 0 else 2)
        while at < along[-1] - _FROM_CORNER_M:
            index = min(int(np.searchsorted(along, at, side="right")), len(along) - 1)
            one, two = street.xy[index - 1], street.xy[index]
            way = (two - one) / max(float(np.hypot(*(two - one))), 1e-9)
            axis = one + way * (at - along[index - 1])
            dense = max(0.0, 1 - 2.6 * float(np.hypot(*axis)) / size_m)
            width, depth = (
                float(rng.uniform(13, 21)) * (1 + 0.5 * dense) * stretch**0.8,
                float(rng.uniform(9, 14)) * (1 + 0.3 * dense),
            )
            centre = axis + side * (_SETBACK_M.get(street.highway, 8.0) + depth / 2) * np.array([-way[1], way[0]])
            height_m = round(float(rng.uniform(5, 9) + rng.gamma(2.0, 9.0) * dense**1.5), 1)
            rows.append(((*centre, *way, width / 2, depth / 2, height_m), street.name, str(number)))
            number += 2
            at += width + 2 + 9 * (1 - dense) * stretch
        last_number[street.name] = max(last_number[street.name], number - number % 2)
    return rows


def _rectangles(figures: FloatArray) -> Shapes:
    centre, way, half = figures[:, :2], figures[:, 2:4], figures[:, 4:6]
    side = np.stack([-way[:, 1], way[:, 0]], axis=1)
    along, deep = way * half[:, :1], side * half[:, 1:]
    corners = np.stack(
        [centre - along - deep, centre + along - deep, centre + along + deep, centre - along + deep], axis=1
    )
    rectangles: Shapes = shapely.polygons(corners)
    return rectangles


def _standing(shape: Shapes, streets: Sequence[Frontage], no_go: Sequence[shapely.Geometry]) -> list[int]:
    """Indexes of the houses that stand on nothing else; of two that overlap the earlier stays."""
    lines = np.array([shapely.LineString(street.xy) for street in streets], dtype=object)
    on_street = shapely.STRtree(lines).query(shape, predicate="dwithin", distance=5.0)[0]
    in_the_way = shapely.STRtree(np.array(no_go, dtype=object)).query(shape, predicate="intersects")[0]
    good = np.ones(len(shape), dtype=bool)
    good[on_street] = False
    good[in_the_way] = False
    index = np.flatnonzero(good)
    one, other = shapely.STRtree(shape[index]).query(shape[index], predicate="intersects")
    good[index[np.maximum(one, other)[one != other]]] = False
    return np.flatnonzero(good).tolist()
