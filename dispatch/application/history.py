"""What a session that comes back has missed: from memory, else from the stream's copy, else from SQL, else nothing.

The theory. A phone resumes from (epoch, seq). It gets each event for it after that, or a snapshot (None); never a part.
This process holds the zone's newest events in memory, without a gap and up to the replica's head, so only what is older
must be fetched, and only that takes time:

    position         memory ........................ head
       |  older: the copy, else SQL  |  memory          |
       (seq, first of memory)         [first, head]

The older part is fetched first, while the zone goes on. Then, in one step of the event loop, it is joined with
memory. There is no hole if memory still holds the event after the last that was fetched; if it has moved on meanwhile,
the part that is missing is fetched as well.

The copy is read as a whole stretch and believed only if it is gapless; beyond `MAX_SCANNED` events the store's index,
which knows whom each event was told to, is the faster way.
"""

import logging
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from courier_protocol.messages import StreamPosition
from dispatch.application.courier_facts import told_to
from dispatch.application.ports import Recorded, StoreUnavailable, ZoneStore
from dispatch.application.replica import ZoneReplica
from dispatch.application.stream_ports import EventCopy

log = logging.getLogger(__name__)

KEPT_EVENTS: Final = 4_096
"""The newest events of the zone: minutes of a busy one."""
MAX_SCANNED: Final = 5_000
"""So many events are read from the copy for one phone, about 2 MB."""
TRIES: Final = 3


@dataclass(frozen=True, slots=True)
class Older:
    """The events for one courier up to `to_seq`, that memory need not hold."""

    to_seq: int
    events: tuple[Recorded, ...] = ()


class History:
    """One zone's newest events in one process; `counters` tell where each resume came from."""

    def __init__(self, replica: ZoneReplica, store: ZoneStore, copy: EventCopy | None = None) -> None:
        self.counters: Counter[str] = Counter()
        self.events: deque[Recorded] = deque(maxlen=KEPT_EVENTS)
        self._replica = replica
        self._store = store
        self._copy = copy

    def add(self, recorded: Recorded) -> None:
        """The zone's next event; the replica stands at it."""
        self.events.append(recorded)

    async def catch_up(self) -> None:
        """Know the recent events from before this process began. Raises `StoreUnavailable`."""
        head, newer = self._replica.head, list(self.events)
        recent = await self._store.events(self._replica.zone_id, max(0, head - KEPT_EVENTS), KEPT_EVENTS)
        first_newer = newer[0].seq if newer else head + 1
        older = [recorded for recorded in recent if recorded.seq < first_newer]
        self.events = deque([*older, *self.events], maxlen=KEPT_EVENTS)

    @property
    def _first_seq(self) -> int:
        """Memory holds every event from here to the head."""
        return self.events[0].seq if self.events else self._replica.head + 1

    # --- what a session missed ---------------------------------------------------------------------------------

    def knows(self, position: StreamPosition | None) -> bool:
        """Whether the position is one of this history: neither of another epoch nor ahead."""
        return position is not None and position.epoch == self._replica.epoch and position.seq <= self._replica.head

    async def older(self, position: StreamPosition | None, courier_id: str, at_most: int) -> Older | None:
        """The events for a courier after `position` that memory does not hold; then call `missed`, without awaiting.

        None when there are more than `at_most`, or when nobody has them: send a snapshot.
        """
        if position is None or not self.knows(position):
            return None
        found = Older(position.seq)
        for _ in range(TRIES):
            if found.to_seq + 1 >= self._first_seq:
                return found
            more = await self._fetch(position.epoch, found.to_seq, courier_id, at_most)
            if more is None:
                return None
            found = Older(more.to_seq, (*found.events, *more.events))
        return None

    async def _fetch(self, epoch: int, after_seq: int, courier_id: str, at_most: int) -> Older | None:
        to_seq = self._first_seq - 1
        found = await self._from_copy(epoch, after_seq, to_seq)
        source = "stream"
        if found is None:
            found, source = await self._from_store(courier_id, after_seq, to_seq, at_most), "store"
        if found is None:
            return None
        self.counters[f"resumes_from_{source}"] += 1
        return Older(to_seq, tuple(recorded for recorded in found if told_to(recorded.event) == courier_id))

    async def _from_copy(self, epoch: int, after_seq: int, to_seq: int) -> Sequence[Recorded] | None:
        if self._copy is None or to_seq - after_seq > MAX_SCANNED:
            return None
        try:
            return await self._copy.between(self._replica.zone_id, epoch, after_seq, to_seq)
        except StoreUnavailable:
            return None

    async def _from_store(
        self, courier_id: str, after_seq: int, to_seq: int, at_most: int
    ) -> Sequence[Recorded] | None:
        try:
            found = await self._store.events_told(self._replica.zone_id, courier_id, after_seq, at_most + 1)
        except StoreUnavailable:
            log.warning("zone %s: a phone gets a snapshot, its history cannot be read", self._replica.zone_id)
            return None
        return [recorded for recorded in found if recorded.seq <= to_seq] if len(found) <= at_most else None

    def missed(
        self, position: StreamPosition | None, older: Older | None, courier_id: str, at_most: int
    ) -> list[Recorded] | None:
        """Every event for this courier after `position` and up to the head, in order; None: send a snapshot."""
        if position is None or older is None or not self.knows(position) or older.to_seq + 1 < self._first_seq:
            self.counters["snapshots_sent"] += 1
            return None
        newer: list[Recorded] = []
        for recorded in reversed(self.events):
            if recorded.seq <= older.to_seq:
                break
            if told_to(recorded.event) == courier_id:
                newer.append(recorded)
        found = [*older.events, *reversed(newer)]
        if len(found) > at_most:
            self.counters["snapshots_sent"] += 1
            return None
        self.counters["resumes"] += 1
        return found
