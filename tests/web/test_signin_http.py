"""Signing in over HTTP: codes, tokens, fresh tokens, and who may not."""

import time
from typing import Any

import httpx
import pytest

from dispatch.domain.commands import RegisterCourier
from dispatch.domain.courier import Account, Courier
from dispatch.domain.vehicle import Load, Profile
from dispatch.web.auth import verify_token
from tests.support.web import SECRET, House, courier_client, eventually, listening

PHONE = "+8613800138000"


async def register(h: House, account: Account = Account.ACTIVE, courier_id: str = "c1", phone: str = PHONE) -> None:
    courier = Courier(courier_id, "Ada Byron", Profile.EBIKE, Load(1, 1, 1), account, phone=phone)
    reply = await h.do(RegisterCourier(courier))
    assert reply.ok


async def ask_code(h: House, phone: str = PHONE, **more: Any) -> httpx.Response:
    return await h.http.post("/v1/sign-in/codes", json={"phone": phone, **more})


async def sign_in(h: House, code: str, phone: str = PHONE) -> httpx.Response:
    return await h.http.post("/v1/sign-in", json={"phone": phone, "code": code})


async def code_for(h: House, phone: str = PHONE) -> str:
    before = len(h.codes.sent)
    assert (await ask_code(h, phone)).status_code == 202
    await eventually(lambda: len(h.codes.sent) > before)
    return h.codes.sent[-1][1]


async def test_a_courier_signs_in_with_what_their_phone_got(h: House) -> None:
    """However the number is typed; the token is theirs, for their zone, for half a day, and opens the channel."""
    await register(h)
    code = await code_for(h, "138 0013-8000")
    answer = await sign_in(h, f" {code} ", "0086 13800138000")
    signed = answer.json()
    assert answer.status_code == 200, answer.text
    assert (signed["courier_id"], signed["name"], signed["zone"]) == ("c1", "Ada Byron", "default")
    bearer = verify_token(SECRET, signed["token"])
    assert bearer.subject.actor == "courier:c1" and bearer.subject.zones == {"default"}
    assert signed["expires_at_s"] == bearer.good_until_s
    assert 12 * 3600 - 10 < bearer.good_until_s - time.time() <= 12 * 3600
    async with listening(h) as address, courier_client(h, address, token=signed["token"]) as phone:
        await phone.wait_live()
    again = await sign_in(h, code)
    assert (again.status_code, again.json()["code"]) == (401, "wrong_code")


async def test_the_answer_does_not_tell_who_rides_here(h: House) -> None:
    """Known and unknown numbers get the same status, headers and body; only one gets a code."""
    await register(h)
    known, unknown = await ask_code(h), await ask_code(h, "+8613900139000")
    assert known.status_code == unknown.status_code == 202
    assert known.json() == unknown.json() == {"expires_in_s": 300, "again_after_s": 30}
    assert known.headers == unknown.headers
    await eventually(lambda: h.services.sign_in.counters["sign_in_sent"])
    assert [phone for phone, _, _ in h.codes.sent] == [PHONE]
    assert (await ask_code(h)).json()["code"] == (await ask_code(h, "+8613900139000")).json()["code"]


async def test_wrong_codes_end_the_code(h: House) -> None:
    """Five times 401, then 429 with the seconds to wait, also for the right one."""
    await register(h)
    code = await code_for(h)
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    for _ in range(5):
        answer = await sign_in(h, wrong)
        assert (answer.status_code, answer.json()["code"]) == (401, "wrong_code")
    late = await sign_in(h, code)
    assert (late.status_code, late.json()["code"], late.headers["retry-after"]) == (429, "too_many_tries", "30")
    assert h.services.sign_in.counters["sign_in_too_many_tries"] == 1


async def test_codes_have_a_rate(h: House) -> None:
    """429 with Retry-After."""
    assert (await ask_code(h)).status_code == 202
    soon = await ask_code(h)
    assert (soon.status_code, soon.json()["code"]) == (429, "too_many_codes")
    assert 0 < int(soon.headers["retry-after"]) <= 30


@pytest.mark.parametrize(
    ("account", "status"),
    [(Account.INVITED, 403), (Account.SUSPENDED, 403), (Account.TRAINING, 200), (Account.ACTIVE, 200)],
)
async def test_who_may_ride(h: House, account: Account, status: int) -> None:
    """Only who proved the number hears about the account. The same holds for fresh tokens."""
    await register(h, account)
    assert (await sign_in(h, "000000")).status_code == 401
    answer = await sign_in(h, await code_for(h))
    assert answer.status_code == status
    fresh = await h.http.post("/v1/tokens/refresh", headers=h.headers("courier", "c1"))
    assert fresh.status_code == status
    if status == 403:
        assert answer.json()["code"] == fresh.json()["code"] == "account_inactive"


async def test_a_fresh_token(h: House) -> None:
    """For the same courier and zones, with a new life; not for other roles, strangers, or an old token."""
    await register(h)
    old = {"Authorization": f"Bearer {h.token('courier', 'c1', hours=0.1, zones=('default',))}"}
    fresh = (await h.http.post("/v1/tokens/refresh", headers=old)).json()
    bearer = verify_token(SECRET, fresh["token"])
    assert bearer.subject.actor == "courier:c1" and bearer.subject.zones == {"default"}
    assert bearer.good_until_s == fresh["expires_at_s"] > time.time() + 11 * 3600
    for headers, status in (
        (h.headers("dispatcher"), 403),
        (h.headers("courier", "nobody"), 404),
        ({"Authorization": f"Bearer {h.token('courier', 'c1', hours=-1)}"}, 401),
        ({"Authorization": f"Bearer {h.token('courier', 'c1', zones=('mars',))}"}, 403),
    ):
        assert (await h.http.post("/v1/tokens/refresh", headers=headers)).status_code == status


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"[]", 422),
        (b'{"phone": 13800138000}', 422),
        (b'{"phone": "+8613800138000", "admin": true}', 422),
        (b'{"phone": "\\u0000+8613800138000"}', 422),
        (b'{"phone": "040 123 4567"}', 422),
        (b'{"phone": NaN}', 400),
        (b'{"phone": "%s"}' % (b"9" * 70_000), 413),
        (b"[" * 60_000, 422),
    ],
)
async def test_bad_requests_for_codes(h: House, body: bytes, status: int) -> None:
    """A numbered problem; no code is issued and no bucket spent."""
    answer = await h.http.post("/v1/sign-in/codes", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == status and answer.json()["status"] == status
    assert not h.services.sign_in.counters and h.codes.sent == []


@pytest.mark.parametrize("code", ["", "1" * 17, None, 123456, ["123456"]])
async def test_codes_that_are_none(h: House, code: Any) -> None:
    """422, and no try is spent."""
    await register(h)
    right = await code_for(h)
    for _ in range(6):
        bad = await h.http.post("/v1/sign-in", json={"phone": PHONE, "code": code})
        assert bad.status_code == 422
    assert (await sign_in(h, right)).status_code == 200


async def test_odd_codes_are_wrong_codes(h: House) -> None:
    """Letters, NUL and digits of other scripts are compared like any other text."""
    await register(h)
    await code_for(h)
    for code in ("abcdef", "\x00\x00", "\u0661\u0662\u0663\u0664\u0665\u0666"):
        assert (await sign_in(h, code)).json()["code"] == "wrong_code"


async def test_other_media_types(h: House) -> None:
    """415."""
    answer = await h.http.post("/v1/sign-in/codes", data={"phone": PHONE})
    assert answer.status_code == 415
