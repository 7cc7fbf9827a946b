"""A zone's state as one process sees it: loaded once, then kept by the stream of events.

The planner and every gateway hold a replica instead of asking the database again and again. It decides nothing.
"""

import asyncio
from collections.abc import Callable
from itertools import groupby

from dispatch.application.patience import Patience
from dispatch.application.ports import Clock, EventFeed, Recorded, ZoneStore
from dispatch.domain.zone import ZoneState, evolve

KEEP_FINISHED_MS = 2 * 3_600_000
"""How long finished orders stay in memory: long enough for a late look, short enough to stay small."""
_FORGET_EVERY = 500

Listener = Callable[[Recorded], None]


class ZoneReplica:
    """`state` stands at `head` of stream `epoch`; listeners hear of each event right after it was put in."""

    def __init__(self, state: ZoneState, epoch: int, head: int, feed: EventFeed, clock: Clock) -> None:
        self.state = state
        self.epoch = epoch
        self.head = head
        self._feed = feed
        self._clock = clock
        self._listeners: list[Listener] = []
        self._moved = asyncio.Condition()

    @classmethod
    async def open(cls, zone_id: str, store: ZoneStore, feed: EventFeed, clock: Clock) -> "ZoneReplica":
        """Load the zone as it stands now."""
        state, epoch, head = await store.load(zone_id, clock.now_ms() - KEEP_FINISHED_MS)
        return cls(state, epoch, head, feed, clock)

    @property
    def zone_id(self) -> str:
        """The zone whose state this is."""
        return self.state.zone_id

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Hear of every further event, synchronously and in order. Returns how to stop."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    async def run(self) -> None:
        """Follow the zone for ever. Between requests others may have the loop; within one the state is not whole."""
        async for batch in self._feed.follow(self.zone_id, self.head):
            patience = Patience()
            for _, request in groupby(batch, key=lambda recorded: recorded.request_id):
                for recorded in request:
                    self._take(recorded)
                await patience.rest()
            async with self._moved:
                self._moved.notify_all()

    async def reached(self, seq: int) -> None:
        """Wait until the event with this sequence has been put in."""
        async with self._moved:
            await self._moved.wait_for(lambda: self.head >= seq)

    def _take(self, recorded: Recorded) -> None:
        if recorded.seq != self.head + 1:
            raise AssertionError(f"zone {self.zone_id}: event {recorded.seq} after {self.head}: the feed has a gap")
        evolve(self.state, recorded.event)
        self.state.dirty.clear()
        self.head = recorded.seq
        if recorded.seq % _FORGET_EVERY == 0:
            self.state.forget_finished(self._clock.now_ms() - KEEP_FINISHED_MS)
        for listener in tuple(self._listeners):
            listener(recorded)
