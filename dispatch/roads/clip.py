"""Cutting a city out of its surroundings: streets at the box's edge, and the sea out of coastlines."""

from collections.abc import Sequence

import numpy as np
import shapely
from shapely import line_merge
from shapely.geometry import LineString, Polygon
from shapely.geometry import box as rectangle
from shapely.geometry.base import BaseGeometry
from shapely.ops import nearest_points, polygonize, unary_union

from dispatch.domain.geo import Box

Place = tuple[float, float]
"""(lat, lon)"""

_LOOSE_END_RATIO = 0.05


def outline(box: Box) -> Polygon:
    """The box as a polygon in (lon, lat)."""
    return rectangle(box.west, box.south, box.east, box.north)


def crossing(inside: Place, outside: Place, box: Box) -> Place:
    """Where the straight line from a place in the box to one outside crosses the box's edge."""
    share = 1.0
    limits = ((box.south, box.north), (box.west, box.east))
    for here, there, (low, high) in zip(inside, outside, limits, strict=True):
        if there != here:
            edge = min(max(there, low), high)
            share = min(share, (edge - here) / (there - here))
    return tuple(here + share * (there - here) for here, there in zip(inside, outside, strict=True))  # type: ignore[return-value]


def sea(coastlines: Sequence[LineString], box: Box) -> list[Polygon]:
    """The water beside coastlines within the box. OpenStreetMap draws them with the land on their left.

    Extracts often end a little before their box, so a coastline's loose end near the edge is led on to it. A face with
    coast on both its sides is left dry: better no sea than one over the town.
    """
    frame = outline(box)
    lines = [part for line in coastlines for part in _lines(line.intersection(frame))]
    if not lines:
        return []
    whole = [_led_to_edge(line, frame) for line in _lines(line_merge(shapely.MultiLineString(lines), directed=True))]
    faces = polygonize(unary_union([*whole, frame.exterior]))
    return [face for face in faces if _borders(face, whole, right=True) and not _borders(face, whole, right=False)]


def _led_to_edge(line: LineString, frame: Polygon) -> LineString:
    """The line, its loose ends joined to the frame where that is nearer than a twentieth of the frame's outline."""
    if line.is_closed:
        return line
    points = list(line.coords)
    begin, end = (nearest_points(frame.exterior, shapely.Point(point))[0] for point in (points[0], points[-1]))
    near = frame.exterior.length * _LOOSE_END_RATIO
    before = list(begin.coords) if 0 < begin.distance(shapely.Point(points[0])) < near else []
    after = list(end.coords) if 0 < end.distance(shapely.Point(points[-1])) < near else []
    return LineString(before + points + after)


def _borders(face: Polygon, coasts: Sequence[LineString], *, right: bool) -> bool:
    """Whether the face lies beside any stretch of the coasts, on their right or on their left."""
    shapely.prepare(face)
    for coast in coasts:
        xy = shapely.get_coordinates(coast)
        ahead = np.diff(xy, axis=0)
        length = np.maximum(np.hypot(*ahead.T), 1e-12)[:, None]
        sideways = np.stack([ahead[:, 1], -ahead[:, 0]], axis=1) / length * np.minimum(length, 1e-5) / 10
        beside = xy[:-1] + ahead / 2 + (sideways if right else -sideways)
        if shapely.contains_xy(face, beside).any():
            return True
    return False


def _lines(geometry: BaseGeometry) -> list[LineString]:
    parts = getattr(geometry, "geoms", [geometry])
    return [part for part in parts if isinstance(part, LineString) and part.length > 0]
