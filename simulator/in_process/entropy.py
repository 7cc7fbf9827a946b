"""Time and chance of the whole interpreter, drawn from the seed while a simulation runs.

What the service takes from the operating system beside its ports (ids, secrets, wall clocks in logs and of devices)
goes through a handful of functions of the standard library; they are exchanged for the run. So nothing in the service
has to know of simulations, and a seed gives the same run in every process.
"""

import asyncio
import os
import random
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, Final

from simulator.in_process.loop import PROCESS, SimulatedLoop

BEGINS_S: Final = 1_772_445_600
"""Every run begins on a Monday morning: 2 March 2026, 10:00 UTC."""


def wall_s(loop: SimulatedLoop) -> float:
    """The wall clock as the process that asks has it."""
    process = PROCESS.get()
    return BEGINS_S + loop.time() + (process.wall_ahead_s if process else 0.0)


def _abort_in_order(group: Any) -> None:
    """Instead of `TaskGroup`'s own way, which cancels its tasks in the order of their addresses."""
    group._aborting = True
    for task in group._loop.in_birth_order(group._tasks):
        if not task.done():
            task.cancel()


@contextmanager
def seeded(loop: SimulatedLoop, seed: int) -> Iterator[None]:
    """Let the interpreter's clocks be the loop's, and its chance the seed's."""
    chance = random.Random(f"entropy {seed}")  # noqa: S311 - to be repeated, not to be secret
    replaced: list[tuple[Any, str, Any]] = [
        (os, "urandom", chance.randbytes),
        (random, "_urandom", chance.randbytes),
        (time, "time", lambda: wall_s(loop)),
        (time, "time_ns", lambda: int(wall_s(loop) * 1e9)),
        (time, "monotonic", loop.time),
        (time, "monotonic_ns", lambda: int(loop.time() * 1e9)),
        (time, "perf_counter", loop.time),
        (asyncio.TaskGroup, "_abort", _abort_in_order),
    ]
    with ExitStack() as stack:
        for module, name, stand_in in replaced:
            stack.callback(setattr, module, name, getattr(module, name))
            setattr(module, name, stand_in)
        yield
