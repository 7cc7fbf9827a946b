"""What a position costs: its frame decoded and taken by the server's session, sockets and everything behind aside."""

from collections.abc import Sequence
from time import perf_counter

from courier_protocol.codec import Decoder, Encoding, encode
from courier_protocol.limits import SessionLimits
from courier_protocol.messages import Fix, Hello, Positions, StreamPosition
from courier_protocol.session import CourierSession

BATCH = 20
POSITIONS = 4_000
REPEATS = 9
UNLIMITED = SessionLimits(messages_burst=2**50, fixes_burst=2**50)
"""The rate is not what is measured: a second of this bench is a day of a courier."""
ENCODINGS: tuple[Encoding, ...] = ("json", "msgpack")


def measure() -> dict[str, float]:
    """Microseconds a position in batches and alone, in each encoding; the worse counts."""
    batches = {encoding: _step_us(encoding, BATCH) for encoding in ENCODINGS}
    singles = {encoding: _step_us(encoding, 1) for encoding in ENCODINGS}
    return {
        "decode_step_batch20_us": round(max(batches.values()), 2),
        "decode_step_single_us": round(max(singles.values()), 2),
        **{f"decode_step_batch20_{encoding}_us": round(took, 2) for encoding, took in batches.items()},
        **{f"decode_step_single_{encoding}_us": round(took, 2) for encoding, took in singles.items()},
    }


def _step_us(encoding: Encoding, batch: int) -> float:
    """The best of several runs: what else the machine does only ever adds."""
    frames = _frames(encoding, batch)
    return min(_run_s(frames, encoding) for _ in range(REPEATS)) / POSITIONS * 1e6


def _run_s(frames: Sequence[bytes | str], encoding: Encoding) -> float:
    session, decoder = _live_session(), Decoder("courier", encoding)
    began_s = perf_counter()
    for frame in frames:
        session.receive_frame(frame, decoder, 1_000, 1_000)
    took_s = perf_counter() - began_s
    if session.deadline_mono_ms is None:
        raise AssertionError("the session ended, so nothing was measured")
    return took_s


def _frames(encoding: Encoding, batch: int) -> list[bytes | str]:
    """Every field of a fix is filled, as phones do. JSON comes as text from the WebSocket layer."""
    frames = [
        encode([Positions(seq=first, fixes=tuple(map(_fix, range(first, first + batch))))], encoding)
        for first in range(1, POSITIONS + 1, batch)
    ]
    return [frame.decode() for frame in frames] if encoding == "json" else list[bytes | str](frames)


def _fix(number: int) -> Fix:
    return Fix(
        at_ms=1_790_000_000_000 + 5_000 * number,
        lat=60.17 + number * 1e-6,
        lon=24.94 - number * 1e-6,
        acc_m=8.5,
        speed_mps=5.2,
        heading_deg=123.4,
        battery=0.81,
    )


def _live_session() -> CourierSession:
    session = CourierSession(0, UNLIMITED)
    session.receive(Hello("t", "phone"), 0, 0)
    session.welcome(
        0, 0, session="s", generation=1, rate=1.0, position=StreamPosition(epoch=1, seq=0), resumed=True
    )  # fmt: skip
    return session
