"""The oracle's rules, one by one: a plan that keeps each by the smallest step passes, one that breaks it is named."""

from dataclasses import replace

import pytest

from dispatch.domain.order import Lock, OrderStatus
from dispatch.domain.route import PlannedRoute, PlannedStop, StopKind
from dispatch.domain.vehicle import Load
from dispatch.planning.checker import violations
from dispatch.planning.objective import route_costs
from dispatch.planning.problem import Option, Plan, PlanCourier, PlanOrder, Problem, Rules
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

DEPOT, OTHER, NEAR, FAR = 0, 1, 2, 3
ROAD = line(0, 2, 5, 10)
"""Two depots and two doors on a straight road, by their minutes from its beginning."""


def at(kind: StopKind, orders: str, arrive_min: float, depart_min: float, depot_id: str = "") -> PlannedStop:
    """A stop for orders like `a+b`, in minutes after noon."""
    times = (NOON_MS + round(minute * MINUTE_MS) for minute in (arrive_min, depart_min))
    return PlannedStop(kind, tuple(orders.split("+")), *times, depot_id)


def own(order_id: str, dropoff: int, **fields: object) -> PlanOrder:
    """An order of c's."""
    return held(order_id, DEPOT, dropoff, "c", **fields)


def picture(*orders: PlanOrder, rules: Rules | None = None, **courier: object) -> Problem:
    """One courier c, who stands at the first depot."""
    base = problem(ROAD, [plan_courier("c", DEPOT, **courier)], orders)
    return replace(base, rules=rules or Rules())


def codes(base: Problem, *stops: PlannedStop) -> set[str]:
    """What the oracle finds in a plan with this route for c."""
    return {found.code for found in violations(base, Plan(7, (PlannedRoute("c", stops),), ("test",)))}


def with_courier(base: Problem, **changes: object) -> Problem:
    """The same picture with c changed."""
    (courier,) = base.couriers
    changed: PlanCourier = replace(courier, **changes)  # type: ignore[arg-type]
    return base.with_courier(changed)


AB = (own("a", NEAR), own("b", FAR))
AS_IT_IS = (pick("a"), drop("a"), pick("b"), drop("b"))
"""c's running route: one order after the other."""
KEPT = (at(PICK, "a", 0, 1), at(DROP, "a", 6, 7), at(PICK, "b", 12, 13), at(DROP, "b", 23, 24))
JOINT = (at(PICK, "a+b", 0, 1.5), at(DROP, "a", 6.5, 7.5), at(DROP, "b", 12.5, 13.5))


# --- who may have an order -------------------------------------------------------------------------------------


def test_a_skill_that_is_needed() -> None:
    """Who lacks it gets no such order; who has such an order already keeps it."""
    wine = plan_order("w", DEPOT, NEAR, skills=("wine",))
    stops = (at(PICK, "w", 0, 1), at(DROP, "w", 6, 7))
    assert codes(picture(wine), *stops) == {"unskilled"}
    assert codes(picture(wine, skills=frozenset({"wine"})), *stops) == set()
    assert codes(picture(own("w", NEAR, skills=("wine",)), planned=(pick("w"), drop("w"))), *stops) == set()


def test_a_learner_has_a_number() -> None:
    """No further order beyond it; the orders that a learner has already may be planned anew."""
    new = plan_order("b", DEPOT, FAR)
    base = picture(AB[0], new, planned=AS_IT_IS[:2])
    assert codes(with_courier(base, max_orders=2), *JOINT) == set()
    assert codes(with_courier(base, max_orders=1), *JOINT) == {"too_many_orders"}
    assert codes(picture(*AB, planned=AS_IT_IS, max_orders=1), *JOINT) == set()


@pytest.mark.parametrize("load", [Load(1, 0, 0), Load(0, 1, 0), Load(0, 0, 1)])
def test_every_dimension_of_a_load_counts(load: Load) -> None:
    """Weight, volume, number: two of it where one fits."""
    orders = [replace(order, order=replace(order.order, load=load)) for order in AB]
    base = with_courier(picture(*orders, planned=AS_IT_IS), capacity=load)
    assert codes(base, *KEPT) == set()
    assert codes(base, *JOINT) == {"too_heavy"}


def test_an_overload_that_a_dispatcher_wanted_is_kept() -> None:
    """As the route stands two are carried where one fits: two may stay, three may not be."""
    base = picture(*AB, plan_order("n", DEPOT, NEAR), planned=(pick("a", "b"), drop("a"), drop("b")))
    small = with_courier(base, capacity=Load(2_000, 2_000, 1))
    assert codes(small, *JOINT) == set()
    assert codes(small, *JOINT, at(PICK, "n", 23.5, 24.5), at(DROP, "n", 29.5, 30.5)) == set()
    three = (at(PICK, "a+b+n", 0, 2), at(DROP, "a+n", 7, 8.5), at(DROP, "b", 13.5, 14.5))
    assert codes(small, *three) == {"too_heavy"}


# --- time ------------------------------------------------------------------------------------------------------


def test_no_pickup_begins_after_the_shift() -> None:
    """At its very end it may; the door may come later."""
    base = picture(AB[0], plan_order("b", DEPOT, FAR), planned=AS_IT_IS[:2])
    assert codes(with_courier(base, shift_end_at_ms=NOON_MS + 12 * MINUTE_MS), *KEPT) == set()
    assert codes(with_courier(base, shift_end_at_ms=NOON_MS + 12 * MINUTE_MS - 1), *KEPT) == {"after_shift_end"}


def test_waiting_for_goods_past_the_shift_counts() -> None:
    """The courier is there in time, the goods are not."""
    new = plan_order("b", DEPOT, FAR, ready_at_ms=NOON_MS + 5 * MINUTE_MS)
    stops = (at(PICK, "b", 0, 6), at(DROP, "b", 16, 17))
    assert codes(picture(new, shift_end_at_ms=NOON_MS + 5 * MINUTE_MS), *stops) == set()
    assert codes(picture(new, shift_end_at_ms=NOON_MS + 4 * MINUTE_MS), *stops) == {"after_shift_end"}


def test_what_the_past_made_late_is_no_fault_of_the_plan() -> None:
    """b is fetched after the shift as the route stands, and may stay so; a is not, and must not become it."""
    base = picture(*AB, planned=AS_IT_IS, shift_end_at_ms=NOON_MS + 10 * MINUTE_MS)
    assert codes(base, *KEPT) == set()
    swapped = (at(PICK, "b", 0, 1), at(DROP, "b", 11, 12), at(PICK, "a", 22, 23), at(DROP, "a", 28, 29))
    assert codes(base, *swapped) == {"after_shift_end"}
    rest = ((NOON_MS + MINUTE_MS, NOON_MS + 30 * MINUTE_MS),)
    tired = with_courier(base, shift_end_at_ms=NOON_MS + 14 * MINUTE_MS, breaks=rest)
    late = (KEPT[0], at(DROP, "a", 35, 36), at(PICK, "b", 41, 42), at(DROP, "b", 52, 53))
    assert codes(tired, *late) == set()


def test_a_break_is_taken_before_a_ride_that_would_not_end_in_time() -> None:
    """The ride to b's door would end at 23; with a break of five minutes due at 20 it begins at 25."""
    base = picture(*AB, planned=AS_IT_IS, breaks=((NOON_MS + 20 * MINUTE_MS, NOON_MS + 25 * MINUTE_MS),))
    assert codes(base, *KEPT) == {"break_missed"}
    assert codes(base, *KEPT[:3], at(DROP, "b", 35, 36)) == set()
    assert codes(base, *KEPT[:3], at(DROP, "b", 34.99, 36)) == {"break_missed"}
    assert codes(with_courier(base, breaks=((NOON_MS + 23 * MINUTE_MS, NOON_MS + 40 * MINUTE_MS),)), *KEPT) == set()


def test_a_break_is_taken_once() -> None:
    """After it the rides go on as usual, and a stop that ran into it puts it off."""
    base = picture(*AB, planned=AS_IT_IS, breaks=((NOON_MS + 30_000, NOON_MS + 5 * MINUTE_MS + 30_000),))
    later = (KEPT[0], at(DROP, "a", 10.5, 11.5), at(PICK, "b", 16.5, 17.5), at(DROP, "b", 27.5, 28.5))
    assert codes(base, *later) == {"break_missed"}
    late = (
        KEPT[0],
        *(replace(s, arrive_at_ms=s.arrive_at_ms + 30_000, depart_at_ms=s.depart_at_ms + 30_000) for s in later[1:]),
    )
    assert codes(base, *late) == set()


def test_a_ride_that_has_begun_is_not_broken_off() -> None:
    """The courier is under way to a's door; the break comes behind that stop."""
    on_board = own("a", NEAR, status=OrderStatus.EN_ROUTE_DROPOFF)
    base = picture(on_board, AB[1], frozen=(drop("a"),), planned=(pick("b"), drop("b")), on_board=Load(1_000, 1_000, 1))
    resting = with_courier(base, breaks=((NOON_MS + 4 * MINUTE_MS, NOON_MS + 10 * MINUTE_MS),))
    first, rest = at(DROP, "a", 5, 6), (at(PICK, "b", 17, 18), at(DROP, "b", 28, 29))
    assert codes(resting, first, *rest) == set()
    assert codes(resting, first, at(PICK, "b", 11, 12), rest[1]) == {"break_missed"}


def test_a_slow_courier_takes_longer() -> None:
    """Half as fast again: five minutes are seven and a half."""
    base = picture(AB[0], planned=AS_IT_IS[:2], pace=1.5)
    assert codes(base, *KEPT[:2]) == {"too_fast"}
    assert codes(base, KEPT[0], at(DROP, "a", 8.5, 9.5)) == set()


def test_rides_take_longer_at_some_hours() -> None:
    """From two minutes past on they take twice as long; a ride counts as at its departure, or at a better one later."""
    base = replace(
        picture(*AB, planned=AS_IT_IS), pace=((NOON_MS + 2 * MINUTE_MS, 2.0), (NOON_MS + 50 * MINUTE_MS, 1.0))
    )
    assert codes(base, *KEPT) == {"too_fast"}
    assert codes(base, *KEPT[:2], at(PICK, "b", 17, 18), at(DROP, "b", 38, 39)) == set()
    soon = replace(base, pace=((NOON_MS, 3.0), (NOON_MS + 2 * MINUTE_MS, 1.0)))
    assert codes(soon, KEPT[0], at(DROP, "a", 7, 8), at(PICK, "b", 13, 14), at(DROP, "b", 24, 25)) == set()


def test_each_further_order_at_a_stop_takes_its_time() -> None:
    """As long as the rules say: half a minute at the depot here, nothing at all there."""
    assert codes(picture(*AB, planned=AS_IT_IS, rules=Rules(extra_pickup_s=30)), *JOINT) == set()
    assert codes(picture(*AB, planned=AS_IT_IS, rules=Rules(extra_pickup_s=31)), *JOINT) == {"too_short"}
    door = (own("a", NEAR), own("b", NEAR))
    both = (at(PICK, "a+b", 0, 1.5), at(DROP, "a+b", 6.5, 8))
    assert codes(picture(*door, planned=AS_IT_IS, rules=Rules(extra_dropoff_s=30)), *both) == set()
    assert codes(picture(*door, planned=AS_IT_IS, rules=Rules(extra_dropoff_s=31)), *both) == {"too_short"}


def test_a_ride_that_is_too_long_costs_and_is_allowed() -> None:
    """b may be under way for eleven minutes from its pickup on; the past may have made it more, so that is a price."""
    chilled = own("b", FAR, max_ride_s=660)
    base = picture(AB[0], chilled, planned=AS_IT_IS)
    assert codes(base, *JOINT) == set()
    ridden_s = {
        stops: route_costs(base, base.couriers[0], stops)["on_board"] / base.weights.on_board
        for stops in (AS_IT_IS, (pick("a", "b"), drop("a"), drop("b")))
    }
    assert list(ridden_s.values()) == [0.0, pytest.approx(80.0)]


# --- depots and doors ------------------------------------------------------------------------------------------


def optional(order: PlanOrder, ready_min: float = 0.0, **fields: object) -> PlanOrder:
    """The order with the other depot as a choice, where its goods are ready then."""
    ready_ms = NOON_MS + round(ready_min * MINUTE_MS)
    changed = replace(order.order, depot_options=("d1",), **fields)  # type: ignore[arg-type]
    return replace(order, order=changed, options=(Option("d1", OTHER, ready_ms),))


def test_goods_are_fetched_where_they_are() -> None:
    """The other depot has a's goods, not b's; it is two minutes away, and has its own ready time."""
    stops = (at(PICK, "a", 2, 3, "d1"), at(DROP, "a", 6, 7))
    assert codes(picture(optional(AB[0]), planned=AS_IT_IS[:2]), *stops) == set()
    assert codes(picture(AB[0], planned=AS_IT_IS[:2]), *stops) == {"no_goods", "too_fast"}
    assert codes(picture(optional(AB[0], 2.5), planned=AS_IT_IS[:2]), *stops) == {"too_short"}
    assert codes(picture(optional(AB[0]), planned=AS_IT_IS[:2]), at(PICK, "a", 1, 3, "d1"), stops[1]) == {"too_fast"}
    assert codes(picture(optional(AB[0]), planned=AS_IT_IS[:2]), at(PICK, "a", 0, 1, "d0"), KEPT[1]) == set()
    assert "no_goods" in codes(picture(optional(AB[0]), planned=AS_IT_IS[:2]), KEPT[0], at(DROP, "a", 6, 7, "d1"))


def test_one_stop_is_at_one_depot() -> None:
    """a could be fetched at the other depot, b could not."""
    assert "two_places" in codes(
        picture(optional(AB[0]), AB[1], planned=AS_IT_IS), at(PICK, "a+b", 2, 4, "d1"), *JOINT[1:]
    )


@pytest.mark.parametrize("status", [OrderStatus.OFFERED, OrderStatus.EN_ROUTE_PICKUP, OrderStatus.AT_PICKUP])
def test_a_depot_that_people_were_told_of_stays(status: OrderStatus) -> None:
    """On offer or under way, the order is fetched where it was said."""
    base = picture(optional(AB[0], status=status), planned=AS_IT_IS[:2])
    assert codes(base, at(PICK, "a", 2, 3, "d1"), at(DROP, "a", 6, 7)) == {"depot_fixed"}


def test_one_depot_at_a_time() -> None:
    """Where the zone wants it so, the second fetch waits until the hands are empty; goods on board count, too."""
    rules = Rules(one_depot_at_a_time=True)
    nested = (at(PICK, "a", 0, 1), at(PICK, "b", 1, 2), at(DROP, "a", 7, 8), at(DROP, "b", 13, 14))
    apart = picture(own("a", NEAR), replace(AB[1], pickup=OTHER), planned=AS_IT_IS, rules=rules)
    assert codes(apart, nested[0], at(PICK, "b", 3, 4), at(DROP, "a", 7, 8), at(DROP, "b", 13, 14)) == {
        "depot_with_goods"
    }
    assert codes(picture(*AB, planned=AS_IT_IS, rules=rules), *JOINT) == set()
    assert codes(picture(*AB, planned=AS_IT_IS, rules=rules), *KEPT) == set()
    aboard = (own("a", NEAR, status=OrderStatus.PICKED_UP), AB[1])
    full = picture(*aboard, planned=(drop("a"), pick("b"), drop("b")), on_board=Load(1_000, 1_000, 1), rules=rules)
    assert codes(full, at(PICK, "b", 0, 1), at(DROP, "a", 6, 7), at(DROP, "b", 12, 13)) == {"depot_with_goods"}


def test_nobody_rings_twice() -> None:
    """Two visits at one place, one after the other, are one stop; at doors only where the rules say so."""
    base = picture(own("a", NEAR), own("b", NEAR), planned=AS_IT_IS)
    twice = (at(PICK, "a", 0, 1), at(PICK, "b", 1, 2), at(DROP, "a+b", 7, 8.5))
    assert codes(base, *twice) == {"door_split"}
    doors = (at(PICK, "a+b", 0, 1.5), at(DROP, "a", 6.5, 7.5), at(DROP, "b", 7.5, 8.5))
    assert codes(base, *doors) == {"door_split"}
    assert codes(replace(base, rules=Rules(merge_doors=False)), *doors) == set()


def test_what_is_frozen_is_not_merged() -> None:
    """The courier is under way for a alone; b at the same depot is a stop of its own."""
    base = picture(
        own("a", NEAR, status=OrderStatus.EN_ROUTE_PICKUP),
        AB[1],
        frozen=(pick("a"),),
        planned=(pick("b"), drop("a"), drop("b")),
    )
    stops = (at(PICK, "a", 0, 1), at(PICK, "b", 1, 2), at(DROP, "a", 7, 8), at(DROP, "b", 13, 14))
    assert codes(base, *stops) == set()


# --- locks and churn -------------------------------------------------------------------------------------------


def locked(**locks: Lock) -> Problem:
    """The running route with orders locked."""
    orders = (
        replace(o, order=replace(o.order, lock=locks.get(o.id, Lock.NONE)), movable=o.id not in locks) for o in AB
    )
    return picture(*orders, planned=AS_IT_IS)


SWAPPED = (at(PICK, "b", 0, 1), at(DROP, "b", 11, 12), at(PICK, "a", 22, 23), at(DROP, "a", 28, 29))
NESTED = (at(PICK, "a", 0, 1), at(DROP, "a", 6, 7), at(PICK, "b", 12, 13), at(DROP, "b", 23, 24))


@pytest.mark.parametrize(
    ("locks", "stops", "expected"),
    [
        ({"a": Lock.COURIER, "b": Lock.COURIER}, SWAPPED, set()),
        ({"a": Lock.SEQUENCE}, SWAPPED, set()),
        ({"a": Lock.SEQUENCE, "b": Lock.SEQUENCE}, SWAPPED, {"locked_sequence"}),
        ({"a": Lock.SEQUENCE, "b": Lock.POSITION}, SWAPPED, {"locked_sequence", "locked_position"}),
        ({"a": Lock.POSITION}, SWAPPED, {"locked_position"}),
        ({"b": Lock.POSITION}, SWAPPED, {"locked_position"}),
        ({"b": Lock.FULL}, SWAPPED, {"locked_position"}),
        ({"a": Lock.POSITION}, JOINT, {"locked_position"}),
        ({"a": Lock.FULL, "b": Lock.FULL}, KEPT, set()),
        ({"a": Lock.FULL}, JOINT, {"locked_position"}),
    ],
)
def test_locks(locks: dict[str, Lock], stops: tuple[PlannedStop, ...], expected: set[str]) -> None:
    """A sequence holds among those locked so; a position holds everything up to the order's door."""
    assert codes(locked(**locks), *stops) == expected


def test_a_lock_keeps_the_courier() -> None:
    """Whatever the kind, another courier must not get the order."""
    for kind in (Lock.COURIER, Lock.SEQUENCE, Lock.POSITION, Lock.FULL):
        base = locked(a=kind)
        other = replace(base, couriers=(*base.couriers, plan_courier("d", DEPOT)))
        moved = (PlannedRoute("c", (at(PICK, "b", 0, 1), at(DROP, "b", 11, 12))), PlannedRoute("d", KEPT[:2]))
        assert "not_movable" in {found.code for found in violations(other, Plan(7, moved, ("test",)))}


def test_only_a_full_lock_keeps_its_stops_for_itself() -> None:
    """b may join a's door when a's position is locked, but not when a is locked in full; nor elsewhere its depot."""
    doors = (own("a", NEAR), own("b", NEAR))
    running = (pick("a", "b"), drop("a"), drop("b"))
    joined = (at(PICK, "a+b", 0, 1.5), at(DROP, "a+b", 6.5, 8))
    for kind, expected in ((Lock.POSITION, set[str]()), (Lock.FULL, {"locked_position"})):
        orders = [
            replace(order, order=replace(order.order, lock=kind if order.id == "a" else Lock.NONE)) for order in doors
        ]
        assert codes(picture(*orders, planned=running), *joined) == expected


def test_a_lock_in_place_keeps_the_depot() -> None:
    """Elsewhere it would be another stop."""
    base = picture(optional(AB[0], lock=Lock.POSITION), planned=AS_IT_IS[:2])
    assert codes(base, at(PICK, "a", 2, 3, "d1"), at(DROP, "a", 6, 7)) == {"locked_position"}
    assert codes(base, at(PICK, "a", 0, 1, "d0"), KEPT[1]) == set()


def test_a_budget_of_moves() -> None:
    """Swapping two orders moves the two stops of one of them; putting in a new one moves nobody's."""
    base = picture(*AB, planned=AS_IT_IS)
    assert codes(with_courier(base, churn_left=2), *SWAPPED) == set()
    assert codes(with_courier(base, churn_left=1), *SWAPPED) == {"churn"}
    grown = picture(AB[0], plan_order("b", DEPOT, FAR), planned=AS_IT_IS[:2], churn_left=0)
    assert codes(grown, *JOINT) == set()


def test_stops_that_leave_count_as_moved() -> None:
    """Giving b away moves two stops of its courier."""
    base = picture(*AB, planned=AS_IT_IS, churn_left=1)
    other = replace(base, couriers=(*base.couriers, plan_courier("d", DEPOT)))
    moved = (PlannedRoute("c", KEPT[:2]), PlannedRoute("d", SWAPPED[:2]))
    assert [found.code for found in violations(other, Plan(7, moved, ("test",)))] == ["churn"]
    enough = other.with_courier(replace(base.couriers[0], churn_left=2))
    assert violations(enough, Plan(7, moved, ("test",))) == []
