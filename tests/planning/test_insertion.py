"""Insertion: new orders go where they cost least, and nothing that must stay is touched."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.domain.order import Lock, OrderStatus
from dispatch.domain.vehicle import Load
from dispatch.planning.checker import violations
from dispatch.planning.insertion import BATCH, insert_waiting
from dispatch.planning.objective import gain, planned_stops, route_cost
from dispatch.planning.problem import UNREACHABLE_MS
from dispatch.planning.terms import Weights
from tests.support.planning import (
    DROP,
    MINUTE_MS,
    NOON_MS,
    PICK,
    drop,
    held,
    line,
    pick,
    plan_courier,
    plan_order,
    problem,
    random_problem,
)


def test_the_nearest_idle_courier_gets_the_order() -> None:
    """One order, two idle couriers: the one who is nearer to the depot rides, with exact times."""
    picture = problem(line(10, 20, 0, 12), [plan_courier("far", 2), plan_courier("near", 3)], [plan_order("o", 0, 1)])
    plan = insert_waiting(picture)
    (route,) = plan.routes
    assert route.courier_id == "near"
    assert [(s.kind, s.arrive_at_ms - NOON_MS) for s in route.stops] == [(PICK, 2 * MINUTE_MS), (DROP, 13 * MINUTE_MS)]
    assert violations(picture, plan) == []
    assert plan.gain > picture.weights.unserved / 2


def test_who_missed_the_offer_is_asked_last() -> None:
    """The nearer courier did not answer: the other one is asked; and with nobody else, the same one again."""
    order = plan_order("o", 0, 1, missed_by="near")
    far, near = plan_courier("far", 2), plan_courier("near", 3)
    (route,) = insert_waiting(problem(line(10, 20, 0, 12), [far, near], [order])).routes
    assert route.courier_id == "far"
    (route,) = insert_waiting(problem(line(10, 20, 0, 12), [near], [order])).routes
    assert route.courier_id == "near"


def test_orders_of_one_depot_are_bundled() -> None:
    """Two doors behind each other: one courier takes both, in one pickup stop, though another one idles."""
    orders = [plan_order("a", 0, 1), plan_order("b", 0, 2)]
    picture = problem(line(5, 15, 16, 5, 0), [plan_courier("c1", 3), plan_courier("c2", 4)], orders)
    (route,) = insert_waiting(picture).routes
    assert [stop.order_ids for stop in route.stops] == [("b", "a"), ("a",), ("b",)] or [
        stop.order_ids for stop in route.stops
    ] == [("a", "b"), ("a",), ("b",)]


def test_a_pickup_on_the_way_is_interleaved() -> None:
    """Goods on board for the end of the road, a new order between two places before it: picked up and dropped first."""
    orders = [
        plan_order("far", 0, 4, status=OrderStatus.PICKED_UP, courier_id="c1"),
        plan_order("new", 1, 2),
    ]
    courier = plan_courier("c1", 3, planned=(drop("far"),), on_board=Load(1_000, 1_000, 1))
    (route,) = insert_waiting(problem(line(0, 4, 8, 2, 12), [courier], orders)).routes
    assert [(stop.kind, stop.order_ids) for stop in route.stops] == [
        (PICK, ("new",)),
        (DROP, ("new",)),
        (DROP, ("far",)),
    ]


def test_a_started_stop_stays_first_and_is_not_merged_into() -> None:
    """The courier stands at the depot of the new order: its pickup is a stop of its own behind the started one."""
    orders = [held("old", 0, 1, "c1", status=OrderStatus.AT_PICKUP), plan_order("new", 0, 2)]
    arrived = pick("old", arrived_at_ms=NOON_MS - MINUTE_MS)
    courier = plan_courier("c1", 0, frozen=(arrived,), planned=(drop("old"),))
    picture = problem(line(0, 5, 6), [courier], orders)
    plan = insert_waiting(picture)
    assert [stop.order_ids for stop in plan.routes[0].stops][:2] == [("old",), ("new",)]
    assert plan.routes[0].stops[0].arrive_at_ms == NOON_MS - MINUTE_MS
    assert violations(picture, plan) == []


def test_goods_on_board_without_a_stop_get_their_drop_off_back() -> None:
    """A failed attempt shall be tried again: only the drop-off is added, for the courier who has the goods."""
    again = plan_order("again", 0, 1, status=OrderStatus.PICKED_UP, courier_id="c2")
    couriers = [plan_courier("c1", 1), plan_courier("c2", 2, on_board=Load(1_000, 1_000, 1), closed="off_duty")]
    plan = insert_waiting(problem(line(0, 5, 9), couriers, [again]))
    assert [(r.courier_id, [s.kind for s in r.stops]) for r in plan.routes] == [("c2", [DROP])]


@pytest.mark.parametrize(
    ("courier", "order", "reason"),
    [
        ({"closed": "off_duty"}, {}, "no_courier_on_duty"),
        ({"closed": "no_position"}, {}, "no_position"),
        ({"closed": "position_lost"}, {}, "no_position"),
        ({}, {"declined_by": ("c1",)}, "everyone_declined"),
        ({}, {"lock": Lock.COURIER, "courier_id": "c2"}, "everyone_declined"),
        ({}, {"load": Load(0, 0, 5)}, "too_heavy"),
        ({"on_board": Load(0, 0, 4)}, {}, "all_busy"),
    ],
)
def test_an_order_that_nobody_can_take_says_why(
    courier: dict[str, object], order: dict[str, object], reason: str
) -> None:
    """Each refusal names what rules out the last courier who was left."""
    picture = problem(line(0, 5, 9), [plan_courier("c1", 2, **courier)], [plan_order("o", 0, 1, **order)])
    plan = insert_waiting(picture)
    assert (plan.routes, plan.refused) == ((), {"o": reason})


def test_a_zone_without_couriers_says_so() -> None:
    """No courier at all is nobody on duty."""
    assert insert_waiting(problem(line(0, 5), [], [plan_order("o", 0, 1)])).refused == {"o": "no_courier_on_duty"}


def test_an_island_is_unreachable() -> None:
    """No way to the door: the order waits with that reason."""
    legs = line(0, 5, 9)
    legs[:2, 1] = UNREACHABLE_MS
    picture = problem(legs, [plan_courier("c1", 2)], [plan_order("o", 0, 1)])
    assert insert_waiting(picture).refused == {"o": "unreachable"}


def test_a_full_route_takes_no_more() -> None:
    """The limit of orders a route holds while the orders come in one go: the others are looked at again."""
    orders = [plan_order(f"o{k}", 0, 1) for k in range(3)]
    weights = Weights(max_route_orders=2)
    picture = problem(line(0, 5, 1), [plan_courier("c1", 2)], orders, weights)
    plan = insert_waiting(picture)
    assert sorted(plan.refused.values()) == ["queued"]
    orders = [held("o0", 0, 1, "c1"), held("o1", 0, 1, "c1"), plan_order("o2", 0, 1)]
    courier = plan_courier("c1", 2, planned=(pick("o0", "o1"), drop("o0"), drop("o1")))
    assert insert_waiting(problem(line(0, 5, 1), [courier], orders, weights)).refused == {"o2": "all_busy"}


def test_the_urgent_ones_come_first_in_a_flood() -> None:
    """More orders than one go takes: those with the earliest promises are placed, the others queue."""
    orders = [plan_order(f"o{k:03}", 0, 1, promise_at_ms=NOON_MS + k * MINUTE_MS) for k in range(BATCH + 2)]
    couriers = [plan_courier(f"c{k}", 2) for k in range(10)]
    plan = insert_waiting(problem(line(0, 5, 1), couriers, orders))
    assert plan.refused == {f"o{BATCH:03}": "queued", f"o{BATCH + 1:03}": "queued"}


def test_only_the_named_orders_are_placed() -> None:
    """Orders that are not due yet stay out."""
    picture = problem(line(0, 5, 1), [plan_courier("c1", 2)], [plan_order("now", 0, 1), plan_order("later", 0, 1)])
    (route,) = insert_waiting(picture, ["now"]).routes
    assert {o for stop in route.stops for o in stop.order_ids} == {"now"}


@settings(max_examples=60)
@given(st.integers(0, 10_000))
def test_every_inserted_plan_passes_the_oracle(seed: int) -> None:
    """Whatever the city, the plan breaks no rule, serves whom it can, and repeats itself."""
    picture = random_problem(seed)
    plan = insert_waiting(picture)
    assert violations(picture, plan) == []
    served = {o for route in plan.routes for stop in route.stops for o in stop.order_ids}
    assert {*plan.refused} == {o for o in picture.waiting if o not in served}
    assert insert_waiting(picture) == plan


def test_the_gain_of_a_plan_is_what_it_saves() -> None:
    """Serving one more order is worth the price of leaving it, less what the ride costs."""
    picture = problem(line(0, 5, 1), [plan_courier("c1", 2)], [plan_order("o", 0, 1)])
    plan = insert_waiting(picture)
    cost = route_cost(picture, picture.couriers[0], planned_stops(picture, plan.routes[0]))
    assert gain(picture, plan.routes) == pytest.approx(picture.weights.unserved - cost)
