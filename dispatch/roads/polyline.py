"""From a list of edges to a line on the map with times on it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dispatch.domain.geo import Point
from dispatch.roads.network import FloatArray, Network
from dispatch.roads.route import RoadRoute


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of one edge in the direction of travel, and the time that it takes."""

    edge: int
    begins: float
    """Share of the edge's length, 0 to 1."""
    ends: float
    time_ms: int


def point_fractions(network: Network) -> FloatArray:
    """[P] how far along its segment each point of geometry lies, 0 at the start and 1 at the end."""
    cos_lat = np.cos(np.radians(network.node_lat.mean()))
    step = np.hypot(np.diff(network.point_lon) * cos_lat, np.diff(network.point_lat))
    along = np.concatenate([[0.0], np.cumsum(step)])
    first, last = network.point_offset[:-1], network.point_offset[1:] - 1
    counts = np.diff(network.point_offset)
    whole = np.maximum(along[last] - along[first], 1e-15)
    fractions: FloatArray = (along - np.repeat(along[first], counts)) / np.repeat(whole, counts)
    fractions[last] = 1.0
    return fractions


def route_along(network: Network, point_fraction: FloatArray, pieces: Sequence[Piece]) -> RoadRoute:
    """The line along the pieces. Within a piece the speed is constant."""
    lats, lons, times = [], [], []
    before_ms, distance_m = 0, 0.0
    for index, piece in enumerate(pieces):
        lat, lon, share = _stretch(network, point_fraction, piece)
        skip = 1 if index else 0
        lats.append(lat[skip:])
        lons.append(lon[skip:])
        times.append(before_ms + share[skip:] * piece.time_ms)
        before_ms += piece.time_ms
        distance_m += float(network.length_m[piece.edge // 2]) * (piece.ends - piece.begins)
    line = map(Point, np.concatenate(lats).tolist(), np.concatenate(lons).tolist())
    at_s = tuple((np.concatenate(times) / 1000).tolist())
    return RoadRoute(before_ms / 1000, distance_m, tuple(line), at_s)


def _stretch(network: Network, point_fraction: FloatArray, piece: Piece) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Latitudes, longitudes and the share of the piece's time at each of its points; at least two."""
    segment, against = divmod(piece.edge, 2)
    points = slice(network.point_offset[segment], network.point_offset[segment + 1])
    lat, lon, fraction = network.point_lat[points], network.point_lon[points], point_fraction[points]
    if against:
        lat, lon, fraction = lat[::-1], lon[::-1], 1 - fraction[::-1]
    inside = fraction[(fraction > piece.begins) & (fraction < piece.ends)]
    wanted = np.concatenate([[piece.begins], inside, [piece.ends]])
    share = (wanted - piece.begins) / max(piece.ends - piece.begins, 1e-15)
    share[-1] = 1.0
    return np.interp(wanted, fraction, lat), np.interp(wanted, fraction, lon), share
