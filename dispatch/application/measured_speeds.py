"""Measured speeds on their way from whoever measured them to the travel times of every process of a zone."""

from typing import Final, Protocol

import numpy as np

from dispatch.domain.vehicle import Profile
from dispatch.roads.conditions import LiveSpeeds

FEED: Final = "feed"
FEED_LIFE_MS = 15 * 60_000
"""A measured speed that is not repeated counts for nothing after that; it fades before."""


def probes_of(profile: Profile) -> str:
    """The source of what the zone's own couriers show about this profile."""
    return f"probes {profile}"


class SpeedStore(Protocol):
    """The cache of measured speeds, by zone and source (`FEED`, `probes_of`); may be lost at any moment.

    Both methods may raise `StoreUnavailable`.
    """

    async def put(self, zone_id: str, source: str, speeds: LiveSpeeds) -> None:
        """Keep them for `FEED_LIFE_MS`, in place of what the source said before."""
        ...

    async def get(self, zone_id: str, source: str) -> LiveSpeeds | None:
        """The newest; None when there are none."""
        ...


def merged(held: LiveSpeeds, fresh: LiveSpeeds) -> LiveSpeeds:
    """Both, faded to the newer moment; where both speak of an edge the fresh one counts."""
    at_ms = max(held.at_ms, fresh.at_ms)
    kept = ~np.isin(held.edge, fresh.edge) & (at_ms - held.at_ms < FEED_LIFE_MS)
    worth = held.faded(at_ms)[kept].astype(np.float32)
    return LiveSpeeds(
        np.concatenate([held.edge[kept], fresh.edge]),
        np.concatenate([held.factor[kept], fresh.factor]),
        np.concatenate([worth, fresh.faded(at_ms).astype(np.float32)]),
        at_ms,
    )
