"""The comparison on Li and Lim's instances as a picture: each solver's figures over its budgets."""

from pathlib import Path
from typing import TYPE_CHECKING

from simulator.benchmarks import plots
from simulator.benchmarks.pdptw_instances import Mode
from simulator.benchmarks.pdptw_page import Comparison
from simulator.benchmarks.pdptw_runs import OURS, Score

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TITLES = {"veh": "vehicles more than the best known, sum", "dist": "distance above the best seen, mean, %"}


def draw(found: Comparison, docs: Path) -> Path:
    """Write `pdptw.svg`; a solver has no point where it did not solve every instance. Raises `NotRun`."""
    figure = plots.new_figure(5 * len(found.modes()), 3.6)
    for axes, mode in zip(figure.subplots(1, len(found.modes()), squeeze=False).flat, found.modes(), strict=True):
        plots.plain(axes, TITLES[mode])
        _lines(axes, found, mode)
    return plots.save(figure, docs / "pdptw.svg")


def _lines(axes: "Axes", found: Comparison, mode: Mode) -> None:
    """A line for each solver, through the budgets with which it solved everything."""
    scores = [(budget_s, each) for budget_s in found.budgets_s() for each in found.scores(mode, budget_s).values()]
    solvers = dict.fromkeys(each.solver for _, each in scores)
    for solver, colour in zip(solvers, (plots.OURS, *plots.PEERS), strict=False):
        points = [(budget_s, each) for budget_s, each in scores if each.solver == solver and each.complete]
        heights = [_figure(mode, each) for _, each in points]
        width = 2.4 if solver == OURS else 1.4
        axes.plot([budget_s for budget_s, _ in points], heights, "o-", color=colour, label=solver, linewidth=width)
    _budgets(axes, found.budgets_s())


def _figure(mode: Mode, each: Score) -> float:
    return each.extra_vehicles if mode == "veh" else each.gap_pct


def _budgets(axes: "Axes", budgets_s: list[float]) -> None:
    """A logarithmic axis that names the budgets and nothing else."""
    axes.set_xscale("log")
    axes.set_xticks(budgets_s, [f"{budget_s:g} s" for budget_s in budgets_s])
    axes.minorticks_off()
    axes.set_ylim(bottom=min(0.0, axes.get_ylim()[0]))
    axes.legend(frameon=False, fontsize=8)
