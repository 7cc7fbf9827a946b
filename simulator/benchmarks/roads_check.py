"""Ways found by a search over edges that knows nothing of hierarchies or of doors: an independent check."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from dispatch.domain.vehicle import Profile
from dispatch.roads.network import CLOSED_MS, Network
from dispatch.roads.rides import Rides, split
from dispatch.roads.snapper import Snaps
from dispatch.roads.turns import turns_of

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class EdgeGraph:
    """Every edge is a node; from edge to edge one rides the turn and all of the second edge."""

    ways: csr_array
    edge_ms: npt.NDArray[np.int64]

    @classmethod
    def of(cls, network: Network, profile: Profile) -> "EdgeGraph":
        """The whole of a profile's network. Turns cost what `turns` says where it tells them apart, else nothing."""
        turns = turns_of(network, profile)
        pairs = zip(turns.come.tolist(), turns.go.tolist(), strict=True)
        told = dict(zip(pairs, turns.ms.tolist(), strict=True))
        edge_ms = network.travel_ms(profile)
        rows, columns, costs = [], [], []
        out: dict[int, list[int]] = {}
        usable = np.flatnonzero(edge_ms < CLOSED_MS).tolist()
        for edge in usable:
            out.setdefault(int(network.tail[edge]), []).append(edge)
        for come in usable:
            node = int(network.head[come])
            for go in out.get(node, ()):
                turn_ms = told.get((come, go)) if turns.told_apart[node] else 0
                if turn_ms is not None:
                    rows.append(come)
                    columns.append(go)
                    costs.append(turn_ms + int(edge_ms[go]))
        size = (len(edge_ms), len(edge_ms))
        return cls(csr_array((np.array(costs, dtype=np.float64), (rows, columns)), shape=size), edge_ms)

    def between_ms(self, rides: Rides, found: Snaps) -> float:
        """From the first of two places to the second, which lies on another segment; infinite where no way leads."""
        starts, goals = split(found, 1)
        here, there = int(starts.segment[0]), int(goals.segment[0])
        from_gates, to_gates = rides.gates(starts, goals)
        best = np.inf
        for out in (0, 1):
            if self.edge_ms[2 * here + out] >= CLOSED_MS:
                continue
            reached = dijkstra(self.ways, indices=2 * here + out)
            for into in (0, 1):
                goal = 2 * there + into
                if self.edge_ms[goal] < CLOSED_MS:
                    rest = int(from_gates.ms[0, out]) + int(to_gates.ms[0, into]) - int(self.edge_ms[goal])
                    best = min(best, float(reached[goal]) + rest)
        return best
