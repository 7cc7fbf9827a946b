"""The codec: strict, bounded, total, and the same in both encodings."""

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from courier_protocol.client_session import ACTIONS_PER_FRAME
from courier_protocol.close_codes import CloseCode
from courier_protocol.codec import (
    Decoder,
    Encoding,
    Speaker,
    bundle,
    check,
    encode,
    encode_one,
    frame_limit_bytes,
    negotiate,
    subprotocol,
)
from courier_protocol.errors import LocalProtocolError, RemoteProtocolError
from courier_protocol.messages import (
    MAX_FIXES_PER_BATCH,
    MAX_FRAME_BYTES,
    MAX_MESSAGES_PER_FRAME,
    Ack,
    Bye,
    Decline,
    Fix,
    Ping,
    Positions,
)
from tests.support.any_message import messages_of

SPEAKERS: tuple[Speaker, ...] = ("courier", "server", "watcher", "live")
ENCODINGS: tuple[Encoding, ...] = ("json", "msgpack")


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("speaker", SPEAKERS)
@given(data=st.data())
def test_what_is_encoded_is_decoded(speaker: Speaker, encoding: Encoding, data: st.DataObject) -> None:
    """Every message within its bounds survives the way, alone and with others."""
    messages = data.draw(st.lists(messages_of(speaker), min_size=1, max_size=4))
    assert Decoder(speaker, encoding).decode(encode(messages, encoding)) == messages


@pytest.mark.parametrize("encoding", ENCODINGS)
@given(frame=st.binary(max_size=200))
@example(b"\xdd\xff\xff\xff\xff")
@example(b"{" * 200)
def test_random_bytes_decode_or_are_refused(encoding: Encoding, frame: bytes) -> None:
    """No bytes make the decoder raise anything but RemoteProtocolError."""
    decode_or_refuse("courier", encoding, frame)


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("speaker", SPEAKERS)
@given(data=st.data())
def test_damaged_frames_decode_or_are_refused(speaker: Speaker, encoding: Encoding, data: st.DataObject) -> None:
    """Nor do frames that are almost right: bytes flipped, cut out or put in."""
    frame = bytearray(encode([data.draw(messages_of(speaker))], encoding))
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(frame)))
        frame[start : start + data.draw(st.integers(0, 4))] = data.draw(st.binary(max_size=4))
    decode_or_refuse(speaker, encoding, bytes(frame))


def decode_or_refuse(speaker: Speaker, encoding: Encoding, frame: bytes) -> None:
    """Decodes; what was accepted must be within bounds, so encoding and checking it again must work."""
    try:
        messages = Decoder(speaker, encoding).decode(frame)
    except RemoteProtocolError:
        return
    for message in messages:
        check(message)


@given(st.text(max_size=40))
def test_text_frames_are_taken_as_json(frame: str) -> None:
    """A gateway may pass a text frame on as str; whatever it holds, it decodes or is refused."""
    try:
        assert Decoder("courier", "json").decode(frame) == []
    except RemoteProtocolError as error:
        assert error.code in {"malformed_frame", "invalid_message"}


def test_a_text_frame_is_no_messagepack() -> None:
    """MessagePack in a text frame is refused before it is looked at."""
    with pytest.raises(RemoteProtocolError, match="binary"):
        Decoder("courier", "msgpack").decode("\x80")


def test_a_frame_may_be_as_large_as_the_limit_and_no_larger() -> None:
    """The limit is on bytes and counts before anything is parsed."""
    frame = encode([Bye()], "json").ljust(MAX_FRAME_BYTES)
    assert Decoder("courier", "json").decode(frame) == [Bye()]
    with pytest.raises(RemoteProtocolError) as caught:
        Decoder("courier", "json").decode(frame + b" ")
    assert caught.value.close_code is CloseCode.FRAME_TOO_BIG


def test_the_server_may_send_larger_frames() -> None:
    """A snapshot of a zone does not fit into what a phone may send."""
    assert frame_limit_bytes("live") == frame_limit_bytes("server") > frame_limit_bytes("watcher") == MAX_FRAME_BYTES
    assert Decoder("server", "json").decode(b'{"t":"pos_ack","seq":1}'.ljust(MAX_FRAME_BYTES + 1))


def test_a_refusal_names_the_place_but_not_what_was_sent() -> None:
    """So that an error may be logged: an unknown type and a wrong value are described, never quoted."""
    with pytest.raises(RemoteProtocolError) as caught:
        Decoder("courier", "json").decode(b'{"t":"secret-token-123"}')
    assert caught.value.detail == "Unknown value - at `$.t`"
    with pytest.raises(RemoteProtocolError) as caught:
        Decoder("courier", "json").decode(b'{"t":"ack","seq":"secret"}')
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("count", [0, 1, 2, 15, 16, MAX_MESSAGES_PER_FRAME])
def test_parts_encoded_once_are_bundled(encoding: Encoding, count: int) -> None:
    """A bundle of encoded messages decodes like the messages encoded together, at each size of array header."""
    messages = [Ack(seq=number) for number in range(count)]
    frame = bundle([encode_one(message, encoding) for message in messages], encoding)
    assert Decoder("courier", encoding).decode(frame) == messages


def test_too_many_messages_are_our_own_error() -> None:
    """The sender has to split; the peer would refuse the frame."""
    with pytest.raises(LocalProtocolError, match="64"):
        encode([Bye()] * (MAX_MESSAGES_PER_FRAME + 1), "json")


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_the_largest_frame_of_a_phone_fits(encoding: Encoding) -> None:
    """A ping, as many of the longest actions as go together and a full batch stay below the frame limit."""
    fix = Fix(
        at_ms=2**53 - 1, lat=-12.345678901234567, lon=-123.45678901234567, acc_m=1.2345678901234567e-5, mock=True,
        speed_mps=1.2345678901234567e-5, heading_deg=123.45678901234567, battery=1.2345678901234567e-5,
    )  # fmt: skip
    action = Decline(id="\x01" * 64, offer_id="\x01" * 64, at_ms=2**53 - 1, reason="\x01" * 500)
    messages = [Ack(seq=2**53 - 1), Ping(n=2**53 - 1, device_ms=2**53 - 1, fix=fix)]
    batch = Positions(seq=2**53 - 1, fixes=(fix,) * MAX_FIXES_PER_BATCH)
    assert len(encode([*messages, *[action] * ACTIONS_PER_FRAME, batch], encoding)) <= MAX_FRAME_BYTES


@pytest.mark.parametrize(
    "broken",
    [
        Fix(at_ms=1, lat=91, lon=0),
        Fix(at_ms=1, lat=float("nan"), lon=0),
        Fix(at_ms=1.5, lat=0, lon=0),  # type: ignore[arg-type]
        Ack(seq=-1),
        Decline(id="", offer_id="o", at_ms=1),
        Decline(id="a", offer_id="o", at_ms=1, reason="x" * 501),
    ],
)
def test_a_message_of_ours_can_be_checked_before_it_is_sent(broken: msgspec.Struct) -> None:
    """What a peer would refuse is found where it was made."""
    with pytest.raises(LocalProtocolError, match=type(broken).__name__):
        check(broken)


def test_subprotocols_name_channel_version_and_encoding() -> None:
    """The names that clients put into Sec-WebSocket-Protocol."""
    assert subprotocol("courier", "json") == "courier.v1.json"
    assert subprotocol("live", "msgpack") == "live.v1.msgpack"


def test_the_first_offer_that_we_speak_wins() -> None:
    """The client's order counts; what we do not know is skipped; the other channel's names do not fit."""
    assert negotiate(["courier.v9.json", "courier.v1.msgpack", "courier.v1.json"], "courier") == (
        "courier.v1.msgpack",
        "msgpack",
    )
    assert negotiate(["live.v1.json"], "courier") is None
