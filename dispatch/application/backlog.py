"""How much may wait for a zone's writer: beyond that a caller is told to come back, before anything was taken in.

Without it a writer that stands still would let the inbox grow for as long as callers keep coming, and would then have
to work through what nobody waits for any more.
"""

from typing import Final

from dispatch.application.ports import StoreUnavailable, Ticker, ZoneStore

MOST_WAITING: Final = 10_000
"""About ten seconds of a busy writer's work."""
LOOK_EVERY_MS: Final = 250
"""Between two looks of one process; meanwhile it believes what it saw."""


class Overloaded(StoreUnavailable):
    """So much waits already that nothing more is taken in; nothing was acknowledged, try again later."""

    def __init__(self, zone_id: str) -> None:
        super().__init__(f"Zone {zone_id} has as many requests waiting as it takes.")


class Backlog:
    """What waits in the inboxes, as seen by one process."""

    def __init__(self, store: ZoneStore, ticker: Ticker, most: int = MOST_WAITING) -> None:
        self._store = store
        self._ticker = ticker
        self._most = most
        self._seen: dict[str, tuple[int, int]] = {}

    async def check(self, zone_id: str) -> None:
        """Raises `Overloaded` while the zone's inbox is full, and `StoreUnavailable`."""
        now_ms = self._ticker.mono_ms()
        seen_ms, waiting = self._seen.get(zone_id, (now_ms - LOOK_EVERY_MS, 0))
        if now_ms - seen_ms >= LOOK_EVERY_MS:
            self._seen[zone_id] = (now_ms, waiting)  # a crowd that comes meanwhile does not look as well
            waiting = await self._store.backlog(zone_id, self._most)
            self._seen[zone_id] = (now_ms, waiting)
        if waiting >= self._most:
            raise Overloaded(zone_id)
