"""A zone's events as they come: from the copy that the relay writes, and from the store wherever the copy has a gap.

A reader who holds `seq` knows that the next event must be `seq + 1`. Whatever else the copy has (trimmed, flushed,
another server, half a write), the reader takes the missing part from the store; while the copy's server is away it
reads the store alone.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Sequence
from functools import partial

from dispatch.application.batches import whole_requests
from dispatch.application.ports import EventLog, HistoryLost, Recorded, StoreUnavailable
from dispatch.application.stream_ports import EventCopy

log = logging.getLogger(__name__)

BATCH = 500
SILENCE_S = 0.25
"""After so long without an event a reader asks the store whether the copy still follows it."""
POLL_S = 0.15
"""How often a reader asks the store while the copy is away."""
AWAY_S = 0.5
"""How often a reader looks whether the copy is back."""


class CopiedFeed:
    """See `EventFeed`. Follows the stream; reads the store at the start, at every gap, and while the copy is away."""

    def __init__(self, copy: EventCopy, store: EventLog, silence_s: float = SILENCE_S) -> None:
        self._copy = copy
        self._store = store
        self._silence_s = silence_s

    async def follow(self, zone_id: str, after_seq: int) -> AsyncIterator[Sequence[Recorded]]:
        """See `EventFeed`. Raises `HistoryLost` when the zone was restored to an older state meanwhile."""
        reader = _Reader(self._copy, self._store, zone_id, after_seq, silence_s=self._silence_s)
        try:
            while True:
                batch = await reader.next()
                if batch:
                    yield batch
        finally:
            reader.close()


class _Reader:
    """One reader's place: behind `seq` of stream `epoch` (0 until the store has told)."""

    def __init__(self, copy: EventCopy, store: EventLog, zone_id: str, after_seq: int, *, silence_s: float) -> None:
        self._copy = copy
        self._store = store
        self._zone_id = zone_id
        self._silence_s = silence_s
        self._seq = after_seq
        self._epoch = 0
        self._on_stream = False
        self._cut_off = False
        self._away: asyncio.Task[None] | None = None

    def close(self) -> None:
        """Stop waiting for a copy that is away."""
        if self._away:
            self._away.cancel()

    async def next(self) -> Sequence[Recorded]:
        """The next events, perhaps none. Waits a little, so it may be called in a loop."""
        batch = await (self._from_stream() if self._on_stream else self._from_store())
        if batch:
            self._seq = batch[-1].seq
        return batch

    async def _from_store(self) -> Sequence[Recorded]:
        """What the store has; once that is all there is, the stream's turn has come, unless that is away."""
        batch: Sequence[Recorded] = ()
        try:
            epoch, head = await self._store.stream_head(self._zone_id)
            self._epoch = self._epoch or epoch
            if epoch != self._epoch or head < self._seq:
                raise HistoryLost(self._zone_id)
            if head > self._seq:
                batch = await whole_requests(partial(self._store.events, self._zone_id, self._seq), BATCH)
            read_all = not batch or batch[-1].seq >= head
            self._on_stream = read_all and epoch > 0 and not self._away
            self._cut_off = False
        except StoreUnavailable as error:
            if not self._cut_off:
                log.warning(
                    "zone %s: the history cannot be read until the database answers again: %s", self._zone_id, error
                )
            self._cut_off = True
        if not batch and not self._on_stream:
            await asyncio.sleep(POLL_S)
        return batch

    async def _from_stream(self) -> Sequence[Recorded]:
        """What comes on the stream, if it follows on what is held; else the store's turn has come."""
        try:
            return await whole_requests(self._read_stream, BATCH)
        except StoreUnavailable as error:
            self._leave_alone(error)
            return ()

    async def _read_stream(self, limit: int) -> Sequence[Recorded]:
        events = await self._copy.after(self._zone_id, self._epoch, self._seq, limit, self._silence_s)
        self._on_stream = _follows_on(self._seq, events)
        return events if self._on_stream else ()

    def _leave_alone(self, error: StoreUnavailable) -> None:
        log.warning("zone %s: events come from the database until their copy is back: %s", self._zone_id, error)
        self._on_stream = False
        self._away = asyncio.create_task(self._until_back(), name=f"zone {self._zone_id}: waiting for the copy")

    async def _until_back(self) -> None:
        """Beside the reading, because a frozen server takes its time to not answer."""
        while self._away:
            await asyncio.sleep(AWAY_S)
            with contextlib.suppress(StoreUnavailable):
                await self._copy.answers(self._zone_id, self._epoch)
                self._away = None


def _follows_on(seq: int, events: Sequence[Recorded]) -> bool:
    """Whether events that rise from above `seq`, as a copy gives them, leave out none."""
    return bool(events) and events[-1].seq == seq + len(events)
