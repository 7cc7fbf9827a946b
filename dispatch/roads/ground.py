"""One profile's part of the network, as the graph that an engine rides on; everything but the weights.

A junction where turns are told apart (`turns`) is blown up into its doors: one for each edge that arrives, one for
each edge that leaves, and an arc from door to door for each allowed turn. Any other junction is one node. So an edge
always leads from one node of the graph to one other, and a place on it hangs on at most two.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from dispatch.domain.errors import InvalidInput
from dispatch.domain.vehicle import Profile
from dispatch.roads.network import IntArray, Network
from dispatch.roads.ordering import ranks
from dispatch.roads.shortest_paths import Graph, Millis
from dispatch.roads.turns import Turns, turns_of


@dataclass(frozen=True, eq=False)
class _Doors:
    leaves: IntArray
    """[2K] the graph's node that each edge departs from; -1 where it is closed"""
    reaches: IntArray
    """[2K] the one that it arrives at"""
    junction: IntArray
    """[n] the network's node that each node of the graph stands at"""


class Ground:
    """Immutable. Raises `InvalidInput("no_network")` when the city has no street for the profile."""

    def __init__(self, network: Network, profile: Profile, turns: Turns | None = None) -> None:
        is_open = network.is_open(profile)
        self.network = network
        self.profile = profile
        self.edges: IntArray = np.flatnonzero(is_open).astype(np.int32)
        """The edges that are open to the profile; the first arcs of the graph are theirs, those of turns follow."""
        if not len(self.edges):
            raise InvalidInput("no_network", f"This city has no streets for the vehicle '{profile}'; choose another.")
        self.turns = turns or turns_of(network, profile)
        doors = _doors(network, is_open, self.turns)
        self.leaves, self.reaches, self._junction = doors.leaves, doors.reaches, doors.junction
        self.tail = np.concatenate([self.leaves[self.edges], self.reaches[self.turns.come]])
        self.head = np.concatenate([self.reaches[self.edges], self.leaves[self.turns.go]])

    @property
    def node_count(self) -> int:
        """n, of the graph."""
        return len(self._junction)

    @cached_property
    def free_ms(self) -> Millis:
        """[2K] what the edges take on empty streets."""
        return self.network.travel_ms(self.profile)

    def graph(self, edge_ms: Millis) -> Graph:
        """What an engine is built from."""
        network, at = self.network, self._junction
        order = np.argsort(ranks(network.order)[at], kind="stable").astype(np.int32) if len(network.order) else at[:0]
        lat, lon = network.node_lat[at], network.node_lon[at]
        return Graph(lat, lon, self.tail, self.head, self.weights(edge_ms), order)

    def weights(self, edge_ms: Millis) -> Millis:
        """The arcs' weights: the edges' times, and the turns'."""
        return np.concatenate([edge_ms[self.edges], self.turns.ms])

    def connected(self) -> npt.NDArray[np.bool_]:
        """[edges] which of the open edges lie in the largest part where every edge leads to every other."""
        from scipy.sparse import coo_array  # noqa: PLC0415 - 0.4 s to import, and a stored city needs none of it
        from scipy.sparse.csgraph import connected_components  # noqa: PLC0415

        size = len(self._junction)
        ways = coo_array((np.ones(len(self.tail)), (self.tail, self.head)), shape=(size, size))
        part = connected_components(ways, connection="strong")[1]
        begins, ends = part[self.leaves[self.edges]], part[self.reaches[self.edges]]
        largest = np.argmax(np.bincount(begins))
        inside: npt.NDArray[np.bool_] = (begins == largest) & (ends == largest)
        return inside


def _doors(network: Network, is_open: npt.NDArray[np.bool_], turns: Turns) -> _Doors:
    used = np.zeros(network.node_count, dtype=np.bool_)
    used[network.tail[is_open]] = used[network.head[is_open]] = True
    whole = np.flatnonzero(used & ~turns.told_apart)
    node_of = np.full(network.node_count, -1, dtype=np.int32)
    node_of[whole] = np.arange(len(whole), dtype=np.int32)
    leaves = np.where(is_open, node_of[network.tail], -1)
    reaches = np.where(is_open, node_of[network.head], -1)
    out = np.flatnonzero(is_open & turns.told_apart[network.tail])
    into = np.flatnonzero(is_open & turns.told_apart[network.head])
    leaves[out] = len(whole) + np.arange(len(out))
    reaches[into] = len(whole) + len(out) + np.arange(len(into))
    junction = np.concatenate([whole, network.tail[out], network.head[into]])
    return _Doors(leaves.astype(np.int32), reaches.astype(np.int32), junction.astype(np.int32))
