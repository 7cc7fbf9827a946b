"""`MessageStore` and `DirectoryStore` in memory, with the same promises but durability: for tests and simulation."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from dispatch.application.messaging.lanes import within_room
from dispatch.application.messaging.ports import (
    ACCOUNT,
    CLAIM_S,
    ENDED,
    Contact,
    Directory,
    Endpoint,
    MessageQuery,
    OutgoingMessage,
    Settled,
    State,
    Why,
)
from dispatch.application.messaging.table import Channel
from dispatch.application.ports import Ticker

_OPEN = (State.QUEUED, State.CLAIMED)


@dataclass(frozen=True, slots=True)
class _Claim:
    holder: str
    until_ms: int


class MemoryMessageStore:
    """See `MessageStore`. Claims are measured by the ticker."""

    def __init__(self, ticker: Ticker) -> None:
        self._ticker = ticker
        self._kept: dict[str, OutgoingMessage] = {}
        self._claims: dict[str, _Claim] = {}
        self._progress: dict[str, tuple[int, int]] = {}

    async def enqueue(
        self, zone_id: str, messages: Sequence[OutgoingMessage], overtaken: Collection[str], upto: tuple[int, int]
    ) -> int:
        """See `MessageStore`."""
        new = [each for each in messages if each.id not in self._kept]
        self._kept |= {each.id: each for each in new}
        done_at_ms = max((each.event_at_ms for each in messages), default=0)
        for message_id in overtaken:
            waits = self._kept.get(message_id)
            if waits and waits.state is State.QUEUED:
                ended = replace(waits, state=State.SKIPPED, reason=Why.OVERTAKEN.value, done_at_ms=done_at_ms)
                self._kept[message_id] = ended
        self._progress[zone_id] = upto
        return len(new)

    async def of_orders(self, zone_id: str, order_ids: Collection[str]) -> Sequence[OutgoingMessage]:
        """See `MessageStore`."""
        mine = [each for each in self._kept.values() if each.zone_id == zone_id and each.order_id in order_ids]
        return sorted(mine, key=lambda each: (each.epoch, each.seq, each.id))

    async def of_recipient(self, zone_id: str, recipient: str, limit: int) -> Sequence[OutgoingMessage]:
        """See `MessageStore`."""
        mine = [each for each in self._kept.values() if (each.zone_id, each.recipient) == (zone_id, recipient)]
        return sorted(mine, key=lambda each: (-each.event_at_ms, -each.seq, each.id))[:limit]

    async def newest(self, zone_id: str, query: MessageQuery) -> Sequence[OutgoingMessage]:
        """See `MessageStore`."""
        found = [
            each
            for each in self._kept.values()
            if each.zone_id == zone_id
            and (not query.states or each.state in query.states)
            and query.channel in (None, each.channel)
            and (query.before is None or (each.event_at_ms, each.id) < query.before)
        ]
        return sorted(found, key=lambda each: (each.event_at_ms, each.id), reverse=True)[: query.limit]

    async def find(self, message_id: str) -> OutgoingMessage | None:
        """See `MessageStore`."""
        return self._kept.get(message_id)

    async def claim(self, zone_id: str, now_ms: int, holder: str, room: Mapping[str, int]) -> Sequence[OutgoingMessage]:
        """See `MessageStore`."""
        mine = [each for each in self._kept.values() if each.zone_id == zone_id and self._is_free(each, now_ms)]
        mine.sort(key=lambda each: (each.due_at_ms, each.seq))
        ids = within_room([(each.id, each.lane) for each in mine], room)
        claim = _Claim(holder, self._ticker.mono_ms() + int(CLAIM_S * 1000))
        for message_id in ids:
            self._kept[message_id] = replace(self._kept[message_id], state=State.CLAIMED)
            self._claims[message_id] = claim
        return [self._kept[message_id] for message_id in ids]

    def _is_free(self, message: OutgoingMessage, now_ms: int) -> bool:
        if message.state is State.QUEUED:
            return message.due_at_ms <= now_ms
        return message.state is State.CLAIMED and self._claims[message.id].until_ms < self._ticker.mono_ms()

    def _is_held(self, message_id: str, holder: str) -> bool:
        message = self._kept.get(message_id)
        return bool(message) and message_id in self._claims and self._claims[message_id].holder == holder

    async def begin(self, message_id: str, holder: str) -> bool:
        """See `MessageStore`."""
        if not self._is_held(message_id, holder) or self._claims[message_id].until_ms <= self._ticker.mono_ms():
            return False
        message = self._kept[message_id]
        self._kept[message_id] = replace(message, handed=True)
        return True

    async def settle(self, holder: str, settled: Mapping[str, Settled]) -> int:
        """See `MessageStore`."""
        held = {message_id: each for message_id, each in settled.items() if self._is_held(message_id, holder)}
        for message_id, each in held.items():
            message = replace(self._kept[message_id], state=each.state, reason=str(each.reason), tries=each.tries)
            if each.state is State.QUEUED:
                message = replace(message, due_at_ms=each.due_at_ms, handed=False)
            self._kept[message_id] = replace(message, done_at_ms=each.done_at_ms)
            del self._claims[message_id]
        return len(held)

    async def release(self, zone_id: str) -> int:
        """See `MessageStore`."""
        claimed = [each for each in self._kept.values() if each.zone_id == zone_id and each.state is State.CLAIMED]
        idle = [each for each in claimed if not each.handed]
        for each in idle:
            self._kept[each.id] = replace(each, state=State.QUEUED)
            del self._claims[each.id]
        return len(idle)

    async def replay(self, message_id: str, now_ms: int, ended: Collection[State] = ENDED) -> bool:
        """See `MessageStore`."""
        message = self._kept.get(message_id)
        if message is None or message.state not in ended:
            return False
        again = replace(message, state=State.QUEUED, reason="", due_at_ms=now_ms)
        self._kept[message_id] = replace(again, tries=0, handed=False, done_at_ms=0)
        return True

    async def progress(self, zone_id: str) -> tuple[int, int] | None:
        """See `MessageStore`."""
        return self._progress.get(zone_id)

    async def forget_ended(self, zone_id: str, before_ms: int) -> int:
        """See `MessageStore`."""
        mine = [each for each in self._kept.values() if each.zone_id == zone_id and each.state not in _OPEN]
        ended = [each.id for each in mine if each.done_at_ms < before_ms]
        for message_id in ended:
            del self._kept[message_id]
        return len(ended)


class MemoryDirectoryStore:
    """See `DirectoryStore`."""

    def __init__(self) -> None:
        self._contacts: dict[tuple[str, str], Contact] = {}
        self._endpoints: dict[str, Endpoint] = {}
        self._opted_out: set[tuple[str, Channel]] = set()

    async def directory(self, zone_id: str, keys: Collection[str], marks: Collection[str]) -> Directory:
        """See `DirectoryStore`."""
        found = {key: self._contacts[zone_id, key] for key in keys if (zone_id, key) in self._contacts}
        accounts = {key.removeprefix(ACCOUNT) for key in keys if key.startswith(ACCOUNT)}
        hooks = [each for each in self._endpoints.values() if each.zone_id == zone_id and each.account in accounts]
        off = frozenset(each for each in self._opted_out if each[0] in marks)
        return Directory(found, tuple(sorted(hooks, key=lambda each: each.id)), off)

    async def put_contact(self, zone_id: str, key: str, contact: Contact) -> None:
        """See `DirectoryStore`."""
        self._contacts[zone_id, key] = contact

    async def opt(self, mark: str, off: Collection[Channel], on: Collection[Channel]) -> None:
        """See `DirectoryStore`."""
        self._opted_out -= {(mark, channel) for channel in on}
        self._opted_out |= {(mark, channel) for channel in off}

    async def put_endpoint(self, endpoint: Endpoint) -> None:
        """See `DirectoryStore`."""
        self._endpoints[endpoint.id] = endpoint

    async def endpoint(self, endpoint_id: str) -> Endpoint | None:
        """See `DirectoryStore`."""
        return self._endpoints.get(endpoint_id)

    async def endpoints(self, zone_id: str, account: str) -> Sequence[Endpoint]:
        """See `DirectoryStore`."""
        mine = [each for each in self._endpoints.values() if each.zone_id == zone_id]
        theirs = [each for each in mine if not account or each.account == account]
        return sorted(theirs, key=lambda each: (each.made_at_ms, each.id))

    async def drop_endpoint(self, endpoint_id: str) -> bool:
        """See `DirectoryStore`."""
        return self._endpoints.pop(endpoint_id, None) is not None
