"""Pickup and delivery with time windows: the planner's search beside OR-Tools, PyVRP and VROOM.

Eight public instances of Li and Lim with 100 and 200 tasks, one thread a solver, all on the same machine in the same
run, one after the other on each instance, so that a machine that slows down slows down all. Every solution is checked.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import click
from rich.console import Console

from simulator.benchmarks import pdptw_ours
from simulator.benchmarks.markdown import made_with, write_page
from simulator.benchmarks.pdptw_instances import Instance, Mode, best_distance, best_known, read_all
from simulator.benchmarks.pdptw_page import Comparison, parts
from simulator.benchmarks.pdptw_peers import Solve
from simulator.benchmarks.pdptw_peers import peers as all_peers
from simulator.benchmarks.pdptw_plot import draw
from simulator.benchmarks.pdptw_runs import OURS, Run, Score, measure
from simulator.benchmarks.results import Results, data_folder

NAMES = ("lc109", "lc104", "lr102", "lr108", "lrc103", "lrc206", "lr1_2_3", "lrc1_4_3")
BUDGETS_S = (0.3, 1.0, 5.0)
MODES: tuple[Mode, ...] = ("veh", "dist")
WARM_UP_S = 0.1
"""The budget of each solver's first run, which does not count: packages load, and ours compiles or finds its cache."""
GOALS: dict[Mode, dict[float, dict[str, str]]] = {
    "veh": {
        0.3: {"extra_vehicles": "<= 2", "extra_vehicles_best_peer_ratio": "<= 0.3"},
        1.0: {"extra_vehicles": "<= 1", "extra_vehicles_best_peer_ratio": "<= 0.3"},
        5.0: {"extra_vehicles": "<= 1", "extra_vehicles_best_peer_ratio": "<= 0.3"},
    },
    "dist": {
        0.3: {"gap_pct": "<= 0.4", "gap_worst_pct": "<= 2", "gap_best_peer_ratio": "<= 0.3"},
        1.0: {"gap_pct": "<= 0.1", "gap_worst_pct": "<= 2", "gap_best_peer_ratio": "<= 0.3"},
        5.0: {"gap_pct": "<= 0.05", "gap_worst_pct": "<= 2", "gap_best_peer_ratio": "<= 0.3"},
    },
}
"""For the eight instances, by mode and budget."""
NOTES = """\
Instances of Li and Lim with 100 and 200 tasks. One thread a solver, each in turn on each instance, on the
same machine in the same run, one seed. The budget is for the search; building a model does not count, but
is in the longest run. Distances are checked in floating point by code that no solver shares; a visit may be
0.02 late (the peers compute in whole thousandths). Vehicles are compared with the published bests,
distances with the best seen for a fleet of 1.25 times as many vehicles and one. A solver's figures are over
the instances that it solved; beside a peer's stands ours over the same instances. OR-Tools:
PARALLEL_CHEAPEST_INSERTION, then GUIDED_LOCAL_SEARCH; VROOM: exploration 5, it ends by itself; PyVRP: as it
comes.
"""
COMMAND = "python -m simulator bench pdptw --docs docs/benchmarks"


def _numbers(context: click.Context, option: click.Parameter, text: str) -> tuple[float, ...]:
    """`0.3,1` as numbers above zero. Raises `click.BadParameter`."""
    try:
        numbers = tuple(float(part) for part in text.split(","))
    except ValueError:
        numbers = ()
    if not numbers or min(numbers) <= 0:
        raise click.BadParameter("name seconds above 0, with commas between them.", context, option)
    return numbers


FOLDER, FILE = click.Path(file_okay=False, path_type=Path), click.Path(dir_okay=False, path_type=Path)
OPTIONS = (
    click.option("--instances", type=FOLDER, help="The folder with NAME.txt."),
    click.option("--best-known", type=FILE, help="CSV of the published bests."),
    click.option("--best-distance", type=FILE, help="CSV of the best distances."),
    click.option("--names", default=",".join(NAMES), show_default=True, help="Instances, with commas between them."),
    click.option("--budget-s", default="0.3,1,5", callback=_numbers, help="Seconds, with commas.  [default: 0.3,1,5]"),
    click.option("--mode", type=click.Choice(MODES), help="veh: fewest vehicles; dist: distance alone; else both."),
    click.option("--peers/--no-peers", default=None, help="Run the peers, too; the default unless --instances is set."),
    click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True),
)


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be run."""

    instances: Sequence[Instance]
    modes: Sequence[Mode]
    budgets_s: Sequence[float]
    solvers: Mapping[str, Solve]
    seed: int


def run(
    data: Path | None,
    *,
    docs: Path | None,
    names: str,
    budget_s: Sequence[float],
    mode: Mode | None,
    peers: bool | None,
    seed: int,
    **files: Path | None,
) -> Results:
    """Run the comparison, print its tables, and write them as a page. Raises `NotRun` without instances or peers."""
    console = Console(soft_wrap=True)
    known = best_known(_file(data, files, "best_known", "best_known.csv"))
    folder = _file(data, files, "instances", "instances")
    beside = all_peers() if peers or (peers is None and not files.get("instances")) else {}
    plan = Plan(
        read_all(folder, names.split(","), known),
        (mode,) if mode else MODES,
        budget_s,
        {OURS: pdptw_ours.solve, **beside},
        seed,
    )
    found = Comparison(
        tuple(_runs(plan, console)),
        {name: vehicles for name, (vehicles, _) in known.items()},
        {name: distance for name, (_, distance) in known.items()},
        best_distance(_file(data, files, "best_distance", "best_distance.csv")),
    )
    _tell(found, docs, console)
    return Results(metrics(found), _goals(found))


def _file(data: Path | None, files: Mapping[str, Path | None], option: str, name: str) -> Path:
    """What the option names, else the file or folder of this name in the data folder. Raises `NotRun`."""
    return files.get(option) or data_folder(data, f"bench/pdptw/{name}")


def _runs(plan: Plan, console: Console) -> Iterator[Run]:
    """Each solver in turn on each instance, after a short run of each in both modes that does not count."""
    for solve, mode in product(plan.solvers.values(), MODES):
        solve(plan.instances[0], mode, WARM_UP_S, plan.seed)
    for mode, instance, budget_s in product(plan.modes, plan.instances, plan.budgets_s):
        for name, solve in plan.solvers.items():
            done = measure(name, solve, instance, mode, budget_s=budget_s, seed=plan.seed)
            said = done.refused or f"{done.vehicles} routes, {done.distance:.2f}"
            console.print(f"{mode} {instance.name} {budget_s:g} s {name}: {said} ({done.took_s:.2f} s)")
            yield done


def _tell(found: Comparison, docs: Path | None, console: Console) -> None:
    """Print the tables, and write the page when there is a folder for it."""
    for part in parts(found):
        console.print(part, markup=False, highlight=False)
    if docs:
        packages = made_with("numba", "ortools", "pyvrp", "pyvroom")
        load = f"load average of five minutes at its end {os.getloadavg()[1]:.1f}"  # 1 is this run alone
        made = f"One run on {os.cpu_count()} cores, {load}; {packages}."
        picture = f"![Each solver's figures over its budgets]({draw(found, docs).name})"
        body = [NOTES, made, picture, *parts(found)]
        write_page(docs, "pdptw", "Pickup and delivery, beside other solvers", COMMAND, body)


def metrics(found: Comparison) -> dict[str, float]:
    """Flat metrics; of several budgets each has its own, with the budget at its end.

    A solver that did not solve every instance has no figure: the best peer is the best of those that did.
    """
    several = len(found.budgets_s()) > 1
    measured: dict[str, float] = {}
    for mode, budget_s in product(found.modes(), found.budgets_s()):
        suffix = _suffix(budget_s) if several else ""
        scores = found.scores(mode, budget_s)
        measured |= {f"{name}{suffix}": value for name, value in _figures(mode, scores).items()}
    unchecked = sum(run.solver == OURS and not run.solved for run in found.runs)
    return {**measured, "unchecked": unchecked}


def _figures(mode: Mode, scores: Mapping[str, Score]) -> dict[str, float]:
    """Our figures, the best peer's, and ours by theirs where theirs is above zero."""
    name = "extra_vehicles" if mode == "veh" else "gap_pct"
    beside = "extra_vehicles_best_peer" if mode == "veh" else "gap_best_peer_pct"
    complete = {solver: round(_figure(mode, each), 4) for solver, each in scores.items() if each.complete}
    rivals = [figure for solver, figure in complete.items() if solver != OURS]
    figures: dict[str, float] = {}
    if OURS in complete:
        figures[name] = complete[OURS]
        figures |= {} if mode == "veh" else {"gap_worst_pct": round(scores[OURS].gap_worst_pct, 4)}
    if rivals:
        figures[beside] = min(rivals)
    if OURS in complete and rivals and min(rivals) > 0:
        figures[f"{name.removesuffix('_pct')}_best_peer_ratio"] = round(max(0.0, complete[OURS] / min(rivals)), 3)
    return figures


def _figure(mode: Mode, each: Score) -> float:
    return each.extra_vehicles if mode == "veh" else each.gap_pct


def _suffix(budget_s: float) -> str:
    return f"_{budget_s:g}s".replace(".", "_")


def _goals(found: Comparison) -> dict[str, str]:
    """The goals of the eight instances with the budgets that have one; `unchecked` is 0 for any."""
    goals = {"unchecked": "0"}
    if {run.instance for run in found.runs} != set(NAMES):
        return goals
    several = len(found.budgets_s()) > 1
    for mode, budget_s in product(found.modes(), found.budgets_s()):
        suffix = _suffix(budget_s) if several else ""
        goals |= {f"{name}{suffix}": goal for name, goal in GOALS[mode].get(budget_s, {}).items()}
    return goals
