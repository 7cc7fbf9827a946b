"""What goes over the wire in HTTP bodies: one typed struct each, the same for decoding, encoding and OpenAPI.

Requests refuse unknown fields: a field that is spelled wrong must not be ignored in silence.
"""

import re
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from courier_protocol.live import OrderView

ID_PATTERN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
"""Ids become parts of other ids (stops, offers), which the channel bounds at 64."""
Id = Annotated[str, Meta(pattern=f"^{ID_PATTERN.pattern}$(?!\n)")]
Zone = Annotated[str, Meta(pattern="^[a-z0-9][a-z0-9-]{0,39}$(?!\n)")]
"""In Python `$` would let a trailing newline pass."""
Lat = Annotated[float, Meta(ge=-90, le=90)]
Lon = Annotated[float, Meta(ge=-180, le=180)]
Millis = Annotated[int, Meta(ge=0, le=2**53 - 1)]
Reason = Annotated[str, Meta(min_length=1, max_length=200)]
Name = Annotated[str, Meta(min_length=1, max_length=200)]
Address = Annotated[str, Meta(max_length=500)]
AddressText = Annotated[str, Meta(min_length=1, max_length=500)]
ServiceSeconds = Annotated[int, Meta(ge=0, le=7_200)]
Skill = Annotated[str, Meta(pattern="^[a-z][a-z0-9_-]{0,39}$(?!\n)")]
Skills = Annotated[list[Skill], Meta(max_length=20)]
MAX_BATCH = 500


class Body(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The base of every request body."""


class Shown(msgspec.Struct, kw_only=True):
    """The base of every response body."""


# --- orders ----------------------------------------------------------------------------------------------------


class DropoffBody(Body, kw_only=True):
    """Where the goods go. Name, phone and note are for the courier only. The address may be left out only where the
    customer fetches the goods themselves.

    Without `lat` and `lon` the address is looked up in the city's book. What is not found there for sure is an order
    that is held with the reason `address`, until its place is given.
    """

    lat: Lat | None = None
    lon: Lon | None = None
    address: Address = ""
    name: Annotated[str, Meta(max_length=200)] = ""
    phone: Annotated[str, Meta(max_length=40)] = ""
    note: Annotated[str, Meta(max_length=500)] = ""


class LoadBody(Body):
    """What the order weighs and how much room it takes."""

    weight_g: Annotated[int, Meta(ge=0, le=10_000_000)] = 0
    volume_ml: Annotated[int, Meta(ge=0, le=100_000_000)] = 0
    items: Annotated[int, Meta(ge=0, le=10_000)] = 1


class LineBody(Body):
    """One thing in an order; `code` is what a scanner reads on it, `sku` a good that the depots keep in stock."""

    name: Name
    quantity: Annotated[int, Meta(ge=1, le=100_000)] = 1
    code: Annotated[str, Meta(max_length=64)] = ""
    sku: Id | None = None


class PaymentBody(Body):
    """How an order is paid. An `unpaid` one is held with the reason `payment` until it is paid; for `cash` the courier
    takes `due_minor` at the door, in the smallest unit of `currency` (ISO 4217; the server's own when left out).
    """

    state: Literal["unpaid", "paid", "cash"]
    due_minor: Annotated[int, Meta(ge=0, le=100_000_000)] = 0
    currency: Annotated[str, Meta(pattern="^([A-Z]{3})?$(?!\n)")] = ""


ProofName = Literal["photo", "signature", "pin", "barcode", "age"]


class OrderBody(Body):
    """An order to take in. Times are epoch milliseconds of business time; what is left out is chosen by the server.

    A `return` goes from the customer (`dropoff`) to the depot: `ready_at_ms` is from when the customer can hand it
    over, `promise_at_ms` by when it shall be at the depot. A delivery comes from `earliest_at_ms` on (0: as soon as
    possible) and by `promise_at_ms`.

    `requires` is what is proven at the customer's door; a PIN that is required but not given is made up here and shown
    to the shopper on the tracking page, and only there. `barcode` is the parcel's code (else the order's ref counts).

    `skills` are what the courier must be able to do; proof of age asks for the skill `age_check` and `fragile` for the
    skill `fragile`, if any courier of the zone carries it. `max_ride_s` is how long the goods may ride (0: any time),
    `tier` what the customer pays for (0 normal to 3), `depot_options` are further depots that have the goods: the
    planner chooses among them and `depot_id`; without that it begins with the nearest of them. `leave_at_door`: nobody
    has to be there, and a photo proves the delivery; the customer can still say otherwise.

    Lines with a `sku` are promised from stock: at `depot_id`, or where that has not all of it at one of the
    `depot_options`; without either at the nearest depot that has all of it. Where none has, the order is held with the
    reason `stock` until there is more, or (`if_short` is `refuse`) refused. They also say what the order weighs if
    `load` does not, whether it is fragile, and whether the courier looks at a document for the customer's age.

    With a `point_id` the customer (name and phone in `dropoff`) collects it at that pickup point: it goes there,
    wherever `dropoff` lies, and the tracking page has the code.

    `drop_of` is the shop's number of a delivery with several drops, each of which is an order.
    `mode` is who brings it. `self_pickup`: the customer fetches it at `depot_id`, or at the nearest depot that has its
    goods, with the code of the tracking page; `dropoff` may then be their name and phone only. `carrier`: whoever takes
    it over at the depot; the address may be anywhere and needs no place. `leader_pickup` is what has a `point_id`.
    """

    dropoff: DropoffBody
    zone: Zone = "default"
    ref: Annotated[str, Meta(max_length=100)] = ""
    depot_id: Id | None = None
    load: LoadBody = msgspec.field(default_factory=LoadBody)
    ready_at_ms: Millis | None = None
    promise_at_ms: Millis | None = None
    earliest_at_ms: Millis = 0
    service_pickup_s: ServiceSeconds | None = None
    service_dropoff_s: ServiceSeconds | None = None
    priority: Annotated[int, Meta(ge=0, le=9)] = 0
    commit_due_at_ms: Millis = 0
    lines: Annotated[list[LineBody], Meta(max_length=200)] = msgspec.field(default_factory=list)
    requires: Annotated[list[ProofName], Meta(max_length=5)] = msgspec.field(default_factory=list)
    pin: Annotated[str, Meta(pattern="^([0-9]{4,8})?$(?!\n)")] = ""
    barcode: Annotated[str, Meta(max_length=64)] = ""
    direction: Literal["delivery", "return"] = "delivery"
    skills: Skills = msgspec.field(default_factory=list)
    fragile: bool = False
    max_ride_s: Annotated[int, Meta(ge=0, le=86_400)] = 0
    tier: Annotated[int, Meta(ge=0, le=3)] = 0
    depot_options: Annotated[list[Id], Meta(max_length=20)] = msgspec.field(default_factory=list)
    leave_at_door: bool = False
    if_short: Literal["hold", "refuse"] = "hold"
    point_id: Id | None = None
    payment: PaymentBody | None = None
    drop_of: Annotated[str, Meta(max_length=100)] = ""
    mode: Literal["delivery", "leader_pickup", "self_pickup", "carrier"] = "delivery"


class OrdersBody(Body):
    """Orders to take in, each on its own: one that is refused does not hold up the others."""

    orders: Annotated[list[msgspec.Raw], Meta(min_length=1, max_length=MAX_BATCH)]


class AddressCandidate(Shown, omit_defaults=True):
    """An address of the city's book that a text may mean; `confidence` from 0 to 1.

    `guessed` says what is not as it was written: the house number (the nearest known one), or the street.
    """

    address: str
    lat: float
    lon: float
    confidence: float
    guessed: list[Literal["number", "street"]] = msgspec.field(default_factory=list)


class AddressChecked(Shown, omit_defaults=True):
    """What the city's book says of an address text; the likeliest candidate comes first, at most five.

    `exact` and `likely` are good enough to send a courier there; with `ambiguous` ask which one is meant. With a place
    `distance_m` is how far it is from the first candidate, and `pin` whether both agree: it `differs` only where the
    text is exactly in the book.
    """

    verdict: Literal["exact", "likely", "ambiguous", "not_found"]
    candidates: list[AddressCandidate] = msgspec.field(default_factory=list)
    pin: Literal["", "agrees", "differs", "unknown"] = ""
    distance_m: int | None = None


class PlacedOrder(Shown, omit_defaults=True):
    """An order as it was taken in, with its tracking link; the link is told here only.

    `address_check` comes with an order that had no place, and with one whose place is not where its address is: that
    one is dispatched all the same, to the place.
    """

    id: str
    status: str
    depot_id: str = ""
    created_at_ms: int = 0
    ready_at_ms: int = 0
    promise_at_ms: int = 0
    reason: str = ""
    track_token: str = ""
    track_url: str = ""
    address_check: AddressChecked | None = None


class PendingRequest(Shown):
    """A request that was taken in but not decided yet; ask `status_url` again."""

    id: str
    status_url: str
    status: Literal["pending"] = "pending"


class RequestStatus(Shown, omit_defaults=True):
    """What became of a request: pending, done, or refused with a code and a sentence."""

    id: str
    status: Literal["pending", "done", "refused"]
    code: str = ""
    detail: str = ""
    order_id: str = ""


class BatchResult(Shown, omit_defaults=True):
    """What became of one order of a batch, in the order of the request."""

    status: int
    order: PlacedOrder | None = None
    problem: msgspec.Raw | None = None


class BatchResults(Shown):
    """One result for each order of the batch."""

    results: list[BatchResult]


class OrderPage(Shown, omit_defaults=True):
    """Some orders, and where the next ones are."""

    orders: list[OrderView]
    next_cursor: str = ""
    next: str = ""


class OrdersFound(Shown):
    """Orders of an account, the newest first; `next` is where looking for more goes on (empty: there are no more), also
    where none of those that were looked at is one. `now_ms` is business time.
    """

    now_ms: int
    orders: list[OrderView]
    next: str


class LineShown(Shown, omit_defaults=True):
    """One thing in an order."""

    name: str
    quantity: int
    sku: str = ""


class DropsShown(Shown):
    """The drops of one delivery, by their windows; `drop_of` empty: the order is none. `lines` are those of the order
    that was asked for, `now_ms` is business time.
    """

    now_ms: int
    drop_of: str
    orders: list[OrderView]
    lines: list[LineShown]


class ReasonBody(Body):
    """Why."""

    reason: Reason


class OrderState(Shown):
    """An order after a command."""

    id: str
    status: str
    reason: str


# --- fleet and depots ------------------------------------------------------------------------------------------


class CapacityBody(Body):
    """What a courier's vehicle carries."""

    weight_g: Annotated[int, Meta(ge=0, le=10_000_000)]
    volume_ml: Annotated[int, Meta(ge=0, le=100_000_000)]
    items: Annotated[int, Meta(ge=0, le=10_000)]


ProfileName = Literal["foot", "bike", "ebike", "motorbike", "car", "van"]


class BreakBody(Body):
    """A rest within a shift, business time: begun at `from_ms`, or when the stop at hand is done; it lasts whole."""

    from_ms: Millis
    until_ms: Millis


class CourierBody(Body):
    """A courier to register or change. Without a capacity the vehicle's usual one counts.

    Everything below it stays as it is when it is left out. `phone` is for signing in (empty: none). No pickup begins
    after `shift_end_at_ms` (0: open end). `speed_factor` is how fast they ride against what the roads say (1.2: a fifth
    faster), `max_orders` how many orders a learner may have at once (0: as many as anybody), `home_areas` the areas
    that they know; a freelancer (`fleet`) is asked when the house's own couriers do not suffice. Whose `account` is
    suspended is signed out at once, and let in no more.
    """

    name: Name
    profile: ProfileName
    capacity: CapacityBody | None = None
    phone: Annotated[str, Meta(max_length=32)] | None = None
    skills: Skills | None = None
    shift_end_at_ms: Millis | None = None
    breaks: Annotated[list[BreakBody], Meta(max_length=10)] | None = None
    speed_factor: Annotated[float, Meta(ge=0.25, le=4)] | None = None
    max_orders: Annotated[int, Meta(ge=0, le=100)] | None = None
    home_areas: Annotated[list[Id], Meta(max_length=50)] | None = None
    fleet: Literal["own", "freelance"] | None = None
    account: Literal["invited", "training", "active", "suspended"] | None = None
    zone: Zone = "default"


class PlaceShown(Shown):
    """A courier's newest place."""

    lat: float
    lon: float
    at_ms: int
    received_at_ms: int


class BreakShown(Shown):
    """A rest within a shift."""

    from_ms: int
    until_ms: int


class CourierShown(Shown, omit_defaults=True):
    """A courier as integrators and staff see them."""

    id: str
    name: str
    profile: str
    duty: str
    account: str
    link: str
    zone: str
    weight_g: int
    volume_ml: int
    items: int
    speed_factor: float
    position: PlaceShown | None = None
    clock_offset_ms: int | None = None
    skills: list[str] = msgspec.field(default_factory=list)
    shift_end_at_ms: int = 0
    breaks: list[BreakShown] = msgspec.field(default_factory=list)
    max_orders: int = 0
    home_areas: list[str] = msgspec.field(default_factory=list)
    fleet: str = "own"


class Couriers(Shown):
    """Every courier of a zone."""

    couriers: list[CourierShown]


class DepotBody(Body):
    """A depot to register or change. `packing_s`: so long before a courier comes their goods are to be packed; left
    out, as it is (300 for a new depot).
    """

    name: Name
    lat: Lat
    lon: Lon
    address: Address = ""
    zone: Zone = "default"
    packing_s: Annotated[int, Meta(ge=0, le=7_200)] | None = None


class DepotShown(Shown):
    """A depot."""

    id: str
    name: str
    lat: float
    lon: float
    address: str
    zone: str
    packing_s: int


class Depots(Shown):
    """Every depot of a zone."""

    depots: list[DepotShown]


class ZoneShown(Shown):
    """A zone that this server serves."""

    id: str
    plan_version: int
    epoch: int
    head: int


class Zones(Shown):
    """Every zone that the caller may see."""

    zones: list[ZoneShown]


# --- staff -----------------------------------------------------------------------------------------------------


class EventShown(Shown):
    """One recorded event; `body` holds the whole entities that it carries."""

    seq: int
    at_ms: int
    request_id: str
    actor: str
    type: str
    body: msgspec.Raw


class Events(Shown, omit_defaults=True):
    """Recorded events, oldest first."""

    epoch: int
    events: list[EventShown]
    next: str = ""


class Stats(Shown):
    """Figures of a zone since this server began, and whatever invariant does not hold now."""

    orders_created: int
    orders_offered: int
    orders_delivered: int
    plans_adopted: int
    sessions: dict[str, int]
    counters: dict[str, float]
    invariant_violations: list[str]


# --- the server itself -----------------------------------------------------------------------------------------


class Latlon(Shown):
    """A place."""

    lat: float
    lon: float


class BoxShown(Shown):
    """A bounding box, in degrees."""

    south: float
    west: float
    north: float
    east: float


class CityShown(Shown):
    """What a map needs to know of the city."""

    id: str
    name: str
    box: BoxShown
    centre: Latlon
    attribution: str
    basemap: str


class Health(Shown, omit_defaults=True):
    """Whether the server is alive or ready, what it waits for, and what works at less than its best meanwhile."""

    status: Literal["ok", "degraded", "not_ready"]
    reasons: list[str] = msgspec.field(default_factory=list)
    degraded: list[str] = msgspec.field(default_factory=list)
    version: str = ""
