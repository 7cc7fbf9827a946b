"""The scene of the live layer's benchmark: couriers who have an order on board, and shoppers who may watch them.

Made through the public doors of `dispatch all`: couriers and orders over HTTP; then each courier's phone tells that
the goods of its order are on board, which counts whatever was planned ("Reality wins"), and goes on duty. The server
ends, its database and Valkey stay, and the measured servers begin where it stopped.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from courier_protocol.client import CourierClient
from courier_protocol.messages import Fix, Reply
from dispatch.domain.geo import Point
from dispatch.roads.city import City
from dispatch.roads.library import ensure_city
from simulator.api import Api
from simulator.benchmarks.live_server import OPEN_LIMITS, RoleProcess, free_ports, postgres, valkey
from simulator.demand import spread_depots
from simulator.fleet import courier_ids
from simulator.server_process import ServerFailed, issue_tokens

CITY = "generate:2km:7"
STAFF = "bench"
DEPOT = "depot-1"
ZONE = "default"
AT_ONCE = 40
"""Requests, or phones that go on duty, at the same time."""
SPREAD_DEG = 0.02
"""How far couriers ride; with the margin of the tracking chain all of it is within the city."""


@dataclass(frozen=True, slots=True)
class Scene:
    """What the measured servers and their clients need.

    Couriers with an order come first in `couriers`, as many as `tracks` has; the others are off duty. `tracks` are the
    tracking tokens of the orders. `environment` names the database, and the Valkey whose process is `valkey_pid`.
    """

    folder: Path
    city: City
    environment: Mapping[str, str]
    valkey_pid: int
    staff_token: str
    couriers: Sequence[str]
    courier_tokens: Sequence[str]
    tracks: Sequence[str]

    @property
    def origin(self) -> Point:
        """The corner from which couriers ride to the north and east."""
        middle = self.city.box.centre
        return Point(middle.lat - SPREAD_DEG / 2, middle.lon - SPREAD_DEG / 2)

    def role(
        self, name: str, port: int, environment: Mapping[str, str], *, options: Sequence[str] = (), cpu: int | None = 0
    ) -> RoleProcess:
        """A server on this scene, not started yet. `environment` is added to the scene's; an empty value unsets."""
        wanted = {**self.environment, **environment}
        return RoleProcess(name, self.folder, port, wanted, options=("--city", CITY, *options), cpu=cpu)


@asynccontextmanager
async def scene(folder: Path, *, busy: int, couriers: int) -> AsyncIterator[Scene]:
    """A scene of so many couriers, `busy` of whom have an order on board. Raises `NotRun` or `ServerFailed`."""
    city = await asyncio.to_thread(ensure_city, folder, CITY)
    names = courier_ids(couriers)
    async with postgres() as database_url, valkey(folder / "shared") as (redis_url, valkey_pid):
        environment = {"DATABASE_URL": database_url, "REDIS_URL": redis_url}
        staff = await issue_tokens(folder, "admin", [STAFF])
        tokens = await issue_tokens(folder, "courier", names)
        made = Scene(folder, city, environment, valkey_pid, staff[STAFF], names, [tokens[name] for name in names], ())
        async with made.role("all", free_ports(1), {**OPEN_LIMITS, "DISPATCH_SOLVER_PROCESSES": "0"}, cpu=None) as role:
            await role.ready()
            async with Api(role.url, made.staff_token) as api:
                placed = await _register(api, made, busy)
            await _set_out(f"ws{role.url.removeprefix('http')}/v1/courier", made, [each["id"] for each in placed])
        yield replace(made, tracks=[each["track_token"] for each in placed])


async def _register(api: Api, scene: Scene, busy: int) -> list[dict[str, Any]]:
    """All couriers, and an order for each of the first `busy`: what the server said of these, in that order."""
    (shop,) = spread_depots(scene.city, 1)
    place = {"lat": shop.place.lat, "lon": shop.place.lon}
    await api.put_depot(DEPOT, {"name": shop.name, "address": shop.address, **place})
    await _each(scene.couriers, lambda _, name: api.put_courier(name, {"name": name, "profile": "ebike"}))
    placed: dict[str, dict[str, Any]] = {}

    async def order(number: int, name: str) -> None:
        address = scene.city.addresses[number % len(scene.city.addresses)]
        dropoff = {"lat": address.place.lat, "lon": address.place.lon, "address": address.text}
        placed[name] = await api.create_order({"dropoff": dropoff, "depot_id": DEPOT}, f"bench-{name}")

    await _each(scene.couriers[:busy], order)
    return [placed[name] for name in scene.couriers[:busy]]


async def _set_out(url: str, scene: Scene, order_ids: Sequence[str]) -> None:
    """Each order is on board of the courier of its number, and then all of these are on duty."""
    async with AsyncExitStack() as open_phones:
        phones = [CourierClient(url, token, "phone") for token in scene.courier_tokens[: len(order_ids)]]

        async def take(number: int, order_id: str) -> None:
            await open_phones.enter_async_context(phones[number])
            await _take_goods(phones[number], order_id, scene.city.box.centre)

        await _each(order_ids, take)
        await _each(order_ids, lambda number, _: _go_on_duty(phones[number]))


async def _take_goods(phone: CourierClient, order_id: str, place: Point) -> None:
    """The order is on board. Nobody is on duty yet, so that the planner gives it to nobody else."""
    await phone.wait_live()
    phone.position(Fix(phone.business_now_ms(), place.lat, place.lon))
    _check(await phone.progress(f"pu-{order_id}", "completed", order_ids=(order_id,), kind="pickup"))


async def _go_on_duty(phone: CourierClient) -> None:
    _check(await phone.duty("available"))


def _check(reply: Reply) -> None:
    if not reply.ok:
        raise ServerFailed(f"The scene could not be made: {reply.code}, {reply.detail}")


async def _each(names: Iterable[str], work: Callable[[int, str], Awaitable[None]]) -> None:
    """The work for each, a few at a time."""
    turns = asyncio.Semaphore(AT_ONCE)

    async def one(number: int, name: str) -> None:
        async with turns:
            await work(number, name)

    await asyncio.gather(*(one(number, name) for number, name in enumerate(names)))
