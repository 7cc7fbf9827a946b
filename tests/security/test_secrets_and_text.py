"""What must never be written down, and text that must stay text."""

import pytest

from courier_protocol import live
from courier_protocol.client import LiveClient
from courier_protocol.codec import Decoder, encode_one
from courier_protocol.errors import RemoteProtocolError
from dispatch.web.outer import masked
from tests.support.web import HOME, House, courier_client, house, staff_client, until

PHONE = "040-5550199"
NASTY = '<script>alert(1)</script>"><img src=x onerror=alert(1)>${{7*7}}'


async def test_no_token_and_no_person_in_the_logs(h: House, address: str, written: list[str]) -> None:
    """A whole tour at debug level leaves neither tokens, links, names, phones nor addresses of people."""
    body = {
        "dropoff": {"lat": HOME.lat, "lon": HOME.lon, "address": "Secret Street 9", "name": "Grace", "phone": PHONE}
    }
    headers = h.headers()
    placed = (await h.http.post("/v1/orders", json=body, headers=headers)).json()
    link = placed["track_token"]
    await h.http.get(f"/v1/track/{link}")
    await h.http.get(f"/t/{link}")
    await h.http.get(f"/t/{link}/more")
    await h.http.get(f"/v1/orders?token={link}", headers={"Authorization": "Bearer wrong-token"})
    await h.http.post("/v1/orders", json={"dropoff": {"name": "Grace"}}, headers=headers)
    async with courier_client(h, address) as phone, staff_client(h, address) as staff:
        await phone.wait_live()
        await phone.accept("none")
        await until(staff.messages(), lambda message: isinstance(message, live.ZoneSnapshot))
    async with LiveClient(f"ws://{address}/v1/live", track=link) as page:
        await until(page.messages(), lambda message: isinstance(message, live.TrackSnapshot))
    async with courier_client(h, address, token="a.bad.token") as phone:
        with pytest.raises(RemoteProtocolError):
            await phone.wait_live()
    logs = "\n".join(written)
    assert '"path": "/t/*"' in logs and '"path": "/v1/track/*"' in logs
    secrets = (link, headers["Authorization"][7:], "wrong-token", "a.bad.token", "Grace", PHONE, "Secret Street")
    assert [secret for secret in secrets if secret in logs] == []


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/t/abc", "/t/*"),
        ("/v1/staff/users/ann@shop/password", "/v1/staff/users/*/password"),
        ("/t/abc/more", "/t/*/more"),
        ("/v1/track/abc", "/v1/track/*"),
        ("/v1/orders", "/v1/orders"),
    ],
)
def test_masking(path: str, shown: str) -> None:
    """Capabilities are masked before anything is written."""
    assert masked(path) == shown


async def test_text_stays_text(h: House) -> None:
    """Names and notes come back as JSON strings under a type that no browser renders; errors do not carry them."""
    await h.courier("c2", NASTY[:100])
    placed = await h.order(ref=NASTY)
    for url in (f"/v1/orders/{placed['id']}", "/v1/couriers", f"/v1/track/{placed['track_token']}"):
        answer = await h.http.get(url, headers=h.headers())
        assert answer.headers["content-type"] == "application/json"
        assert answer.headers["x-content-type-options"] == "nosniff"
    assert (await h.http.get(f"/v1/orders/{placed['id']}", headers=h.headers())).json()["ref"] == NASTY
    for url in (f"/v1/orders/{NASTY}", f"/{NASTY}", f"/t/{NASTY}"):
        answer = await h.http.get(url, headers=h.headers())
        assert answer.headers["content-type"] == "application/problem+json"
    wrong = await h.http.post("/v1/orders", json={NASTY: 1}, headers=h.headers())
    assert wrong.headers["content-type"] == "application/problem+json"


async def test_pages_reflect_nothing(tmp_path: object) -> None:
    """A page is the same file for every token: nothing of the URL gets into it."""
    from pathlib import Path

    static = Path(str(tmp_path))
    (static / "track.html").write_text("<!doctype html>")
    async with house(static_dir=static) as h:
        pages = {(await h.http.get(f"/t/{token}")).text for token in ("a", NASTY.replace("/", ""))}
        assert pages == {"<!doctype html>"}


def test_messages_of_the_live_channel_are_plain_json() -> None:
    """The same for frames: what was text comes out as text."""
    view = live.DepotView("d1", NASTY, 60.0, 25.0)
    change = live.ZoneChange(epoch=1, prev=0, seq=1, at_ms=0, event="depot_registered", depots=(view,))
    assert Decoder("live", "json").decode(encode_one(change, "json")) == [change]
