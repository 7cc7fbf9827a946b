"""The hub: what its sessions and watchers get, in which order, and what slow ones miss. In virtual time."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import msgspec
import pytest

from courier_protocol import live
from courier_protocol.codec import Decoder
from courier_protocol.messages import CourierFact, Fix, StreamPosition
from dispatch.adapters.memory import MemoryEventFeed, MemoryPositionStore, MemoryZoneStore
from dispatch.application import lanes
from dispatch.application.hub import ZoneHub
from dispatch.application.lanes import Lane
from dispatch.application.paths import Drawn
from dispatch.application.ports import Outcome, Position, Reply, StoreUnavailable
from dispatch.application.replica import ZoneReplica
from dispatch.application.tracking import TrackingPolicy
from dispatch.domain import commands as c
from dispatch.domain.apply import apply
from dispatch.domain.courier import Duty
from dispatch.domain.geo import Point
from dispatch.domain.zone import ZoneState, evolve
from tests.support.planned_zone import LoopClock, LoopTicker
from tests.support.virtual_time import run_virtual
from tests.support.web import CITY_BOX, Beeline
from tests.support.zones import MINUTE_MS, NOON_MS, courier, depot, order, plan, planned

ZONE = "test"
MOST = 200
DECODER = Decoder("live", "json")


async def inline(work: Callable[[], Drawn]) -> Drawn:
    return work()


@dataclass(eq=False)
class Phone:
    """A courier's session as the hub sees it."""

    generation: int = 1
    told: list[tuple[int, tuple[CourierFact, ...]]] = field(default_factory=list)
    superseded: bool = False

    def push(self, seq: int, at_ms: int, facts: tuple[CourierFact, ...]) -> None:
        assert at_ms >= NOON_MS
        self.told.append((seq, facts))

    def supersede(self) -> None:
        self.superseded = True


@dataclass
class Rig:
    """A hub over stores in memory; `do` is the zone's writer."""

    hub: ZoneHub
    store: MemoryZoneStore
    positions: MemoryPositionStore
    state: ZoneState
    claim: Any

    async def do(self, *commands: c.Command) -> None:
        for command in commands:
            now_ms = NOON_MS + int(asyncio.get_running_loop().time() * 1000)
            events = apply(self.state, command, now_ms)
            for event in events:
                evolve(self.state, event)
            outcome = Outcome(None, now_ms, tuple(events), Reply(True))
            await self.store.commit(self.claim, [outcome], self.state.take_dirty(), self.state.plan_version)
        await self.hub.replica.reached(len(await self.store.events(ZONE, 0, 10_000)))

    def fix(self, seq: int, *, generation: int = 1, lat: float = 60.166, courier_id: str = "c1") -> None:
        at_ms = NOON_MS + int(asyncio.get_running_loop().time() * 1000)
        self.hub.report(courier_id, generation, seq, [Fix(at_ms=at_ms, lat=lat, lon=24.936)])

    async def carry(self, *order_ids: str) -> None:
        """Courier c1 gets these orders and has picked them up."""
        await self.do(plan(self.state, planned(self.state, "c1", order_ids)))
        stop = self.state.route("c1").stops[0]
        await self.do(c.ReportProgress("c1", stop.id, c.StopAction.COMPLETED, NOON_MS))


@asynccontextmanager
async def rig(rate: float = 1.0, orders: int = 1) -> AsyncIterator[Rig]:
    ticker = LoopTicker()
    store, positions = MemoryZoneStore(ticker), MemoryPositionStore()
    await store.ensure_zone(ZONE)
    claim = await store.claim(ZONE, "test", 1e6)
    replica = await ZoneReplica.open(ZONE, store, MemoryEventFeed(store), LoopClock())
    hub = ZoneHub(
        replica=replica,
        store=store,
        positions=positions,
        travel_times=Beeline(),
        clock=LoopClock(rate),
        ticker=ticker,
        tracking=TrackingPolicy(CITY_BOX),
        offload=inline,
    )
    running = [asyncio.create_task(replica.run()), asyncio.create_task(hub.run())]
    made = Rig(hub, store, positions, ZoneState(ZONE), claim)
    await made.do(c.RegisterDepot(depot("d1")))
    for courier_id in ("c1", "c2"):
        await made.do(c.RegisterCourier(courier(courier_id)), c.SetDuty(courier_id, Duty.AVAILABLE))
    for n in range(1, orders + 1):
        await made.do(c.CreateOrder(order(f"o{n}")))
    try:
        yield made
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


def virtually(test: Callable[[Rig], Coroutine[Any, Any, None]], **options: Any) -> None:
    async def doing() -> None:
        async with rig(**options) as made:
            await test(made)

    run_virtual(doing())


def drain(lane: Lane) -> list[Any]:
    """Everything that the lane would send now."""
    messages: list[Any] = []
    while frame := lane.next_frame():
        messages += DECODER.decode(frame)
    return messages


def staff(made: Rig) -> Lane:
    return made.hub.watchers.watch_zone("json", lambda: None)


def watching(made: Rig) -> Lane:
    """A lane whose snapshot has been read."""
    lane = staff(made)
    drain(lane)
    return lane


def shopper(made: Rig, order_id: str = "o1") -> Lane:
    return made.hub.watchers.watch_order(made.state.orders[order_id], "json", lambda: None)


# --- events ----------------------------------------------------------------------------------------------------


def test_staff_get_a_snapshot_and_then_every_event() -> None:
    """The chain has no hole: each change follows the one before, the first follows the snapshot."""

    async def test(made: Rig) -> None:
        lane = staff(made)
        snapshot = drain(lane)[0]
        await made.do(c.CreateOrder(order("o7")), c.SetDuty("c1", Duty.ON_BREAK))
        changes = [message for message in drain(lane) if isinstance(message, live.ZoneChange)]
        assert [change.prev for change in changes] == [snapshot.seq, *(change.seq for change in changes[:-1])]
        assert [change.event for change in changes] == ["order_created", "duty_changed"]
        made.hub.watchers.unwatch(lane)
        await made.do(c.CreateOrder(order("o8")))
        assert drain(lane) == []

    virtually(test)


def test_a_shopper_hears_of_their_own_order_only() -> None:
    """Other orders, and the courier's other work, make no message."""

    async def test(made: Rig) -> None:
        lane = shopper(made)
        first = drain(lane)[0]
        await made.do(c.CreateOrder(order("o7")), plan(made.state, planned(made.state, "c2", ("o2",))))
        assert drain(lane) == []
        await made.do(plan(made.state, planned(made.state, "c1", ("o1",))))
        changes = [message for message in drain(lane) if isinstance(message, live.TrackChange)]
        assert changes[-1].order.status == "assigned" and not changes[-1].courier_visible
        assert [change.prev for change in changes] == [first.seq, *(change.seq for change in changes[:-1])]

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
        for lane in (early, late):
            made.hub.watchers.unwatch(lane)
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
        await made.positions.put(ZONE, [Position("c1", 2, 1, NOON_MS, NOON_MS, Point(60.17, 24.94))])
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
        missed = hub.missed(before, "c1", MOST)
        assert missed and [type(recorded.event).__name__ for recorded in missed] == ["RouteChanged"]
        assert hub.missed(hub.here, "c1", MOST) == []
        assert hub.missed(None, "c1", MOST) is None
        assert hub.missed(StreamPosition(before.epoch + 1, before.seq), "c1", MOST) is None
        assert hub.missed(StreamPosition(before.epoch, hub.here.seq + 1), "c1", MOST) is None
        hub._events.popleft()
        assert hub.missed(StreamPosition(before.epoch, 0), "c1", MOST) is None
        for n in range(MOST + 1):
            await made.do(c.SetDuty("c2", Duty.AVAILABLE if n % 2 == 0 else Duty.ON_BREAK))
        assert hub.missed(before, "c2", MOST) is None and hub.missed(before, "c1", MOST) is not None

    virtually(test)


def test_a_new_process_knows_the_recent_past() -> None:
    """A hub that starts later serves resumes and shows places from before its time."""

    async def test(made: Rig) -> None:
        before = made.hub.here
        await made.do(plan(made.state, planned(made.state, "c1", ("o1",)), ttl_ms=MINUTE_MS))
        await made.positions.put(ZONE, [Position("c1", 1, 1, NOON_MS, NOON_MS, Point(60.17, 24.94))])
        replica = await ZoneReplica.open(ZONE, made.store, MemoryEventFeed(made.store), LoopClock())
        younger = ZoneHub(
            replica=replica,
            store=made.store,
            positions=made.positions,
            travel_times=Beeline(),
            clock=LoopClock(),
            ticker=LoopTicker(),
            tracking=TrackingPolicy(CITY_BOX),
            offload=inline,
        )
        running = asyncio.create_task(younger.run())
        await asyncio.sleep(0.5)
        assert len(younger.missed(before, "c1", MOST) or []) == 1
        assert younger.sight.positions["c1"].seq == 1 and younger.sight.paths["c1"].whole6
        assert younger.counters["orders_created"] == 1 and younger.counters["orders_offered"] == 1
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    virtually(test)


# --- places ----------------------------------------------------------------------------------------------------


def test_places_are_coalesced_and_never_go_back() -> None:
    """Many fixes of one tick make one place; an older one changes nothing."""

    async def test(made: Rig) -> None:
        lane = watching(made)
        for seq in (1, 2, 5, 4, 3):
            made.fix(seq)
        await asyncio.sleep(0.1)
        fixes = [message for message in drain(lane) if isinstance(message, live.Fixes)]
        assert [[(fix.gen, fix.seq) for fix in message.fixes] for message in fixes] == [[(1, 5)]]
        made.fix(4)
        await asyncio.sleep(0.1)
        assert drain(lane) == []
        made.fix(1, generation=2)
        await asyncio.sleep(0.1)
        assert [(fix.gen, fix.seq) for fix in drain(lane)[0].fixes] == [(2, 1)]
        counters = made.hub.counters
        assert counters["positions_in"] == 7 and counters["positions_dropped_older"] == 3

    virtually(test)


def test_places_are_written_behind_and_those_of_others_are_shown() -> None:
    """What passed here is stored; what another process stored is shown once, and an echo of our own not again."""

    async def test(made: Rig) -> None:
        lane = staff(made)
        made.fix(1)
        await asyncio.sleep(0.1)
        assert (await made.positions.latest(ZONE))["c1"].seq == 1
        drain(lane)
        await made.positions.put(ZONE, [Position("c2", 4, 2, NOON_MS, NOON_MS, Point(60.17, 24.94))])
        await asyncio.sleep(0.1)
        shown = [fix for message in drain(lane) if isinstance(message, live.Fixes) for fix in message.fixes]
        assert [(fix.courier_id, fix.gen, fix.seq) for fix in shown] == [("c2", 4, 2)]

    virtually(test)


def test_shoppers_see_places_between_pickup_and_dropoff_only() -> None:
    """Before the pickup nothing moves on their map; after it, the courier does, without its id."""

    async def test(made: Rig) -> None:
        lane = shopper(made)
        await made.do(plan(made.state, planned(made.state, "c1", ("o1",))))
        made.fix(1)
        await asyncio.sleep(0.1)
        assert not [message for message in drain(lane) if isinstance(message, live.Fixes)]
        await made.do(
            c.ReportProgress("c1", made.state.route("c1").stops[0].id, c.StopAction.COMPLETED, NOON_MS),
        )
        await asyncio.sleep(0.1)
        messages = drain(lane)
        paths = [message for message in messages if isinstance(message, live.Paths)]
        assert paths and paths[-1].paths[0].courier_id == "courier"
        made.fix(2)
        await asyncio.sleep(0.1)
        assert [(fix.courier_id, fix.seq) for fix in drain(lane)[0].fixes] == [("courier", 2)]

    virtually(test)


class Away(MemoryPositionStore):
    """A store that cannot be reached until told."""

    away = True

    async def put(self, zone_id: str, positions: Any) -> None:
        if self.away:
            raise StoreUnavailable("away")
        await super().put(zone_id, positions)


def test_live_views_survive_a_store_that_is_away() -> None:
    """Local watchers see every fix meanwhile; the store heals with the next one."""

    async def test(made: Rig) -> None:
        away = Away()
        made.hub._positions = away
        lane = watching(made)
        made.fix(1)
        await asyncio.sleep(1)
        assert any(isinstance(message, live.Fixes) for message in drain(lane))
        assert made.hub.counters["position_store_unavailable"] >= 1
        away.away = False
        made.fix(2)
        await asyncio.sleep(2)
        assert (await away.latest(ZONE))["c1"].seq == 2

    virtually(test)


# --- slow watchers ---------------------------------------------------------------------------------------------


def test_a_slow_watcher_gets_a_snapshot_instead_of_the_backlog(monkeypatch: pytest.MonkeyPatch) -> None:
    """The lane is bounded; what did not fit is worth less than a snapshot, after which the chain goes on."""
    monkeypatch.setattr(lanes, "MAX_WAITING", 10)

    async def test(made: Rig) -> None:
        lane = watching(made)
        for n in range(20):
            await made.do(c.CreateOrder(order(f"x{n}")))
        messages = drain(lane)
        assert [type(message) for message in messages] == [live.ZoneSnapshot]
        assert len(messages[0].orders) == 21 and lane.conflated == 1
        await made.do(c.CreateOrder(order("x99")))
        assert drain(lane)[0].prev == messages[0].seq

    virtually(test)


def test_a_slow_watcher_sees_only_the_newest_places() -> None:
    """However many ticks it slept, it gets each courier once."""

    async def test(made: Rig) -> None:
        lane = watching(made)
        for seq in range(1, 10):
            made.fix(seq)
            made.fix(seq, courier_id="c2")
            await asyncio.sleep(0.1)
        fixes = [message for message in drain(lane) if isinstance(message, live.Fixes)]
        assert [(fix.courier_id, fix.seq) for message in fixes for fix in message.fixes] == [("c1", 9), ("c2", 9)]

    virtually(test)


def test_a_message_is_encoded_once_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fifty watchers of two encodings cost two encodings of a change, and two of a batch of places."""
    encoded: list[str] = []
    real = lanes.encode_one

    def counting(message: msgspec.Struct, encoding: Any) -> bytes:
        encoded.append(f"{type(message).__name__}.{encoding}")
        return real(message, encoding)  # type: ignore[arg-type]

    async def test(made: Rig) -> None:
        all_lanes = [made.hub.watchers.watch_zone("json", lambda: None) for _ in range(25)]
        all_lanes += [made.hub.watchers.watch_zone("msgpack", lambda: None) for _ in range(25)]
        for lane in all_lanes:
            lane.next_frame()
        monkeypatch.setattr(lanes, "encode_one", counting)
        await made.do(c.CreateOrder(order("o7")))
        made.fix(1)
        await asyncio.sleep(0.1)
        for lane in all_lanes:
            while lane.next_frame():
                pass
        wanted = {f"{kind}.{encoding}" for kind in ("ZoneChange", "Fixes") for encoding in ("json", "msgpack")}
        assert {name for name in encoded if not name.startswith("Link")} == wanted
        assert len(encoded) == len(set(encoded))

    virtually(test)


# --- links -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("rate", "stale_s", "lost_s"), [(1.0, 60, 300), (10.0, 10, 30)])
def test_a_link_goes_stale_then_lost(rate: float, stale_s: int, lost_s: int) -> None:
    """By the longer of business and real time; the first sign of life makes it live at once."""

    async def test(made: Rig) -> None:
        lane = watching(made)
        made.fix(1)
        await asyncio.sleep(stale_s - 2)
        assert links(lane) == ["live"]
        await asyncio.sleep(4)
        assert links(lane) == ["stale"]
        await asyncio.sleep(lost_s - stale_s)
        assert links(lane) == ["lost"]
        made.hub.heartbeat("c1")
        assert links(lane) == ["live"]

    virtually(test, rate=rate)


def test_goodbye_is_offline_at_once() -> None:
    """A phone that says goodbye is not waited for; one whose link breaks is."""

    async def test(made: Rig) -> None:
        lane, phone = watching(made), Phone()
        made.hub.join("c1", phone)
        made.hub.leave("c1", phone)
        assert links(lane) == ["live"]
        made.hub.join("c1", phone)
        made.hub.leave("c1", phone, goodbye=True)
        assert links(lane) == ["offline"]

    virtually(test)


def test_silence_off_duty_is_offline() -> None:
    """Nobody waits for a courier who went home."""

    async def test(made: Rig) -> None:
        lane = watching(made)
        made.fix(1)
        await made.do(c.SetDuty("c1", Duty.OFF_DUTY))
        await asyncio.sleep(70)
        assert links(lane)[-1] == "offline"

    virtually(test)


def links(lane: Lane) -> list[str]:
    return [message.link for message in drain(lane) if isinstance(message, live.LinkChanged)]
