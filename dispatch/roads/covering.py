"""Which edges a drawn shape means, and how much of a city a closure would cut off."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from dispatch.domain.errors import InvalidInput
from dispatch.domain.geo import METRES_PER_DEGREE
from dispatch.domain.vehicle import Profile
from dispatch.roads.network import FloatArray, IntArray, Network

NEAR_M = 25.0
"""A line that is drawn by hand or on another map lies so far from its street at most."""
WITHIN_DEG = 35.0
"""A street whose heading differs by more crosses the line or turns off it."""
LEAST_SHARE = 0.5
"""A line means a segment when it runs along so much of it."""
_STEP_M = 5.0

Samples = tuple[FloatArray, FloatArray]
"""Places [., 2] in metres along the streets, and the unit headings [., 2] there."""


@dataclass(frozen=True)
class Geometry:
    """A shape on the map: `coordinates` are (lon, lat) as in GeoJSON; `edges` name edges themselves."""

    kind: Literal["line", "polygon", "edges"]
    coordinates: tuple[tuple[float, float], ...] = ()
    edges: tuple[int, ...] = ()


def edges_of(network: Network, geometry: Geometry, both: bool = False) -> IntArray:
    """The edges that a shape means, in rising order.

    A line means what it runs along, in the direction in which it is drawn or in `both`; a polygon means both directions
    of every segment that it touches. Raises `InvalidInput`: `bad_geometry` for a shape that is none, `off_map` when it
    meets no street.
    """
    if geometry.kind == "edges":
        found = np.unique(np.array(geometry.edges, dtype=np.int64))
        found = found if ((found >= 0) & (found < 2 * network.segment_count)).all() else found[:0]
    else:
        shape = _shape(network, geometry)
        near = _near(network, shape)
        found = _within(network, shape, near) if geometry.kind == "polygon" else _along(network, shape, near, both)
    if not len(found):
        raise InvalidInput("off_map", "The shape meets no street of this city; draw it along or across one.")
    return found.astype(np.int32)


def cut_share(network: Network, edges: IntArray) -> float:
    """The share of the streets open to cars that would be cut off from the rest, beyond the closed edges themselves."""
    length_m = np.where(network.is_open(Profile.CAR), np.repeat(network.length_m, 2), 0.0)
    left = np.flatnonzero(length_m > 0)
    left = left[~np.isin(left, edges)]
    tail, head = network.tail[left], network.head[left]
    ways = coo_array((np.ones(len(left)), (tail, head)), shape=(network.node_count,) * 2)
    part = connected_components(ways, connection="strong")[1]
    inside = part[tail] == part[head]
    kept_m = np.bincount(part[tail][inside], weights=length_m[left][inside], minlength=1).max()
    cut_m = max(0.0, length_m[left].sum() - kept_m)
    return float(cut_m / max(length_m.sum(), 1e-9))


def _shape(network: Network, geometry: Geometry) -> shapely.Geometry:
    """The shape in metres around the middle of the city."""
    lon_lat = np.array(geometry.coordinates, dtype=np.float64).reshape(-1, 2)
    if len(lon_lat) < (2 if geometry.kind == "line" else 3) or not (np.abs(lon_lat) <= (180, 90)).all():
        raise InvalidInput("bad_geometry", "A line has two places at least and a polygon three, all on the earth.")
    points = _plane(network, lon_lat[:, 0], lon_lat[:, 1])
    shape = shapely.linestrings(points) if geometry.kind == "line" else shapely.polygons(points)
    if not shapely.is_valid(shape):
        raise InvalidInput("bad_geometry", "The line has no length or the polygon crosses itself.")
    return shape


def _plane(network: Network, lon: FloatArray, lat: FloatArray) -> FloatArray:
    """[., 2] metres east and north of the middle of the city."""
    middle_lon, middle_lat = network.node_lon.mean(), network.node_lat.mean()
    east = (lon - middle_lon) * np.cos(np.radians(middle_lat))
    return np.stack([east, lat - middle_lat], axis=1) * METRES_PER_DEGREE


def _near(network: Network, shape: shapely.Geometry) -> IntArray:
    """The segments whose boxes come near the shape's box."""
    points, firsts = _plane(network, network.point_lon, network.point_lat), network.point_offset[:-1]
    west, south, east, north = shapely.bounds(shape)
    least, most = np.minimum.reduceat(points, firsts), np.maximum.reduceat(points, firsts)
    meets = (most >= (west - NEAR_M, south - NEAR_M)) & (least <= (east + NEAR_M, north + NEAR_M))
    return np.flatnonzero(meets.all(axis=1)).astype(np.int32)


def _points(network: Network, segment: int) -> FloatArray:
    part = slice(*network.point_offset[segment : segment + 2])
    return _plane(network, network.point_lon[part], network.point_lat[part])


def _within(network: Network, shape: shapely.Geometry, near: IntArray) -> npt.NDArray[np.int64]:
    touched = [k for k in near.tolist() if shapely.intersects(shape, shapely.linestrings(_points(network, k)))]
    return np.array([2 * k + against for k in touched for against in (0, 1)], dtype=np.int64)


def _along(network: Network, shape: shapely.Geometry, near: IntArray, both: bool) -> npt.NDArray[np.int64]:
    drawn = shapely.get_coordinates(shape)
    found = []
    for segment in near.tolist():
        places, headings = _samples(_points(network, segment))
        for against in (0, 1):
            share = _shared(places, -headings if against else headings, drawn)
            if share >= LEAST_SHARE:
                found += [2 * segment, 2 * segment + 1] if both else [2 * segment + against]
    return np.unique(np.array(found, dtype=np.int64))


def _samples(points: FloatArray) -> Samples:
    """Middles of equal steps along every leg of a street."""
    legs = np.diff(points, axis=0)
    long_m = np.hypot(*legs.T)
    steps = np.maximum(1, np.ceil(long_m / _STEP_M)).astype(int)
    leg = np.repeat(np.arange(len(legs)), steps)
    within = np.arange(len(leg)) - np.repeat(np.cumsum(steps) - steps, steps)
    places = points[leg] + legs[leg] * ((within + 0.5) / steps[leg])[:, None]
    return places, (legs / np.maximum(long_m, 1e-9)[:, None])[leg]


def _shared(places: FloatArray, headings: FloatArray, drawn: FloatArray) -> float:
    """The share of the samples that some leg of the drawn line runs along, the same way."""
    shared = np.zeros(len(places), dtype=bool)
    for begin, leg in zip(drawn[:-1], np.diff(drawn, axis=0), strict=True):
        long_m = max(float(np.hypot(*leg)), 1e-9)
        at = np.clip((places - begin) @ leg / long_m**2, 0, 1)
        off_m = np.hypot(*(places - begin - at[:, None] * leg).T)
        # Beyond its ends a leg shares nothing: a line that stops at a junction does not mean the next street.
        shared |= (off_m <= NEAR_M) & (at > 0) & (at < 1) & (headings @ leg / long_m >= np.cos(np.radians(WITHIN_DEG)))
    return float(shared.mean())
