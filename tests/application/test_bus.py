"""Asking through the inbox: those who ask at the same time share their ways to the database."""

import asyncio
from collections.abc import Sequence

import pytest

from dispatch.adapters.memory import MemoryZoneStore
from dispatch.application.bus import InboxBus
from dispatch.application.ports import Reply, Request, StoreUnavailable
from dispatch.domain import commands as c
from dispatch.domain.errors import NotFound
from tests.support.clocks import HandTicker
from tests.support.zones import depot

ZONE = "test"


class CountedStore(MemoryZoneStore):
    """Notes who was written and looked for together; each way takes a turn of the loop. `spoilt` cannot be written."""

    def __init__(self, ticker: HandTicker) -> None:
        super().__init__(ticker)
        self.written: list[list[str]] = []
        self.looked_for: list[list[str]] = []
        self.spoilt = ""
        self.is_away = False

    async def submit(self, zone_id: str, requests: Sequence[Request]) -> None:
        await asyncio.sleep(0)
        ids = [request.id for request in requests]
        self.written.append(ids)
        if self.is_away:
            raise StoreUnavailable("away")
        if self.spoilt in ids:
            raise ValueError("this request cannot be written")
        await super().submit(zone_id, requests)

    async def replies(self, zone_id: str, request_ids: Sequence[str]) -> dict[str, Reply]:
        await asyncio.sleep(0)
        self.looked_for.append(list(request_ids))
        return await super().replies(zone_id, request_ids)


def asked(number: int) -> Request:
    return Request(f"r{number}", "staff:ann", c.RegisterDepot(depot(f"d{number}")))


@pytest.fixture
async def store() -> CountedStore:
    store = CountedStore(HandTicker())
    await store.ensure_zone(ZONE)
    return store


async def test_a_crowd_takes_few_ways(store: CountedStore) -> None:
    """A hundred requests at once are one transaction and one question, in the order in which they were asked."""
    bus = InboxBus(store, HandTicker())
    said = await asyncio.gather(*(bus.ask(ZONE, asked(number), 0) for number in range(100)))
    assert said == [None] * 100
    everybody = [f"r{number}" for number in range(100)]
    assert store.written == [everybody] == store.looked_for
    assert [request.id for request in await store.inbox(ZONE, 200)] == everybody


async def test_one_that_cannot_be_written_keeps_nobody_out(store: CountedStore) -> None:
    """The others of its round are in the inbox all the same; only its own caller hears of it."""
    store.spoilt = "r1"
    bus = InboxBus(store, HandTicker())
    said = await asyncio.gather(*(bus.ask(ZONE, asked(number), 0) for number in range(3)), return_exceptions=True)
    assert [str(each) for each in said] == ["None", "this request cannot be written", "None"]
    assert [request.id for request in await store.inbox(ZONE, 9)] == ["r0", "r2"]


async def test_nobody_is_told_that_it_is_safe_while_the_store_is_away(store: CountedStore) -> None:
    """Everybody of the round hears so at once, and it is not tried again for each."""
    store.is_away = True
    bus = InboxBus(store, HandTicker())
    said = await asyncio.gather(*(bus.ask(ZONE, asked(number), 0) for number in range(3)), return_exceptions=True)
    assert [str(each) for each in said] == ["away"] * 3
    assert len(store.written) == 1


async def test_a_zone_that_is_not_there(store: CountedStore) -> None:
    """It is said as one caller alone would be told."""
    with pytest.raises(NotFound, match="There is no zone elsewhere"):
        await InboxBus(store, HandTicker()).ask("elsewhere", asked(0), 0)
