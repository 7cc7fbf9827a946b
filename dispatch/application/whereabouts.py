"""Where the couriers are, as the planner knows it: the last places it saw, even when the position store was emptied."""

import logging
from collections.abc import Mapping

from dispatch.application.ports import Position, PositionStore, Ticker

log = logging.getLogger(__name__)
_POLL_MS = 1_000
"""The store is asked at most this often, in technical time."""


class Whereabouts:
    """The newest known position of each courier of a zone, ordered by (generation, seq)."""

    def __init__(self, positions: PositionStore, ticker: Ticker, zone_id: str) -> None:
        self._positions = positions
        self._ticker = ticker
        self._zone_id = zone_id
        self._asked_ms: int | None = None
        self._known: dict[str, Position] = {}

    async def look(self) -> Mapping[str, Position]:
        """Where everybody is. A store that does not answer leaves the last known places."""
        now_ms = self._ticker.mono_ms()
        if self._asked_ms is None or now_ms - self._asked_ms >= _POLL_MS:
            self._asked_ms = now_ms
            await self._refresh()
        return self._known

    async def _refresh(self) -> None:
        try:
            newest = await self._positions.latest(self._zone_id)
        except Exception as error:  # whatever the store's client raises, planning goes on
            log.warning("zone %s: the position store does not answer: %s", self._zone_id, type(error).__name__)
            return
        for courier_id, position in newest.items():
            known = self._known.get(courier_id)
            if known is None or (position.generation, position.seq) > (known.generation, known.seq):
                self._known[courier_id] = position
