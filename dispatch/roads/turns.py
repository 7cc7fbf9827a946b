"""Which turns a profile may take at a junction, and what they cost.

Only where it matters are turns told apart: at junctions with a restriction and at their neighbours (or one would go
straight on, turn round and come back), and for motors where streets of some traffic meet. See ADR 0013.

What a turn costs is OSRM's sigmoid of its angle, with the figures of its profiles (car.lua: 7.5 s, bias 1.075, turning
round 20 s; bicycle.lua: 6 s, bias 1.4). It makes turning across the oncoming traffic dearer than turning beside it.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dispatch.domain.vehicle import Profile
from dispatch.roads.network import FloatArray, IntArray, Network, RoadClass

Bools = npt.NDArray[np.bool_]

TURN_ROUND_S = 20.0
_SHARPEST_S = {Profile.MOTORBIKE: 7.5, Profile.CAR: 7.5, Profile.VAN: 7.5, Profile.BIKE: 6.0, Profile.EBIKE: 6.0}
_BIAS = {Profile.BIKE: 1.4, Profile.EBIKE: 1.4}
_MOTOR_BIAS = 1.075
_MOTORS = frozenset({Profile.MOTORBIKE, Profile.CAR, Profile.VAN})


@dataclass(frozen=True, eq=False)
class Turns:
    """T turns at the junctions where they are told apart; anywhere else every turn is free."""

    told_apart: Bools
    """[N]"""
    come: IntArray
    """[T] the edge that the ride arrives by"""
    go: IntArray
    """[T] the edge that it leaves by"""
    ms: npt.NDArray[np.int64]
    """[T] at least 1"""


def turns_of(network: Network, profile: Profile, everywhere: bool = False) -> Turns:
    """The allowed turns of a profile; `everywhere`: at every junction, for whoever wants to compare."""
    is_open = network.is_open(profile)
    banned = _banned(network, profile)
    at = np.ones(network.node_count, dtype=np.bool_) if everywhere else _where_it_matters(network, profile, banned)
    come, go = _pairs(network, is_open, at)
    allowed = ~np.isin(_key(network, come, go), banned)
    come, go = come[allowed], go[allowed]
    return Turns(at, come.astype(np.int32), go.astype(np.int32), _cost_ms(network, profile, come, go))


def _key(network: Network, come: IntArray, go: IntArray) -> npt.NDArray[np.int64]:
    return come.astype(np.int64) * (2 * network.segment_count) + go


def _banned(network: Network, profile: Profile) -> npt.NDArray[np.int64]:
    mine = (network.ban_for & profile_bit(profile)) > 0
    return _key(network, network.ban_come[mine], network.ban_go[mine])


def profile_bit(profile: Profile) -> int:
    """Its bit in `Network.ban_for`."""
    return 1 << tuple(Profile).index(profile)


def _where_it_matters(network: Network, profile: Profile, banned: npt.NDArray[np.int64]) -> Bools:
    at = np.zeros(network.node_count, dtype=np.bool_)
    at[network.head[banned // (2 * network.segment_count)]] = True
    ends = np.stack([network.start, network.end], axis=1)
    beside = ends[at[ends].any(axis=1) & network.is_open(profile).reshape(-1, 2).any(axis=1)]
    at[beside] = True
    if profile in _MOTORS:
        mine = network.is_open(profile).reshape(-1, 2).any(axis=1)
        arms = np.bincount(ends[mine].reshape(-1), minlength=network.node_count)
        busy_arms = np.bincount(
            ends[mine & (network.road_class >= RoadClass.TERTIARY)].reshape(-1), minlength=network.node_count
        )
        at |= (arms >= 3) & (busy_arms >= 3)
    return at


def _pairs(network: Network, is_open: Bools, at: Bools) -> tuple[IntArray, IntArray]:
    """Every edge into such a junction with every edge out of it."""
    into = np.flatnonzero(is_open & at[network.head])
    out = np.flatnonzero(is_open & at[network.tail])
    out = out[np.argsort(network.tail[out], kind="stable")]
    firsts = np.searchsorted(network.tail[out], network.head[into], side="left")
    counts = np.searchsorted(network.tail[out], network.head[into], side="right") - firsts
    within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    return np.repeat(into, counts).astype(np.int32), out[np.repeat(firsts, counts) + within].astype(np.int32)


def _cost_ms(network: Network, profile: Profile, come: IntArray, go: IntArray) -> npt.NDArray[np.int64]:
    if profile is Profile.FOOT:
        return np.ones(len(come), dtype=np.int64)
    angle = (network.bearing(go, at_head=False) - network.bearing(come, at_head=True) + 180) % 360 - 180
    near_side = -angle if network.drives_left else angle
    bias = _BIAS.get(profile, _MOTOR_BIAS)
    easy, across = 13 / bias * near_side / 180 - 6.5 * bias, -13 * bias * near_side / 180 - 6.5 / bias
    sharp = np.where(near_side >= 0, easy, across)
    cost_s: FloatArray = _SHARPEST_S[profile] / (1 + np.exp(-sharp))
    arms = np.bincount(network.tail[network.is_open(profile)], minlength=network.node_count)
    # At a bend or a dead end there is no crossing traffic to wait for.
    cost_s = np.where(arms[network.head[come]] >= 3, cost_s, 0.0)
    cost_s = np.where(come ^ 1 == go, np.where(arms[network.head[come]] >= 2, TURN_ROUND_S, 0.0), cost_s)
    return np.maximum(1, np.rint(cost_s * 1000)).astype(np.int64)


class TurnTimes:
    """What the turns of one profile take, to be looked up for many at once."""

    def __init__(self, network: Network, profile: Profile) -> None:
        turns = turns_of(network, profile)
        key = _key(network, turns.come, turns.go)
        order = np.argsort(key)
        self._network, self._key, self._ms = network, key[order], turns.ms[order]

    def ms(self, come: IntArray, go: IntArray) -> npt.NDArray[np.int64]:
        """[.] milliseconds; 0 where turns are not told apart, or must not be taken."""
        if not len(self._key):
            return np.zeros(len(come), dtype=np.int64)
        wanted = _key(self._network, come, go)
        at = np.minimum(np.searchsorted(self._key, wanted), len(self._key) - 1)
        return np.where(self._key[at] == wanted, self._ms[at], 0)
