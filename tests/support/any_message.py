"""Hypothesis strategies for every message of the protocol, made from the types and their bounds."""

from collections.abc import Callable
from functools import cache
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


@cache
def messages_of(speaker: Speaker) -> st.SearchStrategy[Message]:
    """Any message that `speaker` may send, within its bounds."""
    return _strategy(inspect.type_info(UNIONS[speaker]))


def _strategy(info: Any) -> st.SearchStrategy[Any]:
    return MAKERS[type(info)](info)


def _text(info: inspect.StrType) -> st.SearchStrategy[str]:
    longest = min(info.max_length or LONGEST_TEXT, LONGEST_TEXT)
    return st.text(TEXT, min_size=info.min_length or 0, max_size=longest)


def _tuple(info: inspect.VarTupleType) -> st.SearchStrategy[tuple[Any, ...]]:
    items = st.lists(_strategy(info.item_type), min_size=info.min_length or 0, max_size=LONGEST_COLLECTION)
    return items.map(tuple)


def _struct(info: inspect.StructType) -> st.SearchStrategy[Any]:
    required = {field.name: _strategy(field.type) for field in info.fields if field.required}
    optional = {field.name: _strategy(field.type) for field in info.fields if not field.required}
    return st.fixed_dictionaries(required, optional=optional).map(lambda values: info.cls(**values))


MAKERS: dict[type, Callable[[Any], st.SearchStrategy[Any]]] = {
    inspect.UnionType: lambda info: st.one_of([_strategy(member) for member in info.types]),
    inspect.StructType: _struct,
    inspect.VarTupleType: _tuple,
    inspect.StrType: _text,
    inspect.IntType: lambda info: st.integers(info.ge, info.le),
    inspect.FloatType: lambda info: st.floats(info.ge if info.gt is None else info.gt + 1e-6, info.le),
    inspect.LiteralType: lambda info: st.sampled_from(info.values),
    inspect.BoolType: lambda _: st.booleans(),
    inspect.BytesType: lambda info: st.binary(max_size=LONGEST_TEXT),
    inspect.NoneType: lambda _: st.none(),
}


def as_json(message: Message) -> Any:
    """The message as a JSON value, defaults left out: what test vectors hold."""
    return msgspec.json.decode(msgspec.json.encode(message))
