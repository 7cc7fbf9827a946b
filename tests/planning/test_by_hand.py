"""A person's choice on a picture: the routes that it makes, and what it is said to change."""

from dataclasses import replace

import numpy as np
import pytest

from dispatch.domain.order import Lock, OrderStatus
from dispatch.domain.override import EtaEffect
from dispatch.domain.route import StopKind
from dispatch.domain.vehicle import Load
from dispatch.planning.by_hand import effects, freed, plan_assignment, plan_first, plan_sequence
from dispatch.planning.checker import violations
from dispatch.planning.problem import UNREACHABLE_MS, Plan, Problem
from dispatch.planning.retime import planned_route
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
)


def visits(route: object) -> list[tuple[StopKind, tuple[str, ...]]]:
    """A route's stops without their times."""
    return [(stop.kind, stop.order_ids) for stop in route.stops]  # type: ignore[attr-defined]


def broken(picture: Problem, route: object) -> set[str]:
    """The codes of the rules that a route breaks."""
    return {v.code for v in violations(picture, Plan(7, (route,), ("by_hand",)))}  # type: ignore[arg-type]


# --- routes -----------------------------------------------------------------------------------------------------


def test_a_dispatcher_may_choose_against_the_rules_and_is_told() -> None:
    """Too heavy, refused and off duty: the route is made all the same, and the oracle lists all three."""
    order = plan_order("o", 0, 1, load=Load(0, 0, 9), declined_by=("c1",))
    picture = problem(line(0, 5, 1), [plan_courier("c1", 2, closed="off_duty")], [order])
    route = plan_assignment(picture, ["o"], "c1")
    assert [stop.kind for stop in route.stops] == [PICK, DROP]
    assert broken(picture, route) == {"too_heavy", "declined", "off_duty"}


def test_a_choice_that_fits_breaks_nothing() -> None:
    """The order goes where it costs least in the named courier's route, within capacity."""
    orders = [held("full", 0, 1, "c1", load=Load(0, 0, 3)), plan_order("o", 0, 1, load=Load(0, 0, 2))]
    courier = plan_courier("c1", 2, planned=(pick("full"), drop("full")))
    picture = problem(line(0, 5, 1), [courier], orders)
    route = plan_assignment(picture, ["o"], "c1")
    assert broken(picture, route) == set()
    assert len(route.stops) == 4


def test_a_choice_without_a_way_comes_last_and_says_so() -> None:
    """No street leads to the door: the stops stand at the end, and the oracle names it."""
    legs = line(0, 5, 1)
    legs[:2, 1] = UNREACHABLE_MS
    np.fill_diagonal(legs, 0)
    picture = problem(legs, [plan_courier("c1", 2)], [plan_order("o", 0, 1)])
    route = plan_assignment(picture, ["o"], "c1")
    assert route.stops[-1].kind is DROP
    assert broken(picture, route) == {"unreachable"}


def test_orders_are_freed_on_the_picture() -> None:
    """They leave every stop, started ones too, and nothing binds them any more; all else stays."""
    orders = [held("a", 0, 1, "c1", lock=Lock.FULL), held("b", 0, 1, "c1"), held("x", 0, 1, "c2")]
    couriers = [
        plan_courier("c1", 2, frozen=(pick("a", "b"),), planned=(drop("a"), drop("b"))),
        plan_courier("c2", 2, planned=(pick("x"), drop("x"))),
    ]
    free = freed(problem(line(0, 5, 1), couriers, orders), ["a"])
    assert [stop.order_ids for stop in free.by_id["c1"].stops] == [("b",), ("b",)]
    assert free.by_id["c2"].stops == couriers[1].stops
    known = free.orders["a"]
    assert (known.order.status, known.order.courier_id, known.order.lock) == (OrderStatus.DISPATCHABLE, "", Lock.NONE)
    assert known.movable and free.waiting == ("a",)


def test_merged_orders_share_their_stops() -> None:
    """Two orders of one depot for two doors, one order of another depot: one visit to the depot they share, no detour.

    Without being asked for, the fast path would fetch the second one later.
    """
    minutes = line(0, 1, 2, 30, 31)
    doors = {"door_a": 1, "door_b": 2}
    late = NOON_MS + 20 * MINUTE_MS
    orders = [
        plan_order("a", 0, doors["door_a"]),
        plan_order("b", 0, doors["door_b"], ready_at_ms=late),
        plan_order("x", 3, 4),
    ]
    picture = problem(minutes, [plan_courier("c1", 0)], orders)
    apart = plan_assignment(picture, ["a", "b"], "c1")
    assert visits(apart)[0] == (PICK, ("a",))
    together = plan_assignment(picture, ["a", "b"], "c1", together=True)
    assert visits(together)[0] == (PICK, ("a", "b"))
    assert {o for _, ids in visits(together) for o in ids} == {"a", "b"}
    assert broken(picture, together) == set()


def test_merged_orders_for_one_door_are_handed_over_together() -> None:
    """From two depots to one address: the drop-offs become one stop, after both pickups."""
    orders = [plan_order("a", 0, 2), plan_order("b", 1, 2)]
    picture = problem(line(0, 20, 10), [plan_courier("c1", 0)], orders)
    together = plan_assignment(picture, ["a", "b"], "c1", together=True)
    assert visits(together)[-1] in ((DROP, ("a", "b")), (DROP, ("b", "a")))
    assert len(together.stops) == 3
    assert broken(picture, together) == set()


def route_of_three() -> Problem:
    """c1 has fetched nothing yet of three orders of depot 0 for doors at 5, 10 and 15 minutes."""
    orders = [held(o, 0, k, "c1") for k, o in enumerate("abc", 1)]
    courier = plan_courier("c1", 4, planned=(pick("a", "b", "c"), drop("a"), drop("b"), drop("c")))
    return problem(line(0, 5, 10, 15, 1), [courier], orders)


def test_a_sequence_by_hand_comes_after_what_is_started() -> None:
    """The stops in the order that was asked for, with the times that they then have."""
    picture = route_of_three()
    courier = picture.couriers[0]
    started = replace(courier, frozen=courier.planned[:1], planned=courier.planned[1:])
    route = plan_sequence(picture.with_courier(started), "c1", [drop("c"), drop("b"), drop("a")])
    assert [ids for _, ids in visits(route)] == [("a", "b", "c"), ("c",), ("b",), ("a",)]
    arrivals = [stop.arrive_at_ms for stop in route.stops]
    assert arrivals == sorted(arrivals)


@pytest.mark.parametrize(
    ("first", "wanted"),
    [(["c"], [("a", "b", "c"), ("c",), ("a",), ("b",)]), (["c", "b"], [("a", "b", "c"), ("c",), ("b",), ("a",)])],
)
def test_orders_are_pulled_forward(first: list[str], wanted: list[tuple[str, ...]]) -> None:
    """The depot visit that they need stays whole and comes first, then their doors in the order named."""
    picture = route_of_three()
    route = plan_first(picture, "c1", first)
    assert [ids for _, ids in visits(route)] == wanted
    assert broken(picture, route) == set()


def test_an_order_for_a_shared_door_is_pulled_forward_alone() -> None:
    """Its neighbour's goods are not on board yet: the common stop is split."""
    orders = [held("a", 0, 2, "c1"), held("b", 1, 2, "c1")]
    courier = plan_courier("c1", 3, planned=(pick("a"), pick("b"), drop("a", "b")))
    picture = problem(line(0, 20, 10, 1), [courier], orders)
    route = plan_first(picture, "c1", ["a"])
    assert visits(route) == [(PICK, ("a",)), (DROP, ("a",)), (PICK, ("b",)), (DROP, ("b",))]


# --- what a choice changes --------------------------------------------------------------------------------------


def moved(picture: Problem, order_id: str, courier_id: str) -> Problem:
    """The picture after an order has gone to a courier."""
    free = freed(picture, [order_id])
    route = plan_assignment(free, [order_id], courier_id)
    known = free.orders[order_id]
    given = replace(known, order=replace(known.order, status=OrderStatus.ASSIGNED, courier_id=courier_id))
    stops = tuple(pick(*s.order_ids) if s.kind is PICK else drop(*s.order_ids) for s in route.stops)
    after = free.with_courier(replace(free.by_id[courier_id], planned=stops))
    return replace(after, orders={**after.orders, order_id: given})


def two_couriers() -> Problem:
    """c1, far away, has a and b; c2 stands at the depot, idle."""
    orders = [held("a", 0, 1, "c1"), held("b", 0, 2, "c1")]
    busy = plan_courier("c1", 3, planned=(pick("a", "b"), drop("a"), drop("b")))
    return problem(line(0, 5, 12, 20, 0), [busy, plan_courier("c2", 4)], orders)


def test_arrivals_and_costs_before_and_after() -> None:
    """b goes to the courier who stands at its depot: it comes 22 minutes sooner, a is not held up by it any more.

    Lateness and travel are compared term by term, and moving the order is taxed.
    """
    before = two_couriers()
    told = effects(before, moved(before, "b", "c2"), ["b"])
    assert told.plan_version == 7
    arrivals = {eta.order_id: (eta.without_at_ms - NOON_MS, eta.with_at_ms - NOON_MS) for eta in told.etas}
    assert arrivals["b"] == (20 * MINUTE_MS + 80_000 + 5 * MINUTE_MS + MINUTE_MS + 7 * MINUTE_MS, 13 * MINUTE_MS)
    assert "a" not in arrivals
    terms = {term.name: term for term in told.terms}
    assert (terms["moved_order"].before_s, terms["moved_order"].after_s) == (0.0, before.weights.moved_order)
    assert terms["late"].after_s < terms["late"].before_s
    assert "unserved" not in terms
    before_s = sum(term.before_s for term in told.terms)
    assert before_s == pytest.approx(sum_of(before), abs=1.0)


def sum_of(picture: Problem) -> float:
    """What the objective says of the routes as they are."""
    from dispatch.planning.objective import route_cost

    return sum(route_cost(picture, courier, courier.stops) for courier in picture.couriers)


def test_others_who_are_held_up_are_told_of() -> None:
    """Pulling c forward costs a and b their time: all three are in the list."""
    before = route_of_three()
    route = plan_first(before, "c1", ["c"])
    stops = (pick("a", "b", "c"), drop("c"), drop("a"), drop("b"))
    after = before.with_courier(replace(before.couriers[0], planned=stops))
    told = {eta.order_id: eta for eta in effects(before, after, ["c"]).etas}
    assert set(told) == {"a", "b", "c"}
    assert told["c"].with_at_ms == route.stops[1].arrive_at_ms < told["c"].without_at_ms
    assert told["a"].with_at_ms > told["a"].without_at_ms


def test_an_order_that_nobody_has_is_compared_with_what_the_system_would_do() -> None:
    """By itself the system would give it to c2, who stands at the depot; a person gives it to c1, 20 minutes away."""
    orders = [plan_order("o", 0, 1)]
    couriers = [plan_courier("c1", 2), plan_courier("c2", 3)]
    before = problem(line(0, 5, 20, 0), couriers, orders)
    (eta,) = effects(before, moved(before, "o", "c1"), ["o"]).etas
    assert eta == EtaEffect("o", NOON_MS + 30 * MINUTE_MS, NOON_MS + 6 * MINUTE_MS, NOON_MS + 26 * MINUTE_MS)


def test_a_freed_order_is_expected_where_the_system_would_put_it() -> None:
    """Taken from c1, who is not to be asked again, it would go to c2."""
    before = two_couriers()
    free = freed(before, ["b"])
    known = free.orders["b"]
    after = replace(free, orders={**free.orders, "b": replace(known, order=replace(known.order, declined_by=("c1",)))})
    (eta,) = effects(before, after, ["b"]).etas
    assert eta.with_at_ms == NOON_MS + 13 * MINUTE_MS


def test_an_order_that_is_held_is_expected_nowhere() -> None:
    """It left the picture: nobody knows when it comes, and its courier's other orders come as they come."""
    before = two_couriers()
    free = freed(before, ["b"])
    after = replace(free, orders={"a": free.orders["a"]})
    (eta,) = effects(before, after, ["b"]).etas
    assert eta.without_at_ms > 0 and (eta.with_at_ms, eta.promise_at_ms) == (0, NOON_MS + 30 * MINUTE_MS)
    (back,) = effects(after, free, ["b"]).etas
    assert (back.without_at_ms, back.with_at_ms > 0) == (0, True)
    (ghost,) = effects(after, after, ["b"]).etas
    assert (ghost.promise_at_ms, ghost.without_at_ms, ghost.with_at_ms) == (0, 0, 0)


def test_an_order_without_anybody_is_unserved() -> None:
    """Nobody may take it: the price of an unserved order stands in both columns."""
    order = plan_order("o", 0, 1, declined_by=("c1",))
    picture = problem(line(0, 5, 1), [plan_courier("c1", 2)], [order])
    told = effects(picture, picture, ["o"])
    price_s = picture.weights.unserved
    assert [(t.name, t.before_s, t.after_s) for t in told.terms] == [("unserved", price_s, price_s)]


def test_urgency_is_priced_alike_before_and_after() -> None:
    """An order that became urgent without moving costs the same in both columns."""
    before = two_couriers()
    known = before.orders["b"]
    urgent = replace(known, order=replace(known.order, priority=9))
    after = replace(before, orders={**before.orders, "b": urgent})
    told = effects(before, after, ["b"])
    assert all(term.before_s == term.after_s for term in told.terms)
    assert {"late", "travel"} <= {term.name for term in told.terms}
    assert visits(planned_route(after, after.couriers[0], after.couriers[0].stops))
