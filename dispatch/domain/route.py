"""Routes: the stops that a courier still has to make, in order."""

from dataclasses import dataclass, replace
from enum import StrEnum

from dispatch.domain.geo import Point


class StopKind(StrEnum):
    """What is done at a stop."""

    PICKUP = "pickup"
    DROPOFF = "dropoff"


class StopEnd(StrEnum):
    """Whose end of the orders a stop is at: their customer's door, their depot, or (`meeting`) where couriers meet.

    `unknown` stands in stops that an older version made: there a drop-off is at a door, a pickup at a depot.
    """

    UNKNOWN = ""
    DOOR = "door"
    DEPOT = "depot"
    MEETING = "meeting"


class StopState(StrEnum):
    """How far a stop is; a stop that is not `planned` is started, and frozen for the planner."""

    PLANNED = "planned"
    EN_ROUTE = "en_route"
    ARRIVED = "arrived"


@dataclass(frozen=True, slots=True)
class Stop:
    """One visit to one place, for one or many orders. Times are business time in epoch ms."""

    id: str
    kind: StopKind
    order_ids: tuple[str, ...]
    place: Point
    name: str
    address: str
    service_s: int
    earliest_at_ms: int
    latest_at_ms: int
    arrive_at_ms: int
    depart_at_ms: int
    note: str = ""
    state: StopState = StopState.PLANNED
    end: StopEnd = StopEnd.UNKNOWN

    @property
    def takes_over(self) -> bool:
        """Whether another courier's goods are received there: they are the other's until both have confirmed it."""
        return self.kind is StopKind.PICKUP and self.end is StopEnd.MEETING

    @property
    def is_at_door(self) -> bool:
        """Whether it is at a customer's; of stops that an older version made, drop-offs are."""
        return self.end is StopEnd.DOOR or (self.end is StopEnd.UNKNOWN and self.kind is StopKind.DROPOFF)

    @property
    def started(self) -> bool:
        """Whether the courier is on the way to it or there."""
        return self.state is not StopState.PLANNED


@dataclass(frozen=True, slots=True)
class FinishedStop:
    """The stop that a courier finished last, as it was, so that a mistake can be taken back.

    `order_ids` are those that it was finished for; `done_at_ms` is the device's time, `heard_at_ms` ours.
    """

    stop: Stop
    order_ids: tuple[str, ...]
    done_at_ms: int
    heard_at_ms: int


@dataclass(frozen=True, slots=True)
class Route:
    """A courier's stops ahead; finished stops have left it.

    `version` is the plan version that last changed it, `reason` says why, and `engines` names what planned it when that
    was a plan's doing, which saved `gain_s` seconds of riding. `finished` is the last stop that left it by being done.
    """

    courier_id: str
    version: int = 0
    stops: tuple[Stop, ...] = ()
    reason: str = ""
    engines: tuple[str, ...] = ()
    finished: FinishedStop | None = None
    gain_s: float = 0.0

    def stop(self, stop_id: str) -> Stop | None:
        """The stop with this id, if it is still ahead."""
        return next((stop for stop in self.stops if stop.id == stop_id), None)

    def order_ids(self) -> tuple[str, ...]:
        """Every order that the route serves, each once, in order of first visit; not what is yet to be taken over."""
        own = (stop for stop in self.stops if not stop.takes_over)
        return tuple(dict.fromkeys(order_id for stop in own for order_id in stop.order_ids))

    def to_take_over(self) -> tuple[str, ...]:
        """The orders that another courier is to hand over to this one."""
        return tuple(order_id for stop in self.stops if stop.takes_over for order_id in stop.order_ids)

    def without_orders(self, gone: frozenset[str]) -> tuple[Stop, ...]:
        """The stops that remain when these orders leave; a stop left without orders goes too."""
        kept = (replace(stop, order_ids=tuple(o for o in stop.order_ids if o not in gone)) for stop in self.stops)
        return tuple(stop for stop in kept if stop.order_ids)


@dataclass(frozen=True, slots=True)
class PlannedStop:
    """What a plan says of one stop: the zone fills in the rest from its orders and depots.

    `depot_id` is where a pickup is made when that is not the orders' own depot. A pickup whose `end` is a meeting takes
    another courier's goods over; of other stops the zone knows the end.
    """

    kind: StopKind
    order_ids: tuple[str, ...]
    arrive_at_ms: int
    depart_at_ms: int
    depot_id: str = ""
    end: StopEnd = StopEnd.UNKNOWN

    @property
    def takes_over(self) -> bool:
        """Whether another courier's goods are received there."""
        return self.kind is StopKind.PICKUP and self.end is StopEnd.MEETING


@dataclass(frozen=True, slots=True)
class PlannedRoute:
    """The whole of a courier's stops ahead, as a plan wants it."""

    courier_id: str
    stops: tuple[PlannedStop, ...]
