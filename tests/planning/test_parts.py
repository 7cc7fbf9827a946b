"""The smaller rooms of planning: what is disturbed, what is independent, what to look at, and a dispatcher's choice."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.domain.order import Lock, OrderStatus
from dispatch.domain.route import PlannedRoute, PlannedStop
from dispatch.domain.vehicle import Profile
from dispatch.planning.focus import MAX_COURIERS, MAX_ORDERS, focus
from dispatch.planning.freezing import components, may_move, moved_orders, worthwhile
from dispatch.planning.objective import route_cost, tax
from dispatch.planning.problem import UNREACHABLE_MS, Plan, Problem, Rules, stops_of, visits_of
from dispatch.planning.retime import planned_route, reachable, retime
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


def rerouted(picture: Problem, courier_id: str, *stops: tuple[object, tuple[str, ...]]) -> PlannedRoute:
    """A route of these stops, truly timed."""
    made = [pick(*ids) if kind is PICK else drop(*ids) for kind, ids in stops]
    return planned_route(picture, picture.by_id[courier_id], made)


def four() -> Problem:
    """Four couriers with one order each, on a road of their own minute."""
    orders = [held(f"o{k}", 0, 1, f"c{k}") for k in range(4)]
    couriers = [plan_courier(f"c{k}", 2, planned=(pick(f"o{k}"), drop(f"o{k}"))) for k in range(4)]
    return problem(line(0, 5, 1), couriers, orders)


@pytest.mark.parametrize(
    ("fields", "free"),
    [
        ({}, True),
        ({"status": OrderStatus.ASSIGNED}, True),
        ({"status": OrderStatus.OFFERED}, False),
        ({"status": OrderStatus.EN_ROUTE_PICKUP}, False),
        ({"status": OrderStatus.PICKED_UP}, False),
        ({"status": OrderStatus.ASSIGNED, "lock": Lock.COURIER}, False),
    ],
)
def test_what_may_move(fields: dict[str, object], free: bool) -> None:
    """Only what is waiting or assigned, and not locked."""
    assert may_move(plan_order("o", 0, 1, **fields).order) is free


def test_a_plan_falls_into_the_parts_that_exchange_orders() -> None:
    """c0 and c1 exchange, c2 only reorders, so there are two parts; each can be adopted without the other."""
    picture = four()
    routes = (
        rerouted(picture, "c0", (PICK, ("o1",)), (DROP, ("o1",))),
        rerouted(picture, "c2", (PICK, ("o2",)), (DROP, ("o2",))),
        rerouted(picture, "c1", (PICK, ("o0",)), (DROP, ("o0",))),
    )
    assert moved_orders(picture, routes) == {"o1": "c0", "o0": "c1"}
    parts = components(picture, routes)
    assert [[route.courier_id for route in part] for part in parts] == [["c0", "c1"], ["c2"]]
    assert tax(picture, routes) == {
        "moved_order": 2 * picture.weights.moved_order,
        "reordered_route": 0.0,
        "reordered_soon": 0.0,
    }
    assert worthwhile(picture, Plan(7, routes, ("x",)), 1.0) == []
    assert [part.gain for part in worthwhile(picture, Plan(7, routes, ("x",)), -0.5)] == [0.0]


def test_a_known_sequence_is_taxed_when_it_changes_and_not_when_it_grows() -> None:
    """A new stop in between is no disturbance; the same stops in another order are one."""
    orders = [held("a", 0, 1, "c1"), held("b", 0, 2, "c1"), plan_order("new", 0, 1)]
    courier = plan_courier("c1", 3, planned=(pick("a", "b"), drop("a"), drop("b")))
    picture = problem(line(0, 5, 6, 1), [courier], orders)
    grown = rerouted(picture, "c1", (PICK, ("a", "b", "new")), (DROP, ("new",)), (DROP, ("a",)), (DROP, ("b",)))
    turned = rerouted(picture, "c1", (PICK, ("a", "b")), (DROP, ("b",)), (DROP, ("a",)))
    assert sum(tax(picture, [grown]).values()) == 0
    assert tax(picture, [turned])["reordered_route"] == picture.weights.reordered_route


def test_a_plan_that_visits_twice_is_taxed_and_no_error() -> None:
    """A solver may lie: its plan is weighed before the checker refuses it."""
    courier = plan_courier("c1", 3, planned=(pick("a"), drop("a")))
    picture = problem(line(0, 5, 6, 1), [courier], [held("a", 0, 1, "c1")])
    twice = rerouted(picture, "c1", (PICK, ("a",)), (DROP, ("a",)), (DROP, ("a",)))
    assert tax(picture, [twice])["reordered_route"] == picture.weights.reordered_route


def test_times_of_a_route() -> None:
    """Ride, wait for the goods, serve (one bag more takes 20 s), ride; who should have left is about to leave."""
    orders = [
        held("a", 0, 1, "c1", ready_at_ms=NOON_MS + 3 * MINUTE_MS),
        held("b", 0, 2, "c1"),
        held("old", 0, 2, "c1", status=OrderStatus.AT_DROPOFF),
    ]
    standing = replace(drop("old"), arrived_at_ms=NOON_MS - 60 * MINUTE_MS)
    courier = plan_courier("c1", 2, frozen=(standing,), planned=(pick("a", "b"), drop("a")))
    picture = problem(line(0, 5, 1), [courier], orders)
    first, second, third = retime(picture, courier, courier.stops)
    assert first.arrive_ms == NOON_MS - 60 * MINUTE_MS and first.depart_ms == NOON_MS + 30_000
    assert (second.arrive_ms, second.begin_ms) == (first.depart_ms + MINUTE_MS, NOON_MS + 3 * MINUTE_MS)
    assert second.depart_ms == NOON_MS + 4 * MINUTE_MS + 20_000
    assert third.arrive_ms == second.depart_ms + 5 * MINUTE_MS
    assert reachable((first, second, third))
    assert not reachable([replace(third, travel_ms=UNREACHABLE_MS)])


def test_lateness_hurts_more_the_longer_it_lasts() -> None:
    """Ten minutes late cost more than twice five minutes, and more still for an order with priority."""

    def cost(late_min: int, priority: int = 0) -> float:
        promise = NOON_MS + (7 - late_min) * MINUTE_MS
        order = held("o", 0, 1, "c1", promise_at_ms=promise, priority=priority)
        picture = problem(line(0, 5, 1), [plan_courier("c1", 2)], [order])
        return route_cost(picture, picture.couriers[0], (pick("o"), drop("o")))

    on_time = cost(0)
    assert cost(10) - on_time > 2 * (cost(5) - on_time) > 0
    assert cost(5, priority=1) - on_time == pytest.approx(2 * (cost(5) - on_time))


def test_visits_become_stops_by_depot_and_by_door() -> None:
    """Visits of a kind that follow each other at one place are one stop, as far as the rules say, and nobody waits."""
    orders = [plan_order("a", 0, 1), plan_order("b", 0, 1), plan_order("z", 2, 1)]
    picture = problem(line(0, 5, 9), [], orders)
    visits = [(PICK, "a"), (PICK, "b"), (PICK, "z"), (DROP, "a"), (DROP, "b"), (DROP, "z")]
    stops = stops_of(picture, visits)
    assert [stop.order_ids for stop in stops] == [("a", "b"), ("z",), ("a", "b", "z")]
    assert visits_of(stops) == visits
    doors = stops_of(replace(picture, rules=Rules(merge_doors=False)), visits)
    assert [stop.order_ids for stop in doors] == [("a", "b"), ("z",), ("a",), ("b",), ("z",)]
    later = problem(line(0, 5), [], [plan_order("a", 0, 1), plan_order("b", 0, 1, earliest_at_ms=NOON_MS)])
    assert [stop.order_ids for stop in stops_of(later, [(DROP, "a"), (DROP, "b")])] == [("a",), ("b",)]


def test_a_small_zone_is_looked_at_whole() -> None:
    """Within the limits nothing is cut away; an idle zone neither."""
    picture = random_problem(1)
    assert focus(picture, 1) is picture
    idle = problem(line(0), [plan_courier(f"c{k}", 0) for k in range(MAX_COURIERS + 1)], [])
    assert focus(idle, 1) is idle


@settings(max_examples=10)
@given(st.integers(0, 1_000))
def test_a_large_zone_is_looked_at_part_by_part(seed: int) -> None:
    """The part is small, whole in itself, over its own places only, and the same routes cost the same in it."""
    picture = random_problem(seed, couriers=40, orders=150, new=3)
    part = focus(picture, seed)
    assert len(part.couriers) <= MAX_COURIERS
    assert len(part.orders) <= MAX_ORDERS
    assert len(part.travel_ms[Profile.EBIKE]) <= 2 * len(part.orders) + len(part.couriers)
    for courier in part.couriers:
        own = picture.by_id[courier.id]
        assert route_cost(part, courier, courier.stops) == route_cost(picture, own, own.stops)
    assert focus(picture, seed + 1).couriers != part.couriers


def test_a_crowded_neighbourhood_is_cut_at_the_orders() -> None:
    """One courier with more orders than the limit is still looked at, alone."""
    orders = [held(f"o{k}", 0, 1, "c1") for k in range(MAX_ORDERS + 5)]
    ids = [order.id for order in orders]
    full = plan_courier("c1", 2, planned=(pick(*ids), *(drop(o) for o in ids)))
    others = [plan_courier(f"x{k}", 2) for k in range(3)]
    extra = held("x", 0, 1, "x0")
    others[0] = replace(others[0], planned=(pick("x"), drop("x")))
    picture = problem(line(0, 5, 1), [full, *others], [*orders, extra, plan_order("new", 0, 1)])
    part = focus(picture, 0)
    assert [courier.id for courier in part.couriers] == ["c1"]
    assert "new" not in part.orders


def test_a_planned_route_is_what_the_zone_wants_to_hear() -> None:
    """Kinds, orders, arrivals and departures; nothing else."""
    picture = problem(line(0, 5, 1), [plan_courier("c1", 2)], [plan_order("o", 0, 1)])
    route = planned_route(picture, picture.couriers[0], (pick("o"), drop("o")))
    assert route.stops[0] == PlannedStop(PICK, ("o",), NOON_MS + MINUTE_MS, NOON_MS + 2 * MINUTE_MS)
