"""Web Push of one order: its shopper's browsers are told of changes. The link is the right to ask for it."""

from dispatch.application.hub import ZoneHub
from dispatch.application.push_desk import mark_of
from dispatch.application.push_notices import known_at
from dispatch.application.push_ports import PushSubscription
from dispatch.domain.errors import Conflict
from dispatch.domain.order import Order
from dispatch.web.bodies_reach import PushShown
from dispatch.web.call import Answer, Call
from dispatch.web.tracking_links import find_tracked


async def read_push(call: Call) -> Answer:
    """`GET /v1/track/{token}/push`."""
    hub, order = await find_tracked(call.services, call.path("token"))
    desk = call.services.push
    return _shown(call, await desk.is_subscribed(hub.zone_id, order.id, call.query("mark")))


async def put_push(call: Call) -> Answer:
    """`PUT /v1/track/{token}/push`: from now on; a repeat changes keys and language."""
    hub, order = await find_tracked(call.services, call.path("token"))
    if order.is_over:
        raise Conflict("order_ended", "The order has ended: nothing more will change.")
    await call.services.push.subscribe(_wanted(call, hub, order))
    return _shown(call, True)


async def delete_push(call: Call) -> Answer:
    """`DELETE /v1/track/{token}/push`: twice is the same as once."""
    hub, order = await find_tracked(call.services, call.path("token"))
    await call.services.push.unsubscribe(hub.zone_id, order.id, call.query("mark"))
    return _shown(call, False)


def _wanted(call: Call, hub: ZoneHub, order: Order) -> PushSubscription:
    body = call.body
    return PushSubscription(
        zone_id=hub.zone_id,
        order_id=order.id,
        mark=mark_of(body.endpoint),
        endpoint=body.endpoint,
        p256dh=body.p256dh,
        auth=body.auth,
        lang=body.lang,
        utc_offset_min=body.utc_offset_min,
        told=known_at(order, hub.here.seq),
    )


def _shown(call: Call, subscribed: bool) -> Answer:
    return Answer(PushShown(vapid_key=call.services.push.vapid_key, subscribed=subscribed))
