"""HTTP bodies about who brings an order: its customer fetches it, or a carrier takes it."""

from typing import Annotated, Literal

from msgspec import Meta

from dispatch.web.bodies import Body, Millis, Reason
from dispatch.web.bodies_wishes import Version

ModeName = Literal["delivery", "self_pickup", "carrier"]


class ChangeModeBody(Body):
    """Who brings it from now on, and why."""

    mode: ModeName
    reason: Reason
    seen_version: Version | None = None


class MyModeBody(Body):
    """The customer fetches it at its depot, or has it brought after all."""

    mode: Literal["delivery", "self_pickup"]
    seen_version: Version | None = None


class HandOutBody(Body):
    """What the customer shows at the depot; staff may know them without. `age_checked`: somebody has looked at a
    document, where the order's goods ask for one.
    """

    code: Annotated[str, Meta(pattern="^([0-9]{4,8})?$(?!\n)")] = ""
    age_checked: bool = False


class CarrierBody(Body):
    """The carrier (its name), its number for the order, and where that can be followed."""

    carrier: Annotated[str, Meta(min_length=1, max_length=100)]
    tracking_number: Annotated[str, Meta(min_length=1, max_length=100)]
    tracking_url: Annotated[str, Meta(pattern=r"^(https://[^\s]+)?$(?!\n)", max_length=500)] = ""


class CarrierReportBody(Body):
    """What the carrier says, when that was (0: now), in which words. `not_taken`: the goods never left the depot."""

    state: Literal["in_transit", "delivered", "failed", "returned", "not_taken"]
    at_ms: Millis = 0
    note: Annotated[str, Meta(max_length=500)] = ""
