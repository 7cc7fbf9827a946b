"""The zone's writer: nothing acknowledged before its commit, everything once, and a stale owner is harmless."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

import pytest

from dispatch.adapters.memory import MemoryZoneStore
from dispatch.application.bus import InboxBus
from dispatch.application.ports import Claim, FenceLost, Outcome, Reply, Request, StoreUnavailable
from dispatch.application.zone_writer import WriterSettings, ZoneWriter
from dispatch.domain import commands as c
from dispatch.domain.courier import Duty
from dispatch.domain.errors import NotFound
from dispatch.domain.order import Order, OrderStatus
from dispatch.domain.order_message import Party
from dispatch.domain.route import StopKind
from dispatch.domain.zone import Entity
from tests.support.clocks import HandClock, HandTicker
from tests.support.zones import MINUTE_MS, NOON_MS, courier, depot, order, plan, planned

ZONE = "default"


class TroubledStore(MemoryZoneStore):
    """A store whose next commits can be told to fail: before they take effect, or after (a lost reply)."""

    def __init__(self, ticker: HandTicker) -> None:
        super().__init__(ticker)
        self.trouble: list[Exception] = []
        self.reply_lost = False
        self.held_up: asyncio.Event | None = None

    async def commit(
        self, claim: Claim, outcomes: Sequence[Outcome], dirty: Sequence[Entity], plan_version: int
    ) -> int:
        if self.held_up and outcomes[0].request:
            await self.held_up.wait()
        if self.reply_lost:
            self.reply_lost = False
            await super().commit(claim, outcomes, dirty, plan_version)
            raise StoreUnavailable("the connection broke after the commit")
        if self.trouble:
            raise self.trouble.pop(0)
        return await super().commit(claim, outcomes, dirty, plan_version)


class Bench:
    """A writer on a memory store under hand-moved clocks."""

    def __init__(self) -> None:
        self.clock = HandClock(NOON_MS)
        self.ticker = HandTicker()
        self.store = TroubledStore(self.ticker)
        self.commits = 0
        self.writer = self.make_writer("one")

    def make_writer(self, holder: str) -> ZoneWriter:
        return ZoneWriter(
            store=self.store,
            clock=self.clock,
            ticker=self.ticker,
            zone_id=ZONE,
            holder=holder,
            settings=WriterSettings(tick_s=0.01, inbox_poll_s=0.01),
            on_commit=self._count,
        )

    def _count(self) -> None:
        self.commits += 1

    async def ask(self, request_id: str, command: c.Command, timeout_s: float = 2.0) -> Reply | None:
        return await self.writer.ask(ZONE, Request(request_id, "test:me", command), timeout_s)


@asynccontextmanager
async def running(*writers: ZoneWriter) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(writer.run()) for writer in writers]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    made = Bench()
    async with running(made.writer):
        reply = await made.ask("r-depot", c.RegisterDepot(depot("d1")))
        assert reply and reply.ok
        yield made


async def until(true: object, *, passing: HandTicker | None = None) -> None:
    """Wait for something that happens soon, letting technical time pass meanwhile."""
    async with asyncio.timeout(5):
        while not true():  # type: ignore[operator]
            if passing:
                passing.pass_ms(100)
            await asyncio.sleep(0.001)


async def test_a_request_is_answered_with_what_came_of_it(bench: Bench) -> None:
    """The reply tells the order as it stands; a refusal is a reply too, with its code and sentence."""
    reply = await bench.ask("r1", c.CreateOrder(order("o1"), hold="stock"))
    assert reply and reply.ok
    assert (reply.result["status"], reply.result["reason"]) == ("held", "stock")
    again = await bench.ask("r2", c.CreateOrder(order("o1")))
    assert again == Reply(
        False, "duplicate_order", "Order o1 exists already.", "conflict", again.result if again else {}
    )
    with pytest.raises(NotFound):
        await bench.writer.ask("elsewhere", Request("r3", "test:me", c.PassTime()))


async def test_the_same_request_takes_effect_once(bench: Bench) -> None:
    """Asked twice at once and once later: one order, three equal replies."""
    create = c.CreateOrder(order("o1"))
    first, second = await asyncio.gather(bench.ask("r1", create), bench.ask("r1", create))
    later = await bench.ask("r1", create)
    assert first == second == later
    created = [r for r in await bench.store.events(ZONE, 0, 99) if r.request_id == "r1"]
    assert len(created) == 1


async def test_requests_that_wait_together_share_one_commit(bench: Bench) -> None:
    """A hundred orders asked for at once are one or two transactions, with a gapless sequence."""
    before = bench.commits
    replies = await asyncio.gather(*(bench.ask(f"r{n}", c.CreateOrder(order(f"o{n}"))) for n in range(100)))
    assert all(reply and reply.ok for reply in replies)
    assert bench.commits - before <= 2
    recorded = await bench.store.events(ZONE, 0, 999)
    assert [r.seq for r in recorded] == list(range(1, len(recorded) + 1))


async def test_a_store_that_is_away_acknowledges_nothing(bench: Bench) -> None:
    """The caller hears that it failed; asked again with the same id, it is done once."""
    bench.store.trouble = [StoreUnavailable("away")]
    create = c.CreateOrder(order("o1"))
    with pytest.raises(StoreUnavailable):
        await bench.ask("r1", create)
    asked = asyncio.create_task(bench.ask("r1", create))
    await until(asked.done, passing=bench.ticker)
    reply = asked.result()
    assert reply and reply.ok


async def test_a_commit_whose_reply_was_lost_is_not_done_twice(bench: Bench) -> None:
    """It is in the store although the caller was told that it failed; the retry finds the stored reply."""
    bench.store.reply_lost = True
    create = c.CreateOrder(order("o1"))
    with pytest.raises(StoreUnavailable):
        await bench.ask("r1", create)
    asked = asyncio.create_task(bench.ask("r1", create))
    await until(asked.done, passing=bench.ticker)
    reply = asked.result()
    assert reply and reply.ok
    created = [r for r in await bench.store.events(ZONE, 0, 99) if r.request_id == "r1"]
    assert len(created) == 1


async def test_one_bad_request_does_not_stop_the_others(bench: Bench) -> None:
    """A batch that fails for no known reason is tried one by one; what fails alone is set aside with a reply."""
    bench.store.trouble = [RuntimeError("batch"), RuntimeError("alone")]
    replies = await asyncio.gather(*(bench.ask(f"r{n}", c.CreateOrder(order(f"o{n}"))) for n in range(3)))
    assert [reply.ok for reply in replies if reply] == [False, True, True]
    assert replies[0] and replies[0].code == "internal"
    assert await bench.ask("r0", c.CreateOrder(order("o0"))) == replies[0]


async def test_what_is_due_happens_by_itself(bench: Bench) -> None:
    """An offer lapses when its time is over, without anybody asking."""
    await bench.ask("r1", c.RegisterCourier(courier("c1")))
    await bench.ask("r2", c.SetDuty("c1", Duty.AVAILABLE))
    await bench.ask("r3", c.CreateOrder(order("o1")))
    state, _, _ = await bench.store.load(ZONE, 0)
    await bench.ask("r4", plan(state, planned(state, "c1", ("o1",)), ttl_ms=MINUTE_MS))
    bench.clock.pass_ms(MINUTE_MS)
    bench.ticker.pass_ms(1000)

    async def lapsed() -> bool:
        now, _, _ = await bench.store.load(ZONE, 0)
        return now.orders["o1"].missed_by == "c1"

    async with asyncio.timeout(5):
        while not await lapsed():
            await asyncio.sleep(0.01)


async def test_other_processes_ask_through_the_inbox(bench: Bench) -> None:
    """A request in the durable inbox is decided by the writer, and its reply comes back; a late one is None."""
    bus = InboxBus(bench.store, bench.ticker)
    asked = asyncio.create_task(bus.ask(ZONE, Request("r1", "test:me", c.CreateOrder(order("o1"))), 60))
    await until(asked.done, passing=bench.ticker)
    reply = asked.result()
    assert reply and reply.result["order_id"] == "o1"


async def test_nobody_answers_without_a_writer() -> None:
    """Without an owner the caller gets no reply, but the request is durable and is decided by the next owner."""
    bench = Bench()
    await bench.store.ensure_zone(ZONE)
    assert (
        await InboxBus(bench.store, bench.ticker).ask(ZONE, Request("r0", "", c.RegisterDepot(depot("d1"))), 0) is None
    )
    assert await bench.ask("r1", c.CreateOrder(order("o1")), timeout_s=0.01) is None
    assert [r.id for r in await bench.store.inbox(ZONE, 9)] == ["r0", "r1"]
    async with running(bench.writer):
        async with asyncio.timeout(5):
            while len(await bench.store.replies(ZONE, ["r0", "r1"])) < 2:
                bench.ticker.pass_ms(20)
                await asyncio.sleep(0.01)


async def test_accepted_means_done_even_when_the_running_commit_fails(bench: Bench) -> None:
    """A caller was told "look later" while its commit was under way; that commit fails, and the order exists anyway."""
    failing = asyncio.Event()
    bench.store.held_up = failing
    bench.store.trouble = [StoreUnavailable("away")]
    assert await bench.ask("r1", c.CreateOrder(order("o1")), timeout_s=0.05) is None
    failing.set()
    async with asyncio.timeout(5):
        while "r1" not in await bench.store.replies(ZONE, ["r1"]):
            bench.ticker.pass_ms(100)
            await asyncio.sleep(0.001)
    assert (await bench.store.replies(ZONE, ["r1"]))["r1"].ok


async def test_a_second_writer_takes_over_only_when_the_lease_is_over(bench: Bench) -> None:
    """While the first renews, the second waits; when the first dies, the second owns the zone after the lease."""
    second = bench.make_writer("two")
    async with running(second):
        for _ in range(40):
            bench.ticker.pass_ms(500)
            await asyncio.sleep(0.005)
        assert bench.writer.serving
        assert not second.serving
    third = bench.make_writer("three")
    lost = await bench.store.claim(ZONE, "one", 0.001)
    assert lost
    async with running(third):
        await until(lambda: third.serving, passing=bench.ticker)


async def test_a_stale_writer_cannot_write(bench: Bench) -> None:
    """After a takeover the old writer's commit is refused by the fence, and its caller is told to try again."""
    assert await bench.store.claim(ZONE, "one", 60)
    bench.store.trouble = []
    with pytest.raises(StoreUnavailable):
        await bench.ask("r1", c.CreateOrder(order("o1")))
    assert not [r for r in await bench.store.events(ZONE, 0, 99) if r.request_id == "r1"]


async def test_an_idle_writer_that_was_overtaken_steps_down(bench: Bench) -> None:
    """It finds out when it prolongs its lease, though it had nothing to commit; somebody else serves the zone then."""
    assert await bench.store.claim(ZONE, "one", 0)
    second = bench.make_writer("two")
    async with running(second):
        await until(lambda: second.serving and not bench.writer.serving, passing=bench.ticker)


async def test_a_writer_stops_in_peace_while_the_store_is_away(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """It cannot give the zone back; the lease will end by itself."""

    async def away(claim: Claim) -> None:
        raise StoreUnavailable("away")

    monkeypatch.setattr(bench.store, "release", away)
    await bench.writer.stop()


async def test_a_stopped_writer_gives_the_zone_back(bench: Bench) -> None:
    """The next writer need not wait for the lease."""
    await bench.writer.stop()
    claim = await bench.store.claim(ZONE, "two", 5)
    assert claim
    with suppress(FenceLost):
        await bench.writer.stop()


async def test_an_order_that_was_forgotten_is_recalled_when_a_phone_comes_back_with_it(bench: Bench) -> None:
    """A courier without a link for hours delivered what was canceled meanwhile: the report counts all the same, and
    what was written about the order is still its thread.
    """
    for request_id, command in (
        ("r1", c.RegisterCourier(courier("c1"))),
        ("r2", c.CreateOrder(order("o1"))),
        ("r3", c.PostMessage("m1", "o1", Party.CUSTOMER, Party.DISPATCHER, "cancel it")),
        ("r4", c.CancelOrder("o1", "customer called")),
    ):
        assert (reply := await bench.ask(request_id, command)) and reply.ok
    bench.clock.pass_ms(5 * 60 * MINUTE_MS)
    await until(lambda: "o1" not in (bench.writer._state.orders if bench.writer._state else {}), passing=bench.ticker)
    report = c.ReportProgress("c1", "do-o1-1", c.StopAction.COMPLETED, NOON_MS, "", ("o1",), StopKind.DROPOFF)
    assert (reply := await bench.ask("r5", report)) and reply.ok
    found = await bench.store.find_order("o1")
    assert found and isinstance(found[1], Order) and found[1].status is OrderStatus.DELIVERED
    assert (reply := await bench.ask("r6", c.PostMessage("m2", "o1", Party.DISPATCHER, Party.CUSTOMER, "it came")))
    assert [each.text for each in await bench.store.messages_of(ZONE, "o1")] == ["cancel it", "it came"]


async def test_an_action_takes_effect_once_however_late_it_is_repeated(bench: Bench) -> None:
    """A phone that was in a drawer for eight days sends its action again: the stored reply comes back and nothing
    happens, although the zone would decide otherwise by now.
    """
    await bench.ask("r1", c.RegisterCourier(courier("c1")))
    first = await bench.ask("c1:a1", c.SetDuty("c1", Duty.AVAILABLE))
    await bench.ask("c1:a2", c.SetDuty("c1", Duty.OFF_DUTY))
    bench.clock.pass_ms(8 * 24 * 60 * MINUTE_MS)
    events = await bench.store.events(ZONE, 0, 100)
    assert await bench.ask("c1:a1", c.SetDuty("c1", Duty.AVAILABLE)) == first
    assert await bench.store.events(ZONE, 0, 100) == events
