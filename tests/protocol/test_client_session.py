"""The phone's session, beyond the scripts of spec/vectors/client_session.json."""

from random import Random

import pytest

from courier_protocol.client_link import ClientState
from courier_protocol.client_session import ACTIONS_PER_FRAME, MAX_ACTIONS, MAX_UNHANDLED_PUSHES, ClientSession
from courier_protocol.close_codes import CloseCode
from courier_protocol.codec import Decoder, encode
from courier_protocol.errors import LocalProtocolError, RemoteProtocolError
from courier_protocol.messages import (
    MAX_FIXES_PER_BATCH,
    MAX_FRAME_BYTES,
    MAX_OPEN_ACTIONS,
    Accept,
    Ack,
    Fix,
    Hello,
    Ping,
    Policy,
    Pong,
    Progress,
    Refresh,
    Reply,
    Resync,
)
from courier_protocol.outputs import Close, Output, Settle, Tell
from tests.support.courier_sessions import EMPTY_ROUTE, POLICY, fix, live_phone, push, welcome_at_10

JSON = Decoder("server", "json")


def accept(action_id: str) -> Accept:
    return Accept(id=action_id, offer_id="f1", at_ms=1)


def codes(outputs: list[Output]) -> list[CloseCode]:
    return [output.code for output in outputs if isinstance(output, Close)]


def test_many_actions_go_out_in_order_and_in_portions() -> None:
    """At most so many a frame and so many without a reply; each reply lets the next go."""
    session = live_phone()
    for number in range(MAX_OPEN_ACTIONS + 2):
        session.submit(accept(f"a{number}"))
    frames = list(iter(lambda: session.outgoing(1, 0), []))
    assert [len(frame) for frame in frames] == [ACTIONS_PER_FRAME] * (MAX_OPEN_ACTIONS // ACTIONS_PER_FRAME)
    assert [action for frame in frames for action in frame] == [accept(f"a{n}") for n in range(MAX_OPEN_ACTIONS)]
    assert session.receive(Reply(id="a5", ok=True), 1) == [Settle(Reply(id="a5", ok=True))]
    assert session.outgoing(1, 0) == [accept(f"a{MAX_OPEN_ACTIONS}")]
    assert session.waiting_actions == MAX_OPEN_ACTIONS + 1


def test_long_actions_go_out_alone_and_too_long_ones_not_at_all() -> None:
    """Whatever waits, a frame with a ping, actions and a full batch stays below the limit; what could never be sent is
    refused where it is made.
    """
    session = live_phone()
    long = [
        Progress(f"p{n}", "s" * 64, "completed", 1, order_ids=("\x01" * 60,) * 80, kind="dropoff") for n in range(2)
    ]
    for action in long:
        session.submit(action)
    for number in range(MAX_FIXES_PER_BATCH):
        session.add_fix(fix(number + 1))
    frames = list(iter(lambda: session.outgoing(1, 0), []))
    assert [[m for m in frame if isinstance(m, Progress)] for frame in frames] == [[long[0]], [long[1]]]
    assert all(len(encode(frame, "json")) <= MAX_FRAME_BYTES for frame in frames)
    with pytest.raises(LocalProtocolError, match="32768 bytes"):
        session.submit(Progress("p9", "s", "completed", 1, order_ids=("\x01" * 64,) * 256))


def test_a_reply_to_an_action_that_was_not_sent_again_yet_settles_it() -> None:
    """The reply of the older link may come first on the newer one; the action need not be repeated then."""
    session = live_phone()
    session.submit(accept("a"))
    assert session.receive(Reply(id="a", ok=True), 1) == [Settle(Reply(id="a", ok=True))]
    assert session.outgoing(1, 0) == []


def test_actions_are_bounded_and_named_once() -> None:
    """A full outbox and a repeated id are errors of the app."""
    session = live_phone()
    for number in range(MAX_ACTIONS):
        session.submit(accept(f"a{number}"))
    for action_id in ("a0", "one-too-many"):
        with pytest.raises(LocalProtocolError, match="id"):
            session.submit(accept(action_id))


def test_what_the_server_would_refuse_is_refused_here() -> None:
    """A fix out of range, an action with an empty id, a hello without a token."""
    session = live_phone()
    with pytest.raises(LocalProtocolError, match="Fix"):
        session.add_fix(Fix(at_ms=1, lat=91.0, lon=0.0))
    with pytest.raises(LocalProtocolError, match="Accept"):
        session.submit(accept(""))
    with pytest.raises(LocalProtocolError, match="Hello"):
        ClientSession("", "phone", Random(7))
    assert (len(session.fixes), session.waiting_actions) == (0, 0)


def test_a_newer_token_is_used_by_the_next_hello() -> None:
    """Even when the reply to the refresh never came."""
    session = live_phone(app="test 1")
    session.submit(Refresh(id="r", token="new"))
    session.disconnected(None, 1)
    session.connected(2)
    (hello,) = session.outgoing(2, 9)
    assert isinstance(hello, Hello)
    assert (hello.token, hello.app, hello.device_ms) == ("new", "test 1", 9)


def test_an_app_that_is_far_behind_starts_from_a_snapshot() -> None:
    """What waits for the app is bounded over all links; then nothing is resumed, all is told anew."""
    session = live_phone()
    for number in range(MAX_UNHANDLED_PUSHES):
        assert session.receive(push(10 + number, 11 + number), 1)
    assert codes(session.receive(push(10 + MAX_UNHANDLED_PUSHES, 11 + MAX_UNHANDLED_PUSHES), 1)) == [
        CloseCode.STREAM_GAP
    ]
    session.disconnected(None, 2)
    session.connected(3)
    (hello,) = session.outgoing(3, 0)
    assert isinstance(hello, Hello)
    assert hello.resume is None


def test_a_resync_ends_what_was_unhandled() -> None:
    """The app's late word on an old push acknowledges nothing in the new chain."""
    session = live_phone()
    session.receive(push(10, 11), 1)
    session.receive(Resync(epoch=2, seq=3, duty="available", route=EMPTY_ROUTE), 1)
    session.handled(11)
    assert session.outgoing(1, 0) == []


def test_a_repeat_of_a_push_in_the_apps_hands_is_acknowledged_in_its_turn() -> None:
    """Not before the app has handled it; one that was handled is acknowledged again at once."""
    session = live_phone()
    session.receive(push(10, 11), 1)
    session.receive(push(11, 12), 1)
    session.handled(11)
    assert session.outgoing(1, 0) == [Ack(seq=11)]
    session.receive(push(11, 12), 1)
    assert session.outgoing(1, 0) == []
    session.receive(push(10, 11), 1)
    assert session.outgoing(1, 0) == [Ack(seq=11)]


def test_pongs_set_the_clock() -> None:
    """The one that answers the last ping; an older or an unasked one says nothing."""
    session = live_phone()
    assert session.clock.now_ms(0) == 1_000
    assert session.outgoing(8_000, 5) == [Ping(n=2, device_ms=5)]
    session.receive(Pong(n=1, business_now_ms=77, server_mono_ms=0), 8_000)
    assert session.clock.now_ms(8_000) == 9_000
    session.receive(Pong(n=2, business_now_ms=9_001, server_mono_ms=0), 8_000)
    assert session.clock.now_ms(8_000) == 9_001


def test_an_unasked_pong_is_harmless() -> None:
    """Before the first ping there is nothing to answer."""
    session = ClientSession("tok", "phone", Random(7))
    session.connected(0)
    session.receive(welcome_at_10(), 0)
    session.receive(Pong(n=0, business_now_ms=77, server_mono_ms=0), 0)
    assert session.clock.now_ms(0) == 1_000


def test_a_frame_that_cannot_be_read_ends_the_link() -> None:
    """And the phone comes back: the server, or a proxy, may be better next time."""
    session = live_phone()
    assert codes(session.receive_frame(b"{", JSON, 1)) == [CloseCode.PROTOCOL_ERROR]
    assert session.disconnected(CloseCode.PROTOCOL_ERROR, 2) is not None
    assert session.state is ClientState.OFFLINE


def test_a_frame_of_several_messages() -> None:
    """Is taken in order."""
    frame = encode([POLICY, push(10, 11)], "json")
    assert live_phone().receive_frame(frame, JSON, 1) == [Tell(Policy(fix_interval_s=5.0)), Tell(push(10, 11))]


def test_the_deadline_says_when_to_look_again() -> None:
    """Offline never, then the greeting's end, then the next ping or the silence."""
    session = ClientSession("tok", "phone", Random(7))
    assert session.deadline_mono_ms is None
    session.connected(100)
    assert session.deadline_mono_ms == 5_100
    session.outgoing(100, 0)
    session.receive(welcome_at_10(), 200)
    assert session.deadline_mono_ms == 200
    session.outgoing(200, 0)
    assert session.deadline_mono_ms == 8_200
    session.outgoing(16_300, 0)
    assert session.deadline_mono_ms == 20_200


def test_the_end_is_remembered() -> None:
    """After a final code nothing is accepted and the reason stays."""
    session = live_phone()
    assert session.disconnected(3502, 1, "Another phone.") is None
    assert session.ended is not None
    assert (session.ended.code, session.ended.close_code, session.ended.detail) == (
        "superseded", CloseCode.SUPERSEDED, "Another phone.",
    )  # fmt: skip
    with pytest.raises(RemoteProtocolError, match="superseded"):
        session.submit(accept("a"))
    with pytest.raises(LocalProtocolError, match="ended"):
        session.connected(2)


def test_goodbye_without_a_link_has_nobody_to_tell() -> None:
    """The session is over all the same."""
    session = ClientSession("tok", "phone", Random(7))
    assert session.goodbye() == []
    assert session.state is ClientState.ENDED


def test_fixes_and_pings_carry_the_last_fix() -> None:
    """A heartbeat never leaves a stale place behind."""
    session = live_phone()
    session.add_fix(fix(1))
    session.outgoing(1, 0)
    (ping,) = session.outgoing(8_000, 0)
    assert ping == Ping(n=2, fix=fix(1))
