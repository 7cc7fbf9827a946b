"""The peers on Li and Lim's instances: OR-Tools, PyVRP and VROOM, one thread each.

They compute in whole numbers, so that distances and times are multiplied by `SCALE`. In mode `veh` a vehicle costs more
than any detour. A peer returns None when it found no solution; it may return a wrong one, which the checker finds out.
Building its model does not count into the budget of its search.
"""

import logging
from collections.abc import Callable
from datetime import timedelta
from importlib import import_module
from typing import Any

import numpy as np
import numpy.typing as npt

from simulator.benchmarks.pdptw_instances import Instance, Mode, Routes
from simulator.benchmarks.results import NotRun

SCALE = 1000
VEHICLE_COST = 10_000 * SCALE
VROOM_EXPLORATION = 5
"""The most thorough that it has."""
Whole = npt.NDArray[np.int64]
Solve = Callable[[Instance, Mode, float, int], Routes | None]
"""(instance, mode, budget in seconds, seed) -> routes."""


def peers() -> dict[str, Solve]:
    """The peers by name. Raises `NotRun` when one of them is not installed."""
    for name in ("ortools.constraint_solver.pywrapcp", "pyvrp", "vroom"):
        _package(name)
    return {"ortools": ortools, "pyvrp": pyvrp, "vroom": vroom}


def _package(name: str) -> Any:
    """A peer's package, imported when it is wanted: a server that measures nothing has none of them."""
    try:
        return import_module(name)
    except ImportError as missing:
        raise NotRun(f"the package {missing.name} is not installed; `make setup` brings it.") from missing


def _whole(values: npt.NDArray[np.float64]) -> Whole:
    return np.rint(values * SCALE).astype(np.int64)


def ortools(instance: Instance, mode: Mode, budget_s: float, seed: int) -> Routes | None:
    """OR-Tools' routing model: PARALLEL_CHEAPEST_INSERTION, then GUIDED_LOCAL_SEARCH. It takes no seed."""
    del seed
    pywrapcp = _package("ortools.constraint_solver.pywrapcp")
    choices = _package("ortools.constraint_solver.routing_enums_pb2")
    manager = pywrapcp.RoutingIndexManager(len(instance.demand), instance.fleet(mode), 0)
    model = pywrapcp.RoutingModel(manager)
    _ortools_dimensions(instance, model, manager, VEHICLE_COST if mode == "veh" else 0)
    parameters = pywrapcp.DefaultRoutingSearchParameters()
    parameters.first_solution_strategy = choices.FirstSolutionStrategy.PARALLEL_CHEAPEST_INSERTION
    parameters.local_search_metaheuristic = choices.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    parameters.time_limit.FromMilliseconds(round(1000 * budget_s))
    model.CloseModelWithParameters(parameters)
    found = model.SolveWithParameters(parameters)
    return None if found is None else _ortools_routes(model, manager, found)


def _ortools_dimensions(instance: Instance, model: Any, manager: Any, vehicle_cost: int) -> None:
    """Distance as the cost, time with windows, load, and each pair on one vehicle in its order."""
    distance = _whole(instance.distance)
    elapsed = distance + _whole(instance.service)[:, None]
    np.fill_diagonal(elapsed, 0)
    model.SetArcCostEvaluatorOfAllVehicles(model.RegisterTransitMatrix(distance.tolist()))
    model.SetFixedCostOfAllVehicles(vehicle_cost)
    horizon = int(instance.due[0] * SCALE)
    model.AddDimension(model.RegisterTransitMatrix(elapsed.tolist()), horizon, horizon, False, "time")
    load = model.RegisterUnaryTransitVector(instance.demand.tolist())
    model.AddDimension(load, 0, instance.capacity, True, "load")
    time = model.GetDimensionOrDie("time")
    for task in range(1, len(instance.demand)):
        window = time.CumulVar(manager.NodeToIndex(task))
        window.SetRange(int(instance.ready[task] * SCALE), int(instance.due[task] * SCALE))
    for pickup, delivery in instance.pairs:
        ends = manager.NodeToIndex(pickup), manager.NodeToIndex(delivery)
        model.AddPickupAndDelivery(*ends)
        model.solver().Add(model.VehicleVar(ends[0]) == model.VehicleVar(ends[1]))
        model.solver().Add(time.CumulVar(ends[0]) <= time.CumulVar(ends[1]))


def _ortools_routes(model: Any, manager: Any, found: Any) -> Routes:
    routes: Routes = []
    for vehicle in range(model.vehicles()):
        index, route = found.Value(model.NextVar(model.Start(vehicle))), []
        while not model.IsEnd(index):
            route.append(manager.IndexToNode(index))
            index = found.Value(model.NextVar(index))
        routes.append(route)
    return [route for route in routes if route]


def pyvrp(instance: Instance, mode: Mode, budget_s: float, seed: int) -> Routes | None:
    """PyVRP with one shipment a pair, its parameters as they come."""
    package = _package("pyvrp")
    logging.getLogger("pyvrp").setLevel(logging.ERROR)
    horizon, distance = int(instance.due[0] * SCALE), _whole(instance.distance)
    vehicles = package.VehicleType(
        instance.fleet(mode),
        [instance.capacity],
        tw_late=horizon,
        fixed_cost=VEHICLE_COST if mode == "veh" else 0,
    )
    problem = package.ProblemData(
        [package.Location(float(x), float(y)) for x, y in instance.xy],
        [],
        [package.Depot(0, 0, horizon)],
        [vehicles],
        [distance],
        [distance],
        [],
        [_pyvrp_shipment(instance, pickup, delivery) for pickup, delivery in instance.pairs],
    )
    best = package.solve(problem, package.stop.MaxRuntime(budget_s), seed=seed, display=False).best
    return _pyvrp_routes(instance, best) if best.is_feasible() else None


def _pyvrp_shipment(instance: Instance, pickup: int, delivery: int) -> Any:
    ends: dict[str, int] = {}
    for end, task in (("pickup", pickup), ("delivery", delivery)):
        ends[f"{end}_tw_early"] = int(instance.ready[task] * SCALE)
        ends[f"{end}_tw_late"] = int(instance.due[task] * SCALE)
        ends[f"{end}_service_duration"] = int(instance.service[task] * SCALE)
    return _package("pyvrp").Shipment(pickup, delivery, amount=[int(instance.demand[pickup])], **ends)


def _pyvrp_routes(instance: Instance, best: Any) -> Routes:
    routes = [
        [instance.pairs[each.idx][0 if each.is_pickup() else 1] for each in route if each.is_shipment()]
        for route in best.routes()
    ]
    return [route for route in routes if route]


def vroom(instance: Instance, mode: Mode, budget_s: float, seed: int) -> Routes | None:
    """VROOM at its deepest exploration; it stops by itself when it is done, and takes no seed."""
    del seed
    package = _package("vroom")
    problem, distance = package.Input(), _whole(instance.distance)
    problem.set_durations_matrix("car", distance)
    problem.set_distances_matrix("car", distance)
    costs = package.VehicleCosts(fixed=VEHICLE_COST if mode == "veh" else 0)
    rest = {"start": 0, "end": 0, "capacity": [instance.capacity], "time_window": [0, int(instance.due[0] * SCALE)]}
    problem.add_vehicle([package.Vehicle(vehicle, costs=costs, **rest) for vehicle in range(instance.fleet(mode))])
    for pickup, delivery in instance.pairs:
        amount = package.Amount([int(instance.demand[pickup])])
        problem.add_shipment(_vroom_step(instance, pickup), _vroom_step(instance, delivery), amount=amount)
    limit = timedelta(seconds=budget_s)
    found = problem.solve(exploration_level=VROOM_EXPLORATION, nb_threads=1, timeout=limit)
    return None if found.unassigned else _vroom_routes(found.routes)


def _vroom_step(instance: Instance, task: int) -> Any:
    window = [int(instance.ready[task] * SCALE), int(instance.due[task] * SCALE)]
    service = int(instance.service[task] * SCALE)
    return _package("vroom").ShipmentStep(task, location=task, default_service=service, time_windows=[window])


def _vroom_routes(steps: Any) -> Routes:
    """From its table of steps, which has each vehicle's in their order."""
    routes: dict[int, list[int]] = {}
    for vehicle, task, kind in zip(steps["vehicle_id"], steps["id"], steps["type"], strict=True):
        if kind in ("pickup", "delivery"):
            routes.setdefault(int(vehicle), []).append(int(task))
    return list(routes.values())
