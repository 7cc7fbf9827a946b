"""Preparation, proofs for the shopper, ratings, and links that are revoked, over HTTP and the live channel."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from courier_protocol import live
from courier_protocol.close_codes import CloseCode
from courier_protocol.codec import encode_one
from dispatch.domain.commands import CancelOrder, ReportProgress, StopAction
from dispatch.domain.order import Proof, ProofKind
from dispatch.domain.route import StopKind
from dispatch.web.tracking_links import link_left_ms
from tests.support.pictures import look, picture
from tests.support.web import House, eventually
from tests.support.zones import MINUTE_MS, NOON_MS

DAY_MS = 24 * 3_600_000
PNG = picture("image/png")
DONE = StopAction.COMPLETED


async def delivered(h: House, *proofs: tuple[ProofKind, str], **fields: Any) -> dict[str, Any]:
    """An order that c1 brought, with these proofs (kind, upload)."""
    placed = await h.order(**fields)
    await h.plan("c1", placed["id"])
    await h.progress("c1", DONE)
    stop = h.hub.replica.state.route("c1").stops[0]
    shown = tuple(Proof(kind, placed["id"], "", upload_id, NOON_MS) for kind, upload_id in proofs)
    report = ReportProgress("c1", stop.id, DONE, NOON_MS, "", (placed["id"],), StopKind.DROPOFF, shown)
    assert (await h.do(report)).ok
    return placed


async def upload(h: House, upload_id: str, order_id: str, *, whole: bool = True) -> None:
    """A picture from c1's phone."""
    headers = h.headers("courier", "c1") | {"Upload-Length": str(len(PNG)), "Content-Type": "image/png"}
    url = f"/v1/uploads/{upload_id}"
    begun = await h.http.post(f"{url}?order_id={order_id}&kind=photo", headers=headers)
    assert begun.status_code == 201, begun.text
    if whole:
        piece = h.headers("courier", "c1") | {"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
        assert (await h.http.patch(url, content=PNG, headers=piece)).status_code == 204


# --- preparation -----------------------------------------------------------------------------------------------


async def test_the_shop_reports_how_far_it_is(h: House) -> None:
    """Once, out of order, for its own orders; shopper, staff and the order's readiness show it."""
    answer = await h.http.post("/v1/orders", json=_body(), headers=h.headers("integrator", "shop"))
    placed = answer.json()
    url, shop = f"/v1/orders/{placed['id']}/preparation", h.headers("integrator", "shop")
    for _ in range(2):
        packed = await h.http.post(url, json={"step": "packed"}, headers=shop | {"Idempotency-Key": "k"})
        assert packed.status_code == 200
        assert packed.json()["preparation"] == [{"step": "packed", "at_ms": NOON_MS}]
        assert packed.json()["ready_at_ms"] == NOON_MS
    assert (await h.http.post(url, json={"step": "paid"}, headers=h.headers("depot"))).status_code == 200
    await eventually(lambda: h.hub.replica.head == h.store_head)
    seen = (await h.http.get(f"/v1/track/{placed['track_token']}")).json()["order"]
    assert [entry["step"] for entry in seen["preparation"]] == ["packed", "paid"]
    other = await h.http.post(url, json={"step": "paid"}, headers=h.headers("integrator", "other"))
    assert (other.status_code, other.json()["code"]) == (404, "unknown_order")
    assert (await h.http.post(url, json={"step": "eaten"}, headers=shop)).status_code == 422
    assert (await h.http.post(url, json={"step": "paid"}, headers=h.headers("courier", "c1"))).status_code == 403
    h.bus.deaf = True
    assert (await h.http.post(url, json={"step": "picking"}, headers=shop)).status_code == 202


def _body() -> dict[str, Any]:
    return {
        "dropoff": {"lat": 60.17, "lon": 24.94, "address": "Street 1"},
        "ready_at_ms": NOON_MS + MINUTE_MS,
    }


async def test_nothing_is_prepared_after_the_end(h: House) -> None:
    """A clear conflict, also when the zone has forgotten the order."""
    placed = await h.order()
    await h.do(CancelOrder(placed["id"], "no"))
    h.bus.writer._require_state().forget_finished(NOON_MS + DAY_MS)
    late = await h.http.post(f"/v1/orders/{placed['id']}/preparation", json={"step": "paid"}, headers=h.headers())
    assert (late.status_code, late.json()["code"]) == (409, "order_ended")


# --- proofs ----------------------------------------------------------------------------------------------------


async def test_a_shopper_sees_how_their_delivery_was_proven(h: House) -> None:
    """Every kind is named, the picture comes by the link alone, and is kept by nobody in between."""
    placed = await delivered(h, (ProofKind.PHOTO, "photo-0001"), (ProofKind.PIN, ""), (ProofKind.PHOTO, "photo-0002"))
    link = f"/v1/track/{placed['track_token']}"
    seen = (await h.http.get(link)).json()["order"]["proofs"]
    assert [(proof["kind"], proof.get("upload_id", "")) for proof in seen] == [
        ("photo", "photo-0001"), ("pin", ""), ("photo", "photo-0002"),
    ]  # fmt: skip
    await upload(h, "photo-0001", placed["id"])
    shown = await h.http.get(f"{link}/proofs/photo-0001")
    assert (shown.status_code, look(shown.content)) == (200, ("image/png", (64, 48), 0))
    assert (
        shown.headers["cache-control"].startswith("private") and "sandbox" in shown.headers["content-security-policy"]
    )
    await upload(h, "photo-0002", placed["id"], whole=False)
    waiting = await h.http.get(f"{link}/proofs/photo-0002")
    assert (waiting.status_code, waiting.json()["code"]) == (404, "not_uploaded_yet")


async def test_a_link_opens_no_other_pictures(h: House) -> None:
    """Not those of another order, however they came to be named, none before the delivery, and none a day after it."""
    first = await delivered(h, (ProofKind.PHOTO, "photo-first"))
    await upload(h, "photo-first", first["id"])
    second = await delivered(h, (ProofKind.PHOTO, "photo-first"))
    third = await h.order()
    for placed in (second, third):
        answer = await h.http.get(f"/v1/track/{placed['track_token']}/proofs/photo-first")
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_upload")
    assert (await h.http.get(f"/v1/track/{'x' * 32}/proofs/photo-first")).status_code == 404
    h.clock.pass_ms(DAY_MS + MINUTE_MS)
    assert (await h.http.get(f"/v1/track/{first['track_token']}/proofs/photo-first")).status_code == 410


# --- ratings ---------------------------------------------------------------------------------------------------


async def test_a_shopper_rates_and_thinks_again(h: House) -> None:
    """Hours later too; staff see it, the link's page shows it, and a day after the end it is too late."""
    placed = await delivered(h)
    url = f"/v1/track/{placed['track_token']}/rating"
    body: dict[str, Any] = {"stars": 5, "reasons": ["friendly", "on_time"], "text": " Thank you "}
    for _ in range(2):
        taken = await h.http.put(url, json=body, headers={"Idempotency-Key": "1"})
        assert taken.json() == {"stars": 5, "reasons": ["friendly", "on_time"], "text": "Thank you"}
    h.clock.pass_ms(5 * 3_600_000)
    h.bus.writer._require_state().forget_finished(h.clock.now_ms())
    h.hub.replica.state.forget_finished(h.clock.now_ms())
    assert (await h.http.put(url, json={"stars": 2, "reasons": ["damaged"]})).status_code == 200
    seen = (await h.http.get(f"/v1/orders/{placed['id']}", headers=h.headers("support"))).json()["rating"]
    assert seen == {"stars": 2, "reasons": ["damaged"], "at_ms": NOON_MS + 5 * 3_600_000}
    assert (await h.http.get(f"/v1/track/{placed['track_token']}")).json()["order"]["rating"]["stars"] == 2
    h.clock.pass_ms(DAY_MS)
    assert (await h.http.put(url, json={"stars": 1})).status_code == 410


@pytest.mark.parametrize(
    ("body", "status"),
    [({"stars": 0}, 422), ({"stars": 6}, 422), ({"stars": 3, "reasons": ["x"]}, 422), ({"stars": 3}, 409)],
)
async def test_a_rating_that_cannot_be_says_why(h: House, body: dict[str, Any], status: int) -> None:
    """No rating, or nothing to rate yet."""
    placed = await h.order()
    answer = await h.http.put(f"/v1/track/{placed['track_token']}/rating", json=body)
    assert answer.status_code == status
    h.bus.deaf = True
    slow = await h.http.put(f"/v1/track/{placed['track_token']}/rating", json={"stars": 3})
    assert slow.status_code == 202


# --- links -----------------------------------------------------------------------------------------------------


async def test_a_revoked_link_opens_nothing_and_its_pages_close(h: House, address: str) -> None:
    """At once; the new link works, the order's key answers with it, and whoever watched by the old one is sent away."""
    placed = await h.order("key-1")
    url = f"/v1/orders/{placed['id']}/tracking-link:revoke"
    async with watching(address, placed["track_token"]) as socket:
        assert "track_snapshot" in await heard(socket, "track_snapshot")
        key = h.headers("support") | {"Idempotency-Key": "revoke-1"}
        renewed = (await h.http.post(url, json={"renew": True}, headers=key)).json()
        assert renewed["track_token"] and renewed["track_token"] != placed["track_token"]
        with pytest.raises(ConnectionClosed):
            await heard(socket, "nothing of that name")
        assert socket.close_code == CloseCode.FORBIDDEN
    assert (await h.http.get(f"/v1/track/{placed['track_token']}")).status_code == 404
    assert (await h.http.get(f"/v1/track/{renewed['track_token']}")).status_code == 200
    assert (await h.order("key-1"))["track_token"] == renewed["track_token"]
    assert (await h.http.post(url, json={"renew": True}, headers=key)).json() == renewed
    async with watching(address, renewed["track_token"]) as socket:
        await heard(socket, "track_snapshot")
        gone = (await h.http.post(url, json={}, headers=h.headers("dispatcher"))).json()
        assert (gone["track_token"], gone["track_url"]) == ("", "")
        with pytest.raises(ConnectionClosed):
            await heard(socket, "nothing of that name")
    assert (await h.http.get(f"/v1/track/{renewed['track_token']}")).status_code == 404
    assert (await h.http.post(url, json={}, headers=h.headers("depot"))).status_code == 403
    h.bus.deaf = True
    assert (await h.http.post(url, json={}, headers=h.headers())).status_code == 202


async def test_an_expired_link_is_not_an_unknown_one(h: House, address: str) -> None:
    """The close code tells the page which words to use."""
    placed = await h.order()
    await h.do(CancelOrder(placed["id"], "no"))
    h.clock.pass_ms(DAY_MS + 1)
    for link, code in ((placed["track_token"], CloseCode.LINK_EXPIRED), ("A" * 32, CloseCode.FORBIDDEN)):
        async with watching(address, link) as socket:
            with pytest.raises(ConnectionClosed):
                await heard(socket, "track_snapshot")
            assert socket.close_code == code


async def test_a_page_that_stays_open_does_not_outlive_its_link(h: House, address: str) -> None:
    """A day after the end it is closed for good; before the end it is asked to come again after a day."""
    placed, other = await h.order(), await h.order()
    await h.do(CancelOrder(placed["id"], "no"))
    h.clock.pass_ms(DAY_MS - 300)
    async with watching(address, placed["track_token"]) as socket:
        await heard(socket, "track_snapshot")
        with pytest.raises(ConnectionClosed):
            await heard(socket, "nothing of that name")
        assert socket.close_code == CloseCode.LINK_EXPIRED
    open_order = h.hub.replica.state.orders[other["id"]]
    assert link_left_ms(open_order, h.clock.now_ms()) == DAY_MS


@asynccontextmanager
async def watching(address: str, link: str) -> AsyncIterator[ClientConnection]:
    """A page that has said hello with a link."""
    async with connect(f"ws://{address}/v1/live", subprotocols=[Subprotocol("live.v1.json")]) as socket:
        await socket.send(encode_one(live.WatchHello(track=link), "json").decode())
        yield socket


async def heard(socket: ClientConnection, word: str) -> str:
    """The first frame with this word in it. Raises `ConnectionClosed`."""
    async with asyncio.timeout(10):
        while word not in (frame := str(await socket.recv())):
            pass
    return frame
