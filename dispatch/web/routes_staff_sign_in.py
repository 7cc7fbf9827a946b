"""Signing in to the desk by user name and password, staying signed in, signing out, and who one is."""

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec
from starlette.responses import Response

from dispatch.application.access import Action, Role, offered
from dispatch.application.staff_ports import SessionMark, StaffUser
from dispatch.application.staff_sessions import Denial, Denied, Entered
from dispatch.web import staff_cookie
from dispatch.web.auth import issue_token
from dispatch.web.bodies_staff import (
    Me,
    SecondFactorBegun,
    SecondFactorOff,
    SecondFactorOn,
    SignedOut,
    StaffDoor,
    StaffSignedIn,
)
from dispatch.web.call import Answer, Call
from dispatch.web.problems import Problem

_WORDS = {
    Denial.WRONG: (401, "wrong_password", "The user name or the password is wrong."),
    Denial.TOO_MANY_TRIES: (429, "too_many_tries", "The password was tried too often; wait, then try again."),
    Denial.INACTIVE: (403, "account_inactive", "This account is switched off; ask an admin."),
    Denial.MUST_CHANGE: (403, "must_change_password", "Choose a password of your own first."),
    Denial.ONE_TIME_OVER: (403, "one_time_expired", "The password that you were given has expired; ask for a new one."),
    Denial.CODE_NEEDED: (403, "code_needed", "Type the code that your app shows as well."),
    Denial.WRONG_CODE: (403, "wrong_code", "The code is wrong, or was used before; wait for the next one."),
    Denial.ENDED: (401, "session_ended", "This sign-in has ended; sign in again."),
}


async def read_door(call: Call) -> Answer:
    """`GET /v1/staff/sign-in`."""
    return Answer(StaffDoor(has_users=await call.services.staff.sessions.has_users()))


async def sign_in(call: Call) -> Response:
    """`POST /v1/staff/sign-in`."""
    staff_cookie.check_origin(call)
    body = call.body
    try:
        entered = await call.services.staff.sessions.sign_in(
            body.user, body.password, body.new_password, call.address, code=body.code
        )
    except Denied as denied:
        raise _problem(denied) from None
    return _entered(call, entered)


async def refresh(call: Call) -> Response:
    """`POST /v1/staff/refresh`."""
    staff_cookie.check_origin(call)
    try:
        return _entered(call, await call.services.staff.sessions.refresh(staff_cookie.token_of(call.request)))
    except Denied as denied:
        response = _problem(denied).response(call.request.url.path)
        staff_cookie.keep(call, response, "", 0)
        return response


async def sign_out(call: Call) -> Response:
    """`POST /v1/staff/sign-out`."""
    staff_cookie.check_origin(call)
    token = staff_cookie.token_of(call.request)
    await call.services.staff.sessions.sign_out(token, everywhere=call.body.everywhere)
    response = _json(SignedOut())
    staff_cookie.keep(call, response, "", 0)
    return response


async def change_password(call: Call) -> Response:
    """`POST /v1/staff/password`."""
    body = call.body
    with _denials(call) as mark:
        entered = await call.services.staff.sessions.change_password(
            mark, body.password, body.new_password, call.address
        )
    return _entered(call, entered)


async def begin_second_factor(call: Call) -> Answer:
    """`POST /v1/staff/second-factor`."""
    with _denials(call) as mark:
        begun = await call.services.staff.sessions.begin_second_factor(mark, call.body.password, call.address)
    return Answer(SecondFactorBegun(secret=begun.secret, uri=begun.uri))


async def confirm_second_factor(call: Call) -> Answer:
    """`POST /v1/staff/second-factor/confirm`."""
    with _denials(call) as mark:
        codes = await call.services.staff.sessions.confirm_second_factor(mark, call.body.code)
    return Answer(SecondFactorOn(recovery_codes=list(codes)))


async def remove_second_factor(call: Call) -> Answer:
    """`POST /v1/staff/second-factor/remove`."""
    body = call.body
    with _denials(call) as mark:
        await call.services.staff.sessions.remove_second_factor(mark, body.password, body.code, call.address)
    return Answer(SecondFactorOff())


@contextmanager
def _denials(call: Call) -> Iterator[SessionMark]:
    """The sign-in that a user changes something about; who asks is known, so a wrong password is a 403 here."""
    if call.mark is None:
        raise Problem(403, "no_password", "This token belongs to no user; sign in with a user name and a password.")
    try:
        yield call.mark
    except Denied as denied:
        problem = _problem(denied)
        problem.status = 403 if denied.why is Denial.WRONG else problem.status
        raise problem from None


async def read_me(call: Call) -> Answer:
    """`GET /v1/staff/me`: for tokens of every kind."""
    subject = call.subject
    user = await call.services.staff.users.myself(call.mark) if call.mark else None
    if user:
        return Answer(_me(call, user))
    zones, depots = sorted(subject.zones), sorted(subject.depots)
    actions = _offered(call, subject.role, of_depots=bool(depots))
    told = Me(
        id=subject.id, name=subject.id, role=subject.role, zones=zones, actions=actions, user=False, depots=depots
    )
    return Answer(told)


def _entered(call: Call, entered: Entered) -> Response:
    """The short-lived token in the body, the other one in the cookie."""
    life_s = call.services.staff.sessions.policy.access_s
    good_until_s = int(time.time() + life_s)
    token = _token(call, entered.user, entered.mark, good_until_s)
    me = _me(call, entered.user)
    response = _json(StaffSignedIn(token=token, expires_at_s=good_until_s, expires_in_s=round(life_s), me=me))
    if entered.refresh_token:
        staff_cookie.keep(call, response, entered.refresh_token, entered.life_s)
    return response


def _token(call: Call, user: StaffUser, mark: SessionMark, good_until_s: int) -> str:
    secret, role = call.services.secret, user.role.value
    return issue_token(secret, role, user.id, user.zones, good_until_s, depots=user.depots, mark=mark)


def _me(call: Call, user: StaffUser) -> Me:
    actions = _offered(call, user.role, of_depots=bool(user.depots))
    return Me(
        id=user.id,
        name=user.name,
        role=user.role,
        zones=list(user.zones),
        actions=actions,
        user=True,
        second_factor=user.has_second_factor,
        depots=list(user.depots),
    )


def _json(body: msgspec.Struct) -> Response:
    return Response(msgspec.json.encode(body), 200, media_type="application/json")


def _problem(denied: Denied) -> Problem:
    status, code, sentence = _WORDS[denied.why]
    headers = {"Retry-After": str(math.ceil(denied.wait_s))} if denied.wait_s else {}
    if status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="dispatch"'
    return Problem(status, code, sentence, headers=headers)


def _offered(call: Call, role: Role, *, of_depots: bool) -> list[str]:
    """What they may do in this house: nobody is offered calls where there is no gateway to join them."""
    return [each for each in offered(role, of_depots=of_depots) if each != Action.CALL or call.services.calls]
