"""Signing in by phone and one-time code, and fresh tokens for those who are signed in."""

import math
import time

import msgspec

from dispatch.application.sign_in import Verdict, riders_by_phone
from dispatch.application.socket_tickets import LIFE_S
from dispatch.domain.courier import MAY_RIDE, Courier
from dispatch.domain.errors import Forbidden
from dispatch.domain.phone import normalised_phone
from dispatch.web.auth import issue_token
from dispatch.web.bodies_channel import CodeTaken, FreshToken, SignedIn, SocketTicket
from dispatch.web.call import Answer, Call
from dispatch.web.couriers import find_courier
from dispatch.web.problems import Problem


async def request_code(call: Call) -> Answer:
    """`POST /v1/sign-in/codes`: 202 whether somebody rides with this number or not."""
    services, phone = call.services, normalised_phone(call.body.phone)
    known = bool(riders_by_phone(services.hubs.values(), phone))
    wait_s = await services.sign_in.request(phone, call.address, call.body.lang, known=known)
    if wait_s:
        raise wait(wait_s, "too_many_codes", "Too many codes were asked for; wait, then ask again.")
    policy = services.sign_in.policy
    again_after_s = math.ceil(policy.codes_per_phone[0].within_s)
    return Answer(CodeTaken(expires_in_s=math.ceil(policy.code_ttl_s), again_after_s=again_after_s), 202)


async def sign_in(call: Call) -> Answer:
    """`POST /v1/sign-in`: a token for the courier with this number, for the code that was sent to it."""
    services, phone = call.services, normalised_phone(call.body.phone)
    verdict, wait_s = await services.sign_in.redeem(phone, call.body.code.strip(), call.address)
    if verdict is Verdict.TOO_MANY_TRIES:
        raise wait(wait_s, "too_many_tries", "This code was tried too often; ask for a new one.")
    riders = riders_by_phone(services.hubs.values(), phone)
    if verdict is Verdict.WRONG or not riders:
        raise Problem(401, "wrong_code", "The code is wrong or has expired.", headers={"WWW-Authenticate": "Bearer"})
    hub, courier = riders[0]
    _may_ride(courier)
    good_until_s = _good_until_s(call)
    token = issue_token(services.secret, "courier", courier.id, (hub.zone_id,), good_until_s)
    who = {"courier_id": courier.id, "name": courier.name, "zone": hub.zone_id}
    return Answer(SignedIn(token=token, expires_at_s=good_until_s, **who))


async def refresh_token(call: Call) -> Answer:
    """`POST /v1/tokens/refresh`: a fresh token for the courier of the old one."""
    _, courier = find_courier(call, call.subject.id)
    _may_ride(courier)
    good_until_s = _good_until_s(call)
    zones = tuple(sorted(call.subject.zones))
    token = issue_token(call.services.secret, "courier", courier.id, zones, good_until_s)
    return Answer(FreshToken(token=token, expires_at_s=good_until_s))


async def issue_ticket(call: Call) -> Answer:
    """`POST /v1/socket-tickets`: it opens a socket as what the caller's token is, until that ends."""
    stands_for = msgspec.json.encode(call.bearer_or_none).decode()
    ticket = await call.services.socket_tickets.issue(stands_for)
    return Answer(SocketTicket(ticket=ticket, expires_in_s=round(LIFE_S)), 201)


def _may_ride(courier: Courier) -> None:
    if courier.account not in MAY_RIDE:
        raise Forbidden("account_inactive", f"The account is {courier.account}; ask your dispatcher.")


def _good_until_s(call: Call) -> int:
    return int(time.time() + call.services.token_life_s)


def wait(wait_s: float, code: str, sentence: str) -> Problem:
    """429, and when again."""
    return Problem(429, code, sentence, headers={"Retry-After": str(math.ceil(wait_s))})
