"""Travel times on real streets: ours beside the bare library, and both engines against each other.

Needs `maps/sf-downtown.osm.pbf` and `maps/porto.osm.pbf` in the data folder.
"""

from collections.abc import Callable
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

import numpy as np
import routingkit_cch as rk

from dispatch.domain.geo import Point
from dispatch.domain.vehicle import Profile
from dispatch.roads.city import City
from dispatch.roads.library import ensure_imported
from dispatch.roads.network import CLOSED_MS
from dispatch.roads.ordering import contraction_order
from dispatch.roads.travel_times import open_travel_times
from simulator.benchmarks.results import Results, data_folder

MAPS = ("sf-downtown", "porto")
PLACES = 500
REPEATS = 5
PROFILE = Profile.CAR


def run(data: Path | None) -> Results:
    """The worse of the maps counts. Raises `NotRun` without the maps."""
    maps = data_folder(data, "maps")
    ratios, customise_ms, mismatched = zip(*(_measured(maps / f"{name}.osm.pbf") for name in MAPS), strict=True)
    return Results(
        metrics={
            "matrix500_cch_ratio": round(max(ratios), 2),
            "recustomise_ms": round(max(customise_ms), 1),
            "mismatched_pairs": sum(mismatched),
        },
        goals={"matrix500_cch_ratio": "<= 2", "recustomise_ms": "<= 50", "mismatched_pairs": "0"},
    )


def _measured(extract: Path) -> tuple[float, float, int]:
    """(ours / bare, ms that new weights take, pairs on which the engines differ) on one map."""
    with TemporaryDirectory() as folder:
        city = ensure_imported(Path(folder), extract)
        places, bare = _places(city), _Bare(city)
        ours, plain = open_travel_times(city, "cch"), open_travel_times(city, "scipy")
        ours_s, bare_s = _side_by_side(lambda: ours.matrix_s(PROFILE, places, places), bare.matrix)
        apart = ours.matrix_s(PROFILE, places, places) != plain.matrix_s(PROFILE, places, places)
        return ours_s / bare_s, 1000 * bare.customise_s(), int(apart.sum())


def _places(city: City) -> list[Point]:
    chosen = np.random.default_rng(7).integers(0, len(city.addresses), PLACES)
    return [city.addresses[index].place for index in chosen.tolist()]


class _Bare:
    """The same graph in the library alone: nodes for places, nothing snapped, nothing added."""

    def __init__(self, city: City) -> None:
        network = city.network
        weight_ms = network.travel_ms(PROFILE)
        edges = np.flatnonzero(weight_ms < CLOSED_MS)
        nodes, ends = np.unique(np.concatenate((network.tail[edges], network.head[edges])), return_inverse=True)
        tail, head = ends[: len(edges)].astype(np.int32), ends[len(edges) :].astype(np.int32)
        order = contraction_order(network.node_lat[nodes], network.node_lon[nodes], tail, head)
        self._cch = rk.CCH(order.tolist(), tail.tolist(), head.tolist(), False)
        self._weights = weight_ms[edges].tolist()
        self._metric = rk.CCHMetric(self._cch, self._weights)
        self._nodes = np.random.default_rng(7).integers(0, len(nodes), PLACES).tolist()

    def matrix(self) -> object:
        """Times between nodes, from each to each."""
        sweep = rk.CCHOneToMany(self._metric, self._nodes)
        return [sweep.distances_from(node) for node in self._nodes]

    def customise_s(self) -> float:
        """Seconds that new weights take."""
        return _timed(lambda: rk.CCHMetric(self._cch, self._weights))


def _side_by_side(ours: Callable[[], object], bare: Callable[[], object]) -> tuple[float, float]:
    """Medians of alternating runs, in seconds, after one of each that does not count."""
    ours(), bare()
    pairs = [(_timed(ours), _timed(bare)) for _ in range(REPEATS)]
    return median(pair[0] for pair in pairs), median(pair[1] for pair in pairs)


def _timed(work: Callable[[], object]) -> float:
    began = perf_counter()
    work()
    return perf_counter() - began
