"""Bytes to messages and back, in JSON and MessagePack.

A frame is one message or an array of messages. Decoding is strict (types, ranges and lengths are those of
`messages` and `live`, and nothing is converted), bounded (bytes before parsing, messages, lengths, depth) and total:
whatever the bytes, it returns messages or raises RemoteProtocolError. Unknown fields are skipped.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from courier_protocol import live, messages
from courier_protocol.close_codes import CloseCode
from courier_protocol.errors import LocalProtocolError, RemoteProtocolError
from courier_protocol.messages import MAX_FRAME_BYTES, MAX_MESSAGES_PER_FRAME, MAX_SERVER_FRAME_BYTES, Message

Encoding = Literal["json", "msgpack"]
Speaker = Literal["courier", "server", "watcher", "live"]
Channel = Literal["courier", "live"]

INVALID_MESSAGE: Final = "invalid_message"
"""The code of an error that a session may outlive: a well-formed frame that holds a message nobody can use."""

_UNIONS: Final = {
    "courier": messages.CourierMessage,
    "server": messages.ServerMessage,
    "watcher": live.WatcherMessage,
    "live": live.LiveMessage,
}
_FRAMES: Final = {
    speaker: union | Annotated[list[union], Meta(max_length=MAX_MESSAGES_PER_FRAME)]  # type: ignore[valid-type]
    for speaker, union in _UNIONS.items()
}
_ENCODERS: Final[dict[Encoding, Callable[[Message], bytes]]] = {
    "json": msgspec.json.Encoder().encode,
    "msgpack": msgspec.msgpack.Encoder().encode,
}


def frame_limit_bytes(speaker: Speaker) -> int:
    """The largest frame that `speaker` may send."""
    return MAX_FRAME_BYTES if speaker in {"courier", "watcher"} else MAX_SERVER_FRAME_BYTES


class Decoder:
    """Decodes the frames of one kind of speaker in one encoding. It keeps no state: share it between sessions."""

    def __init__(self, speaker: Speaker, encoding: Encoding) -> None:
        frame = _FRAMES[speaker]
        self._decode = (msgspec.json if encoding == "json" else msgspec.msgpack).Decoder(frame).decode
        self._limit_bytes = frame_limit_bytes(speaker)
        self._is_binary = encoding == "msgpack"

    def decode(self, frame: bytes | str) -> list[Message]:
        """The messages of a frame, in order. Raises RemoteProtocolError and nothing else.

        Its code is `frame_too_big`, `malformed_frame`, or INVALID_MESSAGE when the frame was well-formed but a
        message was not (unknown type, missing field, wrong type, out of range, too long).
        """
        if len(frame) > self._limit_bytes:
            raise RemoteProtocolError(
                "frame_too_big", CloseCode.FRAME_TOO_BIG, f"A frame is at most {self._limit_bytes} bytes."
            )
        if self._is_binary and isinstance(frame, str):
            raise RemoteProtocolError("malformed_frame", CloseCode.PROTOCOL_ERROR, "MessagePack needs binary frames.")
        try:
            decoded = self._decode(frame)
        except msgspec.ValidationError as error:
            raise RemoteProtocolError(INVALID_MESSAGE, CloseCode.PROTOCOL_ERROR, _place_of(error)) from None
        except (msgspec.DecodeError, ValueError):
            raise RemoteProtocolError("malformed_frame", CloseCode.PROTOCOL_ERROR, "The frame is malformed.") from None
        except RecursionError:
            raise RemoteProtocolError("malformed_frame", CloseCode.PROTOCOL_ERROR, "The frame is too deep.") from None
        return decoded if type(decoded) is list else [decoded]


def _place_of(error: msgspec.ValidationError) -> str:
    """What is wrong and where, without what the peer sent (msgspec quotes unknown tags and words)."""
    what, separator, place = str(error).rpartition(" - at ")
    if what.startswith(("Invalid value", "Invalid enum value")):
        what = "Unknown value"
    return f"{what}{separator}{place}"


def encode_one(message: Message, encoding: Encoding) -> bytes:
    """One message as a frame, or as a part for `bundle`; encode once, send to many."""
    return _ENCODERS[encoding](message)


def bundle(parts: Sequence[bytes], encoding: Encoding) -> bytes:
    """One frame of messages that `encode_one` made, without encoding them again."""
    if len(parts) > MAX_MESSAGES_PER_FRAME:
        raise LocalProtocolError(f"A frame holds at most {MAX_MESSAGES_PER_FRAME} messages, not {len(parts)}.")
    if len(parts) == 1:
        return parts[0]
    if encoding == "json":
        return b"[" + b",".join(parts) + b"]"
    header = bytes((0x90 | len(parts),)) if len(parts) < 16 else b"\xdc" + len(parts).to_bytes(2, "big")
    return header + b"".join(parts)


def encode(outgoing: Iterable[Message], encoding: Encoding) -> bytes:
    """One frame of one or several messages. JSON is UTF-8 for a text frame, MessagePack goes in a binary one."""
    return bundle([encode_one(message, encoding) for message in outgoing], encoding)


def check(message: msgspec.Struct) -> None:
    """Raises LocalProtocolError if a peer would refuse this message or part of one."""
    try:
        msgspec.convert(msgspec.to_builtins(message), type(message))
    except (msgspec.ValidationError, ValueError, TypeError) as error:
        raise LocalProtocolError(f"{type(message).__name__}: {error}") from None


# --- subprotocols -------------------------------------------------------------------------------------------------


def subprotocol(channel: Channel, encoding: Encoding) -> str:
    """The WebSocket subprotocol of a channel in an encoding, for example `courier.v1.json`."""
    return f"{channel}.v{messages.PROTOCOL_VERSION}.{encoding}"


def negotiate(offered: Iterable[str], channel: Channel) -> tuple[str, Encoding] | None:
    """The first subprotocol that the client offered and that we speak, with its encoding; None if there is none."""
    ours: dict[str, Encoding] = {subprotocol(channel, "json"): "json", subprotocol(channel, "msgpack"): "msgpack"}
    return next(((name, ours[name]) for name in offered if name in ours), None)
