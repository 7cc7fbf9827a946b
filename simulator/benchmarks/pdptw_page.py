"""The comparison on Li and Lim's instances as tables: sums and means first, then each instance."""

from collections.abc import Sequence
from dataclasses import dataclass

from simulator.benchmarks.markdown import table
from simulator.benchmarks.pdptw_instances import Mode
from simulator.benchmarks.pdptw_runs import OURS, Run, Score, gap_pct, score

TITLES = {
    "veh": "Fewest vehicles, then the shortest distance",
    "dist": "The shortest distance, with vehicles enough",
}


@dataclass(frozen=True, slots=True)
class Comparison:
    """All runs, in the order in which they were made, and what they are compared with, by instance."""

    runs: tuple[Run, ...]
    best_vehicles: dict[str, int]
    best_known_distance: dict[str, float]
    """Of the published best, which comes from the fewest vehicles."""
    best_distance: dict[str, float]
    """With the fleet of mode `dist`; not every instance is listed."""

    def scores(self, mode: Mode, budget_s: float) -> dict[str, Score]:
        """Each solver's score, ours first."""
        chosen = [run for run in self.runs if (run.mode, run.budget_s) == (mode, budget_s)]
        solvers = dict.fromkeys(run.solver for run in chosen)
        return {name: self._score([run for run in chosen if run.solver == name]) for name in solvers}

    def ours_beside(self, peer: str, mode: Mode, budget_s: float) -> Score:
        """Our score over the instances that a peer solved: what its own score can be compared with fairly."""
        chosen = [run for run in self.runs if (run.mode, run.budget_s) == (mode, budget_s)]
        solved = {run.instance for run in chosen if run.solver == peer and run.solved}
        ours = [run for run in chosen if run.solver == OURS]
        return self._score([run for run in ours if run.instance in solved] or ours)

    def _score(self, runs: Sequence[Run]) -> Score:
        return score(runs, self.best_vehicles, self.best_distance)

    def modes(self) -> list[Mode]:
        """The modes that were run."""
        return list(dict.fromkeys(run.mode for run in self.runs))

    def budgets_s(self) -> list[float]:
        """The budgets that were run."""
        return list(dict.fromkeys(run.budget_s for run in self.runs))


def summary(found: Comparison, mode: Mode) -> str:
    """A row for each budget and solver; beside a peer's figure stands ours over the instances that the peer solved."""
    header = ["budget, s", "solver", "solved", *_figure_names(mode), "ours on the same", "longest run, s"]
    rows = [
        (f"{budget_s:g}", each.solver, f"{each.solved} of {each.asked}", *_figures(mode, each), beside, each.took_s_max)
        for budget_s in found.budgets_s()
        for each in found.scores(mode, budget_s).values()
        for beside in ["" if each.solver == OURS else _main(mode, found.ours_beside(each.solver, mode, budget_s))]
    ]
    return table(header, rows)


def _figure_names(mode: Mode) -> tuple[str, ...]:
    return ("extra vehicles",) if mode == "veh" else ("mean gap", "worst gap")


def _figures(mode: Mode, each: Score) -> tuple[str, ...]:
    return (_main(mode, each),) if mode == "veh" else (_main(mode, each), f"{each.gap_worst_pct:.2f}%")


def _main(mode: Mode, each: Score) -> str:
    return f"{each.extra_vehicles}" if mode == "veh" else f"{each.gap_pct:.2f}%"


def each_instance(found: Comparison, mode: Mode) -> str:
    """A row for each instance and budget, a column for each solver."""
    runs = {(run.instance, run.budget_s, run.solver): run for run in found.runs if run.mode == mode}
    solvers = dict.fromkeys(solver for _, _, solver in runs)
    rows = [
        (_best(found, mode, name), f"{budget_s:g}", *(_cell(found, runs[name, budget_s, solver]) for solver in solvers))
        for name, budget_s in dict.fromkeys((name, budget_s) for name, budget_s, _ in runs)
    ]
    return table(["instance (best)", "budget, s", *solvers], rows)


def _best(found: Comparison, mode: Mode, name: str) -> str:
    if mode == "veh":
        return f"{name} ({found.best_vehicles[name]} / {found.best_known_distance[name]:.0f})"
    return f"{name} ({found.best_distance[name]:.2f})" if name in found.best_distance else f"{name} (not listed)"


def _cell(found: Comparison, run: Run) -> str:
    if not run.solved:
        return run.refused
    if run.mode == "veh":
        return f"{run.vehicles} / {run.distance:.0f} ({run.vehicles - found.best_vehicles[run.instance]:+d})"
    if run.instance not in found.best_distance:
        return f"{run.distance:.2f}"
    gap = round(gap_pct(run, found.best_distance[run.instance]), 2) + 0.0  # -0.0 is 0.0
    return f"{run.distance:.2f} ({gap:+.2f}%)"


def parts(found: Comparison) -> list[str]:
    """The body of the page: for each mode its heading and its two tables."""
    return [
        part
        for mode in found.modes()
        for part in (f"## {TITLES[mode]}", summary(found, mode), "Each instance:", each_instance(found, mode))
    ]
