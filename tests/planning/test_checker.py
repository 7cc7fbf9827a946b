"""The oracle finds each kind of broken plan, and each of them by its own name."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.domain.order import Lock, OrderStatus
from dispatch.domain.route import PlannedRoute, PlannedStop, StopKind
from dispatch.domain.vehicle import Load, Profile
from dispatch.planning.checker import violations
from dispatch.planning.insertion import insert_waiting
from dispatch.planning.problem import UNREACHABLE_MS, Plan, Problem
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


def picture() -> Problem:
    """c1 stands at the depot for `at`, has `board` on board; c2 has `held`; `new` waits. Places: 0 depot, 1-4 doors."""
    orders = [
        held("at", 0, 1, "c1", status=OrderStatus.AT_PICKUP),
        held("board", 0, 2, "c1", status=OrderStatus.PICKED_UP),
        held("held", 0, 3, "c2"),
        plan_order("new", 0, 4),
    ]
    c1 = plan_courier(
        "c1",
        0,
        frozen=(pick("at", arrived_at_ms=NOON_MS - MINUTE_MS),),
        planned=(drop("at"), drop("board")),
        on_board=Load(1_000, 1_000, 1),
    )
    c2 = plan_courier("c2", 5, planned=(pick("held"), drop("held")))
    return problem(line(0, 5, 6, 7, 8, 1), [c1, c2], orders)


def at(kind: StopKind, order_id: str, arrive_min: float, depart_min: float) -> PlannedStop:
    """A stop, in minutes after noon."""
    return PlannedStop(kind, (order_id,), NOON_MS + int(arrive_min * MINUTE_MS), NOON_MS + int(depart_min * MINUTE_MS))


def both(kind: StopKind, arrive_min: float, depart_min: float) -> PlannedStop:
    """A stop for n1 and n2."""
    return replace(at(kind, "n1", arrive_min, depart_min), order_ids=("n1", "n2"))


GOOD = (at(PICK, "at", -1, 1), at(DROP, "at", 6, 7), at(DROP, "board", 8, 9))
GOOD_2 = (at(PICK, "held", 1, 2), at(DROP, "held", 9, 10), at(PICK, "new", 17, 18), at(DROP, "new", 26, 27))


def codes(problem: Problem, *routes: PlannedRoute, version: int = 7) -> set[str]:
    """What the oracle finds."""
    return {violation.code for violation in violations(problem, Plan(version, routes, ("test",)))}


def c1(*stops: PlannedStop) -> PlannedRoute:
    """A route for c1."""
    return PlannedRoute("c1", stops)


def c2(*stops: PlannedStop) -> PlannedRoute:
    """A route for c2."""
    return PlannedRoute("c2", stops)


def test_a_good_plan_passes() -> None:
    """Keeping everything, serving the new order, with true times."""
    assert codes(picture(), c1(*GOOD), c2(*GOOD_2)) == set()


@pytest.mark.parametrize(
    ("expected", "routes"),
    [
        ({"unknown_courier"}, [PlannedRoute("ghost", ())]),
        ({"unknown_order"}, [c2(*GOOD_2[:2], at(PICK, "ghost", 17, 18))]),
        ({"empty_stop"}, [c2(PlannedStop(PICK, (), NOON_MS, NOON_MS), *GOOD_2)]),
        ({"courier_twice"}, [c2(*GOOD_2), c2(*GOOD_2)]),
        ({"order_twice", "not_movable"}, [c1(*GOOD), c2(*GOOD_2, at(DROP, "board", 30, 31))]),
        ({"order_lost"}, [c2(*GOOD_2[2:])]),
        ({"incomplete"}, [c1(*GOOD, at(PICK, "held", 15, 16), at(DROP, "held", 25, 26))]),
        ({"frozen_stop"}, [c1(at(DROP, "board", 6, 7), at(PICK, "at", 13, 14), at(DROP, "at", 20, 21))]),
        ({"order_lost", "frozen_stop"}, [c1()]),
        ({"arrival_rewritten"}, [c1(at(PICK, "at", 0, 1), at(DROP, "at", 6, 7), at(DROP, "board", 8, 9))]),
        ({"bad_sequence"}, [c2(at(DROP, "held", 7, 8), at(PICK, "held", 15, 16))]),
        ({"bad_sequence"}, [c2(at(PICK, "held", 1, 2))]),
        ({"bad_sequence"}, [c1(*GOOD[:2], at(PICK, "board", 11, 12), at(DROP, "board", 18, 19))]),
        ({"not_movable"}, [c1(*GOOD), c2(*GOOD_2[:2], at(PICK, "at", 30, 31), at(DROP, "at", 40, 41))]),
        ({"too_fast"}, [c2(at(PICK, "held", 0.5, 2), at(DROP, "held", 9, 10))]),
        ({"too_fast"}, [c2(at(PICK, "held", 1, 2), at(DROP, "held", 8, 10))]),
        ({"too_short"}, [c2(at(PICK, "held", 1, 1.5), at(DROP, "held", 9, 10))]),
        ({"two_places"}, [c1(*GOOD[:1], PlannedStop(DROP, ("at", "board"), NOON_MS + 6 * MINUTE_MS, NOON_MS + 10**6))]),
    ],
)
def test_each_broken_plan_is_named(expected: set[str], routes: list[PlannedRoute]) -> None:
    """Each fault is found under its own code, whatever else it makes wrong."""
    assert expected <= codes(picture(), *routes)


def test_an_old_version_is_refused() -> None:
    """A plan on another version is not looked at any further."""
    assert codes(picture(), c1(*GOOD), version=6) == {"wrong_version"}


def test_goods_that_are_not_ready_cannot_leave() -> None:
    """The goods are ready in ten minutes; the courier cannot drive off before eleven."""
    base = picture()
    late = held("held", 0, 3, "c2", ready_at_ms=NOON_MS + 10 * MINUTE_MS)
    assert codes(replace(base, orders={**base.orders, "held": late}), c2(*GOOD_2[:2])) == {"too_short"}


def test_overload_is_found_at_the_pickup() -> None:
    """Two orders of three items each do not fit into four."""
    base = picture()
    orders = {o: plan_order(o, 0, 4, load=Load(0, 0, 3)) for o in ("n1", "n2")}
    stops = (both(PICK, 1, 3), both(DROP, 11, 13))
    loaded = replace(base, orders={**base.orders, **orders})
    assert codes(loaded, c2(*stops, at(PICK, "held", 30, 31), at(DROP, "held", 38, 39))) == {"too_heavy"}


@pytest.mark.parametrize(
    ("fields", "code"),
    [({"declined_by": ("c2",)}, "declined"), ({"status": OrderStatus.ASSIGNED, "lock": Lock.COURIER}, "not_movable")],
)
def test_a_refusal_and_a_lock_are_remembered(fields: dict[str, object], code: str) -> None:
    """The new order must not go to whoever refused it, nor leave whom it is locked to."""
    base = picture()
    orders = {**base.orders, "new": plan_order("new", 0, 4, **{"courier_id": "", **fields})}
    assert codes(replace(base, orders=orders), c2(*GOOD_2)) == {code}


def test_a_closed_courier_keeps_work_and_gets_none() -> None:
    """Who is off duty or lost may be given the times of their own route, but no new order."""
    base = picture()
    closed = base.with_courier(replace(base.by_id["c2"], closed="off_duty"))
    assert codes(closed, c2(*GOOD_2[:2])) == set()
    assert codes(closed, c2(*GOOD_2)) == {"off_duty"}


def test_places_without_a_way_are_unreachable() -> None:
    """No street to the door, or no travel times for the vehicle at all."""
    base = picture()
    legs = base.travel_ms[Profile.EBIKE].copy()
    legs[0, 4] = UNREACHABLE_MS
    assert "unreachable" in codes(replace(base, travel_ms={Profile.EBIKE: legs}), c2(*GOOD_2))
    assert codes(replace(base, travel_ms={}), c2(*GOOD_2)) == {"unreachable"}


def test_a_violation_reads_like_a_sentence() -> None:
    """Code and detail, for logs and for people."""
    (violation,) = violations(picture(), Plan(6, (), ()))
    assert str(violation) == "wrong_version: The plan is for version 6, not 7."


@given(st.integers(0, 5_000), st.data())
def test_a_good_plan_that_is_damaged_is_found(seed: int, data: st.DataObject) -> None:
    """Any real plan with one stop lost, moved in front, hurried or doubled is no plan any more."""
    base = random_problem(seed)
    plan = insert_waiting(base)
    if not plan.routes:
        return
    at = data.draw(st.integers(0, len(plan.routes) - 1))
    stops = list(plan.routes[at].stops)
    k = data.draw(st.integers(0, len(stops) - 1))
    damage = data.draw(st.sampled_from(["lose", "double", "hurry", "leave_early"]))
    match damage:
        case "lose":
            del stops[k]
        case "double":
            stops.append(stops[k])
        case "hurry":
            stops[-1] = replace(stops[-1], arrive_at_ms=NOON_MS - 1, depart_at_ms=NOON_MS - 1)
        case "leave_early":
            stops[k] = replace(stops[k], depart_at_ms=stops[k].arrive_at_ms)
    routes = list(plan.routes)
    routes[at] = replace(routes[at], stops=tuple(stops))
    assert violations(base, replace(plan, routes=tuple(routes))) != []
