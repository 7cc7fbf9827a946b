"""Latest-wins lanes: every reader gets each courier's newest position, and a slow one misses only older ones.

A lane holds at most one position a courier, so it is bounded by the fleet however slow its reader is.
"""

import asyncio
from collections.abc import AsyncGenerator, Iterable, Sequence
from dataclasses import dataclass, field

from dispatch.application.ports import Position


@dataclass(slots=True, eq=False)
class _Lane:
    pending: dict[str, Position]
    filled: asyncio.Event = field(default_factory=asyncio.Event)

    def put(self, positions: Iterable[Position]) -> None:
        self.pending.update((position.courier_id, position) for position in positions)
        if self.pending:
            self.filled.set()

    async def take(self) -> Sequence[Position]:
        await self.filled.wait()
        self.filled.clear()
        taken, self.pending = tuple(self.pending.values()), {}
        return taken


class Lanes:
    """The newest position of every courier of one zone, and the lanes of those who follow them."""

    def __init__(self) -> None:
        self.newest: dict[str, Position] = {}
        self._lanes: list[_Lane] = []

    @property
    def readers(self) -> int:
        """How many follow now."""
        return len(self._lanes)

    def offer(self, positions: Iterable[Position]) -> None:
        """Keep those that are newer than what is held, and hand them to every reader."""
        newer = {}
        for position in positions:
            if position.is_newer(self.newest.get(position.courier_id)):
                newer[position.courier_id] = self.newest[position.courier_id] = position
        for lane in self._lanes:
            lane.put(newer.values())

    async def follow(self) -> AsyncGenerator[Sequence[Position], None]:
        """What is held now, then what comes; for ever."""
        lane = _Lane({})
        lane.put(self.newest.values())
        self._lanes.append(lane)
        try:
            while True:
                yield await lane.take()
        finally:
            self._lanes.remove(lane)
