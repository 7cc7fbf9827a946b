"""Hypothesis strategies for every message of the protocol, made from the types and their bounds."""

from typing import Any

import msgspec
from hypothesis import strategies as st
from msgspec import inspect

from courier_protocol.codec import Speaker
from courier_protocol.live import LiveMessage, WatcherMessage
from courier_protocol.messages import CourierMessage, Message, ServerMessage

UNIONS = {"courier": CourierMessage, "server": ServerMessage, "watcher": WatcherMessage, "live": LiveMessage}
LONGEST_COLLECTION = 3
LONGEST_TEXT = 12
TEXT = st.characters(codec="utf-8")


def messages_of(speaker: Speaker) -> st.SearchStrategy[Message]:
    """Any message that `speaker` may send, within its bounds."""
    return _strategy(inspect.type_info(UNIONS[speaker]))


def _strategy(info: Any) -> st.SearchStrategy[Any]:
    match info:
        case inspect.UnionType():
            return st.one_of([_strategy(member) for member in info.types])
        case inspect.StructType():
            return _struct(info)
        case inspect.VarTupleType():
            shortest = info.min_length or 0
            return st.lists(_strategy(info.item_type), min_size=shortest, max_size=LONGEST_COLLECTION).map(tuple)
        case inspect.StrType():
            longest = min(info.max_length or LONGEST_TEXT, LONGEST_TEXT)
            return st.text(TEXT, min_size=info.min_length or 0, max_size=longest)
        case inspect.IntType():
            return st.integers(info.ge, info.le)
        case inspect.FloatType():
            return st.floats(info.ge if info.gt is None else info.gt + 1e-6, info.le)
        case inspect.LiteralType():
            return st.sampled_from(info.values)
        case inspect.BoolType():
            return st.booleans()
        case inspect.NoneType():
            return st.none()
    raise TypeError(f"No strategy for {info}.")


def _struct(info: inspect.StructType) -> st.SearchStrategy[Any]:
    required = {field.name: _strategy(field.type) for field in info.fields if field.required}
    optional = {field.name: _strategy(field.type) for field in info.fields if not field.required}
    return st.fixed_dictionaries(required, optional=optional).map(lambda values: info.cls(**values))


def as_json(message: Message) -> Any:
    """The message as a JSON value, defaults left out: what test vectors hold."""
    return msgspec.json.decode(msgspec.json.encode(message))
