"""The real server as a child process of the demo: started, waited for, and ended in every case.

A small shell stands between the two and holds one end of a pipe: when this process ends, however that comes about, the
pipe closes and the shell ends the server.
"""

import asyncio
import json
import os
import signal
import socket
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Self

import httpx

START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 15.0
LOG_LINES = 12
SUPERVISE = """
exec 3<&0 </dev/null
"$@" 3<&- &
server=$!
{ read -r _ <&3; kill -TERM $server; } 2>/dev/null &
reader=$!
wait $server
status=$?
kill $reader 2>/dev/null
exit $status
"""


class ServerFailed(Exception):
    """The server does not run; the message says what was seen, in sentences and in the last lines of its log."""


def free_port(port: int) -> bool:
    """Whether a server could listen on the loopback port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return True
    return False


class ServerProcess:
    """`dispatch all` in a data folder of its own. Use it with `async with`; entering does not wait for readiness."""

    def __init__(self, data_dir: Path, port: int, options: Sequence[str]) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.log = data_dir / "server.log"
        self._command = _dispatch("all", "--data-dir", str(data_dir), "--port", str(port), *options)
        self._process: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> Self:
        with self._open_log() as log:
            self._process = await asyncio.create_subprocess_exec(
                *("/bin/sh", "-c", SUPERVISE, "sh", *self._command),
                stdin=asyncio.subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C reaches the demo alone, which then stops things in their order
            )
        return self

    async def __aexit__(self, *error: object) -> None:
        process = self._running
        if process.stdin is not None:
            process.stdin.close()
        with suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), STOP_TIMEOUT_S)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()

    @property
    def pid(self) -> int:
        """The process id of the shell whose child the server is."""
        return self._running.pid

    @property
    def _running(self) -> asyncio.subprocess.Process:
        if self._process is None:
            raise RuntimeError("The server has not been started; use `async with`.")
        return self._process

    async def ready(self) -> None:
        """Return when the server is ready to work. Raises `ServerFailed` when it ends, or takes too long."""
        death = asyncio.create_task(self.death())
        readiness = asyncio.create_task(self._ready())
        done, waiting = await asyncio.wait(
            {death, readiness}, timeout=START_TIMEOUT_S, return_when=asyncio.FIRST_COMPLETED
        )
        for task in waiting:
            task.cancel()
        if readiness not in done:
            raise ServerFailed(self._obituary("The server did not start." if done else "The server is not ready yet."))

    async def death(self) -> ServerFailed:
        """Wait until the server ends by itself, and return what to say about it."""
        status = await self._running.wait()
        return ServerFailed(self._obituary(f"The server has ended with status {status}."))

    async def _ready(self) -> None:
        async with httpx.AsyncClient(base_url=self.url, timeout=2.0, trust_env=False) as http:
            while True:
                with suppress(httpx.TransportError):
                    if (await http.get("/readyz")).is_success:
                        return
                await asyncio.sleep(0.05)

    def _open_log(self) -> BinaryIO:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        return open(self.log, "ab")

    def _obituary(self, sentence: str) -> str:
        lines = self.log.read_text(errors="replace").splitlines()[-LOG_LINES:]
        return "\n".join([sentence, f"The last lines of {self.log}:", *(f"  {line[:300]}" for line in lines)])


async def issue_tokens(data_dir: Path, role: str, subjects: Sequence[str]) -> dict[str, str]:
    """Tokens by subject, signed with the secret of the server on that data folder. Raises `ServerFailed`."""
    command = _dispatch("token", "--data-dir", str(data_dir), "--role", role, "--json")
    process = await asyncio.create_subprocess_exec(
        *command, "--subject", ",".join(subjects), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, err = await process.communicate()
    if process.returncode:
        raise ServerFailed(f"No tokens could be made: {err.decode(errors='replace').strip()[-500:]}")
    tokens: dict[str, str] = json.loads(out)
    return tokens


def _dispatch(*arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-m", "dispatch", *arguments)
