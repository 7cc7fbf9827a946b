"""The index, kept from event to event, says what a look through the whole zone would say."""

from contextlib import suppress
from random import Random

import pytest

from dispatch.application.zone_index import ZoneIndex
from dispatch.domain import commands as c
from dispatch.domain.courier import Duty
from dispatch.domain.errors import DomainError
from dispatch.domain.order import FINISHED
from dispatch.domain.zone import ZoneState
from tests.support.zones import ask, given, order, plan, planned, zone


def some_command(state: ZoneState, chance: Random, number: int) -> c.Command:
    """Something that may happen in the zone now; it may be refused, too."""
    courier_id = chance.choice(list(state.couriers))
    order_id = chance.choice(list(state.orders) or ["none"])
    stops = state.route(courier_id).stops
    stop_id = stops[0].id if stops else "none"
    free = tuple(o.id for o in state.orders.values() if not o.courier_id and o.status not in FINISHED)
    offers = [offer.id for offer in state.offers.values() if offer.courier_id == courier_id] or ["none"]
    return chance.choice(
        [
            c.CreateOrder(order(f"o{number}")),
            c.CreateOrder(order(f"o{number}", "d2")),
            plan(state, planned(state, courier_id, free[:2]), ttl_ms=chance.choice((0, 60_000))),
            c.CancelOrder(order_id, "changed my mind"),
            c.SetDuty(courier_id, chance.choice(list(Duty))),
            c.ReportProgress(courier_id, stop_id, chance.choice(list(c.StopAction)), 0, "why"),
            c.ReportProgress(courier_id, stop_id, c.StopAction.COMPLETED, 0),
            c.AcceptOffer(courier_id, offers[-1]),
            c.DeclineOffer(courier_id, offers[-1], "far"),
            c.ResolveAttempt(order_id, chance.choice(("retry", "return")), "called"),
            c.UnassignByHand(order_id, "ill"),
            c.PassTime(),
        ]
    )


@pytest.mark.parametrize("seed", range(20))
def test_the_index_is_what_a_fresh_look_would_find(seed: int) -> None:
    """Two hundred random steps of a zone: who holds what, what waits, who works, who is under way."""
    chance, state = Random(seed), zone(couriers=3, orders=2)
    index = ZoneIndex(state)
    index.rebuild()
    for number in range(200):
        with suppress(DomainError):
            for event in ask(state, some_command(state, chance, number)):
                index.heard(event)
        fresh = ZoneIndex(state)
        fresh.rebuild()
        for courier_id in state.couriers:
            found = {o.id for o in index.orders([courier_id], ())}
            assert found == {o.id for o in state.orders.values() if o.courier_id == courier_id} - finished(state)
        assert {o.id for o in index.still_waiting()} == {o.id for o in fresh.still_waiting()}
        assert set(index.map.working_ids()) == set(fresh.map.working_ids())


def finished(state: ZoneState) -> set[str]:
    """Orders whose story is over."""
    return {o.id for o in state.orders.values() if o.status in FINISHED}


def test_orders_are_found_once_and_forgotten_ones_not_at_all() -> None:
    """An order that is held and waits (goods without a stop) comes once; one that left memory does not come."""
    state = zone(couriers=1, orders=2)
    index = ZoneIndex(state)
    given(state, "c1", "o1")
    index.rebuild()
    assert [o.id for o in index.orders(["c1", "nobody"], ["o1", "o2", "gone"])] == ["o1", "o2"]
