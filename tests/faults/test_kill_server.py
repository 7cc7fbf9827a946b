"""The server is killed in the middle of its work, and started again: what it had promised still holds."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from courier_protocol.client_link import ClientState
from dispatch.roads.library import ensure_city
from dispatch.roads.travel_times import open_travel_times
from simulator.fleet import courier_ids
from simulator.report import Report, report_of
from simulator.server_process import free_port, issue_tokens
from simulator.simulation import Scenario, Server, Simulation
from tests.support.processes import all_gone, descendants

SPEED = 30
"""Business seconds per real second: a delivery takes about a quarter of a minute."""
COURIERS = 6


class RawServer:
    """`python -m dispatch all`, started without anything around it that would clean up after it."""

    def __init__(self, data_dir: Path, city: str, port: int) -> None:
        flags = ("--data-dir", str(data_dir), "--city", city, "--port", str(port), "--speed", str(SPEED))
        self._command = (sys.executable, "-m", "dispatch", "all", *flags)
        self._log = data_dir / "server.log"
        self.url = f"http://127.0.0.1:{port}"
        self.process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start, and wait until it is ready."""
        with self._log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(*self._command, stdout=log, stderr=log)
        async with httpx.AsyncClient(trust_env=False) as http:
            await until(lambda: self._is_ready(http), 40, lambda: self._log.read_text()[-3000:])

    async def _is_ready(self, http: httpx.AsyncClient) -> bool:
        assert self.process is not None
        assert self.process.returncode is None, self._log.read_text()[-3000:]
        try:
            return (await http.get(f"{self.url}/readyz")).is_success
        except httpx.TransportError:
            return False

    async def kill(self) -> set[int]:
        """SIGKILL: no handler runs, nothing is flushed. Returns the processes it has left behind."""
        assert self.process is not None
        orphans = descendants(self.process.pid)
        self.process.kill()
        await self.process.wait()
        return orphans

    async def end(self) -> None:
        """SIGTERM, and SIGKILL when that does not help."""
        if self.process is None or self.process.returncode is not None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(self.process.wait(), 15)
        finally:
            if self.process.returncode is None:
                self.process.kill()


async def until(is_so: Callable[[], object], within_s: float, why: Callable[[], str] = str) -> None:
    """Wait until something is so, looking twenty times a second."""
    for _ in range(round(within_s * 20)):
        answer = is_so()
        if await answer if asyncio.iscoroutine(answer) else answer:
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"not within {within_s} s: {why()}")


@asynccontextmanager
async def running(simulation: Simulation) -> AsyncIterator[list[Report]]:
    """Let a simulation run beside the test; afterwards the list holds its report."""
    stop, reports = asyncio.Event(), list[Report]()

    async def keep(ended: Simulation) -> None:
        reports.append(await report_of(ended, 0))

    task = asyncio.create_task(simulation.run(stop, None, keep))
    try:
        yield reports
        stop.set()
        await asyncio.wait_for(task, 30)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
def port() -> int:
    return next(port for port in range(18_300 + os.getpid() % 500, 19_000) if free_port(port))


@pytest.mark.slow
async def test_a_killed_server_keeps_its_word(tmp_path: Path, port: int) -> None:
    """Every acknowledged order is found again, nobody has an order twice, phones come back and deliveries go on."""
    city = ensure_city(tmp_path, "generate:2km:7")
    server = RawServer(tmp_path, city.id, port)
    await server.start()
    try:
        staff = await issue_tokens(tmp_path, "admin", ["test"])
        couriers = await issue_tokens(tmp_path, "courier", courier_ids(COURIERS))
        scenario = Scenario(orders_per_hour=150, depots=3)
        simulation = Simulation(Server(server.url, staff["test"], couriers), city, open_travel_times(city), scenario)
        seen = simulation.measures
        async with running(simulation) as reports:
            await until(lambda: len(seen.posted_at_s) >= 10 and seen.delivered_at_s, 40, simulation_state(simulation))
            orphans = await server.kill()
            assert orphans, "Valkey and the solvers are children of the server"
            assert await all_gone(orphans, within_s=10)

            acknowledged, delivered = set(seen.posted_at_s), set(seen.delivered_at_s)
            await server.start()
            for order_id in acknowledged:
                assert (await simulation.api.order(order_id))["id"] == order_id
            await until(lambda: len(seen.delivered_at_s) >= len(delivered) + 3, 40, simulation_state(simulation))
            await until(lambda: all(c.link is ClientState.LIVE for c in simulation.couriers), 15)
            assert len(seen.posted_at_s) > len(acknowledged), "orders come in again"
    finally:
        await server.end()
    (report,) = reports
    assert report["violations"] == []
    assert report["failures"] == []
    assert report["couriers"] == COURIERS


def simulation_state(simulation: Simulation) -> Callable[[], str]:
    """What to say when something did not happen in time."""
    return lambda: f"{simulation.watch.by_status()}, {simulation.measures.failures}, {simulation.measures.refusals}"
