"""The ways of places: from this process's sessions to watchers, stores and other processes, and from those back.

Shown at once (see `outlet`), stored behind it, kept in tracks once a second: each has a loop of its own, so that a
store that is away holds up neither the map nor the other store.
"""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Final

from courier_protocol.messages import Fix
from dispatch.application.places import Places
from dispatch.application.ports import Clock, Position, PositionStore, StoreUnavailable, Ticker, TrackStore
from dispatch.application.tracks import MAX_POINTS, way_m
from dispatch.domain.vehicle import Profile

STORE_EVERY_S: Final = 0.05
"""Places wait so long for others to share a call with, while no other process waits for them."""
SHARE_EVERY_S: Final = 0.01
"""And so long when one does: its watchers see a place some 15 ms later than those of this process."""
TRACK_EVERY_S: Final = 1.0
"""Nobody looks at a track as it grows; a second of all couriers is one round trip."""
TRACK_BATCH: Final = 5_000
AHEAD_MS: Final = 60_000
"""A phone whose clock is ahead has put its newest places a little into the future."""


class LivePlaces:
    """One zone's places in one process. `show` puts a new one on maps, `newer` hears of those of other processes."""

    def __init__(
        self,
        zone_id: str,
        *,
        places: Places,
        positions: PositionStore,
        tracks: TrackStore,
        clock: Clock,
        ticker: Ticker,
        show: Callable[[Position], None],
        newer: Callable[[Position], None],
    ) -> None:
        self.places = places
        self.positions = positions
        self.tracks = tracks
        self._zone_id = zone_id
        self._clock = clock
        self._ticker = ticker
        self._show = show
        self._newer = newer
        self._unstored = asyncio.Event()

    @property
    def loops(self) -> tuple[Callable[[], Coroutine[Any, Any, None]], ...]:
        """What must run for ever; each may raise `StoreUnavailable` and is then to be begun again."""
        return (self._store_for_ever, self._follow_for_ever, self._track_for_ever)

    async def catch_up(self) -> None:
        """Know the places from before this process began. Raises `StoreUnavailable`."""
        self.take_stored(tuple((await self.positions.latest(self._zone_id)).values()))

    # --- in ----------------------------------------------------------------------------------------------------

    def report(self, courier_id: str, profile: Profile, generation: int, first_seq: int, fixes: Sequence[Fix]) -> None:
        """Take a session's fixes."""
        now_ms = self._clock.now_ms()
        moved = self.places.report(courier_id, profile, generation, first_seq, fixes, received_at_ms=now_ms)
        if moved:
            if not self._unstored.is_set():
                self._unstored.set()
            self._show(moved)

    def stand(self, courier_id: str, profile: Profile, generation: int, fix: Fix) -> None:
        """Take a heartbeat's fix."""
        moved = self.places.stand(courier_id, profile, generation, fix, self._clock.now_ms())
        if moved:
            self._show(moved)
        if self.places.unwritten:
            self._unstored.set()

    def take_stored(self, positions: Sequence[Position]) -> None:
        """Take what other processes wrote."""
        newer, moved = self.places.take_stored(positions)
        for position in newer:
            self._newer(position)
        for position in moved:
            self._show(position)

    # --- out ---------------------------------------------------------------------------------------------------

    async def _store_for_ever(self) -> None:
        while True:
            await self._unstored.wait()
            self._unstored.clear()
            others_listen = await self.positions.put(self._zone_id, self.places.take_unwritten())
            await self._ticker.sleep(SHARE_EVERY_S if others_listen else STORE_EVERY_S)

    async def _follow_for_ever(self) -> None:
        async for positions in self.positions.follow(self._zone_id, others_only=True):
            self.take_stored(positions)

    async def _track_for_ever(self) -> None:
        while True:
            await self._ticker.sleep(TRACK_EVERY_S)
            await self._keep_tracks()

    async def _keep_tracks(self) -> None:
        """What waits goes into the tracks, or goes on waiting."""
        while batch := self.places.take_untracked(TRACK_BATCH):
            try:
                await self.tracks.append(self._zone_id, batch)
            except StoreUnavailable:
                self.places.put_back(batch)
                raise

    # --- tracks ------------------------------------------------------------------------------------------------

    async def track(self, courier_id: str, from_ms: int, to_ms: int, limit: int) -> Sequence[Position]:
        """Where the courier was, oldest first, up to now. Raises `StoreUnavailable`."""
        await self._keep_tracks()
        return await self.tracks.read(self._zone_id, courier_id, from_ms, to_ms, limit)

    async def distance_m(self, courier_id: str, from_ms: int) -> float:
        """How far the courier has come since then, without the noise of standing. Raises `StoreUnavailable`."""
        to_ms = self._clock.now_ms() + AHEAD_MS
        return way_m(await self.track(courier_id, from_ms, to_ms, MAX_POINTS))

    async def last_before(self, courier_ids: Sequence[str], at_ms: int) -> dict[str, Position]:
        """Where each of these couriers was last seen up to a moment. Raises `StoreUnavailable`."""
        await self._keep_tracks()
        return await self.tracks.last_before(self._zone_id, courier_ids, at_ms)

    async def tracks_of(self, courier_ids: Sequence[str], from_ms: int, to_ms: int) -> dict[str, Sequence[Position]]:
        """Where each of these couriers was within a period; who was nowhere is left out. Raises `StoreUnavailable`."""
        await self._keep_tracks()
        return await self.tracks.read_all(self._zone_id, courier_ids, from_ms, to_ms)
