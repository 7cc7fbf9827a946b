"""A zone whose writer stands still takes in so much and no more, and says so before it has taken anything."""

import asyncio

import pytest

from dispatch.adapters.memory import MemoryZoneStore
from dispatch.application.backlog import LOOK_EVERY_MS, Overloaded
from dispatch.application.bus import InboxBus
from dispatch.application.ports import Request
from dispatch.application.zone_writer import WriterSettings, ZoneWriter
from dispatch.domain import commands as c
from tests.support.clocks import HandClock, HandTicker
from tests.support.zones import NOON_MS, depot

ZONE = "test"


def asked(number: int) -> Request:
    return Request(f"r{number}", "staff:ann", c.RegisterDepot(depot(f"d{number}")))


async def test_a_full_inbox_takes_nothing_more() -> None:
    """What waits is looked at four times a second; when some of it is done, callers are let in again."""
    ticker = HandTicker()
    store = MemoryZoneStore(ticker)
    await store.ensure_zone(ZONE)
    bus = InboxBus(store, ticker, most_waiting=2)
    for number in range(2):
        assert await bus.ask(ZONE, asked(number), timeout_s=0) is None
        ticker.pass_ms(LOOK_EVERY_MS)
    with pytest.raises(Overloaded, match="Zone test has as many requests waiting as it takes"):
        await bus.ask(ZONE, asked(2), timeout_s=0)
    assert await store.backlog(ZONE, 10) == 2 and await store.backlog(ZONE, 1) == 1
    writer = ZoneWriter(store=store, clock=HandClock(NOON_MS), ticker=ticker, zone_id=ZONE, holder="w")
    running = asyncio.create_task(writer.run())
    while await store.backlog(ZONE, 10):
        await asyncio.sleep(0)
    running.cancel()
    ticker.pass_ms(LOOK_EVERY_MS)
    assert await bus.ask(ZONE, asked(3), timeout_s=0) is None


async def test_a_writer_keeps_so_many_callers_waiting() -> None:
    """Beside the inbox, those who ask within its process; the refusal is at once."""
    ticker = HandTicker()
    store = MemoryZoneStore(ticker)
    settings = WriterSettings(most_waiting=2)
    writer = ZoneWriter(
        store=store, clock=HandClock(NOON_MS), ticker=ticker, zone_id=ZONE, holder="w", settings=settings
    )
    waiting = [asyncio.create_task(writer.ask(ZONE, asked(number), 60)) for number in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(Overloaded):
        await writer.ask(ZONE, asked(2))
    for each in waiting:
        each.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
