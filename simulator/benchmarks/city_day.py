"""A day of the city benchmark, drawn from a scenario and a seed: who orders what, who rides, and what luck they have.

The day is the same for every policy. Luck belongs to an order and not to the moment at which it is served, so whoever
serves an order finds the same doorbell broken.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import msgspec
import numpy as np
import numpy.typing as npt

from dispatch.application.proposals_scene import PlannerSettings
from dispatch.domain.geo import Point, distance_m
from dispatch.domain.order import Dropoff, Order
from dispatch.domain.route import StopKind
from dispatch.domain.vehicle import DEFAULT_CAPACITY, Load, Profile
from dispatch.planning.problem import UNREACHABLE_MS, Millis, PlanOrder
from dispatch.roads.city import Address, City
from dispatch.roads.travel_times import TravelTimes
from simulator.chance import Stream, stream
from simulator.demand import HOUR_MS, spread_depots

BEGINS_AT_MS = 1_800_000_000_000
"""When a day begins; any moment would do."""
PROFILE = Profile.EBIKE
CAPACITY = DEFAULT_CAPACITY[PROFILE]
ITEMS = (0.55, 0.3, 0.15)
"""Shares of orders of one, two and three bags."""
BAG_G = (1_500.0, 4_500.0)
HEAVY_G = (9_000.0, 18_000.0)
ML_PER_G = 2.5
"""Groceries and the air in their bags (house figure)."""


class Scenario(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a TOML file says of a day. `city` is an extract in the data folder, or `generate:SIZE:SEED`.

    `orders_per_hour` holds one figure for each hour of the day. Preparation times are uniform within `prep_min`.
    `far_depot_share` of the orders come from the second-nearest depot, which alone has the goods. `dwell_sigma` is the
    standard deviation of the logarithm of the time at a stop. `pace` are (hour, factor on rides from then on).
    `weights` are the prices of the objective in which this trade differs from the planner's usual ones.
    """

    name: str
    city: str
    depots: int
    couriers: int
    orders_per_hour: tuple[float, ...]
    prep_min: tuple[float, float]
    promise_min: float
    reach_m: float
    far_depot_share: float
    heavy_share: float
    service_pickup_s: int
    service_dropoff_s: int
    dwell_sigma: float
    pace: tuple[tuple[float, float], ...]
    weights: dict[str, float] = {}

    @property
    def ends_at_ms(self) -> int:
        """When the last order may be placed and the couriers' day ends, but for what they still have."""
        return BEGINS_AT_MS + len(self.orders_per_hour) * HOUR_MS


def settings_of(scenario: Scenario) -> PlannerSettings:
    """How this zone's planner is set: as usual, but for its weights. Raises `TypeError` for a weight there is not."""
    usual = PlannerSettings()
    return replace(usual, weights=replace(usual.weights, **scenario.weights))  # type: ignore[arg-type]


def read_scenario(file: Path) -> Scenario:
    """A scenario from its file. Raises `msgspec.ValidationError` when something is missing or unknown."""
    return msgspec.toml.decode(file.read_bytes(), type=Scenario)


@dataclass(frozen=True, eq=False)
class Day:
    """Orders by their times, couriers with their first places; all rides in ms and metres [places, places].

    `luck[kind, order id]` is how many times as long as usual that visit takes.
    """

    scenario: Scenario
    seed: int
    depots: tuple[int, ...]
    orders: tuple[PlanOrder, ...]
    starts: Mapping[str, int]
    leg_ms: Millis
    leg_m: npt.NDArray[np.float32]
    luck: Mapping[tuple[StopKind, str], float]

    @cached_property
    def pace(self) -> tuple[tuple[int, float], ...]:
        """The profile of speeds as `Problem` has it."""
        return tuple((BEGINS_AT_MS + round(hour * HOUR_MS), factor) for hour, factor in self.scenario.pace)

    @cached_property
    def by_id(self) -> dict[str, PlanOrder]:
        """Orders by their ids."""
        return {order.id: order for order in self.orders}


def draw_day(scenario: Scenario, city: City, travel_times: TravelTimes, seed: int) -> Day:
    """The day of this seed: depots, then couriers' first places, then customers' doors are the places."""
    depots = [shop.place for shop in spread_depots(city, scenario.depots)]
    homes = _homes(city, depots, scenario.reach_m)
    starts = [homes[k].place for k in stream(seed, "starts").integers(0, len(homes), scenario.couriers)]
    placed_at_ms = _moments(scenario, stream(seed, "arrivals"))
    doors = [homes[k].place for k in stream(seed, "doors").integers(0, len(homes), len(placed_at_ms))]
    places = [*depots, *starts, *doors]
    drawn = _orders(scenario, seed, placed_at_ms, depots, doors)
    orders = tuple(PlanOrder(o, int(o.depot_id[2:]), len(depots) + len(starts) + k, True) for k, o in enumerate(drawn))
    return Day(
        scenario,
        seed,
        tuple(range(len(depots))),
        orders,
        {f"c-{k:03d}": len(depots) + k for k in range(len(starts))},
        _millis(travel_times.matrix_s(PROFILE, places, places)),
        travel_times.distances_m(PROFILE, places, places),
        _luck(orders, scenario.dwell_sigma, stream(seed, "luck")),
    )


def _homes(city: City, depots: Sequence[Point], reach_m: float) -> list[Address]:
    """Addresses within reach of a depot."""
    served = [address for address in city.addresses if city.box.contains(address.place)]
    return [a for a in served if min(distance_m(a.place, depot) for depot in depots) <= reach_m]


def _moments(scenario: Scenario, chance: Stream) -> list[int]:
    """When orders are placed: a Poisson process with a rate for each hour."""
    moments: list[int] = []
    for hour, mean in enumerate(scenario.orders_per_hour):
        offsets = chance.random(int(chance.poisson(mean))) * HOUR_MS
        moments += (BEGINS_AT_MS + hour * HOUR_MS + np.sort(offsets).astype(int)).tolist()
    return moments


def _orders(
    scenario: Scenario, seed: int, placed_at_ms: Sequence[int], depots: Sequence[Point], doors: Sequence[Point]
) -> list[Order]:
    chance = stream(seed, "orders")
    found = []
    for number, (placed_ms, door) in enumerate(zip(placed_at_ms, doors, strict=True)):
        depot = _depot_of(door, depots, float(chance.random()) < scenario.far_depot_share)
        order = Order(
            f"o-{number:04d}",
            f"d-{depot}",
            Dropoff(door, ""),
            _load(scenario, chance),
            placed_ms,
            placed_ms + round(float(chance.uniform(*scenario.prep_min)) * 60_000),
            placed_ms + round(scenario.promise_min * 60_000),
            service_pickup_s=scenario.service_pickup_s,
            service_dropoff_s=scenario.service_dropoff_s,
        )
        found.append(order)
    return found


def _depot_of(door: Point, depots: Sequence[Point], second: bool) -> int:
    """The nearest depot, or the second-nearest."""
    by_distance = sorted(range(len(depots)), key=lambda k: distance_m(door, depots[k]))
    return by_distance[1 if second and len(depots) > 1 else 0]


def _load(scenario: Scenario, chance: Stream) -> Load:
    items = 1 + int(chance.choice(len(ITEMS), p=ITEMS))
    heavy = float(chance.random()) < scenario.heavy_share
    weight_g = round(float(chance.uniform(*HEAVY_G)) if heavy else float(chance.uniform(*BAG_G, items).sum()))
    return Load(weight_g, round(ML_PER_G * weight_g), items)


def _luck(orders: Sequence[PlanOrder], sigma: float, chance: Stream) -> dict[tuple[StopKind, str], float]:
    """Log-normal with mean 1."""
    draws = chance.lognormal(-(sigma**2) / 2, sigma, (len(orders), 2)).tolist()
    return {
        (kind, order.id): factor
        for order, pair in zip(orders, draws, strict=True)
        for kind, factor in zip(StopKind, pair, strict=True)
    }


def _millis(seconds: npt.NDArray[np.float32]) -> Millis:
    return np.rint(np.minimum(seconds.astype(np.float64) * 1000, UNREACHABLE_MS)).astype(np.int32)
