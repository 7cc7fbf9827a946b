"""The AsyncAPI 3 description of both channels, made from the message types, the limits and the close codes."""

from typing import Any, get_args

import msgspec

from courier_protocol import codec, live, messages
from courier_protocol.client_session import MAX_ACTIONS, MAX_UNHANDLED_PUSHES
from courier_protocol.close_codes import CloseCode, is_final
from courier_protocol.fix_outbox import MAX_KEPT_FIXES
from courier_protocol.limits import SessionLimits, silence_limit_ms

CONTENT_TYPES = {"json": "application/json", "msgpack": "application/msgpack"}
SCHEMAS = "#/components/schemas/{name}"

CHANNELS: dict[codec.Channel, dict[str, Any]] = {
    "courier": {
        "address": "/v1/courier",
        "description": "A courier's phone: fixes and actions go up, offers and routes come down.",
        "up": messages.CourierMessage,
        "down": messages.ServerMessage,
    },
    "live": {
        "address": "/v1/live",
        "description": "Watchers: staff see a zone, a shopper sees one order and its courier.",
        "up": live.WatcherMessage,
        "down": live.LiveMessage,
    },
}


def asyncapi() -> dict[str, Any]:
    """The whole description, as plain data."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Dispatch: courier and live channels",
            "version": f"{messages.PROTOCOL_VERSION}.0.0",
            "description": _description(),
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": CONTENT_TYPES["json"],
        "channels": {name: _channel(name, channel) for name, channel in CHANNELS.items()},
        "operations": _operations(),
        "components": {"messages": _messages(), "schemas": _schemas()},
        "x-close-codes": [
            {"code": int(code), "name": code.name.lower(), "final": is_final(code), "description": code.sentence}
            for code in CloseCode
        ],
        "x-limits": limits(),
    }


def limits() -> dict[str, float]:
    """Every limit of the protocol by name, with its unit."""
    session = SessionLimits()
    numbers: dict[str, float] = {
        name: value for name, value in msgspec.structs.asdict(session).items() if isinstance(value, int | float)
    }
    return numbers | {
        "silence_limit_ms": silence_limit_ms(session.heartbeat_s, session.missed_heartbeats),
        "max_frame_bytes": messages.MAX_FRAME_BYTES,
        "max_server_frame_bytes": messages.MAX_SERVER_FRAME_BYTES,
        "max_messages_per_frame": messages.MAX_MESSAGES_PER_FRAME,
        "max_fixes_per_batch": messages.MAX_FIXES_PER_BATCH,
        "max_kept_fixes": MAX_KEPT_FIXES,
        "max_kept_actions": MAX_ACTIONS,
        "max_unhandled_pushes": MAX_UNHANDLED_PUSHES,
    }


def _description() -> str:
    return (
        "A frame is one message or an array of messages; the field `t` names the type of a message. Unknown fields "
        "are ignored. JSON goes in text frames, MessagePack in binary ones; the subprotocol says which. "
        "docs/protocol.md tells the rules, courier_protocol/spec/vectors holds test vectors."
    )


def _channel(name: codec.Channel, channel: dict[str, Any]) -> dict[str, Any]:
    named = [_name(message) for message in _types(channel)]
    return {
        "address": channel["address"],
        "description": channel["description"],
        "messages": {message: {"$ref": f"#/components/messages/{message}"} for message in named},
        "bindings": {"ws": {"method": "GET", "bindingVersion": "0.1.0"}},
        "x-subprotocols": {
            codec.subprotocol(name, "json"): CONTENT_TYPES["json"],
            codec.subprotocol(name, "msgpack"): CONTENT_TYPES["msgpack"],
        },
    }


def _operations() -> dict[str, Any]:
    """From the server's point of view, as AsyncAPI wants it: it receives what goes up and sends what comes down."""
    operations = {}
    for name, channel in CHANNELS.items():
        for direction, action in (("up", "receive"), ("down", "send")):
            refs = [
                {"$ref": f"#/channels/{name}/messages/{_name(message)}"} for message in get_args(channel[direction])
            ]
            operations[f"{action}_{name}"] = {
                "action": action,
                "channel": {"$ref": f"#/channels/{name}"},
                "messages": refs,
            }
    return operations


def _messages() -> dict[str, Any]:
    every = {_name(message): message for channel in CHANNELS.values() for message in _types(channel)}
    return {
        name: {
            "name": message.__struct_config__.tag,
            "summary": (message.__doc__ or "").splitlines()[0],
            "payload": {"$ref": SCHEMAS.format(name=name)},
        }
        for name, message in every.items()
    }


def _schemas() -> dict[str, Any]:
    every = [message for channel in CHANNELS.values() for message in _types(channel)]
    _, schemas = msgspec.json.schema_components(every, ref_template=SCHEMAS)
    return {name: schemas[name] for name in sorted(schemas)}


def _types(channel: dict[str, Any]) -> tuple[Any, ...]:
    """The message types of a channel, each once, in the order of the unions."""
    return tuple(dict.fromkeys((*get_args(channel["up"]), *get_args(channel["down"]))))


def _name(message: Any) -> str:
    return str(message.__name__)
