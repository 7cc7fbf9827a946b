"""The timers of cases on virtual time: the zone's writer fires each within a second of business time, and once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

from dispatch.adapters.memory import MemoryZoneStore
from dispatch.application.ports import Request
from dispatch.application.zone_writer import ZoneWriter
from dispatch.domain import case_commands as k
from dispatch.domain import commands as c
from dispatch.domain import events as e
from dispatch.domain.case import Case, CaseKind, CaseStatus
from simulator.virtual_time import run_virtual
from tests.support.planned_zone import LoopClock, LoopTicker
from tests.support.zones import MINUTE_MS, depot, order

ZONE = "default"
DAY_S = 24 * 3_600
SLA_MS = 120 * MINUTE_MS
COMPLAINT = k.OpenCase("k1", "o1", CaseKind.COMPLAINT, "The soup is cold.", "customer")


@dataclass
class Desk:
    """A zone whose writer runs as in a server."""

    store: MemoryZoneStore
    writer: ZoneWriter
    clock: LoopClock

    async def ask(self, request_id: str, command: c.Command) -> None:
        reply = await self.writer.ask(ZONE, Request(request_id, "test:me", command))
        assert reply and reply.ok, reply

    async def wait(self, business_ms: float) -> None:
        await asyncio.sleep(business_ms / self.clock.rate / 1000)

    async def told(self) -> list[tuple[int, Case]]:
        """(when, the case) of each event about a case."""
        events = await self.store.events(ZONE, 0, 10_000)
        return [(each.at_ms, each.event.case) for each in events if isinstance(each.event, e.CaseChanged)]


@asynccontextmanager
async def desk(rate: float, store: MemoryZoneStore | None = None) -> AsyncIterator[Desk]:
    ticker, clock = LoopTicker(), LoopClock(rate)
    store = store or MemoryZoneStore(ticker)
    writer = ZoneWriter(store=store, clock=clock, ticker=ticker, zone_id=ZONE, holder="one")
    running = asyncio.create_task(writer.run())
    try:
        yield Desk(store, writer, clock)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await writer.stop()


@pytest.mark.parametrize("rate", [1.0, 25.0])
def test_a_late_solution_is_escalated_within_a_second(rate: float) -> None:
    """Of business time, however fast that runs; once, although time goes on."""

    async def test() -> None:
        async with desk(rate) as made:
            await made.ask("r1", c.RegisterDepot(depot("d1")))
            await made.ask("r2", c.CreateOrder(order("o1")))
            await made.ask("r3", COMPLAINT)
            due_ms = (await made.told())[0][1].due_at_ms
            await made.wait(SLA_MS + 2_000)
            (_, (at_ms, late)) = await made.told()
            assert due_ms <= late.escalated_at_ms == at_ms < due_ms + 1_000
            await made.wait(10 * MINUTE_MS)
            assert len(await made.told()) == 2

    run_virtual(test())


def test_a_follow_up_falls_due_within_a_second() -> None:
    """The solved case is open again at its time."""

    async def test() -> None:
        async with desk(10.0) as made:
            await made.ask("r1", c.RegisterDepot(depot("d1")))
            await made.ask("r2", c.CreateOrder(order("o1")))
            await made.ask("r3", COMPLAINT)
            await made.ask("r4", k.SolveCase("k1", "We pay.", "ann"))
            at_ms = made.clock.now_ms() + 180 * MINUTE_MS
            await made.ask("r5", k.FollowUpCase("k1", at_ms, "Was it paid?"))
            await made.wait(190 * MINUTE_MS)
            when_ms, case = (await made.told())[-1]
            assert at_ms <= when_ms < at_ms + 1_000
            assert (case.status, case.follows_up, case.escalations) == (CaseStatus.OPEN, True, 0)
            assert len(await made.told()) == 4

    run_virtual(test())


def test_what_fell_due_while_no_writer_ran_is_escalated_by_the_next_one_once() -> None:
    """A restart neither forgets a timer nor lets one fire again."""

    async def test() -> None:
        store = MemoryZoneStore(LoopTicker())
        async with desk(1.0, store) as first:
            await first.ask("r1", c.RegisterDepot(depot("d1")))
            await first.ask("r2", c.CreateOrder(order("o1")))
            await first.ask("r3", COMPLAINT)
        await asyncio.sleep(SLA_MS / 1000)
        for _ in range(2):
            async with desk(1.0, store) as next_one:
                await next_one.wait(10_000)
        assert [case.escalations for _, case in await next_one.told()] == [0, 1]

    run_virtual(test())


def test_a_complaint_about_an_order_of_days_ago_recalls_it() -> None:
    """The next writer does not hold the order, and later the closed case: both are found again."""

    async def test() -> None:
        store = MemoryZoneStore(LoopTicker())
        async with desk(1.0, store) as made:
            await made.ask("r1", c.RegisterDepot(depot("d1")))
            await made.ask("r2", c.CreateOrder(order("o1")))
            await made.ask("r3", c.CancelOrder("o1", "changed my mind"))
        await asyncio.sleep(3 * DAY_S)
        async with desk(1.0, store) as made:
            await made.ask("r4", COMPLAINT)
            await made.ask("r5", k.SolveCase("k1", "We pay.", "ann"))
            await made.ask("r6", k.ResolveCase("k1", "paid", "ann", "late"))
        await asyncio.sleep(DAY_S)
        async with desk(1.0, store) as made:
            await made.ask("r7", k.ReopenCase("k1", "o1", "Nothing came."))
        (_, case) = (await made.told())[-1]
        assert (case.status, case.reopened, case.solution) == (CaseStatus.OPEN, 1, "We pay.")

    run_virtual(test())
