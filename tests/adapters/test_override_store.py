"""Overrides in every kind of store: kept, found, listed."""

from dispatch.application.ports import OverrideQuery
from dispatch.domain import commands as c
from dispatch.domain.override import NO_EFFECTS, Effects, EtaEffect, Override, OverrideAction
from tests.adapters.test_zone_store import opened
from tests.support.stores import ZONE, Store, committed, decided
from tests.support.zones import MINUTE_MS, NOON_MS, order


async def test_overrides_are_kept(store: Store) -> None:
    """Open ones are loaded however old; all are found and listed, the newest first, by person, action and order."""
    claim, state = await opened(store)
    for order_id in ("o1", "o10"):
        await committed(store, claim, state, decided(state, order_id, c.CreateOrder(order(order_id))))
    etas = (EtaEffect("o1", NOON_MS, NOON_MS, NOON_MS),)
    made = [("a", "expedite", "o1", "ann", Effects(1, etas)), ("b", "hold", "o10", "bob", NO_EFFECTS)]
    for n, (name, action, order_id, by, effects) in enumerate(made):
        wish = c.Overrule(OverrideAction(action), (order_id,), "why", effects=effects, by=by, override_id=name)
        await committed(store, claim, state, decided(state, name, wish, NOON_MS + n))
    loaded, _, _ = await store.load(ZONE, NOON_MS - MINUTE_MS)
    assert loaded.overrides == state.overrides and set(state.overrides) == {"a", "b"}
    later, _, _ = await store.load(ZONE, NOON_MS + 60 * MINUTE_MS)
    assert set(later.overrides) == {"a"}
    assert await store.find_override(ZONE, "b") == state.overrides["b"]
    assert await store.find_override(ZONE, "unknown") is None

    async def listed(**wanted: object) -> list[str]:
        found = await store.list_overrides(ZONE, OverrideQuery(**wanted))  # type: ignore[arg-type]
        return [each.id for each in found if isinstance(each, Override)]

    assert await listed() == ["b", "a"]
    assert await listed(limit=1) == ["b"]
    assert await listed(before=(NOON_MS + 1, "b")) == await listed(before=(NOON_MS, "b")) == ["a"]
    assert await listed(by="bob") == await listed(action="hold") == await listed(order_id="o10") == ["b"]
    assert await listed(order_id="o1") == ["a"]
    assert await listed(since_ms=NOON_MS + 1) == ["b"]
