"""What goes over the wire about goods that are on board; see `bodies`."""

from typing import Annotated, Literal

from msgspec import Meta

from dispatch.web.bodies import Body, Id, Lat, Lon, Reason, Shown, Zone


class PlaceBody(Body):
    """A place where two couriers meet."""

    lat: Lat
    lon: Lon
    address: Annotated[str, Meta(max_length=200)] = ""


class HandoverBody(Body):
    """Orders that their courier is to hand over to another one, at `place` or where it suits both best."""

    order_ids: Annotated[list[Id], Meta(min_length=1, max_length=50)]
    to_courier_id: Id
    reason: Reason
    place: PlaceBody | None = None
    zone: Zone = "default"


class HandoverEndBody(Body):
    """`done`: the goods have changed hands, whatever the couriers have said; else the giver keeps them."""

    done: bool
    reason: Reason


class ResolutionBody(Body):
    """After a failed attempt: `retry` it, or `return` the goods; `returned` when they are back at their depot."""

    resolution: Literal["retry", "return", "returned"]
    reason: Reason


class GoodsMoved(Shown):
    """It was decided: the plan's version after it."""

    plan_version: int
