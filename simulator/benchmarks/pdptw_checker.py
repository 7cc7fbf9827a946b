"""Are routes a solution, and how long are they? In floating point, without any code of a solver.

Solvers here compute in whole thousandths; `TOLERANCE` is what their rounding may add up to along a route.
"""

from collections.abc import Sequence

from simulator.benchmarks.pdptw_instances import Instance, Mode, Routes

TOLERANCE = 0.02
"""How late a visit may begin, in the instance's units of time."""


class Broken(Exception):
    """Routes that are no solution; the message says the first thing that is wrong."""


def length(instance: Instance, mode: Mode, routes: Routes) -> float:
    """The routes' length together. Raises `Broken` when they are no solution of the instance."""
    if len(routes) > instance.fleet(mode):
        raise Broken(f"{len(routes)} routes for {instance.fleet(mode)} vehicles")
    _all_visited_once(instance, routes)
    for route in routes:
        _pairs_in_order(instance, route)
        _never_too_full(instance, route)
        _never_late(instance, route)
    return sum(_length(instance, route) for route in routes)


def _all_visited_once(instance: Instance, routes: Routes) -> None:
    visited = sorted(task for route in routes for task in route)
    if visited != list(range(1, len(instance.demand))):
        raise Broken("not every task is visited exactly once")


def _pairs_in_order(instance: Instance, route: Sequence[int]) -> None:
    position = {task: index for index, task in enumerate(route)}
    for pickup, delivery in instance.pairs:
        if (pickup in position) != (delivery in position):
            raise Broken(f"pickup {pickup} and delivery {delivery} are on two routes")
        if pickup in position and position[pickup] > position[delivery]:
            raise Broken(f"delivery {delivery} comes before pickup {pickup}")


def _never_too_full(instance: Instance, route: Sequence[int]) -> None:
    load = 0
    for task in route:
        load += int(instance.demand[task])
        if not 0 <= load <= instance.capacity:
            raise Broken(f"a load of {load} at task {task}")


def _never_late(instance: Instance, route: Sequence[int]) -> None:
    now, place = float(instance.ready[0]), 0
    for task in [*route, 0]:
        now = max(now + float(instance.distance[place, task]), float(instance.ready[task]))
        if now > float(instance.due[task]) + TOLERANCE:
            raise Broken(f"late at task {task} by {now - float(instance.due[task]):.3f}")
        now, place = now + float(instance.service[task]), task


def _length(instance: Instance, route: Sequence[int]) -> float:
    return sum(float(instance.distance[a, b]) for a, b in zip([0, *route], [*route, 0], strict=True))
