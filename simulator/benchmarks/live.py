"""The live layer beside brokers: positions in from couriers, out to their watchers.

Needs the harness, `bench/realtime` in the data folder. The server and its Valkey run on one core, the load generator on
another. Each round runs every server once, a peer and then ours, so that a machine that slows down slows down all; a
ratio has both its figures from the same round.
"""

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import click
from rich.console import Console

from simulator.benchmarks import live_page
from simulator.benchmarks.live_figures import AUTO, COALESCING, EVERYTHING, IMMEDIATE, Findings, goals, metrics
from simulator.benchmarks.live_harness import PEERS, Harness, Run, prepare
from simulator.benchmarks.live_parts import Attempts, Rig
from simulator.benchmarks.live_parts import measure as measure_parts
from simulator.benchmarks.live_scene import scene
from simulator.benchmarks.live_size import FULL, QUICK, Size
from simulator.benchmarks.results import NotRun, Results, data_folder
from simulator.benchmarks.town import allow_open_files

OPEN_FILES = 20_000
ONCE = ("node-ws", "socketio", "asgi-hub")
"""Peers whose speed no goal names: one round is enough for the page."""


def _names(context: click.Context, option: click.Parameter, text: str) -> tuple[str, ...]:
    """`mosquitto,nats` as names; `none` is nobody. Raises `click.BadParameter`."""
    names = () if text == "none" else tuple(text.split(","))
    if unknown := set(names) - set(PEERS):
        known = ", ".join(PEERS)
        raise click.BadParameter(f"{', '.join(sorted(unknown))}: not one of {known}, or none.", context, option)
    return names


OPTIONS = (
    click.option("--quick", is_flag=True, help="A tenth of the couriers and short steps: to see that it works."),
    click.option("--peers", default=",".join(PEERS), callback=_names, help="Peers, with commas; none: ours alone."),
)


def run(data: Path | None, *, docs: Path | None, quick: bool, peers: Sequence[str]) -> Results:
    """Run what can be run here, print it, and write the page. Raises `NotRun` without the harness."""
    source = data_folder(data, "bench/realtime")
    if not sys.platform.startswith("linux"):
        raise NotRun("it pins processes to cores and reads /proc, as on Linux.")
    allow_open_files(OPEN_FILES)
    console = Console(soft_wrap=True)
    found = asyncio.run(measure(source, QUICK if quick else FULL, peers, console))
    results = Results(measured := metrics(found), goals(measured))
    for part in live_page.tables(found):
        console.print(part, markup=False, highlight=False)
    if docs:
        live_page.write(docs, results, found)
    return results


async def measure(source: Path, size: Size, peers: Sequence[str], console: Console) -> Findings:
    """All runs. Raises `NotRun` or `ServerFailed` when there is no server of ours to measure."""
    found = Findings()
    with TemporaryDirectory(prefix="dispatch-bench-") as name:
        harness = await prepare(source, Path(name) / "harness", peers)
        attempts = Attempts(found, console)
        for peer in peers:
            if peer in harness.missing:
                attempts.tell(f"{peer}: not run: {harness.missing[peer]}.")
        console.print("preparing couriers with orders on board ...")
        async with scene(Path(name) / "data", busy=size.busy, couriers=size.registered) as made:
            rig = Rig(harness, made, size, Path(name) / "tokens.txt")
            if harness.has_generator:
                runnable = [peer for peer in peers if peer not in harness.missing]
                for number in range(size.rounds):
                    await _round(rig, attempts, [p for p in runnable if number == 0 or p not in ONCE], number == 0)
            await measure_parts(rig, attempts)
    return found


@dataclass(frozen=True, slots=True)
class _Ours:
    """A server of ours in a round."""

    name: str
    role: str
    coalesce: str
    search: bool = False


OURS = (
    _Ours(IMMEDIATE, "serve", "never"),
    _Ours(COALESCING, "serve", "always"),
    _Ours(AUTO, "serve", "auto", search=True),
    _Ours(EVERYTHING, "all", "auto"),
)


async def _round(rig: Rig, attempts: Attempts, peers: Sequence[str], is_first: bool) -> None:
    """A peer, one of ours, the next peer, and so on until all have run."""
    runs = attempts.begin_round()
    for turn in range(max(len(peers), len(OURS))):
        for peer in peers[turn : turn + 1]:
            if run := await attempts.of(peer, _peer(rig.harness, rig.size, peer, idle=is_first and peer == "node-ws")):
                runs[peer] = run
        for each in OURS[turn : turn + 1]:
            idle = is_first and each.name == AUTO
            options = rig.size.options(search=each.search, idle=idle)
            if run := await attempts.of(each.name, rig.ours(each.role, each.coalesce, options)):
                runs[each.name] = run


async def _peer(harness: Harness, size: Size, name: str, *, idle: bool) -> Run:
    return await harness.peer(name, size.options(search=True, idle=idle))
