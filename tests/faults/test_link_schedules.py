"""Fifty schedules of broken links over real sockets, in half of them with a server that is killed in the middle.

Each courier has a proxy of their own that cuts, stalls, slows, half-closes and refuses links by a seed. What they do
meanwhile is recorded by the server; every action must be in that record once, in the courier's order.
"""

import asyncio
from collections import Counter
from pathlib import Path
from random import Random

import pytest

from courier_protocol.client import CourierClient
from courier_protocol.messages import Duty, DutyChanged, Fix, Push, Reply, Resync
from dispatch.roads.library import ensure_city
from simulator.api import Api
from simulator.fleet import courier_ids
from simulator.server_process import issue_tokens
from tests.support.flaky_proxy import FATES, flaky_proxy
from tests.support.processes import all_gone
from tests.support.raw_server import RawServer, some_free_port

TOGETHER = 25
ROUNDS = 2
ACTIONS = 10
BAD_LINKS = 3
"""So that the back-off stays short: a fourth failure in a row may cost 4 s."""
PAUSE_S = (0.0, 0.5)
CALM_WITHIN_S = 40.0
DUTIES: tuple[Duty, ...] = ("available", "on_break")
seen_fates: Counter[str] = Counter()


class Schedule:
    """One courier, their phone behind its proxy, and what the phone was told."""

    def __init__(self, courier_id: str, seed: int) -> None:
        self.courier_id = courier_id
        self.replies: list[Reply] = []
        self.pushed: list[int] = []
        self.duty = "off_duty"
        self._seed = seed
        self._chance = Random(seed)

    async def run(self, port: int, token: str) -> None:
        """Work behind a bad network, and come to rest behind a good one."""
        async with flaky_proxy(port, self._seed, BAD_LINKS) as (proxy, address):
            url = f"ws://{address}/v1/courier"
            async with CourierClient(url, token, self.courier_id, rng=Random(self._seed)) as phone:
                await phone.wait_live()
                listening = asyncio.create_task(self._listen(phone))
                await self._work(phone)
                async with asyncio.timeout(CALM_WITHIN_S):
                    while not listening.done() and (phone.waiting_fixes or self.duty != DUTIES[(ACTIONS - 1) % 2]):
                        await asyncio.sleep(0.05)
                if listening.done():
                    listening.result()
                listening.cancel()
        seen_fates.update(proxy.seen)

    async def _work(self, phone: CourierClient) -> None:
        """Tap without waiting for the server; each tap changes the duty, so that none can hide behind another."""
        taps: list[asyncio.Task[Reply]] = []
        for number in range(ACTIONS):
            now_ms = phone.business_now_ms()
            taps.append(asyncio.create_task(phone.duty(DUTIES[number % 2], at_ms=now_ms)))
            phone.position(Fix(now_ms, 43.99 + number * 1e-5, -29.99))
            await asyncio.sleep(self._chance.uniform(*PAUSE_S))
        async with asyncio.timeout(CALM_WITHIN_S):
            self.replies = await asyncio.gather(*taps)

    async def _listen(self, phone: CourierClient) -> None:
        async for event in phone.events():
            if isinstance(event, Resync):
                self.duty = event.duty
                self.pushed.append(event.seq)
            elif isinstance(event, Push):
                assert event.prev <= self.pushed[-1] < event.seq, "in order, without a hole or a repeat"
                self.pushed.append(event.seq)
                for fact in event.facts:
                    self.duty = fact.duty if isinstance(fact, DutyChanged) else self.duty


@pytest.mark.slow
async def test_fifty_schedules_of_broken_links_lose_and_double_nothing(tmp_path: Path) -> None:
    """Every action is confirmed, and stands once and in its order in the record; every fix is acknowledged."""
    city = ensure_city(tmp_path, "generate:2km:7")
    port = some_free_port()
    server = RawServer(tmp_path, city.id, port)
    couriers = courier_ids(TOGETHER)
    await server.start()
    try:
        staff = await issue_tokens(tmp_path, "admin", ["test"])
        tokens = await issue_tokens(tmp_path, "courier", couriers)
        async with Api(server.url, staff["test"]) as api:
            await asyncio.gather(*(api.put_courier(name, {"name": name, "profile": "bike"}) for name in couriers))
            for number in range(ROUNDS):
                schedules = [Schedule(name, 100 * number + index) for index, name in enumerate(couriers)]
                faults = [kill_and_restart(server)] if number % 2 else []
                runs = (schedule.run(port, tokens[schedule.courier_id]) for schedule in schedules)
                await asyncio.gather(*faults, *runs)
                await audit(api, schedules)
    finally:
        await server.end()
    assert set(seen_fates) == {*FATES, "good"}


async def kill_and_restart(server: RawServer) -> None:
    """SIGKILL in the middle of the work, and a new server on the same data."""
    await asyncio.sleep(1.5)
    assert await all_gone(await server.kill(), within_s=10)
    await server.start()


async def audit(api: Api, schedules: list[Schedule]) -> None:
    """Compare what the phones were told with the server's record."""
    recorded: dict[str, list[str]] = {}
    async for event in api.events("default"):
        if event["type"] == "DutyChanged":
            recorded.setdefault(event["actor"].rpartition(":")[2], []).append(event["request_id"])
    for schedule in schedules:
        assert [reply.ok for reply in schedule.replies] == [True] * ACTIONS
        confirmed = [f"{schedule.courier_id}:{reply.id}" for reply in schedule.replies]
        assert recorded[schedule.courier_id][-ACTIONS:] == confirmed
        assert len(recorded[schedule.courier_id]) % ACTIONS == 0
