"""The courier's session on the server, beyond the scripts of spec/vectors/server_session.json."""

import pytest

from courier_protocol.close_codes import CloseCode
from courier_protocol.codec import Decoder, encode
from courier_protocol.errors import LocalProtocolError, RemoteProtocolError
from courier_protocol.limits import SessionLimits
from courier_protocol.messages import Accept, Ack, Bye, ErrorMessage, Hello, Ping, PositionsAck, Refresh, Reply
from courier_protocol.outputs import Close, Reauthenticate, Send, TakeAction, TakeFixes
from courier_protocol.server_session import State
from courier_protocol.session import CourierSession
from tests.support.courier_sessions import AT_10, EMPTY_ROUTE, FACT, HELLO, POLICY, batch, live_server, push, sent

JSON = Decoder("courier", "json")


def accept(action_id: str) -> Accept:
    return Accept(id=action_id, offer_id="f1", at_ms=1)


# --- frames that cannot be used -----------------------------------------------------------------------------------


def test_a_frame_of_several_messages_is_taken_in_order() -> None:
    """One frame may carry the hello's answer away and more; outputs come in the order of the messages."""
    frame = encode([accept("a"), accept("b")], "json")
    assert live_server().receive_frame(frame, JSON, 1, 1) == [TakeAction(accept("a")), TakeAction(accept("b"))]


def test_what_follows_a_violation_in_the_same_frame_is_ignored() -> None:
    """After the close nothing is handed on."""
    outputs = live_server().receive_frame(encode([HELLO, accept("a"), Bye()], "json"), JSON, 1, 1)
    assert [output.code for output in outputs if isinstance(output, Close)] == [CloseCode.PROTOCOL_ERROR]
    assert len(outputs) == 1


def test_one_broken_sensor_does_not_cost_the_session() -> None:
    """An unusable message is answered and the session goes on, so many times and no more."""
    session = live_server(SessionLimits(max_refusals=2))
    frame = b'{"t":"pos","seq":1,"fixes":[{"at_ms":1,"lat":99,"lon":1}]}'
    for _ in range(2):
        (error,) = sent(session.receive_frame(frame, JSON, 1, 1))
        assert error == ErrorMessage(code="invalid_message", detail="Expected `float` <= 90.0 - at `$.fixes[0].lat`")
    (close,) = session.receive_frame(frame, JSON, 1, 1)
    assert isinstance(close, Close)
    assert close.code is CloseCode.PROTOCOL_ERROR


@pytest.mark.parametrize(
    ("frame", "code"), [(b"{", CloseCode.PROTOCOL_ERROR), (b" " * 65_537, CloseCode.FRAME_TOO_BIG)]
)
def test_a_malformed_frame_ends_the_session(frame: bytes, code: CloseCode) -> None:
    """TCP does not damage frames; whoever sends these will send more."""
    (close,) = live_server().receive_frame(frame, JSON, 1, 1)
    assert isinstance(close, Close)
    assert close.code is code


def test_before_the_hello_nobody_is_forgiven() -> None:
    """An unusable message from a stranger ends the session at once."""
    (close,) = CourierSession(0).refuse(RemoteProtocolError("invalid_message", CloseCode.PROTOCOL_ERROR, "No."))
    assert close == Close(CloseCode.PROTOCOL_ERROR, "No.")


# --- limits -------------------------------------------------------------------------------------------------------


def test_too_many_messages_end_the_session() -> None:
    """The burst and the rate bound what one phone may cost."""
    session = live_server(SessionLimits(messages_burst=3, messages_per_s=1))
    for number in range(2):
        assert sent(session.receive(Ping(n=number), 0, 0))
    (close,) = session.receive(Ping(n=9), 0, 0)
    assert isinstance(close, Close)
    assert close.code is CloseCode.RATE_EXCEEDED


def test_under_pressure_the_newest_fixes_are_used_and_all_are_acknowledged() -> None:
    """Positions are latest-wins: what the rate does not allow is shed from the oldest on, without a retry."""
    session = live_server(SessionLimits(fixes_burst=5, fixes_per_s=1))
    assert session.receive(batch(1, 8), 0, 0) == [
        TakeFixes(1, 4, batch(4, 5).fixes),
        Send(PositionsAck(seq=8)),
    ]
    assert session.receive(batch(9), 0, 0) == []
    assert session.shed_fixes == 4
    assert session.receive(batch(10), 2_000, 0) == [TakeFixes(1, 10, batch(10).fixes)]


def test_single_fixes_are_acknowledged_now_and_then() -> None:
    """An ack for every fix would double the traffic of the phone; each tenth has one."""
    session = live_server()
    acked = [number for number in range(1, 31) if sent(session.receive(batch(number), 0, 0))]
    assert acked == [10, 20, 30]


def test_repeated_fixes_are_counted() -> None:
    """What was received but not handed on shows in the metrics."""
    session = live_server()
    session.receive(batch(1, 4), 0, 0)
    session.receive(batch(3, 4), 0, 0)
    session.receive(batch(1), 0, 0)
    assert session.duplicate_fixes == 3


def test_too_many_open_actions_break_the_rules() -> None:
    """A phone holds its actions back until replies come; a reply makes room."""
    session = live_server(SessionLimits(max_open_actions=2))
    session.receive(accept("a"), 0, 0)
    session.receive(Refresh(id="b", token="new"), 0, 0)
    session.reply("a", ok=True)
    assert session.receive(accept("c"), 0, 0) == [TakeAction(accept("c"))]
    (close,) = session.receive(accept("d"), 0, 0)
    assert isinstance(close, Close)
    assert close.code is CloseCode.PROTOCOL_ERROR


def test_a_long_reason_is_cut_to_what_a_reply_may_hold() -> None:
    """The phone would refuse a reply that breaks the bounds, and wait for ever."""
    (reply,) = sent(live_server().reply("a", ok=False, code="no", detail="x" * 900))
    assert isinstance(reply, Reply)
    assert len(reply.detail) == 500


def test_a_close_reason_fits_the_close_frame() -> None:
    """RFC 6455 leaves 123 bytes; a character is not cut in half."""
    assert Close(CloseCode.FORBIDDEN, "不" * 60).reason == "不" * 41


# --- pushes -------------------------------------------------------------------------------------------------------


def test_the_receive_window_opens_with_acks() -> None:
    """So many pushes are on their way; the next wait, in order, and follow the ack."""
    session = live_server(SessionLimits(max_unacked_pushes=2))
    assert sent(session.push(1, 11, 0, [FACT])) == [push(10, 11)]
    assert sent(session.push(1, 15, 0, [FACT])) == [push(11, 15)]
    assert session.push(1, 16, 0, [FACT]) == []
    assert session.push(1, 17, 0, [FACT]) == []
    assert sent(session.receive(Ack(seq=11), 0, 0)) == [push(15, 16)]
    assert sent(session.receive(Ack(seq=16), 0, 0)) == [push(16, 17)]


def test_a_consumer_that_is_too_slow_comes_back_to_resume() -> None:
    """What waits is bounded; the stream in Redis or SQL holds the rest."""
    session = live_server(SessionLimits(max_unacked_pushes=1, max_waiting_pushes=2))
    for seq in (11, 12, 13):
        session.push(1, seq, 0, [FACT])
    (close,) = session.push(1, 14, 0, [FACT])
    assert isinstance(close, Close)
    assert close.code is CloseCode.SLOW_CONSUMER


def test_a_resync_replaces_what_waits() -> None:
    """A snapshot holds all that was to come; an old ack does not disturb the new chain."""
    session = live_server(SessionLimits(max_unacked_pushes=1))
    session.push(1, 11, 0, [FACT])
    session.push(1, 12, 0, [FACT])
    session.resync(1, 30, "available", EMPTY_ROUTE)
    assert session.receive(Ack(seq=11), 0, 0) == []
    assert sent(session.push(1, 31, 0, [FACT])) == [push(30, 31)]


def test_a_push_needs_a_position_in_its_epoch() -> None:
    """Before the first resync, and after the epoch changed, a push is the gateway's bug."""
    session = CourierSession(0)
    session.receive(HELLO, 0, 0)
    session.welcome(0, 0, session="s1", generation=1, rate=1.0, position=AT_10, resumed=False)
    with pytest.raises(LocalProtocolError, match="resync"):
        session.push(1, 11, 0, [FACT])
    session.resync(1, 10, "available", EMPTY_ROUTE)
    with pytest.raises(LocalProtocolError, match="resync"):
        session.push(2, 11, 0, [FACT])


# --- the gateway's calls ------------------------------------------------------------------------------------------


def test_calls_that_come_too_early_are_the_gateways_bug() -> None:
    """Nobody may be welcomed before the hello, or told anything before the welcome."""
    session = CourierSession(0)
    with pytest.raises(LocalProtocolError, match="authenticating"):
        session.welcome(0, 0, session="s1", generation=1, rate=1.0, position=AT_10, resumed=False)
    for early in (
        lambda: session.push(1, 11, 0, [FACT]),
        lambda: session.reply("a", ok=True),
        lambda: session.resync(1, 10, "available", EMPTY_ROUTE),
        lambda: session.tell(POLICY),
    ):
        with pytest.raises(LocalProtocolError, match="live"):
            early()


def test_calls_that_come_too_late_do_nothing() -> None:
    """A reply or a push may be on its way when the session ends; that is nobody's fault."""
    session = live_server()
    session.close(CloseCode.SUPERSEDED)
    assert session.push(1, 11, 0, [FACT]) == session.reply("a", ok=True) == session.tell(POLICY) == []
    assert session.resync(1, 10, "available", EMPTY_ROUTE) == session.close(CloseCode.BYE) == []
    session.closed()
    assert session.push(1, 11, 0, [FACT]) == []
    assert session.state is State.CLOSED


def test_a_policy_is_told_at_once() -> None:
    """It has no place in the stream."""
    assert sent(live_server().tell(POLICY)) == [POLICY]


def test_bye_before_the_welcome_is_fine() -> None:
    """The phone may change its mind while the token is checked."""
    session = CourierSession(0)
    session.receive(HELLO, 0, 0)
    (close,) = session.receive(Bye(), 0, 0)
    assert isinstance(close, Close)
    assert close.code is CloseCode.BYE


def test_features_that_the_server_has_may_be_required() -> None:
    """Only unknown ones are refused."""
    session = CourierSession(0, SessionLimits(features=frozenset({"photos"})))
    session.receive(Hello(token="tok", device_id="phone", features=("photos",)), 0, 0)
    assert session.state is State.AUTHENTICATING


# --- time ---------------------------------------------------------------------------------------------------------


def test_the_deadline_says_when_to_tick() -> None:
    """A gateway may sleep until then: hello, answer to the hello, silence or the token's end, nothing."""
    session = CourierSession(100)
    assert session.deadline_mono_ms == 5_100
    session.receive(HELLO, 3_000, 0)
    assert session.deadline_mono_ms == 8_000
    session.welcome(4_000, 0, session="s1", generation=1, rate=1.0, position=AT_10, resumed=True)
    assert session.deadline_mono_ms == 24_000
    session.receive(Ping(n=1), 9_000, 0)
    assert session.deadline_mono_ms == 29_000
    session.receive(Refresh(id="r", token="new"), 9_000, 0)
    session.refreshed("r", 12_000)
    assert session.deadline_mono_ms == 12_000
    session.close(CloseCode.BYE)
    assert session.deadline_mono_ms is None
    session.closed()
    assert session.deadline_mono_ms is None


def test_an_unanswered_hello_times_out_too() -> None:
    """When SQL does not answer, the phone comes back later instead of waiting."""
    session = CourierSession(0)
    session.receive(HELLO, 1_000, 0)
    assert session.tick(5_999) == []
    (close,) = session.tick(6_000)
    assert isinstance(close, Close)
    assert close.code is CloseCode.HELLO_TIMEOUT


def test_an_expired_token_ends_the_session() -> None:
    """Also while heartbeats come; a refresh moves the end."""
    session = live_server(expires_mono_ms=10_000)
    session.receive(Ping(n=1), 9_000, 0)
    assert session.receive(Refresh(id="r", token="new"), 9_000, 0) == [Reauthenticate(Refresh(id="r", token="new"))]
    session.refreshed("r", None)
    assert session.tick(10_000) == []
    expired = live_server(expires_mono_ms=10_000).tick(10_000)
    assert [output.code for output in expired if isinstance(output, Close)] == [CloseCode.BAD_TOKEN]


def test_frames_without_a_message_count_against_the_rate() -> None:
    """WebSocket pings and fragments are not free: who floods with them is told to come back and send fewer."""
    session = CourierSession(0, SessionLimits(messages_burst=3, messages_per_s=1.0))
    assert [session.count_frame(0) for _ in range(3)] == [[], [], []]
    (close,) = session.count_frame(0)
    assert isinstance(close, Close) and close.code is CloseCode.RATE_EXCEEDED
