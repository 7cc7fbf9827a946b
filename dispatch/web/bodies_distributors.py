"""The bodies of distributors over HTTP."""

from typing import Annotated, Literal

from msgspec import Meta, field

from dispatch.web.bodies import Body, Millis, Shown, Zone

LicenceName = Literal["business", "liquor", "food"]


class LicenceBody(Body):
    """A licence, and until when it is good; 0: for ever."""

    kind: LicenceName
    number: Annotated[str, Meta(min_length=1, max_length=100)]
    expires_at_ms: Millis = 0


class ApplicationBody(Body):
    """Who wants to order as a distributor."""

    name: Annotated[str, Meta(min_length=1, max_length=200)]
    contact: Annotated[str, Meta(max_length=200)] = ""
    phone: Annotated[str, Meta(max_length=40)] = ""
    licences: Annotated[list[LicenceBody], Meta(max_length=10)] = field(default_factory=list)
    zone: Zone = "default"


class JudgementBody(Body):
    """What somebody decided. `tier` is what the distributor's orders are worth at least, `commission_minor` what each
    delivery earns it, in the smallest unit of the currency. `reason` is told to the distributor.
    """

    standing: Literal["approved", "refused", "suspended"]
    tier: Annotated[int, Meta(ge=0, le=3)] = 0
    commission_minor: Annotated[int, Meta(ge=0, le=10**9)] = 0
    reason: Annotated[str, Meta(max_length=500)] = ""
    zone: Zone = "default"


class LicenceShown(Shown):
    """A licence; `good` now or not, and whether it is for no more than another thirty days (`ends_soon`)."""

    kind: LicenceName
    number: str
    expires_at_ms: int
    good: bool
    ends_soon: bool


class DistributorShown(Shown):
    """A distributor."""

    id: str
    name: str
    contact: str
    phone: str
    licences: list[LicenceShown]
    standing: Literal["applied", "approved", "refused", "suspended"]
    tier: int
    commission_minor: int
    reason: str
    applied_at_ms: int
    judged_at_ms: int
    zone: str


class DistributorsShown(Shown):
    """Distributors: those that wait to be looked at first, then by name."""

    distributors: list[DistributorShown]


class MonthShown(Shown):
    """How a distributor's orders of a month went; `mean_min` is from placing to delivery, in minutes."""

    month: str
    orders: int
    delivered: int
    on_time: int
    canceled: int
    returned: int
    under_way: int
    mean_min: float
    commission_minor: int


class PerformanceShown(Shown):
    """By month, the newest first; `complete` is false where there were more orders than are looked at."""

    distributor: DistributorShown
    months: list[MonthShown]
    complete: bool
