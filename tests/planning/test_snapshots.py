"""Thousands of zones in every state: no plan breaks a rule of the oracle, and what must stay where it is stays."""

import pytest

from dispatch.domain.order import Lock
from dispatch.domain.route import PlannedRoute, StopKind
from dispatch.planning.checker import violations
from dispatch.planning.improve import Budget, improve
from dispatch.planning.insertion import insert_waiting
from dispatch.planning.problem import Plan, PlanStop, Problem
from tests.support.planning import random_problem, rich_problem

BLOCK = 500
BLOCKS = 20
"""So many blocks of snapshots are looked at; together 10,000."""

Visits = list[tuple[StopKind, str]]


def snapshot(seed: int) -> Problem:
    """A zone by its number: most are small, one in fifty is a busy city, one in ten has nothing but orders."""
    if seed % 50 == 0:
        return rich_problem(seed)
    if seed % 10 == 1:
        return random_problem(seed, 2, 5, 2)
    return rich_problem(seed, 2 + seed % 2, 4 + seed % 3, 1 + seed % 2)


def visits(stops: tuple[PlanStop, ...]) -> Visits:
    """The visits of stops, one by one."""
    return [(stop.kind, order_id) for stop in stops for order_id in stop.order_ids]


def moved(problem: Problem, route: PlannedRoute) -> list[str]:
    """What a route moves that must not be moved; looked at with other eyes than the oracle's."""
    courier = problem.by_id[route.courier_id]
    lock = {o: problem.orders[o].order.lock for _, o in visits(courier.stops)}
    before, after = visits(courier.stops), [(stop.kind, o) for stop in route.stops for o in stop.order_ids]
    found = [f"lost {o}" for o, kind in lock.items() if kind is not Lock.NONE and (StopKind.DROPOFF, o) not in after]
    if after[: len(visits(courier.frozen))] != visits(courier.frozen):
        found.append(f"frozen stops of {courier.id}")
    for order_id, kind in lock.items():
        upto = before.index((StopKind.DROPOFF, order_id)) + 1
        if kind in (Lock.POSITION, Lock.FULL) and after[:upto] != before[:upto]:
            found.append(f"what is in front of {order_id}")
    in_sequence = [visit for visit in before if lock[visit[1]] not in (Lock.NONE, Lock.COURIER)]
    if [visit for visit in after if visit in in_sequence] != in_sequence:
        found.append(f"the sequence of {courier.id}")
    return found


def faults(problem: Problem, plan: Plan) -> list[str]:
    """Everything that is wrong with a plan."""
    return [*map(str, violations(problem, plan)), *(fault for route in plan.routes for fault in moved(problem, route))]


@pytest.mark.parametrize("block", range(BLOCKS))
def test_a_new_order_breaks_no_rule(block: int) -> None:
    """Put into the running routes at once; whoever cannot be served has a reason."""
    served = 0
    for seed in range(block * BLOCK, (block + 1) * BLOCK):
        problem = snapshot(seed)
        plan = insert_waiting(problem)
        assert faults(problem, plan) == [], seed
        placed = {o for route in plan.routes for stop in route.stops for o in stop.order_ids}
        assert all(order_id in placed or plan.refused[order_id] for order_id in problem.waiting), seed
        served += len(placed.intersection(problem.waiting))
    assert served >= BLOCK // 2


@pytest.mark.parametrize("block", range(3))
def test_an_improvement_breaks_no_rule(block: int) -> None:
    """The search, the assignment of routes and, now and then, the recombination of every route that was seen."""
    improved = 0
    for seed in range(block * 100, (block + 1) * 100):
        problem = rich_problem(seed) if seed % 3 == 0 else snapshot(seed)
        plan = improve(problem, Budget(iterations=100), seed, deep=seed % 25 == 0)
        if plan is not None:
            improved += 1
            assert plan.gain > 0 and faults(problem, plan) == [], seed
    assert improved >= 50
