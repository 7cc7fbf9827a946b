"""A kill every few seconds, of a process drawn by the seed: at random moments, and at named failpoints.

Never both of a pair: who is killed has somebody who stands in, except for the relay, of which there is one. Mostly it
is the zone's writer of the planners, and the gateway that has the clients. What is timed is how long it takes until the
zone answers again, and until the sessions of a killed gateway live again.
"""

import asyncio
import logging
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from time import monotonic
from typing import Any

from simulator.faults.audit import Findings, findings, watched_fence
from simulator.faults.deployment import GATEWAYS, PLANNERS, RELAY, Deployment, Size
from simulator.faults.traffic import Load, Running, traffic
from simulator.report import percentiles

log = logging.getLogger(__name__)

KILL_EVERY_S = (4.0, 6.0)
FAILPOINT_SHARE = 0.5
"""So many of those that are started again end at a named place in the code, unless they are killed before."""
BUSY_SHARE = 0.8
WRITER_PLACES = ("zone.claimed", "commit.before", "commit.after", "lease.renew")
GATEWAY_PLACES = ("inbox.submitted", "answer.ready", "welcome.sent")
RARE = ("zone.claimed", "welcome.sent", "lease.renew")
RELAY_PLACES = ("relay.before_append", "relay.after_append")


@dataclass(slots=True)
class Tally:
    """What was killed, and how long each recovery took, in seconds."""

    kills: Counter[str] = field(default_factory=Counter)
    writer_s: list[float] = field(default_factory=list)
    clients_s: list[float] = field(default_factory=list)
    slow: list[str] = field(default_factory=list)
    together: int = 0
    """Recoveries that were disturbed by another end, and are not timed."""


class KillLoop:
    """`await KillLoop(service, running, seed).run(duration_s)`; then `tally` tells."""

    def __init__(self, service: Deployment, running: Running, seed: int) -> None:
        self.tally = Tally()
        self._service = service
        self._running = running
        self._chance = Random(seed)
        self._broken_s = 0.0

    async def run(self, duration_s: float) -> None:
        """Kill for so long. Raises `TimeoutError` when the service does not come back."""
        watching = asyncio.create_task(self._watch_sessions(), name="sessions of the kill loop")
        try:
            await self._kill_until(monotonic() + duration_s)
        finally:
            watching.cancel()
        for end in self._service.ends:
            self.tally.kills[end.failpoints.partition("=")[0] or f"{end.name} by itself: {end.status}"] += 1

    async def _kill_until(self, ends_s: float) -> None:
        next_s = monotonic()
        while (next_s := max(monotonic(), next_s + self._chance.uniform(*KILL_EVERY_S))) < ends_s:
            await asyncio.sleep(next_s - monotonic())
            await self._kill(await self._victim())

    async def _watch_sessions(self) -> None:
        while True:
            if not self._running.all_live():
                self._broken_s = monotonic()
            await asyncio.sleep(0.05)

    @property
    def _sessions_rest(self) -> bool:
        """Whether every session has lived for a heartbeat: none stays away longer for what happened before."""
        return monotonic() - self._broken_s > self._service.size.heartbeat_s + 0.5

    async def _victim(self) -> str:
        """Somebody whose pair is whole; waits when nobody may be killed."""
        while True:
            may = [RELAY] if await self._service.is_ready(RELAY) else []
            for pair in (PLANNERS, GATEWAYS) if self._sessions_rest else (PLANNERS,):
                if all([await self._service.is_ready(name) for name in pair]):
                    may += pair
            if may:
                return await self._rather_the_busy_one(self._chance.choice(may))
            await asyncio.sleep(0.1)

    async def _rather_the_busy_one(self, name: str) -> str:
        """Mostly the one of the pair whose end is felt: who stands by, or has no clients, is missed by nobody."""
        if name == RELAY or self._chance.random() > BUSY_SHARE:
            return name
        return await self._service.writer() or name if name in PLANNERS else self._service.busiest_gateway()

    async def _kill(self, name: str) -> None:
        """Kill it, and let its next life end at a place in the code, perhaps."""
        writing = name == await self._service.writer()
        self.tally.kills[f"{name.split('-', maxsplit=1)[0]} at random"] += 1
        began_s, others = monotonic(), self._lives_beside(name)
        await self._service.kill(name, self._failpoints(name))
        took_s = await self._recovery_s(name, began_s, writing=writing)
        if None in others.values() or self._lives_beside(name) != others:
            self.tally.together += 1  # a failpoint has ended another one, too: not what is timed here
        elif writing:
            self.tally.writer_s.append(took_s)
            self._note(f"zone after {took_s:.2f} s", took_s > self._service.size.lease_s + 2)
        elif name in GATEWAYS:
            self.tally.clients_s.append(took_s)
            self._note(f"clients after {took_s:.2f} s", took_s > 3)

    def _lives_beside(self, name: str) -> dict[str, int | None]:
        """The processes of the other roles; None for one that has ended."""
        others = ((each, role) for each, role in self._service.roles.items() if each != name)
        return {each: role.pid if role.alive else None for each, role in others}

    async def _recovery_s(self, name: str, began_s: float, *, writing: bool) -> float:
        if writing:
            return await self._running.writer_answers(began_s)
        return await self._running.clients_back(began_s) if name in GATEWAYS else 0.0

    def _failpoints(self, name: str) -> str:
        if self._chance.random() >= FAILPOINT_SHARE:
            return ""
        places = WRITER_PLACES if name in PLANNERS else GATEWAY_PLACES if name in GATEWAYS else RELAY_PLACES
        place = self._chance.choice(places)
        return f"{place}=kill@{1 if place in RARE else self._chance.randint(1, 20)}"

    def _note(self, sentence: str, slow: bool) -> None:
        log.info("back: %s", sentence)
        if slow:
            self.tally.slow.append(sentence)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a kill loop came to."""

    metrics: dict[str, Any]
    goals: dict[str, bool]
    found: Findings


async def kill_loop(folder: Path, *, minutes: float, orders: int, seed: int) -> Outcome:
    """Set the service up, let traffic and kills loose on it, and audit what is left."""
    duration_s = minutes * 60
    load = Load(orders=orders, over_s=duration_s, seed=seed)
    async with Deployment(folder, Size()) as service, watched_fence(service) as fence:
        async with traffic(service, load) as running:
            loop = KillLoop(service, running, seed)
            await loop.run(duration_s)
            await running.quiet()
        (report,) = running.reports
    found = findings(report, fence)
    metrics = _metrics(loop.tally, report, found) | {"fences": len(fence.fences), "lease_s": service.size.lease_s}
    return Outcome(metrics, _goals(metrics, service.size.lease_s), found)


def _metrics(tally: Tally, report: dict[str, Any], found: Findings) -> dict[str, Any]:
    return {
        "kills": tally.kills.total(),
        "kills_by_kind": dict(sorted(tally.kills.items())),
        "orders": report["orders_created"],
        "orders_delivered": report["orders_delivered"],
        "lost": len(found.lost),
        "double": len(found.double),
        "other_violations": len(found.others),
        "recovery_writer_s": round(max(tally.writer_s, default=0.0), 2),
        "recovery_writer_percentiles_s": percentiles(tally.writer_s, 50, 95),
        "recovery_clients_s": round(max(tally.clients_s, default=0.0), 2),
        "recovery_clients_percentiles_s": percentiles(tally.clients_s, 50, 95),
        "slow_recoveries": tally.slow,
        "recoveries_untimed": tally.together,
        "failures": report["failures"],
    }


def _goals(metrics: dict[str, Any], lease_s: float) -> dict[str, bool]:
    return {
        "lost": metrics["lost"] == 0,
        "double": metrics["double"] == 0,
        "other_violations": metrics["other_violations"] == 0,
        "recovery_writer_s": metrics["recovery_writer_s"] <= lease_s + 2,
        "recovery_clients_s": metrics["recovery_clients_s"] <= 3,
    }
