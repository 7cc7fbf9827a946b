"""Whom to ask: rides to the pickup, prices of a refusal, freelancers, rivals for the same orders."""

import numpy as np
import pytest

from dispatch.domain.offer import Offer, OfferStatus
from dispatch.planning.acceptance import Acceptance
from dispatch.planning.asking import (
    WORSE_BY_S,
    approaches_s,
    not_to_be_asked,
    rival_routes,
    with_prices,
    with_refusals,
)
from dispatch.planning.checker import violations
from dispatch.planning.insertion import insert_waiting
from dispatch.planning.problem import Plan, Problem
from tests.support.planning import DROP, NOON_MS, PICK, drop, held, line, pick, plan_courier, plan_order, problem
from tests.support.planning import random_problem as some_city


def three_couriers() -> Problem:
    """A depot at 0 with a new order for 5; couriers at 1, 2 and 3, the last of them on the way past the depot."""
    couriers = [plan_courier(f"c{k}", k + 2) for k in (1, 2)]
    busy = plan_courier("c3", 5, planned=(pick("old"), drop("old")))
    orders = [plan_order("new", 0, 1), held("old", 0, 1, "c3")]
    return problem(line(0, 5, 99, 1, 2, 3), [*couriers, busy], orders)


def chosen(seen: Problem) -> str:
    """The courier who gets the new order."""
    (route,) = insert_waiting(seen).routes
    return route.courier_id


def test_the_ride_to_a_pickup_is_from_where_they_come_nearest() -> None:
    """From where they stand, or from the stop that is there already."""
    seen = three_couriers()
    away_s = approaches_s(seen, seen.couriers, [seen.orders["new"]])
    assert away_s.tolist() == [[60.0], [120.0], [0.0]]


def test_a_probable_refusal_costs_what_the_timer_costs() -> None:
    """1 - p of the price, on top of what the order costs already; orders that somebody has are left alone."""
    seen = three_couriers()
    model = Acceptance(Offer("of", "c1", ("o",), NOON_MS, NOON_MS, OfferStatus.DECLINED, 60) for _ in range(30))
    priced = with_refusals(seen, model, 100.0)
    taxes = priced.orders["new"].taxes
    assert taxes["c1"] == pytest.approx(100 * (1 - model.chance("c1", 60, NOON_MS)))
    assert taxes["c1"] > 90
    assert priced.orders["old"].taxes == {}
    assert with_refusals(priced, model, 100.0).orders["new"].taxes["c1"] == pytest.approx(2 * taxes["c1"])


def test_who_missed_the_offer_counts_as_a_refusal() -> None:
    """Whatever their history says: this order they have left unanswered just now."""
    taxes = with_refusals(three_couriers(), Acceptance(), 100.0, {"new": ["c2"]}).orders["new"].taxes
    assert taxes["c2"] == 100.0
    assert taxes["c1"] == pytest.approx(15.0)


def test_nothing_waits_and_nothing_is_priced() -> None:
    """Without a waiting order, or without couriers, the picture stays as it is."""
    idle = problem(line(0, 10, 1), [plan_courier("c1", 2)], [])
    assert with_refusals(idle, Acceptance(), 100.0) is idle
    empty = problem(line(0, 10), [], [plan_order("new", 0, 1)])
    assert with_refusals(empty, Acceptance(), 100.0) is empty


def test_freelancers_are_asked_when_the_own_fleet_is_too_far() -> None:
    """A price on every order of theirs: the own courier a minute farther gets it, one that is far does not."""
    seen = problem(line(0, 10, 1, 2), [plan_courier("own", 3), plan_courier("free", 2)], [plan_order("new", 0, 1)])
    assert chosen(seen) == "free"
    assert chosen(with_prices(seen, {"free"}, 300.0)) == "own"
    assert chosen(with_prices(seen, {"free"}, 30.0)) == "free"


def test_who_is_not_to_be_asked_yet_is_left_out() -> None:
    """As if they had refused: the order goes to the next one, or to nobody."""
    seen = problem(line(0, 10, 1, 2), [plan_courier("own", 3), plan_courier("free", 2)], [plan_order("new", 0, 1)])
    assert chosen(not_to_be_asked(seen, ["new"], ["free"])) == "own"
    assert insert_waiting(not_to_be_asked(seen, ["new"], ["free", "own"])).refused == {"new": "everyone_declined"}


def test_the_next_best_couriers_are_rivals() -> None:
    """For an order that the first would get: the others by what it costs with them, each on their whole route."""
    seen = three_couriers()
    (best,) = insert_waiting(seen).routes
    rivals = rival_routes(seen, ["new"], best, 2)
    assert [best.courier_id, *(route.courier_id for route in rivals)] == ["c3", "c1", "c2"]
    assert [(stop.kind, stop.order_ids) for stop in rivals[0].stops] == [(PICK, ("new",)), (DROP, ("new",))]
    assert [route.courier_id for route in rival_routes(seen, ["new"], best, 1)] == ["c1"]


def test_nobody_is_asked_who_would_be_far_worse_or_has_refused() -> None:
    """An hour away is no rival of a minute away; neither is who said no."""
    far = problem(line(0, 10, 1, 60), [plan_courier("c1", 2), plan_courier("c2", 3)], [plan_order("new", 0, 1)])
    (best,) = insert_waiting(far).routes
    assert rival_routes(far, ["new"], best, 3) == []
    near = problem(
        line(0, 10, 1, 2),
        [plan_courier("c1", 2), plan_courier("c2", 3)],
        [plan_order("new", 0, 1, declined_by=("c2",))],
    )
    (best,) = insert_waiting(near).routes
    assert rival_routes(near, ["new"], best, 3) == []
    assert WORSE_BY_S < 3_600


@pytest.mark.parametrize("seed", range(25))
def test_every_rivals_route_passes_the_checker(seed: int) -> None:
    """In random cities: each route could be adopted, has all the orders, and keeps those that its courier had."""
    seen = some_city(seed, couriers=6, orders=16, new=4)
    for best in insert_waiting(seen).routes:
        new = [o for o in dict.fromkeys(o for s in best.stops for o in s.order_ids) if o in seen.waiting]
        new = [order_id for order_id in new if not seen.orders[order_id].order.courier_id]
        for route in rival_routes(seen, new, best, 3):
            assert violations(seen, Plan(seen.version, (route,), ("test",))) == []
            before = {o for stop in seen.by_id[route.courier_id].stops for o in stop.order_ids}
            assert {o for stop in route.stops for o in stop.order_ids} == before | set(new)
            assert route.courier_id != best.courier_id
    assert np.isfinite(approaches_s(seen, seen.couriers, list(seen.orders.values()))).all()
