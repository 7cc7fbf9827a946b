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

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

PROTOCOL_VERSION = 1
MAX_FRAME_BYTES = 65_536
"""The largest frame that a courier or a watcher may send."""
MAX_SERVER_FRAME_BYTES = 8 * 1_048_576
"""The largest frame that the server may send (a snapshot of a whole zone)."""
MAX_FIXES_PER_BATCH = 100
MAX_MESSAGES_PER_FRAME = 64
MAX_UNACKED_PUSHES = 32
"""The receive window: so many pushes may be on their way without an ack."""
MAX_OPEN_ACTIONS = 32
"""So many actions may wait for their reply at once; the phone holds the others back."""
MAX_DETAIL_LENGTH = 500
MAX_SAFE_INT = 2**53 - 1
"""Every integer stays exact in a JavaScript number."""

# --- bounded building blocks; NaN and the infinities are outside every range --------------------------------------

Lat = Annotated[float, Meta(ge=-90, le=90)]
Lon = Annotated[float, Meta(ge=-180, le=180)]
Metres = Annotated[float, Meta(ge=0, le=1e6)]
MetresPerSecond = Annotated[float, Meta(ge=0, le=1e3)]
Degrees = Annotated[float, Meta(ge=0, le=360)]
Fraction = Annotated[float, Meta(ge=0, le=1)]
Seconds = Annotated[float, Meta(gt=0, le=86_400)]
Rate = Annotated[float, Meta(gt=0, le=1e4)]
Natural = Annotated[int, Meta(ge=0, le=MAX_SAFE_INT)]
Millis = Annotated[int, Meta(ge=0, le=MAX_SAFE_INT)]
FixSeq = Annotated[int, Meta(ge=1, le=MAX_SAFE_INT)]
Id = Annotated[str, Meta(min_length=1, max_length=64)]
MaybeId = Annotated[str, Meta(max_length=64)]
Word = Annotated[str, Meta(max_length=64)]
Name = Annotated[str, Meta(max_length=200)]
Reason = Annotated[str, Meta(max_length=MAX_DETAIL_LENGTH)]
Text = Annotated[str, Meta(max_length=2_000)]
Token = Annotated[str, Meta(min_length=1, max_length=4_096)]
OrderIds = Annotated[tuple[Id, ...], Meta(max_length=256)]
Saying = Annotated[str, Meta(min_length=1, max_length=500)]


class Message(msgspec.Struct, tag_field="t", omit_defaults=True, gc=False, frozen=True):
    """The base of every message: frozen, tagged by `t`, defaults left out on the wire."""


# --- what a courier's phone says -------------------------------------------------------------------------------


class StreamPosition(msgspec.Struct, omit_defaults=True, gc=False, frozen=True):
    """How far a session has read the zone's stream."""

    epoch: Natural
    seq: Natural


class Hello(Message, tag="hello", frozen=True):
    """The first message of a session; must come within the hello timeout. `resume` asks for what was missed."""

    token: Token
    device_id: Id
    v: Natural = PROTOCOL_VERSION
    device_ms: Millis = 0
    resume: StreamPosition | None = None
    features: Annotated[tuple[Word, ...], Meta(max_length=16)] = ()
    app: Name = ""


class Fix(msgspec.Struct, omit_defaults=True, gc=False, frozen=True):
    """One position of the device: business time, degrees WGS-84, metres, m/s, degrees, battery in [0, 1]."""

    at_ms: Millis
    lat: Lat
    lon: Lon
    acc_m: Metres | None = None
    speed_mps: MetresPerSecond | None = None
    heading_deg: Degrees | None = None
    battery: Fraction | None = None
    mock: bool = False


class Positions(Message, tag="pos", frozen=True):
    """A batch of fixes; `seq` numbers the first, the others follow without a hole, within this session's generation."""

    seq: FixSeq
    fixes: Annotated[tuple[Fix, ...], Meta(min_length=1, max_length=MAX_FIXES_PER_BATCH)]


class Accept(Message, tag="accept", frozen=True):
    """The courier takes an offer."""

    id: Id
    offer_id: Id
    at_ms: Millis


class Decline(Message, tag="decline", frozen=True):
    """The courier refuses an offer, with a reason."""

    id: Id
    offer_id: Id
    at_ms: Millis
    reason: Reason = ""


StopAction = Literal["departed", "arrived", "completed", "failed"]
StopKind = Literal["pickup", "dropoff"]
ProofKind = Literal["photo", "signature", "pin", "barcode", "age"]


class Proof(msgspec.Struct, omit_defaults=True, gc=False, frozen=True):
    """What shows that an order was handed over. A `pin` or `barcode` is its `value`; a `photo` or `signature` names in
    `upload_id` the upload that follows when the link allows; `age` says that the courier looked at a document.
    """

    kind: ProofKind
    order_id: Id
    value: Word = ""
    upload_id: MaybeId = ""


class Progress(Message, tag="progress", frozen=True):
    """What happened at a stop: departed towards it, arrived, completed, or failed with a reason.

    `order_ids` are the orders that it is about (empty: all of the stop) and `kind` what was done there: with both, what
    was done offline still counts when the route has changed meanwhile (see "Reality wins" in docs/protocol.md).
    """

    id: Id
    stop_id: Id
    action: StopAction
    at_ms: Millis
    reason: Reason = ""
    lat: Lat | None = None
    lon: Lon | None = None
    order_ids: OrderIds = ()
    kind: StopKind | Literal[""] = ""
    proofs: Annotated[tuple[Proof, ...], Meta(max_length=64)] = ()


class Undo(Message, tag="undo", frozen=True):
    """The courier completed or failed a stop by mistake and takes that back, within `UNDO_WITHIN_S` real seconds."""

    id: Id
    stop_id: Id
    at_ms: Millis


UNDO_WITHIN_S = 30
"""A mistake is noticed at once; later the shopper has been told and has acted on it."""


class Say(Message, tag="say", frozen=True):
    """A message about an order, to its customer or to the dispatchers."""

    id: Id
    order_id: Id
    to: Literal["customer", "dispatcher"]
    text: Saying
    at_ms: Millis


Duty = Literal["available", "on_break", "ending", "off_duty"]


class SetDuty(Message, tag="duty", frozen=True):
    """The courier goes on duty, on a break, or home."""

    id: Id
    duty: Duty
    at_ms: Millis


class Ack(Message, tag="ack", frozen=True):
    """Every push up to and including `seq` has been handled (cumulative)."""

    seq: Natural


class Ping(Message, tag="ping", frozen=True):
    """Heartbeat: carries the device's clock for the offset sample, and the last fix, which repeats no sequence."""

    n: Natural
    device_ms: Millis = 0
    fix: Fix | None = None


class Refresh(Message, tag="refresh", frozen=True):
    """A newer token for the running session."""

    id: Id
    token: Token


class Bye(Message, tag="bye", frozen=True):
    """The client ends the session on purpose."""


Action = Accept | Decline | Progress | SetDuty | Undo | Say
CourierMessage = Hello | Positions | Accept | Decline | Progress | SetDuty | Undo | Say | Ack | Ping | Refresh | Bye

# --- what the server says --------------------------------------------------------------------------------------


class Welcome(Message, tag="welcome", frozen=True):
    """The answer to hello. `resumed` says whether the missed pushes follow; if not, a `resync` does."""

    session: Id
    generation: Natural
    business_now_ms: Millis
    server_mono_ms: Millis
    rate: Rate
    epoch: Natural
    seq: Natural
    heartbeat_s: Seconds
    resumed: bool = False
    v: Natural = PROTOCOL_VERSION
    city: Name = ""


class StopView(msgspec.Struct, omit_defaults=True, gc=False, frozen=True):
    """One stop of the courier's route: one place, one visit, one or many orders.

    `end` says whose place it is: the customer's `door`, the `depot`, or a `meeting` of couriers; without it a drop-off
    is at a door and a pickup at a depot. Proofs are asked for at doors only.
    """

    stop_id: Id
    kind: StopKind
    order_ids: OrderIds
    lat: Lat
    lon: Lon
    name: Name
    address: Text = ""
    note: Text = ""
    eta_at_ms: Millis = 0
    earliest_at_ms: Millis = 0
    latest_at_ms: Millis = 0
    service_s: Natural = 0
    state: Literal["planned", "en_route", "arrived", "done", "failed", "skipped"] = "planned"
    end: Literal["", "door", "depot", "meeting"] = ""


Stops = Annotated[tuple[StopView, ...], Meta(max_length=512)]


class LineView(msgspec.Struct, omit_defaults=True, gc=False, frozen=True):
    """One thing in an order, as the courier ticks it off."""

    name: Name
    quantity: Natural = 1
    code: Word = ""


class OrderCard(msgspec.Struct, omit_defaults=True, gc=False, frozen=True):
    """What the courier who has an order must know of it; told for accepted orders only.

    `requires` is what must be proven at the customer's door; `leave_at_door`: nobody has to be there. An order without
    a stop whose `status` is `attempt_failed` is on board and waits for a dispatcher's word; one that is `returning`
    goes back to its depot, which is, or becomes, a stop. `cash_minor` is what the courier takes at the door, in the
    smallest unit of `currency` (ISO 4217).
    """

    order_id: Id
    status: Word
    ref: Name = ""
    name: Name = ""
    phone: Word = ""
    note: Text = ""
    address: Text = ""
    lines: Annotated[tuple[LineView, ...], Meta(max_length=200)] = ()
    items: Natural = 0
    weight_g: Natural = 0
    requires: Annotated[tuple[ProofKind, ...], Meta(max_length=5)] = ()
    leave_at_door: bool = False
    calls: bool = False
    cash_minor: Natural = 0
    currency: Word = ""


Cards = Annotated[tuple[OrderCard, ...], Meta(max_length=512)]


class Offered(msgspec.Struct, tag="offered", tag_field="kind", omit_defaults=True, gc=False, frozen=True):
    """Orders are offered; silence until `expires_at_ms` (business time) counts as a lapse.

    `earnings_minor` is the pay in the smallest unit of `currency` (ISO 4217); no currency: no pay is told.
    """

    offer_id: Id
    order_ids: OrderIds
    expires_at_ms: Millis
    stops: Stops = ()
    distance_m: Natural = 0
    earnings_minor: Natural = 0
    currency: Word = ""


class OfferClosed(msgspec.Struct, tag="offer_closed", tag_field="kind", omit_defaults=True, gc=False, frozen=True):
    """An offer is over: accepted, declined, lapsed or revoked.

    One that was made to several couriers, another of whom was the first to accept, is revoked for the reason `taken`.
    """

    offer_id: Id
    outcome: Literal["accepted", "declined", "lapsed", "revoked"]
    reason: Reason = ""


class RouteChanged(msgspec.Struct, tag="route", tag_field="kind", omit_defaults=True, gc=False, frozen=True):
    """The courier's whole route as it now stands, finished stops left out; `cards` are all orders that they have."""

    version: Natural
    stops: Stops
    reason: Reason = ""
    cards: Cards = ()


class CardChanged(msgspec.Struct, tag="card", tag_field="kind", omit_defaults=True, gc=False, frozen=True):
    """One order of the courier, as it now stands; one whose status is an end leaves the phone."""

    card: OrderCard


class Notice(msgspec.Struct, tag="notice", tag_field="kind", omit_defaults=True, gc=False, frozen=True):
    """Something that the courier must know, named by a stable code (see "Reality wins" in docs/protocol.md).

    `place` is what people call the place that it is about, if it is about one.
    """

    code: Word
    order_ids: OrderIds = ()
    place: Text = ""


class Said(msgspec.Struct, tag="said", tag_field="kind", omit_defaults=True, gc=False, frozen=True):
    """A message about one of the courier's orders; their own come back, too, so that every phone shows the thread."""

    message_id: Id
    order_id: Id
    sender: Literal["courier", "customer", "dispatcher"]
    to: Literal["courier", "customer", "dispatcher"]
    text: Saying
    at_ms: Millis


class DutyChanged(msgspec.Struct, tag="duty_changed", tag_field="kind", omit_defaults=True, gc=False, frozen=True):
    """The courier's duty as the server holds it."""

    duty: Duty
    reason: Reason = ""


CourierFact = Offered | OfferClosed | RouteChanged | CardChanged | Notice | Said | DutyChanged


class Push(Message, tag="push", frozen=True):
    """Facts of one event of the zone's stream, for this courier. Applies only after everything up to `prev`."""

    epoch: Natural
    prev: Natural
    seq: Natural
    at_ms: Millis
    facts: Annotated[tuple[CourierFact, ...], Meta(min_length=1, max_length=64)]


class Resync(Message, tag="resync", frozen=True):
    """The missed part of the stream is not available: forget what you hold and start from this snapshot."""

    epoch: Natural
    seq: Natural
    duty: Duty
    route: RouteChanged
    offers: Annotated[tuple[Offered, ...], Meta(max_length=64)] = ()
    said: Annotated[tuple[Said, ...], Meta(max_length=1_024)] = ()


class Reply(Message, tag="reply", frozen=True):
    """The committed outcome of the action `id`; `code` and `detail` say why not, when not ok."""

    id: Id
    ok: bool
    code: Word = ""
    detail: Reason = ""


class PositionsAck(Message, tag="pos_ack", frozen=True):
    """Fixes of this session's generation up to and including `seq` have been taken (highest contiguous)."""

    seq: Natural


class Pong(Message, tag="pong", frozen=True):
    """The answer to a ping, with both of the server's clocks."""

    n: Natural
    business_now_ms: Millis
    server_mono_ms: Millis


class Policy(Message, tag="policy", frozen=True):
    """How often the server wants fixes now, in business seconds, and why (`watched`, `working`, `waiting`, ...).

    A phone that has moved less than `min_move_m` since its last fix need not send another one; its heartbeats do.
    """

    fix_interval_s: Seconds
    min_move_m: Metres = 0
    reason: Word = ""


class ErrorMessage(Message, tag="error", frozen=True):
    """A message was refused; the session goes on."""

    code: Word
    detail: Reason
    id: MaybeId = ""


ServerMessage = Welcome | Push | Resync | Reply | PositionsAck | Pong | Policy | ErrorMessage
