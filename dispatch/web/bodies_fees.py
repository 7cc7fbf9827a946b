"""HTTP bodies of fees and quotes; money is in the smallest unit of a currency (ISO 4217)."""

from typing import Annotated

import msgspec
from msgspec import Meta

from dispatch.web.bodies import AddressChecked, Body, Shown, Zone

Minor = Annotated[int, Meta(ge=0, le=100_000_000)]
Percents = Annotated[list[Annotated[int, Meta(ge=0, le=10_000)]], Meta(min_length=4, max_length=4)]


class FeesBody(Body):
    """What deliveries cost: `base_minor`, `per_km_minor` of the way along the roads, and `per_kg_minor` for every
    kilogram begun above `free_weight_g`; of all that `tier_pct` per cent, one number for each tier from 0 to 3.

    `expected_version` is the one that the person saw: another one is a 409.
    """

    base_minor: Minor
    per_km_minor: Minor
    free_weight_g: Annotated[int, Meta(ge=0, le=10_000_000)]
    per_kg_minor: Minor
    tier_pct: Percents
    currency: Annotated[str, Meta(pattern="^[A-Z]{3}$(?!\n)")]
    zone: Zone = "default"
    reason: Annotated[str, Meta(max_length=200)] = ""
    expected_version: Annotated[int, Meta(ge=0)] | None = None


class FeesShown(Shown):
    """What a zone's deliveries cost; `version` counts the changes."""

    version: int
    base_minor: int
    per_km_minor: int
    free_weight_g: int
    per_kg_minor: int
    tier_pct: list[int]
    currency: str
    zone: str


class FeeShown(Shown):
    """A fee in its parts; `tier_minor` is what the tier adds or takes off."""

    total_minor: int
    base_minor: int
    distance_minor: int
    weight_minor: int
    tier_minor: int
    currency: str


class MissingShown(Shown):
    """Pieces of a good that the depot lacks."""

    sku: str
    missing: int


class QuoteShown(Shown, omit_defaults=True):
    """How the order would be taken in now; nothing of it is kept, and nothing is reserved.

    `status` and `reason` are those that it would begin with, `missing` is what its depot lacks of its goods, and
    `eta_at_ms` when it would come with a courier who is near (`eta_late_at_ms`: late in its range). Where its place
    is not known for sure, or no way leads there, there is neither fee nor arrival. What the customer fetches costs
    nothing (`self_pickup`); what a carrier takes is not known here.
    """

    status: str
    depot_id: str
    ready_at_ms: int
    promise_at_ms: int
    in_stock: bool
    reason: str = ""
    fee: FeeShown | None = None
    distance_m: int = 0
    eta_at_ms: int = 0
    eta_late_at_ms: int = 0
    missing: list[MissingShown] = msgspec.field(default_factory=list)
    address_check: AddressChecked | None = None
