"""A real server for a benchmark: `dispatch all` on a small generated city, in a data folder of its own."""

import asyncio
import resource
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from dispatch.roads.city import City
from dispatch.roads.library import ensure_city
from simulator.api import Api
from simulator.demand import spread_depots
from simulator.server_process import ServerProcess, free_port, issue_tokens
from simulator.simulation import Server

CITY = "generate:2km:7"
FIRST_PORT = 18_700
STAFF = "bench"
AT_ONCE = 16
"""Registrations under way at the same time."""


@dataclass(frozen=True, slots=True)
class Town:
    """A server that is ready, with its depot and its couriers registered. `shell_pid` is the server's parent."""

    server: Server
    api: Api
    city: City
    shell_pid: int

    def resident_mib(self) -> float:
        """The memory that the server's process has resident now, its Valkey and solvers left out."""
        children = Path(f"/proc/{self.shell_pid}/task/{self.shell_pid}/children").read_text().split()
        return max(map(_resident_mib, children))


def _resident_mib(pid: str) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024


@asynccontextmanager
async def town(courier_ids: Sequence[str]) -> AsyncIterator[Town]:
    """Start a server with these couriers; it ends with the block. Raises `ServerFailed`."""
    with TemporaryDirectory(prefix="dispatch-bench-") as name:
        folder = Path(name)
        city = await asyncio.to_thread(ensure_city, folder, CITY)
        port = next(port for port in range(FIRST_PORT, 65_536) if free_port(port))
        async with ServerProcess(folder, port, ("--city", city.id, "--log-level", "warning")) as process:
            tokens = await asyncio.gather(
                process.ready(), issue_tokens(folder, "admin", [STAFF]), issue_tokens(folder, "courier", courier_ids)
            )
            server = Server(process.url, tokens[1][STAFF], tokens[2])
            async with Api(server.url, server.token) as api:
                await _register(api, city, courier_ids)
                yield Town(server, api, city, process.pid)


async def _register(api: Api, city: City, courier_ids: Sequence[str]) -> None:
    (shop,) = spread_depots(city, 1)
    place = {"lat": shop.place.lat, "lon": shop.place.lon}
    await api.put_depot("depot-1", {"name": shop.name, "address": shop.address, **place})
    turns = asyncio.Semaphore(AT_ONCE)

    async def register(courier_id: str) -> None:
        async with turns:
            await api.put_courier(courier_id, {"name": courier_id, "profile": "ebike"})

    await asyncio.gather(*map(register, courier_ids))


def allow_open_files(wanted: int) -> None:
    """Let this process and its children have so many files and sockets open, as far as the system allows."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    ceiling = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < ceiling:
        resource.setrlimit(resource.RLIMIT_NOFILE, (ceiling, hard))
