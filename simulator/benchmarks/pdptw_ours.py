"""Ours on Li and Lim's instances: the planner's own search, by the same compiled functions that plan the zones.

Distances are rides, and the riding is the price; nothing else costs anything. Where vehicles count, most of the budget
goes into doing with fewer of them, the rest into shorter routes for those that are left.
"""

from collections.abc import Callable
from math import inf
from time import perf_counter
from typing import Any

import numpy as np

from dispatch.planning.search import annealing
from dispatch.planning.search import layout as search
from simulator.benchmarks.pdptw_instances import Instance, Mode, Routes

FLEET_SHARE = 0.75
"""Of the budget, for fewer vehicles."""
HOT, COLD = 1.0, 0.01
"""The temperature at the beginning and at the end, as shares of the mean distance between pickups."""
CHUNK = 200
"""Iterations between two looks at the clock: a few milliseconds."""
UNSERVED = 1e6
"""The price of a pair without a vehicle: more than any detour."""
NEAREST = 100
"""So many tasks around each task are looked at when strings of visits are taken out."""
REMOVED, REMOVED_SHARE = 10.0, 0.05
"""Visits that an iteration takes out on average: so many, and this share of all pairs."""


def solve(instance: Instance, mode: Mode, budget_s: float, seed: int) -> Routes | None:
    """Routes found within the budget, the making of the model included; None when some pair has none."""
    began_s = perf_counter()
    given = _given(instance, instance.fleet(mode))
    state = search.empty_state(given, seed)
    annealing.start(given, state)
    if mode == "veh":
        _anneal(annealing.reduce_fleet, given, state, began_s + FLEET_SHARE * budget_s)
        state.lines["shut"] = state.lines["best_length"] == 0
        annealing.back_to_best(given, state)
    _anneal(annealing.iterate, given, state, began_s + budget_s)
    routes = [_tasks(instance, state.best[k, 1 : length + 1]) for k, length in enumerate(state.lines["best_length"])]
    return [route for route in routes if route] if sum(map(len, routes)) == len(given.visits) else None


def _anneal(chunk: Callable[..., None], given: search.Instance, state: search.State, until_s: float) -> None:
    """Chunks of iterations until then, ever colder; one at least, which compiles the kernel when nobody has yet."""
    began_s = perf_counter()
    pickups = given.visits["place"][::2]
    mean = float(given.matrix[0][np.ix_(pickups, pickups)].mean())
    used = 0.0
    while used < 1.0:
        heat = mean * HOT * (COLD / HOT) ** used
        chunk(given, state, CHUNK, heat, heat)
        now_s = perf_counter()
        used = (now_s - began_s) / (until_s - began_s) if now_s < until_s else 1.0


def _tasks(instance: Instance, visits: search.Places) -> list[int]:
    return [instance.pairs[visit // 2][visit % 2] for visit in visits.tolist()]


def _given(instance: Instance, fleet: int) -> search.Instance:
    """The instance in the arrays of the search: visit 2r is the pickup of pair r, visit 2r + 1 its delivery."""
    tasks = np.array(instance.pairs).ravel()
    apart = instance.distance[np.ix_(tasks, tasks)]
    return search.Instance(
        settings=_records(
            search.SETTINGS, 1, options=1, metric=1, removed=REMOVED + REMOVED_SHARE * len(instance.pairs)
        ),
        matrix=instance.distance[None].copy(),
        slices=np.zeros((0, 2)),
        visits=_visits(instance, tasks),
        requests=_records(search.REQUEST, len(instance.pairs), unserved=UNSERVED, removable=1),
        routes=_vehicles(instance, fleet),
        tax=np.zeros((len(instance.pairs), fleet)),
        near=np.argsort(apart, axis=1, kind="stable")[:, :NEAREST].astype(np.int32),
    )


def _records(kind: np.dtype[Any], size: int, /, **values: Any) -> search.Records:
    made = np.zeros(size, dtype=kind)
    for name, value in values.items():
        made[name] = value
    return made


def _visits(instance: Instance, tasks: search.Ints) -> search.Records:
    return _records(
        search.VISIT,
        len(tasks),
        place=tasks,
        kind=np.arange(len(tasks)) % 2,
        opens=instance.ready[tasks],
        closes=instance.due[tasks],
        service=instance.service[tasks],
        extra=-1.0,
        due=inf,
        load0=instance.demand[tasks],
    )


def _vehicles(instance: Instance, fleet: int) -> search.Records:
    """Alike, from the depot and back to it by the end of its day."""
    return _records(
        search.ROUTE,
        fleet,
        start_at=instance.ready[0],
        capacity0=instance.capacity,
        pace=1.0,
        ride_price=1.0,
        pickup_by=inf,
        ends_by=instance.due[0],
        shift_end=inf,
        break_from=inf,
        room=len(instance.pairs),
    )
