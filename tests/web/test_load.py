"""More than a process carries is refused in words, with a time to wait; whoever is inside goes on as before."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from typing import Any

import httpx
import pytest
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from courier_protocol.close_codes import CloseCode
from courier_protocol.live import WatchHello
from courier_protocol.messages import Hello
from dispatch.application import watchers
from dispatch.application.backlog import Overloaded
from dispatch.web import limits, load, routes_history, routes_orders, routes_overrides, routes_staff
from dispatch.web.app import create_app
from dispatch.web.front import MAX_HEAD_BYTES
from dispatch.web.load import Admission, LoadLimits
from tests.support.web import HOME, ZONE, House, eventually, house, listening, order_body
from tests.support.wire import request
from tests.web.test_courier_socket import end_of, raw, say

COURIER = request("/v1/courier", "courier.v1.json")
HEALTH = b"GET /healthz HTTP/1.1\r\nHost: test\r\n\r\n"


@pytest.fixture
async def h() -> AsyncIterator[House]:
    """A server with a courier and a depot."""
    async with house() as running:
        await running.depot()
        await running.courier()
        yield running


@asynccontextmanager
async def carrying(h: House, **most: int) -> AsyncIterator[str]:
    """The house behind real sockets, with less room."""
    h.app = create_app(h.services, LoadLimits(**most))
    async with listening(h) as address:
        yield address


@asynccontextmanager
async def calling(address: str, said: bytes) -> AsyncIterator[asyncio.StreamReader]:
    host, port = address.split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        writer.write(said)
        yield reader
    finally:
        writer.close()


async def answer_of(reader: asyncio.StreamReader) -> tuple[int, dict[str, str], bytes]:
    """(status, headers, body) of the answer."""
    async with asyncio.timeout(5):
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        lines = head.split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in lines[1:] if line)
        body = await reader.readexactly(int(headers.get("content-length", 0)))
    return int(lines[0].split()[1]), headers, body


def refused(h: House) -> dict[str, int]:
    return {what: times for what, times in h.app.state.connections.tally.refused.items() if times}


@pytest.mark.parametrize(
    ("most", "code"),
    [({"max_connections": 2}, "too_many_connections"), ({"max_connections_per_address": 2}, "too_many_of_address")],
)
async def test_no_more_connections_than_there_is_room_for(h: House, most: dict[str, int], code: str) -> None:
    """Sockets and calls count alike; the answer is a problem; when one goes, the next one is let in."""
    async with carrying(h, **most) as address:
        door = h.app.state.connections.door
        async with calling(address, HEALTH) as idle, raw(address) as phone:
            assert (await answer_of(idle))[0] == 200
            await say(phone, Hello(h.token("courier", "c1"), "phone-1"))
            for said in (COURIER, HEALTH):
                async with calling(address, said) as third:
                    status, headers, body = await answer_of(third)
                    assert (status, headers["retry-after"], json.loads(body)["code"]) == (503, "5", code)
                    assert await third.read() == b"", "and it is closed"
            assert len(door) == 2 and refused(h) == {code: 2}
        await eventually(lambda: len(door) == 0)
        async with calling(address, COURIER) as again:
            assert (await answer_of(again))[0] == 101


async def test_every_way_out_is_counted(h: House) -> None:
    """Half a request, a refused handshake, another path's WebSocket, a call that becomes a channel: nothing stays."""
    async with carrying(h, max_connections=1) as address:
        door = h.app.state.connections.door
        for said in (b"GET /hal", b"nonsense\r\n\r\n", request("/elsewhere", "x"), request("/v1/courier", "unknown")):
            async with calling(address, said):
                await eventually(lambda: len(door) == 1)
            await eventually(lambda: len(door) == 0)
        async with calling(address, HEALTH + COURIER) as both:
            assert (await answer_of(both))[0] == 200
            assert (await answer_of(both))[0] == 101
            assert len(door) == 1
        await eventually(lambda: len(door) == 0)


async def test_half_requests_are_few(h: House) -> None:
    """Beyond so many that wait for the rest of their request the next one is dropped, until one has gone on."""
    async with carrying(h, max_waiting_heads=1) as address:
        async with calling(address, b"GET /hea") as half:
            await eventually(lambda: len(h.app.state.connections.door) == 1)
            async with calling(address, b"") as second:
                assert await second.read() == b""
            assert refused(h) == {"too_many_heads": 1} and not half.at_eof()
        await eventually(lambda: len(h.app.state.connections.door) == 0)
        async with calling(address, HEALTH) as third:
            assert (await answer_of(third))[0] == 200


async def test_no_more_calls_at_once_than_can_be_answered(h: House) -> None:
    """The next one is told so; health is answered all the same; afterwards there is room again."""
    h.app = create_app(h.services, LoadLimits(max_calls=1))
    h.bus.deaf, waiting = False, asyncio.Event()

    async def held(*_: Any) -> None:
        await waiting.wait()

    h.bus.ask = held  # type: ignore[method-assign, assignment]
    async with httpx.AsyncClient(transport=httpx.ASGITransport(h.app), base_url="http://test") as http:
        first = asyncio.create_task(http.post("/v1/orders", json=order_body(HOME), headers=h.headers()))
        await eventually(lambda: h.app.state.in_flight)
        second = await http.get("/v1/zones", headers=h.headers())
        assert (second.status_code, second.json()["code"], second.headers["retry-after"]) == (
            503,
            "too_many_calls",
            "1",
        )
        assert "nosniff" in second.headers["x-content-type-options"]
        assert (await http.get("/healthz")).status_code == 200
        waiting.set()
        assert (await first).status_code == 202
        assert (await http.get("/v1/zones", headers=h.headers())).status_code == 200
        assert 'status="503"' in (await http.get("/metrics")).text


async def test_who_takes_nothing_of_the_answer_holds_no_call(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is given up, and what else there is for it is dropped."""
    monkeypatch.setattr(load, "SEND_WITHIN_S", 0.02)
    sent = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        for _ in range(3):
            await send({"type": "http.response.body", "body": b"x", "more_body": True})

    async def stuck(message: Any) -> None:
        sent.append(message)
        await asyncio.sleep(60)

    admission = Admission(app, 1, exempt=())
    for _ in range(2):
        async with asyncio.timeout(2):
            await admission({"type": "http", "path": "/"}, lambda: asyncio.sleep(0), stuck)  # type: ignore[arg-type, return-value]
    assert len(sent) == 2


async def test_other_scopes_pass() -> None:
    """A lifespan is no call."""
    seen = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope["type"])

    await Admission(app, 0, exempt=())({"type": "lifespan"}, Response().__call__, seen.append)  # type: ignore[arg-type]
    assert seen == ["lifespan"]


async def test_a_body_has_to_come(h: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever sends it drop by drop gets 408 and is closed; the piece of a picture that has come is kept."""
    monkeypatch.setattr(limits, "BODY_GRACE_S", 0.1)
    monkeypatch.setattr(limits, "BODY_BYTES_PER_S", 10**9)
    token = h.token("admin").encode()
    head = b"POST /v1/orders HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer " + token
    async with listening(h) as address, calling(address, head + b"\r\nContent-Length: 50\r\n\r\n{") as drop:
        status, headers, body = await answer_of(drop)
        assert (status, json.loads(body)["code"]) == (408, "body_too_slow")
        assert headers["connection"] == "close"
    order = await h.order()
    begun = await h.http.post(
        "/v1/uploads/12345678",
        params={"order_id": order["id"], "kind": "photo"},
        headers=h.headers("courier", "c1") | {"Upload-Length": "100", "Content-Type": "image/jpeg"},
    )
    assert begun.status_code == 201, begun.text
    piece = (
        b"PATCH /v1/uploads/12345678 HTTP/1.1\r\nHost: test\r\nUpload-Offset: 0\r\nContent-Length: 100\r\n"
        b"Content-Type: application/offset+octet-stream\r\nAuthorization: Bearer "
        + h.token("courier", "c1").encode()
        + b"\r\n\r\n\xff\xd8\xff"
        + bytes(20)
    )
    async with listening(h) as address, calling(address, piece) as cut:
        assert (await answer_of(cut))[0] == 400
    progress = await h.http.head("/v1/uploads/12345678", headers=h.headers("courier", "c1"))
    assert progress.headers["upload-offset"] == "23"


async def test_no_more_open_orders_than_a_zone_takes(h: House) -> None:
    """The next one is refused in words, in a batch too; repeats are answered as ever; an end makes room."""
    h.services.intake = replace(h.services.intake, max_open_orders=1)
    first = await h.order(key="first")
    full = await h.http.post("/v1/orders", json=order_body(), headers=h.headers())
    assert (full.status_code, full.json()["code"], full.headers["retry-after"]) == (503, "zone_full", "60")
    batch = await h.http.post("/v1/orders:batch", json={"orders": [order_body()]}, headers=h.headers())
    assert batch.json()["results"][0]["problem"]["code"] == "zone_full"
    assert (await h.order(key="first"))["id"] == first["id"]
    await h.http.post(f"/v1/orders/{first['id']}/cancel", json={"reason": "test"}, headers=h.headers())
    await eventually(lambda: not h.hub.replica.state.unfinished)
    assert (await h.order())["id"] != first["id"]


async def test_a_full_inbox_says_so(h: House) -> None:
    """503 with a time to wait, and words of its own."""
    h.bus.fails = Overloaded(ZONE)
    answer = await h.http.post("/v1/orders", json=order_body(), headers=h.headers())
    assert (answer.status_code, answer.json()["code"], answer.headers["retry-after"]) == (503, "overloaded", "5")


@pytest.mark.parametrize("who", ["shopper", "staff"])
async def test_no_more_watchers_than_there_is_room_for(h: House, who: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """One more is told to come back; when one has gone, there is room."""
    monkeypatch.setattr(watchers, "MAX_OF_AN_ORDER", 1)
    monkeypatch.setattr(watchers, "MAX_STAFF", 1)
    order = await h.order()
    track = {"track": order["track_token"]} if who == "shopper" else {"token": h.token("admin"), "zone": ZONE}
    hello = WatchHello(**track)
    async with listening(h) as address:
        async with raw(address, ("live.v1.json",), "live") as first:
            await say(first, hello)
            await eventually(lambda: sum(h.hub.watchers.sessions.values()) == 1)
            async with raw(address, ("live.v1.json",), "live") as second:
                await say(second, hello)
                assert await end_of(second) == CloseCode.TRY_AGAIN
            assert refused(h) == {"watched_enough": 1}
        await eventually(lambda: sum(h.hub.watchers.sessions.values()) == 0)
        async with raw(address, ("live.v1.json",), "live") as third:
            await say(third, hello)
            await eventually(lambda: sum(h.hub.watchers.sessions.values()) == 1)


@pytest.mark.parametrize("repeated", [False, True])
async def test_a_request_s_head_has_an_end(h: House, repeated: bool) -> None:
    """Beyond 64 KiB it is refused and closed, as the first request of a connection and as a later one."""
    endless = b"GET /healthz HTTP/1.1\r\nHost: test\r\nX: " + b"x" * MAX_HEAD_BYTES
    async with listening(h) as address, calling(address, HEALTH if repeated else endless) as caller:
        if repeated:
            assert (await answer_of(caller))[0] == 200
            caller._transport.write(endless)  # type: ignore[attr-defined]
        with suppress(ConnectionResetError):  # of what was sent beyond the limit, the system may tell first
            assert (await answer_of(caller))[0] == 400
            await caller.read()
        assert caller.at_eof() or caller.exception()


@pytest.mark.parametrize(
    ("path", "most"),
    [
        ("/v1/orders", routes_orders.MAX_PAGE),
        ("/v1/events", routes_staff.MAX_EVENTS),
        ("/v1/overrides", routes_overrides.MAX_PAGE),
        ("/v1/orders/{order}/history", routes_history.MAX_PAGE),
    ],
)
async def test_no_page_is_longer_than_it_may_be(h: House, path: str, most: int) -> None:
    """Who asks for more is told how many there may be."""
    order = await h.order()
    url = path.replace("{order}", order["id"])
    assert (await h.http.get(url, params={"limit": most}, headers=h.headers())).status_code == 200
    more = await h.http.get(url, params={"limit": most + 1}, headers=h.headers())
    assert (more.status_code, more.json()["code"]) == (422, "bad_parameter")
    assert f"from 0 to {most}." in more.json()["detail"]
