"""The live decision: how long an order waits for its first feasible plan, and how that grows with the zone.

The real planner, writer and replica work on stores in memory, on the streets of a generated city (and of an extract,
when `maps/sf-downtown.osm.pbf` is in the data folder). Each zone is filled by its own planner to so many open orders,
with three couriers for ten of them; then further orders come one by one, while arrival times are kept and improvement
goes on. Planning time is from hearing of an order to the proposal that places it: the look, the matrix, the insertion
and the checker, but not the pause in which orders of one moment are collected (20 ms, here 0).
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import click
import numpy as np

from dispatch.adapters.interpreter import end_start
from dispatch.adapters.solver_pool import SolverPool
from dispatch.planning.warm import warm
from dispatch.roads.city import City
from dispatch.roads.library import ensure_city, ensure_imported
from dispatch.roads.travel_times import TravelTimes, open_travel_times
from simulator.benchmarks.decision_page import write
from simulator.benchmarks.decision_zone import BenchZone, LoopSteps, bench_zone
from simulator.benchmarks.results import Results

CITY = "generate:12km:7"
EXTRACT = "sf-downtown"
SIZES = (100, 300, 1_000, 2_500, 5_000)
ASKED_SIZE = 1_000
"""The size that the goals are for: 1,000 open orders, 300 couriers."""
BETWEEN_S = 0.03
ROUNDS = 4
SEED = 7
GOALS = {
    "decision_p99_ms": "<= 50",
    "growth_exponent": "< 1",
    "improvement_round_max_s": "<= 2",
    "loop_busy_max_ms": "<= 20",
}
OPTIONS = (
    click.option("--sizes", default=",".join(map(str, SIZES)), show_default=True, help="Open orders of each zone."),
    click.option("--arrivals", type=click.IntRange(2), default=200, show_default=True, help="Orders that are timed."),
)


@dataclass(eq=False)
class Measured:
    """One zone's figures: for each order that came, wall and processor ms; rounds in s; the loop's steps in ms."""

    orders: int
    couriers: int
    came: int
    wall_ms: list[float] = field(default_factory=list)
    cpu_ms: list[float] = field(default_factory=list)
    rounds_s: list[float] = field(default_factory=list)
    busy_ms: list[float] = field(default_factory=list)


def run(data: Path | None, *, sizes: str, arrivals: int, docs: Path | None = None) -> Results:
    """Every size on the generated city, the asked one also on the extract. Writes `decision.md` and a plot."""
    wanted = sorted({int(size) for size in sizes.split(",")})
    found = asyncio.run(_on_generated(wanted, arrivals))
    extract = None if data is None else data / "maps" / f"{EXTRACT}.osm.pbf"
    real = asyncio.run(_on_extract(extract, arrivals)) if extract is not None and extract.exists() else None
    results = Results(_metrics(found, real), GOALS)
    if docs is not None:
        write(docs, results, found)
    return results


async def _on_generated(sizes: Sequence[int], arrivals: int) -> list[Measured]:
    with TemporaryDirectory(prefix="dispatch-bench-") as folder:
        city = ensure_city(Path(folder), CITY)
        travel_times = open_travel_times(city)
        return [await measured(city, travel_times, size, arrivals) for size in sizes]


async def _on_extract(extract: Path, arrivals: int) -> Measured:
    with TemporaryDirectory(prefix="dispatch-bench-") as folder:
        city = ensure_imported(Path(folder), extract)
        return await measured(city, open_travel_times(city), ASKED_SIZE, arrivals)


async def measured(city: City, travel_times: TravelTimes, orders: int, arrivals: int) -> Measured:
    """One zone: so many more orders, one by one, then some rounds of improvement.

    The interpreter is set up as the server's is: the kernel compiled, the city left out of garbage collections.
    """
    warm()
    end_start()
    async with SolverPool(2) as pool, bench_zone(city, travel_times, pool, orders, SEED) as zone:
        found, steps = Measured(orders, len(zone.replica.state.couriers), arrivals), LoopSteps()
        watching = asyncio.create_task(steps.watch())
        for _ in range(arrivals):
            (order_id,) = await zone.order_now()
            if times := zone.planning_ms(order_id):
                found.wall_ms.append(times[0])
                found.cpu_ms.append(times[1])
            await asyncio.sleep(BETWEEN_S)
        found.rounds_s = await _rounds(zone)
        watching.cancel()
        found.busy_ms = steps.busy_ms
        return found


async def _rounds(zone: BenchZone) -> list[float]:
    rounds = [await zone.round_s() for _ in range(ROUNDS)]
    return [seconds for seconds in rounds if seconds is not None]


def _metrics(found: Sequence[Measured], real: Measured | None) -> dict[str, float]:
    asked = next((each for each in found if each.orders == ASKED_SIZE), found[-1])
    metrics = {
        "decision_p50_ms": _percentile(asked.wall_ms, 50),
        "decision_p99_ms": _percentile(asked.wall_ms, 99),
        "decision_cpu_p50_ms": _percentile(asked.cpu_ms, 50),
        "decision_cpu_p99_ms": _percentile(asked.cpu_ms, 99),
        "growth_exponent": growth_exponent([(each.orders, float(np.median(each.cpu_ms))) for each in found]),
        "improvement_round_max_s": round(max(asked.rounds_s, default=0.0), 2),
        "loop_busy_max_ms": round(max(asked.busy_ms), 1),
        "placed_pct": round(100 * len(asked.wall_ms) / asked.came, 1),
    }
    for each in found:
        metrics[f"decision_{each.orders}_orders_p99_ms"] = _percentile(each.wall_ms, 99)
        metrics[f"decision_{each.orders}_orders_cpu_p50_ms"] = _percentile(each.cpu_ms, 50)
    if real:
        metrics[f"decision_{EXTRACT.replace('-', '_')}_p99_ms"] = _percentile(real.wall_ms, 99)
    return metrics


def _percentile(values: Sequence[float], percent: float) -> float:
    return round(float(np.percentile(values, percent)), 1)


def growth_exponent(points: Sequence[tuple[int, float]]) -> float:
    """The power of the zone's size with which its cost grows, by least squares; 0 for a single size."""
    if len(points) < 2:
        return 0.0
    sizes, costs = np.log(np.array(points, dtype=np.float64)).T
    return round(float(np.polyfit(sizes, costs, 1)[0]), 2)
