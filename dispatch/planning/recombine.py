"""The best of all routes that a search has seen: set partitioning, solved by OR-Tools' CP-SAT.

A search keeps one plan and forgets the good routes of others. Choosing again among all of them, one for each courier,
every request once, finds combinations that no single step leads to.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ortools.sat.python import cp_model

ENGINE = "ortools-cpsat"
MAX_COLUMNS = 1_500
_UNIT = 10
"""Costs are counted in whole tenths of a second."""


@dataclass(frozen=True, slots=True)
class Column:
    """One route that was seen: whose, which visits in which order, for which requests, and what it costs in seconds."""

    route: int
    visits: tuple[int, ...]
    requests: frozenset[int]
    cost: float


@dataclass(slots=True)
class Pool:
    """Columns by what they are; of two with the same requests for the same courier the cheaper one stays."""

    columns: dict[tuple[int, frozenset[int]], Column] = field(default_factory=dict)

    def add(self, columns: Iterable[Column]) -> None:
        """Remember these routes; those that were seen last stay when it becomes too many."""
        for column in columns:
            key = (column.route, column.requests)
            known = self.columns.pop(key, column)
            self.columns[key] = min(known, column, key=lambda c: c.cost)
        for key in list(self.columns)[: max(0, len(self.columns) - MAX_COLUMNS)]:
            del self.columns[key]


def recombine(
    pool: Pool,
    running: Sequence[Column],
    unserved: Mapping[int, float],
    *,
    seconds: float = 0.0,
    steps: float = 0.0,
    seed: int = 0,
) -> list[Column] | None:
    """The cheapest choice of one column a route that serves every request at most once; None when `running` is best.

    `unserved[request]` is the price of leaving it out. Limited by seconds, or by CP-SAT's deterministic time `steps`.
    """
    pool.add(running)
    columns = list(pool.columns.values())
    model = cp_model.CpModel()
    taken = [model.new_bool_var("") for _ in columns]
    missing = {request: model.new_bool_var("") for request in unserved}
    for route in {column.route for column in columns}:
        model.add_exactly_one(taken[n] for n, column in enumerate(columns) if column.route == route)
    for request, out in missing.items():
        model.add_exactly_one([out, *(taken[n] for n, column in enumerate(columns) if request in column.requests)])
    prices = [round(column.cost * _UNIT) for column in columns]
    model.minimize(
        cp_model.LinearExpr.weighted_sum(taken, prices)
        + cp_model.LinearExpr.weighted_sum(list(missing.values()), [round(p * _UNIT) for p in unserved.values()])
    )
    now = {(column.route, column.requests) for column in running}
    served = {request for column in running for request in column.requests}
    for var, column in zip(taken, columns, strict=True):
        model.add_hint(var, (column.route, column.requests) in now)
    for request, out in missing.items():
        model.add_hint(out, request not in served)
    solver = _solver(seconds, steps, seed)
    status = solver.solve(model)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return None
    chosen = [column for var, column in zip(taken, columns, strict=True) if solver.boolean_value(var)]
    before = sum(c.cost for c in running) + sum(p for r, p in unserved.items() if r not in served)
    after = sum(c.cost for c in chosen) + sum(p for r, p in unserved.items() if solver.boolean_value(missing[r]))
    return chosen if after < before - 1 / _UNIT else None


def _solver(seconds: float, steps: float, seed: int) -> cp_model.CpSolver:
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = seed
    if seconds:
        solver.parameters.max_time_in_seconds = seconds
    if steps:
        solver.parameters.max_deterministic_time = steps
    return solver
