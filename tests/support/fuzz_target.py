"""What a fuzzer feeds: one input is a target's number and bytes for it, which are a frame or several.

Decoders must return messages that survive a round trip, or raise RemoteProtocolError. Sessions must never raise for
what a peer sent; what they say must be a frame that the peer's decoder takes, and a close must fit its frame. Anything
else is a finding. The frames of one input are separated by a byte that neither encoding uses: MessagePack reserves it,
and it is no UTF-8.
"""

import json
from collections.abc import Iterator
from importlib.resources import files
from random import Random
from typing import Any

import msgspec

from courier_protocol.client_link import ClientLink
from courier_protocol.client_session import ClientSession
from courier_protocol.codec import Decoder, Encoding, Speaker, encode, frame_limit_bytes
from courier_protocol.errors import RemoteProtocolError
from courier_protocol.live import WatchHello, WatchWelcome
from courier_protocol.messages import Accept, Hello, Message, Push, Refresh, StreamPosition
from courier_protocol.outputs import (
    MAX_REASON_BYTES,
    Authenticate,
    AuthenticateWatcher,
    Close,
    Output,
    Reauthenticate,
    Send,
    TakeAction,
    Tell,
)
from courier_protocol.server_session import ServerSession, State
from courier_protocol.session import CourierSession
from courier_protocol.watch_client_session import WatchClientSession
from courier_protocol.watcher_session import WatcherSession
from tests.support.courier_sessions import EMPTY_ROUTE, FACT, fix, welcome_at_10

SEPARATOR = b"\xc1"
ENCODINGS: tuple[Encoding, ...] = ("json", "msgpack")
SPEAKERS: tuple[Speaker, ...] = ("courier", "server", "watcher", "live")
TARGETS = [(kind, speaker, encoding) for kind in ("frame", "session") for speaker in SPEAKERS for encoding in ENCODINGS]
"""(what, who speaks, how), by number: frames for a decoder, or frames for the session that listens to that speaker."""
PEERS: dict[Speaker, Speaker] = {"courier": "server", "server": "courier", "watcher": "live", "live": "watcher"}
DECODERS = {(speaker, encoding): Decoder(speaker, encoding) for speaker in SPEAKERS for encoding in ENCODINGS}
GREETINGS: dict[str, Message] = {
    "courier": Hello(token="t", device_id="phone"),
    "server": welcome_at_10(),
    "watcher": WatchHello(token="t", zone="z"),
    "live": WatchWelcome(business_now_ms=1, server_mono_ms=1, rate=1.0, epoch=1, seq=10, heartbeat_s=8.0),
}
"""After these, a session is live."""
BETWEEN_FRAMES_MS = (7, 900, 9_000)
HERE = StreamPosition(epoch=1, seq=10)


def try_input(data: bytes) -> None:
    """Run one input. Raises whatever is a finding."""
    if not data:
        return
    kind, speaker, encoding = TARGETS[data[0] % len(TARGETS)]
    if kind == "frame":
        try_frame(data[1:], speaker, encoding)
    elif speaker in {"courier", "watcher"}:
        try_server(data[1:].split(SEPARATOR), speaker, encoding)
    else:
        try_client(data[1:].split(SEPARATOR), speaker, encoding)


def try_frame(frame: bytes, speaker: Speaker, encoding: Encoding) -> None:
    """Decode a frame, and what its messages encode to."""
    decoder = DECODERS[speaker, encoding]
    try:
        messages = decoder.decode(frame)
    except RemoteProtocolError:
        return
    again = encode(messages, encoding)
    if messages and len(again) <= frame_limit_bytes(speaker):
        assert decoder.decode(again) == messages


# --- the server's side --------------------------------------------------------------------------------------------


def try_server(frames: list[bytes], speaker: Speaker, encoding: Encoding) -> None:
    """Feed a server's session, and answer what it asks for as a gateway does."""
    session = CourierSession(0) if speaker == "courier" else WatcherSession(0)
    now_ms = 0
    for number, frame in enumerate(frames):
        outputs = session.receive_frame(frame, DECODERS[speaker, encoding], now_ms, now_ms)
        carry_out_server(session, outputs, speaker, encoding, now_ms)
        if isinstance(session, CourierSession) and session.state is State.LIVE:
            carry_out_server(session, session.push(1, 11 + number, 0, [FACT]), speaker, encoding, now_ms)
        now_ms += BETWEEN_FRAMES_MS[len(frame) % 3]
        carry_out_server(session, session.tick(now_ms), speaker, encoding, now_ms)


def carry_out_server(
    session: ServerSession, outputs: list[Output], speaker: Speaker, encoding: Encoding, now_ms: int
) -> None:
    """Check what is said, and answer what is asked."""
    for output in outputs:
        check_output(output, PEERS[speaker], encoding)
        more: list[Output] = []
        match output:
            case Authenticate() if isinstance(session, CourierSession):
                more = let_in(session, output, now_ms)
            case AuthenticateWatcher() if isinstance(session, WatcherSession):
                more = session.welcome(now_ms, now_ms, rate=1.0, position=HERE, resumed=False)
            case Reauthenticate() if isinstance(session, CourierSession):
                more = session.refreshed(output.refresh.id, now_ms + 5_000)
            case TakeAction() if isinstance(session, CourierSession) and len(output.action.id) % 2:
                more = session.reply(output.action.id, ok=True)
        carry_out_server(session, more, speaker, encoding, now_ms)


def let_in(session: CourierSession, asked: Authenticate, now_ms: int) -> list[Output]:
    """Resume whoever asks for it."""
    resume = asked.hello.resume
    welcome = session.welcome(
        now_ms, now_ms, session="s", generation=1, rate=1.0, position=resume or HERE, resumed=resume is not None
    )
    if resume is not None:
        return welcome
    return welcome + session.resync(HERE.epoch, HERE.seq, "available", EMPTY_ROUTE)


# --- the client's side --------------------------------------------------------------------------------------------


def try_client(frames: list[bytes], speaker: Speaker, encoding: Encoding) -> None:
    """Feed a client's session while it has something to say, over links that end with every close."""
    session: ClientLink = (
        client_with_work() if speaker == "server" else WatchClientSession(Random(7), token="t", zone="z")
    )
    now_ms = 0
    session.connected(now_ms)
    for frame in frames:
        speak(session, speaker, encoding, now_ms)
        outputs = session.receive_frame(frame, DECODERS[speaker, encoding], now_ms)
        now_ms += BETWEEN_FRAMES_MS[len(frame) % 3]
        for output in [*outputs, *session.tick(now_ms)]:
            check_output(output, PEERS[speaker], encoding)
            if isinstance(output, Close):
                session.disconnected(output.code, now_ms)
                session.connected(now_ms)
            elif isinstance(output, Tell) and isinstance(output.event, Push) and isinstance(session, ClientSession):
                session.handled(output.event.seq)


def client_with_work() -> ClientSession:
    """A phone that owes something of everything; the ids are those of the vectors, so that replies find them."""
    session = ClientSession("t", "phone", Random(7))
    for action_id in ("a1", "a2"):
        session.submit(Accept(id=action_id, offer_id="f1", at_ms=1))
    session.submit(Refresh(id="r1", token="t2"))
    for number in range(3):
        session.add_fix(fix(number))
    return session


def speak(session: ClientLink, speaker: Speaker, encoding: Encoding, now_ms: int) -> None:
    """What the client says is a frame that a server takes."""
    while messages := session.outgoing(now_ms, 0):
        check_frame(messages, PEERS[speaker], encoding)


# --- what is said -------------------------------------------------------------------------------------------------


def check_output(output: Output, speaker: Speaker, encoding: Encoding) -> None:
    """A message that the peer can take, or a close that fits its frame."""
    if isinstance(output, Send):
        check_frame([output.message], speaker, encoding)
    elif isinstance(output, Close):
        assert len(output.reason.encode()) <= MAX_REASON_BYTES


def check_frame(messages: list[Message], speaker: Speaker, encoding: Encoding) -> None:
    """The peer decodes it to the same."""
    assert DECODERS[speaker, encoding].decode(encode(messages, encoding)) == messages


# --- where a fuzzer begins ----------------------------------------------------------------------------------------


def seeds() -> Iterator[bytes]:
    """The frames of the test vectors as they are, and the messages of their scripts one after the other."""
    for case in (*_vectors("frames.json")["valid"], *_vectors("frames.json")["invalid"]):
        if "fill" not in case:
            frame = case["text"].encode() if case["encoding"] == "json" else bytes.fromhex(case["hex"])
            yield _seed("frame", case["speaker"], case["encoding"], frame)
            greeting = encode([GREETINGS[case["speaker"]]], case["encoding"])
            yield _seed("session", case["speaker"], case["encoding"], SEPARATOR.join((greeting, frame)))
    for name, speaker in (("server_session.json", "courier"), ("client_session.json", "server")):
        for case in _vectors(name)["cases"]:
            said = [step["receive"] for step in case["steps"] if "receive" in step]
            for encoding in ENCODINGS:
                encoder = msgspec.json.encode if encoding == "json" else msgspec.msgpack.encode
                frames = [encode([GREETINGS[speaker]], encoding)] if speaker == "courier" else []
                yield _seed("session", speaker, encoding, SEPARATOR.join([*frames, *map(encoder, said)]))


def words() -> set[str]:
    """Names of messages and fields, and the words of enumerations: what a mutation would hardly hit upon."""
    text = json.dumps([_vectors(name) for name in ("frames.json", "server_session.json", "client_session.json")])
    return {word for word in text.replace("\\", "").split('"') if word.isidentifier() and len(word) < 20}


def _seed(kind: str, speaker: str, encoding: str, frames: bytes) -> bytes:
    return bytes((TARGETS.index((kind, speaker, encoding)),)) + frames  # type: ignore[arg-type]


def _vectors(name: str) -> Any:
    return json.loads((files("courier_protocol.spec") / "vectors" / name).read_text(encoding="utf-8"))
