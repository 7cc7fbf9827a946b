"""An order as watchers see it, whole: what `live` shows of it."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from courier_protocol.messages import Id, Lat, Lon, MaybeId, Millis, Name, Natural, ProofKind, Reason, Text, Word


class TimelineEntry(msgspec.Struct, omit_defaults=True, gc=False, frozen=True):
    """When an order reached a status."""

    status: Word
    at_ms: Millis


class ProofView(msgspec.Struct, omit_defaults=True, gc=False, frozen=True):
    """How a delivery was proven; a picture is at `/v1/uploads/{upload_id}` once it has come in."""

    kind: ProofKind
    at_ms: Millis
    upload_id: MaybeId = ""


class WishView(msgspec.Struct, omit_defaults=True, gc=False, frozen=True):
    """What a customer changed: note, door, address (`was`: the one before), window (`was_at_ms`: the promise before),
    cancel, wait, pickup (they fetch it themselves) or bring (a courier brings it after all). `by` is the member of
    staff who changed it for them, and `reason` why.
    """

    kind: Word
    at_ms: Millis
    was: Text = ""
    was_at_ms: Millis = 0
    by: Name = ""
    reason: Name = ""


PreparationWord = Literal["paid", "picking", "packed"]


class PreparationView(msgspec.Struct, omit_defaults=True, gc=False, frozen=True):
    """A step of the shop or the depot before a courier has the goods, and when it was."""

    step: PreparationWord
    at_ms: Millis


class RatingView(msgspec.Struct, omit_defaults=True, gc=False, frozen=True):
    """What the customer says of the delivery: stars, codes of why, a few words."""

    stars: Annotated[int, Meta(ge=1, le=5)]
    reasons: Annotated[tuple[Word, ...], Meta(max_length=16)] = ()
    text: Text = ""
    at_ms: Millis = 0


class LoadView(msgspec.Struct, omit_defaults=True, gc=False, frozen=True):
    """How heavy and how big: of an order, or what a courier can carry."""

    weight_g: Natural = 0
    volume_ml: Natural = 0
    items: Natural = 0


class CollectionView(msgspec.Struct, omit_defaults=True, gc=False, frozen=True):
    """How an order stands at its pickup point: expected, at_point, collected, uncollected (it goes back) or returned;
    since when, until when it is kept, and (for its shopper alone) the code with which it is collected.
    """

    state: Word
    point_id: Id
    at_ms: Millis = 0
    until_ms: Millis = 0
    code: Name = ""


class ShipmentView(msgspec.Struct, omit_defaults=True, gc=False, frozen=True):
    """What a carrier (its name) has under a number of its own, where that is followed (https), and what it said last:
    taken, in_transit, delivered, failed or returned; `note` in its own words, for staff.
    """

    carrier: Name
    tracking_number: Name
    tracking_url: Text = ""
    state: Word = "taken"
    at_ms: Millis = 0
    note: Text = ""


class OrderView(msgspec.Struct, omit_defaults=True, gc=False, frozen=True):
    """An order as staff see it. A shopper's own order leaves out what is not theirs.

    A `return` goes the other way: picked up at the customer's, dropped off at the depot. `handover_to` is the courier
    who is to take over the goods on board. `lock` is what a dispatcher keeps of it against the planner, `excluded` are
    the couriers who are not asked for it (they refused, or are not to). `eta_cause` is why the arrival time last
    changed (plan, traffic, weather, queue, courier, depot, address), at `eta_changed_at_ms` from `eta_before_at_ms`
    (0: it is the first one). `cut_off` is what keeps everybody from reaching the door. `preparation` are the steps that
    the shop or the depot has reported, `load` what its courier carries.

    `payment` is where its money is (unpaid, waived, cash, paid; empty: nobody has said), and `cash_minor` what the
    courier takes at the door, in the smallest unit of `currency` (ISO 4217).

    `note` is what the customer asks the courier for, and with `leave_at_door` nobody has to be there. `may` is what the
    customer can still change (as in `WishView`), `wishes` what they have changed, the last time at plan version
    `wish_version`. They have agreed to wait until `waits_until_ms`. Orders with the same `drop_of` are drops of one
    delivery of whoever placed them.

    `mode` is who brings it: delivery (a courier), leader_pickup (a courier, to the pickup point of its `collection`),
    self_pickup (its customer fetches it at its depot, of which `address` and place are, until `collect_by_ms`) or
    carrier (as `shipment` says).
    """

    id: Id
    status: Word
    lat: Lat
    lon: Lon
    address: Text
    depot_id: MaybeId
    created_at_ms: Millis
    promise_at_ms: Millis
    eta_at_ms: Millis = 0
    eta_late_at_ms: Millis = 0
    ready_at_ms: Millis = 0
    courier_id: MaybeId = ""
    reason: Reason = ""
    ref: Name = ""
    timeline: Annotated[tuple[TimelineEntry, ...], Meta(max_length=256)] = ()
    requires: Annotated[tuple[ProofKind, ...], Meta(max_length=5)] = ()
    proofs: Annotated[tuple[ProofView, ...], Meta(max_length=64)] = ()
    direction: Literal["delivery", "return"] = "delivery"
    handover_to: MaybeId = ""
    skills: Annotated[tuple[Word, ...], Meta(max_length=20)] = ()
    fragile: bool = False
    max_ride_s: Natural = 0
    tier: Natural = 0
    depot_options: Annotated[tuple[Id, ...], Meta(max_length=20)] = ()
    lock: Word = "none"
    priority: Natural = 0
    excluded: Annotated[tuple[Id, ...], Meta(max_length=1_024)] = ()
    eta_cause: Word = ""
    eta_before_at_ms: Millis = 0
    eta_changed_at_ms: Millis = 0
    cut_off: Reason = ""
    earliest_at_ms: Millis = 0
    note: Text = ""
    leave_at_door: bool = False
    may: Annotated[tuple[Word, ...], Meta(max_length=16)] = ()
    wishes: Annotated[tuple[WishView, ...], Meta(max_length=64)] = ()
    wish_version: Natural = 0
    waits_until_ms: Millis = 0
    preparation: Annotated[tuple[PreparationView, ...], Meta(max_length=3)] = ()
    rating: RatingView | None = None
    load: LoadView | None = None
    collection: CollectionView | None = None
    mode: Literal["delivery", "leader_pickup", "self_pickup", "carrier"] = "delivery"
    shipment: ShipmentView | None = None
    collect_by_ms: Millis = 0
    payment: Word = ""
    cash_minor: Natural = 0
    currency: Word = ""
    drop_of: Name = ""
