"""A door that moves while its order is on a route: where its visit goes, and when there is no place for it."""

from dataclasses import replace

from dispatch.domain.order import Direction, Lock, OrderStatus
from dispatch.domain.route import PlannedRoute
from dispatch.planning.moved_door import expected_ms, plan_moved_door
from dispatch.planning.problem import Problem
from tests.support.planning import MINUTE_MS, NOON_MS, drop, held, line, pick, plan_courier, plan_order, problem

ROAD = line(0, 2, 4, 6, 8, 20, 60)
"""Place 0 is the depot, 5 lies far out, 6 farther than anybody should ride."""
ABOARD = OrderStatus.PICKED_UP
LATE_MS = NOON_MS + 200 * MINUTE_MS


def visits(route: PlannedRoute | None) -> list[tuple[str, tuple[str, ...]]]:
    """The stops in short."""
    assert route is not None
    return [(stop.kind.value, stop.order_ids) for stop in route.stops]


def with_two(door: int, **fields: object) -> Problem:
    """c1 at the depot has a and b on board, first a; a's door is at this place by now, b's at place 2."""
    orders = [
        held("a", 0, door, "c1", status=ABOARD, promise_at_ms=LATE_MS),
        held("b", 0, 2, "c1", status=ABOARD, **fields),
    ]
    return problem(ROAD, [plan_courier("c1", 0, planned=(drop("a"), drop("b")))], orders)


def test_a_door_farther_out_is_visited_later() -> None:
    """It costs less behind the other one."""
    assert visits(plan_moved_door(with_two(3), "c1", "a", {})) == [("dropoff", ("b",)), ("dropoff", ("a",))]
    assert visits(plan_moved_door(with_two(1), "c1", "a", {})) == [("dropoff", ("a",)), ("dropoff", ("b",))]


def test_a_door_that_is_another_s_by_now_is_one_stop() -> None:
    """Nobody rings twice."""
    assert visits(plan_moved_door(with_two(2), "c1", "a", {})) == [("dropoff", ("a", "b"))]


def test_a_promise_that_was_kept_is_kept() -> None:
    """b is due in 5 minutes: a goes behind, however much that costs. Where b is late anyway, no more than it was."""
    tight = with_two(1, promise_at_ms=NOON_MS + 5 * MINUTE_MS)
    assert visits(plan_moved_door(tight, "c1", "a", {})) == [("dropoff", ("a",)), ("dropoff", ("b",))]
    due = with_two(1, promise_at_ms=NOON_MS + 4 * MINUTE_MS)
    in_time = {"b": NOON_MS + 4 * MINUTE_MS}
    assert visits(plan_moved_door(due, "c1", "a", in_time)) == [("dropoff", ("b",)), ("dropoff", ("a",))]
    as_before = {"b": NOON_MS + 9 * MINUTE_MS}
    assert visits(plan_moved_door(due, "c1", "a", as_before)) == [("dropoff", ("a",)), ("dropoff", ("b",))]


def test_where_everybody_would_be_late_there_is_no_place() -> None:
    """Two orders whose sequence a dispatcher locked: the first one's new door is too far out for the second."""
    orders = [
        held("a", 0, 5, "c1", promise_at_ms=LATE_MS),
        held("b", 0, 2, "c1", promise_at_ms=NOON_MS + 10 * MINUTE_MS, lock=Lock.SEQUENCE),
    ]
    orders[0] = replace(orders[0], order=replace(orders[0].order, lock=Lock.SEQUENCE))
    stuck = problem(ROAD, [plan_courier("c1", 0, planned=(pick("a", "b"), drop("a"), drop("b")))], orders)
    assert plan_moved_door(stuck, "c1", "a", {"b": NOON_MS + 5 * MINUTE_MS}) is None


def test_the_drop_off_stays_behind_its_pickup() -> None:
    """Before pickup the door may be anywhere behind it; a return's door stays in front of its depot."""
    orders = [held("a", 0, 3, "c1", promise_at_ms=LATE_MS), held("b", 0, 1, "c1", promise_at_ms=LATE_MS)]
    route = (pick("b"), drop("b"), pick("a"), drop("a"))
    found = plan_moved_door(problem(ROAD, [plan_courier("c1", 1, planned=route)], orders), "c1", "a", {})
    assert visits(found).index(("dropoff", ("a",))) > visits(found).index(("pickup", ("a",)))
    back = held("r", 3, 0, "c1", promise_at_ms=LATE_MS, direction=Direction.RETURN)
    mixed = [back, held("b", 0, 1, "c1", status=ABOARD, promise_at_ms=LATE_MS)]
    there = problem(ROAD, [plan_courier("c1", 1, planned=(pick("r"), drop("r"), drop("b")))], mixed)
    assert [kind for kind, ids in visits(plan_moved_door(there, "c1", "r", {})) if ids == ("r",)] == [
        "pickup",
        "dropoff",
    ]


def test_a_visit_that_is_held_in_place_moves_with_its_stop() -> None:
    """A dispatcher's lock keeps the sequence; alone at its stop, the door is elsewhere and nothing else changes."""
    orders = [held("a", 0, 3, "c1", status=ABOARD, promise_at_ms=LATE_MS, lock=Lock.POSITION)]
    courier = plan_courier("c1", 0, frozen=(drop("a"),))
    found = plan_moved_door(problem(ROAD, [courier], orders), "c1", "a", {})
    assert visits(found) == [("dropoff", ("a",))]
    assert found is not None and found.stops[0].arrive_at_ms == NOON_MS + 6 * MINUTE_MS


def test_an_order_that_waits_is_expected_where_the_fast_path_puts_it() -> None:
    """With nobody on duty nobody knows."""
    order = plan_order("a", 0, 2)
    seen = problem(ROAD, [plan_courier("c1", 0)], [order])
    assert expected_ms(seen, ("a",)) == {"a": NOON_MS + 5 * MINUTE_MS}
    closed = problem(ROAD, [plan_courier("c1", 0, closed="off_duty")], [order])
    assert expected_ms(closed, ("a",)) == {}
