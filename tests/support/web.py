"""A whole server for tests: real app, zone writer, replica and hub on stores in memory; real sockets on loopback."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import numpy.typing as npt
from starlette.applications import Starlette

from courier_protocol.client import CourierClient, LiveClient
from dispatch.adapters.clocks import SystemTicker, wall_ms
from dispatch.adapters.memory import MemoryEventFeed, MemoryPositionStore, MemoryZoneStore, NoCopies
from dispatch.adapters.memory_channel import CodesInMemory, MemoryDeviceStore, MemoryProofStore, MemoryTickets
from dispatch.adapters.memory_keys import MemoryApiKeyStore
from dispatch.adapters.memory_messages import MemoryDirectoryStore, MemoryMessageStore
from dispatch.adapters.memory_push import MemoryPushStore
from dispatch.adapters.memory_shoppers import MemoryShopperStore
from dispatch.adapters.memory_staff import MemoryStaffStore, QuickHasher
from dispatch.adapters.memory_tracks import MemoryTrackStore
from dispatch.adapters.pdf_papers import PdfPapers
from dispatch.adapters.pictures import PictureMaker
from dispatch.application.api_keys import ApiKeys
from dispatch.application.call_rates import CallRates
from dispatch.application.erasure import Erasure
from dispatch.application.hub import ZoneHub
from dispatch.application.ingest import Ingest
from dispatch.application.link_limits import LinkLimits
from dispatch.application.messaging.contacts import Contacts, MessageDesk
from dispatch.application.messaging.webhooks import Webhooks
from dispatch.application.orders import IntakePolicy
from dispatch.application.ports import PositionStore, Reply, Request, Ticker
from dispatch.application.pulse import Pulse, PulsePolicy
from dispatch.application.push_desk import PushDesk
from dispatch.application.replica import ZoneReplica
from dispatch.application.shoppers import ERASURE_POLICY
from dispatch.application.sign_in import LOOKUP_POLICY, SignIn
from dispatch.application.socket_tickets import SocketTickets
from dispatch.application.staff_guard import StaffGuard
from dispatch.application.staff_sessions import StaffSessions
from dispatch.application.staff_users import Staff, StaffUsers
from dispatch.application.tracking import TrackingPolicy
from dispatch.application.uploads import Uploads
from dispatch.application.zone_writer import ZoneWriter
from dispatch.domain import commands as c
from dispatch.domain.errors import InvalidInput
from dispatch.domain.geo import Box, Point, distance_m
from dispatch.domain.route import PlannedRoute, PlannedStop, StopKind
from dispatch.domain.vehicle import Profile
from dispatch.roads.address_book import AddressBook
from dispatch.roads.city import Address
from dispatch.web.app import create_app
from dispatch.web.auth import issue_token
from dispatch.web.services import CityInfo, Services
from dispatch.web.serving import web_server
from tests.support.clocks import HandClock
from tests.support.zones import MINUTE_MS, NOON_MS

ZONE = "default"
SECRET = b"a secret for tests only, long enough for HS256"
VAPID_KEY = "the public key of a server"
CITY_BOX = Box(60.10, 24.80, 60.25, 25.10)
DEPOT = Point(60.165, 24.935)
HOME = Point(60.17, 24.94)
ISLAND = Point(60.11, 25.09)
"""In the city's box, but on no road."""
MAPLE = "Maple Street"
ADDRESSES = tuple(Address(f"{n} {MAPLE}", MAPLE, str(n), Point(60.17, 24.94 + n / 10_000)) for n in range(1, 31))


@dataclass(frozen=True)
class Line:
    """A straight way."""

    duration_s: float
    distance_m: float
    line: Sequence[Point]


class Beeline:
    """`TravelTimes` as the crow flies at 5 m/s; the island has no road."""

    version = 0

    def at(self, at_ms: int) -> "Beeline":
        del at_ms
        return self

    def pace(self, profile: Profile) -> tuple[tuple[int, float], ...]:
        del profile
        return ()

    def matrix_s(self, profile: Profile, sources: Sequence[Point], targets: Sequence[Point]) -> npt.NDArray[np.float32]:
        del profile
        if any(distance_m(place, ISLAND) < 1_000 for place in (*sources, *targets)):
            raise InvalidInput("off_network", "There is no street.")
        return np.array([[distance_m(a, b) / 5 for b in targets] for a in sources], dtype=np.float32)

    def route(self, profile: Profile, a: Point, b: Point) -> Line:
        del profile
        metres = distance_m(a, b)
        return Line(metres / 5, metres, (a, Point((a.lat + b.lat) / 2, (a.lon + b.lon) / 2), b))


@dataclass
class Bus:
    """The writer's bus, which can be made slow or deaf."""

    writer: ZoneWriter
    fails: Exception | None = None
    deaf: bool = False
    asked: list[Request] = field(default_factory=list)

    async def ask(self, zone_id: str, request: Request, timeout_s: float = 2.0) -> Reply | None:
        self.asked.append(request)
        if self.fails:
            raise self.fails
        return None if self.deaf else await self.writer.ask(zone_id, request, timeout_s)


@dataclass
class House:
    """The parts of a running server, and short ways to use them."""

    services: Services
    app: Starlette
    store: MemoryZoneStore
    hub: ZoneHub
    bus: Bus
    clock: HandClock
    http: httpx.AsyncClient
    codes: CodesInMemory = field(default_factory=CodesInMemory)

    def token(
        self, role: str, subject: str = "someone", *, hours: float = 1.0, zones: tuple[str, ...] = (), **limits: Any
    ) -> str:
        return issue_token(SECRET, role, subject, zones, int(time.time() + hours * 3600), **limits)

    def headers(self, role: str = "admin", subject: str = "someone") -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token(role, subject)}"}

    async def do(self, command: c.Command, request_id: str = "") -> Reply:
        request = Request(request_id or f"test-{len(self.bus.asked)}-{self.hub.here.seq}", "system:test", command)
        reply = await self.bus.writer.ask(ZONE, request)
        assert reply is not None
        await eventually(lambda: self.hub.replica.head == self.store_head)
        return reply

    @property
    def store_head(self) -> int:
        return len(self.store._zone(ZONE).outbox)

    async def depot(self, depot_id: str = "d1", place: Point = DEPOT) -> None:
        body = {"name": f"Depot {depot_id}", "lat": place.lat, "lon": place.lon, "address": "Market 1"}
        answer = await self.http.put(f"/v1/depots/{depot_id}", json=body, headers=self.headers())
        assert answer.status_code == 200, answer.text

    async def courier(self, courier_id: str = "c1", name: str = "Ada Byron") -> None:
        body = {"name": name, "profile": "ebike"}
        answer = await self.http.put(f"/v1/couriers/{courier_id}", json=body, headers=self.headers())
        assert answer.status_code == 200, answer.text

    async def order(self, key: str = "", place: Point = HOME, **more: Any) -> dict[str, Any]:
        body = order_body(place, **more)
        headers = self.headers() | ({"Idempotency-Key": key} if key else {})
        answer = await self.http.post("/v1/orders", json=body, headers=headers)
        assert answer.status_code == 201, answer.text
        await eventually(lambda: self.hub.replica.head == self.store_head)
        placed: dict[str, Any] = answer.json()
        return placed

    async def plan(self, courier_id: str, *order_ids: str, ttl_ms: int = 0) -> None:
        """Give orders to a courier: picked up together, dropped off one after the other."""
        now_ms = self.clock.now_ms()
        stops = [PlannedStop(StopKind.PICKUP, order_ids, now_ms + 5 * MINUTE_MS, now_ms + 6 * MINUTE_MS)]
        for n, order_id in enumerate(order_ids):
            at_ms = now_ms + (10 + 5 * n) * MINUTE_MS
            stops.append(PlannedStop(StopKind.DROPOFF, (order_id,), at_ms, at_ms + MINUTE_MS))
        base = self.hub.replica.state.plan_version
        plan = c.AdoptPlan(base, (PlannedRoute(courier_id, tuple(stops)),), ttl_ms, ("test",), "test")
        reply = await self.do(plan)
        assert reply.ok, reply

    async def progress(self, courier_id: str, action: c.StopAction) -> None:
        """The courier does something at the next stop."""
        stop = self.hub.replica.state.route(courier_id).stops[0]
        reply = await self.do(c.ReportProgress(courier_id, stop.id, action, self.clock.now_ms()))
        assert reply.ok, reply


def order_body(place: Point = HOME, **more: Any) -> dict[str, Any]:
    """A body of `POST /v1/orders`."""
    return {"dropoff": {"lat": place.lat, "lon": place.lon, "address": "Street 1", "name": "Grace"}, **more}


async def eventually(holds: Callable[[], Any], within_s: float = 5.0) -> None:
    """Wait for something that other tasks are about to do."""
    loop = asyncio.get_running_loop()
    give_up_s = loop.time() + within_s
    while not holds():
        assert loop.time() < give_up_s, "it did not happen in time"
        await asyncio.sleep(0.002)


@asynccontextmanager
async def house(
    static_dir: Path | None = None,
    basemap: Path | None = None,
    ticker: Ticker | None = None,
    positions: PositionStore | None = None,
) -> AsyncIterator[House]:
    """A running server without sockets; `http` calls it in process."""
    ticker, clock = ticker or SystemTicker(), HandClock(NOON_MS)
    store, positions, roads = MemoryZoneStore(ticker), positions or MemoryPositionStore(), Beeline()
    await store.ensure_zone(ZONE)
    writer = ZoneWriter(store=store, clock=clock, ticker=ticker, zone_id=ZONE, holder="test")
    replica = await ZoneReplica.open(ZONE, store, MemoryEventFeed(store), clock)
    pulse = Pulse(ticker, PulsePolicy())
    hub = _hub(replica, store, positions, roads, clock, ticker, pulse)
    staff = staff_in_memory(ticker)
    devices = MemoryDeviceStore()
    uploads = Uploads(MemoryProofStore(), PictureMaker())
    bus, codes, tickets = Bus(writer), CodesInMemory(), MemoryTickets(ticker)
    messages, directory = MemoryMessageStore(ticker), MemoryDirectoryStore()
    services = Services(
        secret=SECRET,
        city=CityInfo("testville", "Testville", CITY_BOX, "© nobody", basemap),
        static_dir=static_dir or Path("/nonexistent"),
        store=store,
        bus=bus,
        positions=positions,
        travel_times=roads,
        clock=clock,
        ticker=ticker,
        hubs={ZONE: hub},
        intake=IntakePolicy(CITY_BOX),
        pulse=pulse,
        sign_in=SignIn(secret=SECRET, tickets=tickets, sender=codes),
        lookup=SignIn(secret=SECRET, tickets=tickets, sender=codes, policy=LOOKUP_POLICY, purpose="lookup"),
        erasure_codes=SignIn(secret=SECRET, tickets=tickets, sender=codes, policy=ERASURE_POLICY, purpose="erasure"),
        shoppers=MemoryShopperStore(store),
        push=PushDesk(MemoryPushStore(store), VAPID_KEY),
        messaging=MessageDesk(Webhooks(directory, messages, clock, wall_ms), Contacts(directory), messages),
        uploads=uploads,
        erasure=Erasure(store, store, NoCopies(), uploads, devices),
        socket_tickets=SocketTickets(tickets),
        api_keys=ApiKeys(MemoryApiKeyStore(wall_ms), ticker),
        ingest=Ingest(devices=devices, store=store, clock=clock, ticker=ticker, wall_ms=clock.now_ms),
        staff=staff,
        link_limits=LinkLimits(MemoryTickets(ticker)),
        call_rates=CallRates(ticker),
        papers=PdfPapers(),
        addresses=AddressBook(ADDRESSES),
        version="test",
        not_ready=lambda: [] if writer.serving else ["the zone has no writer yet"],
    )
    app = create_app(services)
    loops = [asyncio.create_task(loop()) for loop in (writer.run, replica.run, hub.run, pulse.run, staff.guard.run)]
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
        await eventually(lambda: writer.serving)
        try:
            yield House(services, app, store, hub, bus, clock, http, codes)
        finally:
            await _end(loops)


def _hub(replica: ZoneReplica, store: MemoryZoneStore, positions: PositionStore, *parts: Any) -> ZoneHub:
    """The hub of the house's one zone; `parts`: roads, both clocks, the pulse."""
    roads, clock, ticker, pulse = parts
    return ZoneHub(
        replica=replica,
        store=store,
        positions=positions,
        tracks=MemoryTrackStore(),
        travel_times=roads,
        clock=clock,
        ticker=ticker,
        tracking=TrackingPolicy(CITY_BOX),
        pulse=pulse,
    )


def staff_in_memory(ticker: Ticker, wall_ms: Callable[[], int] = wall_ms) -> Staff:
    """Users of the desk; there are none yet."""
    store, hasher = MemoryStaffStore(wall_ms), QuickHasher()
    guard = StaffGuard(store, ticker)
    sessions = StaffSessions(secret=SECRET, store=store, hasher=hasher, tickets=MemoryTickets(ticker), guard=guard)
    return Staff(StaffUsers(store, hasher, guard), sessions, guard)


async def _end(loops: Sequence[asyncio.Task[Any]]) -> None:
    for loop in loops:
        loop.cancel()
    await asyncio.gather(*loops, return_exceptions=True)


@asynccontextmanager
async def listening(running: House) -> AsyncIterator[str]:
    """The house behind real sockets; gives `127.0.0.1:port`."""
    server = web_server(running.app, "127.0.0.1", 0, lifespan="off")
    serving = asyncio.create_task(server.serve())
    try:
        await eventually(lambda: server.started)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await serving


def courier_client(running: House, address: str, courier_id: str = "c1", **more: Any) -> CourierClient:
    """A courier's phone."""
    token = more.pop("token", None) or running.token("courier", courier_id)
    return CourierClient(f"ws://{address}/v1/courier", token, "phone-1", **more)


def staff_client(running: House, address: str, **more: Any) -> LiveClient:
    """A member of staff who watches the zone."""
    return LiveClient(f"ws://{address}/v1/live", token=running.token("dispatcher"), zone=ZONE, **more)


async def until(messages: AsyncIterator[Any], fits: Callable[[Any], Any], within_s: float = 5.0) -> Any:
    """The next message that fits."""

    async def look() -> Any:
        async for message in messages:
            if fits(message):
                return message
        raise AssertionError("the stream ended")

    return await asyncio.wait_for(look(), within_s)
