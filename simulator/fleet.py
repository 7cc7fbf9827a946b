"""Who rides for a simulated town: names, vehicles, first places; and how they find their way."""

import asyncio
from collections.abc import Sequence

from dispatch.domain.geo import Point
from dispatch.domain.vehicle import Profile
from dispatch.roads.city import City
from dispatch.roads.live import LiveTravelTimes
from dispatch.roads.route import RoadRoute
from dispatch.roads.travel_times import TravelTimes
from simulator.chance import stream
from simulator.clock import BusinessClock
from simulator.couriers import FindWay, Rider
from simulator.felt_ways import felt_way
from simulator.motion import blurred
from simulator.speed_field import SpeedField, Traffic

FIRST_NAMES = (
    *("Ada", "Bo", "Chen", "Dina", "Emil", "Fei", "Gita", "Hugo", "Ida", "Jun", "Kofi", "Lea"),
    *("Mio", "Nora", "Omar", "Pia", "Qing", "Rosa", "Sami", "Tara", "Uma", "Vera", "Wen", "Yusuf"),
)
PROFILES = (Profile.EBIKE, Profile.BIKE, Profile.EBIKE, Profile.MOTORBIKE, Profile.BIKE, Profile.EBIKE, Profile.CAR)
"""Turn by turn: mostly (e-)bikes, as in a city centre."""
DAY_MS = 24 * 3_600_000
START_SIGMA_M = 250.0
HAUNT_SIGMA_M = 90.0
"""Couriers wait around a depot: on a bench, at a kiosk, not all on its doorstep."""


def courier_ids(count: int) -> list[str]:
    """The ids of a simulation's couriers: sim-1, sim-2, ..."""
    return [f"sim-{number}" for number in range(1, count + 1)]


def riders(city: City, depots: Sequence[Point], count: int, seed: int) -> list[Rider]:
    """`count` couriers who begin their shift around the depots, in turn."""
    return [
        Rider(
            courier_id,
            _name(number),
            PROFILES[number % len(PROFILES)],
            _within(city, blurred(depots[number % len(depots)], START_SIGMA_M, stream(seed, courier_id, "start"))),
        )
        for number, courier_id in enumerate(courier_ids(count))
    ]


def haunts(city: City, depots: Sequence[Point], courier_id: str, seed: int) -> list[Point]:
    """The courier's own place to wait for work near each depot."""
    chance = stream(seed, courier_id, "haunts")
    return [_within(city, blurred(depot, HAUNT_SIGMA_M, chance)) for depot in depots]


def _name(number: int) -> str:
    turn, index = divmod(number, len(FIRST_NAMES))
    return FIRST_NAMES[index] + (f" {turn + 1}" if turn else "")


def _within(city: City, place: Point) -> Point:
    box = city.box
    return Point(min(max(place.lat, box.south), box.north), min(max(place.lon, box.west), box.east))


def road_finder(travel_times: TravelTimes) -> FindWay:
    """Ways on a city's streets, found beside the event loop."""

    async def find_way(profile: Profile, a: Point, b: Point) -> RoadRoute:
        return await asyncio.to_thread(travel_times.route, profile, a, b)

    return find_way


def felt_finder(travel_times: LiveTravelTimes, traffic: Traffic, clock: BusinessClock) -> FindWay:
    """Ways as the streets' own speeds choose them, ridden at those of a hidden scenario; its first day is today."""
    truth = SpeedField(travel_times.network, traffic)

    def felt(profile: Profile, a: Point, b: Point, depart_ms: int) -> RoadRoute:
        rides = travel_times.empty.free(profile)
        return felt_way(rides, rides.edge_ms, truth, a, b, pace=1.0, depart_ms=depart_ms)

    async def find_way(profile: Profile, a: Point, b: Point) -> RoadRoute:
        return await asyncio.to_thread(felt, profile, a, b, clock.now_ms() % DAY_MS)

    return find_way
