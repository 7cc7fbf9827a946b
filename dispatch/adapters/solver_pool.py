"""Solvers in processes of their own, because a search holds the GIL from beginning to end.

A process that crashes, hangs or overruns its deadline is killed and replaced; its caller gets None, and the running
plan stays. Nobody has to be asked nicely: the pipes are the leash (see `solver_process`).
"""

import asyncio
import logging
import os
import pickle
import sys
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from types import TracebackType
from typing import Any

from dispatch.adapters.solver_frames import READY, frame
from dispatch.planning.problem import Plan, Problem

log = logging.getLogger(__name__)
COMMAND = (sys.executable, "-m", "dispatch.adapters.solver_process")
_START_S = 120.0
"""Starting means importing the solver, and the first time compiling it, on a machine that may be busy."""


class SolverPool:
    """See `Solver`. An async context manager: the processes start, warm, on entry and are gone after exit.

    `outcomes` counts answers by kind: "better", "nothing", "error", "overrun", "crashed".
    """

    def __init__(self, processes: int = 1, grace_s: float = 0.5, command: Sequence[str] = COMMAND) -> None:
        self.outcomes: Counter[str] = Counter()
        self._size = processes
        self._grace_s = grace_s
        self._command = command
        self._idle: asyncio.Queue[_Child] = asyncio.Queue()
        self._children: set[_Child] = set()
        self._starting: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> "SolverPool":
        """Start every process. Raises `OSError` or `EOFError` when one cannot start."""
        try:
            await asyncio.gather(*(self._start_one() for _ in range(self._size)))
        except BaseException:
            await self._stop()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stop()

    async def improve(self, problem: Problem, budget_s: float, seed: int, deep: bool = False) -> Plan | None:
        """See `Solver.improve`. Waits for a free process first; then takes at most the budget and a grace."""
        asked = await asyncio.to_thread(lambda: frame((problem, budget_s, seed, deep)))
        child = await self._idle.get()
        outcome = "canceled"
        try:
            async with asyncio.timeout(budget_s + self._grace_s):
                answer: tuple[Plan | None, str] = await child.ask(asked)
            plan, error = answer
            outcome = "error" if error else "better" if plan else "nothing"
            if error:
                log.error("the solver failed: %s", error)
            return plan
        except TimeoutError:
            outcome = "overrun"
            return None
        except (EOFError, OSError, pickle.UnpicklingError):
            outcome = "crashed"
            return None
        finally:
            self._settle(child, outcome)

    @property
    def pids(self) -> list[int]:
        """The processes that run now."""
        return [child.pid for child in self._children]

    def _settle(self, child: "_Child", outcome: str) -> None:
        """A process that answered is free again; any other is killed and replaced."""
        self.outcomes[outcome] += 1
        if outcome in ("better", "nothing", "error"):
            self._idle.put_nowait(child)
            return
        log.warning("a solver process is replaced: %s", outcome)
        child.kill()
        starting = asyncio.create_task(self._replace(child))
        self._starting.add(starting)
        starting.add_done_callback(self._starting.discard)

    async def _replace(self, child: "_Child") -> None:
        await child.gone()
        self._children.discard(child)
        while True:
            try:
                return await self._start_one()
            except (OSError, EOFError, TimeoutError) as error:
                log.error("a solver process does not start, trying again: %s", type(error).__name__)
                await asyncio.sleep(5.0)

    async def _start_one(self) -> None:
        child = await _Child.start(self._command)
        self._children.add(child)
        try:
            async with asyncio.timeout(_START_S):
                await child.ready()
        except BaseException:
            child.kill()
            await child.gone()
            self._children.discard(child)
            raise
        self._idle.put_nowait(child)

    async def _stop(self) -> None:
        for starting in tuple(self._starting):
            starting.cancel()
        await asyncio.gather(*self._starting, return_exceptions=True)
        for child in self._children:
            child.kill()
        await asyncio.gather(*(child.gone() for child in self._children))
        self._children.clear()


class _Child:
    """One process and its pipes."""

    def __init__(self, process: asyncio.subprocess.Process, stdin: asyncio.StreamWriter, out: asyncio.StreamReader):
        self._process = process
        self._stdin = stdin
        self._stdout = out

    @classmethod
    async def start(cls, command: Sequence[str]) -> "_Child":
        """Start a process that finds the same modules as this one."""
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
        )
        assert process.stdin and process.stdout  # noqa: S101 - both are pipes
        return cls(process, process.stdin, process.stdout)

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._process.pid

    async def ready(self) -> None:
        """Wait until it has imported its solver. Raises `EOFError` when it ended instead."""
        if await self._read() != READY:
            raise EOFError

    async def ask(self, asked: bytes) -> Any:
        """Send a framed problem and wait for the answer. Raises `EOFError` or `OSError` when the process ends."""
        if self._stdin.is_closing():  # it ended while nobody asked; some event loops refuse to write with an error
            raise EOFError
        self._stdin.write(asked)
        await self._stdin.drain()
        return await self._read()

    async def _read(self) -> Any:
        size = int.from_bytes(await self._stdout.readexactly(4))
        return pickle.loads(await self._stdout.readexactly(size))  # noqa: S301 - our own child wrote it

    def kill(self) -> None:
        """End it at once."""
        with suppress(ProcessLookupError):
            self._process.kill()

    async def gone(self) -> None:
        """Wait until it has ended, and drop its pipes."""
        await self._process.wait()
        self._stdin.close()
        with suppress(OSError):
            await self._stdin.wait_closed()
