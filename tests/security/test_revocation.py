"""Who is shut out is out within five seconds, on sockets that are open, and at once over HTTP."""

import time

import pytest

from courier_protocol import live
from courier_protocol.client import LiveClient
from courier_protocol.close_codes import CloseCode
from courier_protocol.errors import RemoteProtocolError
from dispatch.application.access import Role, Subject
from dispatch.application.staff_rules import UserWish
from tests.support.web import ZONE, House, courier_client, eventually, until

ROOT = Subject(Role.ADMIN, "root")
PASSWORD = "correct horse battery"
WITHIN_S = 5.0
COURIER = {"name": "Ada Byron", "profile": "ebike"}


async def test_a_courier_who_is_suspended(h: House, address: str) -> None:
    """Their socket ends for good, and their token opens neither channel nor routes until they are let in again."""
    mine = h.headers("courier", "c1")
    url = "/v1/couriers/c1"
    async with courier_client(h, address) as phone:
        await phone.wait_live()
        began_s = time.monotonic()
        answer = await h.http.put(url, json=COURIER | {"account": "suspended"}, headers=h.headers("dispatcher"))
        assert answer.json()["account"] == "suspended"
        with pytest.raises(RemoteProtocolError) as ended:
            async for _ in phone.events():
                pass
        assert ended.value.close_code is CloseCode.FORBIDDEN and time.monotonic() - began_s < WITHIN_S
    async with courier_client(h, address) as phone:
        with pytest.raises(RemoteProtocolError):
            await phone.wait_live()
    for method, path in (("GET", url), ("GET", f"{url}/day"), ("POST", "/v1/tokens/refresh")):
        refused = await h.http.request(method, path, headers=mine)
        assert (refused.status_code, refused.json()["code"]) == (403, "account_inactive")
    assert h.hub.counters["couriers_shut_out"] == 1
    await h.http.put(url, json=COURIER | {"account": "active"}, headers=h.headers("dispatcher"))
    async with courier_client(h, address) as phone:
        await phone.wait_live()


async def test_who_may_suspend(h: House) -> None:
    """An integrator registers couriers and shuts none of them out; a change without the word leaves it."""
    shop, control = h.headers("integrator", "shop-1"), h.headers("dispatcher")
    refused = await h.http.put("/v1/couriers/c1", json=COURIER | {"account": "suspended"}, headers=shop)
    assert (refused.status_code, refused.json()["code"]) == (403, "role_not_allowed")
    await h.http.put("/v1/couriers/c1", json=COURIER | {"account": "suspended"}, headers=control)
    kept = await h.http.put("/v1/couriers/c1", json=COURIER | {"name": "Ada B."}, headers=shop)
    assert (kept.json()["name"], kept.json()["account"]) == ("Ada B.", "suspended")


@pytest.mark.parametrize(
    "how", ["deactivated", "another role", "other zones", "other depots", "a new password", "signed out"]
)
async def test_a_member_of_staff_who_is_shut_out(h: House, address: str, how: str) -> None:
    """Whatever ends a sign-in ends its sockets, and its token is refused by the next call."""
    staff = h.services.staff
    await staff.users.put(ROOT, "ann", UserWish("Ann", Role.DISPATCHER, ()))
    await staff.users.set_password(ROOT, "ann", PASSWORD)
    home = {"Origin": "http://test"}
    body = {"user": "ann", "password": PASSWORD}
    token = (await h.http.post("/v1/staff/sign-in", json=body, headers=home)).json()["token"]
    async with LiveClient(f"ws://{address}/v1/live", token=token, zone=ZONE) as desk:
        await until(desk.messages(), lambda message: isinstance(message, live.ZoneSnapshot))
        began_s = time.monotonic()
        match how:
            case "deactivated":
                await staff.users.set_active(ROOT, "ann", active=False)
            case "another role":
                await staff.users.put(ROOT, "ann", UserWish("Ann", Role.FINANCE, ()))
            case "other zones":
                await staff.users.put(ROOT, "ann", UserWish("Ann", Role.DISPATCHER, ("mars",)))
            case "other depots":
                await staff.users.put(ROOT, "ann", UserWish("Ann", Role.DISPATCHER, (), depots=("d1",)))
            case "a new password":
                await staff.users.give_one_time(ROOT, "ann")
            case _:
                await h.http.post("/v1/staff/sign-out", json={"everywhere": True}, headers=home)
        refused = await h.http.get("/v1/orders", headers={"Authorization": f"Bearer {token}"})
        assert (refused.status_code, refused.json()["code"]) == (401, "session_ended")
        with pytest.raises(RemoteProtocolError) as ended:
            async for _ in desk.messages():
                pass
        assert ended.value.close_code is CloseCode.BAD_TOKEN and time.monotonic() - began_s < WITHIN_S
    await eventually(lambda: h.hub.sessions["staff"] == 0)


async def test_a_link_that_is_replaced(h: House, address: str) -> None:
    """A shopper's page that is open ends with it."""
    placed = await h.order()
    async with LiveClient(f"ws://{address}/v1/live", track=placed["track_token"]) as page:
        await until(page.messages(), lambda message: isinstance(message, live.TrackSnapshot))
        await h.http.post(f"/v1/orders/{placed['id']}/tracking-link:revoke", json={}, headers=h.headers())
        with pytest.raises(RemoteProtocolError) as ended:
            async for _ in page.messages():
                pass
        assert ended.value.close_code is CloseCode.FORBIDDEN
