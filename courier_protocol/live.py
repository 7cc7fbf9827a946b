"""Every message of `/v1/live` (subprotocols `live.v1.json`, `live.v1.msgpack`): what watchers say and are told.

A watcher is a shopper (hello with a tracking token: one order and its courier) or staff (hello with a signed
token and a zone: everything that moves there). The stream position and `prev` work as in `messages`; a gap
means: ask again with a new hello, and a `snapshot` comes. Fixes are latest-wins and carry no stream position.

Staff of a large zone say with `look` what is on their screen, and get the places that fit it.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from courier_protocol.messages import (
    PROTOCOL_VERSION,
    Degrees,
    ErrorMessage,
    Fraction,
    Id,
    Lat,
    Lon,
    MaybeId,
    Message,
    MetresPerSecond,
    Millis,
    Name,
    Natural,
    Ping,
    Pong,
    Rate,
    Reason,
    Saying,
    Seconds,
    Stops,
    StreamPosition,
    Text,
    Word,
)
from courier_protocol.order_view import (
    CollectionView,
    LoadView,
    OrderView,
    PreparationView,
    PreparationWord,
    ProofView,
    RatingView,
    ShipmentView,
    TimelineEntry,
    WishView,
)

# What an order shows belongs to this channel and is written down beside it.
__all__ = [
    "CollectionView",
    "LoadView",
    "OrderView",
    "PreparationView",
    "PreparationWord",
    "ProofView",
    "RatingView",
    "ShipmentView",
    "TimelineEntry",
    "WishView",
]

Secret = Annotated[str, Meta(max_length=4_096)]
MANY = Meta(max_length=100_000)
SignedSeconds = Annotated[float, Meta(ge=-1e9, le=1e9)]
Percent = Annotated[float, Meta(ge=0, le=100)]

# --- what a watcher says ---------------------------------------------------------------------------------------


ThingId = Annotated[str, Meta(max_length=200)]
"""What a desk shows: an order, a courier, a depot, a case."""
Zoom = Annotated[float, Meta(ge=0, le=24)]


class View(msgspec.Struct, omit_defaults=True, gc=False, frozen=True):
    """The part of the map on a screen: a box in degrees, which never crosses the antimeridian, and a zoom level.

    At zoom 0 the world is 256 pixels wide (512 in MapLibre, whose levels are one less), and each level doubles that.
    """

    south: Lat
    west: Lon
    north: Lat
    east: Lon
    zoom: Zoom


class WatchHello(Message, tag="hello", frozen=True):
    """The first message. Exactly one of `track` (a shopper's tracking token) and `token` (staff, with `zone`).

    Staff may say at once what they `look` at (see `Look`), and that they read places `packed` (see `PackedFixes`).
    """

    track: Secret = ""
    token: Secret = ""
    zone: MaybeId = ""
    v: Natural = PROTOCOL_VERSION
    resume: StreamPosition | None = None
    look: View | None = None
    packed: bool = False


class Look(Message, tag="look", frozen=True):
    """Staff look at this part of the zone from now on: places and ways outside are not sent, and where more couriers
    are inside than a screen can show, `clusters` come instead of them. Without a view: everything again.
    """

    view: View | None = None


class Attend(Message, tag="attend", frozen=True):
    """Staff have this open from now on (nothing, without an id), and are `changing` it while a dialog of theirs is.

    `tab` tells the windows of one person apart, and one's own from those of others. Who attends is told of the others
    by `attending`; who never does is not.
    """

    tab: Id
    kind: Word = ""
    id: ThingId = ""
    changing: bool = False


WatcherMessage = WatchHello | Look | Attend | Ping

# --- what is shown ---------------------------------------------------------------------------------------------


class MessageView(msgspec.Struct, omit_defaults=True, gc=False, frozen=True):
    """A message about an order. A shopper sees what they wrote and what was written to them."""

    id: Id
    order_id: Id
    sender: Literal["courier", "customer", "dispatcher"]
    to: Literal["courier", "customer", "dispatcher"]
    text: Saying
    at_ms: Millis


Account = Annotated[str, Meta(max_length=4_000)]
"""What somebody said in a case, and added to it."""


class CaseView(msgspec.Struct, omit_defaults=True, gc=False, frozen=True):
    """Something that somebody should look at: what `courier_id` did and what the zone had decided do not agree, or a
    customer waits for an answer.

    `kind` is a row of "Reality wins" in docs/protocol.md, or of docs/cases.md; `happened_at_ms` is the courier's time,
    `at_ms` ours. `due_at_ms` is until when a solution is owed (0: none is), `escalated_at_ms` when that passed.
    """

    id: Annotated[str, Meta(min_length=1, max_length=200)]
    kind: Word
    order_id: MaybeId
    at_ms: Millis
    happened_at_ms: Millis = 0
    courier_id: MaybeId = ""
    other_courier_id: MaybeId = ""
    status: Literal["open", "solved", "resolved"] = "open"
    resolution: Reason = ""
    resolved_by: MaybeId = ""
    text: Account = ""
    opened_by: Name = ""
    assignee: MaybeId = ""
    due_at_ms: Millis = 0
    escalated_at_ms: Millis = 0
    solution: Reason = ""
    solved_at_ms: Millis = 0
    solved_by: MaybeId = ""
    wanted_minor: Natural = 0
    compensation_minor: Natural = 0
    follow_up_at_ms: Millis = 0
    follow_up_note: Reason = ""
    follows_up: bool = False
    reopened: Natural = 0
    cause: Word = ""


class BreakView(msgspec.Struct, omit_defaults=True, gc=False, frozen=True):
    """A rest that is planned within a shift."""

    from_ms: Millis
    until_ms: Millis


class CourierView(msgspec.Struct, omit_defaults=True, gc=False, frozen=True):
    """A courier as staff see it; `link` is live, stale, lost or offline.

    `route_reason` says why the route ahead last changed, `route_engines` names what planned it, where a plan did,
    and `route_gain_s` how many seconds of riding that saved, after the price of what it disturbed.

    `duty_since_ms` is when the duty last changed, `shift_from_ms` when they last came on duty, `heard_at_ms` when
    anything last came from the phone as far as this view knows, and `battery` what it then said, in steps of 5%.
    """

    id: Id
    name: Name
    profile: Word
    duty: Word
    link: Word = "offline"
    route_version: Natural = 0
    stops: Stops = ()
    route_reason: Reason = ""
    route_engines: Annotated[tuple[Word, ...], Meta(max_length=16)] = ()
    route_gain_s: SignedSeconds = 0.0
    account: Word = "active"
    capacity: LoadView | None = None
    breaks: Annotated[tuple[BreakView, ...], Meta(max_length=10)] = ()
    shift_end_at_ms: Millis = 0
    shift_from_ms: Millis = 0
    duty_since_ms: Millis = 0
    heard_at_ms: Millis = 0
    battery: Fraction | None = None


class GoalsView(msgspec.Struct, gc=False, frozen=True):
    """What a zone wants to reach, and its desk is measured by.

    At least `on_time_pct` of an hour's deliveries by their promise and `orders_per_courier_hour`; at most `at_risk_pct`
    and `late_pct` of the open orders, `door_min` minutes from order to door for half of them, and `waiting_orders` that
    have had no courier for longer than `waiting_s`. `version` counts the changes.
    """

    version: Natural
    on_time_pct: Percent
    at_risk_pct: Percent
    late_pct: Percent
    door_min: Annotated[float, Meta(ge=0, le=1_440)]
    orders_per_courier_hour: Annotated[float, Meta(ge=0, le=100)]
    waiting_orders: Natural
    waiting_s: Natural


class DepotView(msgspec.Struct, omit_defaults=True, gc=False, frozen=True):
    """A depot on the map."""

    id: Id
    name: Name
    lat: Lat
    lon: Lon
    address: Text = ""


class FixView(msgspec.Struct, omit_defaults=True, gc=False, frozen=True):
    """A courier's newest place: (gen, seq) never goes back; `at_ms` is business time."""

    courier_id: Id
    gen: Natural
    seq: Natural
    at_ms: Millis
    lat: Lat
    lon: Lon
    heading_deg: Degrees | None = None
    speed_mps: MetresPerSecond | None = None


class RoutePath(msgspec.Struct, omit_defaults=True, gc=False, frozen=True):
    """The road geometry of a courier's route ahead: an encoded polyline of precision 6."""

    courier_id: Id
    version: Natural
    polyline6: Annotated[str, Meta(max_length=262_144)]


class WatchWelcome(Message, tag="welcome", frozen=True):
    """The answer to hello; a snapshot follows unless `resumed`."""

    business_now_ms: Millis
    server_mono_ms: Millis
    rate: Rate
    epoch: Natural
    seq: Natural
    heartbeat_s: Seconds
    resumed: bool = False
    city: Name = ""


class ZoneSnapshot(Message, tag="zone_snapshot", frozen=True):
    """Everything staff see of a zone at (epoch, seq).

    `plan_version` is what an override sends as its `expected_version`: what the dispatcher had before their eyes.
    """

    epoch: Natural
    seq: Natural
    zone: MaybeId
    orders: Annotated[tuple[OrderView, ...], MANY]
    couriers: Annotated[tuple[CourierView, ...], MANY]
    depots: Annotated[tuple[DepotView, ...], MANY]
    fixes: Annotated[tuple[FixView, ...], MANY] = ()
    paths: Annotated[tuple[RoutePath, ...], MANY] = ()
    plan_version: Natural = 0
    cases: Annotated[tuple[CaseView, ...], MANY] = ()
    messages: Annotated[tuple[MessageView, ...], MANY] = ()
    goals: GoalsView | None = None


class TrackSnapshot(Message, tag="track_snapshot", frozen=True):
    """Everything a shopper sees of the order at (epoch, seq). `courier_*` only between pickup and drop-off.

    `pin` is what the courier will ask for at the door, where the order wants one.
    """

    epoch: Natural
    seq: Natural
    order: OrderView
    depot: DepotView | None = None
    courier_name: Name = ""
    courier_profile: Word = ""
    stops_before: Natural = 0
    fix: FixView | None = None
    path: RoutePath | None = None
    messages: Annotated[tuple[MessageView, ...], MANY] = ()
    pin: Word = ""


class ZoneChange(Message, tag="zone_change", frozen=True):
    """What one event changed, as whole new views; a view replaces the one with the same id."""

    epoch: Natural
    prev: Natural
    seq: Natural
    at_ms: Millis
    event: Word
    orders: Annotated[tuple[OrderView, ...], MANY] = ()
    couriers: Annotated[tuple[CourierView, ...], MANY] = ()
    depots: Annotated[tuple[DepotView, ...], MANY] = ()
    paths: Annotated[tuple[RoutePath, ...], MANY] = ()
    plan_version: Natural = 0
    cases: Annotated[tuple[CaseView, ...], MANY] = ()
    messages: Annotated[tuple[MessageView, ...], MANY] = ()
    goals: GoalsView | None = None


class TrackChange(Message, tag="track_change", frozen=True):
    """The shopper's order as it now stands, after the event at `seq`; `messages` are all of it, or left out, and so is
    its `depot` while it is the same.
    """

    epoch: Natural
    prev: Natural
    seq: Natural
    at_ms: Millis
    event: Word
    order: OrderView
    courier_name: Name = ""
    courier_profile: Word = ""
    stops_before: Natural = 0
    fix: FixView | None = None
    path: RoutePath | None = None
    courier_visible: bool = False
    messages: Annotated[tuple[MessageView, ...], MANY] = ()
    pin: Word = ""
    depot: DepotView | None = None


class Fixes(Message, tag="fixes", frozen=True):
    """New places of couriers, in order: each replaces the one before of the same courier."""

    fixes: Annotated[tuple[FixView, ...], MANY]


class PackedFixes(Message, tag="packed", frozen=True):
    """As `Fixes`, for watchers that asked for it: the courier's ids, and a record of `packed.RECORD` for each of them.

    In JSON, `data` is base64.
    """

    couriers: Annotated[tuple[Id, ...], MANY]
    data: Annotated[bytes, Meta(max_length=3_200_000)]


class Cluster(msgspec.Struct, omit_defaults=True, gc=False, frozen=True):
    """So many couriers around a place; `idle` of them are on duty and have nothing to do."""

    lat: Lat
    lon: Lon
    couriers: Natural
    idle: Natural = 0


class Clusters(Message, tag="clusters", frozen=True):
    """The couriers in the view, too many to be shown one by one. It replaces their dots and the clusters before; with
    the next `fixes` the dots are back.
    """

    clusters: Annotated[tuple[Cluster, ...], Meta(max_length=10_000)]


class Paths(Message, tag="paths", frozen=True):
    """The road geometry of routes ahead, a moment after they changed. Latest-wins, without a stream position.

    Each path replaces the one of the same courier unless its `version` is lower; an empty line clears it.
    """

    paths: Annotated[tuple[RoutePath, ...], MANY]


class LinkChanged(Message, tag="link", frozen=True):
    """A courier's link became live, stale, lost or offline, or the battery of their phone is on another step of 5%.

    Latest-wins, without a stream position; of a battery at most every 30 s. `heard_at_ms` as in `CourierView`.
    """

    courier_id: Id
    link: Literal["live", "stale", "lost", "offline"]
    heard_at_ms: Millis = 0
    battery: Fraction | None = None


class Attendee(msgspec.Struct, omit_defaults=True, gc=False, frozen=True):
    """What somebody at a desk has open; `who` is the name that colleagues see, or the subject of a plain token."""

    tab: Id
    who: Name
    kind: Word = ""
    id: ThingId = ""
    changing: bool = False


class Attending(Message, tag="attending", frozen=True):
    """Everybody who attends, oneself included; it replaces what was told before. Latest-wins, no stream position."""

    people: Annotated[tuple[Attendee, ...], Meta(max_length=200)]


LiveMessage = (
    WatchWelcome
    | ZoneSnapshot
    | TrackSnapshot
    | ZoneChange
    | TrackChange
    | Fixes
    | PackedFixes
    | Clusters
    | Paths
    | LinkChanged
    | Attending
    | Pong
    | ErrorMessage
)
