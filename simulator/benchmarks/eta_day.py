"""Simulated days with hidden traffic: orders come, couriers ride, and what was told is set beside what happened."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from dispatch.application.ports import Recorded
from dispatch.domain import commands as c
from dispatch.domain import events as e
from dispatch.domain.depot import Depot
from dispatch.domain.errors import InvalidInput
from dispatch.domain.geo import Point
from dispatch.domain.incident import Incident, IncidentKind, ShapeKind
from dispatch.domain.order import Dropoff, Order
from dispatch.domain.vehicle import Load, Profile
from dispatch.planning.arrival import arrived_at_ms
from dispatch.planning.standing import whole_ms
from dispatch.roads.city import City
from simulator.benchmarks.eta_riders import Dwell, Rider
from simulator.benchmarks.eta_world import DAY_MS, FIRST_MIDNIGHT_MS, World, true_ride
from simulator.chance import stream
from simulator.demand import Customers, DayCurve, arrivals, spread_depots
from simulator.speed_field import HOUR_MS, Traffic

PROFILES = (Profile.EBIKE, Profile.CAR, Profile.EBIKE, Profile.MOTORBIKE, Profile.EBIKE, Profile.CAR)
LOOK_EVERY_S = 30.0
LOOK_WITHIN_MS = (3 * 60_000, 20 * 60_000)
"""The oracle is asked about arrivals that are planned so far ahead."""
PROMISE_S = (2_100.0, 2_700.0)


@dataclass(frozen=True, slots=True)
class Scenario:
    """How much there is to do; the traffic is in its own file."""

    couriers: int = 40
    depots: int = 4
    orders_per_courier_hour: float = 2.6
    days: int = 3
    opens_h: float = 10.0
    closes_h: float = 20.0
    seed: int = 5


@dataclass
class Told:
    """What was known of one order, and when."""

    order: Order
    looks: list[tuple[int, int, int]] = field(default_factory=list)
    """(at ms, when an oracle expected it then, when the plan did)"""


@dataclass
class Days:
    """Everything that was seen: the orders of all days by id."""

    scenario: Scenario
    told: dict[str, Told] = field(default_factory=dict)

    def delivered(self, from_ms: int) -> list[Told]:
        """Orders that were delivered, placed since that moment."""
        return [t for t in self.told.values() if t.order.created_at_ms >= from_ms and arrived_at_ms(t.order)]


async def live_through(
    city: City,
    traffic: Traffic,
    scenario: Scenario,
    watching: Callable[[World], None] = lambda _world: None,
    progress: Callable[[str], None] = lambda _line: None,
) -> Days:
    """All days of a scenario, one after the other; `watching` may look into the world once it is open."""
    days = Days(scenario)
    world = await World.open(city, traffic, FIRST_MIDNIGHT_MS + round(scenario.opens_h * HOUR_MS))
    watching(world)
    world.replica.listen(lambda recorded: _note(days, recorded))
    depots = spread_depots(city, scenario.depots)
    await asyncio.sleep(1)
    for number, shop in enumerate(depots):
        await world.ask(c.RegisterDepot(Depot(f"d{number}", shop.name, shop.place, shop.address)))
    riders = [_rider(world, scenario, number, [shop.place for shop in depots]) for number in range(scenario.couriers)]
    tasks = [asyncio.create_task(rider.work()) for rider in riders]
    tasks += [asyncio.create_task(_look(world, days, riders)), asyncio.create_task(_report(world, traffic))]
    customers = Customers(city, [shop.place for shop in depots], scenario.seed)
    for day in range(scenario.days):
        opens_ms = FIRST_MIDNIGHT_MS + day * DAY_MS + round(scenario.opens_h * HOUR_MS)
        world.clock.skip_to(opens_ms)
        await _one_day(world, scenario, customers, day)
        progress(f"day {day + 1}: {len(days.delivered(opens_ms))} delivered")
    for task in tasks:
        task.cancel()
    for ended in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(ended, Exception):
            raise ended
    await world.close()
    return days


def _note(days: Days, recorded: Recorded) -> None:
    match recorded.event:
        case e.OrderCreated(order=order) | e.OrderChanged(order=order) | e.EtaChanged(order=order):
            days.told.setdefault(order.id, Told(order)).order = order


def _rider(world: World, scenario: Scenario, number: int, depots: Sequence[Point]) -> Rider:
    profile = PROFILES[number % len(PROFILES)]
    return Rider(world, f"c{number}", profile, depots[number % len(depots)], Dwell(), scenario.seed)


async def _one_day(world: World, scenario: Scenario, customers: Customers, day: int) -> None:
    """Orders along the day's curve, then an hour in which the last ones are brought."""
    opens_ms = world.clock.now_ms()
    closes_ms = opens_ms + round((scenario.closes_h - scenario.opens_h) * HOUR_MS)
    curve = DayCurve(scenario.couriers * scenario.orders_per_courier_hour, opens_ms)
    chance = stream(scenario.seed, f"day {day}")
    depots = list(world.replica.state.depots.values())
    for number, at_ms in enumerate(arrivals(curve, chance)):
        if at_ms >= closes_ms:
            break
        await asyncio.sleep(max(0.0, (at_ms - world.clock.now_ms()) / 1000))
        body = customers.order(number, at_ms)
        door = Point(body["dropoff"]["lat"], body["dropoff"]["lon"])
        nearest = min(depots, key=lambda depot: abs(depot.place.lat - door.lat) + abs(depot.place.lon - door.lon))
        promise_ms = at_ms + round(1000 * float(chance.uniform(*PROMISE_S)))
        order = Order(
            id=f"{day}-{number}",
            depot_id=nearest.id,
            dropoff=Dropoff(door, body["dropoff"]["address"]),
            load=Load(body["load"]["weight_g"], body["load"]["volume_ml"], 1),
            created_at_ms=at_ms,
            ready_at_ms=body["ready_at_ms"],
            promise_at_ms=promise_ms,
        )
        await world.ask(c.CreateOrder(order))
    await asyncio.sleep(max(0.0, (closes_ms + HOUR_MS - world.clock.now_ms()) / 1000))


async def _report(world: World, traffic: Traffic) -> None:
    """Incidents that somebody reports: a closure is told when it begins."""
    for spell in sorted((each for each in traffic.incidents if each.reported), key=lambda each: each.from_h):
        from_ms = FIRST_MIDNIGHT_MS + round(spell.from_h * HOUR_MS)
        await world.clock.sleep_until(from_ms)
        edges = tuple(world.truth.edges_of(spell).nonzero()[0].tolist())
        kind = IncidentKind.SLOWDOWN if spell.factor else IncidentKind.CLOSURE
        who = tuple(profile for profile in Profile if profile is not Profile.FOOT)
        until_ms = FIRST_MIDNIGHT_MS + round(spell.until_h * HOUR_MS)
        incident = Incident(f"spell {spell.from_h}", kind, ShapeKind.EDGES, (), world.clock.now_ms(), "works", edges)
        if until_ms > world.clock.now_ms():
            known = replace(incident, until_ms=until_ms, factor=spell.factor or 1.0, profiles=who)
            await world.ask(c.ReportIncident(known))


# --- the oracle ------------------------------------------------------------------------------------------------


async def _look(world: World, days: Days, riders: Sequence[Rider]) -> None:
    """Twice a minute, what an oracle expects of the arrivals that are near."""
    while True:
        await asyncio.sleep(LOOK_EVERY_S)
        for rider in riders:
            for order_id, oracle_ms, planned_ms in _expected(world, rider):
                days.told[order_id].looks.append((world.clock.now_ms(), oracle_ms, planned_ms))


def _expected(world: World, rider: Rider) -> list[tuple[str, int, int]]:
    """When who knows the true speeds, the rider and what stops take in the mean expects arrivals; and when the plan."""
    now_ms, stops = world.clock.now_ms(), world.replica.state.route(rider.id).stops
    near = [k for k, s in enumerate(stops) if LOOK_WITHIN_MS[0] <= s.arrive_at_ms - now_ms <= LOOK_WITHIN_MS[1]]
    if not near:
        return []
    found, at_ms, place = [], now_ms, rider.here()
    for number, stop in enumerate(stops[: near[-1] + 1]):
        if number == 0 and rider.way is not None:
            at_ms = max(now_ms, rider.set_off_ms + round(1000 * rider.way.duration_s))
        elif number or not rider.served_since_ms:
            at_ms += _ride_ms(world, rider, place, stop.place, at_ms)
        if stop.kind.value == "dropoff" and number in near:
            found += [(order_id, at_ms, stop.arrive_at_ms) for order_id in stop.order_ids]
        dwell_ms = round(1000 * rider.expected_dwell_s(stop))
        if number == 0 and rider.served_since_ms:
            gone_ms = now_ms - rider.served_since_ms
            dwell_ms = whole_ms(dwell_ms, gone_ms, rider.dwell.chance_sigma) - gone_ms
        at_ms, place = max(at_ms, stop.earliest_at_ms) + dwell_ms, stop.place
    return found


def _ride_ms(world: World, rider: Rider, a: Point, b: Point, at_ms: int) -> int:
    try:
        way = true_ride(world, rider.profile, a, b, pace=rider.pace, depart_ms=at_ms - FIRST_MIDNIGHT_MS)
    except InvalidInput:
        return 0
    return round(1000 * way.duration_s)
