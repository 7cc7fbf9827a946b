"""What to order and what to move: as much as is needed, from whoever can spare it, the most urgent first."""

from dataclasses import replace

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from dispatch.domain.demand import DAY_H, HOUR_MS, ShelfHour, asked_by_shelf
from dispatch.domain.restocking import (
    Advice,
    Books,
    Need,
    Policy,
    Transfer,
    advise,
    at_depots,
    orders_after,
    transfers_between,
)
from dispatch.domain.shelf import Lot, Shelf, shelf_id

HOUR = 24 * 20_000
NOW_MS = HOUR * HOUR_MS
SURE = Policy(days=2, lead_h=24, service=0.5)
"""Half of all cycles: no safety at all, so that sums can be done in the head."""


def shelf(depot_id: str, pieces: int, *, sku: str = "tea", expires_at_ms: int = 0, reserved: int = 0) -> Shelf:
    return Shelf(depot_id, sku, (Lot("", pieces, expires_at_ms),) if pieces else (), reserved)


def daily(depot_id: str, pieces: int, sku: str = "tea", days: int = 10) -> list[ShelfHour]:
    """So many pieces at noon of each of the last days."""
    first = ShelfHour(depot_id, sku, HOUR - days * DAY_H, came=1)
    return [first, *(ShelfHour(depot_id, sku, HOUR - day * DAY_H + 12, reserved=pieces) for day in range(1, days + 1))]


def told(*shelves: Shelf, asked: dict[str, int], policy: Policy = SURE, **books: dict[str, int]) -> Advice:
    """The advice where each depot is asked for so many pieces a day."""
    hours = [hour for depot_id, pieces in asked.items() for hour in daily(depot_id, pieces)]
    return advise(Books({each.id: each for each in shelves}, **books), asked_by_shelf(hours), policy, NOW_MS)


def ordered(advice: Advice) -> dict[str, int]:
    return {order.need.depot_id: order.quantity for order in advice.orders}


def test_enough_until_the_next_delivery_is_ordered() -> None:
    """Ten a day, two days and one of waiting: thirty, less what is free; nothing where there is enough."""
    assert ordered(told(shelf("d1", 12, reserved=4), asked={"d1": 10})) == {"d1": 22}
    assert ordered(told(shelf("d1", 30), asked={"d1": 10})) == {}
    assert ordered(told(shelf("d1", 0), asked={"d1": 0})) == {}


@pytest.mark.parametrize(
    ("more", "quantity"),
    [
        ({"service": 0.95}, 30 + 9 + 1),
        ({"factor": 1.5}, 45),
        ({"days": 4.0}, 50),
        ({"lead_h": 48.0}, 40),
        ({"lead_h": 0.0, "days": 0.5}, 0),
    ],
)
def test_what_a_policy_changes(more: dict[str, float], quantity: int) -> None:
    """Safety (1.64 deviations of a Poisson demand of thirty), a holiday, a longer round, a longer way; the half day
    before noon asks for nothing."""
    advice = told(shelf("d1", 0), asked={"d1": 10}, policy=replace(SURE, **more))
    assert ordered(advice).get("d1", 0) == quantity


def test_what_waits_comes_or_expires_counts() -> None:
    """Orders that wait have to be served, too; what was ordered is not ordered twice; what expires first is no help."""
    assert ordered(told(shelf("d1", 5), asked={"d1": 10}, short={"d1/tea": 7})) == {"d1": 32}
    assert ordered(told(shelf("d1", 5), asked={"d1": 10}, coming={"d1/tea": 20})) == {"d1": 5}
    expiring = shelf("d1", 25, expires_at_ms=NOW_MS + 23 * HOUR_MS)
    assert ordered(told(expiring, asked={"d1": 10})) == {"d1": 30}


def test_who_has_too_much_gives_before_anything_is_ordered() -> None:
    """The one that runs out first takes first; what the others cannot spare is ordered."""
    shelves = shelf("d1", 60), shelf("d2", 15), shelf("d3", 2)
    advice = told(*shelves, asked={"d1": 10, "d2": 10, "d3": 10})
    assert advice.transfers == (Transfer("tea", "d1", "d3", 28), Transfer("tea", "d1", "d2", 2))
    assert ordered(advice) == {"d2": 13}
    assert [each.need.depot_id for each in at_depots(advice, ["d2"]).orders] == ["d2"]
    assert at_depots(advice, ["d3"]) == replace(advice, transfers=advice.transfers[:1], orders=())


def test_when_it_will_be_empty() -> None:
    """At the noon at which the next piece is not there; never, where nobody asks."""
    (order,) = told(shelf("d1", 15), asked={"d1": 10}).orders
    assert order.need.empty_at_ms == NOW_MS + (DAY_H + 12) * HOUR_MS and order.need.daily == pytest.approx(10)
    advice = advise(Books({"d1/tea": shelf("d1", 5)}), asked_by_shelf(daily("d1", 0)), SURE, NOW_MS)
    assert advice == Advice((), (), ())


def test_shelves_of_which_nothing_is_known_are_said_to_be() -> None:
    """Nothing is advised about them, and nobody takes what they have."""
    advice = advise(
        Books({"d1/tea": shelf("d1", 99), "d2/tea": shelf("d2", 0)}), asked_by_shelf(daily("d2", 10)), SURE, NOW_MS
    )
    assert advice.unknown == (("d1", "tea"),) and advice.transfers == () and ordered(advice) == {"d2": 30}


need = st.builds(
    Need,
    depot_id=st.sampled_from([f"d{n}" for n in range(6)]),
    sku=st.sampled_from(["tea", "rice"]),
    has=st.integers(-50, 200),
    wants=st.integers(0, 150),
    daily=st.just(1.0),
    empty_at_ms=st.integers(0, 10),
)


@for_all(st.lists(need, unique_by=lambda each: (each.depot_id, each.sku)), st.integers(0, 200))
def test_nobody_gives_what_they_need(needs: list[Need], giveable: int) -> None:
    """After all transfers and orders nobody has less than they want, givers as little as takers; no figure is below
    one; and nothing is moved that lies nowhere.
    """
    transfers = transfers_between(needs, dict.fromkeys((shelf_id(n.depot_id, n.sku) for n in needs), giveable))
    orders = orders_after(needs, transfers)
    assert all(each.quantity > 0 for each in (*transfers, *orders))
    for each in needs:
        gave = sum(t.quantity for t in transfers if (t.from_depot_id, t.sku) == (each.depot_id, each.sku))
        took = sum(t.quantity for t in transfers if (t.to_depot_id, t.sku) == (each.depot_id, each.sku))
        bought = sum(o.quantity for o in orders if o.need == each)
        assert not (gave and took) and gave <= giveable
        assert not gave or each.has - gave >= each.wants
        assert each.has - gave + took + bought >= each.wants
        assert not (took or bought) or each.has + took + bought == each.wants
