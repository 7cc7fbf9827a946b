"""The point on the streets where a place is reached, for many places at once: the nearest, as `kerbs` judges it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import shapely

from dispatch.domain.errors import InvalidInput
from dispatch.domain.geo import EARTH_RADIUS_M, Point
from dispatch.roads.kerbs import Kerbs
from dispatch.roads.network import FloatArray, IntArray, Network
from dispatch.roads.route import MAX_SNAP_M
from dispatch.roads.shortest_paths import Millis

Shapes = npt.NDArray[np.object_]

_KEPT = 50_000
"""Places whose nearest points are kept: a large zone's doors, and some minutes of its couriers' places."""
_ROUNDING_M = 1e-3
"""So that the nearest line is found again."""
_LEG_M = 0.5
"""The stretch before and behind a point that tells which way a street runs there."""


@dataclass(frozen=True, eq=False)
class Snaps:
    """Where S places lie on the network."""

    segment: IntArray
    """[S]"""
    fraction: FloatArray
    """[S] along the segment as drawn, 0 to 1"""
    distance_m: FloatArray
    """[S] from the place asked for"""
    plane_m: FloatArray
    """[2, S] metres east and north of the middle of the city, on the street"""

    far_side_ms: Millis
    """[S, 2] what is left to do on foot after arriving along the segment as drawn, and against it; see `kerbs`"""

    def __getitem__(self, part: slice) -> "Snaps":
        return Snaps(
            self.segment[part],
            self.fraction[part],
            self.distance_m[part],
            self.plane_m[:, part],
            self.far_side_ms[part],
        )

    def in_the_road(self) -> "Snaps":
        """The same points, as if nobody had to cross the street there."""
        return replace(self, far_side_ms=np.zeros_like(self.far_side_ms))


class Snapper:
    """Works in a plane that touches the earth in the middle of the city.

    Within 25 km of the middle its distances are right to 0.5 %, which is enough to choose a street.
    """

    def __init__(self, network: Network, segments: IntArray, kerbs: Kerbs) -> None:
        self._segments = segments
        self._kerbs = kerbs
        self._lat, self._lon = float(network.node_lat.mean()), float(network.node_lon.mean())
        x, y = self.plane(network.point_lat, network.point_lon)
        counts = np.diff(network.point_offset)[segments]
        owner = np.repeat(np.arange(len(segments)), counts)
        firsts = network.point_offset[segments]
        within = np.arange(len(owner)) - np.repeat(np.cumsum(counts) - counts, counts)
        points = np.repeat(firsts, counts) + within
        self._lines = shapely.linestrings(np.stack([x[points], y[points]], axis=1), indices=owner)
        self._tree = shapely.STRtree(self._lines)
        self._known: dict[Point, tuple[float, ...]] = {}

    def snap(self, places: Sequence[Point]) -> Snaps:
        """Where each place is reached. Raises `InvalidInput("off_network")` beyond `MAX_SNAP_M`.

        Doors and depots are asked for again and again, so what was found is kept.
        """
        known = self._known
        new = [place for place in dict.fromkeys(places) if place not in known]
        if new:
            if len(known) + len(new) > _KEPT:
                known = self._known = {}
                new = list(dict.fromkeys(places))
            known.update(zip(new, self._found(new), strict=True))
        rows = np.array([known[place] for place in places], dtype=np.float64).reshape(-1, 7)
        segment, far_side_ms = rows[:, 0].astype(self._segments.dtype), rows[:, 5:].astype(np.int64)
        return Snaps(segment, rows[:, 1], rows[:, 2], rows[:, 3:5].T, far_side_ms)

    def _found(self, places: Sequence[Point]) -> list[tuple[float, ...]]:
        """(segment, fraction, distance_m, east_m, north_m, two far sides' ms) for each place."""
        stand = self._points(self._kerbs.stands(places))
        line = self._chosen(places, stand)
        segment, lines = self._segments[line], self._lines[line]
        along_m = np.nan_to_num(shapely.line_locate_point(lines, stand))
        length_m = shapely.length(lines)
        fraction = (along_m / np.maximum(length_m, 1e-9)).clip(0.0, 1.0)
        on_street = shapely.line_interpolate_point(lines, fraction, normalized=True)
        left_m = np.where((fraction > 0) & (fraction < 1), _left_m(lines, along_m, stand), 0.0)
        row = (segment, fraction, shapely.distance(self._points(places), on_street), shapely.get_coordinates(on_street))
        return list(map(tuple, np.column_stack((*row, self._kerbs.far_side_ms(segment, left_m))).tolist()))

    def _chosen(self, places: Sequence[Point], stand: Shapes) -> IntArray:
        """[S] the line for each place: the nearest one after handicaps."""
        (asked, _), nearest_m = self._tree.query_nearest(
            stand, max_distance=MAX_SNAP_M, return_distance=True, all_matches=False
        )
        if len(asked) < len(places):
            lost = places[int(np.setdiff1d(np.arange(len(places)), asked)[0])]
            raise InvalidInput(
                "off_network",
                f"({lost.lat:.5f}, {lost.lon:.5f}) is more than {MAX_SNAP_M / 1000:.0f} km from any street "
                "of this city; give a place inside the city.",
            )
        within_m = nearest_m + self._kerbs.reach_m(places) + _ROUNDING_M
        asked, line = self._tree.query(stand, predicate="dwithin", distance=within_m)
        judged_m = shapely.distance(stand[asked], self._lines[line])
        judged_m += self._kerbs.handicap_m(places, asked, self._segments[line])
        best_first = np.lexsort((line, judged_m, asked))
        first = np.searchsorted(asked[best_first], np.arange(len(places)))
        chosen: IntArray = line[best_first[first]]
        return chosen

    def _points(self, places: Sequence[Point]) -> Shapes:
        lat = np.array([place.lat for place in places], dtype=np.float64)
        lon = np.array([place.lon for place in places], dtype=np.float64)
        points: Shapes = shapely.points(np.stack(self.plane(lat, lon), axis=1))
        return points

    def plane(self, lat: FloatArray, lon: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Metres east and north of the middle (equirectangular projection)."""
        east = np.radians(lon - self._lon) * EARTH_RADIUS_M * np.cos(np.radians(self._lat))
        return east, np.radians(lat - self._lat) * EARTH_RADIUS_M

    def degrees(self, east_m: FloatArray, north_m: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Latitude and longitude: the inverse of `plane`."""
        lon = self._lon + np.degrees(east_m / (EARTH_RADIUS_M * np.cos(np.radians(self._lat))))
        return self._lat + np.degrees(north_m / EARTH_RADIUS_M), lon


def _left_m(lines: Shapes, along_m: FloatArray, points: Shapes) -> FloatArray:
    """[S] metres from each line, near that far along it, to its point: to the left of the line's direction positive."""
    behind = shapely.get_coordinates(shapely.line_interpolate_point(lines, np.maximum(along_m - _LEG_M, 0.0)))
    ahead = shapely.get_coordinates(shapely.line_interpolate_point(lines, along_m + _LEG_M))
    (east, north), (x, y) = (ahead - behind).T, (shapely.get_coordinates(points) - behind).T
    left_m: FloatArray = (east * y - north * x) / np.maximum(np.hypot(east, north), 1e-9)
    return left_m
