"""The desk's sign-in: what it writes down, and tokens that pretend to come from it."""

import time
from typing import Any

import jwt
import pytest

from dispatch.application.access import Role, Subject
from dispatch.application.staff_rules import UserWish
from dispatch.web.auth import BadToken, verify_token
from tests.support.web import SECRET, House

ROOT = Subject(Role.ADMIN, "root")
PASSWORD, NEXT, WRONG = "correct horse battery", "staple of a donkey", "entirely wrong word"
HOME = {"Origin": "http://test"}


async def test_no_password_no_token_and_no_name_in_the_logs(h: House, written: list[str]) -> None:
    """A tour through every door, with right and wrong secrets, at debug level; nor do answers repeat what was typed."""
    await h.services.staff.users.put(ROOT, "grace@shop", UserWish("Grace Hopper", Role.ADMIN, ()))
    await h.services.staff.users.set_password(ROOT, "grace@shop", PASSWORD)
    answers = [
        await h.http.post("/v1/staff/sign-in", json={"user": "grace@shop", "password": each}, headers=HOME)
        for each in (WRONG, PASSWORD)
    ]
    mine = {"Authorization": f"Bearer {answers[1].json()['token']}", **HOME}
    refresh = h.http.cookies["dispatch_staff"]
    once = (await h.http.post("/v1/staff/users/grace@shop/password", headers=h.headers())).json()["password"]
    answers.append(
        await h.http.post("/v1/staff/password", json={"password": WRONG, "new_password": NEXT}, headers=mine)
    )
    answers.append(await h.http.post("/v1/staff/refresh", headers=HOME))
    answers.append(await h.http.post("/v1/staff/sign-out", json={}, headers=HOME))
    h.services.counters = (lambda: h.services.staff.sessions.counters,)
    logs = "\n".join(written) + (await h.http.get("/metrics")).text
    secrets = (PASSWORD, NEXT, WRONG, once, refresh, mine["Authorization"][7:], "Grace", "Hopper", "grace@shop")
    assert '"act": "password_reset"' in logs and 'what="staff_denied_wrong"' in logs
    assert [secret for secret in secrets if secret in logs] == []
    assert not any(secret in answer.text for secret in (PASSWORD, NEXT, WRONG, refresh) for answer in answers)


@pytest.mark.parametrize("more", [{"sid": "s1"}, {"gen": 1}, {"sid": 1, "gen": 1}, {"sid": "s1", "gen": "1"}])
def test_half_a_session_is_no_token(more: dict[str, Any]) -> None:
    """A token that says a session says all of it, for otherwise nobody could end it."""
    claims = {"sub": "ann", "role": "admin", "exp": int(time.time()) + 60, **more}
    with pytest.raises(BadToken):
        verify_token(SECRET, jwt.encode(claims, SECRET, algorithm="HS256"))


async def test_a_refresh_token_is_no_token(h: House) -> None:
    """It opens its own door only, and a token does not open that one."""
    await h.services.staff.users.put(ROOT, "ann", UserWish("Ann", Role.ADMIN, ()))
    await h.services.staff.users.set_password(ROOT, "ann", PASSWORD)
    body = {"user": "ann", "password": PASSWORD}
    token = (await h.http.post("/v1/staff/sign-in", json=body, headers=HOME)).json()["token"]
    refresh = h.http.cookies["dispatch_staff"]
    assert (await h.http.get("/v1/orders", headers={"Authorization": f"Bearer {refresh}"})).status_code == 401
    h.http.cookies.clear()
    cookie = {"Cookie": f"dispatch_staff={token}", **HOME}
    assert (await h.http.post("/v1/staff/refresh", headers=cookie)).status_code == 401
    by_cookie = {"Cookie": f"dispatch_staff={refresh}", **HOME}
    assert (await h.http.get("/v1/orders", headers=by_cookie)).status_code == 401
    assert (await h.http.get("/v1/staff/users", headers=by_cookie)).status_code == 401
