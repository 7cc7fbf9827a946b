"""Which orders are for one person at one door, so that one courier brings them and rings once.

Two texts may name one door (Maple Street 7, Maple St. 7), and two geocoders put it some metres apart. The same phone
number within a house's width is the same door whatever is written.
"""

from typing import Final

from dispatch.domain.doors import PIN_M
from dispatch.domain.geo import distance_m
from dispatch.domain.order import BEFORE_PICKUP, Direction, Order

DOOR_M: Final = PIN_M
"""Pins of one recipient that lie this near to each other are one door, in metres."""


def is_one_door(one: Order, other: Order) -> bool:
    """Whether both are for the same person at the same door."""
    same = bool(one.phone_mark) and one.phone_mark == other.phone_mark
    return same and distance_m(one.dropoff.place, other.dropoff.place) <= DOOR_M


def can_ride_along(new: Order, other: Order) -> bool:
    """Whether `new` can be fetched and delivered together with `other`, which a courier has not fetched yet."""
    if not new.direction is other.direction is Direction.DELIVERY or other.status not in BEFORE_PICKUP:
        return False
    at_one_depot = other.depot_id in (new.depot_id, *new.depot_options)
    overlap = new.earliest_at_ms <= other.promise_at_ms and other.earliest_at_ms <= new.promise_at_ms
    return at_one_depot and overlap and is_one_door(new, other)
