"""Latest-wins lanes: every reader gets each courier's newest position, and a slow one misses only older ones.

A lane holds at most one position a courier, so it is bounded by the fleet however slow its reader is.
"""

import asyncio
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from dispatch.application.ports import Position


@dataclass(slots=True, eq=False)
class _Lane:
    reader: object
    others_only: bool
    pending: dict[str, Position]
    filled: asyncio.Event = field(default_factory=asyncio.Event)

    def put(self, positions: Mapping[str, Position]) -> None:
        self.pending.update(positions)
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

    def has_others(self, reader: object) -> bool:
        """Whether anybody else than `reader` follows now."""
        return any(lane.reader is not reader for lane in self._lanes)

    def offer(self, positions: Iterable[Position], source: object = None) -> None:
        """Keep those that are newer than what is held, and hand them on.

        To every reader, but for the `source` itself where that wants those of others only.
        """
        newest, newer = self.newest, {}
        for position in positions:
            held = newest.get(position.courier_id)
            # Nearly always it is the session's next; asking for that here takes a third of the time of the question.
            if (
                held is None
                or (position.seq > held.seq and position.generation == held.generation)
                or position.is_newer(held)
            ):
                newer[position.courier_id] = newest[position.courier_id] = position
        for lane in self._lanes:
            if not (lane.others_only and lane.reader is source):
                lane.put(newer)

    async def follow(
        self, reader: object = None, *, others_only: bool = False
    ) -> AsyncGenerator[Sequence[Position], None]:
        """What is held now, then what comes; for ever. With `others_only`, what comes from the reader is left out."""
        lane = _Lane(reader, others_only, {})
        lane.put(self.newest)
        self._lanes.append(lane)
        try:
            while True:
                yield await lane.take()
        finally:
            self._lanes.remove(lane)
