"""2,000 couriers lose their links at the same moment: how soon all are back, and what the others see meanwhile.

The crowd runs in a process of its own. Five other clients share the server with it and are measured here: three
couriers who ask for a pong ten times a second, one who sends a fix five times a second, and one member of staff who
watches that courier. Every answer counts, also one that never came: it is as late as the end of the storm.
"""

import asyncio
import json
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

from courier_protocol.client import CourierClient, LiveClient
from courier_protocol.codec import encode
from courier_protocol.live import Fixes
from courier_protocol.messages import Fix, Ping
from simulator.benchmarks.lean_phone import LeanPhone
from simulator.benchmarks.town import Town, allow_open_files, town
from simulator.fleet import courier_ids

COURIERS = 2_000
PINGING = ("other-1", "other-2", "other-3")
MOVING = "other-4"
PING_EVERY_S = 0.1
FIX_EVERY_S = 0.2
STEP_DEG = 1e-6
TICK_S = 0.1
SPREAD_S = 12.0
"""Phones that connect for the first time make no storm."""
SETTLE_S = 12.0
"""Longer than a heartbeat: before, no link counts as a success for the back-off."""
QUIET_S = 30.0
"""So long after the storm the memory is looked at."""
FIRST_PROBE = 1_000_000
"""Probes are numbered above the pings of the session itself."""


class Latencies:
    """When numbered things were sent, and how long it took until an answer to them, or to a later one, was there."""

    def __init__(self) -> None:
        self._sent_s: dict[int, float] = {}
        self._took_s: list[float] = []

    def sent(self, number: int) -> None:
        """Something has just been sent."""
        self._sent_s[number] = time.monotonic()

    def answered(self, number: int) -> None:
        """The answer is there. Places are latest-wins: the newest one tells all that older ones would have told."""
        for older in [sent for sent in self._sent_s if sent <= number]:
            self._took_s.append(time.monotonic() - self._sent_s.pop(older))

    def take_worst_ms(self) -> float:
        """The longest since the last call, what still waits included."""
        now_s = time.monotonic()
        worst_s = max([*self._took_s, *(now_s - sent_s for sent_s in self._sent_s.values())], default=0.0)
        self._took_s.clear()
        return worst_s * 1000


class Others:
    """The five clients that have nothing to do with the storm."""

    def __init__(self, place: Town) -> None:
        self.pongs, self.places = [Latencies() for _ in PINGING], Latencies()
        self._town = place
        host, port = _address(place)
        tokens = place.server.courier_tokens
        self._phones = [LeanPhone(host, port, tokens[name], name, on_live=lambda phone: None) for name in PINGING]
        for phone, pongs in zip(self._phones, self.pongs, strict=True):
            phone.on_pong = pongs.answered

    def take_worst_ms(self) -> tuple[float, float]:
        """(pongs, places): the longest since the last call."""
        return max(pongs.take_worst_ms() for pongs in self.pongs), self.places.take_worst_ms()

    async def run(self) -> None:
        """Ask, move and watch until cancelled."""
        server = self._town.server
        mover = CourierClient(f"{server.sockets_url}/v1/courier", server.courier_tokens[MOVING], MOVING)
        staff = LiveClient(f"{server.sockets_url}/v1/live", token=server.token, zone=server.zone)
        for phone in self._phones:
            phone.start()
        async with mover, staff, asyncio.TaskGroup() as tasks:
            for activity in (self._tick(), self._ask(), self._move(mover), self._watch(staff)):
                tasks.create_task(activity)

    async def _tick(self) -> None:
        while True:
            for phone in self._phones:
                phone.tick()
            await asyncio.sleep(TICK_S)

    async def _ask(self) -> None:
        number = FIRST_PROBE
        while True:
            number += 1
            for phone, pongs in zip(self._phones, self.pongs, strict=True):
                if phone.is_live:
                    pongs.sent(number)
                    phone.write(encode([Ping(n=number)], "msgpack"))
            await asyncio.sleep(PING_EVERY_S)

    async def _move(self, mover: CourierClient) -> None:
        await mover.wait_live()
        middle, steps = self._town.city.box.centre, 0
        while True:
            steps += 1
            at_ms = mover.business_now_ms()
            self.places.sent(at_ms)
            mover.position(Fix(at_ms, middle.lat + steps * STEP_DEG, middle.lon))
            await asyncio.sleep(FIX_EVERY_S)

    async def _watch(self, staff: LiveClient) -> None:
        async for message in staff.messages():
            if isinstance(message, Fixes):
                for fix in message.fixes:
                    if fix.courier_id == MOVING:
                        self.places.answered(fix.at_ms)


def _address(place: Town) -> tuple[str, int]:
    url = urlsplit(place.server.url)
    return url.hostname or "", url.port or 0


@asynccontextmanager
async def _crowd() -> AsyncIterator[Process]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "simulator.benchmarks.crowd"), stdin=PIPE, stdout=PIPE
    )
    try:
        yield process
    finally:
        process.kill()
        await process.wait()


async def _order(crowd: Process, order: Any) -> dict[str, float]:
    if crowd.stdin is None or crowd.stdout is None:
        raise RuntimeError("The crowd was started without pipes.")
    crowd.stdin.write(json.dumps(order).encode() + b"\n")
    answer: dict[str, float] = json.loads(await crowd.stdout.readline())
    return answer


async def measure(
    couriers: int = COURIERS, *, spread_s: float = SPREAD_S, settle_s: float = SETTLE_S, quiet_s: float = QUIET_S
) -> dict[str, float]:
    """The figures of one storm, by name. The crowd arrives within `spread_s`. Raises `ServerFailed`."""
    allow_open_files(couriers + 1_000)
    names = courier_ids(couriers)
    async with town([*names, *PINGING, MOVING]) as place, _crowd() as crowd:
        middle, (host, port) = place.city.box.centre, _address(place)
        tokens = {name: place.server.courier_tokens[name] for name in names}
        address = {"host": host, "port": port, "lat": middle.lat, "lon": middle.lon}
        await _order(crowd, {**address, "tokens": tokens, "spread_s": spread_s})
        others = Others(place)
        running = asyncio.create_task(others.run())
        await asyncio.sleep(settle_s)
        quiet_ms = max(others.take_worst_ms())
        before_mib = place.resident_mib()
        storm = await _order(crowd, "drop")
        pong_ms, place_ms = others.take_worst_ms()
        await asyncio.sleep(quiet_s)
        after_mib = place.resident_mib()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    return {
        "storm_couriers_back": storm["live"],
        "storm_half_back_s": round(storm["half_s"], 2),
        "storm_back_s": round(storm["all_s"], 2),
        "storm_other_latency_ms": round(max(pong_ms, place_ms), 1),
        "storm_pong_ms": round(pong_ms, 1),
        "storm_position_ms": round(place_ms, 1),
        "quiet_other_latency_ms": round(quiet_ms, 1),
        "storm_memory_ratio": round(after_mib / before_mib, 3),
        "storm_memory_mib": round(after_mib),
    }
