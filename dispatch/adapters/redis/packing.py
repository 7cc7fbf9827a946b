"""Positions as bytes: one MessagePack array each, as short as it gets, which the Lua script can read as well.

The order of the fields is that of `Position` and is for ever: new ones are added at the end, with a default, so that
servers of two versions read each other's.
"""

from typing import Final

import msgspec

from dispatch.application.ports import Position

_encode: Final = msgspec.msgpack.Encoder().encode
_one: Final = msgspec.msgpack.Decoder(Position)
_many: Final = msgspec.msgpack.Decoder(list[Position])


def pack(position: Position) -> bytes:
    """The position as bytes."""
    return _encode(position)


def unpack(data: bytes) -> Position:
    """The position. Raises `msgspec.DecodeError` for what is none."""
    return _one.decode(data)


def unpack_many(data: bytes) -> list[Position]:
    """The positions of one array of them. Raises `msgspec.DecodeError` for what is none."""
    return _many.decode(data)
