"""The plan of a city that does not exist: a river, main streets over it, and between them districts with their streets.

The plan is drawn with straight lines on a square, in metres from its middle; `bend` then curves everything alike, so
that what met still meets.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import shapely
from shapely.geometry import LineString, Polygon
from shapely.geometry.base import BaseGeometry
from shapely.ops import polygonize, substring, unary_union

from dispatch.roads.network import FloatArray
from dispatch.roads.street_names import StreetNames

_MAIN_SPACING_M = 900.0
_PARK_RATIO = 0.07
_GAP_RATIO = 0.07
"""Share of the local streets that nobody built."""
_ONE_WAY_RATIO = 0.6
"""Of the side streets in the inner city."""
_SMALLEST_DISTRICT_M2 = 15_000.0
_BANK_M = 18.0
"""From the water to the middle of the street along it."""


@dataclass(frozen=True, slots=True)
class PlanLine:
    """One street of the plan, with tags as OpenStreetMap would give it."""

    line: LineString
    tags: dict[str, str]


@dataclass(frozen=True, slots=True)
class District:
    """A part of the city between main streets; `kind` is the base map's landuse."""

    shape: Polygon
    kind: str
    name: str
    name_zh: str


@dataclass(frozen=True, eq=False)
class Plan:
    """A whole city as drawn, before it is bent."""

    size_m: float
    river: Polygon
    lines: list[PlanLine] = field(default_factory=list)
    districts: list[District] = field(default_factory=list)


def draw_plan(size_m: float, rng: np.random.Generator) -> Plan:
    """A plan of `size_m` by `size_m` metres; the same generator state gives the same plan."""
    names = StreetNames(rng)
    stream, width_m = _river(size_m, rng)
    plan = Plan(size_m, stream.buffer(width_m / 2))
    corridor = stream.buffer(width_m / 2 + _BANK_M - 1)
    for main in [
        *_main_streets(size_m, rng, names),
        *_diagonals(size_m, rng, names),
        _ring(size_m),
        *_banks(stream, width_m, size_m),
    ]:
        plan.lines.extend(_over_the_river(main, corridor, width_m))
    dry = [face for face in polygonize(unary_union([each.line for each in plan.lines])) if not _in(corridor, face)]
    for face in sorted(dry, key=lambda face: (round(face.centroid.x), round(face.centroid.y))):
        district = _district(face, size_m, rng, names)
        plan.districts.append(district)
        plan.lines.extend(_paths(face, rng) if district.kind == "park" else _local_streets(face, size_m, rng, names))
    return plan


def bend(plan_xy: FloatArray, size_m: float) -> FloatArray:
    """[P, 2] metres on the ground for points of the plan: long waves and short ones, gentle enough to fold nothing."""
    x, y = plan_xy[:, 0], plan_xy[:, 1]
    turn = 2 * np.pi / size_m
    long_m, short_m = 0.022 * size_m, min(16.0, 0.005 * size_m)
    short = 2 * np.pi / min(1300.0, 0.3 * size_m)
    east = x + long_m * np.sin(1.7 * turn * y + 0.4) + short_m * np.sin(short * y + 0.7 * short * x)
    north = y + long_m * np.sin(1.4 * turn * x + 1.9) + short_m * np.sin(0.9 * short * x - 0.4 * short * y + 2.0)
    return np.stack([east, north], axis=1)


def _river(size_m: float, rng: np.random.Generator) -> tuple[LineString, float]:
    x = np.linspace(-0.6 * size_m, 0.6 * size_m, 160)
    phase = rng.uniform(0, 2 * np.pi, 3)
    swing_m = size_m * np.array([0.09, 0.035, 0.012])
    turns = 2 * np.pi / size_m * np.array([0.9, 2.1, 4.3])
    y = 0.06 * size_m + sum(a * np.sin(k * x + p) for a, k, p in zip(swing_m, turns, phase, strict=True))
    return LineString(np.stack([x, y], axis=1)), float(np.clip(0.009 * size_m, 30, 110))


def _main_streets(size_m: float, rng: np.random.Generator, names: StreetNames) -> Iterator[PlanLine]:
    """A loose grid; every second one carries more. The outermost ones bound the city."""
    half = size_m / 2
    count = max(3, round(size_m / _MAIN_SPACING_M))
    for upright in (True, False):
        places = np.linspace(-half + 40, half - 40, count)
        places[1:-1] += rng.uniform(-0.24, 0.24, count - 2) * size_m / count
        for index, place in enumerate(places.tolist()):
            ends = [(place, -half), (place, half)] if upright else [(-half, place), (half, place)]
            name, name_zh = names.next("Avenue" if upright else "Boulevard")
            yield PlanLine(LineString(ends), _tags("secondary" if index % 2 else "primary", name, name_zh))


def _diagonals(size_m: float, rng: np.random.Generator, names: StreetNames) -> Iterator[PlanLine]:
    """Two old highways that meet near the middle, whatever the grid does."""
    for angle in (0.6, 2.3):
        turned = angle + float(rng.normal(0, 0.12))
        reach = 0.46 * size_m * np.array([np.cos(turned), np.sin(turned)])
        aside = rng.uniform(-0.04, 0.04, 2) * size_m
        yield PlanLine(LineString([aside - reach, aside + reach]), _tags("primary", *names.next("Way")))


def _ring(size_m: float) -> PlanLine:
    angle = np.linspace(0, 2 * np.pi, 121)
    radius_m = 0.31 * size_m * (1 + 0.05 * np.sin(3 * angle))
    circle = np.stack([radius_m * np.cos(angle), radius_m * np.sin(angle)], axis=1)
    circle[-1] = circle[0]
    return PlanLine(LineString(circle), {**_tags("primary", "Ring Road", "环路"), "maxspeed": "60"})


def _banks(stream: LineString, width_m: float, size_m: float) -> Iterator[PlanLine]:
    frame = shapely.box(-size_m / 2, -size_m / 2, size_m / 2, size_m / 2)
    for side, name, name_zh in ((1, "North Bank", "北岸路"), (-1, "South Bank", "南岸路")):
        line = stream.offset_curve(side * (width_m / 2 + _BANK_M)).intersection(frame)
        for part in getattr(line, "geoms", [line]):
            yield PlanLine(part, _tags("tertiary", name, name_zh))


def _over_the_river(main: PlanLine, corridor: Polygon, width_m: float) -> Iterator[PlanLine]:
    """The street's dry parts, and its bridges where it crosses the water rather than runs along it."""
    for part in _parts(main.line.difference(corridor)):
        yield PlanLine(part, main.tags)
    for part in _parts(main.line.intersection(corridor)):
        if part.length < 2.5 * (width_m + 2 * _BANK_M):
            yield PlanLine(part, {**main.tags, "bridge": "yes"})


def _district(face: Polygon, size_m: float, rng: np.random.Generator, names: StreetNames) -> District:
    from_middle = face.centroid.distance(shapely.Point(0, 0)) / size_m
    draw = float(rng.random())
    if face.area < _SMALLEST_DISTRICT_M2 or draw < _PARK_RATIO:
        kind = "park"
    elif from_middle < 0.1:
        kind = "commercial"
    else:
        kind = "industrial" if from_middle > 0.4 and draw > 0.93 else "residential"
    name, name_zh = names.next("Park" if kind == "park" else "District")
    return District(face, kind, name.removesuffix(" District"), name_zh)


def _local_streets(face: Polygon, size_m: float, rng: np.random.Generator, names: StreetNames) -> Iterator[PlanLine]:
    """Two families of parallel streets that follow the district's longer side, closer together near the middle."""
    from_middle = min(1.0, face.centroid.distance(shapely.Point(0, 0)) / (0.5 * size_m))
    angle = _long_side_angle(face) + float(rng.normal(0, 0.09))
    spacing_m = (85 + 75 * from_middle) * float(rng.uniform(0.9, 1.15))
    one_way = from_middle < 0.35
    for turn, kind, step_m in ((0.0, "Street", spacing_m), (np.pi / 2, "Road" if one_way else "Lane", 1.6 * spacing_m)):
        lines = _parallels(face, angle + turn, step_m, rng)
        for index, line in enumerate(lines):
            if rng.random() > _GAP_RATIO:
                is_collector = len(lines) > 3 and index == len(lines) // 2
                tags = _tags("tertiary" if is_collector else "residential", *names.next(kind))
                yield _local_street(line, tags, one_way and not is_collector, rng)


def _local_street(line: LineString, tags: dict[str, str], maybe_one_way: bool, rng: np.random.Generator) -> PlanLine:
    line = _shortened(line, rng)
    if maybe_one_way and rng.random() < _ONE_WAY_RATIO:
        tags |= {"oneway": "yes", "oneway:bicycle": "no"}
        line = line if rng.random() < 0.5 else line.reverse()
    return PlanLine(line, tags)


def _parallels(face: Polygon, angle: float, step_m: float, rng: np.random.Generator) -> list[LineString]:
    """Straight lines across a polygon, a little longer than it so that they meet the streets around."""
    along, across = np.array([np.cos(angle), np.sin(angle)]), np.array([-np.sin(angle), np.cos(angle)])
    corners = shapely.get_coordinates(face.exterior)
    low, high = float((corners @ across).min()), float((corners @ across).max())
    count = int((high - low - 0.6 * step_m) / step_m)
    at = low + (np.arange(1, count + 1) + rng.uniform(-0.16, 0.16, max(count, 0))) * (high - low) / (count + 1)
    reach = np.abs(corners @ along).max() + 10
    long_lines = [LineString([across * a - along * reach, across * a + along * reach]) for a in at]
    grown = face.buffer(1.5)
    return [part for line in long_lines for part in _parts(line.intersection(grown)) if part.length > 60]


def _shortened(line: LineString, rng: np.random.Generator) -> LineString:
    """Every third street ends before the district does; that makes blocks of many shapes."""
    keep, at_end = float(rng.uniform(0.45, 0.8)), bool(rng.random() < 0.5)
    if rng.random() > 0.35:
        return line
    return substring(line, 1 - keep, 1, normalized=True) if at_end else substring(line, 0, keep, normalized=True)


def _paths(face: Polygon, rng: np.random.Generator) -> Iterator[PlanLine]:
    """Two footpaths across a park; bicycles are welcome."""
    for turn in (0.4, 2.0):
        angle = _long_side_angle(face) + turn + float(rng.normal(0, 0.1))
        centre, reach = np.array([face.centroid.x, face.centroid.y]), face.length
        way = np.array([np.cos(angle), np.sin(angle)]) * reach
        for part in _parts(LineString([centre - way, centre + way]).intersection(face.buffer(1.5))):
            yield PlanLine(part, {"highway": "path", "bicycle": "yes", "foot": "yes"})


def _long_side_angle(face: Polygon) -> float:
    corners = shapely.get_coordinates(face.minimum_rotated_rectangle)
    sides = np.diff(corners[:3], axis=0)
    longer = sides[int(np.argmax(np.hypot(*sides.T)))]
    return float(np.arctan2(longer[1], longer[0]))


def _tags(highway: str, name: str, name_zh: str) -> dict[str, str]:
    return {"highway": highway, "name": name, "name:zh": name_zh}


def _parts(geometry: BaseGeometry) -> list[LineString]:
    parts = getattr(geometry, "geoms", [geometry])
    return [part for part in parts if isinstance(part, LineString) and part.length > 1]


def _in(corridor: Polygon, face: Polygon) -> bool:
    return bool(corridor.contains(face.representative_point()))
