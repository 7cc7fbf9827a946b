"""Couriers on their bikes and orders coming in while the service is being broken; and probes that time its recovery.

Everything goes through the public doors, behind the one address of the service.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

import httpx

from courier_protocol.client_link import ClientState
from dispatch.roads.library import ensure_city
from dispatch.roads.travel_times import open_travel_times
from simulator.demand import RUN_BEGINS_HOUR, weight_at
from simulator.faults.deployment import CITY, ZONE, Deployment
from simulator.fleet import courier_ids
from simulator.report import Report, report_of
from simulator.server_process import issue_tokens
from simulator.simulation import Scenario, Server, Simulation
from simulator.temper import UNBROKEN

log = logging.getLogger(__name__)

STAFF = "faults"
PROBE_EVERY_S = 0.1
DRAIN_WITHIN_S = 60.0
SLOW_S = 3.0
"""Sessions that take longer to come back are named in the log."""


@dataclass(frozen=True, slots=True)
class Load:
    """How much happens: about so many orders over so many real seconds."""

    couriers: int = 16
    orders: int = 15
    over_s: float = 60.0
    seed: int = 7

    def orders_per_hour(self, speed: float) -> float:
        """The mean of the day's curve that gives so many orders in that time; a day that runs at `speed`."""
        hours = self.over_s * speed / 3600
        steps = [weight_at(RUN_BEGINS_HOUR + hours * (n + 0.5) / 50) for n in range(50)]
        return self.orders / hours * weight_at(RUN_BEGINS_HOUR) / (sum(steps) / len(steps))


@dataclass(slots=True)
class Running:
    """A simulation that goes on beside the faults."""

    service: Deployment
    simulation: Simulation
    http: httpx.AsyncClient
    reports: list[Report] = field(default_factory=list)
    """Its report, once it has ended."""

    def cut_off(self) -> dict[str, str]:
        """Where the sessions stand that do not live: couriers', by id, and staff's."""
        links = {courier.rider.id: courier.link for courier in self.simulation.couriers}
        links["staff"] = self.simulation.watch.link
        return {who: link.name for who, link in links.items() if link is not ClientState.LIVE}

    def all_live(self) -> bool:
        """Whether every courier's session lives, and that of staff."""
        return not self.cut_off()

    async def post_order(self, number: int, timeout_s: float = 5.0) -> httpx.Response:
        """One try to place an order, under a key of its own. Raises `httpx.TransportError`."""
        simulation = self.simulation
        body = simulation.an_order(number)
        sent_at_s = monotonic()
        answer = await self.http.post(
            "/v1/orders", json=body, headers={"Idempotency-Key": f"one-{number}"}, timeout=timeout_s
        )
        if answer.is_success:  # 202, too, is a promise
            simulation.measures.order_posted(answer.json()["id"], sent_at_s)
        return answer

    async def writer_answers(self, since_s: float, within_s: float = 60.0) -> float:
        """Seconds from `since_s` (monotonic) until the zone's writer has answered a request sent after it.

        A new probe starts every tenth of a second, so that one which waits for its time-out delays nothing. Raises
        `TimeoutError`.
        """
        probes: set[asyncio.Task[float | None]] = set()
        try:
            async with asyncio.timeout(within_s):
                while True:
                    probes.add(asyncio.create_task(self._probe()))
                    done, _ = await asyncio.wait(probes, timeout=PROBE_EVERY_S, return_when=asyncio.FIRST_COMPLETED)
                    answered = [at_s for probe in done if (at_s := probe.result())]
                    if answered:
                        return min(answered) - since_s
                    probes -= done
                    await asyncio.sleep(PROBE_EVERY_S if done else 0)
        finally:
            for probe in probes:
                probe.cancel()
            await asyncio.gather(*probes, return_exceptions=True)

    async def _probe(self) -> float | None:
        """When the writer has answered; it refuses to remove what does not exist, and changes nothing."""
        with suppress(httpx.TransportError):
            answer = await self.http.delete("/v1/areas/no-such-area", timeout=10.0)
            if answer.status_code == 404 and answer.json().get("code") == "unknown_area":
                return monotonic()
        return None

    async def quiet(self) -> None:
        """Wait until all roles are up, every session lives and the writer answers."""
        await self.service.until(self.service.is_whole)
        await self.service.until(self.all_live, 60)
        await self.writer_answers(monotonic())

    async def breaks(self, for_s: float) -> set[str]:
        """Whose session breaks in this time."""
        broken, ends_s = set[str](), monotonic() + for_s
        while monotonic() < ends_s:
            broken |= self.cut_off().keys()
            await asyncio.sleep(0.02)
        return broken

    async def clients_back(self, since_s: float, within_s: float = 60.0) -> float:
        """Seconds from `since_s` until every session that broke meanwhile lives again; 0 when none broke.

        A break is noticed within half a second: the kernel ends the sockets of a killed process.
        """
        broke = told = False
        while monotonic() - since_s < within_s:
            if broke and not told and monotonic() - since_s > SLOW_S:
                told = True
                log.info("slow to come back: %s", self.cut_off())
            if not self.all_live():
                broke = True
            elif broke:
                return monotonic() - since_s
            elif monotonic() - since_s > 0.5:
                return 0.0
            await asyncio.sleep(0.01)
        raise TimeoutError(f"clients are not back within {within_s:.0f} s")


@asynccontextmanager
async def traffic(service: Deployment, load: Load) -> AsyncIterator[Running]:
    """Traffic until the end of the block; then what was begun is carried on for a while, and reported."""
    city = ensure_city(service.folder, CITY)
    tokens = await issue_tokens(service.folder, "courier", courier_ids(load.couriers))
    staff = (await issue_tokens(service.folder, "admin", [STAFF]))[STAFF]
    scenario = Scenario(load.orders_per_hour(service.size.speed), depots=3, seed=load.seed, habits=UNBROKEN)
    simulation = Simulation(Server(service.url, staff, tokens, ZONE), city, open_travel_times(city), scenario)
    stop = asyncio.Event()
    headers = {"Authorization": f"Bearer {staff}"}
    limits = httpx.Limits(max_connections=200, max_keepalive_connections=0)
    async with httpx.AsyncClient(base_url=service.url, headers=headers, trust_env=False, limits=limits) as http:
        running = Running(service, simulation, http)

        async def keep(ended: Simulation) -> None:
            running.reports.append(await report_of(ended, 0))

        task = asyncio.create_task(simulation.run(stop, None, keep), name="traffic")
        try:
            await service.until(lambda: task.done() or (simulation.couriers and running.all_live()), 60)
            yield running
            await drained(running, task)
            stop.set()
            await asyncio.wait_for(task, 60)
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def drained(running: Running, task: "asyncio.Task[Any]") -> None:
    """No more orders are placed; wait until those that are on their way have been answered."""
    running.simulation.place_no_more()
    give_up_s = monotonic() + DRAIN_WITHIN_S
    while running.simulation.still_placing and monotonic() < give_up_s and not task.done():
        await asyncio.sleep(0.05)
