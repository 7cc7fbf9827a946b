"""Orders as a city places them: when (a Poisson process along the day's curve), where, and how much. Pure.

The day is laid so that a run begins at an hour with the mean demand, before the midday peak: whoever starts a demo at
night would otherwise watch couriers wait.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from dispatch.domain.geo import Point, distance_m
from dispatch.roads.city import Address, City, Shop
from simulator.chance import Stream, stream

HOUR_WEIGHTS = (
    *(0.15, 0.08, 0.05, 0.05, 0.08, 0.15, 0.35, 0.60),
    *(0.80, 0.90, 1.00, 1.55, 1.95, 1.45, 1.00, 0.95),
    *(1.15, 1.60, 2.20, 2.35, 2.00, 1.55, 0.95, 0.45),
)
"""Demand of each hour of the day against the busy day's mean of about 1: a midday and an evening peak, as delivery
platforms show them (house figures)."""
RUN_BEGINS_HOUR = 10.0
HOUR_MS = 3_600_000

READY_AFTER_S = (0.0, 180.0)
PROMISE_AFTER_S = (2_400.0, 2_700.0)
REACH_M = 2_500.0
"""Customers live within this of a depot, in a straight line, as for any shop that promises 45 minutes."""
ROUND_TRIP_M = 4_000.0
"""Depots lie within this of the middle of the city, so that one team of couriers can serve all of them."""
DEPOT_KINDS = ("supermarket", "mall", "department_store", "convenience", "bakery", "depot")
"""Shops that are depots first, best first; any other shop serves where these are too few."""
NAMES = ("Aino", "Eino", "Helmi", "Leo", "Lin", "Maya", "Noah", "Olga", "Pedro", "Sara", "Tuomas", "Wei", "Yara", "Zoe")


def weight_at(hour: float) -> float:
    """Demand at an hour of the day (0-24, any real), between the middles of the hours in a straight line."""
    before = int((hour - 0.5) // 1)
    share = (hour - 0.5) - before
    return HOUR_WEIGHTS[before % 24] * (1 - share) + HOUR_WEIGHTS[(before + 1) % 24] * share


@dataclass(frozen=True, slots=True)
class DayCurve:
    """Orders per hour of business time, for a run that began at `begins_at_ms` with `mean_per_hour`."""

    mean_per_hour: float
    begins_at_ms: int

    def per_hour(self, at_ms: int) -> float:
        """The demand at a moment."""
        hour = RUN_BEGINS_HOUR + (at_ms - self.begins_at_ms) / HOUR_MS
        return self.mean_per_hour * weight_at(hour) / weight_at(RUN_BEGINS_HOUR)

    @property
    def highest_per_hour(self) -> float:
        """No moment has more."""
        return self.mean_per_hour * max(HOUR_WEIGHTS) / weight_at(RUN_BEGINS_HOUR)


def arrivals(curve: DayCurve, chance: Stream) -> Iterator[int]:
    """Business moments at which orders are placed, for ever: a Poisson process of that intensity.

    By thinning: P. A. W. Lewis and G. S. Shedler, Naval Research Logistics Quarterly 26 (1979) 403-413.
    """
    highest = curve.highest_per_hour
    at_ms = float(curve.begins_at_ms)
    while True:
        at_ms += float(chance.exponential(HOUR_MS / highest))
        if float(chance.random()) * highest <= curve.per_hour(int(at_ms)):
            yield int(at_ms)


def spread_depots(city: City, count: int) -> list[Shop]:
    """Up to `count` shops far from each other, the first one nearest to the middle of the city."""
    ranks = {kind: rank for rank, kind in enumerate(DEPOT_KINDS)}
    shops = [shop for shop in city.shops if city.box.contains(shop.place)]
    known = [shop for shop in shops if shop.kind in ranks]
    candidates = known if len(known) >= count else shops
    middle = _middle(city)
    by_distance = sorted(candidates, key=lambda shop: distance_m(shop.place, middle))
    near = [shop for shop in by_distance if distance_m(shop.place, middle) <= ROUND_TRIP_M]
    near = near if len(near) >= count else by_distance[:count]
    chosen = near[:1]
    while len(chosen) < min(count, len(near)):
        chosen.append(max(near, key=lambda shop: min(distance_m(shop.place, other.place) for other in chosen)))
    return chosen


def _middle(city: City) -> Point:
    """The middle of the addresses: a city's box may be half sea."""
    places = [address.place for address in city.addresses] or [city.box.centre]
    return Point(sum(place.lat for place in places) / len(places), sum(place.lon for place in places) / len(places))


FRAGILE_EVERY, PAID_EVERY = 10, 7
"""Every so many orders one is fragile, and one is of a customer who pays for being served first."""


class Customers:
    """Who orders: addresses in the box and within reach of a depot, one as likely as the other, drawn from one seed."""

    def __init__(self, city: City, depots: Sequence[Point], seed: int) -> None:
        served = [address for address in city.addresses if city.box.contains(address.place)]
        self._addresses = [a for a in served if _nearest_m(a.place, depots) <= REACH_M] or served
        self._chance = stream(seed, "customers")

    def order(self, number: int, at_ms: int) -> dict[str, Any]:
        """The body of `POST /v1/orders` for one order placed at a business moment."""
        chance = self._chance
        address: Address = self._addresses[int(chance.integers(len(self._addresses)))]
        weight_g = int(min(12_000, 400 + chance.lognormal(7.6, 0.6)))
        return {
            "ref": f"S-{number:05d}",
            "dropoff": {
                "lat": address.place.lat,
                "lon": address.place.lon,
                "address": address.text,
                "name": str(chance.choice(NAMES)),
            },
            "load": {"weight_g": weight_g, "volume_ml": min(40_000, 3 * weight_g), "items": 1},
            "fragile": number % FRAGILE_EVERY == 0,
            "tier": int(number % PAID_EVERY == 0),
            "ready_at_ms": at_ms + int(chance.uniform(*READY_AFTER_S) * 1000),
            "promise_at_ms": at_ms + int(chance.uniform(*PROMISE_AFTER_S) * 1000),
        }


def _nearest_m(place: Point, others: Sequence[Point]) -> float:
    return min(distance_m(place, other) for other in others)
