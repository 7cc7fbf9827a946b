"""Shoppers' accounts: the same promises in memory, SQLite and PostgreSQL."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import pytest

from dispatch.adapters.memory_shoppers import MemoryShopperStore
from dispatch.adapters.sql.database import Database
from dispatch.adapters.sql.shoppers import SqlShopperStore
from dispatch.adapters.sql.store import SqlZoneStore
from dispatch.application.shoppers import MOST_ADDRESSES, SHOWN_MS, Put, SavedAddress, ShopperStore
from dispatch.domain.order import OrderStatus
from tests.support.stores import ZONE, Store, claimed
from tests.support.zones import NOON_MS, order

HOME = SavedAddress("home", "家", "人民路 1 号", 60.17, 24.94, "门铃坏了")


@dataclass
class Stores:
    """Accounts, and the zones whose orders they are of."""

    shoppers: ShopperStore
    zones: Store


@pytest.fixture
async def stores(store: Store, any_url: str) -> AsyncIterator[Stores]:
    """Every kind in turn."""
    if not isinstance(store, SqlZoneStore):
        yield Stores(MemoryShopperStore(store), store)
        return
    database = Database(any_url)
    yield Stores(SqlShopperStore(database), store)
    await database.close()


async def test_an_address_book_is_kept_whole_and_is_nobody_elses(stores: Stores) -> None:
    """By label; an id is changed in its place, and dropped once."""
    book = stores.shoppers
    work = replace(HOME, id="work", label="a work", note="")
    generation = await book.begin("ada", NOON_MS)
    for address in (HOME, work, replace(HOME, note="")):
        assert await book.put_address("ada", generation, address) is Put.KEPT
    assert await book.addresses("ada") == [work, replace(HOME, note="")]
    assert await book.addresses("eve") == [] and not await book.drop_address("eve", "home")
    assert await book.drop_address("ada", "home") and not await book.drop_address("ada", "home")
    assert await book.addresses("ada") == [work]


async def test_an_address_book_has_an_end(stores: Stores) -> None:
    """One too many is not kept; one that is there may still be changed."""
    book, generation = stores.shoppers, await stores.shoppers.begin("ada", NOON_MS)
    for n in range(MOST_ADDRESSES):
        assert await book.put_address("ada", generation, replace(HOME, id=f"a{n}")) is Put.KEPT
    assert await book.put_address("ada", generation, HOME) is Put.FULL
    assert await book.put_address("ada", generation, replace(HOME, id="a0", label="new")) is Put.KEPT
    assert len(await book.addresses("ada")) == MOST_ADDRESSES


@pytest.mark.parametrize("forget", [True, False])
async def test_what_has_ended_begins_anew(stores: Stores, forget: bool) -> None:
    """Tokens are over, and what comes with one of them is not kept; the addresses go when they are to."""
    book, before = stores.shoppers, await stores.shoppers.begin("ada", NOON_MS)
    await book.put_address("ada", before, HOME)
    await book.end("ada", forget=forget)
    assert await book.generation("ada") == before + 1 and await book.generation("eve") == 0
    assert await book.put_address("ada", before, replace(HOME, id="late")) is Put.ENDED
    assert list(await book.addresses("ada")) == ([] if forget else [HOME])
    assert await book.begin("ada", NOON_MS) == before + 1


async def test_an_account_that_was_left_is_another_ones(stores: Stores) -> None:
    """Whoever proves the number after 90 days without that finds an empty book; a day earlier it is as it was."""
    book, generation = stores.shoppers, await stores.shoppers.begin("ada", NOON_MS)
    await book.put_address("ada", generation, HOME)
    assert await book.begin("ada", NOON_MS + SHOWN_MS) == generation
    assert await book.begin("ada", NOON_MS) == generation, "a clock that went back forgets nothing"
    assert await book.addresses("ada") == [HOME]
    assert await book.begin("ada", NOON_MS + 2 * SHOWN_MS + 1) == generation + 1
    assert await book.addresses("ada") == []


async def test_left_address_books_are_emptied(stores: Stores) -> None:
    """Those of accounts that nobody signed in to since, and no others."""
    book = stores.shoppers
    for mark, at_ms in (("ada", NOON_MS), ("eve", NOON_MS + 10)):
        await book.put_address(mark, await book.begin(mark, at_ms), HOME)
    assert await book.forget_left(NOON_MS + 10) == 1
    assert (await book.addresses("ada"), list(await book.addresses("eve"))) == ([], [HOME])
    assert await book.forget_left(NOON_MS + 10) == 0


async def test_orders_come_a_page_at_a_time(stores: Stores) -> None:
    """The newest first, also of those that were placed in the same moment; old ends and others' are left out."""
    claim = await claimed(stores.zones)
    ended = ((OrderStatus.DELIVERED, NOON_MS),)
    mine = [replace(order(f"o{n}"), phone_mark="ada", created_at_ms=NOON_MS + n // 2) for n in range(5)]
    mine[1] = replace(mine[1], status=OrderStatus.DELIVERED, timeline=ended)
    await stores.zones.commit(claim, [], (*mine, replace(order("else"), phone_mark="eve")), 0)
    seen, before = list[str](), None
    while page := await stores.shoppers.orders_before("ada", NOON_MS, before, 2):
        seen += [each.id for _, each in page]
        before = (page[-1][1].created_at_ms, page[-1][1].id)
        assert page[0][0] == ZONE
    assert seen == ["o4", "o3", "o2", "o1", "o0"]
    left = await stores.shoppers.orders_before("ada", NOON_MS + 1, None, 9)
    assert [each.id for _, each in left] == ["o4", "o3", "o2", "o0"]
