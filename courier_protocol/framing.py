"""Messages of the server as WebSocket frames, ready to be written to any number of sockets.

A frame of a server is not masked and, without extensions, the same for everybody (RFC 6455, section 5.2): what is
shown to a thousand watchers is encoded and framed once.
"""

from courier_protocol.codec import Encoding

_FIRST: dict[Encoding, int] = {"json": 0x81, "msgpack": 0x82}
"""FIN, and text or binary."""


def framed(payload: bytes, encoding: Encoding) -> bytes:
    """The payload of one message (see `codec.encode_one`, `codec.bundle`) as one whole frame."""
    size = len(payload)
    if size < 126:
        return bytes((_FIRST[encoding], size)) + payload
    if size < 65_536:
        return bytes((_FIRST[encoding], 126, size >> 8, size & 255)) + payload
    return bytes((_FIRST[encoding], 127)) + size.to_bytes(8, "big") + payload
