"""From streets as they are drawn to a network: split at junctions, measured, pruned to what each profile can reach."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from dispatch.domain.errors import InvalidInput
from dispatch.domain.geo import EARTH_RADIUS_M
from dispatch.domain.vehicle import Profile
from dispatch.roads.believing import with_believable_bans
from dispatch.roads.clip import Place
from dispatch.roads.controls import Sign, controls_of
from dispatch.roads.network import PROFILES, FloatArray, IntArray, Network, RoadClass, SpeedArray
from dispatch.roads.ordering import contraction_order
from dispatch.roads.restrictions import Restriction, bans_of

Speeds = tuple[float, ...]
"""km/h for each of `PROFILES`; 0 = closed."""

NOBODY: Speeds = (0.0,) * len(PROFILES)


@dataclass(frozen=True, slots=True)
class Street:
    """One street as drawn: streets meet where they share a node id."""

    nodes: tuple[int, ...]
    name: str
    forward_kmh: Speeds
    backward_kmh: Speeds
    road_class: RoadClass = RoadClass.RESIDENTIAL
    way: int = 0
    """What restrictions call it."""


def build_network(
    streets: Iterable[Street],
    places: Mapping[int, Place],
    signs: Mapping[int, Sign] | None = None,
    restrictions: Sequence[Restriction] = (),
    *,
    drives_left: bool = False,
) -> Network:
    """The network of the streets; `places` gives (lat, lon) for their node ids, `signs` what stands at some of them.

    A restriction that would leave no way into or out of a street is not believed.
    Raises `InvalidInput("no_roads")` when no car could drive anywhere.
    """
    pieces = _split_at_junctions(list(streets))
    if not pieces:
        raise _no_roads()
    speed_kmh = np.array([kmh for piece in pieces for kmh in (piece.forward_kmh, piece.backward_kmh)], np.float32).T
    ids = np.array([node for piece in pieces for node in (piece.nodes[0], piece.nodes[-1])], dtype=np.int64)
    ends = np.unique(ids, return_inverse=True)[1].reshape(-1, 2).astype(np.int32)
    speed_kmh = _largest_parts(ends, speed_kmh)
    if not speed_kmh[PROFILES.index(Profile.CAR)].any():
        raise _no_roads()
    used = np.flatnonzero(speed_kmh.any(axis=0).reshape(-1, 2).any(axis=1))
    kept_edges = np.stack([2 * used, 2 * used + 1], axis=1).reshape(-1)
    bare = _assemble([pieces[index] for index in used], np.ascontiguousarray(speed_kmh[:, kept_edges]), places)
    kept = [pieces[index] for index in used]
    bans = bans_of(restrictions, [piece.way for piece in kept], [(piece.nodes[0], piece.nodes[-1]) for piece in kept])
    network = replace(
        bare,
        control=controls_of([piece.nodes for piece in kept], bare.length_m, signs or {}),
        ban_come=bans.come,
        ban_go=bans.go,
        ban_for=bans.bits.astype(np.uint8),
        drives_left=drives_left,
    )
    return with_believable_bans(network)


def _no_roads() -> InvalidInput:
    return InvalidInput("no_roads", "The extract has no road that a car may drive; use one that covers a town.")


def _split_at_junctions(streets: Sequence[Street]) -> list[Street]:
    """Cut wherever a node is used twice; loops are cut once more so that no piece joins a node with itself."""
    uses: Counter[int] = Counter()
    for street in streets:
        uses.update(street.nodes)
        uses.update((street.nodes[0], street.nodes[-1]))
    pieces = []
    for street in streets:
        nodes = street.nodes
        cuts = [0, *(i for i in range(1, len(nodes) - 1) if uses[nodes[i]] > 1), len(nodes) - 1]
        for first, last in pairwise(cuts):
            pieces += _without_loop(street, nodes[first : last + 1])
    return pieces


def _without_loop(street: Street, nodes: tuple[int, ...]) -> list[Street]:
    parts = [nodes]
    if nodes[0] == nodes[-1]:
        middle = len(nodes) // 2
        parts = [nodes[: middle + 1], nodes[middle:]]
    return [replace(street, nodes=part) for part in parts if len(part) > 1 and part[0] != part[-1]]


def _largest_parts(ends: IntArray, speed_kmh: SpeedArray) -> SpeedArray:
    """Close, for each profile, every edge outside its largest strongly connected part."""
    from scipy.sparse import coo_array  # noqa: PLC0415 - 0.4 s to import, and a stored city needs none of it
    from scipy.sparse.csgraph import connected_components  # noqa: PLC0415

    tail = ends.reshape(-1)
    head = ends[:, ::-1].reshape(-1)
    nodes = int(tail.max()) + 1
    speed_kmh = speed_kmh.copy()
    for row in speed_kmh:
        is_open = row > 0
        graph = coo_array((np.ones(int(is_open.sum())), (tail[is_open], head[is_open])), shape=(nodes, nodes))
        part = connected_components(graph, directed=True, connection="strong")[1]
        inside = is_open & (part[tail] == part[head])
        largest = np.argmax(np.bincount(part[tail[inside]], minlength=1))
        row[~(inside & (part[tail] == largest))] = 0
    return speed_kmh


def _assemble(
    pieces: Sequence[Street],
    speed_kmh: SpeedArray,
    places: Mapping[int, tuple[float, float]],
) -> Network:
    counts = np.array([len(piece.nodes) for piece in pieces])
    points = np.array([places[node] for piece in pieces for node in piece.nodes], dtype=np.float64)
    offset = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
    ids = np.array([node for piece in pieces for node in (piece.nodes[0], piece.nodes[-1])], dtype=np.int64)
    node_ids, ends = np.unique(ids, return_inverse=True)
    node_places = np.array([places[int(node)] for node in node_ids], dtype=np.float64)
    names = ("", *sorted({piece.name for piece in pieces} - {""}))
    index_of = {name: index for index, name in enumerate(names)}
    node_lat, node_lon = np.ascontiguousarray(node_places.T)
    start, end = np.ascontiguousarray(ends.reshape(-1, 2).T.astype(np.int32))
    return Network(
        node_lat=node_lat,
        node_lon=node_lon,
        start=start,
        end=end,
        length_m=lengths_m(points[:, 0], points[:, 1], offset),
        point_offset=offset,
        point_lat=np.ascontiguousarray(points[:, 0]),
        point_lon=np.ascontiguousarray(points[:, 1]),
        name=np.array([index_of[piece.name] for piece in pieces], dtype=np.int32),
        speed_kmh=speed_kmh,
        road_class=np.array([piece.road_class for piece in pieces], dtype=np.uint8),
        control=np.zeros(2 * len(pieces), dtype=np.uint8),
        ban_come=np.empty(0, dtype=np.int32),
        ban_go=np.empty(0, dtype=np.int32),
        ban_for=np.empty(0, dtype=np.uint8),
        order=contraction_order(node_lat, node_lon, start, end),
        names=names,
    )


def lengths_m(lat: FloatArray, lon: FloatArray, offset: IntArray) -> FloatArray:
    """Length of each polyline of a packed list, in metres (haversine from point to point)."""
    lat, lon = np.radians(lat), np.radians(lon)
    half = np.sin(np.diff(lat) / 2) ** 2 + np.cos(lat[:-1]) * np.cos(lat[1:]) * np.sin(np.diff(lon) / 2) ** 2
    along = np.concatenate([[0.0], np.cumsum(2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(half)))])
    length: FloatArray = along[offset[1:] - 1] - along[offset[:-1]]
    return length
