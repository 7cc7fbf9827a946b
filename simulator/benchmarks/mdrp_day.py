"""A published day under virtual time: what becomes visible when, who rides where, and what is written down of it.

Every minute, couriers who are due set off, and bundles whose time has come are picked up; from then on nothing about
them changes. What should be done is decided by a `Decider`, at the moments that `Pace` says.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

from dispatch.domain.route import StopKind
from dispatch.planning.problem import PlanStop
from dispatch.planning.timing import commit_due_ms
from simulator.benchmarks.mdrp_instance import SERVICE_MIN, Day, DayCourier, DayOrder

HALF_MIN = SERVICE_MIN // 2
MINUTE_MS = 60_000
SLACK_MIN = 1
"""Couriers set off this much earlier than they have to."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """Orders of one restaurant that a courier picked up together, in the sequence of their drop-offs."""

    assigned_min: int
    pickup_min: int
    courier_id: str
    order_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ride:
    """A courier's ride between two places."""

    courier_id: str
    depart_min: int
    origin: int
    destination: int


@dataclass(slots=True)
class Diary:
    """All that happened on a day."""

    bundles: list[Bundle] = field(default_factory=list)
    rides: list[Ride] = field(default_factory=list)
    dropoff_min: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class Rider:
    """A courier: at `place` from `free_min` on, with `stops` planned, and `taken` orders picked up so far."""

    courier: DayCourier
    place: int
    free_min: int
    taken: int = 0
    stops: tuple[PlanStop, ...] = ()
    head_since_min: int = 0

    def plan(self, stops: tuple[PlanStop, ...], now_min: int) -> None:
        """Give the courier other stops; remembered is since when the first bundle has been what it is."""
        if _head(stops) != _head(self.stops):
            self.head_since_min = now_min
        self.stops = stops

    def idle(self, now_min: int) -> bool:
        """Whether the courier is on duty, stands somewhere, and has nothing planned."""
        return not self.stops and self.free_min <= now_min and self.courier.on_min <= now_min


def _head(stops: tuple[PlanStop, ...]) -> tuple[str, ...]:
    """The first bundle: what is dropped off before the second pickup, in this sequence."""
    bundle: list[str] = []
    for stop in stops[1:]:
        if stop.kind is StopKind.PICKUP:
            break
        bundle.extend(stop.order_ids)
    return tuple(bundle)


class Decider(Protocol):
    """Makes plans: changes riders' stops and sends them ahead."""

    def decide(self, scene: "Scene") -> None:
        """Look at what is known and plan; called at each moment of decision."""


@dataclass(slots=True)
class Scene:
    """What is known at a moment: the riders, and the orders that were placed and are not picked up."""

    day: Day
    now_min: int
    riders: tuple[Rider, ...]
    open: dict[str, DayOrder] = field(default_factory=dict)
    new: tuple[DayOrder, ...] = ()
    diary: Diary = field(default_factory=Diary)

    def ride(self, rider: Rider, destination: int) -> None:
        """Send a rider, who stands somewhere, to another place; they are free there on arrival."""
        self.diary.rides.append(Ride(rider.courier.id, self.now_min, rider.place, destination))
        rider.free_min = self.now_min + int(self.day.minutes[rider.place, destination])
        rider.place = destination


def play(day: Day, decider: Decider, every_min: int) -> Diary:
    """Play a day with a decision every so many minutes; 0: in every minute in which something has happened."""
    riders = tuple(Rider(courier, courier.start, courier.on_min) for courier in day.couriers)
    scene = Scene(day, 0, riders)
    coming = list(reversed(day.orders))
    first_min = min([0, *(order.placed_min for order in day.orders[:1])])
    for now_min in range(first_min, day.end_min):
        scene.now_min = now_min
        scene.new = tuple(_placed(coming, now_min)) if every_min == 0 or now_min % every_min == 0 else ()
        scene.open.update((order.id, order) for order in scene.new)
        if now_min % every_min == 0 if every_min else scene.new or _somebody_free(scene):
            decider.decide(scene)
        for rider in riders:
            _go_on(scene, rider)
    return scene.diary


def _placed(coming: list[DayOrder], now_min: int) -> Iterable[DayOrder]:
    while coming and coming[-1].placed_min <= now_min:
        yield coming.pop()


def _somebody_free(scene: Scene) -> bool:
    """Whether a courier has arrived or finished just now, while there is something to decide."""
    return bool(scene.open) and any(rider.free_min == scene.now_min for rider in scene.riders)


def _go_on(scene: Scene, rider: Rider) -> None:
    """Set off when it is time, and pick up what is ready."""
    while rider.stops and rider.free_min <= scene.now_min and rider.courier.on_min <= scene.now_min:
        restaurant, ready_min = _next_pickup(scene, rider)
        if rider.place == restaurant:
            if scene.now_min < max(rider.free_min + HALF_MIN, ready_min) or scene.now_min > rider.courier.off_min:
                return
            _pick_up(scene, rider)
        elif scene.now_min >= _departure_min(scene, rider, restaurant, ready_min):
            scene.ride(rider, restaurant)
        else:
            return


def _next_pickup(scene: Scene, rider: Rider) -> tuple[int, int]:
    """Where the first bundle is, and when all of it is ready."""
    orders = [scene.open[order_id] for order_id in rider.stops[0].order_ids]
    return orders[0].restaurant, max(order.ready_min for order in orders)


def _departure_min(scene: Scene, rider: Rider, restaurant: int, ready_min: int) -> int:
    """When the courier has to set off to begin the pickup half its service before the goods are ready."""
    ride_ms = int(scene.day.minutes[rider.place, restaurant]) * MINUTE_MS
    due_ms = commit_due_ms(ready_min * MINUTE_MS, ride_ms, SERVICE_MIN * MINUTE_MS, SLACK_MIN * 60)
    return due_ms // MINUTE_MS


def _pick_up(scene: Scene, rider: Rider) -> None:
    """Take the first bundle along and deliver it; the courier is free behind its last drop-off."""
    order_ids = _head(rider.stops)
    bundle = Bundle(rider.head_since_min, scene.now_min, rider.courier.id, order_ids)
    scene.diary.bundles.append(bundle)
    at_min = scene.now_min + HALF_MIN
    for order_id in order_ids:
        door = scene.open.pop(order_id).door
        scene.diary.rides.append(Ride(rider.courier.id, at_min, rider.place, door))
        at_min += int(scene.day.minutes[rider.place, door]) + HALF_MIN
        scene.diary.dropoff_min[order_id] = at_min
        at_min, rider.place = at_min + HALF_MIN, door
    rider.free_min, rider.taken = at_min, rider.taken + len(order_ids)
    rider.plan(rider.stops[1 + len(order_ids) :], scene.now_min)
