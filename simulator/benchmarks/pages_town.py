"""A busy town for the benchmark of the pages: a real server, couriers on the road, orders planned to them.

And a quiet one beside it, of the same city without couriers and orders: the map alone.
"""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

import httpx
import numpy as np

from dispatch.domain.geo import Point
from dispatch.domain.vehicle import Profile
from dispatch.roads.city import City
from dispatch.roads.library import ensure_city
from dispatch.roads.travel_times import open_travel_times
from simulator.api import Api
from simulator.benchmarks.live_server import RoleProcess, free_ports
from simulator.demand import spread_depots
from simulator.fleet import courier_ids
from simulator.server_process import ServerFailed, issue_tokens

CITY = "generate:6km:7"
STAFF = "bench"
PROBE = "probe"
DEPOTS = 8
EVERY_S = 5.0
"""A courier tells their place so often: what a working phone does."""
SPEED_MPS = 5.0
LEGS = 4
BATCH = 100
AT_ONCE = 16
PLANNED_WITHIN_S = 900.0
RIDING_WITHIN_S = 180.0
SEED = 7
OPTIONS = {
    "DISPATCH_OFFER_MODE": "assign",
    "DISPATCH_SOLVER_PROCESSES": "0",
    # The hardest map: every courier is a dot, however many are on the screen.
    "DISPATCH_LIVE_MAX_DOTS": "100000",
}


@dataclass(frozen=True, slots=True)
class Town:
    """Where its servers answer, and who may look. `corner` is a place that no courier rides to, `track_url` a
    customer's link.
    """

    url: str
    token: str
    quiet_url: str
    quiet_token: str
    probe_token: str
    corner: Point
    track_url: str


@asynccontextmanager
async def busy_town(couriers: int, orders: int) -> AsyncIterator[Town]:
    """Both servers, for the block. Raises `ServerFailed`."""
    with TemporaryDirectory(prefix="dispatch-bench-") as name:
        folder, quiet_folder = Path(name) / "busy", Path(name) / "quiet"
        city = await asyncio.to_thread(ensure_city, folder, CITY)
        await asyncio.to_thread(ensure_city, quiet_folder, CITY)
        port = free_ports(2)
        options = ("--city", city.id)
        async with (
            RoleProcess("all", folder, port, OPTIONS, options=options) as busy,
            RoleProcess("all", quiet_folder, port + 1, OPTIONS, options=options) as quiet,
        ):
            await asyncio.gather(busy.ready(), quiet.ready())
            names = [*courier_ids(couriers), PROBE]
            staff, quiet_staff, tokens = await asyncio.gather(
                issue_tokens(folder, "admin", [STAFF]),
                issue_tokens(quiet_folder, "admin", [STAFF]),
                issue_tokens(folder, "courier", names),
            )
            async with Api(busy.url, staff[STAFF]) as api:
                await _register(api, city, names)
                async with _riding(busy.url, city, [tokens[name] for name in names[:-1]]):
                    track_url = await _place(busy.url, staff[STAFF], city, orders)
                    await _planned(api, orders)
                    yield Town(
                        url=busy.url,
                        token=staff[STAFF],
                        quiet_url=quiet.url,
                        quiet_token=quiet_staff[STAFF],
                        probe_token=tokens[PROBE],
                        corner=_corner(city),
                        track_url=track_url,
                    )


def _corner(city: City) -> Point:
    box = city.box
    return Point(box.north - (box.north - box.south) * 0.02, box.east - (box.east - box.west) * 0.02)


async def _register(api: Api, city: City, names: Sequence[str]) -> None:
    for number, shop in enumerate(spread_depots(city, DEPOTS)):
        place = {"lat": shop.place.lat, "lon": shop.place.lon}
        await api.put_depot(f"depot-{number + 1}", {"name": shop.name, "address": shop.address, **place})
    turns = asyncio.Semaphore(AT_ONCE)

    async def register(name: str) -> None:
        async with turns:
            await api.put_courier(name, {"name": name.replace("sim", "Courier"), "profile": "ebike"})
            await api.set_duty(name, "available")

    await asyncio.gather(*map(register, names))


@asynccontextmanager
async def _riding(url: str, city: City, tokens: Sequence[str]) -> AsyncIterator[None]:
    """All couriers on the road, in a process of their own, for the block."""
    ways = await asyncio.to_thread(_ways, city, len(tokens))
    place = urlsplit(url)
    couriers = {token: {"corners": way, "speed_mps": SPEED_MPS} for token, way in zip(tokens, ways, strict=True)}
    wanted = {"host": place.hostname, "port": place.port, "every_s": EVERY_S, "couriers": couriers}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "simulator.benchmarks.riding_crowd"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    if process.stdin is None or process.stdout is None:
        raise RuntimeError("The couriers have no pipes.")
    try:
        process.stdin.write(json.dumps(wanted).encode() + b"\n")
        await process.stdin.drain()
        await asyncio.wait_for(process.stdout.readline(), RIDING_WITHIN_S)
        yield
    finally:
        process.stdin.close()
        await process.wait()


def _ways(city: City, count: int) -> list[list[tuple[float, float]]]:
    """For each courier the corners of a way along the streets, by some addresses."""
    streets, chance = open_travel_times(city), np.random.default_rng(SEED)
    places = [address.place for address in city.addresses if _is_inside(city, address.place)]
    ways = []
    for _ in range(count):
        stops = [places[at] for at in chance.integers(len(places), size=LEGS + 1).tolist()]
        legs = [streets.route(Profile.EBIKE, a, b).line for a, b in pairwise(stops)]
        ways.append([(corner.lat, corner.lon) for leg in legs for corner in leg])
    return ways


async def _place(url: str, token: str, city: City, orders: int) -> str:
    """All orders, to addresses all over the middle of the city; the tracking link of the first one."""
    chance = np.random.default_rng(SEED)
    addresses = [address for address in city.addresses if _is_inside(city, address.place)]
    first = ""
    async with httpx.AsyncClient(
        base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=60.0, trust_env=False
    ) as http:
        for start in range(0, orders, BATCH):
            chosen = chance.integers(len(addresses), size=min(BATCH, orders - start)).tolist()
            wanted = [
                {
                    "dropoff": {
                        "lat": addresses[at].place.lat,
                        "lon": addresses[at].place.lon,
                        "address": addresses[at].text,
                    },
                    "ref": f"B-{start + number:05d}",
                }
                for number, at in enumerate(chosen)
            ]
            answer = await http.post(
                "/v1/orders:batch", json={"orders": wanted}, headers={"Idempotency-Key": f"bench-{start}"}
            )
            results = answer.raise_for_status().json()["results"]
            first = first or results[0]["order"]["track_url"]
    return first


def _is_inside(city: City, place: Point) -> bool:
    box = city.box
    lat, lon = (box.north - box.south) * 0.1, (box.east - box.west) * 0.1
    return box.south + lat < place.lat < box.north - lat and box.west + lon < place.lon < box.east - lon


async def _planned(api: Api, orders: int) -> None:
    """Return once (nearly) every order has a courier. Raises `ServerFailed` when that takes too long."""
    loop = asyncio.get_running_loop()
    deadline_s = loop.time() + PLANNED_WITHIN_S
    while loop.time() < deadline_s:
        offered = int((await api.stats())["counters"].get("orders_offered", 0))
        if offered >= 0.98 * orders:
            return
        await asyncio.sleep(1.0)
    raise ServerFailed(f"Only {offered} of {orders} orders were planned within {PLANNED_WITHIN_S:.0f} s.")
