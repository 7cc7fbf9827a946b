"""Webhooks over HTTP: their owners make, change and end them, look at what was sent, and have it sent again."""

from dispatch.application.access import Action, Reach, Resource, allow, reach
from dispatch.application.messaging.contacts import MessageDesk
from dispatch.application.messaging.ports import Endpoint, OutgoingMessage
from dispatch.application.messaging.table import event_type
from dispatch.application.messaging.webhooks import MOST_SHOWN, HookWish, resource_of
from dispatch.application.push_notices import OF_STOCK, NoticeKind
from dispatch.domain.errors import NotFound
from dispatch.domain.order import Order
from dispatch.web import bodies_outgoing as b
from dispatch.web.call import Answer, Call

_KINDS = {event_type(kind): kind for kind in NoticeKind}


async def make_webhook(call: Call) -> Answer:
    """`POST /v1/webhooks`, for the caller's account or, by an admin, for another one."""
    account = call.body.account or call.subject.owner
    hub = call.zone(call.body.zone, owner_id=account)
    made = await _desk(call).webhooks.make(hub.zone_id, account, _wish(call, hub.zone_id))
    return Answer(b.WebhookMade(secret=made.secret, webhook=_shown(made)), 201)


async def list_webhooks(call: Call) -> Answer:
    """`GET /v1/webhooks`."""
    hub = call.zone(call.query("zone", "default"), owner_id=call.subject.owner)
    mine = call.subject.owner if reach(call.subject, call.action) is Reach.OWN else ""
    found = await _desk(call).webhooks.of(hub.zone_id, mine)
    return Answer(b.WebhooksShown(webhooks=[_shown(each) for each in found]))


async def change_webhook(call: Call) -> Answer:
    """`PUT /v1/webhooks/{id}`. Its zone and its account stay."""
    endpoint = await _own(call)
    return Answer(_shown(await _desk(call).webhooks.change(endpoint, _wish(call, endpoint.zone_id))))


async def rotate_secret(call: Call) -> Answer:
    """`POST /v1/webhooks/{id}/secret:rotate`."""
    rotated = await _desk(call).webhooks.rotate(await _own(call))
    return Answer(b.WebhookMade(secret=rotated.secret, webhook=_shown(rotated)))


async def remove_webhook(call: Call) -> Answer:
    """`DELETE /v1/webhooks/{id}`."""
    endpoint = await _own(call)
    await _desk(call).webhooks.remove(endpoint)
    return Answer(b.WebhookRemoved(id=endpoint.id))


async def list_deliveries(call: Call) -> Answer:
    """`GET /v1/webhooks/{id}/deliveries`."""
    endpoint = await _own(call)
    found = await _desk(call).webhooks.deliveries(endpoint, call.query_int("limit", MOST_SHOWN, MOST_SHOWN))
    return Answer(b.MessagesSent(messages=[message_shown(each) for each in found]))


async def replay_delivery(call: Call) -> Answer:
    """`POST /v1/webhook-deliveries/{id}:replay`."""
    message, endpoint = await _desk(call).webhooks.delivery(call.path("id"))
    _check(call, endpoint, NotFound("unknown_delivery", "There is no delivery of this id."))
    return Answer(message_shown(await _desk(call).webhooks.replay(message)), 202)


async def read_messages_sent(call: Call) -> Answer:
    """`GET /v1/orders/{id}/messages-sent`."""
    order_id = call.path("id")
    found = await call.services.store.find_order(order_id)
    if found is None or not isinstance(found[1], Order):
        raise NotFound("unknown_order", f"There is no order {order_id}.")
    call.zone(found[0], owner_id=found[1].placed_by)
    sent = await _desk(call).log.of_orders(found[0], [order_id])
    return Answer(b.MessagesSent(messages=[message_shown(each) for each in sent]))


async def _own(call: Call) -> Endpoint:
    """The webhook of the path, if the caller may touch it; somebody else's is as unknown as one that is not."""
    endpoint = await _desk(call).webhooks.find(call.path("id"))
    _check(call, endpoint, NotFound("unknown_webhook", "There is no webhook of this id."))
    return endpoint


def _check(call: Call, endpoint: Endpoint, unknown: NotFound) -> None:
    if reach(call.subject, call.action) is Reach.OWN and endpoint.account != call.subject.owner:
        raise unknown
    allow(call.subject, call.action, resource_of(endpoint))


def _desk(call: Call) -> MessageDesk:
    return call.services.messaging


def _wish(call: Call, zone_id: str) -> HookWish:
    """What the body asks for. Raises `Forbidden` for news of stock, for those who may not see it."""
    body = call.body
    kinds = tuple(_KINDS[name] for name in dict.fromkeys(body.events))
    if OF_STOCK.intersection(kinds):
        allow(call.subject, Action.READ_STOCK, Resource(zone_id))
    return HookWish(body.url, kinds, body.on)


def _shown(endpoint: Endpoint) -> b.WebhookShown:
    return b.WebhookShown(
        id=endpoint.id,
        zone=endpoint.zone_id,
        account=endpoint.account,
        url=endpoint.url,
        events=[event_type(kind) for kind in endpoint.kinds],
        off=endpoint.off,
        made_at=endpoint.made_at_ms,
    )


def message_shown(message: OutgoingMessage) -> b.MessageSent:
    """A message without address and words."""
    return b.MessageSent(
        id=message.id,
        order_id=message.order_id,
        seq=message.seq,
        event=event_type(message.kind),
        audience=message.audience.value,
        recipient=message.recipient,
        channel=message.channel.value,
        lang=message.lang,
        state=message.state.value,
        reason=str(message.reason),
        tries=message.tries,
        event_at_ms=message.event_at_ms,
        due_at_ms=message.due_at_ms,
        done_at_ms=message.done_at_ms,
    )
