"""So many generated inputs as are asked for, over the protocol, the sockets and HTTP: `python -m tests.fuzz INPUTS`.

Prints how many each part has tried and at what rate, and what is left of tasks, sessions and memory afterwards; ends
with status 1 after a finding, which is printed with an input that shows it. `SEED` in the environment: where to begin.
"""

import asyncio
import gc
import logging
import os
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Coroutine
from pathlib import Path
from random import Random

from tests.support import fuzz_http, fuzz_wire

SHARES = {"protocol": 0.7, "sockets": 0.2, "http": 0.1}
"""By what an input costs: some microseconds, half a millisecond, one or two milliseconds."""
A_HOUSE = 2_000
"""Calls that one server answers before it is a new one: what they place it keeps."""
MOST_GROWN_MIB = 64.0
MOST_SHOWN = 20
WITHIN_S = 5.0


class Leak(AssertionError):
    """Something is left that should have gone."""


class Findings:
    """What was found: how often, and one input that shows it."""

    def __init__(self) -> None:
        self.times: Counter[str] = Counter()
        self.shown_by: dict[str, str] = {}

    def add(self, what: str, shown_by: str) -> None:
        """Once more."""
        self.times[what] += 1
        self.shown_by.setdefault(what, shown_by)


def main(inputs: int) -> int:
    """Try them all; the exit status."""
    logging.disable(logging.WARNING)  # hostile peers are worth a line each, but not here
    number = int(os.environ.get("SEED", time.time_ns()))
    print(f"seed {number}")
    findings = protocol(round(inputs * SHARES["protocol"]))
    for name, part in (("sockets", sockets), ("http", http)):
        findings += asyncio.run(_counted(name, part, round(inputs * SHARES[name]), Random(number)))
    return 1 if findings else 0


def protocol(inputs: int) -> int:
    """Frames and sessions without a socket, under atheris, in a process of its own."""
    started = time.monotonic()
    command = [sys.executable, "-m", "tests.fuzz.protocol", f"-runs={inputs}"]
    done = subprocess.run(command, stderr=subprocess.PIPE, text=True, check=False)
    tried = re.search(r"number_of_executed_units: (\d+)", done.stderr)
    _tell("protocol", int(tried[1]) if tried else 0, time.monotonic() - started)
    if done.returncode:
        print(done.stderr[-3_000:])
    return int(done.returncode != 0)


Part = Callable[[int, Random, Counter[str]], Coroutine[None, None, None]]


async def _counted(name: str, part: Part, inputs: int, chance: Random) -> int:
    """Run a part; how many different findings there are."""
    started, findings = time.monotonic(), Findings()
    await part(inputs, chance, findings)
    if len(asyncio.all_tasks()) > 1:
        findings.add("tasks are left", str(asyncio.all_tasks()))
    _tell(name, inputs, time.monotonic() - started)
    for what, times in findings.times.most_common(MOST_SHOWN):
        print(f"  {times} x {what[:1_000]}\n    {findings.shown_by[what][:2_000]}")
    return len(findings.times)


def _tell(name: str, inputs: int, seconds: float) -> None:
    print(f"{name}: {inputs} inputs in {seconds:.0f} s ({inputs / seconds:.0f} a second)", flush=True)


async def sockets(inputs: int, chance: Random, findings: Findings) -> None:
    """Bytes over a socket, to one server after the other."""
    memory = Memory()
    for first in range(0, inputs, 10 * A_HOUSE):
        async with fuzz_wire.listener() as ear:
            tasks = len(asyncio.all_tasks())
            for _ in range(min(10 * A_HOUSE, inputs - first)):
                said = fuzz_wire.said_by(ear.house, chance)
                try:
                    async with asyncio.timeout(WITHIN_S):
                        await ear.hear(said)
                except Exception as error:
                    findings.add(f"{type(error).__name__} {error}", repr(said))
                    ear.failures.clear()
            await asyncio.sleep(fuzz_wire.SETTLES_S)
            if (left := len(asyncio.all_tasks())) > tasks:
                findings.add("tasks are left of sockets", f"{left - tasks}")
        memory.look()
    memory.check()


async def http(inputs: int, chance: Random, findings: Findings) -> None:
    """Calls to one server after the other."""
    memory, tried, statuses = Memory(), 0, Counter[int]()
    operations = fuzz_http.operations()
    while tried < inputs:
        async with fuzz_http.target() as target:
            until = min(inputs, tried + A_HOUSE)
            while tried < until:
                for ask in fuzz_http.fitting(chance.choice(operations), 10, chance.randrange(2**32)):
                    for each in fuzz_http.asked(ask, target.known, chance):
                        tried += 1
                        try:
                            await target.ask(each)
                        except fuzz_http.Finding as error:
                            findings.add(error.what, str(error))
        statuses += target.statuses
        memory.look()
    print(f"  answers {dict(sorted(statuses.items()))}")
    memory.check()


class Memory:
    """What the process holds after each server: it rises at first, while everything is loaded, and then no more."""

    def __init__(self) -> None:
        self._seen_mib: list[float] = []

    def look(self) -> None:
        """To be called when a server has gone."""
        gc.collect()
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        self._seen_mib.append(pages * os.sysconf("SC_PAGE_SIZE") / 1_048_576)

    def check(self) -> None:
        """Raises `Leak` when the last third holds more than the one before it, beyond what allocators scatter."""
        third = len(self._seen_mib) // 3
        if third:
            before, after = max(self._seen_mib[third : 2 * third]), max(self._seen_mib[-third:])
            print(f"  memory {before:.0f} MiB, then {after:.0f} MiB")
            if after - before > MOST_GROWN_MIB:
                raise Leak(f"memory has grown from {before:.0f} to {after:.0f} MiB")


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
