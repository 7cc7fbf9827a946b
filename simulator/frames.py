"""The least of WebSocket framing that RFC 6455 lets a client of a known server do: whole frames, masked by zero."""

import struct
from typing import Final

TEXT: Final = 1
BINARY: Final = 2
CLOSE: Final = 8
PING: Final = 9
PONG: Final = 10
UPGRADE: Final = (
    "GET {path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: {subprotocol}\r\n\r\n"
)


def client_frame(opcode: int, payload: bytes) -> bytes:
    """One whole frame; a masking key of zero leaves the bytes as they are."""
    size = len(payload)
    if size < 126:
        head = struct.pack("!BB", 0x80 | opcode, 0x80 | size)
    elif size < 65_536:
        head = struct.pack("!BBH", 0x80 | opcode, 0xFE, size)
    else:
        head = struct.pack("!BBQ", 0x80 | opcode, 0xFF, size)
    return head + b"\0\0\0\0" + payload


def take_server_frame(buffer: bytearray) -> tuple[int, bytes] | None:
    """(opcode, payload) of the first frame, taken out of the buffer; None when it has not come as a whole."""
    if len(buffer) < 2:
        return None
    size, start = buffer[1] & 0x7F, 2
    if size == 126 and len(buffer) >= 4:
        size, start = int.from_bytes(buffer[2:4], "big"), 4
    elif size == 127 and len(buffer) >= 10:
        size, start = int.from_bytes(buffer[2:10], "big"), 10
    elif size > 125:
        return None
    if len(buffer) < start + size:
        return None
    opcode, payload = buffer[0] & 0x0F, bytes(buffer[start : start + size])
    del buffer[: start + size]
    return opcode, payload
