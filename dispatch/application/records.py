"""Domain values as bytes and back: JSON with the type's name beside the body, for SQL, streams and the inbox.

A reader ignores fields that it does not know, so a newer writer may add some; a type that it does not know is an
error, because nobody can evolve a state by an event that they do not understand.
"""

from typing import Any, Generic, NamedTuple, TypeVar, get_args

import msgspec

from dispatch.application.ports import Recorded, Reply
from dispatch.domain.commands import Command
from dispatch.domain.errors import DomainError
from dispatch.domain.events import Event
from dispatch.domain.zone import Entity

T = TypeVar("T")


class BadRecord(Exception):
    """A record cannot be written or read. The message names types and fields, never values."""


class Packed(NamedTuple):
    """A value in two columns: the name of its type, and its body as JSON text."""

    type: str
    body: str


class _Tagged(msgspec.Struct):
    type: str
    body: msgspec.Raw


class _RecordedBody(msgspec.Struct):
    seq: int
    at_ms: int
    request_id: str
    actor: str
    type: str
    body: msgspec.Raw


_encoder = msgspec.json.Encoder()
_tagged = msgspec.json.Decoder(_Tagged)
_recorded = msgspec.json.Decoder(_RecordedBody)
_reply = msgspec.json.Decoder(Reply)


class _Family(Generic[T]):
    """The types of one union, each known by its class name."""

    def __init__(self, union: Any) -> None:
        self._decoders = {kind.__name__: msgspec.json.Decoder(kind) for kind in get_args(union)}

    def body(self, value: T) -> bytes:
        """The value without its name. Raises `BadRecord` for NaN and infinity, which no reader would accept."""
        body = _encoder.encode(value)
        if b"null" in body:  # how msgspec writes such a number: rare enough to look twice
            self.value(type(value).__name__, body)
        return body

    def value(self, name: str, body: bytes | str | msgspec.Raw) -> T:
        """The value of that name. Raises `BadRecord`."""
        decoder = self._decoders.get(name)
        if decoder is None:
            raise BadRecord(f"The record type {name!r} is unknown; a newer version wrote it, so upgrade this process.")
        value: T = _decode(decoder, body, name)
        return value

    def pack(self, value: T) -> bytes:
        """The value with its name, in one piece."""
        return _encoder.encode(_Tagged(type(value).__name__, msgspec.Raw(self.body(value))))

    def unpack(self, data: bytes | str) -> T:
        """What `pack` packed. Raises `BadRecord`."""
        tagged = _decode(_tagged, data, "record")
        return self.value(tagged.type, tagged.body)


def _decode(decoder: msgspec.json.Decoder[T], data: bytes | str | msgspec.Raw, name: str) -> T:
    try:
        return decoder.decode(data)
    except (msgspec.MsgspecError, DomainError) as error:
        where = str(error).partition(" - at ")[2] or "its start"
        raise BadRecord(f"A {name} cannot be read or written: its JSON is wrong at {where}.") from None


_events: _Family[Event] = _Family(Event)
_commands: _Family[Command] = _Family(Command)
_entities: _Family[Entity] = _Family(Entity)


def encode_event(event: Event) -> Packed:
    """The event in two columns."""
    return Packed(type(event).__name__, _events.body(event).decode())


def decode_event(packed: Packed) -> Event:
    """What `encode_event` encoded. Raises `BadRecord`."""
    return _events.value(packed.type, packed.body)


def encode_recorded(recorded: Recorded) -> bytes:
    """An event with its place in the history, in one piece."""
    body = msgspec.Raw(_events.body(recorded.event))
    name = type(recorded.event).__name__
    return _encoder.encode(_RecordedBody(recorded.seq, recorded.at_ms, recorded.request_id, recorded.actor, name, body))


def decode_recorded(data: bytes) -> Recorded:
    """What `encode_recorded` encoded. Raises `BadRecord`."""
    row = _decode(_recorded, data, "recorded event")
    return Recorded(row.seq, row.at_ms, row.request_id, row.actor, _events.value(row.type, row.body))


def encode_command(command: Command) -> bytes:
    """A command, in one piece."""
    return _commands.pack(command)


def decode_command(data: bytes | str) -> Command:
    """What `encode_command` encoded. Raises `BadRecord`."""
    return _commands.unpack(data)


def encode_entity(entity: Entity) -> bytes:
    """An order, courier, depot, offer or route, in one piece."""
    return _entities.pack(entity)


def decode_entity(data: bytes | str) -> Entity:
    """What `encode_entity` encoded. Raises `BadRecord`."""
    return _entities.unpack(data)


def encode_reply(reply: Reply) -> bytes:
    """A reply, in one piece."""
    return _encoder.encode(reply)


def decode_reply(data: bytes | str) -> Reply:
    """What `encode_reply` encoded. Raises `BadRecord`."""
    return _decode(_reply, data, "reply")
