"""The demo: prepares a city, starts the real server as a child, lets couriers and orders loose on it, and shows it.

Each run begins with an empty database in a folder of its own (`<data>/demo-<port>`): orders that an earlier run left
half delivered would wait for couriers that no longer exist, at a business time that has long run ahead. What takes
long to make, the city, is shared by all runs through a link to `<data>/cities`.
"""

import asyncio
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from dispatch.adapters.interpreter import end_start
from dispatch.roads.city import City
from dispatch.roads.library import ensure_city
from dispatch.roads.travel_times import open_travel_times
from simulator import report as reports
from simulator.api import Api, RequestRefused
from simulator.fleet import courier_ids
from simulator.live import run_with_board, stop_on_signals
from simulator.report import Report
from simulator.server_process import ServerFailed, ServerProcess, free_port, issue_tokens
from simulator.simulation import Scenario, Server, Simulation

STAFF = "demo"
GUEST = "demo-rider"
GUEST_BODY = {"name": "Demo Rider", "profile": "ebike", "phone": "+8613800138000"}
"""A courier for whoever tries the demo on a phone: off duty until they change that, and no part of the fleet."""
INTERRUPTED = 130
"""The shell's exit status of a program that Ctrl-C has ended."""


@dataclass(frozen=True, slots=True)
class DemoOptions:
    """What `demo` was asked for; `started_at_s` is when the command was given (Unix time)."""

    data_dir: Path
    city: str
    couriers: int
    port: int
    speed: float
    duration_s: float | None
    report: Path | None
    keep: bool
    scenario: Scenario
    started_at_s: float


def run_demo(options: DemoOptions, console: Console) -> int:
    """Run the demo and return the exit status: 0, 1 when an invariant was violated, 130 when stopped too early.

    Raises `ServerFailed`, and what `ensure_city` and `Simulation.run` raise.
    """
    if not free_port(options.port):
        other = next(port for port in range(options.port + 1, 65_536) if free_port(port))
        raise ServerFailed(f"Port {options.port} is taken: use PORT={other} (or --port {other}).")
    city = prepared_city(options.data_dir, options.city, console)
    folder = run_folder(options.data_dir, options.port, options.keep)
    report = asyncio.run(_run(options, city, folder, console))
    if report is None:
        return INTERRUPTED
    if options.report:
        reports.write(report, options.report)
    say_result(report, console)
    return 1 if report["invariant_violations"] else 0


def prepared_city(data_dir: Path, spec: str, console: Console) -> City:
    """The city, made now if need be, with its progress shown."""
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("Opening the city", total=1.0)

        def tell(step: str, done_ratio: float) -> None:
            bar.update(task, description=step, completed=done_ratio)
            if not console.is_terminal:
                console.print(step, highlight=False)

        city = ensure_city(data_dir, spec, tell)
    console.print(f"{city.name}: {len(city.addresses):,} addresses, {len(city.shops):,} shops.", highlight=False)
    for line in (*city.notes, city.attribution):
        if line:
            console.print(line, style="dim", highlight=False, soft_wrap=True)
    return city


def run_folder(data_dir: Path, port: int, keep: bool) -> Path:
    """The data folder of this run, emptied unless it is kept; the cities in it are those of `data_dir`."""
    folder = (data_dir / f"demo-{port}").absolute()
    if not keep and folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    cities = folder / "cities"
    if not cities.is_symlink():
        cities.symlink_to((data_dir / "cities").absolute(), target_is_directory=True)
    return folder


async def _run(options: DemoOptions, city: City, folder: Path, console: Console) -> Report | None:
    """Start, run, end; None when it was stopped before there was anything to report."""
    stop = asyncio.Event()
    stop_on_signals(stop)
    flags = ("--city", city.id, "--speed", f"{options.speed:g}", "--log-level", "warning")
    async with ServerProcess(folder, options.port, flags) as process:
        console.print("Starting the server.")
        starting = asyncio.create_task(_start(options, city, process, folder))
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait({starting, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if not starting.done():
            await _cancelled(starting)
            return None
        simulation, guest_token, password = starting.result()
        end_start()
        console.print(f"Ready after {time.time() - options.started_at_s:.0f} s.", highlight=False)
        server = simulation.server
        running = run_with_board(
            simulation,
            duration_s=options.duration_s,
            started_at_s=options.started_at_s,
            links=[
                ("Console", f"{server.url}/console#token={server.token}&zone={server.zone}"),
                ("Sign in", f"{STAFF} / {password}"),
                ("Courier app", f"{server.url}/courier#token={guest_token}"),
            ],
            console=console,
            stop=stop,
        )
        inviting = asyncio.create_task(_invite(simulation, console))
        try:
            return await _while_alive(process, asyncio.create_task(running))
        finally:
            await _cancelled(inviting)


async def _start(options: DemoOptions, city: City, process: ServerProcess, folder: Path) -> tuple[Simulation, str, str]:
    """(the simulation, the guest's token, the password of the user `STAFF` at the desk)."""
    travel_times, (server, guest_token), _ = await asyncio.gather(
        asyncio.to_thread(open_travel_times, city), _admitted(process.url, folder, options.couriers), process.ready()
    )
    async with Api(server.url, server.token) as api:
        password = await api.make_staff(STAFF, {"name": "Demo", "role": "admin"})
    return Simulation(server, city, travel_times, options.scenario), guest_token, password


async def _admitted(url: str, folder: Path, couriers: int) -> tuple[Server, str]:
    """(the server with tokens for one member of staff and for every courier, the guest's token)."""
    staff, riders = await asyncio.gather(
        issue_tokens(folder, "admin", [STAFF]), issue_tokens(folder, "courier", [*courier_ids(couriers), GUEST])
    )
    return Server(url, staff[STAFF], {name: token for name, token in riders.items() if name != GUEST}), riders[GUEST]


async def _invite(simulation: Simulation, console: Console) -> None:
    """Make the guest known, behind the fleet."""
    await simulation.measures.first_on_duty.wait()
    try:
        await simulation.api.put_courier(GUEST, GUEST_BODY)
    except RequestRefused as refusal:
        console.print(f"Nobody can try the courier app: {refusal}", style="red", highlight=False, soft_wrap=True)


async def _while_alive(process: ServerProcess, running: "asyncio.Task[Report]") -> Report:
    death = asyncio.create_task(process.death())
    await asyncio.wait({death, running}, return_when=asyncio.FIRST_COMPLETED)
    if not running.done():
        await _cancelled(running)
        raise death.result()
    death.cancel()
    return running.result()


async def _cancelled(task: "asyncio.Task[Any]") -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def say_result(report: Report, console: Console) -> None:
    """A few closing lines: what happened, and what was wrong, if anything was."""
    offer, watcher = report["order_to_offer_s"], report["position_to_watcher_ms"]
    first_s, channel = report["first_delivery_s"], report["channel"]
    console.print(
        f"{report['orders_created']} orders, {report['orders_offered']} offered, "
        f"{report['orders_delivered']} delivered by {report['couriers']} couriers; "
        f"{report['plans_adopted']} plans, {report['plans_with_ortools']} of them through OR-Tools, "
        f"{report['positions_in']} positions.\n"
        f"Order to offer p50 {offer['p50']} s, p95 {offer['p95']} s; position to watcher p50 {watcher['p50']} ms, "
        f"p99 {watcher['p99']} ms; {'no delivery yet' if first_s is None else f'first delivery after {first_s} s'}.\n"
        f"{channel['outages']} links lost: {channel['sessions_resumed']} sessions resumed, "
        f"{channel['sessions_resynced']} from a snapshot; {channel['actions_confirmed']} actions confirmed, "
        f"{channel['actions_lost']} lost, {channel['actions_doubled']} doubled.",
        highlight=False,
        soft_wrap=True,
    )
    for failure in (*report["violations"], *report["failures"]):
        console.print(failure, style="red", highlight=False, soft_wrap=True)
