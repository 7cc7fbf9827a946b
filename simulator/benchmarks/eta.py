"""Arrival times under hidden traffic: simulated days, what customers were told, and an oracle beside it.

Without a data folder the days are those of the generated city; with one, also those of downtown San Francisco.
"""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click
from rich.console import Console

from dispatch.roads.city import City
from dispatch.roads.library import ensure_city, ensure_imported
from simulator.benchmarks.eta_day import Days, Scenario, Told, live_through
from simulator.benchmarks.eta_figures import figures
from simulator.benchmarks.eta_page import write_page
from simulator.benchmarks.eta_world import DAY_MS, FIRST_MIDNIGHT_MS
from simulator.benchmarks.results import Results
from simulator.speed_field import Traffic, load_traffic
from simulator.virtual_time import run_virtual

SCENARIOS = Path(__file__).parents[1] / "scenarios"
GOALS = {
    "mae_10min_s": "<= 90",
    "mae_oracle_ratio": "<= 1.25",
    "p90_coverage_pct": "88-92",
    "changes_median": "<= 3",
    "late_told_8min_pct": ">= 80",
}
OPTIONS = (
    click.option("--couriers", type=int, default=24, show_default=True),
    click.option(
        "--days", type=int, default=3, show_default=True, help="The first one is learnt from and not counted."
    ),
    click.option("--closes", type=float, default=15.0, show_default=True, help="The hour of the last order."),
)


def run(data: Path | None, docs: Path | None = None, *, couriers: int, days: int, closes: float) -> Results:
    """The figures of all counted days and cities together, and the days of each beside them."""
    scenario, console, lived = Scenario(couriers=couriers, days=days, closes_h=closes), Console(), dict[str, Days]()
    with TemporaryDirectory() as folder:
        for traffic, city in _cities(Path(folder), data):
            story = live_through(city, traffic, scenario, progress=console.print)
            lived[traffic.name] = run_virtual(story)
    counted = {name: _counted(each) for name, each in lived.items()}
    together = figures([told for each in counted.values() for told in each])
    by_day = {name: _by_day(each) for name, each in lived.items()}
    if docs is not None:
        write_page(docs, Results(together, GOALS), by_day, counted)
    return Results(together, GOALS)


def _cities(folder: Path, data: Path | None) -> list[tuple[Traffic, City]]:
    generated = load_traffic(SCENARIOS / "eta-generated.toml")
    found = [(generated, ensure_city(folder, generated.city))]
    extract = data / "maps" / "sf-downtown.osm.pbf" if data else None
    if extract and extract.exists():
        found.append((load_traffic(SCENARIOS / "eta-sf.toml"), ensure_imported(folder, extract)))
    return found


def _counted(days: Days) -> Sequence[Told]:
    """The orders of all days but the first; of a single day, its own."""
    first = FIRST_MIDNIGHT_MS + (DAY_MS if days.scenario.days > 1 else 0)
    return days.delivered(first)


def _by_day(days: Days) -> list[dict[str, Any]]:
    found = []
    for day in range(days.scenario.days):
        from_ms = FIRST_MIDNIGHT_MS + day * DAY_MS
        told = [each for each in days.delivered(from_ms) if each.order.created_at_ms < from_ms + DAY_MS]
        found.append({"day": day + 1, **figures(told)})
    return found
