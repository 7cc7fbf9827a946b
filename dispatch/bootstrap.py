"""The only module that knows every room: it opens the parts that a role needs, plugs them together and runs them.

`parts` hold what outlives a request (stores, roads, clocks); `run` adds the loops of the asked roles and waits for
the end: a signal, or a loop that cannot go on. Everything is closed in the reverse order of its opening.
"""

import asyncio
import logging
import os
import signal
import socket
import uuid
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from starlette.applications import Starlette

from dispatch import __version__
from dispatch import bootstrap_guards as guards
from dispatch import bootstrap_messages as messages
from dispatch import bootstrap_reach as reach
from dispatch.adapters.clocks import wall_ms
from dispatch.adapters.code_sender import code_sender
from dispatch.adapters.embedded import EmbeddedError
from dispatch.adapters.interpreter import end_start
from dispatch.adapters.json_logs import log_as_json
from dispatch.adapters.listening import own_socket, shared_socket
from dispatch.adapters.loop_watch import LoopWatch
from dispatch.adapters.pictures import PictureMaker
from dispatch.application import arrival_learning
from dispatch.application.bus import InboxBus
from dispatch.application.courier_facts import PayPolicy
from dispatch.application.hold_back import HoldBack
from dispatch.application.hub import ZoneHub
from dispatch.application.ingest import Ingest, IngestPolicy
from dispatch.application.isochrones import IsochroneDesk
from dispatch.application.learnt import Learnt
from dispatch.application.offer_policy import MOST_RECALLED, RECALLED_MS, OfferSettings
from dispatch.application.on_duty import while_serving
from dispatch.application.orders import IntakePolicy
from dispatch.application.pace_learning import Paces
from dispatch.application.place_learning import PlaceLearning
from dispatch.application.ports import CommandBus, StoreUnavailable
from dispatch.application.probe_learning import ProbeLearning
from dispatch.application.proposals import Planner
from dispatch.application.pulse import Pulse
from dispatch.application.relay import Relay
from dispatch.application.replica import ZoneReplica
from dispatch.application.sign_in import SignIn
from dispatch.application.staff_guard import StaffGuard
from dispatch.application.staff_sessions import StaffSessions
from dispatch.application.staff_users import Staff, StaffUsers
from dispatch.application.tracking import TrackingPolicy
from dispatch.application.traffic_desk import TrafficDesk
from dispatch.application.traffic_watch import TrafficWatch
from dispatch.application.uploads import Uploads
from dispatch.application.zone_writer import TICK_S, WriterSettings, ZoneWriter
from dispatch.bootstrap_parts import Improver, Parts, open_parts
from dispatch.domain.errors import InvalidInput
from dispatch.domain.offer import OfferMode
from dispatch.planning.warm import warm
from dispatch.roads.address_book import AddressBook
from dispatch.roads.city import City
from dispatch.roads.library import basemap_path, ensure_city
from dispatch.roads.live import LiveTravelTimes
from dispatch.roads.travel_times import open_travel_times
from dispatch.settings import Settings
from dispatch.web.app import create_app
from dispatch.web.services import CityInfo, Services
from dispatch.web.serving import QuietServer, figures_server, web_server

log = logging.getLogger(__name__)

STATIC = Path(__file__).parent / "web" / "static"


@dataclass(frozen=True, slots=True)
class Roads:
    """The city and how long it takes to ride through it."""

    city: City
    travel_times: LiveTravelTimes


@dataclass(frozen=True, slots=True)
class Watches:
    """What a gateway keeps an eye on beside its zone."""

    traffic: TrafficWatch
    staff: StaffGuard


def run(settings: Settings, roles: frozenset[str], on_serving: Callable[[], None] = lambda: None) -> int:
    """Run until a signal. Returns the exit status; raises `DomainError` with a sentence when it cannot start.

    The settings have passed `start_checks.check`. `on_serving` is called when the gateway listens.
    """
    log_as_json(settings.log_level)
    try:
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            return runner.run(_run(settings, roles, on_serving))
    except EmbeddedError as error:
        raise InvalidInput("embedded_valkey", str(error)) from None
    except StoreUnavailable as error:
        raise InvalidInput("store_unavailable", f"{error} Start it, or check DATABASE_URL and REDIS_URL.") from None


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop]:
    try:
        import uvloop  # noqa: PLC0415 - not everywhere
    except ImportError:
        return asyncio.new_event_loop
    return uvloop.new_event_loop


async def _run(settings: Settings, roles: frozenset[str], on_serving: Callable[[], None]) -> int:
    stopped = _stop_signal()
    roads = await asyncio.to_thread(_open_roads, settings) if roles & {"planner", "serve"} else None
    async with open_parts(settings) as parts, AsyncExitStack() as stack:
        app = await plug(parts, roads, roles, stack)
        servers = _web(settings, app) if app else []
        end_start()
        loops = [asyncio.create_task(loop(), name=name) for name, loop in parts.loops.items()]
        stack.push_async_callback(_end, loops)
        waiting = [asyncio.create_task(stopped.wait(), name="signal"), *loops]
        for server in servers[:1]:
            server.on_serving = on_serving
        serving = [asyncio.create_task(server.serve(), name="web") for server in servers]
        ended, _ = await asyncio.wait([*waiting, *serving], return_when=asyncio.FIRST_COMPLETED)
        for server in servers:
            server.should_exit = True
        if serving:
            await asyncio.wait(serving)
        return _verdict(ended - {waiting[0]})


def _stop_signal() -> asyncio.Event:
    """Set by Ctrl-C and by SIGTERM."""
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    return stopped


async def plug(parts: Parts, roads: Roads | None, roles: frozenset[str], stack: AsyncExitStack) -> Starlette | None:
    """The loops of the roles, into `parts.loops`; returns the web application when this process is to serve.

    Only a relay can do without roads. What has to be closed at the end goes onto the stack.
    """
    settings = parts.settings
    await parts.store.ensure_zone(settings.zone)
    wake_relay: Callable[[], None] = lambda: None  # noqa: E731
    if "relay" in roles:
        relay = Relay(parts.store, parts.stream, settings.zone, poll_s=settings.poll_s)
        parts.loops["relay"], wake_relay = relay.run, relay.wake
    writer = _writer(parts, wake_relay, alone="serve" in roles) if "planner" in roles else None
    if writer:
        parts.loops["writer"] = writer.run
        stack.push_async_callback(writer.stop)
    if roads is None:
        return None
    replica = await ZoneReplica.open(settings.zone, parts.store, parts.feed, parts.clock)
    parts.loops["replica"] = replica.run
    probes = _probes(parts, roads, replica)
    watch = TrafficWatch(
        replica=replica,
        streets=roads.travel_times,
        clock=parts.clock,
        ticker=parts.ticker,
        speeds=parts.speeds,
        history=probes.history if writer else lambda: None,
    )
    parts.loops["traffic"] = watch.run
    if writer:
        parts.loops["probes"] = lambda: while_serving(writer.on_duty, probes.run)
        parts.counters.append(lambda: probes.counters)
        paces = Paces(replica.state)
        learning = _learn(parts, replica, writer, paces)
        learnt = Learnt(replica.state, lambda: learning.service_times, paces)
        await _plan(parts, roads, replica, writer, watch=watch, learnt=learnt)
        push = reach.notices(parts, replica, stack)
        parts.loops["push"] = lambda: while_serving(writer.on_duty, push.run)
        if sending := messages.sending(parts, replica, _holder(settings)):
            parts.loops["messages"] = lambda: while_serving(writer.on_duty, sending.run)
    bus = writer or InboxBus(parts.store, parts.ticker)
    if "serve" not in roles:
        return None
    guard = StaffGuard(parts.staff, parts.ticker)
    await guard.look()  # before the first token is taken
    parts.loops["staff guard"] = guard.run
    return _gateway(parts, roads, replica, bus, Watches(watch, guard))


def _open_roads(settings: Settings) -> Roads:
    log.info("preparing the city %s", settings.city)
    city = ensure_city(settings.data_dir, settings.city)
    return Roads(city, open_travel_times(city))


def _writer(parts: Parts, wake_relay: Callable[[], None], *, alone: bool) -> ZoneWriter:
    settings = parts.settings
    # Nobody else can write into an embedded inbox.
    poll_s = 5 * settings.poll_s if alone and settings.sqlite else settings.poll_s
    return ZoneWriter(
        store=parts.store,
        clock=parts.clock,
        ticker=parts.ticker,
        zone_id=settings.zone,
        holder=_holder(settings),
        settings=WriterSettings(lease_s=settings.lease_s, inbox_poll_s=poll_s, tick_s=max(TICK_S, poll_s)),
        on_commit=wake_relay,
    )


def _holder(settings: Settings) -> str:
    """Who claims the zone. Beside the embedded database nobody else can be: a restart need not wait for the lease."""
    return "embedded" if settings.sqlite else f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"


async def _plan(
    parts: Parts, roads: Roads, replica: ZoneReplica, writer: ZoneWriter, *, watch: TrafficWatch, learnt: Learnt
) -> None:
    """The planner and its solver processes; it works only while its writer owns the zone."""
    solver = parts.make_solver()
    planner = Planner(
        replica=replica,
        bus=writer,
        positions=parts.positions,
        travel_times=roads.travel_times,
        solver=solver,
        clock=parts.clock,
        ticker=parts.ticker,
        watch=watch,
        learnt=learnt,
        settings=replace(
            parts.planning,
            offer_mode=parts.settings.offer_mode,
            offers=_offers(parts.settings),
            waiting_advice=parts.settings.waiting_advice == "on",
        ),
    )
    since_ms = parts.clock.now_ms() - RECALLED_MS
    delivered_since_ms = parts.clock.now_ms() - arrival_learning.RECALLED_MS
    planner.recall(
        await parts.store.answered_offers(replica.zone_id, since_ms, MOST_RECALLED),
        await parts.store.delivered_since(replica.zone_id, delivered_since_ms, arrival_learning.MOST_RECALLED),
    )
    parts.loops["planner"] = lambda: _plan_for_ever(planner, solver, writer, parts)
    parts.counters.append(lambda: {f"plans_{outcome}": times for outcome, times in planner.outcomes.items()})
    parts.counters.append(lambda: planner.figures)
    parts.counters.append(lambda: {f"solver_{answer}": times for answer, times in solver.outcomes.items()})


async def _plan_for_ever(planner: Planner, solver: Improver, writer: ZoneWriter, parts: Parts) -> None:
    """Plan with the kernel loaded before the first order comes; the solver's processes join when they are up."""
    async with asyncio.TaskGroup() as together:
        together.create_task(_keep_open(solver))
        await asyncio.to_thread(warm)
        await while_serving(writer.on_duty, planner.run)


def _probes(parts: Parts, roads: Roads, replica: ZoneReplica) -> ProbeLearning:
    """The zone's couriers as probes of its streets."""
    return ProbeLearning(
        state=replica.state,
        positions=parts.positions,
        network=roads.city.network,
        speeds=parts.speeds,
        learning=parts.learning,
        clock=parts.clock,
        ticker=parts.ticker,
    )


def _learn(parts: Parts, replica: ZoneReplica, writer: ZoneWriter, paces: Paces) -> PlaceLearning:
    """What couriers did teaches where doors are and how long stops take; beside the writer that owns the zone."""
    learning = PlaceLearning(
        replica=replica,
        events=parts.store,
        tracks=parts.tracks,
        learning=parts.learning,
        bus=writer,
        clock=parts.clock,
        ticker=parts.ticker,
        paces=paces,
    )
    parts.loops["learning"] = lambda: while_serving(writer.on_duty, learning.run)
    parts.counters.append(lambda: learning.counters)
    return learning


async def _keep_open(solver: Improver) -> None:
    async with solver:
        await asyncio.Event().wait()


def _offers(settings: Settings) -> OfferSettings:
    return OfferSettings(
        modes={depot_id: OfferMode(mode) for depot_id, mode in settings.offer_mode_by_depot.items()},
        batch=settings.offer_batch,
        freelancer_price_s=settings.freelancer_price_s,
        freelancer_after_s=settings.freelancer_after_s,
        bundle_wait_s=settings.bundle_wait_s,
    )


def _hub(parts: Parts, roads: Roads, replica: ZoneReplica, pulse: Pulse) -> ZoneHub:
    """What everybody who is connected here is told."""
    settings = parts.settings
    return ZoneHub(
        replica=replica,
        store=parts.store,
        positions=parts.positions,
        tracks=parts.tracks,
        copy=parts.copy,
        news=parts.news,
        travel_times=roads.travel_times,
        clock=parts.clock,
        ticker=parts.ticker,
        pay=PayPolicy(settings.pay_base_minor, settings.pay_per_km_minor, settings.pay_currency),
        tracking=TrackingPolicy(roads.city.box, shows_mock=settings.mock_places == "show"),
        pulse=pulse,
        max_dots=settings.live_max_dots,
        masks_numbers=settings.call_gateway != "none",
    )


def _gateway(parts: Parts, roads: Roads, replica: ZoneReplica, bus: CommandBus, watches: Watches) -> Starlette:
    """The web application, its hub's loops beside those of the other roles."""
    settings, city = parts.settings, roads.city
    pulse = Pulse(parts.ticker, settings.pulse())
    hub = _hub(parts, roads, replica, pulse)
    watches.traffic.listen(lambda changed: hub.redraw())
    watch = LoopWatch()
    parts.loops |= {"hub": hub.run, "pulse": pulse.run, "loop watch": watch.run}
    parts.counters += [lambda: watch.counters, lambda: parts.positions.counters]
    if settings.worker is not None:
        parts.counters.append(lambda: {"worker_restarts": settings.worker_restarts})
    sign_in, uploads, ingest = _doors(parts)
    services = Services(
        secret=settings.signing_secret(),
        city=_city_info(settings, city),
        static_dir=STATIC,
        store=parts.store,
        bus=bus,
        positions=parts.positions,
        travel_times=roads.travel_times,
        clock=parts.clock,
        ticker=parts.ticker,
        hubs={settings.zone: hub},
        intake=IntakePolicy(city.box, max_open_orders=settings.max_open_orders),
        hold_back=HoldBack(settings.hold_back_slack_s) if settings.hold_back == "ready" else None,
        traffic=TrafficDesk(roads.travel_times, parts.speeds),
        isochrones=IsochroneDesk(roads.travel_times),
        sign_in=sign_in,
        **reach.doors(parts),
        uploads=uploads,
        ingest=ingest,
        staff=_staff(parts, watches.staff),
        **guards.guards(parts, uploads),
        addresses=AddressBook(city.addresses, city.network.names),
        limits=settings.session_limits(),
        origins=settings.origins,
        pulse=pulse,
        token_life_s=settings.token_hours * 3600,
        public_url=settings.public_url,
        version=__version__,
        worker=settings.worker,
        counters=tuple(parts.counters),
        not_ready=_not_ready(bus),
        degraded=parts.positions.degraded,
    )
    return create_app(services, settings.load_limits())


def _city_info(settings: Settings, city: City) -> CityInfo:
    basemap = basemap_path(settings.data_dir, city.id)
    return CityInfo(city.id, city.name, city.box, city.attribution, basemap if basemap.exists() else None)


def _web(settings: Settings, app: Starlette) -> list[QuietServer]:
    """The web server, and the one for figures alone if there is to be one."""
    tls = {"ssl_certfile": settings.tls_cert, "ssl_keyfile": settings.tls_key}
    door = None if settings.worker is None else shared_socket(settings.host, settings.port)
    servers: list[QuietServer] = [web_server(app, settings.host, settings.port, door, **tls)]
    if port := settings.metrics_port_of(settings.worker):
        servers.append(figures_server(app, own_socket(settings.host, port, "--metrics-port")))
    return servers


def _doors(parts: Parts) -> tuple[SignIn, Uploads, Ingest]:
    """What the HTTP doors of the courier channel need: signing in, proof pictures, GPS apps."""
    settings = parts.settings
    sender = code_sender(settings.sender_of_codes())
    sign_in = SignIn(secret=settings.signing_secret(), tickets=parts.tickets, sender=sender)
    uploads = Uploads(parts.proofs, PictureMaker())
    ingest = Ingest(
        devices=parts.devices,
        store=parts.store,
        clock=parts.clock,
        ticker=parts.ticker,
        wall_ms=wall_ms,
        policy=IngestPolicy(settings.device_fixes_per_s, settings.device_fixes_burst),
    )
    parts.counters += [lambda: sign_in.counters, lambda: uploads.counters, lambda: ingest.counters]
    return sign_in, uploads, ingest


def _staff(parts: Parts, guard: StaffGuard) -> Staff:
    """Users of the desk, and their ways in."""
    sessions = StaffSessions(
        secret=parts.settings.signing_secret(),
        store=parts.staff,
        hasher=parts.hasher,
        tickets=parts.tickets,
        guard=guard,
    )
    parts.counters += [lambda: sessions.counters, lambda: guard.counters]
    return Staff(StaffUsers(parts.staff, parts.hasher, guard), sessions, guard)


def _not_ready(bus: CommandBus) -> Callable[[], list[str]]:
    """Why this process should get no traffic yet; a gateway alone cannot see its writer."""
    return lambda: ["the zone has no writer yet"] if isinstance(bus, ZoneWriter) and not bus.serving else []


def _verdict(ended: set[asyncio.Task[Any]]) -> int:
    """A loop never ends by itself: when one does, say so, and let whoever supervises this process start it again."""
    for loop in ended:
        log.error("the %s stopped by itself", loop.get_name(), exc_info=loop.exception())
    return 1 if ended else 0


async def _end(loops: list[asyncio.Task[Any]]) -> None:
    for loop in loops:
        loop.cancel()
    await asyncio.gather(*loops, return_exceptions=True)
