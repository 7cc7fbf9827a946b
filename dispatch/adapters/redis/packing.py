"""Positions as bytes: one MessagePack array each, as short as it gets, which the Lua scripts can read as well.

The order of the fields is that of `Position` and is for ever: new ones are added at the end, with a default, so that
servers of two versions read each other's.
"""

import struct
from collections.abc import Sequence
from typing import Final

import msgspec

from dispatch.application.ports import Position

_encode: Final = msgspec.msgpack.Encoder().encode
_one: Final = msgspec.msgpack.Decoder(Position)
_many: Final = msgspec.msgpack.Decoder(list[Position])


def pack(position: Position) -> bytes:
    """The position as bytes."""
    return _encode(position)


def pack_many(positions: Sequence[Position]) -> tuple[bytes, bytes]:
    """(positions, one behind the other, the length in bytes of each): two arguments for a script, however many it are.

    A length is a number of two bytes, the high one first.
    """
    packed = [_encode(position) for position in positions]
    return b"".join(packed), struct.pack(f">{len(packed)}H", *map(len, packed))


def unpack(data: bytes) -> Position:
    """The position. Raises `msgspec.DecodeError` for what is none."""
    return _one.decode(data)


def unpack_many(data: bytes | memoryview) -> list[Position]:
    """The positions of one array of them. Raises `msgspec.DecodeError` for what is none."""
    return _many.decode(data)


def unpack_all(held: Sequence[bytes]) -> list[Position]:
    """The positions among the values, each packed for itself; what is none is left out."""
    try:
        return _many.decode(struct.pack(">BI", 0xDD, len(held)) + b"".join(held))
    except msgspec.DecodeError:
        return [position for each in held if (position := _position_or_none(each))]


def _position_or_none(data: bytes) -> Position | None:
    try:
        return _one.decode(data)
    except msgspec.DecodeError:
        return None
