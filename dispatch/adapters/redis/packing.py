"""Positions as bytes: one MessagePack array each, as short as it gets, which the Lua script can read as well.

The order of the fields is for ever: new ones are added at the end, with a default, so that servers of two versions
read each other's.
"""

from collections.abc import Iterator

import msgspec

from dispatch.application.ports import Position
from dispatch.domain.geo import Point


class _Packed(msgspec.Struct, array_like=True, gc=False):
    courier_id: str
    generation: int
    seq: int
    at_ms: int
    received_at_ms: int
    lat: float
    lon: float
    accuracy_m: float | None = None
    speed_mps: float | None = None
    heading_deg: float | None = None
    battery: float | None = None
    mock: bool = False


_encode = msgspec.msgpack.Encoder().encode
_one = msgspec.msgpack.Decoder(_Packed)
_many = msgspec.msgpack.Decoder(list[_Packed])


def pack(position: Position) -> bytes:
    """The position as bytes."""
    place = position.place
    return _encode(
        _Packed(
            position.courier_id,
            position.generation,
            position.seq,
            position.at_ms,
            position.received_at_ms,
            place.lat,
            place.lon,
            position.accuracy_m,
            position.speed_mps,
            position.heading_deg,
            position.battery,
            position.mock,
        )
    )


def unpack(data: bytes) -> Position:
    """The position. Raises `msgspec.DecodeError` for what is none."""
    return _position(_one.decode(data))


def unpack_many(data: bytes) -> Iterator[Position]:
    """The positions of one array of them. Raises `msgspec.DecodeError` for what is none, before the first."""
    return map(_position, _many.decode(data))


def _position(packed: _Packed) -> Position:
    order = (packed.courier_id, packed.generation, packed.seq, packed.at_ms, packed.received_at_ms)
    motion = (packed.accuracy_m, packed.speed_mps, packed.heading_deg, packed.battery, packed.mock)
    return Position(*order, Point(packed.lat, packed.lon), *motion)
