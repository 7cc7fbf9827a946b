"""Holding orders back: an order that is not ready yet is given away when a courier who is near has to set off for it.

The moment is chosen when the order comes in, by where the couriers are then. A shop that names a moment itself keeps
it; without a courier on duty whose place is known, and for what a customer gives back, the order is given away at once.
"""

import asyncio
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, replace

from dispatch.application.ports import Position, TravelTimes
from dispatch.application.problem_builder import works
from dispatch.application.views import Sight
from dispatch.domain.commands import CreateOrder
from dispatch.domain.ends import at_door
from dispatch.domain.errors import InvalidInput
from dispatch.domain.fulfilment import Mode
from dispatch.domain.geo import Point, distance_m
from dispatch.domain.order import Order
from dispatch.domain.route import StopKind
from dispatch.domain.vehicle import Profile
from dispatch.domain.zone import ZoneState
from dispatch.planning.timing import commit_due_ms

NEAR = 3
"""Of so many couriers, the nearest in a straight line, the one with the shortest ride counts."""
Near = list[tuple[Profile, Point]]


@dataclass(frozen=True, slots=True)
class HoldBack:
    """`slack_s` is how much earlier than needed an order is given away: what asking takes, and what may go wrong."""

    slack_s: float = 180.0

    async def applied(
        self,
        command: CreateOrder,
        state: ZoneState,
        sight: Sight,
        travel_times: TravelTimes,
        known_s: MutableMapping[str, float] | None = None,
    ) -> CreateOrder:
        """The command with the moment at which the order is given away. `known_s` are the shortest rides to depots as
        they are now, for orders that come in together.
        """
        order = command.order
        if command.hold or order.commit_due_at_ms or order.mode is not Mode.DELIVERY or at_door(StopKind.PICKUP, order):
            return command
        depot = state.depots[order.depot_id].place
        known_s = {} if known_s is None else known_s
        if order.depot_id not in known_s:
            near = nearest_working(state, sight.positions, depot)
            known_s[order.depot_id] = await asyncio.to_thread(_shortest_ride_s, travel_times, near, depot)
        ride_s = known_s[order.depot_id]
        due_ms = self._due_ms(order, ride_s)
        return replace(command, order=replace(order, commit_due_at_ms=due_ms)) if due_ms else command

    def _due_ms(self, order: Order, ride_s: float) -> int:
        """When to give the order away, business epoch ms; 0: at once."""
        if ride_s == float("inf"):
            return 0
        due_ms = commit_due_ms(order.ready_at_ms, round(ride_s * 1000), order.service_pickup_s * 1000, self.slack_s)
        return due_ms if due_ms > order.created_at_ms else 0


def nearest_working(state: ZoneState, positions: Mapping[str, Position], depot: Point) -> Near:
    """Vehicle and place of the couriers on duty who are nearest to a depot, the nearest first."""
    known = [c for c in state.couriers.values() if works(c) and c.id in positions]
    nearest = sorted(known, key=lambda c: (distance_m(positions[c.id].place, depot), c.id))[:NEAR]
    return [(courier.profile, positions[courier.id].place) for courier in nearest]


def _shortest_ride_s(travel_times: TravelTimes, near: Near, depot: Point) -> float:
    """Seconds of the shortest of the rides; infinite when there is none."""
    return min((_ride_s(travel_times, profile, place, depot) for profile, place in near), default=float("inf"))


def _ride_s(travel_times: TravelTimes, profile: Profile, place: Point, depot: Point) -> float:
    try:
        return float(travel_times.matrix_s(profile, [place], [depot])[0, 0])
    except InvalidInput:
        return float("inf")
