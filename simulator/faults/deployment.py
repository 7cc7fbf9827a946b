"""The whole service as it runs in production, on one machine: two gateways behind one address, two planners of which
one stands by, a relay, PostgreSQL and Valkey; and a proxy on every way between two of them.

Whatever ends is started again at once, as a supervisor does it.
"""

import asyncio
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import httpx

from simulator.faults.processes import Role
from simulator.faults.stores import Postgres, Valkey
from simulator.faults.toxics import ToxicProxy
from simulator.server_process import ServerFailed, free_port

CITY = "generate:2km:7"
ZONE = "default"
READY_WITHIN_S = 90.0
WRITES = "is its writer"
STANDS_BY = "stands by"
GATEWAYS = ("gateway-1", "gateway-2")
PLANNERS = ("planner-1", "planner-2")
RELAY = "relay"
PARTS = {**dict.fromkeys(GATEWAYS, "serve"), **dict.fromkeys(PLANNERS, "planner"), RELAY: "relay"}
WAYS = (
    "client-gateway",
    "gateway-postgres",
    "gateway-valkey",
    "planner-postgres",
    "planner-valkey",
    "relay-postgres",
    "relay-valkey",
)


@dataclass(frozen=True, slots=True)
class Size:
    """How the service is laid out. `speed` is business seconds per real second.

    A phone whose link has lived for a heartbeat comes back at once when it breaks; one whose links break faster stays
    away ever longer. Kills follow each other so fast that only short heartbeats tell a kill's own cost.
    """

    lease_s: float = 3.0
    heartbeat_s: float = 2.0
    speed: float = 20.0
    gateways: int = 2
    planners: int = 2


@dataclass(frozen=True, slots=True)
class End:
    """A life that ended without anybody's wish: of itself, or at one of its failpoints."""

    name: str
    status: int | None
    failpoints: str


class Deployment:
    """`async with Deployment(folder) as service:` and all of it is ready; `service.url` is where clients go."""

    def __init__(
        self, folder: Path, size: Size | None = None, *, postgres_in: Path | None = None, code: Path | None = None
    ) -> None:
        self.folder = folder
        self.size = size or Size()
        self.code = code
        """Where the modules of roles that start from now on come from; None: those of this process."""
        self.postgres = Postgres(postgres_in)
        self.valkey = Valkey()
        self.ways: dict[str, ToxicProxy] = {}
        self.roles: dict[str, Role] = {}
        self.ends: list[End] = []
        self._stack = AsyncExitStack()
        self._ports: dict[str, int] = {}
        self._expected: set[int] = set()
        self._resting: set[str] = set()
        self._failpoints: dict[str, str] = {}

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self.postgres)
            await self.valkey.start()
            stack.push_async_callback(self._end_valkey)
            for way in WAYS:
                upstream = self.postgres.address if way.endswith("postgres") else self.valkey.address
                self.ways[way] = await stack.enter_async_context(ToxicProxy([upstream]))
            self._ports = self._gateway_ports()
            self.ways["client-gateway"].upstreams = [("127.0.0.1", port) for port in self._ports.values()]
            stack.push_async_callback(self._stop_all)
            await self._start_all()
            keeping = asyncio.create_task(self._keep_up(), name="supervisor of the service")
            stack.callback(keeping.cancel)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._stack.aclose()

    @property
    def url(self) -> str:
        """Where clients go."""
        return f"http://127.0.0.1:{self.ways['client-gateway'].port}"

    # --- the roles ---------------------------------------------------------------------------------------------

    def _gateway_ports(self) -> dict[str, int]:
        start = 24_000 + os.getpid() % 500 * 4
        free = iter(port for port in range(start, 27_000) if free_port(port))
        return {name: next(free) for name in GATEWAYS[: self.size.gateways]}

    async def _start_all(self) -> None:
        for name in self._names():
            self.roles[name] = self._role(name)
        first = PLANNERS[0]
        await self.roles[first].start()  # it prepares the schema and the city that the others find
        await self.until(lambda: self.is_ready(first))
        for name in self.roles:
            if name != first:
                await self.roles[name].start()
        await self.until(self.is_whole)

    def _names(self) -> Iterator[str]:
        yield from (*PLANNERS[: self.size.planners], RELAY, *GATEWAYS[: self.size.gateways])

    def _role(self, name: str) -> Role:
        kind = PARTS[name]
        side = {"serve": "gateway", "planner": "planner", "relay": "relay"}[kind]
        environment = os.environ | {
            "DATABASE_URL": f"postgresql://postgres@127.0.0.1:{self.ways[f'{side}-postgres'].port}/dispatch",
            "REDIS_URL": f"redis://127.0.0.1:{self.ways[f'{side}-valkey'].port}",
            "DISPATCH_LEASE_S": str(self.size.lease_s),
            "DISPATCH_HEARTBEAT_S": str(self.size.heartbeat_s),
            **({"PYTHONPATH": str(self.code)} if self.code else {}),
        }
        places = ("--data-dir", str(self.folder), "--city", CITY, "--speed", str(self.size.speed))
        door = ("--port", str(self._ports[name])) if name in self._ports else ()
        return Role(name, self.folder / f"{name}.log", (kind, *places, *door), environment)

    async def is_ready(self, name: str) -> bool:
        """Whether a role does its work, or stands by for it."""
        role = self.roles[name]
        if not role.alive:
            return False
        if name in self._ports:
            with suppress(httpx.TransportError):
                async with httpx.AsyncClient(trust_env=False, timeout=2.0) as http:
                    return (await http.get(f"http://127.0.0.1:{self._ports[name]}/readyz")).is_success
            return False
        return name == RELAY or bool(role.last_said(WRITES, STANDS_BY))

    async def is_whole(self) -> bool:
        """Whether every role is ready."""
        return all([await self.is_ready(name) for name in self.roles])

    async def writer(self) -> str:
        """The planner that owns the zone; empty when none of them does."""
        (row,) = await self.postgres.execute("SELECT holder FROM zone WHERE id = $1", ZONE)
        pids = {f":{role.pid}:": name for name, role in self.roles.items() if name in PLANNERS and role.alive}
        return next((name for mark, name in pids.items() if mark in row["holder"]), "")

    def busiest_gateway(self) -> str:
        """The gateway with the most links of clients."""
        links = self.ways["client-gateway"].busy
        return max(self._ports, key=lambda name: links["127.0.0.1", self._ports[name]])

    async def kill(self, name: str, failpoints: str = "") -> None:
        """SIGKILL; it is started again, and its next life has these failpoints."""
        self._expected.add(self.roles[name].pid)
        self._failpoints[name] = failpoints
        await self.roles[name].kill()

    async def freeze(self, name: str, for_s: float) -> None:
        """SIGSTOP, and SIGCONT after a while."""
        role = self.roles[name]
        role.send(signal.SIGSTOP)
        await asyncio.sleep(for_s)
        role.send(signal.SIGCONT)

    async def replace(self, name: str) -> None:
        """End a role in order, and start it from where the code is now; wait until it is ready."""
        self._resting.add(name)
        await self.roles[name].stop()
        self.roles[name] = self._role(name)
        await self.roles[name].start()
        self._resting.discard(name)
        await self.until(lambda: self.is_ready(name))

    async def _keep_up(self) -> None:
        while True:
            for name, role in self.roles.items():
                if not role.alive and name not in self._resting:
                    if role.pid not in self._expected:
                        self.ends.append(End(name, role.status, role.failpoints))
                    await role.start(self._failpoints.pop(name, ""))
            await asyncio.sleep(0.05)

    async def _end_valkey(self) -> None:
        """The one that serves now; a scenario may have put another into its place."""
        await self.valkey.kill()

    async def _stop_all(self) -> None:
        self._resting.update(self.roles)
        for role in self.roles.values():
            role.send(signal.SIGCONT)
        await asyncio.gather(*(role.stop() for role in self.roles.values() if role.process))

    # --- waiting -----------------------------------------------------------------------------------------------

    async def until(self, is_so: Callable[[], Any], within_s: float = READY_WITHIN_S) -> float:
        """Wait until something is so; returns how many seconds that took. Raises `ServerFailed`."""
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        while loop.time() - began_s < within_s:
            answer = is_so()
            if await answer if asyncio.iscoroutine(answer) else answer:
                return loop.time() - began_s
            await asyncio.sleep(0.05)
        logs = "\n".join(f"--- {name}\n{role.last_words()}" for name, role in self.roles.items() if role.process)
        raise ServerFailed(f"Not within {within_s:.0f} s.\n{logs}")
