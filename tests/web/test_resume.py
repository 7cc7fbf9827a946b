"""A phone that comes back after the server's memory, the stream, or the database lost what it missed."""

from collections.abc import Sequence

import pytest

from courier_protocol import messages as m
from dispatch.application.ports import Recorded, StoreUnavailable
from dispatch.domain.commands import SetDuty
from dispatch.domain.courier import Duty
from tests.support.web import House
from tests.web.test_courier_socket import hear, hello, raw, say


async def changes(h: House, times: int) -> None:
    """Things that the courier's phone is told while it is away."""
    for n in range(times):
        await h.do(SetDuty("c1", Duty.AVAILABLE if n % 2 == 0 else Duty.ON_BREAK))


async def test_what_memory_forgot_comes_from_the_database(h: House, address: str) -> None:
    """A process that has just begun: every push follows, chained from where the phone stood, and no snapshot."""
    async with raw(address) as socket:
        await say(socket, hello(h))
        stood = await hear(socket, m.Resync)
    await changes(h, 5)
    h.hub.history.events.clear()
    async with raw(address) as socket:
        await say(socket, hello(h, resume=m.StreamPosition(epoch=stood.epoch, seq=stood.seq)))
        welcome = await hear(socket, m.Welcome)
        assert welcome.resumed and welcome.seq == stood.seq
        pushes = [await hear(socket, m.Push) for _ in range(5)]
        assert [push.prev for push in pushes] == [stood.seq, *(push.seq for push in pushes[:-1])]
        assert pushes[-1].seq == h.store_head
        assert [push.facts[0].duty for push in pushes] == ["available", "on_break"] * 2 + ["available"]
    assert h.hub.counters["resumes_from_store"] == 1


async def test_a_push_that_comes_while_the_older_part_is_read(
    h: House, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The zone goes on during the read: the phone gets that event, too, once and in its place."""
    await changes(h, 4)
    before = h.hub.here.seq - 4
    h.hub.history.events.clear()
    read = h.store.events_told

    async def slowly(zone_id: str, courier_id: str, after_seq: int, limit: int) -> Sequence[Recorded]:
        found = await read(zone_id, courier_id, after_seq, limit)
        await changes(h, 1)
        return found

    monkeypatch.setattr(h.store, "events_told", slowly)
    async with raw(address) as socket:
        await say(socket, hello(h, resume=m.StreamPosition(epoch=h.hub.here.epoch, seq=before)))
        assert (await hear(socket, m.Welcome)).resumed
        assert [(await hear(socket, m.Push)).seq for _ in range(5)] == list(range(before + 1, before + 6))


async def test_what_nobody_has_is_a_snapshot(h: House, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The database does not answer: all that is known now, and not a part of what was missed."""

    async def away(zone_id: str, courier_id: str, after_seq: int, limit: int) -> Sequence[Recorded]:
        raise StoreUnavailable("away")

    await changes(h, 4)
    before = h.hub.here.seq - 4
    h.hub.history.events.popleft()
    while h.hub.history.events[0].seq <= before + 1:
        h.hub.history.events.popleft()
    monkeypatch.setattr(h.store, "events_told", away)
    async with raw(address) as socket:
        await say(socket, hello(h, resume=m.StreamPosition(epoch=h.hub.here.epoch, seq=before)))
        assert not (await hear(socket, m.Welcome)).resumed
        snapshot = await hear(socket, m.Resync)
        assert (snapshot.seq, snapshot.duty) == (h.hub.here.seq, "on_break")


@pytest.mark.parametrize("forgets", [False, True])
async def test_what_others_were_told_is_left_out(h: House, address: str, forgets: bool) -> None:
    """Each event that was missed is judged anew: c2 hears nothing of c1, by memory and by the database alike."""
    await h.courier("c2", "Bo")
    async with raw(address) as socket:
        await say(socket, hello(h, "c2"))
        stood = await hear(socket, m.Resync)
    placed = await h.order(ref="not for c2")
    await h.plan("c1", placed["id"])
    await changes(h, 1)
    await h.do(SetDuty("c2", Duty.AVAILABLE))
    if forgets:
        h.hub.history.events.clear()
    async with raw(address) as socket:
        await say(socket, hello(h, "c2", resume=m.StreamPosition(epoch=stood.epoch, seq=stood.seq)))
        assert (await hear(socket, m.Welcome)).resumed
        pushes = [await hear(socket, m.Push)]
        while pushes[-1].seq < h.store_head:
            pushes.append(await hear(socket, m.Push))
        told = [fact for push in pushes for fact in push.facts]
        assert [type(fact) for fact in told] == [m.DutyChanged] and placed["id"] not in repr(told)
