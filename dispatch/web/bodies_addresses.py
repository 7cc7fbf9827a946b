"""HTTP bodies of the address check, and of the place that staff give an order which is held for its address."""

from typing import Annotated

from msgspec import Meta

from dispatch.web.bodies import AddressText, Body, Lat, Lon, Reason, Zone


class AddressCheckBody(Body):
    """An address as somebody wrote it, and perhaps the place that they marked for it, WGS-84."""

    address: AddressText
    lat: Lat | None = None
    lon: Lon | None = None
    zone: Zone = "default"


class ReaddressBody(Body):
    """Where an order goes, WGS-84, how people write that, and why it is changed.

    `seen_version` is the order's `wish_version` on the screen; left out: as it stands now.
    """

    address: AddressText
    lat: Lat
    lon: Lon
    reason: Reason
    seen_version: Annotated[int, Meta(ge=0, le=2**53 - 1)] | None = None
