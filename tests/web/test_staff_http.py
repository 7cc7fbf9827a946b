"""Staff over HTTP: the door of the desk, its cookie, users, and the sockets of those who are shut out."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from courier_protocol import live
from courier_protocol.client import LiveClient
from courier_protocol.close_codes import CloseCode
from courier_protocol.errors import RemoteProtocolError
from dispatch.adapters.call_gateway import RecordedCalls
from dispatch.application.access import Role, Subject
from dispatch.application.ports import StoreUnavailable
from dispatch.application.staff_ports import SessionMark
from dispatch.application.staff_rules import UserWish
from dispatch.web.auth import verify_token
from tests.support.web import SECRET, ZONE, House, eventually, until

ROOT = Subject(Role.ADMIN, "root")
GOOD, BETTER = "correct horse battery", "staple of a donkey"
HOME = {"Origin": "http://test"}


async def make(h: House, user_id: str = "ann", role: Role = Role.DISPATCHER, *zones: str) -> None:
    """A user with a password of their own."""
    await h.services.staff.users.put(ROOT, user_id, UserWish(user_id.title(), role, zones))
    await h.services.staff.users.set_password(ROOT, user_id, GOOD)


@asynccontextmanager
async def browser(h: House, base_url: str = "http://test") -> AsyncIterator[httpx.AsyncClient]:
    """A caller with cookies of its own, on one of our pages."""
    transport = httpx.ASGITransport(h.app)
    async with httpx.AsyncClient(transport=transport, base_url=base_url, headers={"Origin": base_url}) as http:
        yield http


async def sign_in(http: httpx.AsyncClient, user: str = "ann", password: str = GOOD, **more: Any) -> httpx.Response:
    return await http.post("/v1/staff/sign-in", json={"user": user, "password": password, **more})


def bearer(answer: httpx.Response) -> dict[str, str]:
    return {"Authorization": f"Bearer {answer.json()['token']}"}


def said(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json().get("code", "")


# --- the door --------------------------------------------------------------------------------------------------


async def test_a_user_signs_in_and_stays(h: House) -> None:
    """The token opens the API for a quarter of an hour; the cookie renews it, and changes each time."""
    await make(h, "ann", Role.DISPATCHER, "default")
    async with browser(h) as http:
        answer = await sign_in(http, "Ann")
        assert answer.status_code == 200, answer.text
        entered = answer.json()
        subject = verify_token(SECRET, entered["token"]).subject
        assert (subject.actor, subject.zones) == ("dispatcher:ann", {"default"})
        assert 0 < entered["expires_in_s"] <= 900
        assert entered["me"] | {"actions": []} == {
            "id": "ann", "name": "Ann", "role": "dispatcher", "zones": ["default"], "actions": [], "user": True,
            "second_factor": False, "depots": [],
        }  # fmt: skip
        assert "override" in entered["me"]["actions"] and "manage_staff" not in entered["me"]["actions"]
        cookie = answer.headers["set-cookie"]
        for part in ("dispatch_staff=", "HttpOnly", "Path=/v1/staff", "SameSite=strict", "Max-Age=43200"):
            assert part in cookie
        assert "Secure" not in cookie
        assert (await http.get("/v1/orders", headers=bearer(answer))).status_code == 200
        first = http.cookies["dispatch_staff"]
        fresh = await http.post("/v1/staff/refresh")
        assert fresh.status_code == 200 and http.cookies["dispatch_staff"] != first
        assert (await http.get("/v1/orders", headers=bearer(fresh))).status_code == 200


async def test_the_cookie_is_for_https_only_where_that_is_spoken(h: House) -> None:
    """Spoken to us, or to the proxy before us."""
    await make(h)
    async with browser(h, "https://test") as http:
        assert "Secure" in (await sign_in(http)).headers["set-cookie"]
    h.services.public_url = "https://desk.example"
    async with browser(h) as http:
        assert "Secure" in (await sign_in(http)).headers["set-cookie"]
        there = await http.post("/v1/staff/refresh", headers={"Origin": "https://desk.example"})
        assert said(there) == (401, "session_ended")  # the cookie is not sent without https, but the page is ours


async def test_the_door_tells_whether_there_is_anybody(h: House) -> None:
    """So that the first one learns how to make the first user."""
    assert (await h.http.get("/v1/staff/sign-in")).json() == {"has_users": False}
    await make(h)
    assert (await h.http.get("/v1/staff/sign-in")).json() == {"has_users": True}


async def test_wrong_is_wrong_whatever_it_is(h: House) -> None:
    """The same words for a wrong name and a wrong password, and no cookie."""
    await make(h)
    async with browser(h) as http:
        answers = [await sign_in(http, user, "wrong password") for user in ("ann", "nobody", "no name!")]
        assert {said(answer) for answer in answers} == {(401, "wrong_password")}
        assert len({answer.text for answer in answers}) == 1 and not http.cookies


async def test_too_many_tries_are_told_how_long(h: House) -> None:
    """429 with Retry-After, in seconds."""
    await make(h)
    async with browser(h) as http:
        for _ in range(6):
            await sign_in(http, password="wrong password")
        late = await sign_in(http)
        assert said(late) == (429, "too_many_tries") and 0 < int(late.headers["retry-after"]) <= 60


async def test_a_one_time_password_is_replaced_at_the_door(h: House) -> None:
    """Nothing is opened before; a weak one is refused with what is wrong about it."""
    await make(h)
    given = await h.http.post("/v1/staff/users/ann/password", headers=h.headers())
    once = given.json()["password"]
    async with browser(h) as http:
        first = await sign_in(http, password=once)
        assert said(first) == (403, "must_change_password") and not http.cookies
        assert said(await sign_in(http, password=once, new_password="password123")) == (422, "common_password")
        assert (await sign_in(http, password=once, new_password=BETTER)).status_code == 200
        assert said(await sign_in(http, password=once)) == (401, "wrong_password")
    shown = (await h.http.get("/v1/staff/users/ann", headers=h.headers())).json()
    assert shown["password"] == "own" and "hash" not in str(shown)


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"{", 400), (b"[]", 422), (b'{"user": "a"}', 422), (b'{"user": "a", "password": ""}', 422),
     (b'{"user": "a", "password": "b", "admin": true}', 422), (b'{"user": "a", "password": "%s"}' % (b"x" * 500), 422),
     (b'{"user": 1, "password": "b"}', 422)],
)  # fmt: skip
async def test_bodies_that_are_none(h: House, body: bytes, status: int) -> None:
    """Refused before anything is tried."""
    async with browser(h) as http:
        headers = {"Content-Type": "application/json"}
        assert (await http.post("/v1/staff/sign-in", content=body, headers=headers)).status_code == status
    assert not h.services.staff.sessions.counters


# --- other sites -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "http://test.evil.example"},
        {"Origin": "null"},
        {"Origin": "http://["},
        {"Origin": "http://test@evil.example"},
        {"Origin": "http://test", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "http://test", "Sec-Fetch-Site": "same-site"},
    ],
)
async def test_other_sites_cannot_use_the_cookie(h: House, headers: dict[str, str]) -> None:
    """Not to sign in, not to refresh, not to sign out; the session does not notice."""
    await make(h)
    async with browser(h) as http:
        await sign_in(http)
        for path, body in (
            ("sign-in", {"user": "ann", "password": GOOD}),
            ("refresh", None),
            ("sign-out", {"everywhere": True}),
        ):
            answer = await http.post(f"/v1/staff/{path}", json=body, headers=headers)
            assert said(answer) == (403, "bad_origin")
        assert (await http.post("/v1/staff/refresh")).status_code == 200


async def test_a_cookie_without_an_origin_is_not_taken(h: House) -> None:
    """Every browser names it; programs have no cookie, and may sign in."""
    await make(h)
    assert (await sign_in(h.http)).status_code == 200
    assert said(await h.http.post("/v1/staff/refresh")) == (403, "bad_origin")


# --- the end ---------------------------------------------------------------------------------------------------


async def test_refreshing_without_a_session(h: House) -> None:
    """401, and the browser forgets what it had."""
    async with browser(h) as http:
        assert said(await http.post("/v1/staff/refresh")) == (401, "session_ended")
        await make(h)
        await sign_in(http)
        await h.services.staff.users.set_active(ROOT, "ann", active=False)
        ended = await http.post("/v1/staff/refresh")
        assert said(ended) == (401, "session_ended") and "Max-Age=0" in ended.headers["set-cookie"]
        assert said(await sign_in(http)) == (403, "account_inactive")


async def test_signing_out(h: House) -> None:
    """The token is worth nothing from then on, here or everywhere; doing it twice is no fault."""
    await make(h)
    async with browser(h) as here, browser(h) as there:
        mine, other = await sign_in(here), await sign_in(there)
        assert (await here.post("/v1/staff/sign-out", json={})).status_code == 200
        assert said(await here.get("/v1/orders", headers=bearer(mine))) == (401, "session_ended")
        assert (await there.get("/v1/orders", headers=bearer(other))).status_code == 200
        assert not here.cookies
        assert (await here.post("/v1/staff/sign-out", json={})).status_code == 200
        await sign_in(here)
        assert (await here.post("/v1/staff/sign-out", json={"everywhere": True})).status_code == 200
        assert said(await there.get("/v1/orders", headers=bearer(other))) == (401, "session_ended")


async def test_another_password_of_ones_own(h: House) -> None:
    """Needs the old one; this session goes on, every other one ends. Plain tokens have no password."""
    await make(h)
    async with browser(h) as here, browser(h) as there:
        mine, other = await sign_in(here), await sign_in(there)
        body = {"password": GOOD, "new_password": BETTER}
        wrong = await here.post("/v1/staff/password", json=body | {"password": "wrong password"}, headers=bearer(mine))
        assert said(wrong) == (403, "wrong_password")
        weak = await here.post("/v1/staff/password", json=body | {"new_password": "short"}, headers=bearer(mine))
        assert said(weak) == (422, "short_password")
        changed = await here.post("/v1/staff/password", json=body, headers=bearer(mine))
        assert changed.status_code == 200
        assert (await here.get("/v1/orders", headers=bearer(changed))).status_code == 200
        assert (await here.post("/v1/staff/refresh")).status_code == 200
        assert said(await there.get("/v1/orders", headers=bearer(other))) == (401, "session_ended")
        assert said(await there.post("/v1/staff/refresh")) == (401, "session_ended")
    assert said(await h.http.post("/v1/staff/password", json=body, headers=h.headers())) == (403, "no_password")


@pytest.mark.parametrize("change", ["deactivate", "role", "zones", "password"])
async def test_who_is_shut_out_is_gone_at_once(h: House, address: str, change: str) -> None:
    """Socket and calls, also when another gateway did it: here nothing is told but by the store."""
    await make(h, "ann", Role.DISPATCHER, ZONE)
    async with browser(h) as http:
        entered = await sign_in(http)
        token = entered.json()["token"]
        async with LiveClient(f"ws://{address}/v1/live", token=token, zone=ZONE) as staff:
            messages = staff.messages()
            await until(messages, lambda message: isinstance(message, live.ZoneSnapshot))
            h.services.staff.users._guard = None
            headers = h.headers()
            if change in ("deactivate", "password"):
                done = await h.http.post(f"/v1/staff/users/ann/{change}", headers=headers)
            else:
                body = {"name": "Ann", "role": "support" if change == "role" else "dispatcher", "zones": [ZONE]}
                body |= {"zones": ["elsewhere"]} if change == "zones" else {}
                done = await h.http.put("/v1/staff/users/ann", json=body, headers=headers)
            assert done.status_code == 200, done.text
            with pytest.raises(RemoteProtocolError) as ended:
                async with asyncio.timeout(5):
                    async for _ in messages:
                        pass
            assert ended.value.close_code is CloseCode.BAD_TOKEN
        assert said(await http.get("/v1/orders", headers=bearer(entered))) == (401, "session_ended")
        assert said(await http.post("/v1/staff/refresh")) == (401, "session_ended")
        assert h.services.staff.guard.counters["staff_sockets_ended"] == 1


async def test_a_socket_that_goes_is_watched_no_longer(h: House, address: str) -> None:
    """And an ended sign-in opens none."""
    await make(h)
    async with browser(h) as http:
        token = (await sign_in(http)).json()["token"]
        async with LiveClient(f"ws://{address}/v1/live", token=token, zone=ZONE) as staff:
            await until(staff.messages(), lambda message: isinstance(message, live.ZoneSnapshot))
            assert h.services.staff.guard._watched
        await eventually(lambda: not h.services.staff.guard._watched)
        await http.post("/v1/staff/sign-out", json={})
        async with LiveClient(f"ws://{address}/v1/live", token=token, zone=ZONE) as staff:
            with pytest.raises(RemoteProtocolError):
                await until(staff.messages(), lambda message: isinstance(message, live.ZoneSnapshot))


@pytest.mark.parametrize("store_is_there", [True, False])
async def test_colleagues_are_seen_by_name(
    h: House, address: str, store_is_there: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not by what they sign in with; only while the store is away, since a desk opens without it."""
    await h.services.staff.users.put(ROOT, "w.xm", UserWish("王小明", Role.DISPATCHER, ()))
    await h.services.staff.users.set_password(ROOT, "w.xm", GOOD)
    async with browser(h) as http:
        token = (await sign_in(http, "w.xm")).json()["token"]
    if not store_is_there:

        async def away(_: SessionMark) -> None:
            raise StoreUnavailable("restarting")

        monkeypatch.setattr(h.services.staff.users, "myself", away)
    async with LiveClient(f"ws://{address}/v1/live", token=token, zone=ZONE) as staff:
        await staff.wait_live()
        staff.attend(live.Attend("tab-1", "order", "o-1"))
        here = await until(staff.messages(), lambda message: isinstance(message, live.Attending))
    assert [each.who for each in here.people] == ["王小明" if store_is_there else "w.xm"]


# --- who one is, and users -------------------------------------------------------------------------------------


async def test_who_am_i(h: House) -> None:
    """Plain tokens are told, too; couriers and shoppers have no desk."""
    me = (await h.http.get("/v1/staff/me", headers=h.headers("support", "sue"))).json()
    assert (me["id"], me["role"], me["user"], me["zones"]) == ("sue", "support", False, [])
    assert "write_message" in me["actions"] and "override" not in me["actions"]
    assert (await h.http.get("/v1/staff/me", headers=h.headers("finance"))).status_code == 200
    assert said(await h.http.get("/v1/staff/me", headers=h.headers("courier"))) == (403, "role_not_allowed")


async def test_calls_are_offered_where_there_is_a_gateway(h: House) -> None:
    """A desk without one shows no button that could only be refused."""
    assert "call" not in (await h.http.get("/v1/staff/me", headers=h.headers("support"))).json()["actions"]
    h.services.calls = RecordedCalls()
    assert "call" in (await h.http.get("/v1/staff/me", headers=h.headers("support"))).json()["actions"]


async def test_a_depots_staff_is_limited_to_it(h: House) -> None:
    """They name a depot; what they may do says so, and their token opens the orders of that depot alone."""
    headers = h.headers()
    body = {"name": "Dee", "role": "depot", "zones": [ZONE]}
    nowhere = await h.http.put("/v1/staff/users/dee", json=body, headers=headers)
    assert said(nowhere) == (422, "depot_needed")
    made = await h.http.put("/v1/staff/users/dee", json=body | {"depots": ["d1"]}, headers=headers)
    assert (made.status_code, made.json()["depots"]) == (200, ["d1"])
    await h.services.staff.users.set_password(ROOT, "dee", GOOD)
    async with browser(h) as http:
        entered = await sign_in(http, "dee")
        me = entered.json()["me"]
        assert me["depots"] == ["d1"] and {"watch_zone", "manage_stock", "change_password"} <= set(me["actions"])
        assert not {"read_stats", "list_couriers", "register_goods"}.intersection(me["actions"])
        assert (await http.get("/v1/staff/me", headers=bearer(entered))).json() == me
        depots = (await http.get("/v1/depots", headers=bearer(entered))).json()["depots"]
        assert [depot["id"] for depot in depots] == ["d1"]
    token = {"Authorization": f"Bearer {h.token('depot', 'dee', depots=('d2',))}"}
    assert (await h.http.get("/v1/staff/me", headers=token)).json()["depots"] == ["d2"]


async def test_an_admin_makes_and_changes_users(h: House) -> None:
    """From nothing to a password that is told once; the audit has it all."""
    headers = h.headers()
    body = {"name": "Ann Bee", "role": "dispatcher", "zones": ["default"]}
    made = await h.http.put("/v1/staff/users/Ann", json=body | {"new": True}, headers=headers)
    assert made.status_code == 200 and made.json()["id"] == "ann" and made.json()["password"] == "none"
    assert said(await h.http.put("/v1/staff/users/ann", json=body | {"new": True}, headers=headers)) == (
        409,
        "user_exists",
    )
    given = (await h.http.post("/v1/staff/users/ann/password", headers=headers)).json()
    assert given["user"] == "ann" and len(given["password"]) == 19
    assert (
        await h.http.put("/v1/staff/users/ann", json=body | {"role": "support"}, headers=headers)
    ).status_code == 200
    for verb in ("deactivate", "deactivate", "reactivate"):
        shown = await h.http.post(f"/v1/staff/users/ann/{verb}", headers=headers)
        assert shown.json()["active"] is (verb == "reactivate")
    listed = (await h.http.get("/v1/staff/users", headers=headers)).json()["users"]
    assert [(user["id"], user["role"], user["password"]) for user in listed] == [("ann", "support", "one_time")]
    acts = (await h.http.get("/v1/staff/acts", headers=headers)).json()["acts"]
    assert [act["action"] for act in acts] == [
        "user_reactivated", "user_deactivated", "user_changed", "password_reset", "user_added"
    ]  # fmt: skip
    assert {act["actor"] for act in acts} == {"admin:someone"} and given["password"] not in str(acts)


async def test_what_admins_cannot_do(h: House) -> None:
    """Change who is not there, make what is no member of staff, or go beyond their own zones."""
    headers, body = h.headers(), {"name": "Ann", "role": "dispatcher"}
    for path in ("users/nobody/password", "users/nobody/deactivate", "users/nobody/reactivate"):
        assert said(await h.http.post(f"/v1/staff/{path}", headers=headers)) == (404, "unknown_user")
    assert said(await h.http.get("/v1/staff/users/nobody", headers=headers)) == (404, "unknown_user")
    for wrong in ({"role": "courier"}, {"zones": ["No!"]}, {"name": ""}, {"zones": "default"}, {"admin": True}):
        assert (await h.http.put("/v1/staff/users/ann", json=body | wrong, headers=headers)).status_code == 422
    assert said(await h.http.put("/v1/staff/users/-", json=body, headers=headers)) == (422, "bad_user")
    await make(h, "boss", Role.ADMIN)
    assert said(await h.http.post("/v1/staff/users/boss/deactivate", headers=headers)) == (409, "last_admin")
    limited = {"Authorization": f"Bearer {h.token('admin', 'nora', zones=('mars',))}"}
    assert said(await h.http.put("/v1/staff/users/ann", json=body, headers=limited)) == (403, "zones_not_yours")
    assert said(await h.http.post("/v1/staff/users/boss/password", headers=limited)) == (403, "user_not_yours")
    assert (await h.http.get("/v1/staff/users", headers=limited)).json() == {"users": []}
    assert (await h.http.get("/v1/staff/acts", headers=limited)).json() == {"acts": []}
