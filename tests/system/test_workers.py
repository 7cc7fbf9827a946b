"""`dispatch serve --workers N`: several gateways on one port, on a PostgreSQL and a Valkey that they share."""

import asyncio
import os
import signal
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from courier_protocol.client import LiveClient
from courier_protocol.client_link import ClientState
from dispatch.roads.library import ensure_city
from dispatch.roads.travel_times import open_travel_times
from simulator.fleet import courier_ids
from simulator.server_process import free_port, issue_tokens
from simulator.simulation import Scenario, Server, Simulation
from tests.support.processes import all_gone, descendants
from tests.support.raw_server import until
from tests.support.roles import CITY, figures, refused, role, said_in_log, shared, start_role
from tests.support.simulations import riding

COURIERS = 16
"""That all of them land on one of two workers happens once in 30,000 runs."""


def free_ports(number: int) -> int:
    """The first of so many ports in a row that nobody listens on."""
    starts = range(19_000 + os.getpid() % 500 * 4, 22_000)
    return next(port for port in starts if all(free_port(port + n) for n in range(number)))


async def sessions(metrics_port: int, worker: int, kind: str = "couriers") -> float:
    """How many sessions one worker has; 0 also when it is not there."""
    told = await figures(f"http://127.0.0.1:{metrics_port + worker}")
    return told.get(("dispatch_sessions", kind, str(worker), "default"), 0.0)


async def both_serve(metrics_port: int, kind: str = "couriers") -> bool:
    """Whether both of two workers have sessions of this kind."""
    return all([await sessions(metrics_port, worker, kind) for worker in (0, 1)])


def pid_of(worker: int, logs: Path) -> int:
    """The process that serves as this worker, by the parent's log."""
    said = [line for line in said_in_log(logs / "serve.log") if line["message"] == f"worker {worker} serves"]
    return int(str(said[-1]["pid"]))


async def watch_both(url: str, token: str, metrics_port: int) -> None:
    """Let one member of staff after the other watch the zone, until both workers have some of them."""
    async with AsyncExitStack() as stack:
        for _ in range(40):
            client = LiveClient(f"ws{url.removeprefix('http')}/v1/live", token=token, zone="default")
            await stack.enter_async_context(client)
            await asyncio.sleep(0.1)
            if await both_serve(metrics_port, "staff"):
                return
    raise AssertionError("forty watchers are all on one worker")


@pytest.mark.slow
@pytest.mark.timeout(300)  # five servers start in it, and processors may be few
async def test_two_workers_are_one_server(tmp_path: Path, fresh_postgres_url: str, empty_valkey_url: str) -> None:
    """Couriers and watchers are on both; one worker is killed, its phones come back and a new one serves; no harm done.

    In the end SIGTERM for the parent ends all of it.
    """
    environment = shared(fresh_postgres_url, empty_valkey_url)
    city = ensure_city(tmp_path, CITY)
    port, metrics_port = free_ports(1), free_ports(3) + 1
    url = f"http://127.0.0.1:{port}"
    several = ("--workers", "2", "--port", str(port), "--metrics-port", str(metrics_port))
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(role("planner", tmp_path, environment))
        await stack.enter_async_context(role("relay", tmp_path, environment))
        parent = await stack.enter_async_context(role("serve", tmp_path, environment, *several))
        log = lambda: (tmp_path / "serve.log").read_text()[-3000:]  # noqa: E731
        await until(lambda: figures(f"http://127.0.0.1:{metrics_port + 1}"), 90, log)
        staff = await issue_tokens(tmp_path, "admin", ["test"])
        couriers = await issue_tokens(tmp_path, "courier", courier_ids(COURIERS))
        scenario = Scenario(orders_per_hour=150, depots=3)
        simulation = Simulation(Server(url, staff["test"], couriers), city, open_travel_times(city), scenario)
        seen = simulation.measures
        async with riding(simulation) as reports:
            await until(lambda: both_serve(metrics_port), 20, log)
            await watch_both(url, staff["test"], metrics_port)

            os.kill(pid_of(1, tmp_path), signal.SIGKILL)
            await until(lambda: all(c.link is ClientState.LIVE for c in simulation.couriers), 15, log)
            await until(lambda: figures(f"http://127.0.0.1:{metrics_port + 1}"), 90, log)
            again = await figures(f"http://127.0.0.1:{metrics_port + 1}")
            assert again["dispatch_part_total", "worker_restarts", "1"] == 1.0
            delivered = len(seen.delivered_at_s)
            await until(lambda: len(seen.delivered_at_s) >= delivered + 2, 60, log)
            await watch_both(url, staff["test"], metrics_port)
        workers = descendants(parent.pid)
        assert len(workers) == 2
    assert await all_gone(workers, within_s=1)
    (report,) = reports
    assert report["violations"] == []
    assert report["failures"] == []
    assert report["couriers"] == COURIERS


@pytest.mark.slow
async def test_workers_do_not_outlive_a_killed_parent(
    tmp_path: Path, fresh_postgres_url: str, empty_valkey_url: str
) -> None:
    """SIGKILL for the parent, which can tell nobody: one serves, one is starting; both end. The port is free."""
    ensure_city(tmp_path, CITY)
    port = free_ports(1)
    environment = shared(fresh_postgres_url, empty_valkey_url)
    parent = await start_role("serve", tmp_path, environment, "--workers", "2", "--port", str(port))
    try:
        await until(lambda: _serves(tmp_path), 90, lambda: (tmp_path / "serve.log").read_text()[-3000:])
        await until(lambda: len(descendants(parent.pid)) == 2, 5)
        workers = descendants(parent.pid)
        assert len(workers) == 2
    finally:
        parent.kill()
        await parent.wait()
    assert await all_gone(workers, within_s=10)
    assert free_port(port)


def _serves(logs: Path) -> bool:
    return any(line["message"] == "worker 0 serves" for line in said_in_log(logs / "serve.log"))


async def test_a_taken_port_is_named_before_any_worker_starts(tmp_path: Path) -> None:
    """The parent says it, and which option to change; nothing of the server has been loaded by then."""
    port = free_ports(2) + 1  # the one before it has to be free, too
    listener = await asyncio.start_server(lambda _reader, writer: writer.close(), "127.0.0.1", port)
    servers = {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none", "REDIS_URL": "redis://127.0.0.1:1"}
    async with listener:
        for options, named in (
            (("--port", str(port)), "--port"),
            (("--metrics-port", str(port - 1)), "--metrics-port"),
        ):
            places = ("--workers", "2", "--data-dir", str(tmp_path), "--port", "0")
            status, said = await refused(os.environ | servers, "serve", *places, *options)
            assert status == 2
            assert said == f"dispatch: Port {port} on 127.0.0.1 is taken; choose another with {named}.\n"
