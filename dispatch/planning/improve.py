"""A better plan: the compiled search, then OR-Tools for who rides what and for the best of all routes seen.

Every round: ruin and recreate from the running plan (`search`), then the assignment of whole routes to couriers
(`assignment`). A deep round goes on with a recombination of every route that was seen (`recombine`).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from dispatch.planning import assignment, recombine
from dispatch.planning.churn import within_budget
from dispatch.planning.freezing import worthwhile
from dispatch.planning.problem import Plan, PlanStop, Problem
from dispatch.planning.retime import planned_route
from dispatch.planning.search import annealing
from dispatch.planning.search.encode import Encoded, encode
from dispatch.planning.search.layout import State
from dispatch.planning.search.swapping import swap_costs

ENGINE = "search"
CHUNK = 100
"""Iterations between two looks at the clock: a millisecond or a few."""
HOT, COLD = 0.1, 0.005
"""The temperature at the beginning and at the end, as shares of the mean cost of an order."""
DEEP_SHARE = 0.3
"""Of a deep round's budget, for recombination."""
_DEEP_STEPS = 1.0
"""The same without a clock, in CP-SAT's deterministic time."""


@dataclass(frozen=True, slots=True)
class Budget:
    """How long a round may take: so many iterations, or with a clock (a function that returns seconds) so many seconds.

    With iterations alone, the same problem and seed give the same plan. `hot` is the temperature at the beginning, as a
    share of the mean cost of an order; a round that only repairs a good plan begins colder.
    """

    iterations: int = 2_000
    seconds: float = 0.0
    clock: Callable[[], float] | None = None
    hot: float = HOT

    def watch(self) -> Callable[[int], float]:
        """A function from iterations done to the share of the budget that is used up."""
        if self.clock is None:
            return lambda done: done / max(1, self.iterations)
        clock, began = self.clock, self.clock()
        return lambda done: (clock() - began) / self.seconds


def improve(problem: Problem, budget: Budget, seed: int, deep: bool = False) -> Plan | None:
    """The independent changes of the running plan that gain something after tax; None when there are none.

    The plan's gain is exact (`objective.gain`), and its engines say what made it.
    """
    encoded = encode(problem)
    if not encoded.order_ids or not problem.couriers:
        return None
    routes, engines = search_routes(encoded, budget, seed, deep)
    return plan_of(encoded, routes, engines)


def plan_of(encoded: Encoded, routes: list[tuple[PlanStop, ...]], engines: tuple[str, ...]) -> Plan | None:
    """The parts of these routes that gain something, as one plan."""
    problem = encoded.problem
    changed = [
        planned_route(problem, courier, courier.frozen + stops)
        for courier, stops in zip(problem.couriers, routes, strict=True)
        if stops != courier.planned
    ]
    parts = worthwhile(problem, Plan(problem.version, tuple(changed), engines), 0.0)
    better = [part for part in parts if part.gain > 0 and within_budget(problem, part.routes)]
    if not better:
        return None
    kept = tuple(route for part in better for route in part.routes)
    return Plan(problem.version, kept, engines, sum(part.gain for part in better))


def search_routes(
    encoded: Encoded, budget: Budget, seed: int, deep: bool = False
) -> tuple[list[tuple[PlanStop, ...]], tuple[str, ...]]:
    """Every courier's planned stops after the search, and what had a part in them."""
    state = encoded.state(seed)
    annealing.start(encoded.instance, state)
    pool = recombine.Pool()
    _anneal(encoded, state, budget, pool if deep else None)
    engines = [ENGINE]
    _assign(encoded, state)
    engines.append(assignment.ENGINE)
    if deep and _recombine(encoded, state, pool, budget, seed):
        engines.append(recombine.ENGINE)
    return [encoded.stops(visits) for visits in _best(state)], tuple(engines)


def _anneal(encoded: Encoded, state: State, budget: Budget, pool: recombine.Pool | None) -> None:
    share, counts = budget.watch(), state.counts[0]
    scale = max(1.0, float(counts["best"]) / max(1, len(encoded.order_ids)))
    end = 1.0 - DEEP_SHARE if pool is not None and budget.clock else 1.0
    used, improved = 0.0, -1
    while used < end:
        hot = scale * budget.hot * (COLD / budget.hot) ** (used / end)
        left = max(1, budget.iterations - int(counts["iterations"])) if budget.clock is None else CHUNK
        annealing.iterate(encoded.instance, state, min(CHUNK, left), hot, hot)
        if pool is not None and counts["improved"] != improved:
            improved = counts["improved"]
            pool.add(_columns(encoded, state))
        used = share(int(counts["iterations"]))
    annealing.back_to_best(encoded.instance, state)


def _assign(encoded: Encoded, state: State) -> None:
    """Let OR-Tools decide which courier rides which of the routes."""
    size = len(state.lines)
    costs = np.full((size, size), np.inf)
    swap_costs(encoded.instance, state, costs)
    rides = assignment.cheapest_riders(costs)
    if not np.array_equal(rides, np.arange(size)):
        best = _best(state)
        _take(encoded, state, [best[row] for row in rides])


def _recombine(encoded: Encoded, state: State, pool: recombine.Pool, budget: Budget, seed: int) -> bool:
    """Let OR-Tools choose among all routes seen. True when that was better."""
    prices = encoded.instance.requests["unserved"]
    chosen = recombine.recombine(
        pool,
        _columns(encoded, state),
        {r: float(price) for r, price in enumerate(prices)},
        seconds=DEEP_SHARE * budget.seconds if budget.clock else 0.0,
        steps=0.0 if budget.clock else _DEEP_STEPS,
        seed=seed,
    )
    if chosen is None:
        return False
    by_route = {column.route: list(column.visits) for column in chosen}
    _take(encoded, state, [by_route[k] for k in range(len(state.lines))])
    return True


def _take(encoded: Encoded, state: State, routes: list[list[int]]) -> None:
    """Let the routes become these."""
    for k, visits in enumerate(routes):
        state.lines["length"][k] = len(visits)
        state.at["visit"][k, 1 : len(visits) + 1] = visits
    annealing.start(encoded.instance, state)


def _best(state: State) -> list[list[int]]:
    """The visits of the best routes."""
    return [state.best[k, 1 : length + 1].tolist() for k, length in enumerate(state.lines["best_length"])]


def _columns(encoded: Encoded, state: State) -> list[recombine.Column]:
    """The current routes with what they cost."""
    width = int(encoded.instance.settings["options"][0]) + 1
    columns = []
    for k, line in enumerate(state.lines):
        visits = state.at["visit"][k, 1 : int(line["length"]) + 1].tolist()
        requests = frozenset(visit // width for visit in visits)
        taxes = sum(float(encoded.instance.tax[r, k]) for r in requests)
        columns.append(recombine.Column(k, tuple(visits), requests, float(line["cost"]) + taxes))
    return columns
