"""How orders are found again: those of an account, and those that were collected at a point; in every store alike."""

from dataclasses import replace

from dispatch.application.order_ports import Placed
from dispatch.domain.collection import Collection, CollectionState
from dispatch.domain.order import Order, OrderStatus
from tests.support.stores import ZONE, Store, claimed
from tests.support.zones import NOON_MS, order


async def test_an_account_s_orders_the_newest_first(store: Store) -> None:
    """Those of one moment by their ids; after any of them it goes on where it was, and nothing is left out."""
    claim = await claimed(store)
    moments = {"a": 10, "c": 20, "b": 20, "e": 20, "d": 30}
    mine = [replace(order(name), placed_by="shop", created_at_ms=at_ms) for name, at_ms in moments.items()]
    other = replace(order("x"), placed_by="other", created_at_ms=20)
    await store.commit(claim, [], (*mine, other), 0)

    async def found(before: Placed | None, limit: int = 9, since_ms: int = 0, zone_id: str = ZONE) -> list[str]:
        placed = await store.orders_placed(zone_id, "shop", since_ms, before, limit)
        return [each.id for each in placed if isinstance(each, Order)]

    assert await found(None) == ["d", "b", "c", "e", "a"] and await found(None, 2) == ["d", "b"]
    assert await found((20, "b")) == ["c", "e", "a"] and await found((20, "")) == ["b", "c", "e", "a"]
    assert await found((30, "d"), since_ms=20) == ["b", "c", "e"] and await found((10, "a")) == []
    assert await found(None, zone_id="else") == []


async def test_what_was_collected_at_a_point(store: Store) -> None:
    """The newest first; not what lies there still, what was collected before the moment, or at another point."""
    claim = await claimed(store)

    def at(name: str, point: str, state: CollectionState, at_ms: int) -> Order:
        there = Collection(point, "li", "123456", 3_600, state, at_ms)
        done = ((OrderStatus.DELIVERED, NOON_MS),)
        return replace(order(name), status=OrderStatus.DELIVERED, collection=there, timeline=done)

    made = (
        at("early", "gate", CollectionState.COLLECTED, NOON_MS - 1),
        at("first", "gate", CollectionState.COLLECTED, NOON_MS),
        at("last", "gate", CollectionState.COLLECTED, NOON_MS + 9),
        at("lies", "gate", CollectionState.AT_POINT, NOON_MS + 9),
        at("else", "west", CollectionState.COLLECTED, NOON_MS + 9),
    )
    await store.commit(claim, [], (*made, order("door")), 0)
    found = await store.orders_collected(ZONE, "gate", NOON_MS, 9)
    assert [each.id for each in found if isinstance(each, Order)] == ["last", "first"]
    assert len(await store.orders_collected(ZONE, "gate", NOON_MS, 1)) == 1
    # Who takes the delivery back has taken back the collection, too.
    again = replace(made[2], status=OrderStatus.AT_DROPOFF, collection=Collection("gate", "li", "123456", 3_600))
    await store.commit(claim, [], (again,), 0)
    assert len(await store.orders_collected(ZONE, "gate", NOON_MS, 9)) == 1
