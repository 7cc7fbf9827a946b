"""One simulated day against a running server: depots and couriers registered, couriers riding, orders coming in.

Everything goes through the server's public doors: HTTP for the shop, `/v1/courier` for phones, `/v1/live` for staff.
"""

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from courier_protocol.client import CourierClient, LiveClient
from courier_protocol.errors import ProtocolError
from dispatch.adapters.loop_watch import LoopWatch
from dispatch.domain.geo import Point
from dispatch.roads.city import City
from dispatch.roads.live import LiveTravelTimes
from dispatch.roads.travel_times import TravelTimes
from simulator.api import Api, RequestRefused
from simulator.chance import stream
from simulator.clock import BusinessClock
from simulator.couriers import Rider, SimulatedCourier
from simulator.demand import Customers, DayCurve, arrivals, spread_depots
from simulator.fleet import felt_finder, haunts, riders, road_finder
from simulator.measures import Measures
from simulator.shops import prepare
from simulator.speed_field import Traffic
from simulator.temper import CALM, Habits, Temper
from simulator.watch import Watch

START_TIMEOUT_S = 30.0
DRAIN_S = 5.0
"""The last orders are placed this long before the end of a run, so that all of them can be offered in it."""
LAST_OFFERS_TIMEOUT_S = 20.0


@dataclass(frozen=True, slots=True)
class Server:
    """Where the server is, and the tokens it honours: one for staff, and one for each courier id."""

    url: str
    token: str
    courier_tokens: Mapping[str, str]
    zone: str = "default"

    @property
    def sockets_url(self) -> str:
        """The same place for WebSockets."""
        return "ws" + self.url.removeprefix("http")


@dataclass(frozen=True, slots=True)
class Scenario:
    """How much happens. `orders_per_hour` counts business hours."""

    orders_per_hour: float = 120.0
    depots: int = 5
    seed: int = 7
    habits: Habits = CALM
    traffic: Traffic | None = None
    """Hidden speeds that the couriers feel and the server is not told of; None: empty streets."""
    shops_report: bool = False
    """Whether shops tell how far they are with an order."""


class Simulation:
    """One run: `await run(...)` once. What was measured is in `measures`, what staff see in `watch`."""

    def __init__(self, server: Server, city: City, travel_times: TravelTimes, scenario: Scenario) -> None:
        self.server = server
        self.city = city
        self.api = Api(server.url, server.token)
        self.clock = BusinessClock()
        self.measures = Measures(time.monotonic)
        staff = LiveClient(f"{server.sockets_url}/v1/live", token=server.token, zone=server.zone)
        self.watch = Watch(staff, self.clock, self.measures)
        self.couriers: list[SimulatedCourier] = []
        self.customer_links: list[str] = []
        """Where the customers of the orders so far may watch theirs."""
        self.loop_watch = LoopWatch()
        """How late the simulation itself was: what it measures is no better than that."""
        self._scenario = scenario
        self._find_way = road_finder(travel_times)
        if scenario.traffic and isinstance(travel_times, LiveTravelTimes):
            self._find_way = felt_finder(travel_times, scenario.traffic, self.clock)
        self._depots = spread_depots(city, scenario.depots)
        self._customers = Customers(city, self._depot_places, scenario.seed)
        self._run_id = secrets.token_hex(4)
        self._placing: set[asyncio.Task[None]] = set()
        self._preparing: set[asyncio.Task[None]] = set()
        self._ordering: asyncio.Task[None] | None = None

    async def run(
        self, stop: asyncio.Event, duration_s: float | None, at_end: "Callable[[Simulation], Awaitable[None]]"
    ) -> None:
        """Run until `stop` is set, or for `duration_s` real seconds from the first courier on duty on.

        `at_end` is called while everything still runs, to read the final figures. Raises `RequestRefused` or a group
        of `ProtocolError` when the server does not let the simulation in.
        """
        async with self.api, asyncio.TaskGroup() as tasks:
            background = [tasks.create_task(self.watch.watch()), tasks.create_task(self.loop_watch.run())]
            await self._register()
            await self._seen(self.watch.welcomed, "the live channel sent no welcome")
            background += [tasks.create_task(self._shift(courier)) for courier in self._hire()]
            await self._seen(self.measures.first_on_duty, "no courier got on duty")
            self._ordering = tasks.create_task(self._place_orders(tasks))
            await _set_within(stop, None if duration_s is None else max(0.0, duration_s - DRAIN_S))
            self.place_no_more()
            if not stop.is_set():
                await _set_within(stop, DRAIN_S)
                await self._last_offers(stop)
            await at_end(self)
            for task in (*background, *self._placing, *self._preparing):
                task.cancel()

    async def _seen(self, sign: asyncio.Event, missing: str) -> None:
        if not await _set_within(sign, START_TIMEOUT_S):
            raise RequestRefused(f"Within {START_TIMEOUT_S:.0f} s {missing}; look into the server's log.")

    # --- setting up ------------------------------------------------------------------------------------------

    @property
    def _depot_places(self) -> list[Point]:
        return [shop.place for shop in self._depots]

    @property
    def _riders(self) -> list[Rider]:
        return riders(self.city, self._depot_places, len(self.server.courier_tokens), self._scenario.seed)

    async def _register(self) -> None:
        for number, shop in enumerate(self._depots, start=1):
            place = {"lat": shop.place.lat, "lon": shop.place.lon}
            await self.api.put_depot(f"depot-{number}", {"name": shop.name, "address": shop.address, **place})
        for number, rider in enumerate(self._riders):
            careful = ["fragile"] if number % 2 == 0 else []
            known = {"name": rider.name, "profile": rider.profile.value, "skills": careful}
            await self.api.put_courier(rider.id, known)

    def _hire(self) -> list[SimulatedCourier]:
        self.couriers = [self._courier(rider) for rider in self._riders]
        return self.couriers

    def _courier(self, rider: Rider) -> SimulatedCourier:
        url = f"{self.server.sockets_url}/v1/courier"
        phone = CourierClient(url, self.server.courier_tokens[rider.id], f"{rider.id}-phone")
        temper = Temper(self._scenario.seed, rider.id, self._scenario.habits)
        return SimulatedCourier(
            rider,
            phone=phone,
            clock=self.clock,
            temper=temper,
            find_way=self._find_way,
            haunts=haunts(self.city, self._depot_places, rider.id, self._scenario.seed),
            witness=self.measures,
        )

    async def _shift(self, courier: SimulatedCourier) -> None:
        """A courier's shift; a session that the server ends for good fails the run, but stops nobody else."""
        try:
            await courier.work()
        except* ProtocolError as group:
            self.measures.failed(f"courier {courier.rider.id}: {group.exceptions[0]}")

    # --- orders ----------------------------------------------------------------------------------------------

    @property
    def still_placing(self) -> bool:
        """Whether an order that was begun is not answered yet."""
        return bool(self._placing)

    def place_no_more(self) -> None:
        """Begin no more orders; those that were begun are carried through."""
        if self._ordering:
            self._ordering.cancel()

    def an_order(self, number: int) -> dict[str, Any]:
        """The body of an order placed now, for whoever places one by hand."""
        return self._customers.order(number, self.clock.now_ms())

    async def _place_orders(self, tasks: asyncio.TaskGroup) -> None:
        curve = DayCurve(self._scenario.orders_per_hour, self.clock.now_ms())
        for number, at_ms in enumerate(arrivals(curve, stream(self._scenario.seed, "arrivals")), start=1):
            await self.clock.sleep_until(at_ms)
            self._beside(tasks.create_task(self._place(number, tasks)), self._placing)

    @staticmethod
    def _beside(task: asyncio.Task[None], running: set[asyncio.Task[None]]) -> None:
        running.add(task)
        task.add_done_callback(running.discard)

    async def _place(self, number: int, tasks: asyncio.TaskGroup) -> None:
        body = self._customers.order(number, self.clock.now_ms())
        sent_at_s = time.monotonic()
        try:
            order = await self.api.create_order(body, f"sim-{self._run_id}-{number}")
        except RequestRefused as refusal:
            self.measures.failed(str(refusal))
            return
        self.measures.order_posted(order["id"], sent_at_s)
        self.customer_links.append(order.get("track_url", ""))
        if self._scenario.shops_report:
            self._beside(tasks.create_task(prepare(self.api, self.clock, order)), self._preparing)

    async def _last_offers(self, stop: asyncio.Event) -> None:
        """Wait until every order has been offered to someone; but not for ever."""
        deadline_s = time.monotonic() + LAST_OFFERS_TIMEOUT_S
        while (self._placing or self.measures.not_offered()) and time.monotonic() < deadline_s:
            if await _set_within(stop, 0.1):
                return


async def _set_within(event: asyncio.Event, timeout_s: float | None) -> bool:
    with suppress(TimeoutError):
        async with asyncio.timeout(timeout_s):
            await event.wait()
    return event.is_set()
