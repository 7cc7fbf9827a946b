"""Every message of `/v1/courier` (subprotocols `courier.v1.json`, `courier.v1.msgpack`), one typed struct each.

A frame is one message or an array of messages. The field `t` names the message's type. Unknown fields are
ignored, so that either side may be newer; an unknown required feature is refused at `hello`.

Times: `*_at_ms` and `*_ms` of business time are epoch milliseconds of the server's business clock (which may
run at a rate); `*_mono_ms` is a monotonic clock of the side that sent it; `device_ms` is the phone's wall clock.

Two orders of facts exist and never mix:

- what a courier sends is ordered by (session generation, `seq`) for fixes and named by a UUID `id` for actions;
- what the server tells is ordered by (`epoch`, `seq`) of the zone's event stream. A courier sees only part of
  that stream, so every `push` names in `prev` the sequence it follows for this session.
"""

from typing import Literal

import msgspec

PROTOCOL_VERSION = 1
MAX_FRAME_BYTES = 65_536
MAX_FIXES_PER_BATCH = 100
MAX_MESSAGES_PER_FRAME = 64

Lat = float
Lon = float


class Message(msgspec.Struct, tag_field="t", omit_defaults=True, gc=False, frozen=True):
    """The base of every message: frozen, tagged by `t`, defaults left out on the wire."""


# --- what a courier's phone says -------------------------------------------------------------------------------


class StreamPosition(msgspec.Struct, omit_defaults=True, gc=False, frozen=True):
    """How far a session has read the zone's stream."""

    epoch: int
    seq: int


class Hello(Message, tag="hello"):
    """The first message of a session; must come within the hello timeout. `resume` asks for what was missed."""

    token: str
    device_id: str
    v: int = PROTOCOL_VERSION
    device_ms: int = 0
    resume: StreamPosition | None = None
    features: tuple[str, ...] = ()
    app: str = ""


class Fix(msgspec.Struct, omit_defaults=True, gc=False, frozen=True):
    """One position of the device: business time, degrees WGS-84, metres, m/s, degrees, battery in [0, 1]."""

    at_ms: int
    lat: Lat
    lon: Lon
    acc_m: float | None = None
    speed_mps: float | None = None
    heading_deg: float | None = None
    battery: float | None = None
    mock: bool = False


class Positions(Message, tag="pos"):
    """A batch of fixes; `seq` numbers the first, the others follow without a hole, within this session's generation."""

    seq: int
    fixes: tuple[Fix, ...]


class Accept(Message, tag="accept"):
    """The courier takes an offer."""

    id: str
    offer_id: str
    at_ms: int


class Decline(Message, tag="decline"):
    """The courier refuses an offer, with a reason."""

    id: str
    offer_id: str
    at_ms: int
    reason: str = ""


StopAction = Literal["departed", "arrived", "completed", "failed"]


class Progress(Message, tag="progress"):
    """What happened at a stop: departed towards it, arrived, completed, or failed with a reason."""

    id: str
    stop_id: str
    action: StopAction
    at_ms: int
    reason: str = ""
    lat: Lat | None = None
    lon: Lon | None = None


Duty = Literal["available", "on_break", "ending", "off_duty"]


class SetDuty(Message, tag="duty"):
    """The courier goes on duty, on a break, or home."""

    id: str
    duty: Duty
    at_ms: int


class Ack(Message, tag="ack"):
    """Every push up to and including `seq` has been handled (cumulative)."""

    seq: int


class Ping(Message, tag="ping"):
    """Heartbeat: carries the device's clock for the offset sample, and the last fix, which repeats no sequence."""

    n: int
    device_ms: int = 0
    fix: Fix | None = None


class Refresh(Message, tag="refresh"):
    """A newer token for the running session."""

    id: str
    token: str


class Bye(Message, tag="bye"):
    """The client ends the session on purpose."""


CourierMessage = Hello | Positions | Accept | Decline | Progress | SetDuty | Ack | Ping | Refresh | Bye

# --- what the server says --------------------------------------------------------------------------------------


class Welcome(Message, tag="welcome"):
    """The answer to hello. `resumed` says whether the missed pushes follow; if not, a `resync` does."""

    session: str
    generation: int
    business_now_ms: int
    server_mono_ms: int
    rate: float
    epoch: int
    seq: int
    heartbeat_s: float
    resumed: bool = False
    v: int = PROTOCOL_VERSION
    city: str = ""


class StopView(msgspec.Struct, omit_defaults=True, gc=False, frozen=True):
    """One stop of the courier's route: one place, one visit, one or many orders."""

    stop_id: str
    kind: Literal["pickup", "dropoff"]
    order_ids: tuple[str, ...]
    lat: Lat
    lon: Lon
    name: str
    address: str = ""
    note: str = ""
    eta_at_ms: int = 0
    earliest_at_ms: int = 0
    latest_at_ms: int = 0
    service_s: int = 0
    state: Literal["planned", "en_route", "arrived", "done", "failed", "skipped"] = "planned"


class Offered(msgspec.Struct, tag="offered", tag_field="kind", omit_defaults=True, gc=False, frozen=True):
    """Orders are offered; silence until `expires_at_ms` (business time) counts as a lapse."""

    offer_id: str
    order_ids: tuple[str, ...]
    expires_at_ms: int
    stops: tuple[StopView, ...] = ()
    distance_m: int = 0


class OfferClosed(msgspec.Struct, tag="offer_closed", tag_field="kind", omit_defaults=True, gc=False, frozen=True):
    """An offer is over: accepted, declined, lapsed or revoked."""

    offer_id: str
    outcome: Literal["accepted", "declined", "lapsed", "revoked"]
    reason: str = ""


class RouteChanged(msgspec.Struct, tag="route", tag_field="kind", omit_defaults=True, gc=False, frozen=True):
    """The courier's whole route as it now stands, finished stops left out."""

    version: int
    stops: tuple[StopView, ...]
    reason: str = ""


class DutyChanged(msgspec.Struct, tag="duty_changed", tag_field="kind", omit_defaults=True, gc=False, frozen=True):
    """The courier's duty as the server holds it."""

    duty: Duty
    reason: str = ""


CourierFact = Offered | OfferClosed | RouteChanged | DutyChanged


class Push(Message, tag="push"):
    """Facts of one event of the zone's stream, for this courier. Applies only after everything up to `prev`."""

    epoch: int
    prev: int
    seq: int
    at_ms: int
    facts: tuple[CourierFact, ...]


class Resync(Message, tag="resync"):
    """The missed part of the stream is not available: forget what you hold and start from this snapshot."""

    epoch: int
    seq: int
    duty: Duty
    route: RouteChanged
    offers: tuple[Offered, ...] = ()


class Reply(Message, tag="reply"):
    """The committed outcome of the action `id`; `code` and `detail` say why not, when not ok."""

    id: str
    ok: bool
    code: str = ""
    detail: str = ""


class PositionsAck(Message, tag="pos_ack"):
    """Fixes of this session's generation up to and including `seq` have been taken (highest contiguous)."""

    seq: int


class Pong(Message, tag="pong"):
    """The answer to a ping, with both of the server's clocks."""

    n: int
    business_now_ms: int
    server_mono_ms: int


class Policy(Message, tag="policy"):
    """How often the server wants fixes now, in business seconds."""

    fix_interval_s: float


class ErrorMessage(Message, tag="error"):
    """A message was refused; the session goes on."""

    code: str
    detail: str
    id: str = ""


ServerMessage = Welcome | Push | Resync | Reply | PositionsAck | Pong | Policy | ErrorMessage
