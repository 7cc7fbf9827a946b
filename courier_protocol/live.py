"""Every message of `/v1/live` (subprotocols `live.v1.json`, `live.v1.msgpack`): what watchers say and are told.

A watcher is a shopper (hello with a tracking token: one order and its courier) or staff (hello with a signed
token and a zone: everything that moves there). The stream position and `prev` work as in `messages`; a gap
means: ask again with a new hello, and a `snapshot` comes. Fixes are latest-wins and carry no stream position.
"""

from typing import Literal

import msgspec

from courier_protocol.messages import ErrorMessage, Message, Ping, Pong, StopView, StreamPosition

# --- what a watcher says ---------------------------------------------------------------------------------------


class WatchHello(Message, tag="hello"):
    """The first message. Exactly one of `track` (a shopper's tracking token) and `token` (staff, with `zone`)."""

    track: str = ""
    token: str = ""
    zone: str = ""
    v: int = 1
    resume: StreamPosition | None = None


WatcherMessage = WatchHello | Ping

# --- what is shown ---------------------------------------------------------------------------------------------


class TimelineEntry(msgspec.Struct, omit_defaults=True, gc=False, frozen=True):
    """When an order reached a status."""

    status: str
    at_ms: int


class OrderView(msgspec.Struct, omit_defaults=True, gc=False, frozen=True):
    """An order as staff see it. A shopper's own order leaves out what is not theirs."""

    id: str
    status: str
    lat: float
    lon: float
    address: str
    depot_id: str
    created_at_ms: int
    promise_at_ms: int
    eta_at_ms: int = 0
    eta_late_at_ms: int = 0
    ready_at_ms: int = 0
    courier_id: str = ""
    reason: str = ""
    ref: str = ""
    timeline: tuple[TimelineEntry, ...] = ()


class CourierView(msgspec.Struct, omit_defaults=True, gc=False, frozen=True):
    """A courier as staff see it; `link` is live, stale, lost or offline."""

    id: str
    name: str
    profile: str
    duty: str
    link: str = "offline"
    route_version: int = 0
    stops: tuple[StopView, ...] = ()


class DepotView(msgspec.Struct, omit_defaults=True, gc=False, frozen=True):
    """A depot on the map."""

    id: str
    name: str
    lat: float
    lon: float
    address: str = ""


class FixView(msgspec.Struct, omit_defaults=True, gc=False, frozen=True):
    """A courier's newest place: (gen, seq) never goes back; `at_ms` is business time."""

    courier_id: str
    gen: int
    seq: int
    at_ms: int
    lat: float
    lon: float
    heading_deg: float | None = None
    speed_mps: float | None = None


class RoutePath(msgspec.Struct, omit_defaults=True, gc=False, frozen=True):
    """The road geometry of a courier's route ahead: an encoded polyline of precision 6."""

    courier_id: str
    version: int
    polyline6: str


class WatchWelcome(Message, tag="welcome"):
    """The answer to hello; a snapshot follows unless `resumed`."""

    business_now_ms: int
    server_mono_ms: int
    rate: float
    epoch: int
    seq: int
    heartbeat_s: float
    resumed: bool = False
    city: str = ""


class ZoneSnapshot(Message, tag="zone_snapshot"):
    """Everything staff see of a zone at (epoch, seq)."""

    epoch: int
    seq: int
    zone: str
    orders: tuple[OrderView, ...]
    couriers: tuple[CourierView, ...]
    depots: tuple[DepotView, ...]
    fixes: tuple[FixView, ...] = ()
    paths: tuple[RoutePath, ...] = ()


class TrackSnapshot(Message, tag="track_snapshot"):
    """Everything a shopper sees of the order at (epoch, seq). `courier_*` only between pickup and drop-off."""

    epoch: int
    seq: int
    order: OrderView
    depot: DepotView | None = None
    courier_name: str = ""
    courier_profile: str = ""
    stops_before: int = 0
    fix: FixView | None = None
    path: RoutePath | None = None


class ZoneChange(Message, tag="zone_change"):
    """What one event changed, as whole new views; a view replaces the one with the same id."""

    epoch: int
    prev: int
    seq: int
    at_ms: int
    event: str
    orders: tuple[OrderView, ...] = ()
    couriers: tuple[CourierView, ...] = ()
    depots: tuple[DepotView, ...] = ()
    paths: tuple[RoutePath, ...] = ()


class TrackChange(Message, tag="track_change"):
    """The shopper's order as it now stands, after the event at `seq`."""

    epoch: int
    prev: int
    seq: int
    at_ms: int
    event: str
    order: OrderView
    courier_name: str = ""
    courier_profile: str = ""
    stops_before: int = 0
    fix: FixView | None = None
    path: RoutePath | None = None
    courier_visible: bool = False


class Fixes(Message, tag="fixes"):
    """The newest places of couriers; at most one a courier, each replaces the one before."""

    fixes: tuple[FixView, ...]


class LinkChanged(Message, tag="link"):
    """A courier's link became live, stale, lost or offline."""

    courier_id: str
    link: Literal["live", "stale", "lost", "offline"]


LiveMessage = (
    WatchWelcome | ZoneSnapshot | TrackSnapshot | ZoneChange | TrackChange | Fixes | LinkChanged | Pong | ErrorMessage
)
