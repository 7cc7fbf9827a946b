"""HTTP bodies of what customers change about their own order, by the right of its tracking link, or staff for them."""

from typing import Annotated, Literal

from msgspec import Meta, field

from dispatch.web.bodies import Body, Lat, Lon, Millis, Reason, Shown

Version = Annotated[int, Meta(ge=0, le=2**53 - 1)]
"""The `wish_version` of the order that the customer saw; left out: as it stands now."""


class InstructionsBody(Body):
    """What the courier reads at the door, and whether it may be left there."""

    note: Annotated[str, Meta(max_length=500)]
    leave_at_door: bool = False
    seen_version: Version | None = None


class NewAddressBody(Body):
    """Where the order is to go instead, WGS-84, and how people write that.

    `expected_at_ms` is the arrival that the customer was shown: if it has become much later since, nothing is changed.
    """

    lat: Lat
    lon: Lon
    address: Annotated[str, Meta(min_length=1, max_length=500)]
    expected_at_ms: Millis = 0
    seen_version: Version | None = None


class WindowBody(Body):
    """One of the windows that `GET /v1/track/{token}/windows` lists; `earliest_at_ms` 0: as soon as possible."""

    earliest_at_ms: Millis
    promise_at_ms: Millis = 0
    seen_version: Version | None = None


class RescheduleBody(Body):
    """A window that `GET /v1/orders/{id}/windows` lists (`earliest_at_ms` 0: as soon as possible), and why."""

    earliest_at_ms: Millis
    reason: Reason
    promise_at_ms: Millis = 0
    seen_version: Version | None = None


class SeenBody(Body):
    """What the customer saw."""

    seen_version: Version | None = None


class WishTaken(Shown, omit_defaults=True):
    """The change is made (201), or it is safe and will be made in a moment (202, without the status)."""

    id: str
    status: str = ""
    wish_version: int = 0


class AddressEffectShown(Shown):
    """What a new address would do: the arrival with it and as it is now (0: nobody knows), and the promise.

    `courier` is `nobody` while the order waits, `kept` when its courier brings it there, `again` when one is looked for
    anew.
    """

    address: str
    lat: float
    lon: float
    expected_at_ms: int
    late_at_ms: int
    before_at_ms: int
    before_late_at_ms: int
    promise_at_ms: int
    courier: Literal["nobody", "kept", "again"]


class WindowShown(Shown):
    """From when to when."""

    earliest_at_ms: int
    promise_at_ms: int


class WindowsShown(Shown):
    """When the order can come: as soon as possible (`soon`), or later."""

    soon: WindowShown
    windows: list[WindowShown] = field(default_factory=list)


class AddressShown(Shown):
    """An address of the city, and how far it is from the place that was asked about."""

    address: str
    lat: float
    lon: float
    away_m: int = 0


class AddressesShown(Shown):
    """The addresses that fit, the best first."""

    addresses: list[AddressShown] = field(default_factory=list)
