"""The running plan, improved by OR-Tools' routing library (guided local search from a warm start).

The model is the objective of `objective.py` as far as that library can say it: riding, the time of every delivery,
lateness as a straight line, and a tax on each arc that brings an order to another courier. Times are whole seconds,
rounded up. What comes back is retimed and priced exactly, and kept only when it is really better.

What has bitten others is settled here: no Python callback is ever called (an exception in one costs 0 unseen), the
objective is recomputed from the routes and must agree, and the frozen stops are not in the model at all: each courier
starts behind them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from ortools.constraint_solver import pywrapcp, routing_enums_pb2

from dispatch.domain.order import TO_DELIVER
from dispatch.domain.promise import EXTRA_ORDER_PICKUP_S
from dispatch.domain.route import StopKind
from dispatch.planning.eligibility import candidates
from dispatch.planning.focus import focus
from dispatch.planning.freezing import worthwhile
from dispatch.planning.objective import late_from_ms, urgency
from dispatch.planning.problem import UNREACHABLE_MS, Plan, PlanCourier, PlanStop, Problem, Visit, stops_of, visits_of
from dispatch.planning.retime import planned_route, retime

ENGINE = "ortools-routing"
_HORIZON_S = 12 * 3600
_DROPPED = -1
"""The library's vehicle of what nobody visits."""
_PER_S = 10
"""Cost units a second of riding: the library counts in whole numbers."""
_LATE_SLOPE = 3.0
"""Lateness as a straight line, per second: about what `terms.py` asks for the first minutes."""

Ints = npt.NDArray[np.int64]


class ObjectiveMismatch(Exception):
    """The library's objective is not the cost of the routes it returned: do not trust it."""


@dataclass(frozen=True, eq=False, slots=True)
class _Nodes:
    """The model's nodes: one per visit behind the frozen stops, then each courier's start, then one common end."""

    visits: list[Visit]
    place: Ints
    service_s: Ints
    is_pickup: npt.NDArray[np.bool_]
    couriers: list[PlanCourier]
    start_s: list[int]
    load: Ints
    index: dict[Visit, int]

    def start(self, vehicle: int) -> int:
        """The node where a courier starts."""
        return len(self.visits) + vehicle

    @property
    def end(self) -> int:
        """The node where every route ends: wherever its last stop was."""
        return len(self.visits) + len(self.couriers)

    @property
    def size(self) -> int:
        """How many nodes there are."""
        return self.end + 1


def improve(problem: Problem, search_s: float, seed: int, max_solutions: int = 0) -> Plan | None:
    """A better plan, after at most `search_s` of search, or `max_solutions` solutions where that is not 0.

    The search itself is the only thing here that looks at a clock; limited by solutions alone, the same arguments give
    the same plan. None when nothing better was found. Raises `ObjectiveMismatch` when the library cannot be trusted.
    """
    part = focus(problem, seed)
    if not any(courier.planned for courier in part.couriers) and not part.waiting:
        return None
    model = _Model(part)
    found = model.search(search_s, seed, max_solutions)
    return _plan(part, found) if found else None


def _plan(problem: Problem, found: Sequence[Sequence[Visit]]) -> Plan | None:
    """The changed routes, without those independent parts that cost more than they save."""
    routes = []
    for courier, visits in zip(problem.couriers, found, strict=True):
        stops = stops_of(problem, visits)
        if visits_of(stops) != visits_of(courier.planned):
            routes.append(planned_route(problem, courier, courier.frozen + stops))
    parts = worthwhile(problem, Plan(problem.version, tuple(routes), (ENGINE,)), 0.0)
    better = [part for part in parts if part.gain > 0]
    if not better:
        return None
    kept = tuple(route for part in better for route in part.routes)
    return Plan(problem.version, kept, (ENGINE,), sum(part.gain for part in better))


class _Model:
    """One routing model, solved once."""

    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        self._nodes = _nodes_of(problem)
        size, vehicles = self._nodes.size, len(self._nodes.couriers)
        starts = [self._nodes.start(vehicle) for vehicle in range(vehicles)]
        self._manager = pywrapcp.RoutingIndexManager(size, vehicles, starts, [self._nodes.end] * vehicles)
        self._routing = pywrapcp.RoutingModel(self._manager)
        self._durations = [_durations(problem, self._nodes, vehicle) for vehicle in range(vehicles)]
        self._arc_costs = [_arc_costs(problem, self._nodes, vehicle) for vehicle in range(vehicles)]
        self._soft: list[tuple[str, int, int, int]] = []
        self._add_costs()
        self._add_times()
        self._add_loads()
        self._add_orders()

    def search(self, search_s: float, seed: int, max_solutions: int) -> list[list[Visit]] | None:
        """Each courier's visits in the best solution; None when not even the running plan was accepted."""
        parameters = pywrapcp.DefaultRoutingSearchParameters()
        parameters.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
        parameters.time_limit.FromMilliseconds(int(search_s * 1000))
        if max_solutions:
            parameters.solution_limit = max_solutions
        routing = self._routing
        routing.CloseModelWithParameters(parameters)
        routing.solver().ReSeed(seed)
        running = routing.ReadAssignmentFromRoutes(self._running_routes(), True)
        best = routing.SolveFromAssignmentWithParameters(running, parameters) if running else None
        if best is None:
            return None
        routes = [self._route(best, vehicle) for vehicle in range(len(self._nodes.couriers))]
        self._check(best.ObjectiveValue(), routes)
        return [[self._nodes.visits[node] for node in route] for route in routes]

    # --- building ----------------------------------------------------------------------------------------------

    def _add_costs(self) -> None:
        for vehicle, costs in enumerate(self._arc_costs):
            arc = self._routing.RegisterTransitMatrix(costs.tolist())
            self._routing.SetArcCostEvaluatorOfVehicle(arc, vehicle)

    def _add_times(self) -> None:
        """Two clocks that run alike, because a visit can carry one price by the second only: lateness, and delivery."""
        profiles = {courier.profile: vehicle for vehicle, courier in enumerate(self._nodes.couriers)}
        rides = {p: self._routing.RegisterTransitMatrix(self._durations[v].tolist()) for p, v in profiles.items()}
        transits = [rides[courier.profile] for courier in self._nodes.couriers]
        for name in ("late", "delivery"):
            self._routing.AddDimensionWithVehicleTransits(transits, _HORIZON_S, _HORIZON_S, False, name)
            clock = self._routing.GetDimensionOrDie(name)
            for vehicle, start_s in enumerate(self._nodes.start_s):
                clock.CumulVar(self._routing.Start(vehicle)).SetValue(start_s)
            for node, (kind, order_id) in enumerate(self._nodes.visits):
                self._add_window(name, clock, node, kind, order_id)

    def _add_window(self, name: str, clock: Any, node: int, kind: StopKind, order_id: str) -> None:
        order, index = self._problem.orders[order_id].order, self._manager.NodeToIndex(node)
        earliest_ms = order.ready_at_ms if kind is StopKind.PICKUP else order.earliest_at_ms
        clock.CumulVar(index).SetMin(_after_s(self._problem, earliest_ms))
        self._routing.AddVariableMinimizedByFinalizer(clock.CumulVar(index))
        if kind is StopKind.PICKUP:
            return
        slope = _LATE_SLOPE * urgency(order) if name == "late" else self._problem.weights.delivery
        bound_s = _after_s(self._problem, late_from_ms(self._problem.weights, order)) if name == "late" else 0
        clock.SetCumulVarSoftUpperBound(index, bound_s, int(slope * _PER_S))
        self._soft.append((name, node, bound_s, int(slope * _PER_S)))

    def _add_loads(self) -> None:
        """Weight, volume and items, each only where it can bind."""
        for kind, name in enumerate(("weight_g", "volume_ml", "items")):
            amounts = self._nodes.load[:, kind]
            capacity = [int(getattr(courier.capacity, name)) for courier in self._nodes.couriers]
            carried = [int(amounts[self._nodes.start(vehicle)]) for vehicle in range(len(capacity))]
            if amounts[amounts > 0].sum() > min(capacity):
                loads = self._routing.RegisterUnaryTransitVector(amounts.tolist())
                room = [max(pair) for pair in zip(capacity, carried, strict=True)]
                self._routing.AddDimensionWithVehicleCapacity(loads, 0, room, True, name)

    def _add_orders(self) -> None:
        solver, clock = self._routing.solver(), self._routing.GetDimensionOrDie("late")
        for order in self._problem.orders.values():
            nodes = [self._nodes.index.get((kind, order.id)) for kind in StopKind]
            ends = [self._manager.NodeToIndex(node) for node in nodes if node is not None]
            if len(ends) == 2:
                pickup, dropoff = ends
                self._routing.AddPickupAndDelivery(pickup, dropoff)
                solver.Add(self._routing.VehicleVar(pickup) == self._routing.VehicleVar(dropoff))
                solver.Add(clock.CumulVar(pickup) <= clock.CumulVar(dropoff))
            for position, end in enumerate(ends):
                self._routing.VehicleVar(end).SetValues([_DROPPED, *self._vehicles(order.id)])
                if order.id not in self._problem.routed:
                    price = 0 if position else int(self._problem.weights.unserved * _PER_S)
                    self._routing.AddDisjunction([end], price)

    def _vehicles(self, order_id: str) -> list[int]:
        """Who may have the order: its courier alone when it must not move or its pickup has begun, else all who can."""
        order, holder = self._problem.orders[order_id], self._problem.routed.get(order_id)
        fit = {holder} if holder else set()
        if not holder or (order.movable and (StopKind.PICKUP, order_id) in self._nodes.index):
            fit |= {courier.id for courier in candidates(self._problem, order)[0]}
        return [vehicle for vehicle, courier in enumerate(self._nodes.couriers) if courier.id in fit]

    # --- reading -----------------------------------------------------------------------------------------------

    def _running_routes(self) -> list[list[int]]:
        """The plan as it runs, as the library's indices."""
        return [
            [self._manager.NodeToIndex(self._nodes.index[visit]) for visit in visits_of(courier.planned)]
            for courier in self._nodes.couriers
        ]

    def _route(self, solution: Any, vehicle: int) -> list[int]:
        nodes, index = [], solution.Value(self._routing.NextVar(self._routing.Start(vehicle)))
        while not self._routing.IsEnd(index):
            nodes.append(self._manager.IndexToNode(index))
            index = solution.Value(self._routing.NextVar(index))
        return nodes

    def _check(self, objective: int, routes: Sequence[Sequence[int]]) -> None:
        """Raise `ObjectiveMismatch` unless the routes cost what the library says."""
        begin_s: dict[int, int] = {}
        cost = 0
        for vehicle, route in enumerate(routes):
            here, now_s = self._nodes.start(vehicle), self._nodes.start_s[vehicle]
            for node in route:
                cost += int(self._arc_costs[vehicle][here, node])
                now_s = max(now_s + int(self._durations[vehicle][here, node]), self._earliest_s(node))
                here, begin_s[node] = node, now_s
        cost += sum(
            slope * max(0, begin_s[node] - bound_s) for _, node, bound_s, slope in self._soft if node in begin_s
        )
        served = {self._nodes.visits[node][1] for node in begin_s}
        left = sum(order_id not in served for order_id in self._problem.waiting)
        cost += int(self._problem.weights.unserved * _PER_S) * left
        if cost != objective:
            raise ObjectiveMismatch(f"the routes cost {cost}, the library says {objective}")

    def _earliest_s(self, node: int) -> int:
        kind, order_id = self._nodes.visits[node]
        order = self._problem.orders[order_id].order
        return _after_s(self._problem, order.ready_at_ms if kind is StopKind.PICKUP else order.earliest_at_ms)


def _after_s(problem: Problem, at_ms: int) -> int:
    """Whole seconds from now, rounded up, not negative."""
    return min(_HORIZON_S, max(0, -((problem.now_ms - at_ms) // 1000)))


def _nodes_of(problem: Problem) -> _Nodes:
    couriers = list(problem.couriers)
    visits = [visit for courier in couriers for visit in visits_of(courier.planned)]
    for order_id in problem.waiting:
        on_board = problem.orders[order_id].order.status in TO_DELIVER
        visits += [(kind, order_id) for kind in StopKind if kind is StopKind.DROPOFF or not on_board]
    behind = [retime(problem, courier, courier.frozen) for courier in couriers]
    places = [timed[-1].place if timed else courier.start for courier, timed in zip(couriers, behind, strict=True)]
    free_ms = [
        timed[-1].depart_ms if timed else courier.available_at_ms
        for courier, timed in zip(couriers, behind, strict=True)
    ]
    loads = [_visit_load(problem, visit) for visit in visits] + [_start_load(problem, c) for c in couriers]
    return _Nodes(
        visits,
        np.array([_visit_place(problem, visit) for visit in visits] + places + places[:1]),
        np.array([_visit_service_s(problem, visit) for visit in visits] + [0] * (len(couriers) + 1)),
        np.array([kind is StopKind.PICKUP for kind, _ in visits] + [False] * (len(couriers) + 1)),
        couriers,
        [_after_s(problem, at_ms) for at_ms in free_ms],
        np.array([*loads, (0, 0, 0)], dtype=np.int64),
        {visit: node for node, visit in enumerate(visits)},
    )


def _visit_place(problem: Problem, visit: Visit) -> int:
    return problem.place(PlanStop(visit[0], (visit[1],)))


def _visit_service_s(problem: Problem, visit: Visit) -> int:
    return problem.service_ms(PlanStop(visit[0], (visit[1],))) // 1000


def _visit_load(problem: Problem, visit: Visit) -> tuple[int, int, int]:
    load, sign = problem.orders[visit[1]].order.load, 1 if visit[0] is StopKind.PICKUP else -1
    return sign * load.weight_g, sign * load.volume_ml, sign * load.items


def _start_load(problem: Problem, courier: PlanCourier) -> tuple[int, int, int]:
    """What is on board behind the frozen stops."""
    changes = np.array([_visit_load(problem, visit) for visit in visits_of(courier.frozen)]).reshape(-1, 3)
    board = courier.on_board
    weight_g, volume_ml, items = (
        np.array([board.weight_g, board.volume_ml, board.items]) + changes.sum(axis=0)
    ).tolist()
    return weight_g, volume_ml, items


def _rides_s(problem: Problem, nodes: _Nodes, vehicle: int) -> Ints:
    """Seconds of riding between nodes, rounded up; none to the end."""
    legs = problem.travel_ms[nodes.couriers[vehicle].profile][np.ix_(nodes.place, nodes.place)].astype(np.int64)
    rides = np.where(legs >= UNREACHABLE_MS, 2 * _HORIZON_S, -(-legs // 1000))
    rides[:, nodes.end] = 0
    return rides.astype(np.int64)


def _durations(problem: Problem, nodes: _Nodes, vehicle: int) -> Ints:
    """Service at one node and the ride to the next. At the same depot, a further pickup costs its extra only."""
    service = nodes.service_s
    together = nodes.is_pickup[:, None] & nodes.is_pickup[None, :] & (nodes.place[:, None] == nodes.place[None, :])
    further: Ints = EXTRA_ORDER_PICKUP_S + np.maximum(service[:, None] - service[None, :], 0)
    alone: Ints = service[:, None] + _rides_s(problem, nodes, vehicle)
    return np.asarray(np.where(together, further, alone), dtype=np.int64)


def _arc_costs(problem: Problem, nodes: _Nodes, vehicle: int) -> Ints:
    """The price of a ride, with the tax on arcs that would bring an order to another courier than its own."""
    priced = _rides_s(problem, nodes, vehicle) * (problem.weights.travel * _PER_S)
    costs: Ints = np.rint(priced).astype(np.int64)
    own = nodes.couriers[vehicle].id
    moved = [
        node
        for node, (kind, order_id) in enumerate(nodes.visits)
        if kind is StopKind.PICKUP and problem.routed.get(order_id, own) != own
    ]
    costs[:, moved] += int(problem.weights.moved_order * _PER_S)
    return costs
