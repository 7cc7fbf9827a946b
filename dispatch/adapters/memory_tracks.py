"""`TrackStore` in memory, with the same promises as the real one but durability: for tests and the simulation."""

from collections import defaultdict
from collections.abc import Sequence

from dispatch.application.ports import Position
from dispatch.application.tracks import KEEP_MS, MAX_POINTS, thinned


class MemoryTrackStore:
    """See `TrackStore`."""

    def __init__(self, max_points: int = MAX_POINTS) -> None:
        self._tracks: defaultdict[tuple[str, str], dict[Position, None]] = defaultdict(dict)
        self._max_points = max_points

    def flush(self) -> None:
        """Lose everything, as FLUSHALL does."""
        self._tracks.clear()

    async def append(self, zone_id: str, positions: Sequence[Position]) -> None:
        """See `TrackStore`."""
        for position in positions:
            self._tracks[zone_id, position.courier_id][position] = None
        for courier_id in {position.courier_id for position in positions}:
            self._trim((zone_id, courier_id))

    def _trim(self, key: tuple[str, str]) -> None:
        held = sorted(self._tracks[key], key=lambda position: position.at_ms)
        newest_ms = max(position.received_at_ms for position in held)
        kept = [position for position in held if position.at_ms > newest_ms - KEEP_MS]
        self._tracks[key] = dict.fromkeys(kept[-self._max_points :])

    async def read(self, zone_id: str, courier_id: str, from_ms: int, to_ms: int, limit: int) -> Sequence[Position]:
        """See `TrackStore`."""
        held = self._tracks.get((zone_id, courier_id), {})
        return thinned(position for position in held if from_ms <= position.at_ms <= to_ms)[:limit]

    async def last_before(self, zone_id: str, courier_ids: Sequence[str], at_ms: int) -> dict[str, Position]:
        """See `TrackStore`."""
        tracks = await self.read_all(zone_id, courier_ids, 0, at_ms)
        return {courier_id: max(self._upto(zone_id, courier_id, at_ms), key=_at) for courier_id in tracks}

    def _upto(self, zone_id: str, courier_id: str, at_ms: int) -> list[Position]:
        return [position for position in self._tracks[zone_id, courier_id] if position.at_ms <= at_ms]

    async def read_all(
        self, zone_id: str, courier_ids: Sequence[str], from_ms: int, to_ms: int
    ) -> dict[str, Sequence[Position]]:
        """See `TrackStore`."""
        tracks = {each: await self.read(zone_id, each, from_ms, to_ms, self._max_points) for each in courier_ids}
        return {courier_id: track for courier_id, track in tracks.items() if track}


def _at(position: Position) -> int:
    return position.at_ms
