"""The hub: what sessions and watchers are told of events, and what a session that comes back gets. In virtual time."""

import asyncio

from courier_protocol import live
from courier_protocol.messages import StreamPosition
from dispatch.adapters.memory import MemoryEventFeed, MemoryPositionStore
from dispatch.application.hub import ZoneHub
from dispatch.application.ports import Position, Recorded
from dispatch.application.pulse import Pulse, PulsePolicy
from dispatch.application.replica import ZoneReplica
from dispatch.application.tracking import TrackingPolicy
from dispatch.domain import case_commands as k
from dispatch.domain import commands as c
from dispatch.domain.case import CaseKind
from dispatch.domain.courier import Duty
from tests.support.hub import ZONE, Phone, Rig, drain, inline, shopper, staff, virtually
from tests.support.planned_zone import LoopClock, LoopTicker
from tests.support.web import CITY_BOX, Beeline
from tests.support.zones import MINUTE_MS, NOON_MS, order, plan, planned

MOST = 200


async def missed_by(hub: ZoneHub, position: StreamPosition | None, courier_id: str = "c1") -> list[Recorded] | None:
    """As a session asks that comes back."""
    older = await hub.history.older(position, courier_id, MOST)
    return hub.history.missed(position, older, courier_id, MOST)


# --- events ----------------------------------------------------------------------------------------------------


def test_staff_get_a_snapshot_and_then_every_event() -> None:
    """The chain has no hole: each change follows the one before, the first follows the snapshot."""

    async def test(made: Rig) -> None:
        screen = staff(made)
        snapshot = drain(screen)[0]
        await made.do(c.CreateOrder(order("o7")), c.SetDuty("c1", Duty.ON_BREAK))
        changes = [message for message in drain(screen) if isinstance(message, live.ZoneChange)]
        assert [change.prev for change in changes] == [snapshot.seq, *(change.seq for change in changes[:-1])]
        assert [change.event for change in changes] == ["order_created", "duty_changed"]
        made.hub.watchers.unwatch(screen.lane)
        await made.do(c.CreateOrder(order("o8")))
        assert drain(screen) == []

    virtually(test)


def test_a_shopper_hears_of_their_own_order_only() -> None:
    """Other orders, and the courier's other work, make no message."""

    async def test(made: Rig) -> None:
        screen = shopper(made)
        first = drain(screen)[0]
        await made.do(c.CreateOrder(order("o7")), plan(made.state, planned(made.state, "c2", ("o2",))))
        assert drain(screen) == []
        await made.do(plan(made.state, planned(made.state, "c1", ("o1",))))
        changes = [message for message in drain(screen) if isinstance(message, live.TrackChange)]
        assert changes[-1].order.status == "assigned" and not changes[-1].courier_visible
        assert [change.prev for change in changes] == [first.seq, *(change.seq for change in changes[:-1])]

    virtually(test, orders=2)


def test_a_shopper_hears_that_something_is_new_in_their_case() -> None:
    """The page asks for it then; a case of another order is not told."""

    async def test(made: Rig) -> None:
        screen = shopper(made)
        drain(screen)
        await made.do(k.OpenCase("k1", "o1", CaseKind.QUESTION, "Is it vegan?", "customer"))
        await made.do(k.OpenCase("k2", "o2", CaseKind.QUESTION, "Is it?", "customer"))
        told = [message.event for message in drain(screen) if isinstance(message, live.TrackChange)]
        assert told == ["case_changed"]

    virtually(test, orders=2)


def test_many_shoppers_of_one_order_share_one_chain() -> None:
    """A later watcher starts from a newer snapshot and still accepts the shared frames."""

    async def test(made: Rig) -> None:
        early = shopper(made)
        drain(early)
        await made.do(plan(made.state, planned(made.state, "c1", ("o1",))))
        late = shopper(made)
        snapshot = drain(late)[0]
        await made.do(c.CancelOrder("o1", "no"))
        changes = [message for message in drain(late) if isinstance(message, live.TrackChange)]
        assert changes[0].prev <= snapshot.seq < changes[0].seq
        for screen in (early, late):
            made.hub.watchers.unwatch_order("o1", screen.lane)
        assert made.hub.sessions["shoppers"] == 0

    virtually(test)


def test_a_courier_hears_of_its_own_work() -> None:
    """Facts of c1 reach the session of c1 and of nobody else."""

    async def test(made: Rig) -> None:
        mine, other = Phone(), Phone()
        made.hub.join("c1", mine)
        made.hub.join("c2", other)
        await made.do(plan(made.state, planned(made.state, "c1", ("o1",)), ttl_ms=MINUTE_MS))
        assert [type(fact).__name__ for _, facts in mine.told for fact in facts] == ["Offered", "RouteChanged"]
        assert other.told == []

    virtually(test)


# --- coming back -----------------------------------------------------------------------------------------------


def test_the_newest_session_wins() -> None:
    """Whichever comes in first: the higher generation stays, the other is ended; leaving late changes nothing."""

    async def test(made: Rig) -> None:
        old, new, late = Phone(1), Phone(3), Phone(2)
        made.hub.join("c1", old)
        made.hub.join("c1", new)
        made.hub.join("c1", late)
        assert (old.superseded, new.superseded, late.superseded) == (True, False, True)
        made.hub.leave("c1", old)
        assert made.hub.sessions["couriers"] == 1
        made.hub.leave("c1", new)
        assert made.hub.sessions["couriers"] == 0

    virtually(test)


def test_a_session_elsewhere_supersedes_this_one() -> None:
    """A place with a higher generation, written by another process, ends the session here."""

    async def test(made: Rig) -> None:
        phone = Phone(1)
        made.hub.join("c1", phone)
        await MemoryPositionStore(beside=made.positions).put(
            ZONE, [Position("c1", 2, 1, NOON_MS, NOON_MS, 60.17, 24.94)]
        )
        await asyncio.sleep(1)
        assert phone.superseded

    virtually(test)


def test_what_was_missed_is_all_or_nothing() -> None:
    """Everything after the position, for this courier; nothing of it when a part is not known any more."""

    async def test(made: Rig) -> None:
        hub = made.hub
        before = hub.here
        await made.do(plan(made.state, planned(made.state, "c1", ("o1",)), ttl_ms=MINUTE_MS))
        await made.do(c.SetDuty("c2", Duty.ON_BREAK))
        missed = await missed_by(hub, before)
        assert missed and [type(recorded.event).__name__ for recorded in missed] == ["RouteChanged"]
        assert await missed_by(hub, hub.here) == []
        assert await missed_by(hub, None) is None
        assert await missed_by(hub, StreamPosition(before.epoch + 1, before.seq)) is None
        assert await missed_by(hub, StreamPosition(before.epoch, hub.here.seq + 1)) is None
        for n in range(MOST + 1):
            await made.do(c.SetDuty("c2", Duty.AVAILABLE if n % 2 == 0 else Duty.ON_BREAK))
        assert await missed_by(hub, before, "c2") is None and await missed_by(hub, before) is not None

    virtually(test)


def test_a_new_process_knows_the_recent_past() -> None:
    """A hub that starts later serves resumes and shows places from before its time."""

    async def test(made: Rig) -> None:
        before = made.hub.here
        await made.do(plan(made.state, planned(made.state, "c1", ("o1",)), ttl_ms=MINUTE_MS))
        await made.positions.put(ZONE, [Position("c1", 1, 1, NOON_MS, NOON_MS, 60.17, 24.94)])
        replica = await ZoneReplica.open(ZONE, made.store, MemoryEventFeed(made.store), LoopClock())
        younger = ZoneHub(
            replica=replica,
            store=made.store,
            positions=made.positions,
            tracks=made.tracks,
            travel_times=Beeline(),
            clock=LoopClock(),
            ticker=LoopTicker(),
            tracking=TrackingPolicy(CITY_BOX),
            pulse=Pulse(LoopTicker(), PulsePolicy()),
            offload=inline,
        )
        running = asyncio.create_task(younger.run())
        await asyncio.sleep(0.5)
        assert len(await missed_by(younger, before) or []) == 1
        assert younger.sight.positions["c1"].seq == 1 and younger.sight.paths["c1"].whole6
        assert younger.counters["orders_created"] == 1 and younger.counters["orders_offered"] == 1
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    virtually(test)
