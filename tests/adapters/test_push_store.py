"""Push subscriptions: the same promises in memory, SQLite and PostgreSQL."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import pytest

from dispatch.adapters.memory_push import MemoryPushStore
from dispatch.adapters.sql.database import Database
from dispatch.adapters.sql.push import SqlPushStore
from dispatch.adapters.sql.store import SqlZoneStore
from dispatch.application.push_notices import Told
from dispatch.application.push_ports import PushStore, PushSubscription
from dispatch.domain.order import OrderStatus
from tests.support.stores import ZONE, Store, claimed
from tests.support.zones import NOON_MS, order

MINE = PushSubscription(ZONE, "o1", "a" * 64, "https://push.example/a", "key", "auth", "en", 480, Told(3))


@dataclass
class Stores:
    """A store of subscriptions, and the zones whose orders they are of."""

    push: PushStore
    zones: Store


@pytest.fixture
async def stores(store: Store, any_url: str) -> AsyncIterator[Stores]:
    """Every kind in turn."""
    if not isinstance(store, SqlZoneStore):
        yield Stores(MemoryPushStore(store), store)
        return
    database = Database(any_url)
    yield Stores(SqlPushStore(database), store)
    await database.close()


async def test_a_subscription_is_found_and_replaced(stores: Stores) -> None:
    """By zone, order and mark; a repeat changes it."""
    push = stores.push
    await push.put(MINE)
    assert await push.find(ZONE, "o1", MINE.mark) == MINE
    for other in (("else", "o1", MINE.mark), (ZONE, "o2", MINE.mark), (ZONE, "o1", "b" * 64)):
        assert await push.find(*other) is None
    zh = replace(MINE, lang="zh", told=Told(9, ("on_way",), NOON_MS))
    await push.put(zh)
    assert await push.of_orders(ZONE, ["o1", "o2"]) == [zh]
    assert await push.of_orders(ZONE, ["o2"]) == await push.of_orders("else", ["o1"]) == []


async def test_what_was_told_only_rises_and_raises_nobody_from_the_dead(stores: Stores) -> None:
    """Of two notes the later event stays; who was dropped, or signed up anew for later events, is left alone."""
    push, later = stores.push, Told(7, ("assigned", "on_way"), NOON_MS)
    await push.put(MINE)
    for told in (later, Told(5, ("assigned",))):
        await push.note_told(MINE, told)
    assert await push.find(ZONE, "o1", MINE.mark) == replace(MINE, told=later)
    anew = replace(MINE, lang="zh", told=Told(20))
    await push.put(anew)
    await push.note_told(MINE, Told(12))
    assert await push.find(ZONE, "o1", MINE.mark) == anew
    assert await push.drop(ZONE, "o1", MINE.mark) and not await push.drop(ZONE, "o1", MINE.mark)
    await push.note_told(MINE, Told(99))
    assert await push.find(ZONE, "o1", MINE.mark) is None


async def test_subscriptions_of_ended_orders_are_forgotten(stores: Stores) -> None:
    """Of those that ended before the moment; not of what is under way, nor of another zone's orders."""
    claim = await claimed(stores.zones)
    ends = [(OrderStatus.DELIVERED, NOON_MS), (OrderStatus.CANCELED, NOON_MS + 10), (OrderStatus.AT_DROPOFF, NOON_MS)]
    made = [
        replace(order(f"o{n}"), status=status, timeline=((status, at_ms),)) for n, (status, at_ms) in enumerate(ends, 1)
    ]
    await stores.zones.commit(claim, [], tuple(made), 0)
    for each in made:
        await stores.push.put(replace(MINE, order_id=each.id))
    assert await stores.push.forget_ended("else", NOON_MS + 99) == 0
    assert await stores.push.forget_ended(ZONE, NOON_MS + 5) == 1
    assert [each.order_id for each in await stores.push.of_orders(ZONE, ["o1", "o2", "o3"])] == ["o2", "o3"]


async def test_progress_is_each_zones_own(stores: Stores) -> None:
    """None until somebody looked; the newest stays."""
    assert await stores.push.progress(ZONE) is None
    await stores.push.keep_progress(ZONE, 1_700, 5)
    await stores.push.keep_progress(ZONE, 1_700, 8)
    assert await stores.push.progress(ZONE) == (1_700, 8) and await stores.push.progress("else") is None


async def test_orders_are_found_by_their_customers_phone_and_by_what_the_shop_calls_them(store: Store) -> None:
    """What is under way first, then the newest ends; old ends are left out, and so are those of others."""
    claim = await claimed(store)
    ended = [
        replace(order(name), status=OrderStatus.DELIVERED, timeline=((OrderStatus.DELIVERED, at_ms),), phone_mark="ada")
        for name, at_ms in (("old", NOON_MS), ("new", NOON_MS + 20), ("newer", NOON_MS + 30))
    ]
    others = (replace(order("open"), phone_mark="ada", ref="R-1"), replace(order("else"), phone_mark="eve", ref="R-1"))
    await store.commit(claim, [], (*ended, *others, order("nobody")), 0)
    found = [each.id for _, each in await store.orders_marked("ada", NOON_MS + 10, 9)]  # type: ignore[union-attr]
    assert found == ["open", "newer", "new"]
    assert len(await store.orders_marked("ada", 0, 2)) == 2
    assert [(zone, each.id) for zone, each in await store.orders_by_ref("R-1", 9)] == [  # type: ignore[union-attr]
        (ZONE, "else"),
        (ZONE, "open"),
    ]
    assert await store.orders_by_ref("r-1", 9) == []
