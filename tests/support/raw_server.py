"""A real server that a test may kill: nothing stands around it that would clean up or start it again."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import httpx

from simulator.server_process import free_port
from tests.support.processes import descendants


def some_free_port() -> int:
    """A port that nothing listens on; tests that run beside each other begin to look at different ones."""
    return next(port for port in range(18_300 + os.getpid() % 500, 19_000) if free_port(port))


class RawServer:
    """`python -m dispatch all`, started without anything around it that would clean up after it."""

    def __init__(self, data_dir: Path, city: str, port: int, speed: float = 1.0) -> None:
        flags = ("--data-dir", str(data_dir), "--city", city, "--port", str(port), "--speed", str(speed))
        self._command = (sys.executable, "-m", "dispatch", "all", *flags)
        self._log = data_dir / "server.log"
        self.url = f"http://127.0.0.1:{port}"
        self.process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start, and wait until it is ready."""
        with self._log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(*self._command, stdout=log, stderr=log)
        async with httpx.AsyncClient(trust_env=False) as http:
            await until(lambda: self._is_ready(http), 40, lambda: self._log.read_text()[-3000:])

    async def _is_ready(self, http: httpx.AsyncClient) -> bool:
        assert self.process is not None
        assert self.process.returncode is None, self._log.read_text()[-3000:]
        try:
            return (await http.get(f"{self.url}/readyz")).is_success
        except httpx.TransportError:
            return False

    async def kill(self) -> set[int]:
        """SIGKILL: no handler runs, nothing is flushed. Returns the processes it has left behind."""
        assert self.process is not None
        orphans = descendants(self.process.pid)
        self.process.kill()
        await self.process.wait()
        return orphans

    async def end(self) -> None:
        """SIGTERM, and SIGKILL when that does not help."""
        if self.process is None or self.process.returncode is not None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(self.process.wait(), 15)
        finally:
            if self.process.returncode is None:
                self.process.kill()


async def until(is_so: Callable[[], object], within_s: float, why: Callable[[], str] = str) -> None:
    """Wait until something is so, looking twenty times a second."""
    for _ in range(round(within_s * 20)):
        answer = is_so()
        if await answer if asyncio.iscoroutine(answer) else answer:
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"not within {within_s} s: {why()}")
