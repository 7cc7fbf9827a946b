"""What the arrival-time benchmark writes: a page with its tables, and a plot of errors by the time before arrival."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from dispatch.planning.arrival import arrived_at_ms, on_screen
from simulator.benchmarks import markdown, plots
from simulator.benchmarks.eta_day import Told
from simulator.benchmarks.results import Results

COMMAND = "python -m simulator bench eta --docs docs/benchmarks"
ABOUT = """\
Days with hidden traffic (`simulator/scenarios/eta-*.toml`: the day's curve, lasting differences of streets, noise,
rain, incidents, some of them reported), in virtual time, with the server's own writer, planner, live streets, map
matching and learning; only sockets, databases and the clock are replaced. Couriers ride the ways that the server shows
at the hidden speeds, each at a pace of their own (0.9 to 1.1), and stay at stops as long as these take: a mean of 1.25
times the house's figure, lasting differences of depots (log-sigma 0.25) and buildings (0.3), chance (0.35). The server
is told none of it. The first day is learnt from and not counted.

`mae_10min_s`: mean absolute error of what stood on the customer's screen ten minutes before the arrival; `plan`: of
the planner's own estimate at that moment; `oracle`: of somebody who knows the hidden speeds, the rider's pace and what
each stop takes in the mean, and only not what chance and later plans bring. `p90_coverage_pct`: arrivals by the late
end that stood there ten minutes before. `changes_median`: how often the shown time changed. `late_told_8min_pct`: of
the orders that came after their promise, those whose screen said eight minutes before the promise that it may be broken
(its range reached beyond it).
"""
COLUMNS = (
    "day", "orders", "mae_10min_s", "plan_10min_s", "oracle_10min_s", "mae_oracle_ratio", "p90_coverage_pct",
    "changes_median", "late", "late_told_8min_pct",
)  # fmt: skip


def write_page(
    docs: Path,
    results: Results,
    by_day: Mapping[str, Sequence[Mapping[str, Any]]],
    counted: Mapping[str, Sequence[Told]],
) -> None:
    """Write `eta.md` and `eta.svg`. Raises `NotRun` without matplotlib."""
    docs.mkdir(parents=True, exist_ok=True)
    _draw(docs, [told for each in counted.values() for told in each])
    parts = [ABOUT, markdown.metrics_table(results)]
    for name, days in by_day.items():
        parts += [f"## {name}\n", markdown.table(COLUMNS, [[day[column] for column in COLUMNS] for day in days])]
    parts += ["![Errors by the time before the arrival](eta.svg)", markdown.made_with("numba", "routingkit-cch")]
    markdown.write_page(docs, "eta", "Arrival times", COMMAND, parts)


def _draw(docs: Path, told: Sequence[Told]) -> None:
    figure = plots.new_figure(6.4, 3.6)
    axes = figure.subplots()
    plots.plain(axes, "mean absolute error of the expected arrival, seconds")
    minutes = np.arange(4, 21)
    ours, oracle = (np.array([_errors(told, int(at), which) for at in minutes]) for which in (0, 1))
    axes.plot(minutes, ours, "o-", color=plots.OURS, label="on the customer's screen", markersize=3)
    axes.plot(minutes, oracle, "o-", color=plots.PEERS[0], label="the oracle", markersize=3)
    axes.axvline(10, color="#999999", linewidth=1, linestyle="--")
    axes.set_xlabel("minutes before the arrival")
    axes.set_ylim(bottom=0)
    axes.invert_xaxis()
    axes.legend(frameon=False, fontsize=8)
    plots.save(figure, docs / "eta.svg")


def _errors(told: Sequence[Told], minutes: int, which: int) -> float:
    """The mean of ours (0) or the oracle's (1) so many minutes before."""
    errors = []
    for each in told:
        at_ms = arrived_at_ms(each.order)
        then_ms = at_ms - 60_000 * minutes
        note = on_screen(each.order.etas, then_ms)
        looks = [(abs(looked - then_ms), expected) for looked, expected, _ in each.looks]
        if note and looks and min(looks)[0] <= 20_000:
            errors.append(abs(at_ms - (note.eta_at_ms, min(looks)[1])[which]) / 1000)
    return float(np.mean(errors)) if errors else float("nan")
