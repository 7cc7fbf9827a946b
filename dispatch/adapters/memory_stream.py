"""The stream copy of a zone's events in memory: for the simulation, and for tests of what follows it."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress

from dispatch.application.ports import Recorded

KEEP_EVENTS = 20_000


class MemoryStream:
    """See `EventStream` and `EventCopy`."""

    def __init__(self, keep_events: int = KEEP_EVENTS) -> None:
        self._keep_events = keep_events
        self._streams: defaultdict[tuple[str, int], list[Recorded]] = defaultdict(list)
        self._grown: defaultdict[tuple[str, int], asyncio.Event] = defaultdict(asyncio.Event)

    async def last_seq(self, zone_id: str, epoch: int) -> int:
        """See `EventStream`."""
        held = self._streams[zone_id, epoch]
        return held[-1].seq if held else 0

    async def append(self, zone_id: str, epoch: int, events: Sequence[Recorded]) -> None:
        """See `EventStream`."""
        held = self._streams[zone_id, epoch]
        last = held[-1].seq if held else 0
        held += [each for each in events if each.seq > last]
        del held[: -self._keep_events]
        self._grown.pop((zone_id, epoch), asyncio.Event()).set()

    async def after(self, zone_id: str, epoch: int, seq: int, limit: int, wait_s: float) -> Sequence[Recorded]:
        """See `EventCopy`."""
        grown, found = self._grown[zone_id, epoch], self._later(zone_id, epoch, seq)
        if not found:
            with suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await grown.wait()
            found = self._later(zone_id, epoch, seq)
        return found[:limit]

    def _later(self, zone_id: str, epoch: int, seq: int) -> list[Recorded]:
        held = self._streams[zone_id, epoch]
        newer = 0
        while newer < len(held) and held[-1 - newer].seq > seq:
            newer += 1
        return held[len(held) - newer :]

    async def answers(self, zone_id: str, epoch: int) -> None:
        """See `EventCopy`."""

    async def between(self, zone_id: str, epoch: int, after_seq: int, to_seq: int) -> Sequence[Recorded] | None:
        """See `EventCopy`."""
        wanted = [each for each in self._streams[zone_id, epoch] if after_seq < each.seq <= to_seq]
        return wanted if len(wanted) == to_seq - after_seq else None

    def flush(self) -> None:
        """Lose everything, as FLUSHALL does; nobody is told."""
        self._streams.clear()
