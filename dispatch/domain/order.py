"""Orders: what a customer is owed, and the table of its states."""

from dataclasses import dataclass, replace
from enum import StrEnum

from dispatch.domain.collection import Collection
from dispatch.domain.errors import Conflict
from dispatch.domain.eta import EtaNote
from dispatch.domain.fulfilment import KEEPS_MS, Mode, Shipment
from dispatch.domain.geo import Point
from dispatch.domain.payment import Payment
from dispatch.domain.rating import Rating
from dispatch.domain.vehicle import Load
from dispatch.domain.wish import Wish


class OrderStatus(StrEnum):
    """Where an order stands. States may be skipped, never run backwards, except along `MAY_FOLLOW`.

    `AT_DEPOT`, `WITH_CARRIER`: its goods wait for somebody who is not one of our couriers, or a carrier has them.
    """

    HELD = "held"
    DISPATCHABLE = "dispatchable"
    AT_DEPOT = "at_depot"
    WITH_CARRIER = "with_carrier"
    OFFERED = "offered"
    ASSIGNED = "assigned"
    EN_ROUTE_PICKUP = "en_route_pickup"
    AT_PICKUP = "at_pickup"
    PICKED_UP = "picked_up"
    EN_ROUTE_DROPOFF = "en_route_dropoff"
    AT_DROPOFF = "at_dropoff"
    DELIVERED = "delivered"
    ATTEMPT_FAILED = "attempt_failed"
    RETURNING = "returning"
    RETURNED = "returned"
    CANCELED = "canceled"


S = OrderStatus
AT_REST = frozenset({S.DISPATCHABLE, S.AT_DEPOT})
"""Nothing stands against it: it waits for a courier to be found, or for its customer or a carrier to come."""
WAITING = AT_REST | {S.HELD}
"""Nobody has it yet."""
BEFORE_PICKUP = frozenset({S.OFFERED, S.ASSIGNED, S.EN_ROUTE_PICKUP, S.AT_PICKUP})
"""A courier has it, the depot still has the goods."""
ON_BOARD = frozenset({S.PICKED_UP, S.EN_ROUTE_DROPOFF, S.AT_DROPOFF, S.ATTEMPT_FAILED, S.RETURNING})
"""The courier has the goods: only a delivery, a return or a hand-over ends this."""
TO_CUSTOMER = frozenset({S.PICKED_UP, S.EN_ROUTE_DROPOFF, S.AT_DROPOFF})
"""Goods on board that somebody waits for."""
TO_DELIVER = TO_CUSTOMER | {S.RETURNING}
"""Goods on board that need a drop-off stop; those that go back need it at their depot (`ends`)."""
STRANDED = frozenset({S.ATTEMPT_FAILED, S.RETURNING})
"""Goods on board that may have no stop: nobody has decided yet, or they go back and are not planned yet."""
FINISHED = frozenset({S.DELIVERED, S.RETURNED, S.CANCELED})
"""Nothing more happens to it."""

_FORWARD = {
    S.OFFERED: {S.ASSIGNED, S.DISPATCHABLE, S.CANCELED},
    S.ASSIGNED: {S.EN_ROUTE_PICKUP, S.AT_PICKUP, S.PICKED_UP, S.DISPATCHABLE, S.CANCELED},
    S.EN_ROUTE_PICKUP: {S.ASSIGNED, S.AT_PICKUP, S.PICKED_UP, S.DISPATCHABLE, S.CANCELED},
    S.AT_PICKUP: {S.ASSIGNED, S.PICKED_UP, S.DISPATCHABLE, S.CANCELED},
    S.PICKED_UP: {S.AT_PICKUP, S.EN_ROUTE_DROPOFF, S.AT_DROPOFF, S.DELIVERED, S.ATTEMPT_FAILED, S.RETURNING},
    S.EN_ROUTE_DROPOFF: {S.PICKED_UP, S.AT_DROPOFF, S.DELIVERED, S.ATTEMPT_FAILED, S.RETURNING},
    S.AT_DROPOFF: {S.PICKED_UP, S.DELIVERED, S.ATTEMPT_FAILED, S.RETURNING},
    S.ATTEMPT_FAILED: {S.PICKED_UP, S.AT_DROPOFF, S.RETURNING, S.DELIVERED},
    S.RETURNING: {S.RETURNED, S.DELIVERED},
    S.CANCELED: {S.RETURNING, S.DELIVERED},
    S.DELIVERED: {S.AT_DROPOFF},
    S.RETURNED: {S.RETURNING},
}
MAY_FOLLOW: dict[OrderStatus, frozenset[OrderStatus]] = {
    S.HELD: frozenset({S.DISPATCHABLE, S.AT_DEPOT, S.CANCELED}),
    S.DISPATCHABLE: frozenset({S.HELD, S.AT_DEPOT, S.OFFERED, S.ASSIGNED, S.CANCELED}),
    S.AT_DEPOT: frozenset({S.HELD, S.DISPATCHABLE, S.WITH_CARRIER, S.DELIVERED, S.CANCELED}),
    S.WITH_CARRIER: frozenset({S.AT_DEPOT, S.DELIVERED, S.RETURNED}),
    **{status: frozenset(after) for status, after in _FORWARD.items()},
}
"""Which status may follow which (invariant I4). Going back to `dispatchable` is a reassignment, before pickup only;
`en_route_*`, `at_* -> assigned | picked_up` happens when the courier does another stop first. `at_depot` and
`dispatchable` follow each other when an order comes another way (`modes`), `with_carrier -> at_depot` when no carrier
took it after all.

An end is left in two ways only: reality wins (`reality`: what was handed over offline is no longer canceled, or not on
its way back), and a courier takes back a mistake at once (`undo`: delivered -> at_dropoff, returned -> returning, and
picked_up, attempt_failed -> the door before them)."""


class Direction(StrEnum):
    """Which way an order goes: a delivery from its depot to the customer, a return from the customer to its depot."""

    DELIVERY = "delivery"
    RETURN = "return"


class Lock(StrEnum):
    """What the planner must not change about an order; every lock but `none` also keeps its courier.

    `sequence`: its visits and those of other orders so locked keep their order among each other. `position`: the route
    stays as it is up to the order's last visit. `full`: so do its very stops, which nothing may join.
    """

    NONE = "none"
    COURIER = "courier"
    SEQUENCE = "sequence"
    POSITION = "position"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class Dropoff:
    """The customer's end: where a delivery goes and a return comes from, and who is waiting there.

    `marked` is where the shop's pin was, when a correction has moved the door (`corrections`). Name, phone and note are
    personal data: never logged.
    """

    place: Point
    address: str
    name: str = ""
    phone: str = ""
    note: str = ""
    marked: Point | None = None


class ProofKind(StrEnum):
    """How a delivery is proven. `age`: the courier has looked at a document."""

    PHOTO = "photo"
    SIGNATURE = "signature"
    PIN = "pin"
    BARCODE = "barcode"
    AGE = "age"


class PreparationStep(StrEnum):
    """What a shop or a depot reports of an order before a courier has it."""

    PAID = "paid"
    PICKING = "picking"
    PACKED = "packed"


@dataclass(frozen=True, slots=True)
class Line:
    """One thing in an order. `code` is what a scanner reads on it, `sku` the good in stock; empty: nobody counts it."""

    name: str
    quantity: int = 1
    code: str = ""
    sku: str = ""


class HoldState(StrEnum):
    """What an order has of its depot's stock: nothing (yet, or any more), a promise, or the goods themselves; `back`
    they are after a return.
    """

    RELEASED = "released"
    RESERVED = "reserved"
    OUT = "out"
    BACK = "back"


@dataclass(frozen=True, slots=True)
class Taken:
    """Pieces that left a shelf for an order, and from which lot: for the way back, and for recalls."""

    sku: str
    lot_id: str
    quantity: int
    expires_at_ms: int = 0


@dataclass(frozen=True, slots=True)
class Hold:
    """What an order holds of which depot's shelves (`allotment`)."""

    depot_id: str
    state: HoldState
    taken: tuple[Taken, ...] = ()


@dataclass(frozen=True, slots=True)
class Proof:
    """What was shown at the door. `value` is what was typed or scanned, `upload_id` names the picture that follows."""

    kind: ProofKind
    order_id: str
    value: str = ""
    upload_id: str = ""
    at_ms: int = 0


@dataclass(frozen=True, slots=True)
class Handover:
    """Goods on board that are to change courier: whom they go to, where the two meet, and who has confirmed it.

    `giver_at_ms` and `taker_at_ms` are when the two are planned to be there. `given_at_ms` is when the courier who has
    the goods says to have given them, `received_at_ms` when the other says to have them; 0: not yet.
    """

    to_courier_id: str
    place: Point
    address: str = ""
    giver_at_ms: int = 0
    taker_at_ms: int = 0
    given_at_ms: int = 0
    received_at_ms: int = 0

    @property
    def begun(self) -> bool:
        """Whether one of the two has confirmed it."""
        return bool(self.given_at_ms or self.received_at_ms)


@dataclass(frozen=True, slots=True)
class Order:
    """One order of a zone. Times are business time in epoch ms; 0 means not known yet.

    `skills` are what its courier must be able to do (`skills.needed_skills` adds what follows from the rest).
    `max_ride_s` is how long the goods may ride (0: any time). `tier` is what the customer pays for: 0 normal to 3, and
    `depot_options` are further depots that have the goods. `cut_off` says what
    keeps everybody from reaching its door, in the words of whoever reported it; empty: nothing. `etas` are the
    arrival times that its customer was told so far, the newest last. `preparation` are the steps that were reported,
    by time. `link_number` counts how often its tracking link was replaced. `phone_mark` stands for the customer's
    number where orders are looked for by it; empty where an older version took the order in, or there is no number.

    `leave_at_door`: nobody has to be there, a photo proves the delivery. `wishes` are what its customer changed, the
    newest last, and `wish_version` is the plan version of the last of them. `waits_until_ms` is how late it may come
    by the customer's own word (`wishes`). `stock` is what it holds of its depot's shelves; None where none of its lines
    is counted. `payment` is how it is paid; None where nobody has said so. `collection` is how its customer fetches it
    at a pickup point, `returns` the order whose goods it brings back, `claim_id` the claim that it is for (`claims`).
    `any_depot`: its shop has named no depot, so that another may be chosen when it goes elsewhere (`depot_choice`).
    `drop_of` is what whoever placed it calls the delivery of which it is one drop.

    `mode` is who brings it. What its customer fetches goes to its depot, as `dropoff` says; a carrier may go anywhere,
    and has it as `shipment` says. `door` is then where a courier of ours could bring it; None: nowhere.
    """

    id: str
    depot_id: str
    dropoff: Dropoff
    load: Load
    created_at_ms: int
    ready_at_ms: int
    promise_at_ms: int
    ref: str = ""
    earliest_at_ms: int = 0
    commit_due_at_ms: int = 0
    service_pickup_s: int = 60
    service_dropoff_s: int = 90
    priority: int = 0
    track_hash: str = ""
    placed_by: str = ""
    status: OrderStatus = OrderStatus.DISPATCHABLE
    reason: str = ""
    courier_id: str = ""
    offer_id: str = ""
    assignment_seq: int = 0
    lock: Lock = Lock.NONE
    declined_by: tuple[str, ...] = ()
    missed_by: str = ""
    eta_at_ms: int = 0
    eta_late_at_ms: int = 0
    changed_version: int = 0
    timeline: tuple[tuple[OrderStatus, int], ...] = ()
    lines: tuple[Line, ...] = ()
    requires: tuple[ProofKind, ...] = ()
    pin: str = ""
    barcode: str = ""
    proofs: tuple[Proof, ...] = ()
    skills: tuple[str, ...] = ()
    fragile: bool = False
    max_ride_s: int = 0
    tier: int = 0
    depot_options: tuple[str, ...] = ()
    direction: Direction = Direction.DELIVERY
    handover: Handover | None = None
    cut_off: str = ""
    etas: tuple[EtaNote, ...] = ()
    leave_at_door: bool = False
    wishes: tuple[Wish, ...] = ()
    wish_version: int = 0
    waits_until_ms: int = 0
    preparation: tuple[tuple[PreparationStep, int], ...] = ()
    rating: Rating | None = None
    link_number: int = 0
    phone_mark: str = ""
    stock: Hold | None = None
    collection: Collection | None = None
    returns: str = ""
    claim_id: str = ""
    payment: Payment | None = None
    any_depot: bool = False
    drop_of: str = ""
    mode: Mode = Mode.DELIVERY
    shipment: Shipment | None = None
    door: Dropoff | None = None

    @property
    def at_rest(self) -> OrderStatus:
        """How it stands while nobody has it and nothing stands against it."""
        return OrderStatus.DISPATCHABLE if self.mode is Mode.DELIVERY else OrderStatus.AT_DEPOT

    @property
    def collect_by_ms(self) -> int:
        """Until when its depot keeps it for its customer; 0: it does not lie there for them."""
        if self.mode is not Mode.SELF_PICKUP or self.status is not OrderStatus.AT_DEPOT:
            return 0
        since_ms = self.timeline[-1][1] if self.timeline else 0
        return max(self.ready_at_ms, self.promise_at_ms, since_ms) + KEEPS_MS

    @property
    def is_over(self) -> bool:
        """Whether nothing more happens to it: it has ended, and does not wait at a pickup point."""
        return self.status in FINISHED and not (self.collection and self.collection.is_open)

    @property
    def over_at_ms(self) -> int:
        """Since when nothing more happens to it; 0 while something may."""
        if not self.is_over or not self.timeline:
            return 0
        return max(self.timeline[-1][1], self.collection.at_ms if self.collection else 0)

    @property
    def proven_by(self) -> tuple[ProofKind, ...]:
        """What is shown at the door: what the shop requires, and a photo of what is left there."""
        if not self.leave_at_door or ProofKind.PHOTO in self.requires:
            return self.requires
        return (*self.requires, ProofKind.PHOTO)

    def moved(self, status: OrderStatus, at_ms: int, reason: str = "") -> "Order":
        """The order one step further. Raises `Conflict` when the table does not allow the step."""
        if status not in MAY_FOLLOW[self.status]:
            raise Conflict("wrong_state", f"An order that is {self.status} cannot become {status}.")
        return replace(self, status=status, reason=reason, timeline=(*self.timeline, (status, at_ms)))

    def released(self, at_ms: int, reason: str, declined_by: str = "", missed_by: str = "") -> "Order":
        """The order without its courier, to be planned again.

        Who declined is not asked again; who only missed the offer is asked last.
        """
        declined = (*self.declined_by, declined_by) if declined_by else self.declined_by
        free = self.moved(OrderStatus.DISPATCHABLE, at_ms, reason)
        unknown = replace(free, courier_id="", offer_id="", lock=Lock.NONE, eta_at_ms=0, eta_late_at_ms=0)
        return replace(unknown, declined_by=declined, missed_by=missed_by)
