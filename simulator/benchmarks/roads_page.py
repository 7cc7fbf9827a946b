"""What the roads benchmark writes: a page with the figures of both maps, and plots of matching and of probes."""

from collections.abc import Mapping
from pathlib import Path

from simulator.benchmarks import markdown, plots
from simulator.benchmarks.results import Results

COMMAND = "python -m simulator bench roads --docs docs/benchmarks"
ABOUT = """\
By car, on downtown San Francisco and on Porto with its surroundings. `matrix500_cch_ratio`: 500 x 500 addresses by our
travel times, snapping included, over the same sweeps between 500 random nodes by `routingkit-cch` alone on the same
graph, alternating in one run. `recustomise_ms`: from new conditions to swapped weights of one profile. `route_ms`: a
way across the city with its line, times and edges. `slices24_mib`: growth of a process's memory by live travel times
with 24 different sets of weights. `restricted_mismatched`: 200 pairs against a search over edges that knows the turns
and nothing else of ours (`roads_check.py`). Matching and probes: `roads_matching.py`, `roads_probes.py`; the probes'
truth is the hidden field of `scenarios/eta-sf.toml`, two hours with 100 couriers.
"""


def write_page(
    docs: Path, found: Mapping[str, Mapping[str, float]], metrics: dict[str, float], goals: dict[str, str]
) -> None:
    """Write `roads.md` and `roads.svg`. Raises `NotRun` without matplotlib."""
    _draw(docs, found)
    names = list(dict.fromkeys(name for each in found.values() for name in each))
    rows = [(name, *(each.get(name, "") for each in found.values())) for name in names]
    parts = [ABOUT, markdown.metrics_table(Results(metrics, goals)), markdown.table(["figure", *found], rows)]
    parts += ["![Errors of edges' speeds, by what is known](roads.svg)", markdown.made_with("routingkit-cch", "numba")]
    markdown.write_page(docs, "roads", "Roads", COMMAND, parts)


def _draw(docs: Path, found: Mapping[str, Mapping[str, float]]) -> None:
    known = next(each for each in found.values() if "probe_error_ratio" in each)
    figure = plots.new_figure(6.4, 3.2)
    axes = figure.subplots()
    plots.plain(axes, "mean error of edges' speeds after two hours, by that of free flow")
    bars = {
        "free flow": 1.0,
        "habits alone": known["probe_habit_error_ratio"],
        "probes alone": known["probe_live_error_ratio"],
        "both": known["probe_error_ratio"],
    }
    axes.bar(list(bars), list(bars.values()), color=[plots.PEERS[2], plots.PEERS[0], plots.PEERS[1], plots.OURS])
    axes.axhline(0.5, color="#555555", linestyle="--", linewidth=1)
    axes.text(0, 0.51, "goal", fontsize=8)
    docs.mkdir(parents=True, exist_ok=True)
    plots.save(figure, docs / "roads.svg")
