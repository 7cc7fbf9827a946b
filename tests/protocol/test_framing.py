"""Frames that are made once for many watchers, and read by an independent parser."""

import pytest
from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.protocol import OPEN
from websockets.uri import parse_uri

from courier_protocol.codec import Encoding
from courier_protocol.framing import framed


def read(data: bytes) -> list[Frame]:
    """What a client makes of it."""
    client = ClientProtocol(parse_uri("ws://localhost"), state=OPEN, max_size=None)
    client.receive_data(data)
    return [event for event in client.events_received() if isinstance(event, Frame)]


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 65_535, 65_536, 200_000])
@pytest.mark.parametrize("encoding", ["json", "msgpack"])
def test_frames_are_read_as_they_were_made(size: int, encoding: Encoding) -> None:
    """Every form of the length; text for JSON, binary for MessagePack."""
    payload = b"x" * size
    (frame,) = read(framed(payload, encoding))
    assert bytes(frame.data) == payload and frame.fin
    assert frame.opcode is (Opcode.TEXT if encoding == "json" else Opcode.BINARY)
