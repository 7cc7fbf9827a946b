"""Workers under their parent: kept up, replaced one by one, and never left behind. The workers are tiny programs."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from dispatch.adapters.workers import Patience, Record, Workers
from dispatch.supervise import worker_command
from tests.support.processes import all_gone, descendants, is_alive
from tests.support.raw_server import until

WORKER = """
import os, signal, sys, time
from pathlib import Path
from dispatch.adapters.parent_line import ParentLine

line = ParentLine(orderly_s=0.2)
folder, number = Path(sys.argv[1]), os.environ["DISPATCH_WORKER"]
if (folder / f"{number}.fails").exists():
    sys.exit(7)
if (folder / f"{number}.hangs").exists():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
with open(folder / f"{number}.started", "a") as started:
    started.write(f"{os.getpid()} {os.environ['DISPATCH_WORKER_RESTARTS']}\\n")
line.say_ready()
while True:
    time.sleep(60)
"""
PARENT = """
import asyncio, sys
from dispatch.adapters.workers import Workers
asyncio.run(Workers((sys.executable, "-c", *sys.argv[1:]), 2).run())
"""
EAGER = Patience(first_s=0.01, most_s=0.02, tries=3)


def started(folder: Path, number: int) -> list[tuple[int, int]]:
    """(process id, restarts that it was told of) of each worker that has stood at this place, in order."""
    file = folder / f"{number}.started"
    lines = file.read_text().splitlines() if file.exists() else []
    return [(int(pid), int(restarts)) for pid, restarts in map(str.split, lines)]


@contextlib.asynccontextmanager
async def running(
    folder: Path, number: int = 2, end_within_s: float = 5
) -> AsyncIterator[tuple[Workers, asyncio.Task[int]]]:
    """Workers who serve; afterwards none is left."""
    workers = Workers((sys.executable, "-c", WORKER, str(folder)), number, patience=EAGER, end_within_s=end_within_s)
    task = asyncio.create_task(workers.run())
    try:
        yield workers, task
    finally:
        workers.stop()
        await task
        assert not any(is_alive(pid) for n in range(number) for pid, _ in started(folder, n))


def test_a_worker_gets_the_options_of_its_parent() -> None:
    """But the port is the one that the parent holds, also for --port 0, and it starts no workers of its own."""
    command = worker_command({"data_dir": Path("d"), "port": 0, "workers": 4, "tls_cert": None, "speed": 2.0}, 8123)
    assert command[:4] == (sys.executable, "-P", "-m", "dispatch")
    assert command[4:] == ("serve", "--data-dir", "d", "--port", "8123", "--speed", "2.0")


def test_who_ends_early_waits_ever_longer() -> None:
    """Half a second, twice as long each time, at most 20 s; after a long life it begins anew."""
    record, patience = Record(), Patience()
    waits_s = [record.ended(served=True, lived_s=1.0, patience=patience) for _ in range(7)]
    assert waits_s == [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 20.0]
    assert record.ended(served=True, lived_s=31.0, patience=patience) == 0.5
    assert record.ended(served=True, lived_s=1.0, patience=patience) == 0.5
    assert (record.restarts, record.failed_starts) == (9, 0)


def test_starts_that_fail_are_counted_in_a_row() -> None:
    """One that came to serve ends the row."""
    record, patience = Record(), Patience()
    for served in (False, False, True, False):
        record.ended(served=served, lived_s=1.0, patience=patience)
    assert record.failed_starts == 1


async def test_a_killed_worker_is_replaced_and_the_other_left_alone(tmp_path: Path) -> None:
    """The new one knows how often its place was filled again; `stop` ends all of them with status 0."""
    async with running(tmp_path) as (workers, task):
        await until(lambda: started(tmp_path, 1), 10)
        ((first, _),) = started(tmp_path, 1)
        os.kill(first, signal.SIGKILL)
        await until(lambda: len(started(tmp_path, 1)) == 2, 10)
        assert [restarts for _, restarts in started(tmp_path, 1)] == [0, 1]
        assert len(started(tmp_path, 0)) == 1
        workers.stop()
        assert await task == 0


async def test_the_first_worker_prepares_what_the_others_need(tmp_path: Path) -> None:
    """When it cannot, nobody else begins, and its exit status is that of the whole."""
    (tmp_path / "0.fails").touch()
    async with running(tmp_path) as (_, task):
        assert await asyncio.wait_for(task, 10) == 7
        assert started(tmp_path, 1) == []


async def test_while_anybody_serves_trying_goes_on(tmp_path: Path) -> None:
    """What kept one worker from starting may pass, and the others are needed: more failures than tries end nothing."""
    (tmp_path / "1.fails").touch()
    async with running(tmp_path) as (_, task):
        await until(lambda: started(tmp_path, 0), 10)
        await asyncio.sleep(1.0)  # some ten starts
        assert not task.done()
        (tmp_path / "1.fails").unlink()
        await until(lambda: started(tmp_path, 1), 10)
        ((_, restarts),) = started(tmp_path, 1)
        assert restarts > EAGER.tries


async def test_a_worker_that_does_not_end_is_killed(tmp_path: Path) -> None:
    """After its time it is killed, and the status tells that something was not in order."""
    (tmp_path / "0.hangs").touch()
    async with running(tmp_path, number=1, end_within_s=0.3) as (workers, task):
        await until(lambda: started(tmp_path, 0), 10)
        workers.stop()
        assert await task == 1


async def test_renewal_replaces_one_after_the_other(tmp_path: Path) -> None:
    """Each worker is a new process afterwards; nobody counts as having ended by itself."""
    async with running(tmp_path) as (workers, _):
        await until(lambda: started(tmp_path, 1), 10)
        workers.renew()
        await until(lambda: len(started(tmp_path, 1)) == 2, 10)
        for number in (0, 1):
            (old, _), (new, restarts) = started(tmp_path, number)
            assert not is_alive(old) and is_alive(new) and restarts == 0


async def test_renewal_stops_at_a_worker_that_does_not_come_to_serve(tmp_path: Path) -> None:
    """A version that cannot start costs one worker, not all; the old ones go on."""
    command = (sys.executable, "-c", WORKER, str(tmp_path))
    workers = Workers(command, 2, patience=EAGER, ready_within_s=0.5)
    task = asyncio.create_task(workers.run())
    await until(lambda: started(tmp_path, 1), 10)
    (tmp_path / "0.fails").touch()
    workers.renew()
    ((first, _),), ((second, _),) = started(tmp_path, 0), started(tmp_path, 1)
    await until(lambda: not is_alive(first), 10)
    await asyncio.sleep(1.0)
    assert is_alive(second) and len(started(tmp_path, 1)) == 1 and not task.done()
    workers.stop()
    assert await task == 0


@pytest.mark.parametrize("habit", ["", "1.hangs"])
async def test_nobody_outlives_a_killed_parent(tmp_path: Path, habit: str) -> None:
    """The line breaks, and each worker ends: by SIGTERM, or the hard way when it does not obey."""
    if habit:
        (tmp_path / habit).touch()
    parent = subprocess.Popen([sys.executable, "-c", PARENT, WORKER, str(tmp_path)])
    try:
        await until(lambda: started(tmp_path, 1), 20)
        orphans = descendants(parent.pid)
        assert len(orphans) == 2
    finally:
        parent.kill()
        parent.wait()
    assert await all_gone(orphans, within_s=5)
