"""Travel times on real streets: ours beside the bare library, live weights, turns, geometry, matching and probes.

Needs `maps/sf-downtown.osm.pbf` and `maps/porto.osm.pbf` in the data folder. Where both maps count, the worse does.
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
from dispatch.roads.conditions import Conditions, Disturbance
from dispatch.roads.library import city_folder, ensure_imported
from dispatch.roads.live import LiveTravelTimes
from dispatch.roads.travel_times import open_travel_times
from simulator.benchmarks.results import Results, data_folder
from simulator.benchmarks.roads_check import EdgeGraph
from simulator.benchmarks.roads_incident import avoidance_figures
from simulator.benchmarks.roads_matching import match_figures
from simulator.benchmarks.roads_memory import slices_mib
from simulator.benchmarks.roads_page import write_page
from simulator.benchmarks.roads_probes import incident_figures, probe_figures
from simulator.speed_field import load_traffic

MAPS = ("sf-downtown", "porto")
PLACES = 500
PAIRS = 1_000
RESTRICTED_PAIRS = 200
REPEATS = 5
SEEDS = (3, 4, 5)
"""Of the couriers' days on which an incident happens; the middle one counts."""
PROFILE = Profile.CAR
NOW_MS = 1_800_000_000_000
SCENARIO = Path(__file__).parents[1] / "scenarios" / "eta-sf.toml"

GOALS = {
    "matrix500_cch_ratio": "<= 2",
    "recustomise_ms": "<= 50",
    "mismatched_pairs": "0",
    "restricted_mismatched": "0",
    "route_ms": "<= 1",
    "slices24_mib": "<= 400",
    "match_6m_5s_pct": ">= 95",
    "match_15m_15s_pct": ">= 88",
    "match_us_per_point": "<= 100",
    "probe_error_ratio": "<= 0.5",
    "incident_avoided_s": "<= 120",
}


def run(data: Path | None, docs: Path | None = None) -> Results:
    """Raises `NotRun` without the maps."""
    maps = data_folder(data, "maps")
    with TemporaryDirectory() as folder:
        found = {name: _measured(Path(folder), maps / f"{name}.osm.pbf") for name in MAPS}
    metrics = {
        "matrix500_cch_ratio": max(each["matrix500_cch_ratio"] for each in found.values()),
        "recustomise_ms": found["porto"]["recustomise_ms"],
        "mismatched_pairs": sum(each["mismatched_pairs"] for each in found.values()),
        "restricted_mismatched": found["sf-downtown"]["restricted_mismatched"],
        "route_ms": max(each["route_ms"] for each in found.values()),
        "slices24_mib": found["porto"]["slices24_mib"],
        "match_6m_5s_pct": min(each["match_6m_5s_pct"] for each in found.values()),
        "match_15m_15s_pct": min(each["match_15m_15s_pct"] for each in found.values()),
        "match_us_per_point": max(each["match_us_per_point"] for each in found.values()),
        "probe_error_ratio": found["sf-downtown"]["probe_error_ratio"],
        "incident_known_s": found["sf-downtown"]["incident_known_s"],
        "incident_avoided_s": found["sf-downtown"]["incident_avoided_s"],
    }
    if docs is not None:
        write_page(docs, found, metrics, GOALS)
    return Results(metrics, GOALS)


def _measured(folder: Path, extract: Path) -> dict[str, float]:
    city = ensure_imported(folder, extract)
    ours, plain = open_travel_times(city, "cch"), open_travel_times(city, "scipy")
    places, bare = _places(city, PLACES), _Bare(ours)
    ours_s, bare_s = _side_by_side(lambda: ours.matrix_s(PROFILE, places, places), bare.matrix)
    figures = {
        "matrix500_cch_ratio": round(ours_s / bare_s, 2),
        "matrix500_ms": round(1000 * ours_s, 1),
        "mismatched_pairs": float(_mismatched(city, ours, plain)),
        "recustomise_ms": round(1000 * _recustomise_s(city), 1),
        "route_ms": round(1000 * _route_s(ours, places), 2),
        "turns_told_apart": float(ours.empty.free(PROFILE).streets.ground.turns.told_apart.sum()),
        "graph_nodes": float(bare.nodes),
        "slices24_mib": slices_mib(city_folder(folder, city.id)),
    }
    if "sf" in extract.name:
        figures["restricted_mismatched"] = float(_restricted_mismatched(city, ours))
        traffic = load_traffic(SCENARIO)
        figures |= probe_figures(city, traffic) | incident_figures(city, traffic)
        avoided = [avoidance_figures(city, traffic, seed=seed) for seed in SEEDS]
        figures |= {name: median(each[name] for each in avoided) for name in avoided[0]}
    return figures | match_figures(city, PROFILE)


def _places(city: City, count: int, seed: int = 7) -> list[Point]:
    chosen = np.random.default_rng(seed).integers(0, len(city.addresses), count)
    return [city.addresses[index].place for index in chosen.tolist()]


def _mismatched(city: City, ours: LiveTravelTimes, plain: LiveTravelTimes) -> int:
    """Of `PAIRS` random pairs of addresses, on how many the hierarchy and scipy's Dijkstra differ by a millisecond."""
    starts, goals = _places(city, 40, seed=8), _places(city, PAIRS // 40, seed=9)
    return int((ours.matrix_s(PROFILE, starts, goals) != plain.matrix_s(PROFILE, starts, goals)).sum())


def _restricted_mismatched(city: City, ours: LiveTravelTimes) -> int:
    """Of `RESTRICTED_PAIRS` pairs, on how many the times differ from those of a search over edges, turns included."""
    rides, check = ours.empty.free(PROFILE), EdgeGraph.of(city.network, PROFILE)
    wrong = compared = 0
    for a, b in zip(_places(city, 400, seed=10), _places(city, 400, seed=11), strict=True):
        found = rides.streets.snapper.snap([a, b])
        if found.segment[0] != found.segment[1] and compared < RESTRICTED_PAIRS:
            compared += 1
            wrong += bool(rides.times_ms(found[:1], found[1:])[0, 0] != check.between_ms(rides, found))
    return wrong if compared == RESTRICTED_PAIRS else RESTRICTED_PAIRS


def _recustomise_s(city: City) -> float:
    """From known factors of every edge to swapped weights of one profile: all that a change of the streets takes."""
    times, edges = open_travel_times(city), np.arange(2 * city.network.segment_count, dtype=np.int32)
    place = city.addresses[0].place
    times.matrix_s(PROFILE, [place], [place])
    slow = [Conditions((Disturbance("d", "slowdown", edges, f, (), 0, 0, "x"),)) for f in (1.2, 1.6)]
    return median(_timed(lambda k=k: times.update(slow[k % 2], NOW_MS)) for k in range(2 * REPEATS))  # type: ignore[misc]


def _route_s(times: LiveTravelTimes, places: list[Point]) -> float:
    """Seconds that the geometry of a way across the city takes in the mean."""
    pairs = list(zip(places[:100], places[100:200], strict=True))
    return median(_timed(lambda: [times.route(PROFILE, a, b) for a, b in pairs]) for _ in range(3)) / len(pairs)


class _Bare:
    """The same graph and weights in the library alone: nodes for places, nothing snapped, nothing added."""

    def __init__(self, times: LiveTravelTimes) -> None:
        ground = times.empty.free(PROFILE).streets.ground
        graph = ground.graph(ground.free_ms)
        self.nodes = len(graph.lat)
        cch = rk.CCH(graph.order.tolist(), graph.tail.tolist(), graph.head.tolist(), False)
        self._metric = rk.CCHMetric(cch, graph.weight_ms.tolist())
        self._places = np.random.default_rng(7).integers(0, self.nodes, PLACES).tolist()

    def matrix(self) -> object:
        """Times between nodes, from each to each."""
        sweep = rk.CCHOneToMany(self._metric, self._places)
        return [sweep.distances_from(node) for node in self._places]


def _side_by_side(ours: Callable[[], object], bare: Callable[[], object]) -> tuple[float, float]:
    """Medians of alternating runs, in seconds, after one of each that does not count."""
    ours(), bare()
    pairs = [(_timed(ours), _timed(bare)) for _ in range(REPEATS)]
    return median(pair[0] for pair in pairs), median(pair[1] for pair in pairs)


def _timed(work: Callable[[], object]) -> float:
    began = perf_counter()
    work()
    return perf_counter() - began
