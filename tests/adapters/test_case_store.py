"""Cases in every store: found by their order and their time, and back with the state while they matter."""

from dispatch.application.ports import CaseQuery
from dispatch.domain import case_commands as k
from dispatch.domain import commands as c
from dispatch.domain.case import Case, CaseKind
from tests.adapters.test_zone_store import opened
from tests.support.stores import ZONE, Store, committed, decided
from tests.support.zones import MINUTE_MS, NOON_MS, order


async def test_cases_are_found_by_their_order_and_their_time(store: Store) -> None:
    """The newest first, at most so many; a solved one comes back with the state however old it is, a closed one not."""
    claim, state = await opened(store)
    for name in ("o1", "o2"):
        await committed(store, claim, state, decided(state, name, c.CreateOrder(order(name))))
    for n, order_id in enumerate(("o1", "o2", "o1")):
        asked = k.OpenCase(f"k{n}", order_id, CaseKind.QUESTION, "Is it vegan?", "customer")
        await committed(store, claim, state, decided(state, f"k{n}", asked))
    for n in (0, 1):
        told = decided(state, f"s{n}", k.SolveCase(f"k{n}", "It is.", "ann"))
        await committed(store, claim, state, told)
    await committed(store, claim, state, decided(state, "r", k.ResolveCase("k1", "told")))

    async def found(wanted: CaseQuery) -> list[str]:
        return [each.id for each in await store.list_cases(ZONE, wanted) if isinstance(each, Case)]

    assert await found(CaseQuery()) == ["k2", "k1", "k0"]
    assert await found(CaseQuery(limit=1)) == ["k2"]
    assert await found(CaseQuery("o1")) == ["k2", "k0"]
    assert await found(CaseQuery(since_ms=NOON_MS + 1)) == []
    later, _, _ = await store.load(ZONE, NOON_MS + 60 * MINUTE_MS)
    assert later.cases.keys() == later.open_cases.keys() == {"k0", "k2"}
