"""The compiled search holds to the objective that everybody else reads, and to the rules of the checker."""

from dataclasses import replace

import numpy as np
import pytest

from dispatch.planning.checker import violations
from dispatch.planning.improve import Budget, improve, search_routes
from dispatch.planning.objective import pairing_costs, route_cost
from dispatch.planning.problem import Problem
from dispatch.planning.search import annealing, placing, ruin
from dispatch.planning.search.encode import Encoded, encode
from dispatch.planning.search.layout import State
from dispatch.planning.search.swapping import cost_on
from tests.support.planning import random_problem

SEEDS = range(40)


def started(problem: Problem) -> tuple[Encoded, State]:
    """A problem in the search, at its beginning."""
    encoded = encode(problem)
    state = encoded.state(1)
    annealing.start(encoded.instance, state)
    return encoded, state


def kernel_costs(encoded: Encoded, state: State) -> list[float]:
    """What the kernel says of each route, taxes included."""
    width = int(encoded.instance.settings["options"][0]) + 1
    costs = []
    for k, line in enumerate(state.lines):
        requests = {int(v) // width for v in state.at["visit"][k, 1 : int(line["length"]) + 1]}
        costs.append(float(line["cost"]) + sum(float(encoded.instance.tax[r, k]) for r in requests))
    return costs


def reference_costs(encoded: Encoded, state: State) -> list[float]:
    """What `objective` says of the same stops behind the frozen ones, in the kernel's terms.

    The kernel counts the delivery's price from now and not from when the goods were ready, and knows nothing of the
    frozen stops' own costs.
    """
    problem, costs = encoded.problem, []
    for k, courier in enumerate(problem.couriers):
        stops = encoded.stops(state.at["visit"][k, 1 : int(state.lines["length"][k]) + 1].tolist())
        ids = {order_id for stop in stops for order_id in stop.order_ids}
        front = replace(courier, end=-1, shift_end_at_ms=0)
        shared = [o for stop in courier.frozen for o in stop.order_ids if o in ids]
        cost = route_cost(problem, courier, courier.frozen + stops) - route_cost(problem, front, courier.frozen)
        cost += sum(sum(pairing_costs(problem, courier, problem.orders[o]).values()) for o in shared)
        cost += problem.weights.moved_order * sum(problem.routed.get(o, courier.id) != courier.id for o in ids)
        waits = (problem.orders[o].order.ready_at_ms - problem.now_ms for o in ids)
        costs.append(cost + problem.weights.delivery * sum(waits) / 1000)
    return costs


@pytest.mark.parametrize("seed", SEEDS)
def test_the_kernel_prices_routes_as_the_objective_does(seed: int) -> None:
    """For the plan as it begins and after a search, route by route, to a thousandth of a second."""
    encoded, state = started(random_problem(seed, couriers=6, orders=24, new=5))
    for _ in range(2):
        assert kernel_costs(encoded, state) == pytest.approx(reference_costs(encoded, state), abs=1e-3)
        annealing.iterate(encoded.instance, state, 300, 100.0, 100.0)


@pytest.mark.parametrize("seed", SEEDS)
def test_positions_cost_what_was_foretold(seed: int) -> None:
    """Wherever the kernel says what an order adds to a route, putting it there adds just that."""
    encoded, state = started(random_problem(seed, couriers=4, orders=16, new=6))
    instance = encoded.instance
    annealing.iterate(instance, state, 50, 100.0, 100.0)
    for r in range(len(encoded.order_ids)):
        if state.standing["route"][r] >= 0:
            continue
        for k in range(len(encoded.problem.couriers)):
            before = float(state.lines["cost"][k])
            placing.place_on(instance, state, r, k)
            foretold = float(state.known["cost"][r, k])
            if np.isfinite(foretold):
                annealing.put_on(instance, state, r, k)
                assert state.lines["cost"][k] - before + instance.tax[r, k] == pytest.approx(foretold, abs=1e-6)
                ruin.put_back(instance, state)
                ruin.settle(state)
                assert state.lines["cost"][k] == pytest.approx(before, abs=1e-6)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_route_costs_the_same_where_it_is(seed: int) -> None:
    """The prices for the assignment of whole routes: on its own courier, a route costs what it costs."""
    encoded, state = started(random_problem(seed))
    own = [cost_on(encoded.instance, state, k, k) for k in range(len(state.lines))]
    assert own == pytest.approx(kernel_costs(encoded, state), abs=1e-6)


@pytest.mark.parametrize("seed", SEEDS)
def test_what_the_search_proposes_passes_the_checker(seed: int) -> None:
    """Quick and deep rounds alike; and gain and engines are stated."""
    problem = random_problem(seed, couriers=8, orders=30, new=6)
    for deep in (False, True):
        plan = improve(problem, Budget(iterations=300), seed, deep)
        assert plan is not None
        assert violations(problem, plan) == []
        assert plan.gain > 0
        assert plan.engines[:2] == ("search", "ortools-assignment")


def test_the_same_seed_finds_the_same_plan() -> None:
    """Limited by iterations, nothing depends on the clock."""
    problem = random_problem(3, couriers=10, orders=60, new=10)
    first, second = (improve(problem, Budget(iterations=800), 5, deep=True) for _ in range(2))
    assert first == second


def test_a_budget_by_the_clock_ends_in_time() -> None:
    """The search looks at the clock that it is given every few milliseconds."""
    looks = iter(range(10_000))
    routes, _ = search_routes(encode(random_problem(3)), Budget(seconds=10.0, clock=lambda: float(next(looks))), 1)
    assert len(routes) == 6
    assert next(looks) < 20
