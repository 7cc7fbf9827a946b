"""`/v1/courier` over real sockets: hello, fixes, actions, coming back, and every way for a session to end."""

import asyncio
from typing import Any
from weakref import WeakKeyDictionary

import msgspec
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from courier_protocol import messages as m
from courier_protocol.close_codes import CloseCode
from courier_protocol.codec import Decoder, Encoding, encode_one
from courier_protocol.errors import RemoteProtocolError
from dispatch.application.ports import StoreUnavailable
from dispatch.domain.commands import SetDuty, StopAction
from dispatch.domain.courier import Duty
from dispatch.domain.errors import NotFound
from tests.support.web import House, courier_client, eventually, listening, until
from tests.support.zones import MINUTE_MS, NOON_MS

SERVER = Decoder("server", "json")


def raw(address: str, protocols: tuple[str, ...] = ("courier.v1.json",), channel: str = "courier") -> connect:
    offered = [Subprotocol(name) for name in protocols]
    return connect(f"ws://{address}/v1/{channel}", subprotocols=offered or None, compression=None, max_size=None)


async def say(socket: ClientConnection, *messages: m.Message) -> None:
    for message in messages:
        await socket.send(encode_one(message, "json").decode())


HEARD: WeakKeyDictionary[ClientConnection, list[Any]] = WeakKeyDictionary()
"""A frame may hold several messages: what was not asked for yet."""


async def hear(socket: ClientConnection, kind: type[Any]) -> Any:
    """The next message of this kind; those before it are passed over."""
    waiting = HEARD.setdefault(socket, [])
    async with asyncio.timeout(5):
        while True:
            while waiting:
                message = waiting.pop(0)
                if isinstance(message, kind):
                    return message
            waiting += SERVER.decode(await socket.recv())


async def end_of(socket: ClientConnection) -> int:
    async with asyncio.timeout(10):
        try:
            while True:
                await socket.recv()
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else 0


def hello(h: House, courier_id: str = "c1", **more: Any) -> m.Hello:
    return m.Hello(token=h.token("courier", courier_id), device_id="phone", **more)


# --- the ordinary way ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["json", "msgpack"])
async def test_a_shift(h: House, address: str, encoding: Encoding) -> None:
    """On duty, a fix, an offer, accepted, picked up and delivered: the zone, the phone and staff agree throughout."""
    placed = await h.order()
    async with courier_client(h, address, encoding=encoding) as phone:
        events = phone.events()
        welcome = await phone.wait_live()
        assert (welcome.generation, welcome.resumed, welcome.city) == (1, False, "Testville")
        assert (await phone.duty("available")).ok
        phone.position(m.Fix(at_ms=NOON_MS, lat=60.166, lon=24.936))
        await eventually(lambda: h.hub.sight.positions.get("c1"))
        await h.plan("c1", placed["id"], ttl_ms=MINUTE_MS)
        push = await until(events, lambda message: isinstance(message, m.Push) and len(message.facts) == 2)
        assert (await phone.accept(push.facts[0].offer_id)).ok
        for stop in push.facts[1].stops:
            for action in ("departed", "arrived", "completed"):
                assert (await phone.progress(stop.stop_id, action)).ok
    order = h.hub.replica.state.orders[placed["id"]]
    assert order.status == "delivered" and h.hub.sight.positions["c1"].generation == 1
    assert h.bus.asked[-1].actor == "courier:c1"


async def test_a_refused_action_is_a_reply(h: House, address: str) -> None:
    """The phone hears why, and the session goes on."""
    async with courier_client(h, address) as phone:
        await phone.wait_live()
        reply = await phone.accept("of-1-c1")
        assert (reply.ok, reply.code) == (False, "unknown_offer")
        assert (await phone.duty("available")).ok


async def test_actions_wait_for_a_store_that_is_away(h: House, address: str) -> None:
    """The same id is asked again until the zone answers; it takes effect once."""
    async with courier_client(h, address) as phone:
        await phone.wait_live()
        h.bus.fails = StoreUnavailable("away")
        asking = asyncio.create_task(phone.duty("available"))
        await eventually(lambda: len(h.bus.asked) > 3)
        h.bus.fails, h.bus.deaf = None, True
        await asyncio.sleep(0.6)
        h.bus.deaf = False
        assert (await asking).ok
    ids = {request.id for request in h.bus.asked if isinstance(request.command, SetDuty)}
    assert len(ids) == 1 and ids.pop().startswith("c1:")


async def test_an_action_that_fails_for_us_is_tried_again(h: House, address: str) -> None:
    """A bug of ours asks the phone to come back; it brings the action along, and it takes effect once."""
    async with courier_client(h, address) as phone:
        await phone.wait_live()
        h.bus.fails = ZeroDivisionError("surprise")
        asking = asyncio.create_task(phone.duty("available"))
        await eventually(lambda: h.hub.sessions["couriers"] == 0)
        h.bus.fails = NotFound("unknown_zone", "There is no such zone.")
        assert (await asyncio.wait_for(asking, 15)).code == "unknown_zone"


async def test_actions_keep_their_order(h: House, address: str) -> None:
    """What the phone sent first is decided first, even when the zone is slow."""
    async with raw(address) as socket:
        await say(socket, hello(h))
        await hear(socket, m.Resync)
        duties: list[m.Duty] = ["available", "on_break", "available", "ending"]
        await say(socket, *(m.SetDuty(id=f"a{n}", duty=duty, at_ms=NOON_MS) for n, duty in enumerate(duties)))
        assert [(await hear(socket, m.Reply)).id for _ in duties] == ["a0", "a1", "a2", "a3"]
    await eventually(lambda: h.hub.replica.state.couriers["c1"].duty is Duty.ENDING)


async def test_heartbeats_are_answered(h: House, address: str) -> None:
    """A pong with both clocks; the link is live without any fix."""
    async with raw(address) as socket:
        await say(socket, hello(h), m.Ping(n=7))
        pong = await hear(socket, m.Pong)
        assert pong.n == 7 and pong.business_now_ms == NOON_MS
        assert h.hub.sight.links["c1"] == "live"


async def test_a_goodbye_is_heard(h: House, address: str) -> None:
    """A phone that ends on purpose is offline at once."""
    async with raw(address) as socket:
        await say(socket, hello(h))
        await hear(socket, m.Resync)
        await say(socket, m.Bye())
        assert await end_of(socket) == CloseCode.BYE
    await eventually(lambda: h.hub.sight.links["c1"] == "offline")


# --- coming back -----------------------------------------------------------------------------------------------


async def test_a_phone_resumes_where_it_was(h: House, address: str) -> None:
    """Everything that happened meanwhile follows, chained to what it had; nothing twice, no snapshot."""
    placed = await h.order()
    await h.do(SetDuty("c1", Duty.AVAILABLE))
    async with courier_client(h, address) as phone:
        events = phone.events()
        await until(events, lambda message: isinstance(message, m.Resync))
        away = asyncio.create_task(phone.drop_link(0.2))
        await eventually(lambda: h.hub.sessions["couriers"] == 0)
        await h.plan("c1", placed["id"], ttl_ms=MINUTE_MS)
        push = await until(events, lambda message: not isinstance(message, m.Policy))
        assert isinstance(push, m.Push) and isinstance(push.facts[0], m.Offered)
        await away
        assert (await phone.wait_live()).generation == 2


async def test_an_old_position_means_a_snapshot(h: House, address: str) -> None:
    """Of another epoch, or from the future: all or nothing."""
    for position in (m.StreamPosition(epoch=9, seq=1), m.StreamPosition(epoch=1, seq=10_000)):
        async with raw(address) as socket:
            await say(socket, hello(h, resume=position))
            assert not (await hear(socket, m.Welcome)).resumed
            assert (await hear(socket, m.Resync)).duty == "off_duty"


async def test_the_newer_session_wins(h: House, address: str) -> None:
    """The older one is closed for good; generations rise."""
    async with raw(address) as old, raw(address) as new:
        await say(old, hello(h))
        first = await hear(old, m.Welcome)
        await say(new, hello(h))
        assert (await hear(new, m.Welcome)).generation == first.generation + 1
        assert await end_of(old) == CloseCode.SUPERSEDED
        assert h.hub.sessions["couriers"] == 1


# --- tokens ----------------------------------------------------------------------------------------------------


async def refused(h: House, address: str, greeting: m.Message) -> int:
    async with raw(address) as socket:
        await say(socket, greeting)
        return await end_of(socket)


async def test_who_may_not_ride(h: House, address: str) -> None:
    """Bad and expired tokens, other roles, couriers that nobody registered, and other zones have their codes."""
    expired = h.token("courier", "c1", hours=-1)
    elsewhere = h.token("courier", "c1", zones=("mars",))
    cases = {
        "garbage": CloseCode.BAD_TOKEN,
        expired: CloseCode.BAD_TOKEN,
        h.token("dispatcher", "c1"): CloseCode.FORBIDDEN,
        h.token("courier", "nobody"): CloseCode.FORBIDDEN,
        elsewhere: CloseCode.FORBIDDEN,
    }
    for token, code in cases.items():
        assert await refused(h, address, m.Hello(token=token, device_id="phone")) == code
    assert await refused(h, address, hello(h, v=9)) == CloseCode.UNSUPPORTED
    assert await refused(h, address, m.Ping(n=1)) == CloseCode.PROTOCOL_ERROR


async def test_a_store_that_is_away_at_hello(h: House, address: str) -> None:
    """Come back: nothing is wrong with the phone."""

    async def away(courier_id: str) -> int:
        raise StoreUnavailable(courier_id)

    h.store.next_generation = away  # type: ignore[method-assign]
    assert await refused(h, address, hello(h)) == CloseCode.TRY_AGAIN


async def test_tokens_are_renewed_in_a_running_session(h: House, address: str) -> None:
    """A newer token of the same courier is taken; another one's is not, nor garbage."""
    async with raw(address) as socket:
        await say(socket, hello(h))
        await hear(socket, m.Resync)
        tokens = ("garbage", h.token("courier", "c2"), h.token("courier", "c1", hours=2))
        await say(socket, *(m.Refresh(id=f"r{n}", token=token) for n, token in enumerate(tokens)))
        assert [(await hear(socket, m.Reply)).code for _ in tokens] == ["bad_token", "forbidden", ""]


# --- what breaks the rules -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ("{", CloseCode.PROTOCOL_ERROR),
        ("[]" * 10, CloseCode.PROTOCOL_ERROR),
        (b"\xc1", CloseCode.PROTOCOL_ERROR),
        ('{"t":"nothing"}', CloseCode.PROTOCOL_ERROR),
        ("[" * 60_000, CloseCode.PROTOCOL_ERROR),
        ('"' + "x" * 70_000 + '"', CloseCode.FRAME_TOO_BIG),
        ("x" * 200_000, 1009),
    ],
)
async def test_malformed_frames_have_a_numbered_end(h: House, address: str, frame: str | bytes, code: int) -> None:
    """Before the hello nothing is forgiven; the server goes on for everyone else."""
    async with raw(address) as socket:
        await socket.send(frame)
        assert await end_of(socket) == code
    async with raw(address) as socket:
        await say(socket, hello(h))
        await hear(socket, m.Welcome)


async def test_an_unusable_message_is_answered(h: House, address: str) -> None:
    """In a live session one bad message gets an error, and the next good one is taken."""
    async with raw(address) as socket:
        await say(socket, hello(h))
        await hear(socket, m.Resync)
        await socket.send('{"t":"pos","seq":1,"fixes":[{"at_ms":1,"lat":91,"lon":0}]}')
        assert (await hear(socket, m.ErrorMessage)).code == "invalid_message"
        await say(socket, m.Positions(seq=1, fixes=(m.Fix(at_ms=NOON_MS, lat=60.166, lon=24.936),)), m.Ping(n=1))
        assert (await hear(socket, m.PositionsAck)).seq == 1


async def test_subprotocols(h: House, address: str) -> None:
    """The first that we speak is taken; none is refused for good, and so is another channel's."""
    async with raw(address, ("nothing", "courier.v1.msgpack", "courier.v1.json")) as socket:
        assert socket.subprotocol == "courier.v1.msgpack"
        await socket.send(msgspec.msgpack.encode(hello(h)))
    for offered in ((), ("courier.v9.json",), ("live.v1.json",)):
        async with raw(address, offered) as socket:
            assert await end_of(socket) == CloseCode.UNSUPPORTED


# --- going down ------------------------------------------------------------------------------------------------


async def test_a_shutdown_says_goodbye(h: House) -> None:
    """Every session is asked to come back, and whoever knocks meanwhile too."""
    async with listening(h) as address, raw(address) as socket, courier_client(h, address, "c1") as phone:
        await phone.wait_live()
        h.app.state.connections.drain()
        assert await end_of(socket) == CloseCode.SERVER_DRAINING
        async with raw(address) as late:
            assert await end_of(late) == CloseCode.SERVER_DRAINING


async def test_a_client_that_is_refused_for_good_says_so(h: House, address: str) -> None:
    """The client's calls raise with the code instead of trying for ever."""
    async with courier_client(h, address, token="garbage") as phone:
        with pytest.raises(RemoteProtocolError) as ended:
            await phone.wait_live()
        assert ended.value.close_code is CloseCode.BAD_TOKEN


async def test_a_pin_cannot_be_tried_out(h: House, address: str) -> None:
    """After a few wrong ones the order is locked for this courier's guesses, whatever they say next."""
    order_id = (await h.order(requires=["pin"], pin="4821"))["id"]
    async with courier_client(h, address) as phone:
        await phone.wait_live()
        await phone.duty("available")
        await h.plan("c1", order_id)
        await h.progress("c1", StopAction.COMPLETED)
        stop_id = h.hub.replica.state.route("c1").stops[0].id

        async def told(pin: str) -> str:
            proofs = [m.Proof("pin", order_id, pin)]
            reply = await phone.progress(
                stop_id, "completed", order_ids=[order_id], kind="dropoff", proofs=proofs, at_ms=h.clock.now_ms()
            )
            return reply.code

        assert [await told(f"{n:04d}") for n in range(6)] == ["wrong_pin"] * 5 + ["pin_locked"]
        assert await told("4821") == "pin_locked"
