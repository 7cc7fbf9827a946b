"""Signing in with a second factor: without the phone nobody gets in, and a code that was seen is no use."""

import hashlib
import hmac
import logging
from base64 import b32decode

import httpx
import pytest

from dispatch.adapters.memory_channel import MemoryTickets
from dispatch.adapters.memory_staff import MemoryStaffStore, QuickHasher
from dispatch.application import second_factor
from dispatch.application.access import Role, Subject
from dispatch.application.second_factor import STEP_MS
from dispatch.application.staff_guard import StaffGuard
from dispatch.application.staff_ports import SecondFactor, StaffUser
from dispatch.application.staff_rules import UserWish
from dispatch.application.staff_sessions import StaffSessions
from dispatch.application.staff_users import Staff, StaffUsers
from dispatch.domain.errors import Conflict, Forbidden
from tests.support.clocks import HandClock, HandTicker
from tests.support.web import SECRET, House

ROOT = Subject(Role.ADMIN, "root")
PASSWORD, NEXT = "correct horse battery", "staple of a donkey"
HOME = {"Origin": "http://test"}
START_MS = 59_000 + 20_000_000 * STEP_MS


def app_code(secret: str, at_ms: int, step: int = 0) -> str:
    """What an app shows: RFC 6238 and RFC 4226, written down here once more."""
    digest = hmac.digest(b32decode(secret), (at_ms // STEP_MS + step).to_bytes(8), "sha1")
    at = digest[-1] & 0xF
    return f"{(int.from_bytes(digest[at : at + 4]) & 0x7FFFFFFF) % 1_000_000:06d}"


def test_our_reading_of_the_rfc() -> None:
    """RFC 6238, appendix B: the last six digits of its first values for SHA-1."""
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"  # 12345678901234567890
    shown = [app_code(secret, at_s * 1000) for at_s in (59, 1_111_111_109, 1_234_567_890, 20_000_000_000)]
    assert shown == ["287082", "081804", "005924", "353130"]


# --- the rules ----------------------------------------------------------------------------------------------------

USER = StaffUser("ann", "Ann", Role.ADMIN, second=SecondFactor("salt", confirmed=True))
APP = second_factor.app_secret(SECRET, "ann", "salt")


@pytest.mark.parametrize(("step", "opens"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_code_is_good_for_its_time(step: int, opens: bool) -> None:
    """Its half minute and the ones beside it."""
    code = app_code(APP, START_MS, step)
    if opens:
        assert second_factor.use(SECRET, code, START_MS, USER).action == "second_factor_used"
    else:
        with pytest.raises(Forbidden):
            second_factor.use(SECRET, code, START_MS, USER)


def test_a_code_opens_once() -> None:
    """Not again, and none from before it: who looks over a shoulder is late."""
    after = second_factor.use(SECRET, app_code(APP, START_MS), START_MS, USER).user
    for step in (0, -1):
        with pytest.raises(Forbidden):
            second_factor.use(SECRET, app_code(APP, START_MS, step), START_MS, after)
    assert second_factor.use(SECRET, app_code(APP, START_MS, 1), START_MS, after).user.second != after.second


@pytest.mark.parametrize("typed", ["", "000000", "12345", "1234567", "１２３４５６", "abcdef", "-1", "None", "0" * 40])
def test_what_is_no_code(typed: str) -> None:
    """Refused in one and the same way, whatever it is."""
    with pytest.raises(Forbidden, match="wrong, or was used"):
        second_factor.use(SECRET, typed, START_MS, USER)


def test_recovery_codes_are_unlike_each_other_and_open_once() -> None:
    """As they were written down, in capitals or without the dash; what is kept of them does not open."""
    codes, hashes = second_factor.recovery_codes("ann")
    user = StaffUser("ann", "Ann", Role.ADMIN, second=SecondFactor("salt", True, 0, hashes))
    assert len(set(codes)) == 10
    for code in (codes[0].upper(), codes[1].replace("-", " "), codes[2]):
        edit = second_factor.use(SECRET, code, START_MS, user)
        assert edit.action == "recovery_code_used"
        user = edit.user
        with pytest.raises(Forbidden):
            second_factor.use(SECRET, code, START_MS, user)
    assert user.second and len(user.second.recovery) == 7
    with pytest.raises(Forbidden):
        second_factor.use(SECRET, hashes[3], START_MS, user)
    assert hashlib.sha256(codes[3].encode()).hexdigest() not in hashes


def test_nobody_is_half_enrolled() -> None:
    """A secret that no app has confirmed is asked of nobody, and none is confirmed twice."""
    plain = StaffUser("ann", "Ann", Role.ADMIN)
    begun = second_factor.begin(plain).user
    assert second_factor.use(SECRET, "", START_MS, begun).action == ""
    assert second_factor.begin(begun).user.second != begun.second
    app = second_factor.enrolment(SECRET, begun)
    assert app.uri.startswith("otpauth://totp/Dispatch:ann?") and app.secret in app.uri
    on = second_factor.confirm(SECRET, app_code(app.secret, START_MS), ("h",), START_MS, begun).user
    for refused in (
        lambda: second_factor.begin(on),
        lambda: second_factor.confirm(SECRET, app_code(app.secret, START_MS, 1), (), START_MS, on),
        lambda: second_factor.confirm(SECRET, "000000", (), START_MS, plain),
    ):
        with pytest.raises(Conflict):
            refused()
    assert second_factor.remove(on, ends_sessions=True).user.generation == on.generation + 1
    assert second_factor.remove(plain, ends_sessions=True).action == ""
    with pytest.raises(Forbidden):
        second_factor.begin(None)


# --- over HTTP ----------------------------------------------------------------------------------------------------


class Door:
    """The desk's door, with a user ann and a wall clock that is moved by hand."""

    def __init__(self, h: House, wall: HandClock, ticker: HandTicker) -> None:
        self.h, self.wall, self.ticker = h, wall, ticker
        self.secret = ""

    def pass_s(self, seconds: int) -> None:
        self.wall.pass_ms(seconds * 1000)
        self.ticker.pass_ms(seconds * 1000)

    def code(self, step: int = 0) -> str:
        return app_code(self.secret, self.wall.now_ms(), step)

    async def sign_in(self, code: str = "", **more: str) -> httpx.Response:
        body = {"user": "ann", "password": PASSWORD, "code": code, **more}
        return await self.h.http.post("/v1/staff/sign-in", json=body, headers=HOME)

    async def ask(self, path: str, token: str, **body: str) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}"}
        return await self.h.http.post(f"/v1/staff/second-factor{path}", json=body, headers=headers)

    async def turn_on(self) -> list[str]:
        """The recovery codes."""
        token = (await self.sign_in()).json()["token"]
        self.secret = (await self.ask("", token, password=PASSWORD)).json()["secret"]
        codes: list[str] = (await self.ask("/confirm", token, code=self.code())).json()["recovery_codes"]
        self.pass_s(60)
        return codes


@pytest.fixture
async def door(h: House) -> Door:
    wall, ticker, hasher = HandClock(START_MS), HandTicker(), QuickHasher()
    store = MemoryStaffStore(wall.now_ms)
    guard = StaffGuard(store, ticker)
    sessions = StaffSessions(secret=SECRET, store=store, hasher=hasher, tickets=MemoryTickets(ticker), guard=guard)
    h.services.staff = Staff(StaffUsers(store, hasher, guard), sessions, guard)
    await h.services.staff.users.put(ROOT, "ann", UserWish("Ann", Role.ADMIN, ()))
    await h.services.staff.users.set_password(ROOT, "ann", PASSWORD)
    return Door(h, wall, ticker)


def said(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json().get("code", "")


async def test_the_password_alone_is_not_enough(door: Door) -> None:
    """Without the code, with a wrong one, and with one that was used: refused, audited or counted, and no cookie."""
    await door.turn_on()
    door.h.http.cookies.clear()
    assert said(await door.sign_in()) == (403, "code_needed")
    assert said(await door.sign_in("000000")) == (403, "wrong_code")
    wrong = await door.h.http.post("/v1/staff/sign-in", json={"user": "ann", "password": "x", "code": door.code()})
    assert wrong.status_code in (401, 403) and "dispatch_staff" not in door.h.http.cookies
    code = door.code()
    entered = await door.sign_in(code)
    assert entered.status_code == 200 and entered.json()["me"]["second_factor"]
    assert said(await door.sign_in(code)) == (403, "wrong_code")
    counters = door.h.services.staff.sessions.counters
    assert counters["staff_denied_code_needed"] == 1 and counters["staff_denied_wrong_code"] == 2
    acts = [act.action for act in await door.h.services.staff.users.acts(ROOT, 20)]
    assert acts[:2] == ["signed_in", "second_factor_used"] and "second_factor_on" in acts


async def test_codes_cannot_be_tried_out(door: Door) -> None:
    """Five a minute, twenty an hour, with the right password; then 429 with Retry-After, also for the right code."""
    await door.turn_on()
    for _ in range(5):
        assert said(await door.sign_in("000000")) == (403, "wrong_code")
    refused = await door.sign_in(door.code())
    assert said(refused) == (429, "too_many_tries") and int(refused.headers["retry-after"]) <= 60
    door.pass_s(90)
    assert (await door.sign_in(door.code())).status_code == 200


async def test_a_lost_phone(door: Door) -> None:
    """A recovery code opens once and can turn the second factor off; an admin can, too, and that ends the sessions."""
    codes = await door.turn_on()
    token = (await door.sign_in(codes[0])).json()["token"]
    assert said(await door.sign_in(codes[0])) == (403, "wrong_code")
    assert said(await door.ask("/remove", token, password="x" * 10, code=codes[1])) == (403, "wrong_password")
    assert said(await door.ask("/remove", token, password=PASSWORD, code="0" * 6)) == (403, "wrong_code")
    assert (await door.ask("/remove", token, password=PASSWORD, code=codes[1])).status_code == 200
    door.pass_s(3600)
    await door.turn_on()
    door.pass_s(3600)
    token = (await door.sign_in(door.code())).json()["token"]
    admin = door.h.headers("admin", "root")
    gone = await door.h.http.post("/v1/staff/users/ann/second-factor/remove", headers=admin)
    assert gone.status_code == 200 and gone.json()["second_factor"] is False
    assert said(await door.ask("", token, password=PASSWORD)) == (401, "session_ended")
    assert (await door.sign_in()).status_code == 200


async def test_it_is_turned_on_by_whoever_knows_the_password(door: Door) -> None:
    """An open desk is not enough; a wrong first code turns nothing on; a token without a user has none."""
    token = (await door.sign_in()).json()["token"]
    assert said(await door.ask("", token, password="not the password")) == (403, "wrong_password")
    assert said(await door.ask("/confirm", token, code="000000")) == (409, "second_factor_not_begun")
    assert (await door.ask("", token, password=PASSWORD)).status_code == 200
    assert said(await door.ask("/confirm", token, code="000000")) == (403, "wrong_code")
    assert (await door.sign_in()).status_code == 200
    issued = door.h.token("dispatcher", "ann")
    assert said(await door.ask("", issued, password=PASSWORD)) == (403, "no_password")


async def test_a_first_password_is_replaced_with_one_code(door: Door) -> None:
    """The page asks for a new password first, and the code that was typed is used up by the last step only."""
    await door.turn_on()
    _, once = await door.h.services.staff.users.give_one_time(ROOT, "ann")
    assert said(await door.sign_in(door.code(), password=once)) == (403, "must_change_password")
    assert (await door.sign_in(door.code(), password=once, new_password=NEXT)).status_code == 200


async def test_nothing_of_it_is_written_down(door: Door, written: list[str]) -> None:
    """Neither the app's secret nor any code, at debug level; and the store has nothing that makes a code."""
    codes = await door.turn_on()
    await door.sign_in(door.code())
    await door.sign_in(codes[0])
    logging.getLogger("dispatch").info("the end")
    user = await door.h.services.staff.users.find(ROOT, "ann")
    kept = f"{user!r} {user.second!r}"
    logs = "\n".join(written)
    assert not [secret for secret in (door.secret, *codes) if secret in logs or secret in kept]
