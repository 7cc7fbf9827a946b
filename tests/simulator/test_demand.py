"""When orders come, where from and where to."""

from itertools import islice, takewhile

import pytest

from dispatch.domain.geo import Point, distance_m
from dispatch.roads.city import City
from dispatch.roads.generate import generate_city
from simulator.chance import stream
from simulator.demand import HOUR_MS, REACH_M, Customers, DayCurve, arrivals, spread_depots, weight_at

MIDNIGHT_MS = 1_700_000_000_000


@pytest.fixture(scope="module")
def town() -> City:
    """A town of 2 km."""
    return generate_city(2_000, 7)


def test_a_run_begins_with_the_mean_asked_for() -> None:
    """Whatever the hour on the wall: the day is laid so that it starts at the mean."""
    assert DayCurve(120, MIDNIGHT_MS).per_hour(MIDNIGHT_MS) == pytest.approx(120)


def test_the_day_has_a_midday_and_an_evening_peak() -> None:
    """More than the hours before and after each, and little at night."""
    assert weight_at(12.5) > weight_at(10.5) and weight_at(12.5) > weight_at(15.0)
    assert weight_at(19.5) > weight_at(15.0) and weight_at(19.5) > weight_at(23.0)
    assert weight_at(3.0) < 0.1
    assert weight_at(24.2) == pytest.approx(weight_at(0.2))


def test_as_many_orders_as_the_curve_says() -> None:
    """Over 200 first hours, the number of orders is that of the curve's integral, to its own noise."""
    curve = DayCurve(120, MIDNIGHT_MS)
    expected = sum(curve.per_hour(MIDNIGHT_MS + minute * 60_000) / 60 for minute in range(60))
    counted = [
        sum(1 for _ in takewhile(lambda at_ms: at_ms < MIDNIGHT_MS + HOUR_MS, arrivals(curve, stream(seed, "n"))))
        for seed in range(200)
    ]
    assert sum(counted) / 200 == pytest.approx(expected, rel=0.02)


def test_arrivals_rise_and_repeat_with_the_seed() -> None:
    """The same seed gives the same moments."""
    first, again = (list(islice(arrivals(DayCurve(60, 0), stream(7, "n")), 50)) for _ in range(2))
    assert first == again
    assert first == sorted(first)


def test_depots_are_shops_far_from_each_other(town: City) -> None:
    """As many as asked for or as there are, all different."""
    depots = spread_depots(town, 3)
    assert len({depot.name for depot in depots}) == 3
    assert min(distance_m(a.place, b.place) for a in depots for b in depots if a is not b) > 400
    assert set(spread_depots(town, 100)) == {shop for shop in town.shops if town.box.contains(shop.place)}


def test_orders_are_what_the_server_takes(town: City) -> None:
    """Within reach of a depot, ready 0-3 min and promised 40-45 min after they were placed; the same for a seed."""
    depots = [shop.place for shop in spread_depots(town, 3)]
    orders = [Customers(town, depots, 7).order(1, MIDNIGHT_MS) for _ in range(2)]
    assert orders[0] == orders[1]
    customers = Customers(town, depots, 7)
    doors = {
        address.place for address in town.addresses if any(distance_m(address.place, d) <= REACH_M for d in depots)
    }
    for number in range(50):
        order = customers.order(number, MIDNIGHT_MS)
        assert 0 <= order["ready_at_ms"] - MIDNIGHT_MS <= 180_000
        assert 2_400_000 <= order["promise_at_ms"] - MIDNIGHT_MS <= 2_700_000
        assert 0 < order["load"]["weight_g"] <= 12_000
        door = Point(order["dropoff"]["lat"], order["dropoff"]["lon"])
        assert door in doors
        assert town.box.contains(door), "the server serves nobody else"
