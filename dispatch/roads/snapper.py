"""The nearest point on any of a set of segments, for many places at once."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from dispatch.domain.errors import InvalidInput
from dispatch.domain.geo import EARTH_RADIUS_M, Point
from dispatch.roads.network import FloatArray, IntArray, Network
from dispatch.roads.route import MAX_SNAP_M

_KEPT = 50_000
"""Places whose nearest points are kept: a large zone's doors, and some minutes of its couriers' places."""


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

    def __getitem__(self, part: slice) -> "Snaps":
        return Snaps(self.segment[part], self.fraction[part], self.distance_m[part], self.plane_m[:, part])


class Snapper:
    """Finds nearest points in a plane that touches the earth in the middle of the city.

    Within 25 km of the middle its distances are right to 0.5 %, which is enough to choose a street.
    """

    def __init__(self, network: Network, segments: IntArray) -> None:
        self._segments = segments
        self._lat, self._lon = float(network.node_lat.mean()), float(network.node_lon.mean())
        x, y = self._plane(network.point_lat, network.point_lon)
        counts = np.diff(network.point_offset)[segments]
        owner = np.repeat(np.arange(len(segments)), counts)
        firsts = network.point_offset[segments]
        within = np.arange(len(owner)) - np.repeat(np.cumsum(counts) - counts, counts)
        points = np.repeat(firsts, counts) + within
        self._lines = shapely.linestrings(np.stack([x[points], y[points]], axis=1), indices=owner)
        self._tree = shapely.STRtree(self._lines)
        self._known: dict[Point, tuple[float, ...]] = {}

    def snap(self, places: Sequence[Point]) -> Snaps:
        """The nearest point for each place. Raises `InvalidInput("off_network")` beyond `MAX_SNAP_M`.

        Doors and depots are asked for again and again, so what was found is kept.
        """
        known = self._known
        new = [place for place in dict.fromkeys(places) if place not in known]
        if new:
            if len(known) + len(new) > _KEPT:
                known = self._known = {}
                new = list(dict.fromkeys(places))
            known.update(zip(new, self._found(new), strict=True))
        rows = np.array([known[place] for place in places], dtype=np.float64).reshape(-1, 5)
        return Snaps(rows[:, 0].astype(self._segments.dtype), rows[:, 1], rows[:, 2], rows[:, 3:].T)

    def _found(self, places: Sequence[Point]) -> list[tuple[float, ...]]:
        """(segment, fraction, distance_m, east_m, north_m) of the nearest point for each place."""
        lat = np.array([place.lat for place in places], dtype=np.float64)
        lon = np.array([place.lon for place in places], dtype=np.float64)
        points = shapely.points(np.stack(self._plane(lat, lon), axis=1))
        (asked, line), distance_m = self._tree.query_nearest(
            points, max_distance=MAX_SNAP_M, return_distance=True, all_matches=False
        )
        if len(asked) < len(places):
            lost = places[int(np.setdiff1d(np.arange(len(places)), asked)[0])]
            raise InvalidInput(
                "off_network",
                f"({lost.lat:.5f}, {lost.lon:.5f}) is more than {MAX_SNAP_M / 1000:.0f} km from any street "
                "of this city; give a place inside the city.",
            )
        fraction = np.nan_to_num(shapely.line_locate_point(self._lines[line], points, normalized=True)).clip(0.0, 1.0)
        on_street = shapely.get_coordinates(
            shapely.line_interpolate_point(self._lines[line], fraction, normalized=True)
        )
        return list(map(tuple, np.column_stack((self._segments[line], fraction, distance_m, on_street)).tolist()))

    def _plane(self, lat: FloatArray, lon: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Metres east and north of the middle (equirectangular projection)."""
        east = np.radians(lon - self._lon) * EARTH_RADIUS_M * np.cos(np.radians(self._lat))
        return east, np.radians(lat - self._lat) * EARTH_RADIUS_M
