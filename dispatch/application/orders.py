"""Taking orders in: from what a shop asks for to the command that the zone decides on.

What the shop leaves open is chosen here: the depot (the nearest by road), when the goods are ready, what is promised.
An address that no vehicle reaches does not refuse the order: it is created as held, for a person to look at.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from dispatch.application.ports import TravelTimes
from dispatch.domain.commands import CreateOrder
from dispatch.domain.depot import Depot
from dispatch.domain.errors import Conflict, InvalidInput
from dispatch.domain.geo import Box, Point, distance_m
from dispatch.domain.order import Direction, Dropoff, Line, Order, ProofKind
from dispatch.domain.vehicle import Load, Profile
from dispatch.domain.wishes import why_no_door

HELD_FOR_ADDRESS = "address"


@dataclass(frozen=True, slots=True)
class IntakePolicy:
    """What counts when the shop says nothing. Durations are business time."""

    city: Box
    reference_profile: Profile = Profile.BIKE
    """Whose roads decide what is near and reachable."""
    ready_after_s: int = 0
    promise_after_s: int = 45 * 60
    service_depot_s: int = 60
    service_door_s: int = 90


@dataclass(frozen=True, slots=True)
class OrderWish:
    """What a shop asks for; None where it leaves the choice to us."""

    dropoff: Dropoff
    load: Load
    ref: str = ""
    depot_id: str | None = None
    ready_at_ms: int | None = None
    promise_at_ms: int | None = None
    service_pickup_s: int | None = None
    service_dropoff_s: int | None = None
    priority: int = 0
    commit_due_at_ms: int = 0
    lines: tuple[Line, ...] = ()
    requires: tuple[ProofKind, ...] = ()
    pin: str = ""
    barcode: str = ""
    direction: Direction = Direction.DELIVERY
    skills: tuple[str, ...] = ()
    fragile: bool = False
    max_ride_s: int = 0
    tier: int = 0
    depot_options: tuple[str, ...] = ()
    leave_at_door: bool = False


@dataclass(frozen=True, slots=True)
class OrderLabel:
    """What identifies an order: its id, the hash of its tracking link, who placed it, and when; and what stands for
    its customer's phone number."""

    order_id: str
    track_hash: str
    placed_by: str
    created_at_ms: int
    phone_mark: str = ""


async def take_in(
    wish: OrderWish, label: OrderLabel, depots: Mapping[str, Depot], travel_times: TravelTimes, policy: IntakePolicy
) -> CreateOrder:
    """The command that creates the order. Raises `InvalidInput` or `Conflict` when it can never be served."""
    if not policy.city.contains(wish.dropoff.place):
        raise InvalidInput("coordinates_outside_city", "The drop-off lies outside the city that this server serves.")
    depot_id, reachable = await _choose_depot(wish, depots, travel_times, policy.reference_profile)
    at_pickup_s, at_dropoff_s = _services_s(wish.direction, policy)
    ready_at_ms = _or(wish.ready_at_ms, label.created_at_ms + policy.ready_after_s * 1000)
    order = Order(
        id=label.order_id,
        depot_id=depot_id,
        dropoff=wish.dropoff,
        load=wish.load,
        created_at_ms=label.created_at_ms,
        ready_at_ms=ready_at_ms,
        promise_at_ms=_or(wish.promise_at_ms, max(ready_at_ms, label.created_at_ms) + policy.promise_after_s * 1000),
        ref=wish.ref,
        commit_due_at_ms=wish.commit_due_at_ms,
        service_pickup_s=_or(wish.service_pickup_s, at_pickup_s),
        service_dropoff_s=_or(wish.service_dropoff_s, at_dropoff_s),
        priority=wish.priority,
        track_hash=label.track_hash,
        placed_by=label.placed_by,
        lines=wish.lines,
        requires=wish.requires,
        pin=wish.pin,
        barcode=wish.barcode,
        direction=wish.direction,
        skills=tuple(sorted(set(wish.skills))),
        fragile=wish.fragile,
        max_ride_s=wish.max_ride_s,
        tier=wish.tier,
        depot_options=_options(wish, depot_id),
        leave_at_door=wish.leave_at_door,
        phone_mark=label.phone_mark,
    )
    if wish.leave_at_door and (refusal := why_no_door(order)):
        raise InvalidInput(*refusal)
    return CreateOrder(order, "" if reachable else HELD_FOR_ADDRESS)


def _services_s(direction: Direction, policy: IntakePolicy) -> tuple[int, int]:
    """How long the pickup and the drop-off take, in seconds: a return is picked up at the door."""
    depot_first = (policy.service_depot_s, policy.service_door_s)
    return depot_first if direction is Direction.DELIVERY else depot_first[::-1]


def _options(wish: OrderWish, depot_id: str) -> tuple[str, ...]:
    """Where else the goods can be fetched; what a customer gives back goes to one depot."""
    if wish.direction is Direction.RETURN:
        return ()
    return tuple(other for other in dict.fromkeys(wish.depot_options) if other != depot_id)


def _or(given: int | None, chosen: int) -> int:
    return chosen if given is None else given


async def _choose_depot(
    wish: OrderWish, depots: Mapping[str, Depot], travel_times: TravelTimes, profile: Profile
) -> tuple[str, bool]:
    """(depot id, whether a way leads from it to the drop-off): the named depot, or the nearest by road.

    Where only options are named, the nearest of them; the planner may choose another one later.
    """
    for depot_id in (wish.depot_id, *wish.depot_options):
        if depot_id is not None and depot_id not in depots:
            raise InvalidInput("unknown_depot", f"There is no depot {depot_id}; register it first.")
    named = wish.depot_options if wish.depot_id is None else (wish.depot_id,)
    candidates = [depots[depot_id] for depot_id in named] or list(depots.values())
    if not candidates:
        raise Conflict("no_depot", "The zone has no depot yet; register one first.")
    place = wish.dropoff.place
    rides_s = await asyncio.to_thread(ways_s, travel_times, profile, candidates, place)
    best = int(np.argmin(rides_s))
    if np.isfinite(rides_s[best]):
        return candidates[best].id, True
    return min(candidates, key=lambda depot: distance_m(depot.place, place)).id, False


def ways_s(travel_times: TravelTimes, profile: Profile, depots: list[Depot], place: Point) -> list[float]:
    """Seconds from each depot to the place; infinite where a depot or the place is off the roads, or no way leads."""
    try:
        return [float(way_s) for way_s in travel_times.matrix_s(profile, [d.place for d in depots], [place])[:, 0]]
    except InvalidInput:
        if len(depots) == 1:
            return [float("inf")]
        return [ways_s(travel_times, profile, [depot], place)[0] for depot in depots]
