"""What an engine has to do: fastest ways between the nodes of one profile's graph."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from dispatch.roads.network import CLOSED_MS, FloatArray, IntArray

Millis = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Graph:
    """The graph of one profile: n nodes, m arcs, weights in whole milliseconds from 1 to `CLOSED_MS`."""

    lat: FloatArray
    lon: FloatArray
    tail: IntArray
    head: IntArray
    weight_ms: Millis
    order: IntArray
    """[n] a contraction order of the nodes; [0] when none is known"""


@dataclass(frozen=True, eq=False)
class Gates:
    """How S places on streets are tied to the graph: by at most two nodes each, some milliseconds away.

    For a start they are the ends of its segment that may be ridden to, for a goal those that it may be reached from.
    """

    node: IntArray
    """[S, 2]"""
    ms: Millis
    """[S, 2]; `CLOSED_MS` where that end is of no use"""

    def pairs(self, place: int) -> list[tuple[int, int]]:
        """The (node, milliseconds) that are of use to one place."""
        nodes, ms = self.node[place].tolist(), self.ms[place].tolist()
        return [(node, cost) for node, cost in zip(nodes, ms, strict=True) if cost < CLOSED_MS]

    def __len__(self) -> int:
        return len(self.node)


class ShortestPaths(Protocol):
    """Fastest ways on one graph. Safe to use from any thread."""

    def times_ms(self, starts: Gates, goals: Gates) -> FloatArray:
        """[S, T] whole milliseconds from gate to gate, their own included; infinite where no way leads."""
        ...

    def with_weights(self, weight_ms: Millis) -> "ShortestPaths":
        """The same graph with other weights, from 1 to `CLOSED_MS` (closed); this one goes on with its own."""
        ...

    def path(self, start: Gates, goal: Gates) -> tuple[Sequence[int], Sequence[int]] | None:
        """The nodes and the arcs of the fastest way between one place and another; None where none leads."""
        ...


def nearest_gate(times_ms: FloatArray, gates: Gates) -> FloatArray:
    """[S, T] from [S, 2T] times to each gate's node: the better gate of each of the T places, its own time added."""
    own_ms = np.where(gates.ms < CLOSED_MS, gates.ms, np.inf)
    both: FloatArray = times_ms.reshape(len(times_ms), -1, 2) + own_ms
    return both.min(axis=2) if both.size else both[:, :, 0]
