"""How fast each courier really rides: rides that were made beside what the streets said when they began.

The logarithm of (ridden / expected) is what the profile does in these hours, and what the courier does beside it. Both
are means that forget: the profile's within an hour or so, because what it shows is mostly the traffic that nobody
reported; the courier's over weeks, drawn to nothing as long as few rides are known.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from math import exp, log
from typing import Final

from dispatch.application.ports import Recorded, TravelTimes
from dispatch.domain.errors import InvalidInput
from dispatch.domain.events import RouteChanged
from dispatch.domain.geo import Point, distance_m
from dispatch.domain.route import Stop, StopState
from dispatch.domain.vehicle import Profile
from dispatch.domain.zone import ZoneState

LEAST_RIDE_S, LEAST_RIDE_M = 60.0, 150.0
"""A shorter ride says more about parking than about riding."""
CLIP: Final = 0.7
"""Who took more than twice as long as expected did something else on the way."""
PROFILE_RIDES, COURIER_RIDES = 60.0, 150.0
"""So many rides are remembered."""
PROFILE_TRUST, COURIER_TRUST = 8.0, 6.0
MOST_WAITING: Final = 2_000


@dataclass(frozen=True, slots=True)
class Ride:
    """A ride that was made: from where to where, when it began and how long it took (business ms)."""

    courier_id: str
    profile: Profile
    origin: Point
    goal: Point
    departed_ms: int
    took_ms: int


@dataclass(slots=True)
class _Mean:
    """A mean that forgets."""

    memory: float
    weight: float = 0.0
    total: float = 0.0

    def add(self, value: float) -> None:
        keep = 1 - 1 / self.memory
        self.weight, self.total = self.weight * keep + 1, self.total * keep + value

    def drawn(self, trust: float) -> float:
        """The mean, as if `trust` rides without any difference had been seen as well."""
        return self.total / (self.weight + trust)


class Paces:
    """What was learnt, by courier; and the rides that are still to be learnt from."""

    def __init__(self, state: ZoneState) -> None:
        self._state = state
        self._begun: dict[str, tuple[str, Point, int]] = {}
        self._left: dict[str, Point] = {}
        self._rides: deque[Ride] = deque(maxlen=MOST_WAITING)
        self._profiles: dict[Profile, _Mean] = {}
        self._couriers: dict[str, _Mean] = {}

    def factor(self, courier_id: str, profile: Profile) -> float:
        """So many times as long as the streets say rides take this courier."""
        common = self._profiles.get(profile)
        own = self._couriers.get(courier_id)
        return exp((common.drawn(PROFILE_TRUST) if common else 0.0) + (own.drawn(COURIER_TRUST) if own else 0.0))

    def heard(self, recorded: Recorded, place: Point | None) -> None:
        """Take in that a courier set off or arrived; `place` is where they were seen last."""
        if not isinstance(recorded.event, RouteChanged):
            return
        route = recorded.event.route
        here = route.stops[0] if route.stops else None
        begun = self._begun.get(route.courier_id)
        if here and here.state is StopState.EN_ROUTE:
            if (begun is None or begun[0] != here.id) and place:
                self._begun[route.courier_id] = (here.id, self._left.pop(route.courier_id, place), recorded.at_ms)
        elif here and here.state is StopState.ARRIVED:
            if begun and begun[0] == here.id:
                self._made(route.courier_id, here, begun, recorded.at_ms)
            self._begun.pop(route.courier_id, None)
            self._left[route.courier_id] = here.place
        elif route.finished is None or begun:
            self._begun.pop(route.courier_id, None)

    def _made(self, courier_id: str, stop: Stop, begun: tuple[str, Point, int], at_ms: int) -> None:
        _, origin, departed_ms = begun
        took_ms, courier = at_ms - departed_ms, self._state.couriers.get(courier_id)
        if courier and took_ms >= 1000 * LEAST_RIDE_S and distance_m(origin, stop.place) >= LEAST_RIDE_M:
            self._rides.append(Ride(courier_id, courier.profile, origin, stop.place, departed_ms, took_ms))

    def learn(self, streets: TravelTimes) -> int:
        """Learn from the rides that were made since, at what the streets say now. Takes as long as the roads take."""
        rides, self._rides = list(self._rides), deque(maxlen=MOST_WAITING)
        for ride in rides:
            try:
                expected_s = float(streets.matrix_s(ride.profile, [ride.origin], [ride.goal])[0, 0])
            except InvalidInput:
                continue
            if LEAST_RIDE_S / 2 <= expected_s < float("inf"):
                self._learn(ride, expected_s * (1 / self._state.couriers[ride.courier_id].speed_factor))
        return len(rides)

    def _learn(self, ride: Ride, expected_s: float) -> None:
        seen = max(-CLIP, min(CLIP, log(ride.took_ms / 1000 / expected_s)))
        common = self._profiles.setdefault(ride.profile, _Mean(PROFILE_RIDES))
        own = self._couriers.setdefault(ride.courier_id, _Mean(COURIER_RIDES))
        before = own.drawn(COURIER_TRUST)
        own.add(seen - common.drawn(PROFILE_TRUST))
        common.add(seen - before)

    def known(self) -> dict[str, list[float]]:
        """Everything learnt, as plain data."""
        return {
            **{f"profile {name}": [mean.weight, mean.total] for name, mean in self._profiles.items()},
            **{f"courier {name}": [mean.weight, mean.total] for name, mean in self._couriers.items()},
        }

    def recall(self, known: Iterable[tuple[str, list[float]]]) -> None:
        """What `known` gave before this process began; the profiles' hours are over, the couriers' weeks are not."""
        for name, (weight, total) in known:
            kind, _, who = name.partition(" ")
            if kind == "courier":
                self._couriers[who] = _Mean(COURIER_RIDES, weight, total)
