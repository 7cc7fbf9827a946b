"""The embedded Valkey: its data outlive it, it never outlives its owner, and nobody shares its folder."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError

from dispatch.adapters.embedded import EmbeddedError, EmbeddedValkey

OWNER = """
import asyncio, sys
from pathlib import Path
from dispatch.adapters.embedded import EmbeddedValkey
from redis.asyncio import from_url

async def main():
    async with EmbeddedValkey(Path(sys.argv[1])) as url, from_url(url) as client:
        await client.set("order", "acknowledged")
        print((await client.info("server"))["process_id"], flush=True)
        await asyncio.sleep(60)

asyncio.run(main())
"""


@contextlib.asynccontextmanager
async def connected(data_dir: Path, **limits: float) -> AsyncIterator[Redis]:
    async with EmbeddedValkey(data_dir, **limits) as url, Redis.from_url(url, decode_responses=True) as client:
        yield client


async def server_pid(client: Redis) -> int:
    return int((await client.info("server"))["process_id"])


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def test_a_server_that_ends_by_itself_is_started_again(tmp_path: Path) -> None:
    """Killed twice in a row: the URL stays good and what was written is there; afterwards nothing is left behind."""
    async with connected(tmp_path) as client:
        pids = set()
        for value in ("17", "18"):
            await client.set("order", value)
            pid = await server_pid(client)
            pids.add(pid)
            os.kill(pid, signal.SIGKILL)
            assert await answer(client, "order") == value
        pids.add(await server_pid(client))
        assert len(pids) == 3
    assert not any(map(alive, pids))


async def answer(client: Redis, key: str) -> object:
    """What is held, as soon as the server answers again."""
    async with asyncio.timeout(15):
        while True:
            with contextlib.suppress(ConnectionError, RedisConnectionError):
                return await client.get(key)
            await asyncio.sleep(0.05)


async def test_what_was_written_is_there_after_an_orderly_restart(tmp_path: Path) -> None:
    """The append-only file brings the data back, and the stopped server leaves neither process nor socket."""
    async with connected(tmp_path) as client:
        await client.set("order", "17")
        first = await server_pid(client)
    assert not alive(first)
    assert not list(tmp_path.rglob("*.sock"))
    async with connected(tmp_path) as client:
        assert await client.get("order") == "17"


async def test_it_starts_fast(tmp_path: Path) -> None:
    """Start to first answer stays far below a second (the wheel's server needs about 80 ms)."""
    started_s = time.monotonic()
    async with EmbeddedValkey(tmp_path):
        assert time.monotonic() - started_s < 1.0


async def test_only_its_own_user_may_connect(tmp_path: Path) -> None:
    """No TCP port is open and the socket is private."""
    async with connected(tmp_path) as client:
        assert (await client.config_get("port"))["port"] == "0"
        assert (tmp_path / "valkey" / "valkey.sock").stat().st_mode & 0o077 == 0


async def test_a_second_server_on_the_same_folder_is_refused(tmp_path: Path) -> None:
    """The message names the folder and says what to do; the first server goes on."""
    async with connected(tmp_path) as client:
        with pytest.raises(EmbeddedError, match=r"valkey is in use by another server; stop it or choose another"):
            await EmbeddedValkey(tmp_path, lock_timeout_s=0.1).__aenter__()
        assert await client.ping()


async def test_a_killed_owner_leaves_nothing_behind_and_its_data_are_reused(tmp_path: Path) -> None:
    """SIGKILL of the owner ends the child by itself; a restart at once waits for that and finds every write."""
    owner = subprocess.Popen([sys.executable, "-c", OWNER, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    with owner:
        assert owner.stdout is not None
        orphan = int(owner.stdout.readline())
        owner.kill()
    async with connected(tmp_path) as client:
        assert await client.get("order") == "acknowledged"
        assert await server_pid(client) != orphan
        assert not alive(orphan)


async def test_ctrl_c_at_the_terminal_does_not_reach_the_server(tmp_path: Path) -> None:
    """The server has a session of its own, so that the owner can stop things in their order."""
    async with connected(tmp_path) as client:
        assert os.getsid(await server_pid(client)) != os.getsid(0)


async def test_a_server_that_does_not_end_in_time_is_killed(tmp_path: Path) -> None:
    """A frozen server cannot answer SIGTERM; leaving still ends within the limit, and it is gone."""
    async with connected(tmp_path, stop_timeout_s=0.2) as client:
        frozen = await server_pid(client)
        os.kill(frozen, signal.SIGSTOP)
    async with asyncio.timeout(2):
        while alive(frozen):  # its adopter reaps it a moment later
            await asyncio.sleep(0.01)


async def test_a_broken_append_only_file_is_explained(tmp_path: Path) -> None:
    """Valkey's own reason and the way out are in the message, and the folder is free again."""
    async with connected(tmp_path) as client:
        await client.set("order", "17")
    log = next(tmp_path.rglob("*.incr.aof"))
    log.write_bytes(b"this is no log of commands\n" * 9)
    with pytest.raises(EmbeddedError, match=r"Valkey did not start on .* \(.+\); .* delete it and start again"):
        await EmbeddedValkey(tmp_path).__aenter__()
    log.unlink()


async def test_a_silent_server_is_given_up(tmp_path: Path) -> None:
    """A server that is not ready in time is stopped, with the same clear message."""
    with pytest.raises(EmbeddedError, match="did not start"):
        await EmbeddedValkey(tmp_path, start_timeout_s=0.0).__aenter__()
    async with connected(tmp_path) as client:
        assert await client.ping()


async def test_a_path_too_long_for_a_socket_works_all_the_same(tmp_path: Path) -> None:
    """Socket paths are limited to about a hundred bytes; then the socket lives in the temporary folder."""
    deep = tmp_path / ("long" * 30)
    async with connected(deep) as client:
        assert await client.ping()
        assert not list(deep.rglob("*.sock"))


async def test_a_folder_that_cannot_be_written_is_explained(tmp_path: Path) -> None:
    """A file where the folder should be: one sentence, no stack of system errors."""
    (tmp_path / "valkey").write_text("in the way")
    with pytest.raises(EmbeddedError, match=r"Cannot write .*; choose another data folder"):
        await EmbeddedValkey(tmp_path).__aenter__()
