"""One process of the server: started, killed, frozen and started again; what it says is read from its log."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from dispatch.failpoints import VARIABLE

STOP_WITHIN_S = 20.0
PROGRAM = (sys.executable, "-P", "-m", "dispatch")
"""-P: modules are those of the environment or of `PYTHONPATH`, not what lies in the folder of the caller."""


class Role:
    """`dispatch NAME ...`; its log is appended to over all of its lives."""

    def __init__(self, name: str, log: Path, flags: Sequence[str], environment: Mapping[str, str]) -> None:
        self.name = name
        self.environment = dict(environment)
        self.lives = 0
        self.failpoints = ""
        self.process: asyncio.subprocess.Process | None = None
        self._log = log
        self._flags = tuple(flags)
        self._log_began = 0

    async def start(self, failpoints: str = "") -> None:
        """Start a new life, which fails at these places (see `dispatch.failpoints`)."""
        self.lives += 1
        self.failpoints = failpoints
        more = {VARIABLE: failpoints} if failpoints else {}
        with self._log.open("ab") as log:
            self._log_began = log.tell()
            self.process = await asyncio.create_subprocess_exec(
                *PROGRAM, *self._flags, stdout=log, stderr=log, env=self.environment | more, start_new_session=True
            )

    @property
    def pid(self) -> int:
        """The id of this life's process."""
        return self._running.pid

    @property
    def alive(self) -> bool:
        """Whether the process has not ended."""
        return self.process is not None and self.process.returncode is None

    @property
    def status(self) -> int | None:
        """The exit status, or minus the signal's number; None while it lives."""
        return self._running.returncode

    @property
    def _running(self) -> asyncio.subprocess.Process:
        if self.process is None:
            raise RuntimeError(f"{self.name} has not been started.")
        return self.process

    def send(self, number: signal.Signals) -> None:
        """Send a signal; one that has ended already gets none."""
        with suppress(ProcessLookupError):
            self._running.send_signal(number)

    async def kill(self) -> None:
        """SIGKILL for it and its solvers: no handler runs, nothing is flushed."""
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        await self._running.wait()

    async def stop(self) -> int:
        """SIGTERM, and SIGKILL when that does not help; returns the exit status."""
        self.send(signal.SIGTERM)
        with suppress(TimeoutError):
            return await asyncio.wait_for(self._running.wait(), STOP_WITHIN_S)
        await self.kill()
        return await self._running.wait()

    def said(self) -> Iterator[dict[str, Any]]:
        """What this life has logged, an object a line; what is none is left out."""
        with self._log.open("rb") as log:
            log.seek(self._log_began)
            for line in log:
                with suppress(ValueError):
                    if line.startswith(b"{"):
                        yield json.loads(line)

    def last_said(self, *words: str) -> str:
        """Which of these this life has logged last; empty: none of them."""
        found = [each for line in self.said() for each in words if each in str(line.get("message", ""))]
        return found[-1] if found else ""

    def last_words(self) -> str:
        """The end of its log, for whoever has to find out what happened."""
        return self._log.read_text(errors="replace")[-2_000:]
