"""From a courier's id to the zone that they ride in, for whoever may know of them."""

from dispatch.application.access import Reach, reach
from dispatch.application.hub import ZoneHub
from dispatch.domain.courier import Courier
from dispatch.domain.errors import NotFound
from dispatch.web.call import Call


def find_courier(call: Call, courier_id: str) -> tuple[ZoneHub, Courier]:
    """The courier and their zone, if the caller may do this to them. A courier knows of nobody else.

    Raises `NotFound` or `Forbidden`.
    """
    unknown = NotFound("unknown_courier", f"There is no courier {courier_id}.")
    if reach(call.subject, call.action) is Reach.OWN and courier_id != call.subject.id:
        raise unknown
    for hub in call.services.hubs.values():
        if courier := hub.replica.state.couriers.get(courier_id):
            call.zone(hub.zone_id, owner_id=courier_id)
            return hub, courier
    raise unknown
