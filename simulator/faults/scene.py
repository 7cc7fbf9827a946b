"""A whole service under traffic, with everything that a scenario of faults needs to break it and to judge it."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

import httpx

from simulator.faults.audit import FenceWatch, Findings, findings, watched_fence
from simulator.faults.deployment import Deployment
from simulator.faults.traffic import Load, Running, traffic
from simulator.report import percentile, report_of
from simulator.server_process import ServerFailed

POST_EVERY_S = 0.5
OFFERED_WITHIN_S = 20.0
POST_WITHIN_S = 12.0


@dataclass(slots=True)
class Posted:
    """What a shop heard that posted orders. `slowest_s` is how long it ever waited."""

    answers: Counter[int] = field(default_factory=Counter)
    """By status; 0: the connection broke."""
    untold: int = 0
    """503 without `Retry-After`."""
    slowest_s: float = 0.0

    @property
    def acknowledged(self) -> int:
        """Promises: 201, and 202."""
        return sum(times for status, times in self.answers.items() if 200 <= status < 300)


@dataclass(slots=True)
class Scene:
    """`service` is the place, `running` the traffic on it, `fence` what the zone's row went through."""

    service: Deployment
    running: Running
    fence: FenceWatch
    _numbers: int = 10_000

    async def audit(self) -> Findings:
        """What is wrong with the record now; it may be asked at any time."""
        return findings(await report_of(self.running.simulation, 0), self.fence)

    async def post_orders(self, for_s: float, every_s: float = POST_EVERY_S) -> Posted:
        """Post an order every now and then, whatever happens to those before."""
        posted, posting = Posted(), set[asyncio.Task[None]]()
        ends_s = monotonic() + for_s
        while monotonic() < ends_s:
            posting.add(asyncio.create_task(self._post(posted)))
            await asyncio.sleep(every_s)
        await asyncio.gather(*posting)
        return posted

    async def _post(self, posted: Posted) -> None:
        self._numbers += 1
        began_s = monotonic()
        try:
            answer = await self.running.post_order(self._numbers, POST_WITHIN_S)
            posted.answers[answer.status_code] += 1
            posted.untold += answer.status_code == 503 and "retry-after" not in answer.headers
        except httpx.TransportError:
            posted.answers[0] += 1
        posted.slowest_s = max(posted.slowest_s, monotonic() - began_s)

    async def order_taken(self, within_s: float = 30.0) -> float:
        """Seconds until an order is answered with 201."""
        began_s = monotonic()
        while monotonic() - began_s < within_s:
            posted = Posted()
            await self._post(posted)
            if posted.answers[201]:
                return monotonic() - began_s
            await asyncio.sleep(0.1)
        raise TimeoutError(f"no order is taken within {within_s:.0f} s")

    async def offers_since(self, began_s: float) -> tuple[float, int]:
        """Of the orders placed since that moment (monotonic): the 95th percentile from order to offer in seconds, and
        how many have not been offered within `OFFERED_WITHIN_S`.
        """
        measures, placed = self.running.simulation.measures, self.placed_since(began_s)
        with suppress(ServerFailed):
            await self.service.until(lambda: placed <= measures.offered_at_s.keys(), OFFERED_WITHIN_S)
        taken_s = [measures.offered_at_s[each] - measures.posted_at_s[each] for each in placed & self._offered]
        return round(percentile(taken_s, 95) or 0.0, 2), len(placed - self._offered)

    def placed_since(self, began_s: float) -> set[str]:
        """The orders acknowledged of those that were sent since that moment (monotonic)."""
        return {each for each, at_s in self.running.simulation.measures.posted_at_s.items() if at_s >= began_s}

    @property
    def _offered(self) -> set[str]:
        return set(self.running.simulation.measures.offered_at_s)

    async def caught_up(self) -> None:
        """Wait until every order has been offered: none waits for an earlier one then. Raises `ServerFailed`."""
        await self.service.until(lambda: not self.running.simulation.measures.not_offered())

    def delivered(self) -> int:
        """Orders delivered so far, as staff see it."""
        return len(self.running.simulation.measures.delivered_at_s)


@asynccontextmanager
async def scene(
    folder: Path, *, load: Load | None = None, postgres_in: Path | None = None, code: Path | None = None
) -> AsyncIterator[Scene]:
    """A service with traffic, up and running; see `Deployment`."""
    async with (
        Deployment(folder, postgres_in=postgres_in, code=code) as service,
        watched_fence(service) as fence,
        traffic(service, load or Load()) as running,
    ):
        yield Scene(service, running, fence)
