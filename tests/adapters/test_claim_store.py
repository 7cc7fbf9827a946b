"""Claims in every kind of store: kept, found, listed, loaded while they are open, brought back by name, and erased."""

from dataclasses import replace

from dispatch.application.claim_ports import ClaimQuery
from dispatch.domain import claim_commands as cc
from dispatch.domain import commands as c
from dispatch.domain.claim import Claim, ClaimKind, ClaimReason
from dispatch.domain.claim_policy import ClaimPolicy, PolicyRule
from dispatch.domain.events import OrderChanged
from dispatch.domain.order import OrderStatus
from dispatch.domain.zone import evolve
from tests.adapters.test_zone_store import opened
from tests.support.stores import ZONE, Store, committed, decided
from tests.support.zones import MINUTE_MS, NOON_MS, order

POLICY = ClaimPolicy(0, (PolicyRule(), PolicyRule("生鲜", 0, 1, 0)))


async def test_claims_are_kept(store: Store) -> None:
    """Open ones are loaded however old; all are found and listed, the newest first, by order, account and status."""
    claim, state = await opened(store)
    for order_id, owner in (("o1", "shop"), ("o2", "other")):
        made = replace(order(order_id), placed_by=owner)
        await committed(store, claim, state, decided(state, order_id, c.CreateOrder(made)))
        brought = replace(made, status=OrderStatus.DELIVERED, timeline=((OrderStatus.DELIVERED, NOON_MS),))
        evolve(state, OrderChanged(brought, "delivered"))
    for n, (name, order_id) in enumerate((("a", "o1"), ("b", "o2"))):
        wish = cc.RequestClaim(name, order_id, ClaimKind.RETURN, ClaimReason.DAMAGED, ((0, 1),), "broken")
        await committed(store, claim, state, decided(state, name, wish, NOON_MS + n))
    await committed(store, claim, state, decided(state, "no", cc.RefuseClaim("b", "It was used."), NOON_MS + 1))
    await committed(store, claim, state, decided(state, "policy", cc.SetClaimPolicy(POLICY), NOON_MS + 2))
    loaded, _, _ = await store.load(ZONE, NOON_MS - MINUTE_MS)
    assert loaded.claims == state.claims and set(state.claims) == {"a", "b"}
    assert loaded.claim_policy == state.claim_policy == replace(POLICY, version=1)
    later, _, _ = await store.load(ZONE, NOON_MS + 60 * MINUTE_MS)
    assert set(later.claims) == {"a"} and set(later.unanswered) == {"a"}
    assert await store.find_claim("b") == (ZONE, state.claims["b"])
    assert await store.find_claim("unknown") is None

    async def listed(**wanted: object) -> list[str]:
        found = await store.list_claims(ZONE, ClaimQuery(**wanted))  # type: ignore[arg-type]
        return [each.id for each in found if isinstance(each, Claim)]

    assert await listed() == ["b", "a"]
    assert await listed(limit=1) == ["b"]
    assert await listed(before=(NOON_MS + 1, "b")) == await listed(before=(NOON_MS, "b")) == ["a"]
    assert await listed(order_id="o1") == await listed(placed_by="shop") == ["a"]
    assert await listed(statuses=("requested", "refused")) == ["b", "a"]
    assert await listed(statuses=("refused",), placed_by="other") == ["b"]
    assert await listed(statuses=("done",)) == await listed(order_id="o3") == []
