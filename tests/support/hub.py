"""A zone's hub over stores in memory, in virtual time, and what its watchers would be sent."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from courier_protocol import live
from courier_protocol.codec import Decoder, Encoding
from courier_protocol.messages import CourierFact, Fix, Policy
from dispatch.adapters.memory import MemoryEventFeed, MemoryPositionStore, MemoryZoneStore
from dispatch.adapters.memory_tracks import MemoryTrackStore
from dispatch.application.gateway_news import GatewayNews
from dispatch.application.hub import ZoneHub
from dispatch.application.lanes import Lane
from dispatch.application.paths import Drawn
from dispatch.application.ports import Outcome, Reply
from dispatch.application.pulse import Pulse, PulsePolicy
from dispatch.application.replica import ZoneReplica
from dispatch.application.tracking import TrackingPolicy
from dispatch.application.viewport import MAX_DOTS
from dispatch.domain import commands as c
from dispatch.domain.apply import apply
from dispatch.domain.courier import Duty
from dispatch.domain.zone import ZoneState, evolve
from simulator.virtual_time import run_virtual
from tests.support.planned_zone import LoopClock, LoopTicker
from tests.support.web import CITY_BOX, Beeline
from tests.support.zones import NOON_MS, courier, depot, order

ZONE = "test"


async def inline(work: Callable[[], Drawn]) -> Drawn:
    return work()


@dataclass(eq=False)
class Phone:
    """A courier's session as the hub sees it."""

    generation: int = 1
    told: list[tuple[int, tuple[CourierFact, ...]]] = field(default_factory=list)
    superseded: bool = False
    clock_offset_ms: int | None = None
    policies: list[Policy] = field(default_factory=list)

    def push(self, seq: int, at_ms: int, facts: tuple[CourierFact, ...]) -> None:
        assert at_ms >= NOON_MS
        self.told.append((seq, facts))

    def set_policy(self, policy: Policy) -> None:
        self.policies.append(policy)

    def shut_out(self) -> None:
        raise AssertionError("nobody is suspended here")

    def supersede(self) -> None:
        self.superseded = True


@dataclass
class Rig:
    """A hub over stores in memory; `do` is the zone's writer."""

    hub: ZoneHub
    store: MemoryZoneStore
    positions: MemoryPositionStore
    tracks: MemoryTrackStore
    state: ZoneState
    claim: Any
    pulse: Pulse

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


@asynccontextmanager
async def rig(
    rate: float = 1.0, orders: int = 1, news: GatewayNews | None = None, max_dots: int = MAX_DOTS
) -> AsyncIterator[Rig]:
    ticker = LoopTicker()
    store, positions, tracks = MemoryZoneStore(ticker), MemoryPositionStore(), MemoryTrackStore()
    await store.ensure_zone(ZONE)
    claim = await store.claim(ZONE, "test", 1e6)
    replica = await ZoneReplica.open(ZONE, store, MemoryEventFeed(store), LoopClock())
    pulse = Pulse(ticker, PulsePolicy())
    hub = ZoneHub(
        replica=replica,
        store=store,
        positions=positions,
        tracks=tracks,
        travel_times=Beeline(),
        clock=LoopClock(rate),
        ticker=ticker,
        tracking=TrackingPolicy(CITY_BOX),
        pulse=pulse,
        news=news,
        offload=inline,
        max_dots=max_dots,
    )
    running = [asyncio.create_task(loop()) for loop in (replica.run, hub.run, pulse.run)]
    made = Rig(hub, store, positions, tracks, ZoneState(ZONE), claim, pulse)
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


@dataclass(eq=False)
class Screen:
    """A watcher's end of a lane: what it got, and whether it takes more."""

    encoding: Encoding = "json"
    is_slow: bool = False
    got: list[bytes] = field(default_factory=list)
    gave_up: bool = False
    lane: Lane = field(init=False)

    def write(self, frame: bytes) -> None:
        self.got.append(frame)

    def give_up(self) -> None:
        self.gave_up = True

    def link_replaced(self, track_hash: str) -> None:
        self.gave_up = True

    def wake(self) -> None:
        """It takes what it gets again."""
        self.is_slow = False
        self.lane.resume()


def payload(frame: bytes) -> bytes:
    """What is in a whole, unmasked frame."""
    return frame[{126: 4, 127: 10}.get(frame[1], 2) :]


def drain(screen: Screen) -> list[Any]:
    """Everything that the screen got since the last call."""
    frames, screen.got = screen.got, []
    return [message for frame in frames for message in Decoder("live", screen.encoding).decode(payload(frame))]


def staff(made: Rig, encoding: Encoding = "json") -> Screen:
    screen = Screen(encoding)
    screen.lane = made.hub.watchers.watch_zone(screen)
    return screen


def watching(made: Rig) -> Screen:
    """A screen whose snapshot has been read."""
    screen = staff(made)
    drain(screen)
    return screen


def shopper(made: Rig, order_id: str = "o1") -> Screen:
    screen = Screen()
    screen.lane = made.hub.watchers.watch_order(made.state.orders[order_id], screen)
    return screen


def links(screen: Screen) -> list[str]:
    """The links that the screen was told of."""
    return [message.link for message in drain(screen) if isinstance(message, live.LinkChanged)]
