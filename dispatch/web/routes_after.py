"""What is told of an order beside its way: preparation, proofs for the shopper, rating, and a new tracking link."""

from hashlib import sha256

import msgspec
from starlette.responses import Response

from dispatch.application.ports import Reply, Request
from dispatch.application.views import order_view
from dispatch.domain.commands import Command, RateOrder, ReplaceLink, ReportPreparation
from dispatch.domain.errors import NotFound
from dispatch.domain.order import Order, OrderStatus, PreparationStep
from dispatch.web.auth import link_hash, tracking_link
from dispatch.web.bodies import OrderState
from dispatch.web.bodies_after import LinkShown, PreparationShown, RatingTaken
from dispatch.web.call import Answer, Call
from dispatch.web.problems import refusal
from dispatch.web.requests import ANSWER_WITHIN_S, ask, caught_up, idempotency_key, pending, request_id
from dispatch.web.routes_orders import own_order
from dispatch.web.routes_uploads import SHOWN
from dispatch.web.services import hub_of
from dispatch.web.tracking_links import find_tracked, shown_link

_KEPT = {"Cache-Control": "private, max-age=3600"}
"""A picture that has come in never changes, and is nobody else's business."""


async def report_preparation(call: Call) -> Answer:
    """`POST /v1/orders/{id}/preparation`. A step that is known already changes nothing."""
    zone_id, order = await own_order(call)
    command = ReportPreparation(order.id, PreparationStep(call.body.step), call.body.at_ms)
    waiting = await _decided(call, zone_id, "preparation", command)
    if waiting:
        return waiting
    _, order = await own_order(call)
    return Answer(
        PreparationShown(id=order.id, preparation=list(order_view(order).preparation), ready_at_ms=order.ready_at_ms)
    )


async def confirm_payment(call: Call) -> Answer:
    """`POST /v1/orders/{id}:paid`: the order that waited for its money goes on. A second time changes nothing."""
    zone_id, order = await own_order(call)
    waiting = await _decided(call, zone_id, "paid", ReportPreparation(order.id, PreparationStep.PAID))
    if waiting:
        return waiting
    _, order = await own_order(call)
    return Answer(OrderState(id=order.id, status=order.status.value, reason=order.reason))


async def revoke_link(call: Call) -> Answer:
    """`POST /v1/orders/{id}/tracking-link:revoke`: the link opens nothing from the answer on."""
    zone_id, order = await own_order(call)
    number = order.link_number + 1
    renewed = link_hash(tracking_link(call.services.secret, order.id, number)) if call.body.renew else ""
    waiting = await _decided(call, zone_id, "tracking-link:revoke", ReplaceLink(order.id, number, renewed))
    if waiting:
        return waiting
    _, order = await own_order(call)
    link, url = shown_link(call, order)
    return Answer(LinkShown(id=order.id, track_token=link, track_url=url))


async def _decided(call: Call, zone_id: str, route: str, command: Command) -> Answer | None:
    """None once the zone has done it and pages of this process show it; 202 when it does not answer in time. Raises
    `Problem`.
    """
    order_id = call.path("id")
    asked = request_id(call.subject, f"orders/{order_id}/{route}", idempotency_key(call), call.body)
    reply = await ask(call, zone_id, asked.id, command)
    if reply is None:
        return pending(order_id, zone_id, asked.id)
    if not reply.ok:
        raise refusal(reply)
    await caught_up(call, hub_of(call.services, zone_id))
    return None


async def read_proof(call: Call) -> Response:
    """`GET /v1/track/{token}/proofs/{upload_id}`: only pictures of the delivery of this very order."""
    _, order = await find_tracked(call.services, call.path("token"))
    upload_id = call.path("upload_id")
    if not _proves(order, upload_id):
        raise NotFound("unknown_upload", "There is no picture of this delivery by that id.")
    upload = await call.services.uploads.find(upload_id)
    if upload.order_id != order.id:
        raise NotFound("unknown_upload", "There is no picture of this delivery by that id.")
    return Response(await call.services.uploads.read(upload), 200, SHOWN | _KEPT, upload.media_type)


def _proves(order: Order, upload_id: str) -> bool:
    return order.status is OrderStatus.DELIVERED and any(proof.upload_id == upload_id for proof in order.proofs)


async def rate_delivery(call: Call) -> Answer:
    """`PUT /v1/track/{token}/rating`: the link is the right to rate, for as long as it lives."""
    hub, order = await find_tracked(call.services, call.path("token"))
    stars, reasons, text = call.body.stars, call.body.reasons, call.body.text.strip()
    told = (link_hash(call.path("token")), "rating", idempotency_key(call), msgspec.json.encode(call.body).decode())
    asked = "t-" + sha256("\0".join(told).encode()).hexdigest()[:48]
    request = Request(asked, f"customer:{order.id}", RateOrder(order.id, stars, tuple(reasons), text))
    reply: Reply | None = await call.services.bus.ask(hub.zone_id, request, ANSWER_WITHIN_S)
    if reply and not reply.ok:
        raise refusal(reply)
    return Answer(RatingTaken(stars=stars, reasons=reasons, text=text), 200 if reply else 202)
