"""The database and Redis as simulated processes reach them: over the network, with everything that can go wrong there.

What they hold is in the stores in memory. A call takes a moment on the way there, another on the way back, and may fail
before it was heard (nothing happened) or after (it did, and nobody was told).
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import suppress
from random import Random
from typing import Any, Final, TypeVar

from dispatch.adapters.lanes import Lanes
from dispatch.adapters.memory import MemoryPositionStore
from dispatch.adapters.memory_news import MemoryGatewayNews
from dispatch.application.gateway_news import News
from dispatch.application.ports import Position, StoreUnavailable
from simulator.in_process.loop import Process
from simulator.in_process.network import Network

CALL_S: Final = (0.0005, 0.006)
SLOW_CALL: Final = 0.01
SLOW_CALL_S: Final = (0.05, 0.4)
SUBSCRIBE_AGAIN_S: Final = 0.5
T = TypeVar("T")
Method = Callable[..., Coroutine[Any, Any, Any]]
TIMEOUT_S: Final = 2.0
"""After so long a caller believes that the service is away."""


class Service:
    """A data service. `is_away`: connections are refused. `loses_replies`: the share of calls whose reply is lost."""

    def __init__(self, name: str, network: Network, chance: Random) -> None:
        self.name = name
        self.network = network
        self.chance = chance
        self.is_away = False
        self.loses_replies = 0.0
        self.garbles_news = 0.0
        self.slowness = 1.0
        self.breaks = 0
        """How often it broke every connection."""
        self.counters: Counter[str] = Counter()

    def calm(self) -> None:
        """From now on nothing goes wrong here."""
        self.is_away, self.loses_replies, self.garbles_news, self.slowness = False, 0.0, 0.0, 1.0

    async def way(self, process: Process) -> None:
        """One message's way. Raises `StoreUnavailable` when it does not get through in time."""
        if self.is_away:
            await asyncio.sleep(self.chance.uniform(*CALL_S))
            raise StoreUnavailable(f"{self.name} does not answer")
        if self.network.is_jammed(process.name, self.name):
            await asyncio.sleep(TIMEOUT_S)
            raise StoreUnavailable(f"{self.name} does not answer in time")
        least_s, most_s = SLOW_CALL_S if self.chance.random() < SLOW_CALL else CALL_S
        await asyncio.sleep(self.slowness * self.chance.uniform(least_s, most_s))

    async def call(
        self, process: Process, method: Callable[..., Coroutine[Any, Any, Any]], *args: Any, **more: Any
    ) -> Any:
        """A call and its reply. Half of them take their time on the way there, the others on the way back."""
        self.counters["calls"] += 1
        takes_time_first = self.chance.random() < 0.5
        if takes_time_first or self.is_away or self.network.is_jammed(process.name, self.name):
            await self.way(process)
        breaks = self.breaks
        result = await method(*args, **more)
        if breaks != self.breaks:
            raise StoreUnavailable(f"{self.name} broke the connection")
        if self.loses_replies and self.chance.random() < self.loses_replies:
            self.counters["lost replies"] += 1
            await asyncio.sleep(self.chance.uniform(0.01, TIMEOUT_S))
            raise StoreUnavailable(f"{self.name} did not answer")
        if not takes_time_first:
            await self.way(process)
        return result


class Remote:
    """Anything that a service holds, as one process calls it: the same methods, over the network."""

    def __init__(self, held: Any, service: Service, process: Process) -> None:
        self._held = held
        self._service = service
        self._process = process

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._held, name)
        if not asyncio.iscoroutinefunction(method):
            return method

        async def call(*args: Any, **more: Any) -> Any:
            return await self._service.call(self._process, method, *args, **more)

        setattr(self, name, call)
        return call


class RemoteNews:
    """The gateways' channel: what is published while nobody is subscribed, or is lost on its way, is lost."""

    def __init__(self, held: MemoryGatewayNews, service: Service, process: Process) -> None:
        self._held = held
        self._service = service
        self._process = process

    async def tell(self, zone_id: str, news: Sequence[News]) -> None:
        """See `GatewayNews`."""
        await self._service.call(self._process, self._held.tell, zone_id, news)

    async def follow(self, zone_id: str) -> AsyncIterator[News]:
        """See `GatewayNews`."""
        while True:
            async for news in subscribed(self._held.follow(zone_id), self._service, self._process):
                yield news
            await asyncio.sleep(SUBSCRIBE_AGAIN_S)


class RemotePlaces:
    """Places: shown in this process at once, in others by way of Redis, as `RedisPositionStore` does."""

    def __init__(self, held: MemoryPositionStore, service: Service, process: Process) -> None:
        self.counters: Counter[str] = Counter()
        self._held = held
        self._service = service
        self._process = process
        self._lanes: defaultdict[str, Lanes] = defaultdict(Lanes)
        self._late: dict[str, Position] = {}
        self._subscriptions: dict[str, asyncio.Task[None]] = {}

    @staticmethod
    def degraded() -> list[str]:
        """Nothing to say."""
        return []

    async def put(self, zone_id: str, positions: Sequence[Position]) -> bool:
        """See `PositionStore`."""
        self._lanes[zone_id].offer(positions, self)
        batch = {each.courier_id: each for each in (*self._late.values(), *positions)}
        try:
            others: bool = await self._service.call(self._process, self._held.put, zone_id, list(batch.values()))
        except StoreUnavailable:
            self._late = batch
            raise
        self._late = {}
        return others

    async def latest(self, zone_id: str) -> dict[str, Position]:
        """See `PositionStore`."""
        found: dict[str, Position] = await self._service.call(self._process, self._held.latest, zone_id)
        return found

    async def follow(self, zone_id: str, *, others_only: bool = False) -> AsyncIterator[Sequence[Position]]:
        """See `PositionStore`."""
        if zone_id not in self._subscriptions:
            self._subscriptions[zone_id] = asyncio.create_task(self._subscribe(zone_id))
        async for positions in self._lanes[zone_id].follow(self, others_only=others_only):
            yield positions

    async def _subscribe(self, zone_id: str) -> None:
        while True:
            with suppress(StoreUnavailable):
                self._lanes[zone_id].offer((await self.latest(zone_id)).values())
                others = self._held.follow(zone_id, others_only=True)
                async for positions in subscribed(others, self._service, self._process):
                    self._lanes[zone_id].offer(positions)
            await asyncio.sleep(SUBSCRIBE_AGAIN_S)


async def subscribed(published: AsyncIterator[T], service: Service, process: Process) -> AsyncIterator[T]:
    """What reaches a subscriber, until its connection breaks; what is lost on the way is not told again."""
    breaks, late = service.breaks, list[T]()
    async for news in published:
        if service.is_away or service.breaks != breaks:
            return
        with suppress(StoreUnavailable):
            await service.way(process)
            for each in _as_told(news, late, service):
                yield each


def _as_told(news: T, late: list[T], service: Service) -> list[T]:
    """What a subscriber hears now: mostly the news; in bad times nothing, the same twice, or older ones after it."""
    fate = service.chance.random() / service.garbles_news if service.garbles_news else 1.0
    if fate >= 1.0:
        told, late[:] = [news, *late], []
        return told
    service.counters["garbled news"] += 1
    if fate < 1 / 3:
        return []
    if fate < 2 / 3:
        return [news, news]
    late.append(news)
    return []
