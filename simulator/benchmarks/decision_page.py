"""What the decision benchmark writes: a page with its tables, and a plot of the cost over the zone's size."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from simulator.benchmarks import markdown, plots
from simulator.benchmarks.results import Results

COMMAND = "python -m simulator bench decision --docs docs/benchmarks"
ABOUT = """\
Planning time of an order: from hearing of it to the proposal that places it, with the look at the zone, the matrix,
the insertion and the checker. The zone is filled by its own planner; three couriers for ten open orders, the whole of
the 12 km city. Meanwhile arrival times are kept and improvement goes on, as in production. Processor time is that of
the planner's thread; wall time has in it whatever else the machine does.
"""


class Zone(Protocol):
    """What is told of one size; see `decision.Measured`."""

    orders: int
    couriers: int
    wall_ms: list[float]
    cpu_ms: list[float]
    busy_ms: list[float]


def write(docs: Path, results: Results, zones: Sequence[Zone]) -> None:
    """Write `decision.md` and `decision.svg`. Raises `NotRun` without matplotlib."""
    _draw(docs, zones)
    rows = [
        (
            each.orders,
            each.couriers,
            *(float(np.percentile(each.wall_ms, percent)) for percent in (50, 99)),
            *(float(np.percentile(each.cpu_ms, percent)) for percent in (50, 99)),
            max(each.busy_ms),
        )
        for each in zones
    ]
    header = ["open orders", "couriers", "p50 ms", "p99 ms", "processor p50 ms", "processor p99 ms", "loop max ms"]
    parts = [ABOUT, markdown.metrics_table(results), markdown.table(header, rows)]
    parts += ["![Planning time over the size of the zone](decision.svg)", markdown.made_with("numpy", "routingkit-cch")]
    markdown.write_page(docs, "decision", "The live decision", COMMAND, parts)


def _draw(docs: Path, zones: Sequence[Zone]) -> None:
    figure = plots.new_figure(6.4, 3.8)
    axes = figure.subplots()
    plots.plain(axes, "planning time of one more order, ms of processor time")
    sizes = [each.orders for each in zones]
    for percent, colour in ((50, plots.OURS), (99, plots.PEERS[0])):
        heights = [float(np.percentile(each.cpu_ms, percent)) for each in zones]
        axes.plot(sizes, heights, "o-", color=colour, label=f"p{percent}")
    first = float(np.percentile(zones[0].cpu_ms, 50))
    linear = [first * size / sizes[0] for size in sizes]
    axes.plot(sizes, linear, "--", color=plots.PEERS[2], label="if it grew with the zone")
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xticks(sizes, [f"{size:,}" for size in sizes])
    axes.minorticks_off()
    axes.set_xlabel("open orders in the zone")
    axes.legend(frameon=False, fontsize=8)
    plots.save(figure, docs / "decision.svg")
