"""What goes wrong in a run, drawn from its seed: which kinds at all, when, where, and for how long.

Each run has only some of the kinds (else the loud ones would drown the others), and each kind ends by itself or at
`heal`. From then on nothing goes wrong any more, so that it can be judged whether the service recovers.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from random import Random
from typing import Final

from simulator.in_process.machines import Machine
from simulator.in_process.services import Service
from simulator.in_process.world import ZONE, World

PAUSE_S: Final = (20.0, 90.0)
"""The mean time between two faults of a run lies here."""


class Faults:
    """Of one run. `run` makes trouble until it is cancelled; `heal` ends all of it."""

    def __init__(self, world: World, seed: int, phones: Sequence[str]) -> None:
        self.counters: Counter[str] = Counter()
        self._world = world
        self._chance = Random(f"faults {seed}")  # noqa: S311 - to be repeated
        self._phones = list(phones)
        every = self._kinds
        self.kinds = sorted(self._chance.sample(sorted(every), self._chance.randint(3, len(every))))
        self._pause_s = self._chance.uniform(*PAUSE_S)
        self._under_way: set[asyncio.Task[None]] = set()

    @property
    def _kinds(self) -> dict[str, Callable[[], Awaitable[None]]]:
        return {
            "crash": self._crash,
            "freeze": self._freeze,
            "jam": self._jam,
            "partition": self._partition,
            "swizzle": self._swizzle,
            "tunnel": self._tunnel,
            "database_away": self._database_away,
            "database_slow": self._database_slow,
            "lost_commit_replies": self._lost_commit_replies,
            "redis_away": self._redis_away,
            "redis_restart": self._redis_restart,
            "redis_flush": self._redis_flush,
            "garbled_news": self._garbled_news,
            "lease_theft": self._lease_theft,
            "clock_skew": self._clock_skew,
            "solver": self._solver,
        }

    async def run(self) -> None:
        """Make trouble, one after the other and several at once."""
        while True:
            await asyncio.sleep(self._chance.expovariate(1 / self._pause_s))
            kind = self._chance.choice(self.kinds)
            self.counters[kind] += 1
            task = asyncio.ensure_future(self._kinds[kind]())
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)

    def heal(self) -> None:
        """From now on everything works."""
        for task in self._under_way:
            task.cancel()
        world = self._world
        world.database.calm()
        world.redis.calm()
        world.clock_skew_s, world.solver_mood = 0.0, ""
        world.network.free_all()
        for machine in world.machines.values():
            machine.thaw()

    # --- kinds ---------------------------------------------------------------------------------------------------

    def _any_machine(self) -> Machine:
        return self._chance.choice(list(self._world.machines.values()))

    def _some_s(self, usual_s: float, most_s: float) -> float:
        return min(most_s, self._chance.expovariate(1 / usual_s))

    async def _crash(self) -> None:
        self._any_machine().kill()

    async def _freeze(self) -> None:
        """SIGSTOP, sometimes for longer than a lease."""
        machine = self._any_machine()
        machine.freeze()
        try:
            await asyncio.sleep(self._some_s(5.0, 30.0))
        finally:
            machine.thaw()

    async def _jam(self) -> None:
        """One way through which nothing gets for a while."""
        await self._jammed([(self._any_machine().name, self._chance.choice(self._others()))], 10.0)

    async def _partition(self) -> None:
        """One process that nobody reaches, and that reaches nobody."""
        name = self._any_machine().name
        await self._jammed([(name, other) for other in self._others() if other != name], 8.0)

    def _others(self) -> list[str]:
        world = self._world
        return [world.database.name, world.redis.name, *self._phones, "desk-1", "desk-2", "shop"]

    async def _jammed(self, ways: Sequence[tuple[str, str]], usual_s: float) -> None:
        network = self._world.network
        for way in ways:
            network.jam(*way)
        try:
            await asyncio.sleep(self._some_s(usual_s, 60.0))
        finally:
            for way in ways:
                network.free(*way)

    async def _swizzle(self) -> None:
        """Some ways are jammed one after the other, and freed in another order."""
        pool = [(machine.name, other) for machine in self._world.machines.values() for other in self._others()]
        ways = self._chance.sample(pool, min(len(pool), self._chance.randint(2, 12)))
        network = self._world.network
        try:
            for way in ways:
                network.jam(*way)
                await asyncio.sleep(self._some_s(0.5, 5.0))
            self._chance.shuffle(ways)
            for way in ways:
                network.free(*way)
                await asyncio.sleep(self._some_s(0.5, 5.0))
        finally:
            for way in ways:
                network.free(*way)

    async def _tunnel(self) -> None:
        """Some phones reach nobody."""
        phones = self._chance.sample(self._phones, max(1, len(self._phones) // 4))
        await self._jammed([(phone, gateway.name) for phone in phones for gateway in self._world.gateways], 20.0)

    async def _database_away(self) -> None:
        await self._away(self._world.database, 4.0, 60.0)

    async def _redis_away(self) -> None:
        await self._away(self._world.redis, 6.0, 60.0)

    async def _away(self, service: Service, usual_s: float, most_s: float) -> None:
        service.is_away = True
        service.breaks += 1
        try:
            await asyncio.sleep(self._some_s(usual_s, most_s))
        finally:
            service.is_away = False

    async def _database_slow(self) -> None:
        database = self._world.database
        database.slowness = self._chance.uniform(5.0, 60.0)
        try:
            await asyncio.sleep(self._some_s(10.0, 60.0))
        finally:
            database.slowness = 1.0

    async def _lost_commit_replies(self) -> None:
        database = self._world.database
        database.loses_replies = self._chance.uniform(0.02, 0.5)
        try:
            await asyncio.sleep(self._some_s(10.0, 40.0))
        finally:
            database.loses_replies = 0.0

    async def _redis_restart(self) -> None:
        """It comes back empty."""
        self._world.flush_redis()
        await self._away(self._world.redis, 1.0, 5.0)

    async def _redis_flush(self) -> None:
        self._world.flush_redis()

    async def _garbled_news(self) -> None:
        """What is published is lost, comes twice, or comes late."""
        redis = self._world.redis
        redis.garbles_news = self._chance.uniform(0.05, 0.8)
        try:
            await asyncio.sleep(self._some_s(20.0, 120.0))
        finally:
            redis.garbles_news = 0.0

    async def _lease_theft(self) -> None:
        """Somebody who is no planner takes the zone, and gives it back."""
        store = self._world.store
        store.expire_lease(ZONE)
        claim = await store.claim(ZONE, "a thief", self._some_s(2.0, 8.0))
        await asyncio.sleep(self._some_s(1.0, 8.0))
        if claim:
            await store.release(claim)

    async def _clock_skew(self) -> None:
        """A clock jumps, and the processes that start from now on have another time than the others."""
        self._world.clock_skew_s = self._chance.choice((0.5, 3.0, 20.0))
        self._any_machine().kill()

    async def _solver(self) -> None:
        self._world.solver_mood = self._chance.choice(("hang", "crash", "lie"))
        try:
            await asyncio.sleep(self._some_s(60.0, 300.0))
        finally:
            self._world.solver_mood = ""
