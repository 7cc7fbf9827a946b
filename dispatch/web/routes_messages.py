"""Messages on an order over HTTP: staff by their token, the shopper by the order's link."""

from hashlib import sha256

from dispatch.application.access import Resource, allow
from dispatch.application.ports import Reply, Request
from dispatch.application.views import message_view
from dispatch.domain.commands import PostMessage
from dispatch.domain.errors import NotFound
from dispatch.domain.order import Order
from dispatch.domain.order_message import OrderMessage, Party
from dispatch.web.auth import link_hash
from dispatch.web.bodies_desk import MessagesShown, MessageTaken
from dispatch.web.call import Answer, Call
from dispatch.web.problems import refusal
from dispatch.web.requests import ANSWER_WITHIN_S, ask, idempotency_key, pending, request_id
from dispatch.web.tracking_links import find_tracked


async def read_messages(call: Call) -> Answer:
    """`GET /v1/orders/{id}/messages`."""
    zone_id, order_id = await _found(call)
    said = await call.services.store.messages_of(zone_id, order_id)
    return Answer(MessagesShown(messages=[message_view(each) for each in said if isinstance(each, OrderMessage)]))


async def write_message(call: Call) -> Answer:
    """`POST /v1/orders/{id}/messages`, as the dispatchers."""
    zone_id, order_id = await _found(call)
    asked = request_id(call.subject, f"orders/{order_id}/messages", idempotency_key(call), call.body)
    message = PostMessage(asked.id, order_id, Party.DISPATCHER, Party(call.body.to), call.body.text)
    return _answer(await ask(call, zone_id, asked.id, message), zone_id, asked.id)


async def write_as_shopper(call: Call) -> Answer:
    """`POST /v1/track/{token}/messages`: the link is the right to write."""
    hub, order = await find_tracked(call.services, call.path("token"))
    key = f"{link_hash(call.path('token'))}\0{idempotency_key(call)}"
    asked = f"t-{sha256(key.encode()).hexdigest()[:48]}"
    message = PostMessage(asked, order.id, Party.CUSTOMER, Party(call.body.to), call.body.text)
    request = Request(asked, f"customer:{order.id}", message)
    reply = await call.services.bus.ask(hub.zone_id, request, ANSWER_WITHIN_S)
    return Answer(MessageTaken(id=asked), 202) if reply is None else _answer(reply, hub.zone_id, asked)


def _answer(reply: Reply | None, zone_id: str, asked: str) -> Answer:
    if reply is None:
        return pending(asked, zone_id, asked)
    if not reply.ok:
        raise refusal(reply)
    return Answer(MessageTaken(id=asked), 201)


async def _found(call: Call) -> tuple[str, str]:
    """(zone, order id) of the path, if the caller may. Raises `NotFound`."""
    order_id = call.path("id")
    found = await call.services.store.find_order(order_id)
    if found is None or not isinstance(found[1], Order):
        raise NotFound("unknown_order", f"There is no order {order_id}.")
    allow(call.subject, call.action, Resource(found[0], found[1].placed_by, found[1].depot_id))
    return found[0], order_id
