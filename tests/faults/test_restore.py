"""A backup of a running server, the server's end, and its way back: phones and desks notice, nothing stands still."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from courier_protocol import live
from courier_protocol.client import CourierClient, LiveClient
from courier_protocol.messages import Fix, Resync
from dispatch.roads.library import ensure_city
from simulator.server_process import issue_tokens
from tests.support.raw_server import RawServer, some_free_port, until

ENOUGH = 8


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """What the server and the commands of this test find in their environment."""
    monkeypatch.delenv("DATABASE_URL", raising=False)
    if request.param == "postgresql":
        monkeypatch.setenv("DATABASE_URL", request.getfixturevalue("fresh_postgres_url"))
    name: str = request.param
    return name


@dataclass
class Traffic:
    """Orders that come in one after the other; `taken` are those that were acknowledged."""

    http: httpx.AsyncClient
    body: dict[str, Any]
    taken: list[str] = field(default_factory=list)

    async def more(self, count: int) -> None:
        goal = len(self.taken) + count
        await until(lambda: len(self.taken) >= goal, 30)

    async def run(self) -> None:
        while True:
            with suppress(httpx.TransportError):
                answer = await self.http.post("/v1/orders", json=self.body)
                if answer.status_code == 201:
                    self.taken.append(answer.json()["id"])
            await asyncio.sleep(0.02)

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Traffic"]:
        task = asyncio.create_task(self.run())
        try:
            yield self
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


@dataclass
class Ends:
    """A phone that rides, and a desk that watches it."""

    phone: CourierClient
    desk: LiveClient
    resyncs: list[Resync] = field(default_factory=list)
    snapshots: list[live.ZoneSnapshot] = field(default_factory=list)
    shown: dict[str, live.FixView] = field(default_factory=dict)

    async def listen(self) -> None:
        async with asyncio.TaskGroup() as both:
            both.create_task(self._listen_on_phone())
            both.create_task(self._listen_at_desk())

    async def _listen_on_phone(self) -> None:
        async for event in self.phone.events():
            if isinstance(event, Resync):
                self.resyncs.append(event)

    async def _listen_at_desk(self) -> None:
        async for message in self.desk.messages():
            if isinstance(message, live.ZoneSnapshot):
                self.snapshots.append(message)
            elif isinstance(message, live.Fixes):
                self.shown |= {fix.courier_id: fix for fix in message.fixes}

    async def ride_to(self, place: tuple[float, float]) -> None:
        """Report a place until the desk shows it."""
        for _ in range(100):
            self.phone.position(Fix(at_ms=self.phone.business_now_ms(), lat=place[0], lon=place[1], acc_m=5.0))
            await asyncio.sleep(0.1)
            if (fix := self.shown.get("c1")) and (round(fix.lat, 5), round(fix.lon, 5)) == place:
                return
        raise AssertionError(f"the desk still shows {self.shown}")


async def db(data_dir: Path, *words: str) -> tuple[int, str]:
    """`dispatch db ...`: (exit status, what it said)."""
    pipe = asyncio.subprocess.PIPE
    command = (sys.executable, "-m", "dispatch", "db", *words, "--data-dir", str(data_dir))
    process = await asyncio.create_subprocess_exec(*command, stdout=pipe, stderr=pipe)
    out, err = await process.communicate()
    assert process.returncode is not None
    return process.returncode, (out + err).decode()


@asynccontextmanager
async def everybody(
    server: RawServer, data_dir: Path, place: tuple[float, float]
) -> AsyncIterator[tuple[Traffic, Ends]]:
    """An admin's orders, a phone and a desk, all connected."""
    admin = (await issue_tokens(data_dir, "admin", ["ann"]))["ann"]
    rider = (await issue_tokens(data_dir, "courier", ["c1"]))["c1"]
    headers = {"Authorization": f"Bearer {admin}"}
    spot = {"lat": place[0], "lon": place[1], "address": "Street 1"}
    socket_url = server.url.replace("http", "ws") + "/v1"
    async with (
        httpx.AsyncClient(base_url=server.url, headers=headers, trust_env=False) as http,
        CourierClient(f"{socket_url}/courier", rider, "phone-1") as phone,
        LiveClient(f"{socket_url}/live", token=admin, zone="default") as desk,
    ):
        await http.put("/v1/depots/d1", json={"name": "Depot", **spot})
        await http.put("/v1/couriers/c1", json={"name": "Ada", "profile": "ebike"})
        ends = Ends(phone, desk)
        listening = asyncio.create_task(ends.listen())
        await until(lambda: ends.resyncs and ends.snapshots, 20)
        async with Traffic(http, {"dropoff": {**spot, "name": "Grace"}}).running() as traffic:
            yield traffic, ends
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)


@pytest.mark.slow
async def test_everybody_goes_on_from_the_backup(database: str, tmp_path: Path) -> None:
    """Orders of the backup are there, later ones are unknown; phone and desk get snapshots of a new epoch, and places
    of the same phone are shown at once though Redis has its later ones.
    """
    city = ensure_city(tmp_path, "generate:2km:7")
    middle = (round((city.box.south + city.box.north) / 2, 5), round((city.box.west + city.box.east) / 2, 5))
    beside = (middle[0], round(middle[1] + 0.0003, 5))
    server, file = RawServer(tmp_path, city.id, some_free_port()), str(tmp_path / "backups" / "b1")
    await server.start()
    try:
        async with everybody(server, tmp_path, middle) as (traffic, ends):
            await traffic.more(ENOUGH)
            kept = set(traffic.taken)
            await ends.ride_to(middle)
            assert await db(tmp_path, "backup", file) == (0, f"{file} holds {await described(file)}\n"), database
            at_least = len(traffic.taken)
            await traffic.more(ENOUGH)
            lost = set(traffic.taken[at_least + 1 :])
            await ends.ride_to(beside)
            refused = await db(tmp_path, "restore", file)
            assert refused[0] == 2 and "A server holds the zone default" in refused[1]

            await server.end()
            assert (await db(tmp_path, "restore", file))[0] == 0
            before = ends.snapshots[-1].epoch, len(ends.resyncs)
            await server.start()
            await until(lambda: ends.snapshots[-1].epoch > before[0] and len(ends.resyncs) > before[1], 30)
            assert ends.resyncs[-1].epoch == ends.snapshots[-1].epoch
            statuses = {order_id: await status_of(traffic.http, order_id) for order_id in kept | lost}
            assert {statuses[order_id] for order_id in kept} == {200}
            assert lost and {statuses[order_id] for order_id in lost} == {404}
            await ends.ride_to(middle)
            await traffic.more(1)
    finally:
        await server.end()


async def described(file: str) -> str:
    """What the backup says of itself when it is read to its end."""
    pipe = asyncio.subprocess.PIPE
    command = (sys.executable, "-m", "dispatch", "db", "verify", file)
    process = await asyncio.create_subprocess_exec(*command, stdout=pipe)
    said = (await process.communicate())[0].decode().strip()
    assert process.returncode == 0, said
    return said.partition(" it holds ")[2]


async def status_of(http: httpx.AsyncClient, order_id: str) -> int:
    return (await http.get(f"/v1/orders/{order_id}")).status_code
