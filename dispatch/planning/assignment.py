"""Who gets which order, all together: an assignment solved by OR-Tools' min-cost flow.

Two orders often want the same courier. Taking the orders one after the other lets the first one win; the flow finds
the pairing that is cheapest for all of them (Ahuja, Magnanti and Orlin 1993, chapter 12; OR-Tools' cost-scaling).
"""

from collections.abc import Mapping

import numpy as np
from ortools.graph.python import min_cost_flow

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
