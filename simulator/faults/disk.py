"""Disks that are full, and have room again: nothing is promised meanwhile, and work goes on by itself.

SQLite serves one process, whose files the kernel keeps from growing (RLIMIT_FSIZE, set from outside; Linux). PostgreSQL
gets a small file system of its own in memory, which only root can mount.
"""

import asyncio
import os
import resource
import subprocess
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from time import monotonic

import httpx

from simulator.api import Api
from simulator.faults.deployment import CITY, ZONE
from simulator.faults.outages import Figures, after
from simulator.faults.processes import Role
from simulator.faults.scene import Scene
from simulator.server_process import ServerFailed, free_port, issue_tokens

GROWS_NO_MORE_BYTES = 4_096
DISK_MIB = 400
LEFT_BYTES = 65_536
PAUSE_S = 0.1
READY_WITHIN_S = 60.0
FILLER = "filler"


class Embedded:
    """`dispatch all` on SQLite, ready. Depots that are registered stand for any command."""

    def __init__(self, server: Role, http: httpx.AsyncClient, api: Api, place: dict[str, float]) -> None:
        self.server = server
        self.acknowledged: list[str] = []
        self._http = http
        self._api = api
        self._place = place

    async def register(self, depot_id: str) -> httpx.Response:
        """One try to make a depot known."""
        answer = await self._http.put(f"/v1/depots/{depot_id}", json={"name": depot_id, **self._place})
        if answer.is_success:
            self.acknowledged.append(depot_id)
        return answer

    async def registered(self, depot_id: str) -> float:
        """Insist on it; returns after how many seconds it was taken."""
        began_s = monotonic()
        while (await self.register(depot_id)).status_code != 200:
            await asyncio.sleep(PAUSE_S)
        return monotonic() - began_s

    async def lost(self) -> list[str]:
        """What was acknowledged and does not stand in the record."""
        recorded = {event["body"]["depot"]["id"] async for event in self._api.events(ZONE) if "depot" in event["body"]}
        return sorted(set(self.acknowledged) - recorded)

    def let_files_grow(self, to_bytes: int) -> None:
        """How large a file of the server may become."""
        _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.prlimit(self.server.pid, resource.RLIMIT_FSIZE, (to_bytes, hard))


@asynccontextmanager
async def embedded(folder: Path) -> AsyncIterator[Embedded]:
    """A server of one process, and its staff."""
    port = next(port for port in range(17_400 + os.getpid() % 400, 18_000) if free_port(port))
    flags = ("all", "--data-dir", str(folder), "--port", str(port), "--city", CITY)
    server = Role("all", folder / "server.log", flags, os.environ)
    await server.start()
    url = f"http://127.0.0.1:{port}"
    try:
        token = (await issue_tokens(folder, "admin", ["faults"]))["faults"]
        headers = {"Authorization": f"Bearer {token}"}
        async with httpx.AsyncClient(base_url=url, headers=headers, trust_env=False, timeout=20) as http:
            await _ready(server, http)
            async with Api(url, token) as api:
                box = (await api.city())["box"]
                place = {"lat": (box["south"] + box["north"]) / 2, "lon": (box["west"] + box["east"]) / 2}
                yield Embedded(server, http, api, place)
    finally:
        await server.stop()


async def _ready(server: Role, http: httpx.AsyncClient) -> None:
    give_up_s = monotonic() + READY_WITHIN_S
    while monotonic() < give_up_s and server.alive:
        try:
            if (await http.get("/readyz")).is_success:
                return
        except httpx.TransportError:
            await asyncio.sleep(PAUSE_S)
    raise ServerFailed(server.last_words())


async def sqlite_full(folder: Path, for_s: float) -> Figures:
    """Commands before, during and after a disk that is full."""
    async with embedded(folder) as place:
        await place.registered("before")
        place.let_files_grow(GROWS_NO_MORE_BYTES)
        answers, untold, ends_s = Counter[int](), 0, monotonic() + for_s
        while monotonic() < ends_s:
            answer = await place.register(f"during-{answers.total()}")
            answers[answer.status_code] += 1
            untold += answer.status_code == 503 and "retry-after" not in answer.headers
            await asyncio.sleep(PAUSE_S)
        place.let_files_grow(resource.RLIM_INFINITY)
        return {
            "answers": dict(answers),
            "without_retry_after": untold,
            "continues_s": round(await place.registered("after"), 2),
            "lost": await place.lost(),
        }


@contextmanager
def small_disk() -> Iterator[Path]:
    """A file system of `DISK_MIB` in memory. Raises `ServerFailed` where this user may not mount one."""
    with tempfile.TemporaryDirectory(prefix="dispatch-disk-") as folder:
        mount = ("mount", "-t", "tmpfs", "-o", f"size={DISK_MIB}m", "tmpfs", folder)
        if subprocess.run(mount, check=False, capture_output=True).returncode:  # noqa: S603 (fixed)
            raise ServerFailed("Only root can mount the small disk that this needs.")
        try:
            yield Path(folder)
        finally:
            subprocess.run(("umount", "--lazy", folder), check=True)  # noqa: S603, S607 (the system's own)


async def postgres_disk_full(scene: Scene, disk: Path, for_s: float) -> Figures:
    """The disk of PostgreSQL is filled to the last bytes, and emptied again; PostgreSQL itself may end of it."""
    filler = disk / FILLER
    await asyncio.to_thread(_fill, filler)
    posted, broken = await asyncio.gather(scene.post_orders(for_s), scene.running.breaks(for_s))
    filler.unlink()
    ended = not await scene.service.postgres.is_up()
    if ended:
        await scene.service.postgres.start()
    return await after(scene, posted, broken) | {"postgres_ended": ended}


def _fill(file: Path) -> None:
    room = os.statvfs(file.parent)
    with file.open("wb") as filler:
        os.posix_fallocate(filler.fileno(), 0, room.f_bavail * room.f_frsize - LEFT_BYTES)
