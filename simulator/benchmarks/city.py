"""A day in two cities: our planner beside a greedy dispatcher, a cold re-solve every half minute, and hindsight.

The San Francisco extract (`maps/sf-downtown.osm.pbf` in the data folder) and a generated city of 12 km; the scenarios
are in `simulator/scenarios/city-*.toml`. Decisions only: no server, virtual time, the same seed gives the same figures.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time

import click

from dispatch.roads.city import City
from dispatch.roads.library import ensure_city
from dispatch.roads.travel_times import TravelTimes, open_travel_times
from simulator.benchmarks import city_page, city_plots
from simulator.benchmarks.city_bound import clairvoyant
from simulator.benchmarks.city_day import Day, Scenario, draw_day, read_scenario, settings_of
from simulator.benchmarks.city_figures import GOALS, Figures, figures, floor_min, metrics, rounded
from simulator.benchmarks.city_policies import Cold, Greedy, Ours, search_of
from simulator.benchmarks.city_world import Policy, Record, World
from simulator.benchmarks.plots import new_figure
from simulator.benchmarks.results import Results, data_folder

SCENARIOS = Path(__file__).parents[1] / "scenarios"
NAMES = ("city-sf", "city-generated")
ROUND_ITERATIONS = 500
"""Search budget of one round, cold and ours alike; a count, so that the same seed gives the same day."""
BOUND_ITERATIONS = 400
"""The budget of hindsight, once for the whole day; with routes of a day's length an iteration takes 50 ms and more."""

OPTIONS = (
    click.option("--seeds", type=click.IntRange(1, 99), default=3, show_default=True, help="Days in each city."),
)


def run(data: Path | None, seeds: int = 3, docs: Path | None = None) -> Results:
    """Live through `seeds` days in each city. Raises `NotRun` without the map."""
    maps = data_folder(data, "maps").parent
    if docs:
        new_figure(1, 1)  # without matplotlib, say so before the days and not after them
    scenarios = [read_scenario(SCENARIOS / f"{name}.toml") for name in NAMES]
    found: list[Figures] = []
    floors_min: dict[str, float] = {}
    for scenario in scenarios:
        days = list(_days(scenario, maps, seeds))
        floors_min[scenario.name] = sum(map(floor_min, days)) / len(days)
        for day in days:
            found += compared(day, ROUND_ITERATIONS, BOUND_ITERATIONS, click.echo)
    results = Results(rounded(metrics(found) | _by_city(found, scenarios)), GOALS)
    if docs:
        plots = city_plots.draw(found, floors_min, scenarios[0].promise_min, docs)
        city_page.write(docs, results, found, scenarios, plots)
    return results


def compared(
    day: Day, iterations: int, bound_iterations: int, say: Callable[[str], object] = lambda _line: None
) -> list[Figures]:
    """A day under each policy: so many iterations of search a round, so many of hindsight (0: without it)."""
    found = []

    def lived(policy: Policy) -> Record:
        began_s = process_time()
        record = World(day).run(policy)
        tell(policy.name, record, began_s)
        return record

    def tell(name: str, record: Record, began_s: float) -> None:
        found.append(figures(name, day, record, process_time() - began_s))
        say(_line(found[-1]))

    search, settings = search_of(iterations), settings_of(day.scenario)
    for policy in (Greedy(), Cold(search, settings)):
        lived(policy)
    record = lived(Ours(search, settings))
    if bound_iterations:
        began_s = process_time()
        thorough = search_of(bound_iterations)
        tell("clairvoyant", clairvoyant(day, record.visits, settings.weights, thorough), began_s)
    return found


def _line(day: Figures) -> str:
    return (
        f"{day.city} {day.seed} {day.policy:<11} {day.orders} orders, delivery {day.delivery_min:.1f} min, "
        f"{day.late} late, {day.km_per_order:.2f} km an order, {day.moved_stops} stops moved, "
        f"busy {day.utilisation_pct:.0f}%, {day.cpu_s:.0f} s of CPU"
    )


def _days(scenario: Scenario, data: Path, seeds: int) -> Iterator[Day]:
    with TemporaryDirectory(prefix="dispatch-bench-") as folder:
        spec = scenario.city if scenario.city.startswith("generate:") else str(data / scenario.city)
        town = ensure_city(Path(folder), spec)
        roads = open_travel_times(town)
        yield from (_day(scenario, town, roads, seed) for seed in range(1, seeds + 1))


def _day(scenario: Scenario, town: City, roads: TravelTimes, seed: int) -> Day:
    return draw_day(scenario, town, roads, seed)


def _by_city(found: Sequence[Figures], scenarios: Sequence[Scenario]) -> dict[str, float]:
    """The three ratios against greedy for each city."""
    names = ("delivery_time_greedy_ratio", "km_greedy_ratio", "late_greedy_ratio")
    parts = {s.name.replace("-", "_"): metrics([d for d in found if d.city == s.name]) for s in scenarios}
    return {f"{city}_{name}": part[name] for city, part in parts.items() for name in names}
