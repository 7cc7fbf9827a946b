"""Fastest ways by customizable contraction hierarchies (Dibbelt, Strasser, Wagner 2014), through `routingkit-cch`.

The hierarchy and its metric are immutable and shared by all threads. Queries are bound to the thread that made them,
and an answer to its query; so each call makes its own and drops the answer before it returns. Making one costs 20 us.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import routingkit_cch as rk

from dispatch.roads.network import FloatArray, IntArray
from dispatch.roads.ordering import contraction_order
from dispatch.roads.shortest_paths import Gates, Graph, Millis, nearest_gate


class CchPaths:
    """`ShortestPaths` on a contraction hierarchy."""

    def __init__(self, graph: Graph, hierarchy: rk.CCH | None = None) -> None:
        self._graph = graph
        self._cch = hierarchy or _hierarchy(graph)
        self._metric = rk.CCHMetric(self._cch, graph.weight_ms.tolist())

    def with_weights(self, weight_ms: Millis) -> "CchPaths":
        """See `ShortestPaths`. Takes milliseconds: the hierarchy stays."""
        return CchPaths(replace(self._graph, weight_ms=weight_ms), self._cch)

    def times_ms(self, starts: Gates, goals: Gates) -> FloatArray:
        """See `ShortestPaths`. One sweep for each place on the smaller side."""
        if len(starts) > len(goals):
            sources, where = _distinct(starts)
            backward = rk.CCHManyToOne(self._metric, sources)
            swept = _swept(backward.distances_to_multi, goals, sources)
            return nearest_gate(swept[:, where], starts).T
        targets, where = _distinct(goals)
        forward = rk.CCHOneToMany(self._metric, targets)
        swept = _swept(forward.distances_from_multi, starts, targets)
        return nearest_gate(swept[:, where], goals)

    def path(self, start: Gates, goal: Gates) -> tuple[Sequence[int], Sequence[int]] | None:
        """See `ShortestPaths`."""
        if not start.pairs(0) or not goal.pairs(0):
            return None
        found = rk.CCHQuery(self._metric).run_multi(start.pairs(0), goal.pairs(0))
        return None if found.distance is None else (found.node_path, found.arc_path)


def _hierarchy(graph: Graph) -> rk.CCH:
    order = graph.order if len(graph.order) else contraction_order(graph.lat, graph.lon, graph.tail, graph.head)
    return rk.CCH(order.tolist(), graph.tail.tolist(), graph.head.tolist(), False)


def _distinct(gates: Gates) -> tuple[list[int], IntArray]:
    """The nodes without repetition, and where in that list each of the gates stands."""
    nodes, where = np.unique(gates.node.reshape(-1), return_inverse=True)
    return nodes.tolist(), where.astype(np.int32)


def _swept(
    sweep: Callable[[list[tuple[int, int]]], Sequence[int | None]], places: Gates, columns: Sequence[int]
) -> FloatArray:
    """[places, columns] of what a sweep from each place's gates finds; no way (None) and no gate are infinite."""
    times_ms = np.full((len(places), len(columns)), np.inf)
    for row in range(len(places)):
        if pairs := places.pairs(row):
            times_ms[row] = _numbers(sweep(pairs))
    times_ms[np.isnan(times_ms)] = np.inf
    return times_ms


def _numbers(found: Sequence[int | None]) -> FloatArray:
    """None becomes infinite. Whole numbers convert three times as fast, and nearly always there is a way."""
    try:
        return np.array(found, dtype=np.int64).astype(np.float64)
    except TypeError:
        return np.array(found, dtype=np.float64)
