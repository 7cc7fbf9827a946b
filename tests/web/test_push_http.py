"""Web Push over HTTP: the link is the right to be told; what is stored, refused and ended."""

import logging
from typing import Any

import httpx
import pytest

from dispatch.application.push_desk import mark_of
from dispatch.domain.commands import CancelOrder, StopAction
from tests.support.push_receiver import BrowserKeys
from tests.support.web import VAPID_KEY, ZONE, House

KEYS = BrowserKeys()
URL = "https://push.example.net/send/secret-of-the-browser"


def body(**more: Any) -> dict[str, Any]:
    return {"endpoint": URL, "p256dh": KEYS.p256dh, "auth": KEYS.auth, "lang": "en", "utc_offset_min": 480, **more}


async def put(h: House, token: str, **more: Any) -> httpx.Response:
    return await h.http.put(f"/v1/track/{token}/push", json=body(**more))


async def test_a_browser_signs_up_and_off(h: House, caplog: pytest.LogCaptureFixture) -> None:
    """Known by the hash of its endpoint; twice is the same as once; what it sees already it is not told."""
    caplog.set_level(logging.DEBUG)
    placed = await h.order()
    await h.plan("c1", placed["id"])
    await h.progress("c1", StopAction.COMPLETED)
    path = f"/v1/track/{placed['track_token']}/push"
    assert (await h.http.get(path)).json() == {"vapid_key": VAPID_KEY, "subscribed": False}
    for _ in range(2):
        assert (await put(h, placed["track_token"])).json() == {"vapid_key": VAPID_KEY, "subscribed": True}
    mark = mark_of(URL)
    assert (await h.http.get(path, params={"mark": mark})).json()["subscribed"] is True
    kept = await h.services.push._store.find(ZONE, placed["id"], mark)
    assert kept and (kept.endpoint, kept.lang, kept.utc_offset_min) == (URL, "en", 480)
    assert kept.told.seq == h.hub.here.seq and set(kept.told.kinds) == {"assigned", "on_way"}
    for _ in range(2):
        assert (await h.http.delete(path, params={"mark": mark})).json()["subscribed"] is False
    assert (await h.http.get(path, params={"mark": mark})).json()["subscribed"] is False
    ours = [record.getMessage() + str(record.__dict__) for record in caplog.records if record.name[:8] == "dispatch"]
    assert ours and "secret-of-the-browser" not in str(ours) and placed["track_token"] not in str(ours)


async def test_only_a_link_lets_anybody_sign_up(h: House) -> None:
    """404 for another one; the marks of one order open nothing of another."""
    one, other = await h.order(), await h.order()
    assert (await put(h, "A" * 32)).status_code == 404
    await put(h, one["track_token"])
    path, mark = f"/v1/track/{other['track_token']}/push", mark_of(URL)
    assert (await h.http.get(path, params={"mark": mark})).json()["subscribed"] is False
    await h.http.delete(path, params={"mark": mark})
    assert await h.services.push._store.find(ZONE, one["id"], mark)


async def test_of_an_ended_order_nothing_more_is_told(h: House) -> None:
    """409 while the link lives, 410 after that."""
    placed = await h.order()
    await h.do(CancelOrder(placed["id"], "no"))
    ended = await put(h, placed["track_token"])
    assert (ended.status_code, ended.json()["code"]) == (409, "order_ended")
    h.clock.pass_ms(25 * 3_600_000)
    assert (await put(h, placed["track_token"])).status_code == 410


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"endpoint": "https://169.254.169.254/x"}, "bad_push_endpoint"),
        ({"p256dh": "AAAA"}, "bad_push_keys"),
        ({"lang": "fi"}, "bad_field"),
        ({"utc_offset_min": 900}, "bad_field"),
        ({"endpoint": "https://x.example/" + "x" * 2_000}, "bad_field"),
    ],
)
async def test_what_can_not_be_sent_to_is_refused(h: House, wrong: dict[str, Any], code: str) -> None:
    """422, with a sentence."""
    placed = await h.order()
    answer = await put(h, placed["track_token"], **wrong)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
