"""Device keys and duty over HTTP."""

from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from dispatch.application.ingest import MAX_DEVICES
from dispatch.domain.courier import Duty
from tests.support.web import House, eventually


async def add(h: House, role: str = "dispatcher", subject: str = "someone", courier_id: str = "c1") -> httpx.Response:
    url = f"/v1/couriers/{courier_id}/devices"
    return await h.http.post(url, json={"name": "phone"}, headers=h.headers(role, subject))


async def test_a_key_comes_with_the_addresses_of_every_app(h: House) -> None:
    """Each holds the key where its app puts it, and each works as it stands."""
    made = (await add(h)).json()
    key = made.pop("key")
    assert made == {
        "osmand_url": f"http://test/v1/ingest/osmand?id={key}"
        "&lat={0}&lon={1}&timestamp={2}&accuracy={3}&bearing={6}",
        "traccar_url": "http://test/v1/ingest/osmand",
        "owntracks_url": f"http://c1:{key}@test/v1/ingest/owntracks",
        "gpslogger_url": f"http://test/v1/ingest/gpslogger?id={key}"
        "&lat=%LAT&lon=%LON&time=%TIME&acc=%ACC&spd=%SPD&dir=%DIR&batt=%BATT&aid=%AID",
    }
    sent = made["osmand_url"].format(60.166, 24.936, 1_795_348_800_000, 5, 0, 0, 90)
    assert (await h.http.get(sent)).status_code == 200
    assert h.hub.sight.positions["c1"].heading_deg == 90
    assert (await h.http.post(made["owntracks_url"], content=b"")).status_code == 200
    h.services.public_url = "https://dispatch.example/x/"
    outside = (await add(h)).json()
    assert outside["traccar_url"] == "https://dispatch.example/x/v1/ingest/osmand"
    assert urlsplit(outside["owntracks_url"]).hostname == "dispatch.example"


@pytest.mark.parametrize(
    ("role", "subject", "status"),
    [
        ("admin", "a", 201),
        ("integrator", "shop", 201),
        ("courier", "c1", 201),
        ("courier", "c2", 404),
        ("support", "s", 403),
        ("customer", "x", 403),
    ],
)
async def test_who_may_add_a_device(h: House, role: str, subject: str, status: int) -> None:
    """Whoever registers couriers, and couriers for themselves."""
    assert (await add(h, role, subject)).status_code == status


async def test_devices_are_bounded_and_revoked_together(h: House) -> None:
    """409 beyond the limit; revoking makes room."""
    for _ in range(MAX_DEVICES):
        assert (await add(h)).status_code == 201
    full = await add(h)
    assert (full.status_code, full.json()["code"]) == (409, "too_many_devices")
    revoked = await h.http.delete("/v1/couriers/c1/devices", headers=h.headers("courier", "c1"))
    assert revoked.json() == {"revoked": MAX_DEVICES}
    assert (await add(h)).status_code == 201
    assert (await add(h, courier_id="nobody")).status_code == 404


@pytest.mark.parametrize("name", ["", "x" * 101, 5, None])
async def test_bad_names(h: House, name: Any) -> None:
    """422, and no key."""
    answer = await h.http.post("/v1/couriers/c1/devices", json={"name": name}, headers=h.headers())
    assert answer.status_code == 422
    assert await h.services.ingest._devices.count("default", "c1") == 0


async def set_duty(h: House, duty: Any, role: str = "dispatcher", subject: str = "d", **of: str) -> httpx.Response:
    url = f"/v1/couriers/{of.get('courier_id', 'c1')}/duty"
    return await h.http.post(url, json={"duty": duty}, headers=h.headers(role, subject))


async def test_a_dispatcher_puts_a_courier_on_duty(h: House) -> None:
    """Whoever rides with a GPS app alone has no other way; the audit names who did it."""
    for duty in ("available", "on_break", "ending", "off_duty", "off_duty"):
        answer = await set_duty(h, duty)
        assert (answer.status_code, answer.json()) == (200, {"courier_id": "c1", "duty": duty})
    assert h.bus.asked[-1].actor == "dispatcher:d"
    assert (await set_duty(h, "available", "courier", "c1")).status_code == 200
    await eventually(lambda: h.hub.replica.state.couriers["c1"].duty is Duty.AVAILABLE)


async def test_who_may_not_set_duty(h: House) -> None:
    """Others' duty is none of a courier's business, nor of a shop's; nothing changes."""
    assert (await set_duty(h, "available", "courier", "c2")).status_code == 404
    for role in ("integrator", "support", "depot", "finance", "customer"):
        assert (await set_duty(h, "available", role)).status_code == 403
    assert (await set_duty(h, "flying")).status_code == 422
    assert (await set_duty(h, "available", courier_id="nobody")).status_code == 404
    assert h.hub.replica.state.couriers["c1"].duty is Duty.OFF_DUTY


async def test_nobody_is_sent_home_with_goods(h: House) -> None:
    """The zone's own rule comes back as a conflict; a zone that does not answer in time as 202."""
    from dispatch.domain.commands import StopAction

    await set_duty(h, "available")
    placed = await h.order()
    await h.plan("c1", placed["id"])
    await h.progress("c1", StopAction.COMPLETED)
    refused = await set_duty(h, "off_duty")
    assert (refused.status_code, refused.json()["code"]) == (409, "goods_on_board")
    h.bus.deaf = True
    assert (await set_duty(h, "ending")).status_code == 202
