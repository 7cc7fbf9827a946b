"""What goes over the wire about erasing personal data; see `bodies`."""

from typing import Annotated

from msgspec import Meta, field

from dispatch.web.bodies import Body, Id, Reason, Shown


class ErasureBody(Body):
    """Whose data go: those of a phone number, of single orders, of couriers; and why, for the audit: no names."""

    reason: Reason
    phone: Annotated[str, Meta(max_length=40)] = ""
    order_ids: Annotated[list[Id], Meta(max_length=500)] = field(default_factory=list)
    courier_ids: Annotated[list[Id], Meta(max_length=50)] = field(default_factory=list)


class ErasureDone(Shown):
    """How much there was: orders, couriers, events of the log, kept requests and pictures."""

    orders: int
    couriers: int
    events: int
    requests: int
    pictures: int
