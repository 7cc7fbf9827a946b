"""Erasing personal data over HTTP: when an account is deleted, or somebody asks for it."""

from dispatch.application.erasure import Wanted
from dispatch.application.ports import Reply
from dispatch.domain.errors import InvalidInput
from dispatch.web.auth import phone_mark
from dispatch.web.bodies_erasure import ErasureDone
from dispatch.web.call import Answer, Call
from dispatch.web.couriers import find_courier
from dispatch.web.problems import refusal
from dispatch.web.requests import idempotency_key, request_id


async def erase(call: Call) -> Answer:
    """`POST /v1/erasures`. Orders that go on and couriers who may ride are a 409, and then nothing is erased."""
    services, body = call.services, call.body
    mark = phone_mark(services.secret, body.phone)
    if body.phone and not mark:
        raise InvalidInput("bad_phone", "This is no phone number.")
    if not mark and not body.order_ids and not body.courier_ids:
        raise InvalidInput("nothing_named", "Name a phone number, orders or couriers.")
    found = await services.erasure.orders_of(mark, dict.fromkeys(body.order_ids))
    for zone_id, _ in found:
        call.zone(zone_id)
    couriers = [find_courier(call, courier_id) for courier_id in dict.fromkeys(body.courier_ids)]
    wanted = Wanted(found, [(hub.zone_id, courier) for hub, courier in couriers], body.reason)
    asked = request_id(call.subject, "erasures", idempotency_key(call), body)
    done = await services.erasure.erase(wanted, call.subject.actor, services.bus, asked.id)
    if isinstance(done, Reply):
        raise refusal(done)
    if mark:
        await services.shoppers.end(mark, forget=True)
    return Answer(ErasureDone(done.orders, done.couriers, done.events, done.requests, done.pictures))
