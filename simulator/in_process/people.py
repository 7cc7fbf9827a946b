"""Who lives in the simulated world: couriers on their phones, shops, dispatchers, shoppers; each a process of its own.

They are those of the live simulation, over the simulated network: the protocol's own client, `httpx`, and the couriers'
behaviours. What each of them is told goes to the judge as well.
"""

import asyncio
from collections.abc import Awaitable, Coroutine
from contextlib import suppress
from random import Random
from typing import Any, Final

from courier_protocol.client import CourierClient, LiveClient
from courier_protocol.errors import ProtocolError
from courier_protocol.live import WatchWelcome
from courier_protocol.messages import Reply
from courier_protocol.outputs import Settle, Tell
from dispatch.web.auth import issue_token
from simulator.api import Api, RequestRefused
from simulator.chance import stream
from simulator.clock import BusinessClock
from simulator.couriers import Rider, SimulatedCourier
from simulator.demand import Customers, spread_depots
from simulator.fleet import haunts, riders, road_finder
from simulator.in_process.claimants import Claimants
from simulator.in_process.clerks import Clerks
from simulator.in_process.entropy import BEGINS_S
from simulator.in_process.judge import Judge
from simulator.in_process.keepers import Keepers
from simulator.in_process.leaders import Leaders
from simulator.in_process.loop import Process
from simulator.in_process.world import SECRET, ZONE, SimulatedHttp, World
from simulator.shops import prepare
from simulator.temper import CALM, FLAKY, Temper

URL: Final = "https://dispatch.example"
SOCKETS: Final = "wss://dispatch.example/v1"
GOOD_UNTIL_S: Final = 4_000_000_000
DEPOTS: Final = 4
WATCHED: Final = 0.15
"""The share of orders whose shopper has the page open."""
WISHES: Final = 0.2
"""The share of shoppers who change their mind."""
ACTS_EVERY_S: Final = 150.0
"""How often a dispatcher overrules the system."""
ACTS: Final = ("assign", "unassign", "lock", "unlock", "hold", "release", "expedite", "cancel", "change-mode")
OPEN_S: Final = 300.0
CLOSED_S: Final = 500.0
"""How long a desk is looked at, and not; so there are many beginnings."""


def token(role: str, subject: str) -> str:
    """A signed token that outlasts any run."""
    return issue_token(SECRET.encode(), role, subject, (), GOOD_UNTIL_S)


class WitnessedPhone(CourierClient):
    """A courier's phone; the judge hears what it hears."""

    def __init__(self, world: World, judge: Judge, courier_id: str, rng: Random) -> None:
        super().__init__(
            f"{SOCKETS}/courier", token("courier", courier_id), f"{courier_id}-phone", rng=rng, connect=world.connect,
        )  # fmt: skip
        self._courier_id = courier_id
        self._judge = judge

    async def _act(self, action: Any) -> Reply:
        reply = await super()._act(action)
        self._judge.action_answered(self._courier_id, action.id, reply.ok)
        return reply

    async def _hand_over(self, output: Tell | Settle) -> None:
        if isinstance(output, Tell):
            self._judge.phone_told(self._courier_id, output.event)
        await super()._hand_over(output)


class People:
    """Everybody. `start` lets them live; `stop_ordering` ends the demand."""

    def __init__(self, world: World, judge: Judge, seed: int, *, couriers: int, orders: int, order_s: float) -> None:
        self.world = world
        self.judge = judge
        self.seed = seed
        self.chance = Random(f"people {seed}")  # noqa: S311 - to be repeated
        self.orders = orders
        self.order_s = order_s
        self.desks_stay_s = order_s
        """From then on desks stay open, so that there is somebody to judge by."""
        self.placed: list[dict[str, Any]] = []
        self.couriers: list[SimulatedCourier] = []
        self.processes: dict[str, Process] = {}
        city = world.roads.city
        self._depots = spread_depots(city, DEPOTS)
        self._places = [shop.place for shop in self._depots]
        self.riders = riders(city, self._places, couriers, seed)
        self._customers = Customers(city, self._places, seed)
        depot_ids = [f"depot-{number}" for number in range(1, len(self._depots) + 1)]
        self._keepers = Keepers(seed, depot_ids, judge, lambda: self._api("depot", "keeper"))
        self._leaders = Leaders(seed, self._places[0], judge, lambda: self._api("support", "leader"))
        self._claimants = Claimants(seed, lambda role: self._api(role, "after-sales"))
        self._clerks = Clerks(seed, judge, lambda: self._api("dispatcher", "clerk"))
        self._tasks: list[asyncio.Task[Any]] = []

    # --- processes ----------------------------------------------------------------------------------------------

    def spawn(self, name: str, main: Coroutine[Any, Any, Any]) -> "asyncio.Task[Any]":
        """Run something as a process of its own."""
        process = self.processes.get(name) or self.processes.setdefault(name, Process(name))
        task = self.world.loop.create_task(self._witnessed(name, main), context=process.context.copy())
        self._tasks.append(task)
        return task

    async def _witnessed(self, name: str, main: Awaitable[Any]) -> None:
        try:
            await main
        except* (RequestRefused, ProtocolError) as group:
            self.judge.somebody_failed(name, str(group.exceptions[0]))

    def _api(self, role: str, subject: str) -> Api:
        return Api(URL, token(role, subject), SimulatedHttp(self.world))

    # --- the day ------------------------------------------------------------------------------------------------

    async def open_shops(self) -> None:
        """Register depots and couriers, as an admin does before the first day."""
        async with self._api("admin", "root") as api:
            for number, shop in enumerate(self._depots, start=1):
                place = {"lat": shop.place.lat, "lon": shop.place.lon}
                await api.put_depot(f"depot-{number}", {"name": shop.name, "address": shop.address, **place})
            for number, rider in enumerate(self.riders):
                careful = ["fragile"] if number % 2 == 0 else []
                await api.put_courier(rider.id, {"name": rider.name, "profile": rider.profile.value, "skills": careful})
            await self._keepers.open(api)
            await self._leaders.open(api)

    def start(self) -> None:
        """Everybody begins the day."""
        for rider in self.riders:
            self.spawn(rider.id, self._shift(rider))
        for name in ("desk-1", "desk-2"):
            self.spawn(name, self._keep_desk(name))
        self.spawn("desk-1", self._overrule())
        self.spawn("shop", self._place_orders())
        self.spawn("shop", self._keepers.keep(self.order_s, self.world.loop.time))
        self.spawn("leader", self._leaders.work())
        self.spawn("support", self._claimants.serve())
        self.spawn("clerk", self._clerks.work())

    async def _shift(self, rider: Rider) -> None:
        clock = BusinessClock(int((BEGINS_S + self.world.loop.time()) * 1000))
        courier = SimulatedCourier(
            rider,
            phone=WitnessedPhone(self.world, self.judge, rider.id, Random(f"{self.seed} {rider.id}")),  # noqa: S311
            clock=clock,
            temper=Temper(self.seed, rider.id, FLAKY if self.seed % 3 == 0 else CALM),
            find_way=road_finder(self.world.roads.travel_times),
            haunts=haunts(self.world.roads.city, self._places, rider.id, self.seed),
            witness=self.judge.witness,
        )
        self.couriers.append(courier)
        await courier.work()

    # --- shops --------------------------------------------------------------------------------------------------

    async def _place_orders(self) -> None:
        moments = stream(self.seed, "orders").uniform(0.0, self.order_s, self.orders)
        begins_s = self.world.loop.time()
        async with self._api("integrator", "shop") as api:
            for number, at_s in enumerate(sorted(moments.tolist()), start=1):
                await asyncio.sleep(max(0.0, begins_s + at_s - self.world.loop.time()))
                self.spawn("shop", self._place(api, number))
            await asyncio.Event().wait()

    async def _place(self, api: Api, number: int) -> None:
        """Place an order and report on it; a shop asks again, under the same key, for as long as it takes."""
        clock = BusinessClock(int((BEGINS_S + self.world.loop.time()) * 1000))
        body = self._customers.order(number, clock.now_ms())
        body |= self._keepers.basket() | (self._leaders.where() or self._clerks.mode())
        body["dropoff"] |= {"name": f"Secret Name {number}", "phone": f"+86138{number:08d}"}
        self.judge.order_asked(body["ref"])
        while True:
            with suppress(RequestRefused):
                order = await api.create_order(body, f"sim-{number}")
                break
            await asyncio.sleep(5.0)
        self.judge.order_acknowledged(body["ref"], order)
        self.placed.append(order)
        track = str(order.get("track_url", "")).rpartition("/")[2]
        if track and self.chance.random() < WATCHED:
            self.spawn(f"shopper-{number}", self._watch_order(order["id"], track))
        if track and self.chance.random() < WISHES:
            self.spawn(f"shopper-{number}", self._change_mind(track, number))
        if track and self._claimants.wants():
            self.spawn(f"shopper-{number}", self._claimants.ask(track, number))
        if number % 4 == 0:
            await prepare(api, clock, order)

    # --- shoppers -----------------------------------------------------------------------------------------------

    async def _watch_order(self, order_id: str, track: str) -> None:
        await asyncio.sleep(self.chance.uniform(1, 120))
        client = LiveClient(f"{SOCKETS}/live", track=track, rng=Random(order_id), connect=self.world.connect)  # noqa: S311
        async with client:
            async for message in client.messages():
                self.judge.shopper_told(order_id, message)
                if self.judge.has_ended(order_id):
                    return

    async def _change_mind(self, track: str, number: int) -> None:
        await asyncio.sleep(self.chance.uniform(5, 600))
        headers = {"Idempotency-Key": f"wish-{number}"}
        wish = self.chance.choice(("instructions", "cancel", "message", "mode"))
        bodies: dict[str, dict[str, Any]] = {
            "instructions": {"note": "Secret note: ring twice", "leave_at_door": True},
            "cancel": {},
            "message": {"to": "courier", "text": "Secret words"},
            "mode": {"mode": self.chance.choice(("self_pickup", "self_pickup", "delivery"))},
        }
        path = "messages" if wish == "message" else wish
        async with self._api("integrator", "nobody") as api:
            with suppress(RequestRefused):
                await api.insist("POST", f"/v1/track/{track}/{path}", bodies[wish], headers)

    # --- desks --------------------------------------------------------------------------------------------------

    async def _watch_zone(self, name: str) -> None:
        client = LiveClient(
            f"{SOCKETS}/live", token=token("dispatcher", name), zone=ZONE, rng=Random(name), connect=self.world.connect,  # noqa: S311
        )  # fmt: skip
        async with client:
            async for message in client.messages():
                if isinstance(message, WatchWelcome):
                    self.judge.desk_joined(name)
                self.judge.desk_told(name, message)

    async def _keep_desk(self, name: str) -> None:
        """A desk that is looked at for some minutes, closed, and opened again; in the end it is open."""
        while self.world.loop.time() < self.desks_stay_s:
            with suppress(TimeoutError):
                async with asyncio.timeout(self.chance.expovariate(1 / OPEN_S)):
                    await self._watch_zone(name)
            self.judge.desk_left(name)
            left_s = max(0.0, self.desks_stay_s - self.world.loop.time())
            await asyncio.sleep(min(left_s, self.chance.expovariate(1 / CLOSED_S)))
        await self._watch_zone(name)

    async def _overrule(self) -> None:
        """A dispatcher who now and then does something to some order under way."""
        async with self._api("dispatcher", "desk-1") as api:
            while True:
                await asyncio.sleep(self.chance.expovariate(1 / ACTS_EVERY_S))
                order_ids = self.judge.open_orders()
                if order_ids:
                    with suppress(RequestRefused):
                        await self._act(api, self.chance.choice(order_ids))

    async def _act(self, api: Api, order_id: str) -> None:
        action = self.chance.choice(ACTS)
        if action == "cancel":
            await api.insist("POST", f"/v1/orders/{order_id}/cancel", {"reason": "simulated"})
            return
        if action == "change-mode":
            mode = self.chance.choice(("self_pickup", "carrier"))
            await api.insist("POST", f"/v1/orders/{order_id}:change-mode", {"mode": mode, "reason": "simulated"})
            return
        body: dict[str, Any] = {"action": action, "order_id": order_id, "reason": "simulated"}
        if action == "assign":
            body |= {"courier_id": self.chance.choice(self.riders).id, "force": True}
        elif action == "lock":
            body["lock"] = self.chance.choice(("courier", "sequence", "position", "full"))
        answer = await api.insist("POST", "/v1/overrides", body, try_again={429, 502, 503, 504})
        if "plan_version" in answer:  # else it is still to be decided
            self.judge.override_acknowledged(str(answer["id"]))
