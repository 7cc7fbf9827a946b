"""Traffic reaches the plan: real streets, the real planner, virtual time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import numpy as np

from dispatch.adapters.speed_stores import MemorySpeedStore
from dispatch.application.cut_offs import doors_to_check, verdicts
from dispatch.application.measured_speeds import FEED
from dispatch.application.proposals_scene import PlannerSettings
from dispatch.domain import commands as c
from dispatch.domain import events as e
from dispatch.domain.depot import Depot
from dispatch.domain.geo import Point
from dispatch.domain.incident import Incident, IncidentKind, ShapeKind
from dispatch.domain.order import Dropoff, Order, OrderStatus
from dispatch.domain.vehicle import Profile
from dispatch.roads.conditions import LiveSpeeds
from dispatch.roads.generate import generate_city
from dispatch.roads.live import LiveTravelTimes
from dispatch.roads.travel_times import open_travel_times
from simulator.virtual_time import run_virtual
from tests.support.planned_zone import ZONE, PlannedZone, planned_zone, until
from tests.support.zones import NOON_MS, order

TOWN = generate_city(2_000, seed=3)
DEPOT, DOOR = TOWN.addresses[10].place, TOWN.addresses[-10].place
ASSIGN = PlannerSettings(offer_mode="assign")


def door_segment(streets: LiveTravelTimes, place: Point = DOOR) -> int:
    return streets.snap(Profile.EBIKE, place).segment


def everywhere() -> tuple[Point, ...]:
    """The corners of the whole town."""
    box = TOWN.box
    return (
        Point(box.south, box.west), Point(box.south, box.east), Point(box.north, box.east), Point(box.north, box.west)
    )  # fmt: skip


RAIN = Incident("rain", IncidentKind.WEATHER, ShapeKind.POLYGON, everywhere(), NOON_MS, "heavy rain", factor=2.0)


def closed(*segments: int, incident_id: str = "works") -> Incident:
    edges = tuple(edge for segment in segments for edge in (2 * segment, 2 * segment + 1))
    return Incident(incident_id, IncidentKind.CLOSURE, ShapeKind.EDGES, (), NOON_MS, "road works", edges)


def wanted(order_id: str, door: Point = DOOR) -> Order:
    return replace(order(order_id), dropoff=Dropoff(door, "Street 1"), promise_at_ms=NOON_MS + 3_600_000)


@asynccontextmanager
async def town_zone(
    speeds: MemorySpeedStore | None = None, profile: Profile = Profile.EBIKE
) -> AsyncIterator[PlannedZone]:
    """Depot d1 and courier c1, on an e-bike unless said, at the depot, on the streets of the town."""
    async with planned_zone(ASSIGN, travel_times=open_travel_times(TOWN), speeds=speeds) as running:
        await running.ask(c.RegisterDepot(Depot("d1", "Depot", DEPOT, "Market 1")))
        await running.on_duty("c1", DEPOT, profile)
        yield running


async def assigned(running: PlannedZone, order_id: str = "o1") -> Order:
    await running.ask(c.CreateOrder(wanted(order_id)))
    await until(lambda: running.replica.state.orders[order_id].status is OrderStatus.ASSIGNED)
    return running.replica.state.orders[order_id]


def test_rain_makes_everything_later_at_once_and_says_so() -> None:
    """A factor of two over the town: the shown time moves within 2 s, with the cause; when it ends it comes back."""

    async def story() -> None:
        async with town_zone() as running:
            before = await assigned(running)
            causes: list[str] = []
            running.replica.listen(
                lambda r: causes.append(r.event.cause) if isinstance(r.event, e.RouteRetimed) else None
            )
            route = running.replica.state.route("c1")
            await running.ask(c.ReportIncident(RAIN))
            await until(lambda: bool(causes), 2.0)
            assert causes == ["weather"]
            wet = running.replica.state.route("c1").stops[-1].arrive_at_ms
            assert wet > route.stops[-1].arrive_at_ms + 20_000
            await running.ask(c.EndIncident("rain"))
            await until(lambda: len(causes) > 1, 2.0)
            dry = running.replica.state.route("c1").stops[-1].arrive_at_ms
            assert abs(dry - route.stops[-1].arrive_at_ms) < 30_000 and before.eta_at_ms

    run_virtual(story())


def test_a_door_behind_a_closure_waits_with_the_reason_and_heals() -> None:
    """The street of the door is closed: the assigned order is held, a new one too; both go when it is open again."""

    async def story() -> None:
        async with town_zone() as running:
            await assigned(running)
            segment = door_segment(running.travel_times)
            await running.ask(c.ReportIncident(closed(segment)))
            orders = running.replica.state.orders
            await until(lambda: orders["o1"].status is OrderStatus.HELD, 3.0)
            assert (orders["o1"].reason, orders["o1"].cut_off) == ("address", "road works")
            await running.ask(c.CreateOrder(wanted("o2")))
            await until(lambda: orders["o2"].status is OrderStatus.HELD, 5.0)
            await running.ask(c.EndIncident("works"))
            await until(lambda: all(o.status is OrderStatus.ASSIGNED for o in orders.values()), 5.0)
            assert {o.cut_off for o in orders.values()} == {""}

    run_virtual(story())


def test_a_courier_under_way_is_warned_and_the_way_avoids_it() -> None:
    """The middle of the way is closed: the courier is told why, and the new way does not use it."""

    async def story() -> None:
        async with town_zone() as running:
            await assigned(running)
            streets = running.travel_times
            way = streets.route(Profile.EBIKE, DEPOT, DOOR)
            segment = int(way.edges[len(way.edges) // 2]) // 2
            told: list[e.CourierNoticed] = []
            running.replica.listen(lambda r: told.append(r.event) if isinstance(r.event, e.CourierNoticed) else None)
            await running.ask(c.ReportIncident(closed(segment)))
            await until(lambda: bool(told), 3.0)
            assert (told[0].courier_id, told[0].code, told[0].place) == ("c1", "street_closed", "road works")
            assert segment not in streets.route(Profile.EBIKE, DEPOT, DOOR).edges // 2

    run_virtual(story())


def test_measured_speeds_are_taken_up_within_half_a_minute() -> None:
    """A feed says that cars take three times as long; nobody reports an incident."""

    async def story() -> None:
        speeds = MemorySpeedStore()
        async with town_zone(speeds, Profile.CAR) as running:
            await assigned(running)
            before = running.replica.state.route("c1").stops[-1].arrive_at_ms
            edges = np.arange(2 * TOWN.network.segment_count, dtype=np.int32)
            ones = np.ones(len(edges), dtype=np.float32)
            await speeds.put(ZONE, FEED, LiveSpeeds(edges, 3 * ones, ones, running.clock.now_ms()))
            took_s = await until(
                lambda: running.replica.state.route("c1").stops[-1].arrive_at_ms > before + 40_000, 60.0
            )
            assert took_s <= 30.0

    run_virtual(story())


def test_what_begins_later_does_so_by_the_clock() -> None:
    """A closure from in five minutes on: nothing now, then it is there without anybody saying so again."""

    async def story() -> None:
        async with town_zone() as running:
            segment = door_segment(running.travel_times)
            await running.ask(c.ReportIncident(replace(closed(segment), from_ms=NOON_MS + 300_000)))
            await asyncio.sleep(60)
            assert np.isfinite(running.travel_times.matrix_s(Profile.EBIKE, [DEPOT], [DOOR])[0, 0])
            await asyncio.sleep(260)
            assert not np.isfinite(running.travel_times.matrix_s(Profile.EBIKE, [DEPOT], [DOOR])[0, 0])

    run_virtual(story())


def test_an_incident_that_means_no_street_harms_nothing() -> None:
    """One of another city, or of an older map: the others count."""

    async def story() -> None:
        async with town_zone() as running:
            lost = replace(closed(1), id="lost", edges=(10**8,))
            await running.ask(c.ReportIncident(lost))
            await running.ask(c.ReportIncident(closed(door_segment(running.travel_times))))
            await asyncio.sleep(3)
            assert not np.isfinite(running.travel_times.matrix_s(Profile.EBIKE, [DEPOT], [DOOR])[0, 0])
            assert set(running.replica.state.incidents) == {"lost", "works"}

    run_virtual(story())


def test_without_couriers_nobody_can_say_that_a_door_is_cut_off() -> None:
    """No vehicle, no verdict."""

    async def story() -> None:
        async with planned_zone(ASSIGN, travel_times=open_travel_times(TOWN)) as running:
            await running.ask(c.RegisterDepot(Depot("d1", "Depot", DEPOT, "Market 1")))
            await running.ask(c.CreateOrder(wanted("o1")))
            await asyncio.sleep(1)
            doors = doors_to_check(running.replica.state, ())
            assert verdicts(running.travel_times, doors, ()) == (c.CutOff(()), c.Reconnect(()))

    run_virtual(story())
