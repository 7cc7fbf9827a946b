"""What a session that comes back has missed: every source in turn, and never a part. In virtual time."""

from collections import deque
from collections.abc import Sequence

import pytest

from courier_protocol.messages import StreamPosition
from dispatch.adapters.memory import MemoryZoneStore
from dispatch.application import history as history_module
from dispatch.application.history import History
from dispatch.application.ports import Recorded, StoreUnavailable
from dispatch.domain import commands as c
from dispatch.domain.courier import Duty
from tests.support.hub import ZONE, Rig, virtually

MOST = 20


class Copy:
    """A copy of the stream in memory, which can be flushed, cut off, and slow."""

    def __init__(self, store: MemoryZoneStore) -> None:
        self._store = store
        self.asked: list[tuple[int, int]] = []
        self.flushed_up_to = 0
        self.away = False
        self.meanwhile: list[c.Command] = []
        self.rig: Rig | None = None

    async def between(self, zone_id: str, epoch: int, after_seq: int, to_seq: int) -> Sequence[Recorded] | None:
        self.asked.append((after_seq, to_seq))
        if self.away:
            raise StoreUnavailable("the copy is away")
        found = await self._store.events(zone_id, after_seq, to_seq - after_seq)
        if self.rig and self.meanwhile:
            commands, self.meanwhile = self.meanwhile, []
            await self.rig.do(*commands)
        return None if after_seq < self.flushed_up_to else found


class StoreAway(MemoryZoneStore):
    """A store that cannot be read."""

    def __init__(self) -> None:
        pass

    async def events_told(self, zone_id: str, courier_id: str, after_seq: int, limit: int) -> Sequence[Recorded]:
        raise StoreUnavailable("the store is away")


def duties(times: int, courier_id: str = "c1") -> list[c.Command]:
    """So many events that a courier is told."""
    return [c.SetDuty(courier_id, Duty.ON_BREAK if n % 2 == 0 else Duty.AVAILABLE) for n in range(times)]


def history_of(made: Rig, copy: Copy | None, *, away: bool = False, kept: int = 0) -> History:
    """A history that holds only the newest `kept` events in memory."""
    history = History(made.hub.replica, StoreAway() if away else made.store, copy)
    history.events = deque([*made.hub.history.events][-kept:] if kept else [], maxlen=max(kept, 1))
    made.hub.replica.listen(history.add)
    return history


async def missed(
    history: History, position: StreamPosition | None, courier_id: str = "c1", at_most: int = MOST
) -> list[int] | None:
    """The numbers of what was missed, as a session asks for it."""
    older = await history.older(position, courier_id, at_most)
    found = history.missed(position, older, courier_id, at_most)
    return None if found is None else [recorded.seq for recorded in found]


async def told_after(made: Rig, position: StreamPosition, courier_id: str = "c1") -> list[int]:
    return [e.seq for e in await made.store.events_told(ZONE, courier_id, position.seq, 1_000)]


def test_what_memory_holds_is_asked_of_nobody() -> None:
    """The way of nearly every reconnect: no I/O at all."""

    async def test(made: Rig) -> None:
        before, copy = made.hub.here, Copy(made.store)
        await made.do(*duties(5), *duties(3, "c2"))
        history = history_of(made, copy, away=True, kept=8)
        assert await missed(history, before) == await told_after(made, before) != []
        assert copy.asked == []

    virtually(test)


def test_what_memory_lost_comes_from_the_stream() -> None:
    """Only the part that memory does not hold is read, and the database is not needed."""

    async def test(made: Rig) -> None:
        before, copy = made.hub.here, Copy(made.store)
        await made.do(*duties(4), *duties(2, "c2"), *duties(4))
        history = history_of(made, copy, away=True, kept=3)
        assert await missed(history, before) == await told_after(made, before)
        assert copy.asked == [(before.seq, made.hub.here.seq - 3)]
        assert history.counters["resumes_from_stream"] == 1 and history.counters["snapshots_sent"] == 0

    virtually(test)


@pytest.mark.parametrize("trouble", ["flushed", "away", "too long", "none"])
def test_what_the_stream_lost_comes_from_the_database(trouble: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Flushed, cut off, too long to be scanned, or never there: the store knows whom each event was told."""

    async def test(made: Rig) -> None:
        before, copy = made.hub.here, Copy(made.store)
        await made.do(*duties(6))
        copy.flushed_up_to = made.hub.here.seq if trouble == "flushed" else 0
        copy.away = trouble == "away"
        if trouble == "too long":
            monkeypatch.setattr(history_module, "MAX_SCANNED", 2)
        history = history_of(made, None if trouble == "none" else copy, kept=2)
        assert await missed(history, before) == await told_after(made, before)
        assert history.counters["resumes_from_store"] == 1
        assert len(copy.asked) == (1 if trouble in {"flushed", "away"} else 0)

    virtually(test)


def test_what_nobody_has_is_a_snapshot_and_never_a_part() -> None:
    """Memory has the newest two, the stream was flushed, the database is away: nothing is told of the two either."""

    async def test(made: Rig) -> None:
        before, copy = made.hub.here, Copy(made.store)
        await made.do(*duties(6))
        copy.flushed_up_to = made.hub.here.seq
        history = history_of(made, copy, away=True, kept=2)
        assert await missed(history, before) is None
        assert history.counters["snapshots_sent"] == 1

    virtually(test)


@pytest.mark.parametrize("source", ["memory", "stream", "database"])
def test_too_much_is_a_snapshot(source: str) -> None:
    """One more than the window of a session holds is too much, from whichever source; exactly as many are not."""

    async def test(made: Rig) -> None:
        before, copy = made.hub.here, Copy(made.store)
        await made.do(*duties(6))
        copy.flushed_up_to = 0 if source == "stream" else made.hub.here.seq
        history = history_of(made, copy, kept=6 if source == "memory" else 1)
        told = await told_after(made, before)
        assert await missed(history, before, at_most=len(told)) == told
        assert await missed(history, before, at_most=len(told) - 1) is None

    virtually(test)


def test_what_happens_while_the_older_part_is_fetched_is_not_lost() -> None:
    """The zone goes on; memory has what came meanwhile, and the two parts meet without a hole or a repeat."""

    async def test(made: Rig) -> None:
        before, copy = made.hub.here, Copy(made.store)
        await made.do(*duties(6))
        copy.rig, copy.meanwhile = made, duties(3)
        history = history_of(made, copy, away=True, kept=5)
        found = await missed(history, before)
        assert found == await told_after(made, before) and len(found) == 9

    virtually(test)


def test_memory_that_moves_on_while_the_older_part_is_fetched() -> None:
    """More happens than memory holds: the hole is fetched, too. If it never stops, the phone gets a snapshot."""

    async def test(made: Rig) -> None:
        before, copy = made.hub.here, Copy(made.store)
        await made.do(*duties(6))
        copy.rig, copy.meanwhile = made, duties(4)
        history = history_of(made, copy, away=True, kept=2)
        assert await missed(history, before) == await told_after(made, before)
        assert len(copy.asked) == 2 and copy.asked[1][0] == copy.asked[0][1]

        class Storm(Copy):
            async def between(self, *where: object) -> Sequence[Recorded] | None:
                self.meanwhile = duties(4)
                return await super().between(*where)  # type: ignore[arg-type]

        storm = Storm(made.store)
        storm.rig = made
        assert await missed(history_of(made, storm, away=True, kept=2), before) is None
        assert len(storm.asked) == history_module.TRIES

    virtually(test)


def test_positions_of_another_history() -> None:
    """Of another epoch, from the future, or none: nothing is looked for."""

    async def test(made: Rig) -> None:
        here, copy = made.hub.here, Copy(made.store)
        history = history_of(made, copy)
        for position in (None, StreamPosition(here.epoch + 1, 1), StreamPosition(here.epoch, here.seq + 1)):
            assert await missed(history, position) is None
        assert await missed(history, here) == []
        assert copy.asked == []

    virtually(test)
