"""Orders whose doors nobody can reach: they wait with the reason, and are dispatched again when the way is free.

A door counts as cut off when no vehicle of the zone's couriers gets there from the order's depot. Looked at whenever
the streets change, and for new orders as long as anything is closed.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dispatch.application.ports import TravelTimes
from dispatch.domain.commands import CutOff, Reconnect
from dispatch.domain.courier import Account
from dispatch.domain.errors import InvalidInput
from dispatch.domain.geo import Point
from dispatch.domain.order import Order, OrderStatus
from dispatch.domain.vehicle import Profile
from dispatch.domain.zone import ZoneState
from dispatch.roads.conditions import Disturbance
from dispatch.roads.live import LiveTravelTimes

_COULD_WAIT = frozenset({OrderStatus.DISPATCHABLE, OrderStatus.OFFERED, OrderStatus.ASSIGNED})
SOMEWHERE = "road closed"


@dataclass(frozen=True, slots=True)
class Doors:
    """What has to be looked at: orders that could be cut off or connected again, and who would ride."""

    orders: tuple[Order, ...]
    depots: dict[str, Point]
    profiles: tuple[Profile, ...]


def doors_to_check(state: ZoneState, closures: Sequence[Disturbance]) -> Doors:
    """The orders that wait to be ridden, as long as something is closed; those that are cut off, always."""
    orders = tuple(
        order
        for order in state.orders.values()
        if (closures and order.status in _COULD_WAIT) or (order.status is OrderStatus.HELD and order.cut_off)
    )
    profiles = dict.fromkeys(c.profile for c in state.couriers.values() if c.account is Account.ACTIVE)
    return Doors(orders, {o.depot_id: state.depots[o.depot_id].place for o in orders}, tuple(profiles))


def verdicts(streets: LiveTravelTimes, doors: Doors, closures: Sequence[Disturbance]) -> tuple[CutOff, Reconnect]:
    """Whose door nobody reaches any more, and whose somebody reaches again. Takes as long as the roads take."""
    if not doors.orders or not doors.profiles:
        return CutOff(()), Reconnect(())
    present = streets.at(0)
    open_door = np.zeros(len(doors.orders), dtype=np.bool_)
    for profile in doors.profiles:
        open_door |= _reached(present, profile, doors)
    lost = [order for order, is_open in zip(doors.orders, open_door, strict=True) if not is_open and not order.cut_off]
    back = [order.id for order, is_open in zip(doors.orders, open_door, strict=True) if is_open and order.cut_off]
    return CutOff(tuple((order.id, _in_the_way(streets, order, closures)) for order in lost)), Reconnect(tuple(back))


def _reached(present: TravelTimes, profile: Profile, doors: Doors) -> np.ndarray:
    """[orders] whether this vehicle gets from the depot to the door and back to it; off its streets: no."""
    reached = np.zeros(len(doors.orders), dtype=np.bool_)
    for depot_id, depot in doors.depots.items():
        mine = [k for k, order in enumerate(doors.orders) if order.depot_id == depot_id]
        places = [doors.orders[k].dropoff.place for k in mine]
        try:
            out = present.matrix_s(profile, [depot], places)[0]
            back = present.matrix_s(profile, places, [depot])[:, 0]
        except InvalidInput:
            continue  # intake has told what is off the network
        reached[mine] = np.isfinite(out) & np.isfinite(back)
    return reached


def _in_the_way(streets: LiveTravelTimes, order: Order, closures: Sequence[Disturbance]) -> str:
    """The reason of the closure of the door's own street, else of the newest closure."""
    for profile in (Profile.EBIKE, Profile.CAR, Profile.FOOT):
        try:
            segment = streets.snap(profile, order.dropoff.place).segment
        except InvalidInput:
            continue
        for closure in closures:
            if np.isin([2 * segment, 2 * segment + 1], closure.edges).any():
                return closure.reason
    return max(closures, key=lambda closure: closure.from_ms).reason if closures else SOMEWHERE
