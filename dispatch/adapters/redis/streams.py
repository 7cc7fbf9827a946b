"""The copy of a zone's events in a Redis stream: written by the relay, read by everyone, backed by the store.

An event's id in the stream is its own number, `<seq>-0`. Redis refuses an id that is not above the last one, which is
what makes blind retries safe; and a reader who holds `seq` knows that the next id must be `seq + 1`. Whatever else
comes (trimmed, flushed, another server, half a write), the reader takes the missing part from the store.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Sequence
from functools import partial
from typing import Any

from dispatch.adapters.redis.connections import Client, Script, answered
from dispatch.application.batches import whole_requests
from dispatch.application.ports import EventLog, HistoryLost, Recorded, StoreUnavailable
from dispatch.application.records import decode_recorded, encode_recorded

log = logging.getLogger(__name__)

KEEP_EVENTS = 20_000
BATCH = 500
SILENCE_S = 0.25
"""After so long without an event a reader asks the store whether the copy still follows it."""
POLL_S = 0.15
"""How often a reader asks the store while Redis is away."""
AWAY_S = 0.5
"""How often a reader looks whether Redis is back."""
_FIELD = b"e"


def stream_key(zone_id: str, epoch: int) -> str:
    """The stream's name; another epoch is another history."""
    return f"{{zone:{zone_id}}}:events:{epoch}"


class RedisEventStream:
    """See `EventStream`. The stream is trimmed to about `keep_events`."""

    def __init__(self, client: Client, keep_events: int = KEEP_EVENTS) -> None:
        self._client = client
        self._append = Script(client, "append_events")
        self._keep_events = keep_events

    async def last_seq(self, zone_id: str, epoch: int) -> int:
        """See `EventStream`."""
        async with answered():
            newest: Any = await self._client.xrevrange(stream_key(zone_id, epoch), count=1)
        return _seq(newest[0][0]) if newest else 0

    async def append(self, zone_id: str, epoch: int, events: Sequence[Recorded]) -> None:
        """See `EventStream`. In one script, so that no reader sees the beginning of a request alone."""
        entries = [part for each in events for part in (each.seq, encode_recorded(each))]
        async with answered():
            await self._append([stream_key(zone_id, epoch)], [self._keep_events, *entries])


class RedisEventCopy:
    """See `EventCopy`."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def between(self, zone_id: str, epoch: int, after_seq: int, to_seq: int) -> Sequence[Recorded] | None:
        """See `EventCopy`."""
        async with answered():
            entries: Any = await self._client.xrange(
                stream_key(zone_id, epoch), f"{after_seq + 1}-0", f"{to_seq}-0", count=to_seq - after_seq
            )
        if [_seq(entry_id) for entry_id, _ in entries] != list(range(after_seq + 1, to_seq + 1)):
            return None
        return [decode_recorded(fields[_FIELD]) for _, fields in entries]


class RedisEventFeed:
    """See `EventFeed`. Follows the stream; reads the store at the start, at every gap, and while Redis is away."""

    def __init__(self, client: Client, store: EventLog) -> None:
        self._client = client
        self._store = store

    async def follow(self, zone_id: str, after_seq: int) -> AsyncIterator[Sequence[Recorded]]:
        """See `EventFeed`. Raises `HistoryLost` when the zone was restored to an older state meanwhile."""
        reader = _Reader(self._client, self._store, zone_id, after_seq)
        try:
            while True:
                batch = await reader.next()
                if batch:
                    yield batch
        finally:
            reader.close()


class _Reader:
    """One reader's place: behind `seq` of stream `epoch` (0 until the store has told)."""

    def __init__(self, client: Client, store: EventLog, zone_id: str, after_seq: int) -> None:
        self._client = client
        self._store = store
        self._zone_id = zone_id
        self._seq = after_seq
        self._epoch = 0
        self._on_stream = False
        self._cut_off = False
        self._away: asyncio.Task[None] | None = None

    def close(self) -> None:
        """Stop waiting for a Redis that is away."""
        if self._away:
            self._away.cancel()

    async def next(self) -> Sequence[Recorded]:
        """The next events, perhaps none. Waits a little, so it may be called in a loop."""
        batch = await (self._from_stream() if self._on_stream else self._from_store())
        if batch:
            self._seq = batch[-1].seq
        return batch

    async def _from_store(self) -> Sequence[Recorded]:
        """What the store has; once that is all there is, the stream's turn has come, unless Redis is away."""
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
        key = stream_key(self._zone_id, self._epoch)
        async with answered():
            answer: Any = await self._client.xread({key: f"{self._seq}-0"}, limit, int(SILENCE_S * 1000))
        entries = answer[0][1] if answer else []
        self._on_stream = _follow_on(self._seq, [_seq(entry_id) for entry_id, _ in entries])
        return [decode_recorded(fields[_FIELD]) for _, fields in entries] if self._on_stream else ()

    def _leave_alone(self, error: StoreUnavailable) -> None:
        log.warning("zone %s: events come from the database until Redis is back: %s", self._zone_id, error)
        self._on_stream = False
        self._away = asyncio.create_task(self._until_back(), name=f"zone {self._zone_id}: waiting for Redis")

    async def _until_back(self) -> None:
        """Beside the reading, because a frozen server takes its time to not answer."""
        while self._away:
            await asyncio.sleep(AWAY_S)
            with contextlib.suppress(StoreUnavailable):
                async with answered():
                    await self._client.exists(stream_key(self._zone_id, self._epoch))
                self._away = None


def _follow_on(seq: int, ids: Sequence[int]) -> bool:
    """Whether ids that rise from above `seq`, as XREAD gives them, leave out none."""
    return bool(ids) and ids[-1] == seq + len(ids)


def _seq(entry_id: bytes) -> int:
    return int(entry_id.partition(b"-")[0])
