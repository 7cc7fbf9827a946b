"""The copy of a zone's events in a Redis stream: written by the relay, read by everyone (see `CopiedFeed`).

An event's id in the stream is its own number, `<seq>-0`. Redis refuses an id that is not above the last one, which is
what makes blind retries safe; and a reader who holds `seq` knows that the next id must be `seq + 1`.
"""

from collections.abc import Sequence
from typing import Any

from dispatch.adapters.redis.connections import Client, Script, answered
from dispatch.application.ports import EventLog, Recorded
from dispatch.application.records import decode_recorded, encode_recorded

KEEP_EVENTS = 20_000
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


class RedisEventCopies:
    """See `Copies`: the stream of a zone, which the relay makes anew of what the store has."""

    def __init__(self, client: Client, store: EventLog) -> None:
        self._client = client
        self._store = store

    async def forget(self, zone_id: str) -> None:
        """See `Copies`."""
        epoch, _ = await self._store.stream_head(zone_id)
        async with answered():
            await self._client.unlink(stream_key(zone_id, epoch))


class RedisEventCopy:
    """See `EventCopy`."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def after(self, zone_id: str, epoch: int, seq: int, limit: int, wait_s: float) -> Sequence[Recorded]:
        """See `EventCopy`."""
        key = stream_key(zone_id, epoch)
        async with answered():
            answer: Any = await self._client.xread({key: f"{seq}-0"}, limit, int(wait_s * 1000))
        entries = answer[0][1] if answer else []
        return [decode_recorded(fields[_FIELD]) for _, fields in entries]

    async def answers(self, zone_id: str, epoch: int) -> None:
        """See `EventCopy`."""
        async with answered():
            await self._client.exists(stream_key(zone_id, epoch))

    async def between(self, zone_id: str, epoch: int, after_seq: int, to_seq: int) -> Sequence[Recorded] | None:
        """See `EventCopy`."""
        async with answered():
            entries: Any = await self._client.xrange(
                stream_key(zone_id, epoch), f"{after_seq + 1}-0", f"{to_seq}-0", count=to_seq - after_seq
            )
        if [_seq(entry_id) for entry_id, _ in entries] != list(range(after_seq + 1, to_seq + 1)):
            return None
        return [decode_recorded(fields[_FIELD]) for _, fields in entries]


def _seq(entry_id: bytes) -> int:
    return int(entry_id.partition(b"-")[0])
