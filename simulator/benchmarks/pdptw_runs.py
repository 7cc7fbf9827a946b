"""One solver on one instance, checked; and sums and means over the instances."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from time import perf_counter

from simulator.benchmarks.pdptw_checker import Broken, length
from simulator.benchmarks.pdptw_instances import Instance, Mode, Routes
from simulator.benchmarks.pdptw_peers import Solve

OURS = "ours"


@dataclass(frozen=True, slots=True)
class Run:
    """What one solver made of one instance. `refused` is empty when the checker found a solution."""

    instance: str
    mode: Mode
    budget_s: float
    solver: str
    vehicles: int
    distance: float
    refused: str
    took_s: float
    """From the call to the routes, on the wall, the building of the model included."""

    @property
    def solved(self) -> bool:
        """Whether there are routes that the checker did not refuse."""
        return not self.refused


def measure(solver: str, solve: Solve, instance: Instance, mode: Mode, *, budget_s: float, seed: int) -> Run:
    """Let one solver solve one instance, and check what it says."""
    began_s = perf_counter()
    routes = solve(instance, mode, budget_s, seed)
    took_s = perf_counter() - began_s
    used = [route for route in routes or [] if route]
    distance, refused = (0.0, "no solution") if routes is None else _checked(instance, mode, used)
    return Run(instance.name, mode, budget_s, solver, len(used), distance, refused, took_s)


def _checked(instance: Instance, mode: Mode, routes: Routes) -> tuple[float, str]:
    """The length of the routes, and why they are refused."""
    try:
        return length(instance, mode, routes), ""
    except Broken as broken:
        return 0.0, str(broken)


@dataclass(frozen=True, slots=True)
class Score:
    """One solver with one budget over the instances that it solved; of none, 0."""

    solver: str
    solved: int
    asked: int
    extra_vehicles: int
    """More than the best known, summed."""
    gap_pct: float
    """How much longer than the best distance listed, on average over those that are listed."""
    gap_worst_pct: float
    took_s_max: float

    @property
    def complete(self) -> bool:
        """Whether it solved every instance."""
        return self.solved == self.asked


def score(runs: Sequence[Run], best_vehicles: Mapping[str, int], best_distance: Mapping[str, float]) -> Score:
    """The score of the runs of one solver, mode and budget; the bests are by instance."""
    good = [run for run in runs if run.solved]
    gaps = [gap_pct(run, best_distance[run.instance]) for run in good if run.instance in best_distance]
    return Score(
        runs[0].solver,
        len(good),
        len(runs),
        sum(run.vehicles - best_vehicles[run.instance] for run in good),
        fmean(gaps) if gaps else 0.0,
        max(gaps, default=0.0),
        max(run.took_s for run in runs),
    )


def gap_pct(run: Run, best: float) -> float:
    """How much longer than the best, in percent; negative when shorter."""
    return 100 * (run.distance / best - 1)
