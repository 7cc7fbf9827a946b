"""OR-Tools on the running plan: it improves what insertion left, keeps every rule, and is not trusted blindly."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.domain.order import OrderStatus
from dispatch.domain.vehicle import Load
from dispatch.planning import routing_model
from dispatch.planning.checker import violations
from dispatch.planning.insertion import insert_waiting
from dispatch.planning.objective import explain
from dispatch.planning.problem import UNREACHABLE_MS, Plan, Problem
from dispatch.planning.routing_model import ENGINE, ObjectiveMismatch, improve
from dispatch.planning.terms import TERMS
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

PLENTY_S = 20.0
"""For searches that end with their solutions; time is only the net."""
SOME_S = 0.3
"""For searches that find nothing and would go on."""


def crossed(distance: float = 20.0) -> Problem:
    """Two couriers at the two ends of a road, each with the order of the other's end."""
    legs = line(0, 1, distance, distance + 1, 0, distance)
    orders = [held("left", 0, 1, "c2"), held("right", 2, 3, "c1")]
    couriers = [
        plan_courier("c1", 4, planned=(pick("right"), drop("right"))),
        plan_courier("c2", 5, planned=(pick("left"), drop("left"))),
    ]
    return problem(legs, couriers, orders)


def test_crossed_orders_are_exchanged_when_it_pays() -> None:
    """40 minutes of riding are saved by two moves: both couriers get new routes, in one plan."""
    picture = crossed()
    plan = improve(picture, PLENTY_S, seed=1, max_solutions=50)
    assert plan
    assert {r.courier_id: r.stops[0].order_ids for r in plan.routes} == {"c1": ("left",), "c2": ("right",)}
    assert plan.engines == (ENGINE,)
    assert violations(picture, plan) == []
    saved = sum(explain(picture, Plan(7, (), ())).values()) - sum(explain(picture, plan).values())
    assert plan.gain == pytest.approx(saved)


def test_a_gain_below_the_tax_is_left_alone() -> None:
    """Three minutes apart, the exchange saves less than the disturbance costs."""
    assert improve(crossed(distance=1.5), SOME_S, seed=1, max_solutions=50) is None


def test_what_is_offered_is_not_exchanged() -> None:
    """The same crossing, but one order is offered and the other on its way: nothing to improve."""
    picture = crossed()
    orders = {
        "left": held("left", 0, 1, "c2", status=OrderStatus.OFFERED),
        "right": held("right", 2, 3, "c1", status=OrderStatus.EN_ROUTE_PICKUP),
    }
    assert improve(replace(picture, orders=orders), SOME_S, seed=1, max_solutions=50) is None


def test_a_waiting_order_is_served() -> None:
    """An order that nobody has yet enters as a dropped one and is put into a route."""
    picture = problem(line(0, 5, 1), [plan_courier("c1", 2)], [plan_order("o", 0, 1)])
    plan = improve(picture, SOME_S, seed=1, max_solutions=50)
    assert plan and [stop.kind for stop in plan.routes[0].stops] == [PICK, DROP]
    assert violations(picture, plan) == []


def test_goods_on_board_are_only_dropped_off() -> None:
    """Goods on board that lost their stop stay with their courier, whoever is nearer."""
    order = plan_order("o", 0, 1, status=OrderStatus.PICKED_UP, courier_id="c1")
    couriers = [plan_courier("c1", 2, on_board=Load(1_000, 1_000, 1)), plan_courier("c2", 1)]
    plan = improve(problem(line(0, 5, 40), couriers, [order]), SOME_S, seed=1, max_solutions=50)
    assert plan and [(r.courier_id, r.stops[0].kind) for r in plan.routes] == [("c1", DROP)]


def test_capacity_binds_behind_a_started_pickup() -> None:
    """A courier who is fetching three of four items has no room for the two orders of the same depot at once."""
    orders = [held("a", 0, 1, "c1", load=Load(0, 0, 3), status=OrderStatus.EN_ROUTE_PICKUP)]
    orders += [held(f"b{k}", 0, 2, "c1") for k in range(2)]
    stops = (drop("a"), pick("b0", "b1"), drop("b0"), drop("b1"))
    picture = problem(line(0, 5, 6, 1), [plan_courier("c1", 3, frozen=(pick("a"),), planned=stops)], orders)
    plan = improve(picture, SOME_S, seed=1, max_solutions=200)
    assert plan is None or violations(picture, plan) == []


def test_an_idle_zone_has_nothing_to_improve() -> None:
    """No stops and no orders: no search."""
    assert improve(problem(line(0), [plan_courier("c1", 0)], []), PLENTY_S, seed=1) is None


def test_a_plan_that_the_model_cannot_hold_is_left_alone() -> None:
    """A road was closed under a running route: the warm start is refused, and so is the search."""
    legs = line(0, 5, 1)
    legs[2, 0] = UNREACHABLE_MS
    courier = plan_courier("c1", 2, planned=(pick("o"), drop("o")))
    assert improve(problem(legs, [courier], [held("o", 0, 1, "c1")]), SOME_S, seed=1, max_solutions=5) is None


def test_no_time_is_no_plan() -> None:
    """A search of no time finds nothing better, and says so."""
    assert improve(random_problem(1), 0.0, seed=1) is None


@pytest.mark.parametrize("term", TERMS, ids=lambda term: term.name)
def test_every_term_is_explained(term: object) -> None:
    """`explain` names each term of the table, so that a person can ask why."""
    assert set(explain(crossed(), Plan(7, (), ()))) == {term.name for term in TERMS}
    assert term in TERMS


def test_a_dishonest_objective_is_not_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    """When the library's cost is not that of its routes (a callback that failed costs 0), nothing is proposed."""
    honest = routing_model._arc_costs
    calls: list[int] = []

    def cheap_for_the_library(*arguments: object) -> routing_model.Ints:
        costs = honest(*arguments)  # type: ignore[arg-type]
        calls.append(len(calls))
        return costs

    monkeypatch.setattr(routing_model, "_arc_costs", cheap_for_the_library)
    model = routing_model._Model(crossed())
    model._arc_costs[0] = model._arc_costs[0] + 1
    with pytest.raises(ObjectiveMismatch):
        model.search(PLENTY_S, 1, 5)


@settings(max_examples=12)
@given(st.integers(0, 10_000))
def test_every_improved_plan_passes_the_oracle_and_is_better(seed: int) -> None:
    """Whatever the city: no rule broken, the cost falls by the gain claimed, the same seed gives the same plan."""
    picture = random_problem(seed, couriers=4, orders=12, new=2)
    plan = improve(picture, PLENTY_S, seed, max_solutions=30)
    if plan is None:
        return
    assert violations(picture, plan) == []
    before, after = (sum(explain(picture, p).values()) for p in (Plan(7, (), ()), plan))
    assert plan.gain > 0
    assert before - after == pytest.approx(plan.gain)
    assert improve(picture, PLENTY_S, seed, max_solutions=30) == plan


def test_insertion_leaves_room_for_improvement() -> None:
    """On a busy square, search finds an exchange that insertion, which moves nothing, cannot make."""
    picture = random_problem(11, couriers=6, orders=24, new=24, minutes=8.0)
    inserted = insert_waiting(picture)
    with_routes = adopted(picture, inserted)
    plan = improve(with_routes, PLENTY_S, seed=3, max_solutions=10)
    assert plan and violations(with_routes, plan) == []
    assert plan.gain > 0


def adopted(picture: Problem, plan: Plan) -> Problem:
    """The picture after the plan was adopted and every offer accepted."""
    courier_of = {o: r.courier_id for r in plan.routes for s in r.stops for o in s.order_ids}
    orders = {
        o.id: replace(o, order=replace(o.order, status=OrderStatus.ASSIGNED, courier_id=courier_of[o.id]))
        for o in picture.orders.values()
        if o.id in courier_of
    }
    couriers = list(picture.couriers)
    for route in plan.routes:
        stops = tuple(pick(*s.order_ids) if s.kind is PICK else drop(*s.order_ids) for s in route.stops)
        couriers = [replace(c, planned=stops) if c.id == route.courier_id else c for c in couriers]
    return replace(picture, couriers=tuple(couriers), orders=orders)


def test_the_horizon_is_minutes_not_days() -> None:
    """Goods that are ready in a week do not break the model: their waiting ends at its horizon."""
    picture = problem(
        line(0, 5, 1), [plan_courier("c1", 2)], [plan_order("o", 0, 1, ready_at_ms=NOON_MS + 10_000 * MINUTE_MS)]
    )
    plan = improve(picture, SOME_S, seed=1, max_solutions=5)
    assert plan is None or violations(picture, plan) == []
