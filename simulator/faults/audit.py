"""What is left after the faults, held against what was promised: from the public API and the recorded events alone,
but for the fence, which no client sees and which is read in the database.

    lost     an order answered with 2xx, or an action answered with ok, that the record does not have exactly once
    double   two couriers for one order, or a request that took effect twice
    others   a gap in the sequence, a status that ran backwards, a fence that went back, invariants of the server's own
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import asyncpg

from simulator.faults.deployment import ZONE, Deployment
from simulator.report import Report

LOOK_EVERY_S = 0.5
PLACE = "SELECT fence, head, holder FROM zone WHERE id = $1"


@dataclass(slots=True)
class FenceWatch:
    """The zone's fence and head over time; neither may ever go back."""

    fences: list[int] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    head: int = 0

    def take(self, fence: int, head: int) -> None:
        """One look at the zone's row."""
        before = self.fences[-1] if self.fences else 0
        if fence < before:
            self.violations.append(f"I3: the fence went back from {before} to {fence}")
        if head < self.head:
            self.violations.append(f"I3: the head went back from {self.head} to {head}")
        if fence != before:
            self.fences.append(fence)
        self.head = max(self.head, head)


@asynccontextmanager
async def watched_fence(service: Deployment) -> AsyncIterator[FenceWatch]:
    """Look at the zone's row past every proxy, as long as the block runs; a database that is away is asked again."""
    watch = FenceWatch()

    async def look() -> None:
        with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError):
            for row in await service.postgres.execute(PLACE, ZONE):
                watch.take(row["fence"], row["head"])

    async def keep_looking() -> None:
        while True:
            await look()
            await asyncio.sleep(LOOK_EVERY_S)

    task = asyncio.create_task(keep_looking(), name="fence watch")
    try:
        yield watch
        await look()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@dataclass(frozen=True, slots=True)
class Findings:
    """What an audit has found, one sentence each."""

    lost: list[str]
    double: list[str]
    others: list[str]

    @property
    def all(self) -> list[str]:
        """Everything; empty when every promise was kept."""
        return [*self.lost, *self.double, *self.others]


def findings(report: Report, fence: FenceWatch) -> Findings:
    """Sort what the report and the fence watch found."""
    found = [*map(str, report["violations"]), *fence.violations]
    lost = [each for each in found if each.startswith("I2:") and "never recorded" in each]
    double = [each for each in found if each.startswith("I1:") or ("again" in each and each.startswith("I2:"))]
    return Findings(lost, double, [each for each in found if each not in lost and each not in double])
