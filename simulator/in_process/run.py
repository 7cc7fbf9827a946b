"""One run from a seed, and what came of it: a safety phase full of faults, then a liveness phase without any."""

import asyncio
import gc
import logging
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import blake2b
from random import Random
from typing import Final

from dispatch.application.records import encode_recorded
from dispatch.bootstrap import Roads
from simulator.in_process.endings import look_at_bounds, settle, verdict
from simulator.in_process.entropy import seeded
from simulator.in_process.faults import Faults
from simulator.in_process.judge import Judge, JudgedStore, LogListener
from simulator.in_process.loop import SimulatedLoop
from simulator.in_process.people import People
from simulator.in_process.streets import QuickStreets
from simulator.in_process.world import ZONE, LoopTicker, Topology, World

BEFORE_S: Final = 30.0
"""Nothing goes wrong so long: the shops open, the couriers come."""
ORDERS_UNTIL: Final = 0.7
FAULTS_UNTIL: Final = 0.8
"""Shares of a run's hours."""
EXPECTED: Final = ("is dropped", "was not adopted", "never retrieved", "Task was destroyed")
"""Errors in the log that faults explain: a lying solver, a zone that changed hands, processes that died."""


@dataclass(frozen=True, slots=True)
class Scale:
    """How large a run is."""

    hours: float = 2.0
    couriers: int = 30
    orders: int = 200


@dataclass(slots=True)
class Outcome:
    """What came of a run: the same seed and commit give the same, but for `cpu_s`."""

    seed: int
    virtual_s: float
    cpu_s: float
    faults: dict[str, int]
    violations: list[str]
    hash: str
    counters: Counter[str] = field(default_factory=Counter)


def run_seed(seed: int, roads: Roads, scale: Scale) -> Outcome:
    """Run a seed to its end."""
    began_s = time.process_time()
    loop = SimulatedLoop(Random(f"loop {seed}"))  # noqa: S311 - to be repeated
    judge = Judge(ZONE, loop.time)
    with _listened(LogListener(judge, EXPECTED)), seeded(loop, seed):
        faults, found = _lived(loop, seed, roads, scale, judge)
        _bury(loop)
    cpu_s = time.process_time() - began_s
    return Outcome(seed, loop.time(), cpu_s, faults, judge.violations, found, judge.counters)


def _lived(loop: SimulatedLoop, seed: int, roads: Roads, scale: Scale, judge: Judge) -> tuple[dict[str, int], str]:
    """Run everything; (the faults that there were, the hash of what happened)."""
    topology = Topology.drawn(Random(f"topology {seed}"))  # noqa: S311
    streets = roads if topology.real_streets else Roads(roads.city, QuickStreets.over(roads.travel_times))
    world = World(loop, seed, streets, topology, JudgedStore(LoopTicker(loop), judge))
    people = People(
        world, judge, seed, couriers=scale.couriers, orders=scale.orders, order_s=ORDERS_UNTIL * scale.hours * 3600
    )
    faults = Faults(world, seed, [rider.id for rider in people.riders])
    try:
        loop.run_until_complete(_day(world, people, faults, judge, scale))
    except Exception as error:
        judge.broken("error", f"the run ended: {error!r}")
    finally:
        world.close()
    judge.counters += judge.witness.counters + world.network.counters
    return dict(faults.counters), _hash(world, judge)


async def _day(world: World, people: People, faults: Faults, judge: Judge, scale: Scale) -> None:
    """From the first process to the verdict."""
    world.boot()
    await people.spawn("root", people.open_shops())
    people.start()
    await asyncio.sleep(BEFORE_S)
    trouble = asyncio.ensure_future(faults.run())
    bounds = asyncio.ensure_future(_look_at_bounds(world, people, judge))
    await asyncio.sleep(FAULTS_UNTIL * scale.hours * 3600 - BEFORE_S)
    trouble.cancel()
    faults.heal()
    await settle(world, people, judge)
    await asyncio.sleep(max(0.0, scale.hours * 3600 - world.loop.time()))
    bounds.cancel()
    await verdict(world, people, judge)


async def _look_at_bounds(world: World, people: People, judge: Judge) -> None:
    while True:
        await asyncio.sleep(60.0)
        look_at_bounds(world, judge, len(people.processes))


@contextmanager
def _listened(listener: logging.Handler) -> Iterator[None]:
    """The service's log goes to the listener and nowhere else."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    root.handlers[:] = [listener]
    root.setLevel(logging.INFO)
    gc.disable()  # when garbage is collected must not depend on the process that runs the seed
    try:
        yield
    finally:
        gc.enable()
        root.handlers[:] = handlers
        root.setLevel(level)


def _bury(loop: SimulatedLoop) -> None:
    """Drop everything that still waits. Coroutines that never ended complain about that when they go."""
    complain, sys.unraisablehook = sys.unraisablehook, lambda unraisable: None
    try:
        loop.abandon()
        gc.collect()
    finally:
        sys.unraisablehook = complain


def _hash(world: World, judge: Judge) -> str:
    """Of the whole history and of everything that arrived anywhere."""
    digest = blake2b(world.network.record.digest(), digest_size=12)
    for recorded in judge.log:
        digest.update(encode_recorded(recorded))
    return digest.hexdigest()
