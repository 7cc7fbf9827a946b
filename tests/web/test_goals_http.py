"""A zone's goals over HTTP and on the live channel, and what the desk is told of the fleet."""

from typing import Any

import httpx
import pytest

from courier_protocol import live
from courier_protocol.messages import Fix
from dispatch.application.ports import Position
from dispatch.domain import commands as c
from dispatch.domain.courier import Duty
from tests.support.web import House, eventually, listening, staff_client, until
from tests.support.zones import MINUTE_MS, NOON_MS

URL = "/v1/zones/default/goals"
WANTED = {
    "on_time_pct": 97.5, "at_risk_pct": 8.0, "late_pct": 2.0, "door_min": 35.0, "orders_per_courier_hour": 2.5,
    "waiting_orders": 1, "waiting_s": 90,
}  # fmt: skip


def fix(battery: float) -> Fix:
    """A place, and how full the phone's battery is."""
    return Fix(at_ms=NOON_MS, lat=60.17, lon=24.94, acc_m=8.0, battery=battery)


async def put(h: House, role: str = "dispatcher", **more: Any) -> httpx.Response:
    return await h.http.put(URL, json=WANTED | more, headers=h.headers(role))


async def test_goals_are_read_and_set(h: House) -> None:
    """Every zone begins with 95% on time; a change has the next version, the same change again has not."""
    first = (await h.http.get(URL, headers=h.headers("support"))).json()
    assert (first["version"], first["on_time_pct"], first["waiting_s"]) == (0, 95.0, 120)
    for _ in range(2):
        answer = await put(h, expected_version=0, reason="a new month")
        assert (answer.status_code, answer.json()) == (200, WANTED | {"version": 1})
    assert (await h.http.get(URL, headers=h.headers("finance"))).json()["version"] == 1


async def test_two_who_change_goals(h: House) -> None:
    """Who saw older goals is told so, with the current version; a wrong figure is named; a deaf zone is a 202."""
    await put(h)
    stale = await put(h, door_min=50.0, expected_version=0)
    assert (stale.status_code, stale.json()["code"], stale.json()["current_version"]) == (409, "stale_goals", 1)
    assert (await put(h, late_pct=101)).status_code == 422
    h.bus.deaf = True
    assert (await put(h, door_min=50.0)).status_code == 202


async def test_who_may(h: House) -> None:
    """Everybody at the desk reads, dispatchers and admins change; an unknown zone has none."""
    for role in ("depot", "support", "finance"):
        assert (await put(h, role)).status_code == 403
    assert (await h.http.get(URL, headers=h.headers("courier", "c1"))).status_code == 403
    assert (await h.http.get("/v1/zones/mars/goals", headers=h.headers())).status_code == 404


async def test_the_desk_hears_of_goals_and_of_the_fleet(h: House) -> None:
    """The snapshot has the goals and all about couriers; a later change of the goals comes by itself."""
    await h.do(c.SetDuty("c1", Duty.AVAILABLE))
    order_id = (await h.order(load={"weight_g": 900, "items": 2}))["id"]
    h.hub.report("c1", 1, 1, [fix(0.43)])
    async with listening(h) as address, staff_client(h, address) as desk:
        messages = desk.messages()
        snapshot = await until(messages, lambda message: isinstance(message, live.ZoneSnapshot))
        assert snapshot.goals.on_time_pct == 95.0
        [courier] = snapshot.couriers
        assert (courier.account, courier.shift_from_ms, courier.duty_since_ms) == ("active", NOON_MS, NOON_MS)
        assert courier.capacity.items > 0 and courier.heard_at_ms > 0
        [order] = [each for each in snapshot.orders if each.id == order_id]
        assert order.load == live.LoadView(900, 0, 2)
        await put(h)
        change = await until(messages, lambda message: isinstance(message, live.ZoneChange) and message.goals)
        assert (change.event, change.goals.version, change.goals.door_min) == ("goals_changed", 1, 35.0)


async def test_a_battery_is_told_with_the_link(h: House) -> None:
    """Whoever watches hears of the step; who comes later finds it in the snapshot."""
    async with listening(h) as address, staff_client(h, address) as desk:
        messages = desk.messages()
        await until(messages, lambda message: isinstance(message, live.ZoneSnapshot))
        h.hub.report("c1", 1, 1, [fix(0.13)])
        h.hub._batteries._look_at_mono_ms = 0.0  # the 30 s are over
        told = await until(messages, lambda message: isinstance(message, live.LinkChanged) and message.battery)
        assert (told.courier_id, told.link, told.battery) == ("c1", "live", 0.15)
        assert NOON_MS - MINUTE_MS < told.heard_at_ms <= NOON_MS + MINUTE_MS
    assert h.hub.sight.batteries["c1"] == 0.15


async def test_an_unheard_phone_has_its_last_place_s_time(h: House) -> None:
    """After a goodbye or a restart only the last place tells when it was."""
    assert h.hub.sight.heard_at_ms("c1") == 0
    h.hub.live_places.take_stored((Position("c1", 1, 1, NOON_MS - 9, NOON_MS - 7, 60.17, 24.94),))
    h.hub._presence.said_goodbye("c1")
    assert h.hub.sight.heard_at_ms("c1") == NOON_MS - 7


@pytest.mark.parametrize("reason", ["", "flat tyre"])
async def test_a_dispatcher_sets_a_duty_with_a_reason(h: House, reason: str) -> None:
    """The reason is in the courier's event, for the courier to read."""
    body = {"duty": "on_break", "reason": reason}
    answer = await h.http.post("/v1/couriers/c1/duty", json=body, headers=h.headers("dispatcher"))
    assert answer.status_code == 200
    await eventually(lambda: h.hub.replica.state.couriers["c1"].duty is Duty.ON_BREAK)
    events = await h.store.events("default", 0, 100)
    assert reason in [getattr(each.event, "reason", None) for each in events]
