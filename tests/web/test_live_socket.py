"""`/v1/live` over real sockets: staff, shoppers, and who is turned away."""

import asyncio
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from courier_protocol import live
from courier_protocol.client import LiveClient
from courier_protocol.close_codes import CloseCode
from courier_protocol.codec import Encoding, encode_one
from courier_protocol.messages import Fix, Message, Ping
from dispatch.application.ports import StoreUnavailable
from dispatch.application.views import CourierPath
from dispatch.domain.commands import SetDuty, StopAction
from dispatch.domain.courier import Duty
from dispatch.web import connection
from tests.support.web import ZONE, House, courier_client, eventually, staff_client, until
from tests.support.zones import NOON_MS


@pytest.mark.parametrize("encoding", ["json", "msgpack"])
async def test_staff_watch_a_zone(h: House, address: str, encoding: Encoding) -> None:
    """Snapshot, then changes without a hole, places, paths and links."""
    phone = courier_client(h, address)
    async with staff_client(h, address, encoding=encoding) as staff:
        messages = staff.messages()
        snapshot = await until(messages, lambda message: isinstance(message, live.ZoneSnapshot))
        assert snapshot.zone == ZONE and [depot.id for depot in snapshot.depots] == ["d1"]
        await phone.__aenter__()
        link = await until(messages, lambda message: isinstance(message, live.LinkChanged))
        assert (link.courier_id, link.link) == ("c1", "live")
        placed = await h.order()
        change = await until(messages, lambda message: isinstance(message, live.ZoneChange))
        assert change.event == "order_created" and change.orders[0].id == placed["id"]
        assert change.prev == snapshot.seq
        phone.position(Fix(at_ms=NOON_MS, lat=60.166, lon=24.936, heading_deg=12.5))
        fixes = await until(messages, lambda message: isinstance(message, live.Fixes))
        assert (fixes.fixes[0].courier_id, fixes.fixes[0].heading_deg) == ("c1", 12.5)
        await h.plan("c1", placed["id"])
        paths = await until(messages, lambda message: isinstance(message, live.Paths))
        assert paths.paths[0].courier_id == "c1" and paths.paths[0].polyline6
        assert h.hub.sessions == {"couriers": 1, "staff": 1, "shoppers": 0}
        await phone.__aexit__()
    await eventually(lambda: h.hub.sessions == {"couriers": 0, "staff": 0, "shoppers": 0})


async def test_a_shopper_watches_one_order(h: House, address: str) -> None:
    """From waiting to the door, and nothing of anybody else."""
    mine, other = await h.order(), await h.order()
    await h.do(SetDuty("c1", Duty.AVAILABLE))
    async with LiveClient(f"ws://{address}/v1/live", track=mine["track_token"]) as page:
        messages = page.messages()
        await until(messages, lambda message: isinstance(message, live.TrackSnapshot))
        await h.plan("c1", mine["id"], other["id"])
        h.hub.report("c1", 1, 1, [Fix(at_ms=NOON_MS, lat=60.166, lon=24.936)])
        await h.progress("c1", StopAction.COMPLETED)
        seen = await until(messages, lambda message: getattr(message, "courier_visible", False))
        assert seen.order.id == mine["id"] and seen.courier_name == "Ada"
        h.hub.report("c1", 1, 2, [Fix(at_ms=NOON_MS, lat=60.1661, lon=24.936)])
        fixes = await until(messages, lambda message: isinstance(message, live.Fixes))
        assert fixes.fixes[0].courier_id == "courier"
        await h.progress("c1", StopAction.COMPLETED)
        done = await until(messages, lambda message: getattr(message, "event", "") == "order_changed")
        assert done.order.status == "delivered" and not done.courier_visible and done.fix is None
        h.hub.report("c1", 1, 3, [Fix(at_ms=NOON_MS, lat=60.1662, lon=24.936)])
        await h.do(SetDuty("c1", Duty.ENDING))
        with pytest.raises(TimeoutError):
            await until(messages, lambda message: isinstance(message, live.Fixes), within_s=0.3)


async def end_of(address: str, *said: Message | str, protocol: str = "live.v1.json") -> int:
    async with asyncio.timeout(10):
        async with connect(f"ws://{address}/v1/live", subprotocols=[Subprotocol(protocol)], compression=None) as socket:
            for message in said:
                await socket.send(message if isinstance(message, str) else encode_one(message, "json").decode())
            try:
                while True:
                    await socket.recv()
            except ConnectionClosed as closed:
                return closed.rcvd.code if closed.rcvd else 0


async def test_who_may_not_watch(h: House, address: str) -> None:
    """Unknown links, wrong roles and zones, both or neither credential, and anything but a hello."""
    staff = h.token("dispatcher")
    cases: list[tuple[Message | str, int]] = [
        (live.WatchHello(track="A" * 32), CloseCode.FORBIDDEN),
        (live.WatchHello(token="garbage", zone=ZONE), CloseCode.BAD_TOKEN),
        (live.WatchHello(token=h.token("courier", "c1"), zone=ZONE), CloseCode.FORBIDDEN),
        (live.WatchHello(token=h.token("integrator"), zone=ZONE), CloseCode.FORBIDDEN),
        (live.WatchHello(token=staff, zone="mars"), CloseCode.FORBIDDEN),
        (live.WatchHello(token=h.token("admin", zones=("mars",)), zone=ZONE), CloseCode.FORBIDDEN),
        (live.WatchHello(token=staff, zone=ZONE, track="A" * 32), CloseCode.PROTOCOL_ERROR),
        (live.WatchHello(), CloseCode.PROTOCOL_ERROR),
        (Ping(n=1), CloseCode.PROTOCOL_ERROR),
        ("{", CloseCode.PROTOCOL_ERROR),
    ]
    for said, code in cases:
        assert await end_of(address, said) == code, said
    assert await end_of(address, protocol="courier.v1.json") == CloseCode.UNSUPPORTED


async def test_watching_is_read_only(h: House, address: str) -> None:
    """A watcher who tries to act breaks the protocol."""
    hello = live.WatchHello(token=h.token("dispatcher"), zone=ZONE)
    act = '{"t":"duty","id":"1","duty":"available","at_ms":1}'
    asked = len(h.bus.asked)
    assert await end_of(address, hello, *[act] * 20) == CloseCode.PROTOCOL_ERROR
    assert await end_of(address, hello, hello) == CloseCode.PROTOCOL_ERROR
    assert len(h.bus.asked) == asked


async def test_a_store_that_is_away(h: House, address: str) -> None:
    """A shopper's page is asked to come back."""

    async def away(track_hash: str) -> Any:
        raise StoreUnavailable(track_hash)

    h.store.order_by_track = away  # type: ignore[method-assign]
    assert await end_of(address, live.WatchHello(track="A" * 32)) == CloseCode.TRY_AGAIN


async def test_a_watcher_that_reads_nothing_is_let_go(h: House, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It costs a bounded lane while it hangs, and nothing after its time is up; others go on undisturbed."""
    monkeypatch.setattr(connection, "MAX_SEND_S", 0.3)
    url, protocols = f"ws://{address}/v1/live", [Subprotocol("live.v1.json")]
    hello = encode_one(live.WatchHello(token=h.token("dispatcher"), zone=ZONE), "json").decode()
    async with connect(url, subprotocols=protocols, compression=None, max_queue=1) as stuck:
        await stuck.send(hello)
        await eventually(lambda: h.hub.sessions["staff"] == 1)
        stuck.transport.pause_reading()
        async with asyncio.timeout(20):
            while h.hub.sessions["staff"]:
                h.hub.watchers.tell_paths({"c1": CourierPath(1, "x" * 100_000, "")})
                await asyncio.sleep(0.01)
        stuck.transport.abort()
    async with staff_client(h, address) as staff:
        await until(staff.messages(), lambda message: isinstance(message, live.ZoneSnapshot))
