"""What the live layer's benchmark writes: a page with its tables, and a plot of latency over load."""

from collections.abc import Iterable
from pathlib import Path

from simulator.benchmarks import markdown, plots
from simulator.benchmarks.live_figures import (
    AUTO,
    COALESCING,
    EVERYTHING,
    IMMEDIATE,
    Findings,
    cpu_us,
    idle_kib,
    max_per_s,
    p99_ms,
)
from simulator.benchmarks.live_harness import PEERS, Run
from simulator.benchmarks.results import Results

COMMAND = "python -m simulator bench live --docs docs/benchmarks"
LIMIT_MS = 200
ABOUT = """\
Positions in from 1,000 couriers, out to two watchers of each and to one who sees everything. A server and its Redis or
Valkey run on one core, a load generator written in C on another, loopback only. It sends on a schedule that does not
wait for the server; latency counts from the moment at which a position was due to its receipt. Every position is a
message of its own. Ours runs as what it is: tokens and rights, numbered fixes and their acks, the checks of every
place, the stores behind it; the brokers pass bytes on.

- **max** is the highest load with a p99 below 200 ms and 99% delivered, ours choosing by load whether to coalesce.
- **The fixed load** is 2,000 positions a second: processor time of all processes that belong to the server, for a
  position with its three deliveries, and the p99 of the couriers' own watchers. *Immediate* writes each position at
  once, *coalescing* those of a tick together.
- **ours** is the gateway (`dispatch serve`) with its Valkey. Planner and relay do not run, so that the live layer alone
  is measured; the database stands by and is not counted. *One process* is `dispatch all`: the zone's writer, relay and
  planner as well, without the solver's processes.
- **Others** are cores that neither the server nor the load generator used at the fixed load: on a quiet machine none.
  Who did not deliver 99% there has no processor time: what was not delivered cost nothing.
- Latencies of ours are read from the positions' own time, which has whole milliseconds: in the mean that overstates
  them by half of one. Peers carry a number instead and are exact.
- A session's limits are raised and its heartbeat is 600 s, for the generator's clients never ping. Idle watchers, a
  slow reader and a flood are met with the default limits: a flood is thrown out after 512 messages, and comes back at
  once.
- *Via Redis*: two gateways share the core; one of the two watchers of each courier is at the other gateway.
- *Batches*: 20 fixes a message beside one, as fast as they are taken and nobody watching; fixes for a second of
  processor time.
- *Idle*: memory of a bare connection, of a phone's session and of a shopper's that say nothing; the latency of the
  active ones beside 10,000 more shoppers.

Peers and ours take turns; a figure is the median of the rounds, a ratio that of ratios within a round.
"""
MEANING = """\
The ratios are what travels between machines: both of their figures are from the same round on the same cores. Below its
limit a server's p99 is a matter of how long a position waits for others to be written; the limit is a matter of the
processor time for a position, and of how much of it is shared when many wait. A server at its limit shows it by its
p99 long before it loses anything.
"""
COLOURS = (*plots.PEERS, "#c0504d", "#6b4f3a")


def tables(found: Findings) -> list[str]:
    """Every server at the fixed load and at its most; and what could not be measured."""
    rows = [_row(found, name) for name in (IMMEDIATE, COALESCING, AUTO, EVERYTHING, *PEERS) if found.runs(name)]
    header = ["server", "max positions/s", "p99 at max, ms", "CPU us a position", "p99, ms", "KiB a link", "others"]
    parts = [markdown.table(header, rows)] if rows else []
    return [*parts, "".join(f"- {note}\n" for note in found.notes)] if found.notes else parts


def _row(found: Findings, name: str) -> list[object]:
    figures = (max_per_s, _p99_at_max, cpu_us, p99_ms, idle_kib, _others)
    values = [found.middle(name, figure) for figure in figures]
    most = "" if values[0] is None else f"{values[0]:,.0f}"
    return [name, most, *("" if value is None else round(value, 1) for value in values[1:])]


def _others(run: Run) -> float:
    return run.fixed.foreign_cpu


def _p99_at_max(run: Run) -> float | None:
    return next((step.p99_ms for step in run.steps if step.sent_per_s == run.max_per_s), None)


def write(docs: Path, results: Results, found: Findings) -> None:
    """Write `live.md` and `live.svg`. Raises `NotRun` without matplotlib."""
    parts = [ABOUT, markdown.metrics_table(results), "## Every server\n", *tables(found)]
    if found.rounds:
        _draw(docs, found)
        parts.append("![p99 over the load](live.svg)")
    parts += ["## What the numbers mean\n", MEANING, markdown.made_with("uvicorn", "uvloop", "websockets", "msgspec")]
    markdown.write_page(docs, "live", "The live layer, beside brokers", COMMAND, parts)


def points(runs: Iterable[Run]) -> list[tuple[float, float]]:
    """(positions a second, p99 in ms) of every load that a server carried, by load."""
    steps = [step for run in runs for step in (run.fixed, *run.steps)]
    return sorted({(step.sent_per_s, step.p99_ms) for step in steps if step.ok and step.p99_ms > 0})


def _draw(docs: Path, found: Findings) -> None:
    figure = plots.new_figure(7.2, 4.2)
    axes = figure.subplots()
    plots.plain(axes, "p99 from due to received, ms")
    for name, colour in zip((AUTO, *PEERS), (plots.OURS, *COLOURS), strict=True):
        if carried := points(found.runs(name)[:1]):
            loads, heights = zip(*carried, strict=True)
            axes.plot(
                loads, heights, "o-", color=colour, label=name, linewidth=2.4 if name == AUTO else 1.4, markersize=4
            )
    axes.axhline(LIMIT_MS, color="#9aa0a6", linestyle="--", linewidth=1)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel("positions a second")
    axes.legend(frameon=False, fontsize=8)
    plots.save(figure, docs / "live.svg")
