"""From a list of edges to a line on the map with times on it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

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
    """The line along the pieces. Within a piece the speed is constant; all but the first and the last are whole."""
    time_ms = np.array([piece.time_ms for piece in pieces], dtype=np.float64)
    starts_ms = np.concatenate([[0.0], np.cumsum(time_ms)])
    lat, lon, share = _stretch(network, point_fraction, pieces[0])
    parts = [(lat, lon, share * time_ms[0])]
    if len(pieces) > 2:
        parts.append(_whole(network, point_fraction, pieces[1:-1], starts_ms[1:-2], time_ms[1:-1]))
    if len(pieces) > 1:
        lat, lon, share = _stretch(network, point_fraction, pieces[-1])
        parts.append((lat[1:], lon[1:], starts_ms[-2] + share[1:] * time_ms[-1]))
    lats, lons, at_ms = (np.concatenate(each) for each in zip(*parts, strict=True))
    edges = np.array([piece.edge for piece in pieces], dtype=np.int32)
    shares = np.array([piece.ends - piece.begins for piece in pieces])
    distance_m = float((network.length_m[edges // 2] * shares).sum())
    return RoadRoute(float(starts_ms[-1]) / 1000, distance_m, lats, lons, at_ms / 1000, edges)


def _whole(
    network: Network, point_fraction: FloatArray, pieces: Sequence[Piece], starts_ms: FloatArray, time_ms: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Latitudes, longitudes and times of whole edges, each without its first point."""
    edges = np.array([piece.edge for piece in pieces])
    first, last = network.point_offset[edges // 2], network.point_offset[edges // 2 + 1] - 1
    counts = last - first
    piece = np.repeat(np.arange(len(edges)), counts)
    within = 1 + np.arange(len(piece)) - np.repeat(np.cumsum(counts) - counts, counts)
    against = (edges % 2 == 1)[piece]
    points = np.where(against, last[piece] - within, first[piece] + within)
    share = np.where(against, 1 - point_fraction[points], point_fraction[points])
    return network.point_lat[points], network.point_lon[points], starts_ms[piece] + share * time_ms[piece]


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
