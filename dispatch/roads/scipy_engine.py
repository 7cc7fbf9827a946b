"""Fastest ways by scipy's Dijkstra: slower than the hierarchy, but found wherever scipy is."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from dispatch.roads.network import CLOSED_MS, FloatArray
from dispatch.roads.shortest_paths import Gates, Graph, Millis, nearest_gate

_ROWS_AT_ONCE = 64
"""Dijkstra answers for every node of the city; this bounds the memory that a large matrix takes."""


class ScipyPaths:
    """`ShortestPaths` by one Dijkstra search for each node that a place starts from."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        nodes = len(graph.lat)
        usable = np.flatnonzero(graph.weight_ms < CLOSED_MS)
        by_pair = usable[np.lexsort((graph.weight_ms[usable], graph.head[usable], graph.tail[usable]))]
        pair = graph.tail[by_pair].astype(np.int64) * nodes + graph.head[by_pair]
        self._pairs, fastest = np.unique(pair, return_index=True)
        self._arcs = by_pair[fastest]
        tail, head = graph.tail[self._arcs], graph.head[self._arcs]
        self._weights = csr_array((graph.weight_ms[self._arcs].astype(np.float64), (tail, head)), shape=(nodes, nodes))

    def with_weights(self, weight_ms: Millis) -> "ScipyPaths":
        """See `ShortestPaths`."""
        return ScipyPaths(replace(self._graph, weight_ms=weight_ms))

    def times_ms(self, starts: Gates, goals: Gates) -> FloatArray:
        """See `ShortestPaths`."""
        nodes, where = np.unique(starts.node.reshape(-1), return_inverse=True)
        columns = goals.node.reshape(-1)
        parts = [
            dijkstra(self._weights, indices=nodes[first : first + _ROWS_AT_ONCE])[:, columns]
            for first in range(0, len(nodes), _ROWS_AT_ONCE)
        ]
        to_goals = nearest_gate(np.concatenate(parts) if parts else np.empty((0, len(columns))), goals)
        return nearest_gate(to_goals[where].T, starts).T

    def path(self, start: Gates, goal: Gates) -> tuple[Sequence[int], Sequence[int]] | None:
        """See `ShortestPaths`."""
        starts, goals = start.pairs(0), goal.pairs(0)
        if not starts or not goals:
            return None
        times_ms, before = dijkstra(self._weights, indices=[node for node, _ in starts], return_predecessors=True)
        total_ms, row, last = min(
            (out_ms + times_ms[row, node] + in_ms, row, node)
            for row, (_, out_ms) in enumerate(starts)
            for node, in_ms in goals
        )
        if not np.isfinite(total_ms):
            return None
        nodes = [last]
        while (previous := int(before[row, nodes[-1]])) >= 0:
            nodes.append(previous)
        nodes.reverse()
        return nodes, [self._arc(tail, head) for tail, head in pairwise(nodes)]

    def _arc(self, tail: int, head: int) -> int:
        return int(self._arcs[np.searchsorted(self._pairs, tail * self._weights.shape[0] + head)])
