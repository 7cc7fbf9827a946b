"""How the server knows that its event loop was late, and what is done so that it is not."""

import asyncio
import subprocess
import sys
import time
from contextlib import suppress

from dispatch.adapters.loop_watch import RING_EVERY_S, LoopWatch


async def watched(what: object) -> dict[str, int]:
    """The counters after a loop has done something under watch."""
    watch = LoopWatch()
    watching = asyncio.create_task(watch.run())
    await asyncio.sleep(RING_EVERY_S / 2)
    if callable(what):
        what()
    await asyncio.sleep(2 * RING_EVERY_S)
    watching.cancel()
    with suppress(asyncio.CancelledError):
        await watching
    return watch.counters


def compute(seconds: float) -> None:
    """Use the processor for so long."""
    until_s = time.thread_time() + seconds
    while time.thread_time() < until_s:
        pass


async def test_a_callback_that_computes_too_long_is_the_loops_own_fault() -> None:
    """150 ms of computing count as late and as busy."""
    counters = await watched(lambda: compute(0.15))
    assert counters["loop_late_20ms"] >= 1 and counters["loop_late_100ms"] >= 1
    assert counters["loop_busy_20ms"] >= 1 and counters["loop_busy_100ms"] >= 1


async def test_waiting_for_others_is_not() -> None:
    """A loop that is kept from its turn without computing is late, but not busy."""
    counters = await watched(lambda: time.sleep(0.15))
    assert counters["loop_late_100ms"] >= 1
    assert counters["loop_busy_100ms"] == 0


def test_limits_count_what_lies_above_them() -> None:
    """30 ms is above one limit and below the other; 10 ms is in time."""
    watch = LoopWatch()
    watch.note(0.03, 0.025)
    watch.note(0.01, 0.01)
    assert watch.counters == {"loop_late_20ms": 1, "loop_busy_20ms": 1, "loop_late_100ms": 0, "loop_busy_100ms": 0}


def said_by(program: str) -> str:
    """What a fresh interpreter prints."""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_what_is_there_when_the_server_has_started_is_collected_no_more() -> None:
    """Nothing is collected while it starts; then all of it is frozen, and threads take turns ten times as often."""
    program = """
import gc, sys
from dispatch.adapters.interpreter import begin_start, end_start
begin_start()
assert not gc.isenabled()
lasting = [[] for _ in range(1000)]
end_start()
assert gc.isenabled() and gc.get_freeze_count() > 1000
print(sys.getswitchinterval())
"""
    assert said_by(program) == "0.0005"


def test_a_command_imports_only_what_it_needs() -> None:
    """`dispatch token` and `dispatch demo` need not wait for the libraries of the server or of the map import."""
    heavy = ("numpy", "pydantic", "sqlalchemy", "rich", "ortools")
    assert said_by(f"import sys, dispatch.cli; print([name for name in {heavy} if name in sys.modules])") == "[]"
