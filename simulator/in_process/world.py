"""The simulated world: a database and a Redis, the service's processes, a balancer before them, and the phones' way in.

What is fixed is here; who lives in it is in `people`, what goes wrong in `faults`, what must hold in `judge`.
"""

import asyncio
import base64
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, Final

import httpx

from dispatch.adapters.memory import MemoryPositionStore, MemoryZoneStore, NoCopies
from dispatch.adapters.memory_channel import MemoryDeviceStore, MemoryProofStore, MemoryTickets
from dispatch.adapters.memory_keys import MemoryApiKeyStore
from dispatch.adapters.memory_learning import MemoryLearningStore
from dispatch.adapters.memory_messages import MemoryDirectoryStore, MemoryMessageStore
from dispatch.adapters.memory_news import MemoryGatewayNews
from dispatch.adapters.memory_push import MemoryPushStore
from dispatch.adapters.memory_shoppers import MemoryShopperStore
from dispatch.adapters.memory_staff import MemoryStaffStore, QuickHasher
from dispatch.adapters.memory_stream import MemoryStream
from dispatch.adapters.memory_tracks import MemoryTrackStore
from dispatch.adapters.message_gateway import RecordingChannel
from dispatch.adapters.speed_stores import MemorySpeedStore
from dispatch.application.event_feed import CopiedFeed
from dispatch.application.messaging.table import Channel
from dispatch.application.proposals_scene import PlannerSettings
from dispatch.bootstrap import Roads
from dispatch.bootstrap_parts import Parts
from dispatch.settings import Settings
from simulator.in_process.entropy import BEGINS_S
from simulator.in_process.loop import PROCESS, Process, SimulatedLoop
from simulator.in_process.machines import Answer, Machine
from simulator.in_process.network import Network, Transport
from simulator.in_process.services import Remote, RemoteNews, RemotePlaces, Service
from simulator.in_process.sockets import Socket, open_socket
from simulator.in_process.solving import InlineSolver

ZONE: Final = "default"
SECRET: Final = "a secret of the simulation, of 32 characters and more"  # noqa: S105 - of a world that does not exist
VAPID_KEY: Final = base64.urlsafe_b64encode(bytes(31) + b"\7").decode().rstrip("=")
REAL_STREETS: Final = 0.05
POLL_S: Final = 1.2
PLANNING: Final = PlannerSettings(eta_every_ms=40_000, improve_every_ms=40_000, deep_quiet_ms=120_000)
TICK_MS: Final = 100
SILENCE_S: Final = 3.0
"""Idle processes look around less often than real ones: nothing depends on it but the time that a run takes."""
HTTP_TIMEOUT_S: Final = 5.0
SETTINGS: Final[Mapping[str, Any]] = {
    "secret": SECRET,
    "zone": ZONE,
    "database_url": "postgresql://simulated",
    "redis_url": "redis://simulated",
    "vapid_key": VAPID_KEY,
    "code_sender": "none",
    "poll_s": POLL_S,
    "heartbeat_s": 30.0,
    "live_tick_ms": TICK_MS,
}


class LoopTicker:
    """Technical time is the loop's."""

    def __init__(self, loop: SimulatedLoop) -> None:
        self._loop = loop

    def mono_ms(self) -> int:
        """Virtual milliseconds."""
        return int(self._loop.time() * 1000)

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)


class SkewedClock:
    """Business time of one process: its wall clock at its start, and the loop's time since."""

    rate = 1.0

    def __init__(self, loop: SimulatedLoop, ahead_s: float) -> None:
        self._loop = loop
        self._begins_s = BEGINS_S + ahead_s

    def now_ms(self) -> int:
        """Business epoch milliseconds."""
        return int((self._begins_s + self._loop.time()) * 1000)


@dataclass(frozen=True, slots=True)
class Topology:
    """How many processes serve; `all_in_one` is `dispatch all`."""

    gateways: int = 2
    planners: int = 2
    relays: int = 1
    all_in_one: bool = False
    real_streets: bool = False
    stream_keeps: int = 20_000
    """Events of which Redis has copies; who has read nothing for longer finds a gap there."""

    @staticmethod
    def drawn(chance: Random) -> "Topology":
        """A quarter of the worlds are small, the others are whole; in a few of each, streets are streets."""
        real = chance.random() < REAL_STREETS
        if chance.random() < 0.25:
            return Topology(1, 0, 0, all_in_one=True, real_streets=real)
        gateways, planners, relays = chance.choice((1, 2, 2)), chance.choice((1, 2, 2)), chance.choice((1, 1, 2))
        return Topology(gateways, planners, relays, real_streets=real, stream_keeps=chance.choice((8, 40, 20_000)))


class World:
    """Everything that outlives a process. `machines` are the service's processes by name."""

    def __init__(
        self, loop: SimulatedLoop, seed: int, roads: Roads, topology: Topology, store: MemoryZoneStore
    ) -> None:
        self.loop = loop
        self.chance = Random(f"world {seed}")  # noqa: S311 - to be repeated
        self.network = Network(loop, Random(f"network {seed}"))  # noqa: S311
        self.roads = roads
        self.database = Service("postgres", self.network, self.chance)
        self.redis = Service("valkey", self.network, self.chance)
        self.clock_skew_s = 0.0
        """How far the clocks of processes that start from now on are off, at most."""
        self.solver_mood = ""
        ticker = LoopTicker(loop)
        self.store = store
        self.stream = MemoryStream(topology.stream_keeps)
        self.positions = MemoryPositionStore()
        self.tracks = MemoryTrackStore()
        self.news = MemoryGatewayNews()
        self.tickets = MemoryTickets(ticker)
        self.speeds = MemorySpeedStore()
        self._devices, self._proofs = MemoryDeviceStore(), MemoryProofStore()
        self._learning = MemoryLearningStore()
        self._staff = MemoryStaffStore(lambda: int((BEGINS_S + loop.time()) * 1000))
        self._keys = MemoryApiKeyStore(lambda: int((BEGINS_S + loop.time()) * 1000))
        self._real_streets = topology.real_streets
        self._push, self._shoppers = MemoryPushStore(self.store), MemoryShopperStore(self.store)
        self.messages, self._message_directory = MemoryMessageStore(ticker), MemoryDirectoryStore()
        self.sms = RecordingChannel(Channel.SMS)
        self._data = tempfile.TemporaryDirectory(prefix="dispatch-simulation-")
        self.machines = {name: self._machine(name, roles) for name, roles in _roles(topology).items()}

    def _machine(self, name: str, roles: frozenset[str]) -> Machine:
        # A virtual loop is never late; and places that are on no street teach nothing about streets.
        left_out = frozenset({"loop watch"} if self._real_streets else {"loop watch", "probes"})
        return Machine(name, roles, self.roads, self._parts, self.network, self.chance, left_out)

    def close(self) -> None:
        """Leave nothing behind."""
        self._data.cleanup()

    def boot(self) -> None:
        """Start every process."""
        for machine in self.machines.values():
            machine.boot()

    @property
    def gateways(self) -> list[Machine]:
        """The processes that serve the public port."""
        return [machine for machine in self.machines.values() if "serve" in machine.roles]

    def flush_redis(self) -> None:
        """Lose everything that Redis holds."""
        for held in (self.stream, self.positions, self.tracks, self.tickets, self.speeds):
            held.flush()

    # --- what a process is made of ------------------------------------------------------------------------------

    def _parts(self, process: Process) -> Parts:
        database, redis, loop = self.database, self.redis, self.loop
        store: Any = Remote(self.store, database, process)
        stream: Any = Remote(self.stream, redis, process)
        here: Any = RemotePlaces(MemoryPositionStore(beside=self.positions), redis, process)
        news: Any = RemoteNews(self.news, redis, process)
        remote: Any = Remote
        skew_s = self.chance.uniform(-self.clock_skew_s, self.clock_skew_s)
        process.wall_ahead_s = skew_s
        settings = Settings.model_validate({**SETTINGS, "data_dir": Path(self._data.name)})
        return Parts(
            settings=settings,
            store=store,
            positions=here,
            tracks=remote(self.tracks, redis, process),
            stream=stream,
            copy=stream,
            feed=CopiedFeed(stream, store, SILENCE_S),
            news=news,
            tickets=remote(self.tickets, redis, process),
            speeds=remote(self.speeds, redis, process),
            devices=remote(self._devices, database, process),
            proofs=self._proofs,
            learning=remote(self._learning, database, process),
            staff=remote(self._staff, database, process),
            keys=remote(self._keys, database, process),
            eraser=store,
            copies=NoCopies(),
            hasher=QuickHasher(),
            push=remote(self._push, database, process),
            shoppers=remote(self._shoppers, database, process),
            messages=remote(self.messages, database, process),
            message_directory=remote(self._message_directory, database, process),
            channels={Channel.SMS: self.sms},
            make_solver=lambda: InlineSolver(self.chance, lambda: self.solver_mood),
            clock=SkewedClock(loop, skew_s),
            ticker=LoopTicker(loop),
            planning=PLANNING,
        )

    # --- the public port ----------------------------------------------------------------------------------------

    def _listening(self, client: Process) -> Machine:
        """A gateway that the balancer sends this client to. Raises `OSError`."""
        up = [machine for machine in self.gateways if machine.is_listening]
        if not up:
            raise ConnectionRefusedError("nobody listens")
        return self.chance.choice(up)

    async def connect(self, url: str, **more: Any) -> Socket:
        """Open a WebSocket as `websockets` would, within its time. Raises `OSError`, `TimeoutError`."""
        client = _here()
        async with asyncio.timeout(more.get("open_timeout", 5.0)):
            await asyncio.sleep(self.network.delay_s())
            machine = self._listening(client)
            if machine.process is None:
                raise ConnectionRefusedError("nobody listens")
            path = "/" + url.split("/", 3)[3]
            transport = Transport(self.network, machine.process, client)
            machine.remember(transport)
            return await open_socket(transport, client, machine.front, path, **more)

    async def request(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """An HTTP call over a network that loses some. Raises `OSError`, `TimeoutError`."""
        client = _here()
        async with asyncio.timeout(HTTP_TIMEOUT_S):
            await asyncio.sleep(self.network.delay_s())
            machine = self._listening(client)
            await self._through(client, machine.name)
            answer = await _unless_dead(machine, machine.answer(method, path, headers, body))
            await self._through(client, machine.name)
            await asyncio.sleep(self.network.delay_s())
            self.network.arrived(client.name, answer.body)
            return answer

    async def _through(self, client: Process, name: str) -> None:
        """Wait until the way is free; the caller's patience ends that."""
        if self.network.is_jammed(client.name, name):
            freed = asyncio.Event()
            self.network.when_free(client.name, name, freed.set)
            await freed.wait()


async def _unless_dead(machine: Machine, answering: "asyncio.Task[Answer]") -> Answer:
    """The answer; a process that dies meanwhile resets the connection. Raises `ConnectionResetError`."""
    process = machine.process
    while True:
        done, _ = await asyncio.wait({answering}, timeout=1.0)
        if done:
            return answering.result()
        if process is None or process.is_dead:
            raise ConnectionResetError("the server died")


def _here() -> Process:
    process = PROCESS.get()
    if process is None:
        raise AssertionError("a client is a process, too")
    return process


def _roles(topology: Topology) -> dict[str, frozenset[str]]:
    if topology.all_in_one:
        return {"all": frozenset({"serve", "planner", "relay"})}
    return {
        **{f"gateway-{n}": frozenset({"serve"}) for n in range(1, topology.gateways + 1)},
        **{f"planner-{n}": frozenset({"planner"}) for n in range(1, topology.planners + 1)},
        **{f"relay-{n}": frozenset({"relay"}) for n in range(1, topology.relays + 1)},
    }


class SimulatedHttp(httpx.AsyncBaseTransport):
    """`httpx` over the simulated network."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """See `httpx`."""
        path = request.url.raw_path.decode()
        try:
            answer = await self._world.request(request.method, path, dict(request.headers), request.content)
        except TimeoutError as error:
            raise httpx.ReadTimeout("no answer in time") from error
        except OSError as error:
            raise httpx.ConnectError(str(error)) from error
        return httpx.Response(answer.status, headers=answer.headers, content=answer.body)
