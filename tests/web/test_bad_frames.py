"""Whatever a phone or a stranger sends: a numbered close or an error reply, no change of state, and a count of it.

Against the real socket. Every case says what is sent in a live session (or instead of the hello), what the peer hears,
and under which name `/metrics` counts it.
"""

import asyncio
import re
from collections.abc import Mapping
from typing import Any

import msgspec
import pytest
from websockets.asyncio.client import ClientConnection

from courier_protocol import messages as m
from courier_protocol.close_codes import CloseCode
from tests.support.web import House, eventually
from tests.support.zones import NOON_MS
from tests.web.test_courier_socket import end_of, hear, hello, raw, say

FIX = m.Fix(at_ms=NOON_MS, lat=60.166, lon=24.936)
DUTY = m.SetDuty(id="a1", duty="available", at_ms=NOON_MS)


def nested(depth: int) -> str:
    return "[" * depth + "]" * depth


def text(message: Mapping[str, Any]) -> str:
    return msgspec.json.encode(message).decode()


async def counted(h: House, family: str, what: str, **more: str) -> float:
    """The figure of `/metrics`; 0 while there is none."""
    labels = ",".join(f'{name}="{value}"' for name, value in sorted({"what": what, **more}.items()))
    found = re.search(rf"^dispatch_channel_{family}_total{{{labels}}} (\S+)$", await metrics(h), re.MULTILINE)
    return float(found[1]) if found else 0.0


async def metrics(h: House) -> str:
    return (await h.http.get("/metrics")).text


def state_of(h: House) -> tuple[object, ...]:
    """Everything that a message could change."""
    state, store = h.hub.replica.state, h.store._zone("default")
    return (h.store_head, len(store.replies), len(store.inbox), state.couriers["c1"], dict(h.hub.sight.positions))


async def live(h: House, socket: ClientConnection) -> None:
    await say(socket, hello(h))
    await hear(socket, m.Resync)


# --- frames that are no messages -------------------------------------------------------------------------------

ENDS = {
    "empty": ("", CloseCode.PROTOCOL_ERROR, "malformed_frame"),
    "truncated": ('{"t":"duty","id":"a1","duty":"avai', CloseCode.PROTOCOL_ERROR, "malformed_frame"),
    "not json": ("{t: duty}", CloseCode.PROTOCOL_ERROR, "malformed_frame"),
    "nan": ('{"t":"pos","seq":1,"fixes":[{"at_ms":1,"lat":NaN,"lon":0}]}', CloseCode.PROTOCOL_ERROR, "malformed_frame"),
    "bad utf-8": (b'{"t":"bye\xff"}', CloseCode.PROTOCOL_ERROR, "malformed_frame"),
    "deep in an unknown field": (
        '{"t":"ping","n":1,"x":' + nested(30_000) + "}", CloseCode.PROTOCOL_ERROR, "malformed_frame"
    ),
    "oversize": ('"' + "x" * 65_536 + '"', CloseCode.FRAME_TOO_BIG, "frame_too_big"),
}  # fmt: skip


@pytest.mark.parametrize("case", ENDS)
async def test_a_frame_that_is_no_message_ends_the_session(h: House, address: str, case: str) -> None:
    """Live or before the hello: the code says why, and both the end and the reason are counted."""
    frame, code, reason = ENDS[case]
    for n, begin in enumerate((True, False), start=1):
        async with raw(address) as socket:
            if begin:
                await live(h, socket)
            before = state_of(h)
            await socket.send(frame)
            assert await end_of(socket) == code
            assert state_of(h) == before
        assert await counted(h, "refused", reason) == n
        await eventually(lambda: not h.hub.sessions["couriers"])
        assert await counted(h, "sessions_ended", CloseCode(code).name.lower()) == n


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        (b"\xc1", "malformed_frame"),
        (b"\x81\xa1t", "malformed_frame"),
        (b"\xdd\xff\xff\xff\xff", "invalid_message"),
        (b"\x91" * 20_000, "invalid_message"),
        ("{}", "malformed_frame"),
    ],
)
async def test_messagepack_that_is_none(h: House, address: str, frame: bytes | str, reason: str) -> None:
    """Reserved bytes, half a message, an array of four billion, one too deep, and text on a binary channel."""
    async with raw(address, ("courier.v1.msgpack",)) as socket:
        await socket.send(frame)
        assert await end_of(socket) == CloseCode.PROTOCOL_ERROR
    assert await counted(h, "refused", reason) == 1


async def test_a_deep_frame_is_answered_without_being_followed_down(h: House, address: str) -> None:
    """The second level is no message any more; how many there are below it does not matter."""
    async with raw(address) as socket:
        await live(h, socket)
        await socket.send(nested(30_000))
        assert (await hear(socket, m.ErrorMessage)).code == "invalid_message"


# --- messages that nobody can use ------------------------------------------------------------------------------

UNUSABLE = {
    "unknown message": {"t": "teleport", "to": "home"},
    "no type": {"id": "a1"},
    "a type that is no word": {"t": 7},
    "a number as text": {"t": "pos", "seq": "1", "fixes": [{"at_ms": 1, "lat": 60, "lon": 24}]},
    "out of range": {"t": "pos", "seq": 1, "fixes": [{"at_ms": 1, "lat": 91, "lon": 24}]},
    "infinite": {"t": "pos", "seq": 1, "fixes": [{"at_ms": 1, "lat": 1e308, "lon": 24}]},
    "no fixes": {"t": "pos", "seq": 1, "fixes": []},
    "too many fixes": {"t": "pos", "seq": 1, "fixes": [{"at_ms": 1, "lat": 60, "lon": 24}] * 101},
    "an unknown duty": {"t": "duty", "id": "a1", "duty": "asleep", "at_ms": 1},
    "an id that is too long": {"t": "duty", "id": "a" * 65, "duty": "available", "at_ms": 1},
    "no id": {"t": "duty", "duty": "available", "at_ms": 1},
    "before the epoch": {"t": "duty", "id": "a1", "duty": "available", "at_ms": -1},
    "a null": {"t": "ack", "seq": None},
    "too large for a number": {"t": "ack", "seq": 2**53},
}


@pytest.mark.parametrize("case", UNUSABLE)
async def test_a_message_that_nobody_can_use_is_answered(h: House, address: str, case: str) -> None:
    """An error, and the session goes on; the frame is dropped as a whole, with the good message beside the bad one."""
    async with raw(address) as socket:
        await live(h, socket)
        before = state_of(h)
        await socket.send(msgspec.json.encode([msgspec.to_builtins(DUTY), UNUSABLE[case]]).decode())
        error = await hear(socket, m.ErrorMessage)
        assert error.code == "invalid_message" and "asleep" not in error.detail and "teleport" not in error.detail
        assert state_of(h) == before
        assert await counted(h, "refused", "invalid_message") == 1
        await say(socket, m.Ping(n=1))
        await hear(socket, m.Pong)


async def test_too_many_unusable_messages_end_the_session(h: House, address: str) -> None:
    """Sixteen are forgiven: a phone with one broken sensor keeps its shift, a broken client does not go on for ever."""
    async with raw(address) as socket:
        await live(h, socket)
        for _ in range(17):
            await socket.send(text(UNUSABLE["out of range"]))
        assert await end_of(socket) == CloseCode.PROTOCOL_ERROR
    assert await counted(h, "refused", "invalid_message") == 17


# --- messages at the wrong time, again, or out of order --------------------------------------------------------


async def test_a_second_hello_ends_the_session(h: House, address: str) -> None:
    """A replayed greeting is a broken client."""
    async with raw(address) as socket:
        await live(h, socket)
        before = state_of(h)
        await say(socket, hello(h))
        assert await end_of(socket) == CloseCode.PROTOCOL_ERROR
        assert state_of(h) == before
    assert await counted(h, "sessions_ended", "protocol_error") == 1


async def test_a_replayed_action_takes_effect_once(h: House, address: str) -> None:
    """The same action in one session and in the next: the same reply each time, one event."""
    head = h.store_head
    for _ in range(2):
        async with raw(address) as socket:
            await live(h, socket)
            for _ in range(2):
                await say(socket, DUTY)
                assert (await hear(socket, m.Reply)).ok
    assert h.store_head == head + 1
    assert await counted(h, "actions", "setduty", outcome="ok") == 4


async def test_replayed_and_reordered_fixes(h: House, address: str) -> None:
    """Repeats are not handed on, and older ones do not move the place; both are counted."""

    def at(seq: int, north: float) -> m.Positions:
        return m.Positions(seq=seq, fixes=(m.Fix(at_ms=NOON_MS + seq, lat=60.166 + north, lon=24.936),))

    async with raw(address) as socket:
        await live(h, socket)
        await say(socket, at(5, 0.0005), at(5, 0.0), at(2, 0.0001), at(2, 0.0001), m.Ping(n=1))
        await hear(socket, m.Pong)
        place = h.hub.sight.positions["c1"]
        assert (place.seq, place.place.lat) == (5, 60.1665)
        assert await counted(h, "fixes", "duplicate") == 2
    assert 'dispatch_zone_total{what="positions_dropped_out_of_order",zone="default"} 1.0' in await metrics(h)


async def test_an_ack_from_the_future_is_refused(h: House, address: str) -> None:
    """Nothing was sent that it could acknowledge; the window stays as it was."""
    async with raw(address) as socket:
        await live(h, socket)
        await say(socket, m.Ack(seq=h.store_head + 5))
        assert (await hear(socket, m.ErrorMessage)).code == "bad_ack"
    assert await counted(h, "refused", "bad_ack") == 1


async def test_a_flood_is_cut_off(h: House, address: str) -> None:
    """Beyond what a phone may send at once it is asked to come back and send fewer."""
    async with raw(address) as socket:
        await live(h, socket)
        for n in range(40):
            await socket.send(msgspec.json.encode([{"t": "ping", "n": n}] * 64).decode())
        assert await end_of(socket) == CloseCode.RATE_EXCEEDED
    assert await counted(h, "sessions_ended", "rate_exceeded") == 1


async def test_too_many_open_actions(h: House, address: str) -> None:
    """A phone holds back what goes beyond the window; whoever does not is a broken client, and nothing took effect."""
    async with raw(address) as socket:
        await live(h, socket)
        before, h.bus.deaf = state_of(h), True
        for n in range(33):
            await say(socket, m.SetDuty(id=f"a{n}", duty="available", at_ms=NOON_MS))
        assert await end_of(socket) == CloseCode.PROTOCOL_ERROR
        h.bus.deaf = False
    await asyncio.sleep(0.6)
    assert state_of(h) == before


# --- who may not, and what is not spoken -----------------------------------------------------------------------


async def test_greetings_that_are_refused(h: House, address: str) -> None:
    """Another version, an unknown feature, no token of ours, another role, another channel's greeting."""
    token = h.token("courier", "c1")
    cases = [
        ({"t": "hello", "token": token, "device_id": "p", "v": 2}, CloseCode.UNSUPPORTED),
        ({"t": "hello", "token": token, "device_id": "p", "features": ["telepathy"]}, CloseCode.UNSUPPORTED),
        ({"t": "hello", "token": "forged", "device_id": "p"}, CloseCode.BAD_TOKEN),
        ({"t": "hello", "token": h.token("courier", "c1", hours=-1), "device_id": "p"}, CloseCode.BAD_TOKEN),
        ({"t": "hello", "token": h.token("dispatcher", "c1"), "device_id": "p"}, CloseCode.FORBIDDEN),
        ({"t": "hello", "token": h.token("courier", "c9"), "device_id": "p"}, CloseCode.FORBIDDEN),
        ({"t": "hello", "token": token}, CloseCode.PROTOCOL_ERROR),
        ({"t": "hello", "token": token, "zone": "default"}, CloseCode.PROTOCOL_ERROR),
        ({"t": "duty", "id": "a1", "duty": "available", "at_ms": 1}, CloseCode.PROTOCOL_ERROR),
        ({"t": "bye"}, CloseCode.PROTOCOL_ERROR),
    ]
    before, expected = state_of(h), dict.fromkeys((code for _, code in cases), 0)
    for greeting, code in cases:
        async with raw(address) as socket:
            await socket.send(text(greeting))
            assert await end_of(socket) == code, greeting
        expected[code] += 1
    assert state_of(h) == before and h.hub.sessions["couriers"] == 0
    for code, times in expected.items():
        assert await counted(h, "sessions_ended", code.name.lower()) == times


async def test_unknown_fields_are_ignored(h: House, address: str) -> None:
    """A newer phone may say more: what we do not know does no harm."""
    async with raw(address) as socket:
        await socket.send(text(msgspec.to_builtins(hello(h)) | {"mood": "sunny", "more": {"deep": [1, {"er": None}]}}))
        await hear(socket, m.Resync)
        await socket.send(text({"t": "duty", "id": "a1", "duty": "available", "at_ms": NOON_MS, "why": ["x"]}))
        assert (await hear(socket, m.Reply)).ok


async def test_a_watcher_s_bad_frames_are_counted_as_well(h: House, address: str) -> None:
    """The live channel ends and counts the same way."""
    async with raw(address, ("live.v1.json",), "live") as socket:
        await socket.send("{")
        assert await end_of(socket) == CloseCode.PROTOCOL_ERROR
    assert await counted(h, "refused", "malformed_frame") == 1


async def test_a_link_that_breaks_is_counted(h: House, address: str) -> None:
    """Neither side said why: a tunnel."""
    async with raw(address) as socket:
        await live(h, socket)
        socket.transport.abort()
    await eventually(lambda: not h.hub.sessions["couriers"])
    assert await counted(h, "sessions_ended", "link_lost") == 1


async def test_refused_actions_are_counted_by_their_reason(h: House, address: str) -> None:
    """The zone's words, not the phone's."""
    async with raw(address) as socket:
        await live(h, socket)
        await say(socket, m.Accept(id="a1", offer_id="nothing", at_ms=NOON_MS))
        assert (await hear(socket, m.Reply)).code == "unknown_offer"
    assert await counted(h, "actions", "accept", outcome="unknown_offer") == 1
