"""Who gets what, all together: assignments solved by OR-Tools.

Two orders often want the same courier. Taking the orders one after the other lets the first one win; a min-cost flow
finds the pairing that is cheapest for all of them (Ahuja, Magnanti and Orlin 1993, chapter 12; OR-Tools'
cost-scaling). And once the search has made routes, which courier rides which of them is an assignment, too.
"""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
from ortools.graph.python import linear_sum_assignment, min_cost_flow

Floats = npt.NDArray[np.float64]
ENGINE = "ortools-assignment"
_UNIT = 10
"""The flow counts in whole tenths of a second."""


def cheapest_pairs(costs: Mapping[str, Mapping[str, float]]) -> dict[str, str]:
    """Order -> courier, one order a courier, as many orders as possible, at the least total cost.

    `costs[order][courier]` are seconds, for the pairs that may be. An order without a free courier is left out.
    """
    orders = sorted(order for order, ways in costs.items() if ways)
    couriers = sorted({courier for order in orders for courier in costs[order]})
    if not orders:
        return {}
    seat = {courier: len(orders) + k for k, courier in enumerate(couriers)}
    source, sink = len(orders) + len(couriers), len(orders) + len(couriers) + 1
    pairs = [(o, seat[courier], cost) for o, order in enumerate(orders) for courier, cost in costs[order].items()]
    least = min(cost for _, _, cost in pairs)
    prices = [round((cost - least) * _UNIT) for _, _, cost in pairs]
    unpaired = (max(prices) + 1) * (len(orders) + 1)  # dearer than any pairing, so nobody is left out for a price
    tails = [source] * len(orders) + [o for o, _, _ in pairs] + list(seat.values()) + list(range(len(orders)))
    heads = list(range(len(orders))) + [c for _, c, _ in pairs] + [sink] * (len(couriers) + len(orders))
    unit_costs = [0] * len(orders) + prices + [0] * len(couriers) + [unpaired] * len(orders)
    flow = min_cost_flow.SimpleMinCostFlow()
    arcs = flow.add_arcs_with_capacity_and_unit_cost(
        np.array(tails), np.array(heads), np.ones(len(tails), dtype=int), np.array(unit_costs)
    )
    flow.set_nodes_supplies(np.array([source, sink]), np.array([len(orders), -len(orders)]))
    if flow.solve() != flow.OPTIMAL:  # pragma: no cover - whoever is paired with nobody flows past the couriers
        raise AssertionError("an assignment with a way out for everybody has no solution")
    used = flow.flows(arcs)[len(orders) : len(orders) + len(pairs)]
    return {orders[o]: couriers[c - len(orders)] for (o, c, _), taken in zip(pairs, used, strict=True) if taken}


def cheapest_riders(costs: Floats) -> npt.NDArray[np.int64]:
    """Which row (a route's stops) each column (a courier) rides, at the least total cost.

    `costs` is [n, n] in seconds, inf where a courier cannot. Keeping every route where it is has to be possible: raises
    `ValueError` when it is not.
    """
    size = len(costs)
    if not np.isfinite(np.diagonal(costs)).all():
        raise ValueError("a route cannot be ridden by the courier who has it")
    rows, columns = np.nonzero(np.isfinite(costs))
    least = costs[rows, columns].min(initial=0.0)
    prices = np.rint((costs[rows, columns] - least) * _UNIT).astype(np.int64)
    pairing = linear_sum_assignment.SimpleLinearSumAssignment()
    pairing.add_arcs_with_cost(rows.astype(np.int32), columns.astype(np.int32), prices)
    rides = np.arange(size)
    if size and pairing.solve() != pairing.OPTIMAL:  # pragma: no cover - the diagonal is a way out for everybody
        raise AssertionError("an assignment with a way out for everybody has no solution")
    for row in range(size):
        rides[pairing.right_mate(row)] = row
    return rides
