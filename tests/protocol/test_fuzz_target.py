"""What `make fuzz` runs by the million, run once for every seed; and that it does see what is wrong."""

import pytest

from courier_protocol.codec import encode
from courier_protocol.messages import Hello, Ping, Pong
from courier_protocol.outputs import Send
from tests.support import fuzz_target
from tests.support.fuzz_target import ENCODINGS, SEPARATOR, TARGETS

SEEDS = list(fuzz_target.seeds())


def test_every_seed_passes() -> None:
    """And every target has some."""
    for seed in SEEDS:
        fuzz_target.try_input(seed)
    assert {seed[0] for seed in SEEDS} == set(range(len(TARGETS)))


def test_an_empty_input_is_none() -> None:
    """A fuzzer begins with it."""
    fuzz_target.try_input(b"")


def test_seeds_lead_far_into_the_sessions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Server and client become live in them and say all kinds of things."""
    said: set[str] = set()
    check = fuzz_target.check_frame

    def note(messages: list[object], *rest: object) -> None:
        said.update(type(message).__name__ for message in messages)
        check(messages, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(fuzz_target, "check_frame", note)
    for seed in SEEDS:
        fuzz_target.try_input(seed)
    assert said >= {"Welcome", "Resync", "Push", "Reply", "PositionsAck", "Pong", "ErrorMessage"}
    assert said >= {"Hello", "Ping", "Ack", "Accept", "Refresh", "Positions", "WatchHello", "WatchWelcome"}


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_finding_is_found(encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A session that raises, or says what its peer refuses, does not pass."""
    hello = encode([Hello("t", "phone")], encoding)  # type: ignore[arg-type]
    ping = encode([Ping(n=1)], encoding)  # type: ignore[arg-type]
    data = bytes((TARGETS.index(("session", "courier", encoding)),)) + SEPARATOR.join((hello, ping))  # type: ignore[arg-type]
    fuzz_target.try_input(data)
    monkeypatch.setattr(fuzz_target.CourierSession, "_ping", None)
    monkeypatch.setitem(fuzz_target.CourierSession.table[fuzz_target.State.LIVE], Ping, lambda *_: 1 / 0)  # type: ignore[arg-type]
    with pytest.raises(ZeroDivisionError):
        fuzz_target.try_input(data)
    bad = Send(Pong(n=-1, business_now_ms=0, server_mono_ms=0))
    monkeypatch.setitem(fuzz_target.CourierSession.table[fuzz_target.State.LIVE], Ping, lambda *_: [bad])  # type: ignore[arg-type]
    with pytest.raises(Exception, match="invalid_message"):
        fuzz_target.try_input(data)
