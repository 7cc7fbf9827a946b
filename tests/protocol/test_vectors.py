"""The test vectors that every client, in every language, passes; here the Python sessions do."""

import json
from collections.abc import Callable
from importlib.resources import files
from random import Random
from typing import Any

import msgspec
import pytest

from courier_protocol.backoff import full_jitter_ms
from courier_protocol.client_session import ClientSession
from courier_protocol.clock import BusinessClock
from courier_protocol.close_codes import CloseCode
from courier_protocol.codec import Decoder, encode
from courier_protocol.errors import RemoteProtocolError
from courier_protocol.messages import (
    Action,
    CourierMessage,
    DutyChanged,
    Fix,
    Refresh,
    RouteChanged,
    ServerMessage,
    StreamPosition,
)
from courier_protocol.outputs import (
    Authenticate,
    Close,
    Output,
    Reauthenticate,
    Send,
    Settle,
    TakeAction,
    TakeFixes,
    TakeHeartbeat,
    Tell,
)
from courier_protocol.session import CourierSession
from courier_protocol.stream import StreamReader
from tests.support.any_message import as_json

BUSINESS_START_MS = 1_000_000
FACT = DutyChanged(duty="available")


def load(name: str) -> Any:
    return json.loads((files("courier_protocol.spec") / "vectors" / name).read_text(encoding="utf-8"))


def named(cases: list[dict[str, Any]]) -> Any:
    return pytest.mark.parametrize("case", [pytest.param(case, id=case["name"]) for case in cases])


# --- frames -------------------------------------------------------------------------------------------------------


def frame_of(case: dict[str, Any]) -> bytes:
    before, unit, times, after = case.get("fill", ["", "", 0, ""])
    filled = before + unit * times + after
    if case["encoding"] == "json":
        return str(case.get("text", "") + filled).encode()
    return bytes.fromhex(case["hex"] + filled)


@named(load("frames.json")["valid"])
def test_a_valid_frame_decodes(case: dict[str, Any]) -> None:
    """To these messages, which encode to a frame that decodes to the same."""
    decoder = Decoder(case["speaker"], case["encoding"])
    messages = decoder.decode(frame_of(case))
    assert [as_json(message) for message in messages] == case["messages"]
    assert decoder.decode(encode(messages, case["encoding"])) == messages


@named(load("frames.json")["invalid"])
def test_an_invalid_frame_is_refused(case: dict[str, Any]) -> None:
    """With this code, and no other exception."""
    with pytest.raises(RemoteProtocolError) as caught:
        Decoder(case["speaker"], case["encoding"]).decode(frame_of(case))
    assert caught.value.code == case["error"]


# --- stream, clock, back-off --------------------------------------------------------------------------------------


@named(load("stream.json")["cases"])
def test_a_reader_of_the_stream(case: dict[str, Any]) -> None:
    """Judges each push and ends where it should."""
    reader = StreamReader(StreamPosition(*case["start"]) if case["start"] else None)
    for epoch, prev, seq, verdict in case["steps"]:
        assert reader.offer(epoch, prev, seq).value == verdict
    assert reader.position == (StreamPosition(*case["end"]) if case["end"] else None)


@named(load("clock.json")["cases"])
def test_the_clock(case: dict[str, Any]) -> None:
    """Reads business time by the best sample."""
    clock = BusinessClock()
    clock.start(*case["start"])
    for sample in case["samples"]:
        clock.sample(*sample)
    for mono_ms, business_ms in case["reads"]:
        assert clock.now_ms(mono_ms) == business_ms


class Dice(Random):
    """Random numbers that a test chooses."""

    value = 0.0

    def random(self) -> float:
        return self.value


@pytest.mark.parametrize(("failures", "value", "delay_ms"), load("backoff.json")["cases"])
def test_the_back_off(failures: int, value: float, delay_ms: int) -> None:
    """Is the random part of a ceiling that doubles up to a cap."""
    dice = Dice()
    dice.value = value
    assert full_jitter_ms(failures, dice) == delay_ms


# --- sessions -----------------------------------------------------------------------------------------------------


SHOWN: dict[type[Output], Callable[[Any], dict[str, Any]]] = {
    Send: lambda output: {"send": as_json(output.message)},
    Close: lambda output: {"close": int(output.code)},
    Tell: lambda output: {"tell": as_json(output.event)["t"]},
    Settle: lambda output: {"settle": [output.reply.id, output.reply.ok]},
    Authenticate: lambda output: {"authenticate": output.hello.device_id},
    Reauthenticate: lambda output: {"reauthenticate": output.refresh.id},
    TakeFixes: lambda output: {"take_fixes": [output.first_seq, *(fix.at_ms for fix in output.fixes)]},
    TakeHeartbeat: lambda output: {"take_heartbeat": output.device_ms},
    TakeAction: lambda output: {"take_action": output.action.id},
}
"""How the vectors write each output."""


def play(steps: list[dict[str, Any]], perform: Callable[[dict[str, Any]], list[Output] | None], session: Any) -> None:
    for number, step in enumerate(steps):
        outputs = perform(step)
        if "outputs" in step:
            assert [SHOWN[type(output)](output) for output in outputs or []] == step["outputs"], (
                f"step {number}: {step}"
            )
        if "state" in step:
            assert session.state.value == step["state"], f"step {number}: {step}"


@named(load("client_session.json")["cases"])
def test_the_phones_session(case: dict[str, Any]) -> None:
    """Plays the script."""
    dice = Dice()
    session = ClientSession("tok", "phone", dice)
    device_ms = load("client_session.json")["device_ms"]

    def perform(step: dict[str, Any]) -> list[Output] | None:
        now = step["at"]
        if "connected" in step:
            session.connected(now)
        elif "disconnected" in step:
            dice.value = step["random"]
            assert session.disconnected(step["code"], now) == step["delay_ms"], step
        elif "add_fix" in step:
            session.add_fix(msgspec.convert(step["add_fix"], Fix))
        elif "submit" in step:
            session.submit(msgspec.convert(step["submit"], Action | Refresh))
        elif "handled" in step:
            session.handled(step["handled"])
        elif "goodbye" in step:
            assert [as_json(message) for message in session.goodbye()] == step["goodbye"], step
        elif "outgoing" in step:
            assert [as_json(message) for message in session.outgoing(now, device_ms + now)] == step["outgoing"], step
        elif "receive" in step:
            return session.receive(msgspec.convert(step["receive"], ServerMessage), now)
        else:
            return session.tick(now)
        return None

    play(case["steps"], perform, session)


@named(load("server_session.json")["cases"])
def test_the_servers_session(case: dict[str, Any]) -> None:
    """Plays the script; `login` says that it begins live, with a snapshot sent."""
    session = CourierSession(0)
    if case.get("login"):
        session.receive(msgspec.convert({"t": "hello", "token": "tok", "device_id": "phone"}, CourierMessage), 0, 0)
        session.welcome(
            0, 0, session="s1", generation=1, rate=1, position=StreamPosition(epoch=1, seq=10), resumed=False
        )
        session.resync(1, 10, "available", RouteChanged(version=0, stops=()))

    def perform(step: dict[str, Any]) -> list[Output] | None:
        now = step["at"]
        if "receive" in step:
            message = msgspec.convert(step["receive"], CourierMessage)
            return session.receive(message, now, BUSINESS_START_MS + now)
        return session.tick(now) if "tick" in step else call(session, step["call"], now, step["with"])

    play(case["steps"], perform, session)


def call(session: CourierSession, name: str, now: int, given: dict[str, Any]) -> list[Output] | None:
    match name:
        case "welcome":
            given = given | {"position": StreamPosition(*given["position"])}
            return session.welcome(now, BUSINESS_START_MS + now, **given)
        case "resync":
            return session.resync(given["epoch"], given["seq"], given["duty"], RouteChanged(version=0, stops=()))
        case "push":
            return session.push(given["epoch"], given["seq"], given["at_ms"], [FACT])
        case "close":
            return session.close(CloseCode(given["code"]))
        case _:
            return getattr(session, name)(**given)
