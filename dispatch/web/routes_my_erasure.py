"""A shopper erases themselves: a token is not enough for it, a code is sent to the number once more."""

import math
import uuid
from typing import Final

from dispatch.application.erasure import Wanted
from dispatch.application.ports import Reply
from dispatch.application.sign_in import Verdict, same_phone
from dispatch.domain.errors import InvalidInput
from dispatch.domain.order import Order
from dispatch.domain.phone import normalised_phone
from dispatch.web.auth import phone_mark
from dispatch.web.bodies_my import MyErasureDone
from dispatch.web.bodies_reach import LookupTaken
from dispatch.web.call import Answer, Call
from dispatch.web.problems import FieldError, Problem, refusal
from dispatch.web.routes_signin import wait

REASON: Final = "the shopper asked for it"
ACTOR: Final = "customer"
"""In the audit: the mark of the number would tell later whose orders these were."""
MOST_NAMED: Final = 20


async def ask_code(call: Call) -> Answer:
    """`POST /v1/my/erasure-code`: to the number that is signed in."""
    codes, phone = call.services.erasure_codes, _own_phone(call)
    wait_s = await codes.request(phone, call.address, call.body.lang, known=True)
    if wait_s:
        raise wait(wait_s, "too_many_codes", "Too many codes were asked for; wait, then ask again.")
    policy = codes.policy
    again_after_s = math.ceil(policy.codes_per_phone[0].within_s)
    return Answer(LookupTaken(expires_in_s=math.ceil(policy.code_ttl_s), again_after_s=again_after_s), 202)


async def erase(call: Call) -> Answer:
    """`POST /v1/my:erase`. Orders that go on are a 409 that names them; nothing is erased, and the code stays good.

    Tokens end last: whoever was cut off can ask for another code and go on.
    """
    services, phone = call.services, _own_phone(call)
    _refuse_while_under_way(await _mine(call, phone))
    verdict, wait_s = await services.erasure_codes.redeem(phone, call.body.code.strip(), call.address)
    if verdict is Verdict.TOO_MANY_TRIES:
        raise wait(wait_s, "too_many_tries", "This code was tried too often; ask for a new one.")
    if verdict is Verdict.WRONG:
        raise Problem(403, "wrong_code", "The code is wrong or has expired.")
    erased, asked = 0, uuid.uuid4().hex
    while found := await _mine(call, phone):
        wanted = Wanted(found, (), REASON)
        done = await services.erasure.erase(wanted, ACTOR, services.bus, f"my-{asked}-{erased}")
        if isinstance(done, Reply):
            raise refusal(done)
        erased += len(found)
    await services.shoppers.end(call.subject.id, forget=True)
    return Answer(MyErasureDone(orders=erased))


def _own_phone(call: Call) -> str:
    phone = normalised_phone(call.body.phone)
    if phone_mark(call.services.secret, phone) != call.subject.id:
        raise InvalidInput("other_phone", "This is not the number that is signed in here.")
    return phone


async def _mine(call: Call, phone: str) -> list[tuple[str, Order]]:
    """Those that an erasure has left half done are among them: their number is gone, their mark is not."""
    marked = await call.services.erasure.orders_of(call.subject.id, ())
    return [each for each in marked if not each[1].dropoff.phone or same_phone(each[1].dropoff.phone, phone)]


def _refuse_while_under_way(found: list[tuple[str, Order]]) -> None:
    open_now = [order.ref or order.id for _, order in found if not order.is_over]
    if not open_now:
        return
    named = tuple(FieldError(f"Order {number} has not ended.") for number in open_now[:MOST_NAMED])
    sentence = f"Orders are still under way: {', '.join(open_now[:MOST_NAMED])}. Wait for them, or cancel them first."
    raise Problem(409, "orders_under_way", sentence, errors=named)
