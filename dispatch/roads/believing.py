"""Restrictions are drawn by hand: one that would leave a street without a way in or out is an error of the map."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from dispatch.domain.vehicle import Profile
from dispatch.roads.ground import Ground
from dispatch.roads.network import PROFILES, Network

_ROUNDS = 8


def with_believable_bans(network: Network) -> Network:
    """The network with those bans lifted, profile by profile, that would cut a street off."""
    for profile in PROFILES:
        for _ in range(_ROUNDS):
            lifted = _cutting(network, profile)
            if not lifted.any():
                break
            bit = np.uint8(1 << PROFILES.index(profile))
            network = replace(network, ban_for=np.where(lifted, network.ban_for & ~bit, network.ban_for))
    kept = network.ban_for > 0
    return replace(network, ban_come=network.ban_come[kept], ban_go=network.ban_go[kept], ban_for=network.ban_for[kept])


def _cutting(network: Network, profile: Profile) -> npt.NDArray[np.bool_]:
    """[B] the profile's bans at whose junction some edge is outside the largest connected part."""
    mine = (network.ban_for & np.uint8(1 << PROFILES.index(profile))) > 0
    if not mine.any() or not network.is_open(profile).any():
        return np.zeros(len(mine), dtype=np.bool_)
    ground = Ground(network, profile)
    outside = np.zeros(network.node_count, dtype=np.bool_)
    lost = ground.edges[~ground.connected()]
    outside[network.head[lost]] = outside[network.tail[lost]] = True
    return mine & outside[network.head[network.ban_come]]
