"""Which area can be reached within a time, asked one question at a time.

An hour's drive over a large city takes seconds of computing; whoever asks for many of them waits, not the others.
"""

import asyncio
from collections.abc import Sequence

from dispatch.application.proposals_scene import Offload
from dispatch.domain.geo import Point
from dispatch.domain.vehicle import Profile
from dispatch.roads.isochrones import Isochrone
from dispatch.roads.live import LiveTravelTimes


class IsochroneDesk:
    """Answers beside the event loop, with the streets as they are now."""

    def __init__(self, streets: LiveTravelTimes, offload: Offload = asyncio.to_thread) -> None:
        self._streets = streets
        self._offload = offload
        self._turn = asyncio.Lock()

    async def isochrones(self, profile: Profile, place: Point, limits_s: Sequence[int]) -> tuple[Isochrone, ...]:
        """The areas within each limit, the shortest first.

        Raises `InvalidInput`: "bad_limits", "off_network", "no_network".
        """
        async with self._turn:
            return await self._offload(lambda: self._streets.isochrones(profile, place, limits_s))
