"""The parts of the live layer's benchmark that ours alone has: idle sessions, batches, bad neighbours, two processes.

Each measures a server of its own, with and without what it is about, so that both figures come from one process.
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import time
from typing import TypeVar

from rich.console import Console

from simulator.api import Api, RequestRefused
from simulator.benchmarks.live_clients import (
    Flood,
    Hello,
    SessionRefused,
    close_all,
    courier_hello,
    fixes_as_frames,
    flood_frames,
    open_sessions,
    pour,
    shopper_hello,
    staff_hello,
)
from simulator.benchmarks.live_figures import ENOUGH_DELIVERED, Findings
from simulator.benchmarks.live_harness import Harness, HarnessFailed, Run, generator_options, write_tokens
from simulator.benchmarks.live_scene import ZONE, Scene
from simulator.benchmarks.live_server import (
    OPEN_LIMITS,
    OWN_LIMITS,
    RoleProcess,
    cpu_s,
    free_ports,
    resident_kib,
    tree,
)
from simulator.benchmarks.live_size import Size
from simulator.server_process import ServerFailed

QUIET_CORES = 0.1
"""A server that uses less has done what it does at its start."""
QUIET_WITHIN_S = 20.0
LOOK_EVERY_S = 0.5
TAKEN_WITHIN_S = 60.0
DEAF_BUFFER_BYTES = 4_096
TURNS = 3
T = TypeVar("T")
FAILURES = (HarnessFailed, ServerFailed, SessionRefused, RequestRefused, OSError, TimeoutError)


class Attempts:
    """Measurements that may fail without taking others with them: why is told in a line, and kept."""

    def __init__(self, found: Findings, console: Console) -> None:
        self.found = found
        self._console = console

    def begin_round(self) -> dict[str, Run]:
        """Where the runs of one more round go."""
        self.found.rounds.append({})
        return self.found.rounds[-1]

    def tell(self, line: str) -> None:
        """Say something that the page has to say, too; once."""
        if line not in self.found.notes:
            self._console.print(line, markup=False, highlight=False)
            self.found.notes.append(line)

    async def of(self, name: str, work: Awaitable[Run]) -> Run | None:
        """A run of a server; None when it gave no figures."""
        run = await self._tried(name, work)
        if run:
            most = f", at most {run.max_per_s:,.0f}/s" if run.max_per_s else ""
            fixed = run.fixed
            said = f"{fixed.sent_per_s:,.0f}/s: p99 {fixed.p99_ms:g} ms, {fixed.cpu_us:.0f} us a position{most}"
            self._console.print(f"{name}: {said} (others used {fixed.foreign_cpu:g} cores)", highlight=False)
            if fixed.delivered < ENOUGH_DELIVERED:
                self.tell(f"{name}: only {100 * fixed.delivered:.1f}% of the positions were delivered.")
        return run

    async def figures(self, name: str, work: Awaitable[Mapping[str, float]]) -> None:
        """Figures of a part of the benchmark."""
        if found := await self._tried(name, work):
            self.found.figures.update(found)
            self._console.print(f"{name}: {', '.join(f'{key} {value:.4g}' for key, value in found.items())}")

    async def _tried(self, name: str, work: Awaitable[T]) -> T | None:
        try:
            return await work
        except FAILURES as why:
            reason = str(why).splitlines()[0] if str(why) else type(why).__name__
            self.tell(f"{name}: not measured: {reason}.")
            return None


@dataclass(frozen=True, slots=True)
class Serving:
    """A server that listens on `port` and has done what it does at its start; `roots` are the processes that count."""

    port: int
    roots: tuple[int, ...]
    process: RoleProcess

    def pids(self) -> list[int]:
        """Every process that counts, now."""
        return [pid for root in self.roots for pid in tree(root)]


@dataclass(frozen=True, slots=True)
class Rig:
    """What every measurement needs. `tokens` is the load generator's file, which is written here."""

    harness: Harness
    scene: Scene
    size: Size
    tokens: Path

    def __post_init__(self) -> None:
        write_tokens(self.scene, self.tokens)

    @asynccontextmanager
    async def serving(
        self,
        role: str = "serve",
        coalesce: str = "auto",
        limits: Mapping[str, str] = OPEN_LIMITS,
        options: Sequence[str] = (),
        port: int | None = None,
    ) -> AsyncIterator[Serving]:
        """A server of ours for the block. Raises `ServerFailed`."""
        chosen = port or free_ports(1)
        # A child that ends takes the processor time that it has used out of the sum, so that there is no solver's.
        environment = {**limits, "DISPATCH_LIVE_COALESCE": coalesce, "DISPATCH_SOLVER_PROCESSES": "0"}
        async with self.scene.role(role, chosen, environment, options=options) as process:
            await process.ready()
            server = Serving(chosen, (process.pid, self.scene.valkey_pid), process)
            await _until_quiet(server)
            yield server

    async def load(self, server: Serving, options: Sequence[str], more: Sequence[str] = ()) -> Run:
        """One run of the harness against a server. Raises `HarnessFailed`."""
        ours = generator_options(self.scene.origin, self.scene.staff_token, self.tokens)
        return await self.harness.ours(server.port, server.roots, options, [*ours, *more])

    async def ours(self, role: str, coalesce: str, options: Sequence[str]) -> Run:
        """One run of the harness against a new server. Raises `ServerFailed` or `HarnessFailed`."""
        async with self.serving(role, coalesce) as server:
            return await self.load(server, options)

    async def p99_ms(self, server: Serving) -> float:
        """At the fixed load, for the couriers' own watchers."""
        return (await self.carried(server)).fixed.p99_ms

    async def carried(self, server: Serving, more: Sequence[str] = (), *, couriers: int | None = None) -> Run:
        """One run at the fixed load. Raises `HarnessFailed` when the server did not carry it."""
        run = await self.load(server, self.size.options(couriers=couriers), more)
        if run.fixed.delivered < ENOUGH_DELIVERED:
            raise HarnessFailed(f"only {100 * run.fixed.delivered:.1f}% were delivered at the fixed load")
        return run


async def _until_quiet(server: Serving) -> None:
    """Wait for what a server does at its start, the drawing of ways among it."""
    for _ in range(round(QUIET_WITHIN_S / LOOK_EVERY_S)):
        before_s = cpu_s(server.pids())
        await asyncio.sleep(LOOK_EVERY_S)
        if cpu_s(server.pids()) - before_s < QUIET_CORES * LOOK_EVERY_S:
            return


async def measure(rig: Rig, attempts: Attempts) -> None:
    """Every part, one after the other; those that need the load generator only where there is one."""
    await attempts.figures("idle sessions", idle_sessions(rig))
    await attempts.figures("batches", batches(rig))
    if not rig.harness.has_generator:
        return
    await attempts.figures("via Redis", via_redis(rig))
    await attempts.figures("neighbours", neighbours(rig))
    if await _has_workers():
        await attempts.figures("two workers", two_workers(rig))
    else:
        attempts.tell("two workers: not measured: this server has no --workers.")


async def _has_workers() -> bool:
    command = (sys.executable, "-m", "dispatch", "serve", "--help")
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    out, _ = await process.communicate()
    return b"--workers" in out


# --- memory -----------------------------------------------------------------------------------------------------


async def idle_sessions(rig: Rig) -> dict[str, float]:
    """What a session takes that says nothing: of couriers, and of shoppers."""
    scene, count = rig.scene, rig.size.sessions
    named = list(zip(scene.couriers, scene.courier_tokens, strict=True))[:count]
    phones = [courier_hello(token, f"phone-{name}") for name, token in named]
    shoppers = [shopper_hello(scene.tracks[number % len(scene.tracks)]) for number in range(count)]
    return {
        "idle_courier_kib": await _session_kib(rig, phones),
        "idle_watcher_kib": await _session_kib(rig, shoppers),
    }


async def _session_kib(rig: Rig, hellos: Sequence[Hello]) -> float:
    async with rig.serving() as server:
        before_kib = resident_kib(server.pids())
        links = await asyncio.to_thread(open_sessions, server.port, hellos)
        await _until_quiet(server)
        grown_kib = resident_kib(server.pids()) - before_kib
        close_all(links)
    return grown_kib / len(hellos)


# --- batches ----------------------------------------------------------------------------------------------------


async def batches(rig: Rig) -> dict[str, float]:
    """Fixes for a second of the server's processor time: 20 in a message beside one, sent as fast as they are taken.

    Nobody watches, so that it is the way in alone that is compared.
    """
    async with rig.serving() as server:
        single = await _fixes_per_cpu_s(rig, server, batch=1)
        batched = await _fixes_per_cpu_s(rig, server, batch=20)
    return {"fixes_per_cpu_s": single, "batch20_fixes_per_cpu_s": batched, "batch20_ratio": batched / single}


async def _fixes_per_cpu_s(rig: Rig, server: Serving, batch: int) -> float:
    scene, size = rig.scene, rig.size
    named = list(zip(scene.couriers, scene.courier_tokens, strict=True))[: size.batch_couriers]
    hellos = [courier_hello(token, f"phone-{name}") for name, token in named]
    place, end_ms = scene.origin, int(time() * 1000)
    frames = fixes_as_frames(count=size.batch_fixes, batch=batch, end_ms=end_ms, lat=place.lat, lon=place.lon)
    links = await asyncio.to_thread(open_sessions, server.port, hellos)
    try:
        await _until_quiet(server)
        async with Api(server.process.url, scene.staff_token) as api:
            before, before_s = await _accepted(api), cpu_s(server.pids())
            await asyncio.to_thread(pour, links, frames)
            accepted = await _all_accepted(api, before, len(links) * size.batch_fixes)
            return accepted / (cpu_s(server.pids()) - before_s)
    finally:
        close_all(links)


async def _accepted(api: Api) -> tuple[int, int]:
    """(fixes that came in, those of them that became a courier's place)."""
    counters = (await api.stats())["counters"]
    dropped = sum(count for name, count in counters.items() if name.startswith("positions_dropped_"))
    came = counters.get("positions_in", 0)
    return came, came - dropped


async def _all_accepted(api: Api, before: tuple[int, int], expected: int) -> int:
    """Wait until all came in; how many were accepted. Raises `TimeoutError`."""
    async with asyncio.timeout(TAKEN_WITHIN_S):
        while (now := await _accepted(api))[0] - before[0] < expected:  # noqa: ASYNC110 - nobody tells of it
            await asyncio.sleep(0.1)
    return now[1] - before[1]


# --- neighbours -------------------------------------------------------------------------------------------------


Neighbour = Callable[[Rig, Serving], AbstractAsyncContextManager[None]]


async def neighbours(rig: Rig) -> dict[str, float]:
    """The latency of everybody else beside each bad neighbour, by that without it; under the limits that a session has
    by default. All at one server: it has to get over each of them, too.
    """
    async with rig.serving(limits=OWN_LIMITS) as server:
        return {
            **await _beside(rig, server, "slow_reader", _slow_reader),
            **await _beside(rig, server, "flood", _flood),
            **await _beside(rig, server, "idle10k", _idle),
        }


async def _beside(rig: Rig, server: Serving, name: str, neighbour: Neighbour) -> dict[str, float]:
    """Without it and with it in turns, and of each the median: others who share the machine move a p99, too."""
    without_ms, with_ms = list[float](), list[float]()
    for _ in range(TURNS):
        without_ms.append(await rig.p99_ms(server))
        async with neighbour(rig, server):
            with_ms.append(await rig.p99_ms(server))
    return {f"{name}_p99_ms": median(with_ms), f"{name}_p99_ratio": median(with_ms) / median(without_ms)}


@asynccontextmanager
async def _slow_reader(rig: Rig, server: Serving) -> AsyncIterator[None]:
    """One member of staff watches everything and never reads."""
    hello = staff_hello(rig.scene.staff_token, ZONE)
    links = await asyncio.to_thread(open_sessions, server.port, [hello], receive_buffer_bytes=DEAF_BUFFER_BYTES)
    try:
        yield
    finally:
        close_all(links)


@asynccontextmanager
async def _flood(rig: Rig, server: Serving) -> AsyncIterator[None]:
    """One phone sends as fast as it can."""
    scene = rig.scene
    hello = courier_hello(scene.courier_tokens[rig.size.couriers + 1], "flood")
    with Flood(server.port, hello, flood_frames(scene.origin.lat, scene.origin.lon)):
        yield


@asynccontextmanager
async def _idle(rig: Rig, server: Serving) -> AsyncIterator[None]:
    """Many shoppers watch orders where nothing happens."""
    quiet = rig.scene.tracks[rig.size.couriers + 1 :]
    hellos = [shopper_hello(quiet[number % len(quiet)]) for number in range(rig.size.idle)]
    links = await asyncio.to_thread(open_sessions, server.port, hellos)
    try:
        await _until_quiet(server)
        yield
    finally:
        close_all(links)


# --- several processes ------------------------------------------------------------------------------------------


async def via_redis(rig: Rig) -> dict[str, float]:
    """Two gateways on one Redis, connections in turn to one and to the other. With an odd number of couriers one of the
    two watchers of each sits at the other process; the p99 of all is that of those, or above it.
    """
    port, couriers = free_ports(2), rig.size.couriers + 1
    async with rig.serving(port=port) as first, rig.serving(port=port + 1) as second:
        both = Serving(port, (*first.roots, second.process.pid), first.process)
        run = await rig.carried(both, ["--nports", "2"], couriers=couriers)
    return {"p99_via_redis_ms": run.fixed.p99_ms, "via_redis_cpu_us": run.fixed.cpu_us}


async def two_workers(rig: Rig) -> dict[str, float]:
    """Positions for a second of processor time of two worker processes, by that of one, at the fixed load."""
    cost_us: list[float] = []
    for workers in ("1", "2"):
        async with rig.serving(options=("--workers", workers)) as server:
            cost_us.append((await rig.carried(server)).fixed.cpu_us)
    return {"two_workers_cpu_us": cost_us[1], "two_workers_cpu_ratio": cost_us[0] / cost_us[1]}
