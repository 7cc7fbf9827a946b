"""`python -m simulator`: `demo` runs a city with its own server, `live` drives a running one, `bench` measures, and
`in-process` runs all of it on virtual time.
"""

import asyncio
import json
import os
import sys
import time
from pathlib import Path

import click
from rich.console import Console

from courier_protocol.errors import ProtocolError
from dispatch.domain.errors import DomainError
from dispatch.roads.travel_times import open_travel_times
from simulator.api import RequestRefused
from simulator.benchmarks.register import bench
from simulator.demo import DemoOptions, prepared_city, run_demo, say_result
from simulator.faults.command import faults
from simulator.fleet import courier_ids
from simulator.in_process.campaign import KEPT_SCALE, Campaign, line_of, noticed_by, outcomes, report, summary_of
from simulator.in_process.plants import PLANTS
from simulator.in_process.run import Scale
from simulator.live import run_with_board, stop_on_signals
from simulator.report import Report, write
from simulator.server_process import ServerFailed, issue_tokens
from simulator.simulation import Scenario, Server, Simulation
from simulator.speed_field import load_traffic
from simulator.temper import CALM, FLAKY, Habits

data_dir_option = click.option(
    "--data-dir",
    type=click.Path(file_okay=False, path_type=Path),
    envvar="DISPATCH_DATA_DIR",
    default=Path(".data"),
    show_default=True,
    help="Where cities and runs are stored.",
)
city_option = click.option(
    "--city", default="sample", show_default=True, help="sample, generate:12km:7, FILE.osm.pbf, or a city's id."
)
couriers_option = click.option("--couriers", type=click.IntRange(1, 1000), default=12, show_default=True)
orders_option = click.option(
    "--orders-per-hour", type=click.FloatRange(min=0.1), default=120.0, show_default=True, help="Of business time."
)
seed_option = click.option("--seed", type=click.IntRange(min=0), default=7, show_default=True)
traffic_option = click.option(
    "--traffic",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Couriers feel the hidden traffic of this scenario (see simulator/scenarios); the server is not told.",
)
flaky_option = click.option("--flaky", is_flag=True, help="Couriers lose their links every few minutes.")
duration_option = click.option(
    "--duration",
    type=click.FloatRange(min=1),
    help="Real seconds from the first courier on duty on; else until Ctrl-C.",
)
report_option = click.option("--report", type=click.Path(dir_okay=False, path_type=Path), help="Write figures as JSON.")


@click.group()
def main() -> None:
    """Couriers, orders and watchers that drive a real server from outside."""


@main.command()
@data_dir_option
@city_option
@couriers_option
@orders_option
@seed_option
@flaky_option
@traffic_option
@duration_option
@report_option
@click.option(
    "--speed", type=click.FloatRange(0.1, 100), default=10.0, show_default=True, help="Business s per real s."
)
@click.option("--port", type=click.IntRange(1, 65_535), default=8000, show_default=True)
@click.option("--keep", is_flag=True, help="Go on with the data of the last run on this port.")
def demo(
    *,
    data_dir: Path,
    city: str,
    couriers: int,
    orders_per_hour: float,
    seed: int,
    flaky: bool,
    traffic: Path | None,
    duration: float | None,
    report: Path | None,
    speed: float,
    port: int,
    keep: bool,
) -> None:
    """Run a whole city: the server, couriers on its streets, orders, and a live board."""
    started_at_s = float(os.environ.get("DISPATCH_COMMAND_STARTED_S") or time.time())
    speeds = load_traffic(traffic) if traffic else None
    scenario = Scenario(orders_per_hour, seed=seed, habits=_habits(flaky), traffic=speeds, shops_report=True)
    options = DemoOptions(data_dir, city, couriers, port, speed, duration, report, keep, scenario, started_at_s)
    sys.exit(run_demo(options, Console()))


@main.command()
@click.option("--url", default="http://127.0.0.1:8000", show_default=True)
@click.option("--token", envvar="DISPATCH_TOKEN", required=True, help="Of an admin (or DISPATCH_TOKEN).")
@data_dir_option
@city_option
@couriers_option
@orders_option
@seed_option
@flaky_option
@traffic_option
@duration_option
@report_option
def live(
    *,
    url: str,
    token: str,
    data_dir: Path,
    city: str,
    couriers: int,
    orders_per_hour: float,
    seed: int,
    flaky: bool,
    traffic: Path | None,
    duration: float | None,
    report: Path | None,
) -> None:
    """Drive a server that runs on this machine and shares the data folder (its secret signs the couriers' tokens)."""
    console = Console()
    town = prepared_city(data_dir, city, console)
    speeds = load_traffic(traffic) if traffic else None

    async def run() -> Report:
        stop = asyncio.Event()
        stop_on_signals(stop)
        tokens = await issue_tokens(data_dir, "courier", courier_ids(couriers))
        simulation = Simulation(
            Server(url.rstrip("/"), token, tokens),
            town,
            open_travel_times(town),
            Scenario(orders_per_hour, seed=seed, habits=_habits(flaky), traffic=speeds),
        )
        return await run_with_board(
            simulation, duration_s=duration, started_at_s=time.time(), links=[], console=console, stop=stop
        )

    found = asyncio.run(run())
    if report:
        write(found, report)
    say_result(found, console)
    sys.exit(1 if found["invariant_violations"] else 0)


def _habits(flaky: bool) -> Habits:
    return FLAKY if flaky else CALM


@main.command("in-process")
@click.option("--seeds", type=click.IntRange(1, 1_000_000), default=1, show_default=True, help="How many seeds.")
@click.option("--first", "--seed", type=click.IntRange(min=0), default=1, show_default=True, help="The first of them.")
@click.option("--hours", type=click.FloatRange(0.1, 24), default=2.0, show_default=True, help="Virtual hours a seed.")
@click.option("--couriers", type=click.IntRange(1, 1_000), default=30, show_default=True)
@click.option("--orders", type=click.IntRange(1, 100_000), default=200, show_default=True)
@click.option("--plant", type=click.Choice(sorted(PLANTS)), help="Put this bug into the service; it should be noticed.")
@click.option("--processes", type=click.IntRange(1, 256), default=os.cpu_count() or 1, show_default=True)
@click.option("--json", "report_file", type=click.Path(dir_okay=False, path_type=Path), help="Write the figures.")
@data_dir_option
def in_process(
    *,
    seeds: int,
    first: int,
    hours: float,
    couriers: int,
    orders: int,
    plant: str | None,
    processes: int,
    report_file: Path | None,
    data_dir: Path,
) -> None:
    """Run the whole service on virtual time, with faults drawn from seeds; a seed replays exactly."""
    campaign = Campaign(range(first, first + seeds), data_dir, Scale(hours, couriers, orders), plant or "")
    found = report(outcomes(campaign, min(processes, seeds)), lambda outcome: click.echo(line_of(outcome)))
    click.echo(summary_of(found))
    if report_file:
        report_file.write_text(json.dumps(found, indent=1) + "\n")
    sys.exit(1 if found["violations"] and not plant else 0)


@main.command("planted-bugs")
@click.option("--seeds", type=click.IntRange(1, 100_000), default=100, show_default=True, help="At most, for each.")
@data_dir_option
def planted_bugs(*, seeds: int, data_dir: Path) -> None:
    """Put one bug after the other into the service and see after how many seeds the simulation notices it."""
    missed = []
    for name, plant in PLANTS.items():
        found = noticed_by(Campaign(range(1, seeds + 1), data_dir, KEPT_SCALE, name))
        noticed = f"seed {found.seed}, {found.violations[0]}" if found else "NOT NOTICED"
        click.echo(f"{name} ({plant.breaks}, {plant.what}): {noticed}")
        missed += [] if found else [name]
    sys.exit(1 if missed else 0)


main.add_command(bench)
main.add_command(faults)


def command_line() -> None:
    """Run the command line; what goes wrong for a known reason is one sentence on stderr and exit status 2."""
    try:
        main(prog_name="python -m simulator")
    except* (DomainError, ServerFailed, RequestRefused, ProtocolError) as group:
        sys.stderr.write(f"{_first(group)}\n")
        sys.exit(2)


def _first(group: BaseException) -> BaseException:
    return _first(group.exceptions[0]) if isinstance(group, BaseExceptionGroup) else group


if __name__ == "__main__":
    command_line()
