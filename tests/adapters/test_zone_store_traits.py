"""What couriers are and orders ask for outlives the process, on every store."""

from dataclasses import replace

from dispatch.domain import commands as c
from dispatch.domain.area import Area
from dispatch.domain.courier import Break
from dispatch.domain.fee_rule import FIRST_FEES, FeeRule, SetFees
from dispatch.domain.geo import Point
from dispatch.domain.payment import Payment, PaymentState
from dispatch.domain.zone import ZoneState
from tests.support.stores import ZONE, Store, claimed, committed, decided
from tests.support.zones import courier, depot, order


async def test_what_couriers_and_orders_are_is_kept(store: Store) -> None:
    """Areas, and couriers and orders with all their traits, come back as they were."""
    claim, state = await claimed(store), ZoneState(ZONE)
    ring = (Point(60.1, 24.9), Point(60.1, 25.0), Point(60.2, 25.0))
    local = replace(courier("c9"), skills=("wine",), home_areas=("a1",), breaks=(Break(1, 2),), speed_factor=1.2)
    asking = replace(order("o1"), skills=("wine",), fragile=True, tier=2, max_ride_s=900)
    commands = [
        c.RegisterDepot(depot("d1")),
        c.RegisterArea(Area("a1", "Centre", ring)),
        c.RegisterCourier(local),
        c.CreateOrder(asking),
    ]
    await committed(store, claim, state, *(decided(state, str(n), command) for n, command in enumerate(commands)))
    loaded, _, _ = await store.load(ZONE, 0)
    assert loaded.areas == state.areas == {"a1": Area("a1", "Centre", ring)}
    assert loaded.couriers["c9"] == local and loaded.orders["o1"] == state.orders["o1"]


async def test_fees_and_payments_are_kept(store: Store) -> None:
    """The zone's rule with its version, and what an order's courier takes at the door."""
    claim, state = await claimed(store), ZoneState(ZONE)
    cash = replace(order("o1"), payment=Payment(PaymentState.CASH, 1_250, "CNY"))
    commands = [c.RegisterDepot(depot("d1")), SetFees(FeeRule(base_minor=700)), c.CreateOrder(cash)]
    assert (await store.load(ZONE, 0))[0].fees == FIRST_FEES
    await committed(store, claim, state, *(decided(state, str(n), command) for n, command in enumerate(commands)))
    loaded, _, _ = await store.load(ZONE, 0)
    assert loaded.fees == state.fees == FeeRule(1, base_minor=700)
    assert loaded.orders["o1"].payment == cash.payment
